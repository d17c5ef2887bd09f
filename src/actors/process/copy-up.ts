// The mount option `tmpcopyup` of runc: a tmpfs that begins with what the image has at that place. A plan has no loops, so the runtime
// makes it, fills it while it is nowhere, and init inherits it.
//
// Others may be at work in the image meanwhile. Each entry is opened once, without following it, and looked at and read through that
// descriptor: a name that leads elsewhere a moment later (to a device of the host, out of the image) leads nobody astray.

import { closeSync, constants, fchmodSync, fchownSync, fstatSync, ftruncateSync, futimesSync, lchownSync, lutimesSync, mkdirSync, openSync, chmodSync, readdirSync, readSync, type Stats, symlinkSync, writeSync } from 'node:fs' // prettier-ignore
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StatorError } from '../../errors.ts'
import { errnos, SyscallError } from '../../native/errno.ts'
import { Fd } from '../../native/fd.ts'
import { syscall, syscallResult } from '../../native/libc.ts'
import { fsconfig, fsmount, fsopen, openat, openat2 } from '../../native/mount.ts'
import { AT_FDCWD, O_PATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../../native/uapi.ts'
import type { IdMapping, Mount, Spec } from '../../oci/config.ts'
import { parseMountOptions } from '../../oci/mount-options.ts'
import { newMountBits } from '../../plan/compile/mount-attributes.ts'
import { knownFlags, withoutReadonly } from '../../plan/compile/new-mount.ts'
import { relative } from '../../plan/compile/paths.ts'
import { aborted } from './link.ts'

/** How long this process may copy before others have their turn. */
const TURN_MS = 20
const COPY_BYTES = 1 << 20

/**
 * @param index of the mount
 * @returns the mount, detached
 * @throws {StatorError} with the pointer of the mount: ENOSPC: the image has more than fits; the reason of the abort
 */
export async function copyUp(config: Spec, index: number, rootfs: string, signal: AbortSignal): Promise<Fd> {
  const mount = config.mounts?.[index]
  const pointer = `mounts[${index}]`
  if (mount === undefined) throw new StatorError('ERR_STATOR_STAGE', `${pointer}: there is none`)
  const { destination } = mount
  try {
    const copy = new Copy(signal)
    const made = newTmpfs(mount)
    try {
      await copy.fill(made, rootfs, destination, config)
      ownAsNamed(made, mount, config)
      return made
    } catch (error) {
      made.close()
      throw error
    }
  } catch (error) {
    if (error instanceof StatorError) throw error
    const { code: errno = 'unknown', syscall: name, detail } = error as Partial<SyscallError> & NodeJS.ErrnoException
    const said = detail === undefined ? '' : `: ${detail}`
    const message = `tmpcopyup: copy ${destination} of the image: ${errno}${said} (${pointer})`
    const place = { pointer, path: destination, errno, ...(name === undefined ? {} : { syscall: name }) }
    throw new StatorError('ERR_STATOR_STAGE', message, place, { cause: error })
  }
}

function newTmpfs({ source, options, type }: Mount): Fd {
  const { superblock, data, attributes } = withoutReadonly(parseMountOptions(options, type))
  using context = fsopen('tmpfs')
  if (source) fsconfig(context, { key: 'source', value: source })
  for (const flag of superblock.set) if (knownFlags.has(flag)) fsconfig(context, { flag })
  for (const option of data) {
    const [key = '', value] = /^([^=]*)=(.*)$/s.exec(option)?.slice(1) ?? [option]
    if (value === undefined) fsconfig(context, { flag: key })
    else if (key !== 'uid' && key !== 'gid') fsconfig(context, { key, value })
  }
  fsconfig(context, 'create')
  return fsmount(context, newMountBits(attributes))
}

/** `uid=` and `gid=` are ids of the container, and the mount is made on the host. */
function ownAsNamed(made: Fd, { options, type }: Mount, { linux }: Spec): void {
  const id = (name: string, mappings: readonly IdMapping[] | undefined) => {
    const option = parseMountOptions(options, type).data.findLast((data) => data.startsWith(`${name}=`))
    return option === undefined ? -1 : onHost(Number(option.slice(4)), mappings)
  }
  using root = openat({ at: made, path: '.' }, constants.O_RDONLY | constants.O_DIRECTORY)
  syscall('fchown', root.number, id('uid', linux?.uidMappings), id('gid', linux?.gidMappings))
}

/** user_namespaces(7); without a mapping an id is what it is. */
function onHost(id: number, mappings: readonly IdMapping[] | undefined): number {
  const of = mappings?.find(({ containerID, size }) => id >= containerID && id < containerID + size)
  return of === undefined ? id : of.hostID + (id - of.containerID)
}

class Copy {
  readonly #signal: AbortSignal
  #turnEnds = performance.now() + TURN_MS

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** What is not there in the image is root's of the container, as a mount point that is made. */
  async fill(mount: Fd, rootfs: string, destination: string, { linux }: Spec): Promise<void> {
    using root = openat(rootfs, constants.O_RDONLY | constants.O_DIRECTORY)
    using to = openat({ at: mount, path: '.' }, constants.O_RDONLY | constants.O_DIRECTORY)
    const how = { flags: constants.O_RDONLY | constants.O_DIRECTORY, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS }
    using from = unlessAbsent(() => openat2({ at: root, path: relative(destination) }, how))
    if (from === null) fchownSync(to.number, onHost(0, linux?.uidMappings), onHost(0, linux?.gidMappings))
    else {
      await this.#folder(from, to)
      const { uid, gid } = fstatSync(from.number)
      fchownSync(to.number, uid, gid)
    }
  }

  async #folder(from: Fd, to: Fd): Promise<void> {
    for (const name of readdirSync(`/proc/self/fd/${from.number}`, { encoding: 'buffer' })) {
      if (performance.now() > this.#turnEnds) await this.#turn()
      using entry = unlessAbsent(() => new Fd(openSync(below(from, name), O_PATH | constants.O_NOFOLLOW)))
      if (entry !== null) await this.#entry(entry, to, name)
    }
  }

  async #turn(): Promise<void> {
    await nextTurn()
    if (this.#signal.aborted) throw aborted(this.#signal)
    this.#turnEnds = performance.now() + TURN_MS
  }

  async #entry(entry: Fd, to: Fd, name: Buffer): Promise<void> {
    const path = below(to, name)
    const stats = fstatSync(entry.number)
    if (stats.isDirectory()) {
      mkdirSync(path, 0o700)
      using source = reopened(entry, constants.O_RDONLY | constants.O_DIRECTORY)
      using target = new Fd(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW))
      await this.#folder(source, target)
      give(target.number, stats)
    } else if (stats.isFile()) await this.#file(entry, path, stats)
    else if (stats.isSymbolicLink()) {
      symlinkSync(linkText(entry), path)
      lchownSync(path, stats.uid, stats.gid)
      lutimesSync(path, stats.atime, stats.mtime)
    } else if (!stats.isSocket()) {
      syscall('mknodat', AT_FDCWD, Buffer.concat([path, Buffer.alloc(1)]), stats.mode, stats.rdev)
      lchownSync(path, stats.uid, stats.gid)
      chmodSync(path, stats.mode & 0o7777)
    }
  }

  /** What is not there stays so: a sparse file would fill the memory. */
  async #file(entry: Fd, path: Buffer, stats: Stats): Promise<void> {
    using source = reopened(entry, constants.O_RDONLY)
    const target = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      ftruncateSync(target, stats.size)
      const buffer = Buffer.alloc(Math.min(Math.max(stats.size, 1), COPY_BYTES))
      for (let at = nextData(source, 0); at !== null && at < stats.size; at = nextData(source, at)) {
        const got = readSync(source.number, buffer, 0, buffer.length, at)
        if (got === 0) break
        for (let done = 0; done < got;) done += writeSync(target, buffer, done, got - done, at + done)
        at += got
        if (performance.now() > this.#turnEnds) await this.#turn()
      }
      give(target, stats)
    } finally {
      closeSync(target)
    }
  }
}

/** Nothing there, or no folder: the tmpfs begins empty. */
function unlessAbsent(open: () => Fd): Fd | null {
  try {
    return open()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** A name may be any bytes. */
function below(folder: Fd, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${folder.number}/`), name])
}

/** The very file that was looked at. */
function reopened(entry: Fd, flags: number): Fd {
  return new Fd(openSync(`/proc/self/fd/${entry.number}`, flags | constants.O_NONBLOCK))
}

/** Of a link that is open itself: readlinkat(2) with an empty path. */
function linkText(link: Fd): Buffer {
  const text = Buffer.alloc(4096)
  return text.subarray(0, syscall('readlinkat', link.number, '', text, text.length))
}

const SEEK_DATA = 3

/** Where a file goes on after what it does not have; null: nowhere. @see lseek(2) */
function nextData(file: Fd, at: number): number | null {
  const found = syscallResult('lseek', file.number, at, SEEK_DATA)
  if (found === -errnos.ENXIO) return null
  // A file system that does not know has everything.
  return found < 0 ? at : found
}

function give(fd: number, { uid, gid, mode, atime, mtime }: Stats): void {
  fchownSync(fd, uid, gid)
  // After the owner, whose change takes set-user-ID away.
  fchmodSync(fd, mode & 0o7777)
  futimesSync(fd, atime, mtime)
}
