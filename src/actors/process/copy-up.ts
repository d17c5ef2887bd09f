// The mount option `tmpcopyup` of runc: a tmpfs that begins with what the image has at that place. A plan has no loops, so the runtime
// makes it, fills it while it is nowhere, and init inherits it.

import { closeSync, constants, fchmodSync, fchownSync, fstatSync, futimesSync, lchownSync, lutimesSync, openSync, readdirSync, readlinkSync, readSync, type Stats, symlinkSync, writeSync } from 'node:fs' // prettier-ignore
import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { syscall } from '../../native/libc.ts'
import { fsconfig, fsmount, fsopen, openat, openat2 } from '../../native/mount.ts'
import { O_PATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from '../../native/uapi.ts'
import type { Mount } from '../../oci/config.ts'
import { parseMountOptions } from '../../oci/mount-options.ts'
import { newMountBits } from '../../plan/compile/mount-attributes.ts'
import { knownFlags, withoutReadonly } from '../../plan/compile/new-mount.ts'
import { relative } from '../../plan/compile/paths.ts'

/**
 * @returns the mount, detached
 * @throws {StatorError} with the pointer of the mount: ENOSPC: the image has more than fits
 */
export function copyUp(mount: Mount, rootfs: string, pointer: string): Fd {
  const { destination } = mount
  try {
    return filled(mount, rootfs)
  } catch (error) {
    const { code: errno = 'unknown', syscall, detail } = error as Partial<SyscallError> & NodeJS.ErrnoException
    const said = detail === undefined ? '' : `: ${detail}`
    const message = `tmpcopyup: copy ${destination} of the image: ${errno}${said} (${pointer})`
    const place = { pointer, path: destination, errno, ...(syscall === undefined ? {} : { syscall }) }
    throw new StatorError('ERR_STATOR_STAGE', message, place, { cause: error })
  }
}

function filled({ destination, source, options, type }: Mount, rootfs: string): Fd {
  const { superblock, data, attributes } = withoutReadonly(parseMountOptions(options, type))
  using context = fsopen('tmpfs')
  if (source) fsconfig(context, { key: 'source', value: source })
  for (const flag of superblock.set) if (knownFlags.has(flag)) fsconfig(context, { flag })
  for (const option of data) {
    const equals = option.indexOf('=')
    fsconfig(context, equals < 0 ? { flag: option } : { key: option.slice(0, equals), value: option.slice(equals + 1) })
  }
  fsconfig(context, 'create')
  const mount = fsmount(context, newMountBits(attributes))
  try {
    using root = openat(rootfs, constants.O_RDONLY | constants.O_DIRECTORY)
    const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
    const how = { flags: constants.O_RDONLY | constants.O_DIRECTORY, resolve }
    using from = openIfThere(() => openat2({ at: root, path: relative(destination) }, how))
    if (from !== null) {
      using to = openat({ at: mount, path: '.' }, constants.O_RDONLY | constants.O_DIRECTORY)
      copyFolder(from, to)
      if (!data.some((option) => /^[ug]id=/.test(option))) {
        const { uid, gid } = fstatSync(from.number)
        fchownSync(to.number, uid, gid)
      }
    }
    return mount
  } catch (error) {
    mount.close()
    throw error
  }
}

/** Nothing there, or no folder: the tmpfs begins empty, and its mount point is made, or is no folder either. */
function openIfThere(open: () => Fd): Fd | null {
  try {
    return open()
  } catch (error) {
    if (error instanceof SyscallError && ['ENOENT', 'ENOTDIR'].includes(error.code)) return null
    throw error
  }
}

/** By descriptors, never through a link: others may be at work in the image, and what is outside of it is not to be read. */
function copyFolder(from: Fd, to: Fd): void {
  for (const name of readdirSync(`/proc/self/fd/${from.number}`)) {
    using entry = openIfThere(() => openat({ at: from, path: name }, O_PATH | constants.O_NOFOLLOW))
    if (entry === null) continue
    const stats = fstatSync(entry.number)
    if (stats.isDirectory()) {
      syscall('mkdirat', to.number, name, 0o700)
      using source = openat({ at: from, path: name }, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
      using target = openat({ at: to, path: name }, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
      copyFolder(source, target)
      give(target.number, stats)
    } else if (stats.isFile()) copyFile(from, to, name, stats)
    else if (stats.isSymbolicLink()) {
      const path = `/proc/self/fd/${to.number}/${name}`
      symlinkSync(readlinkSync(`/proc/self/fd/${from.number}/${name}`), path)
      lchownSync(path, stats.uid, stats.gid)
      lutimesSync(path, stats.atime, stats.mtime)
    } else if (!stats.isSocket()) {
      syscall('mknodat', to.number, name, stats.mode, stats.rdev)
      lchownSync(`/proc/self/fd/${to.number}/${name}`, stats.uid, stats.gid)
    }
  }
}

function copyFile(from: Fd, to: Fd, name: string, stats: Stats): void {
  using source = openat({ at: from, path: name }, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const target = openSync(
    `/proc/self/fd/${to.number}/${name}`,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
    0o600,
  )
  try {
    const buffer = Buffer.alloc(Math.min(Math.max(stats.size, 1), 1 << 20))
    for (let got = readSync(source.number, buffer); got > 0; got = readSync(source.number, buffer)) {
      for (let done = 0; done < got;) done += writeSync(target, buffer, done, got - done)
    }
    give(target, stats)
  } finally {
    closeSync(target)
  }
}

function give(fd: number, { uid, gid, mode, atime, mtime }: Stats): void {
  fchownSync(fd, uid, gid)
  // After the owner, whose change takes set-user-ID away.
  fchmodSync(fd, mode & 0o7777)
  futimesSync(fd, atime, mtime)
}
