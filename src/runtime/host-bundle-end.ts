// The end of a host bundle, which comes when nobody uses it any more. To remove a mount point takes away what is mounted there
// in every mount namespace (since Linux 3.18: mount_namespaces(7)), and the mount points of a container are the bundle's folders:
// its programs would vanish under it. So a bundle in use is given up, and whoever comes later removes it: the delete of the
// last container made of it, or the next bundle in the same folder.

import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import type { ProcessId } from '../actors/creation.ts'
import { StatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import { isAlive } from '../native/process-stat.ts'

/** Beside config.json: whose the bundle is. A folder of the caller's has it only from when the bundle is given up. */
export const markName = '.stator-host'

export interface Mark {
  readonly maker: ProcessId
  /** Its maker needs it no more. */
  readonly givenUp: boolean
  /** Whether the folder goes too, or only what `hostBundle` has put into it. */
  readonly withFolder: boolean
}

/** @throws what writing does */
export function markBundle(bundle: string, mark: Mark): void {
  writeFileSync(join(bundle, markName), `${JSON.stringify(mark)}\n`, { mode: 0o600 })
}

/**
 * Removes a bundle, or gives it up where a container uses it.
 *
 * @returns whether it is gone
 * @throws {StatorError} ERR_STATOR_PLATFORM with EBUSY: something is mounted in it here
 */
export function endBundle(bundle: string, mark: Mark): boolean {
  if (!existsHere(bundle)) return true
  refuseMounts(bundle)
  if (isUsed(bundle)) {
    markBundle(bundle, { ...mark, givenUp: true })
    return false
  }
  remove(bundle, mark)
  return true
}

/** After a container of it was deleted: removes a bundle that its maker does not need, if that was the last. Never throws. */
export function endGivenUp(bundle: string): void {
  const mark = readMark(bundle)
  if (mark !== null && isGivenUp(mark)) tryEnd(bundle, mark)
}

/** Removes the bundles in a folder that nobody uses, and whose makers have given them up or are no more. Never throws. */
export function sweepBundles(folder: string): void {
  let names: string[]
  try {
    // Where others may rename what is ours, what is looked at need not be what is removed.
    const { mode } = lstatSync(folder)
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return
    names = readdirSync(folder)
  } catch {
    return
  }
  for (const name of names) {
    // As mkdtemp(3) makes them.
    if (!/-[A-Za-z0-9]{6}$/.test(name)) continue
    const bundle = join(folder, name)
    const mark = readMark(bundle)
    if (mark?.withFolder === true && isGivenUp(mark)) tryEnd(bundle, mark)
  }
}

function isGivenUp({ givenUp, maker }: Mark): boolean {
  return givenUp || !isAlive(maker)
}

function tryEnd(bundle: string, mark: Mark): void {
  try {
    endBundle(bundle, mark)
  } catch {
    // Somebody has put something of his own into it, or another is at it: it is there the next time.
  }
}

function remove(bundle: string, { withFolder }: Mark): void {
  rmSync(join(bundle, 'config.json'), { force: true })
  rmSync(join(bundle, 'rootfs'), { recursive: true, force: true })
  rmSync(join(bundle, markName), { force: true })
  if (!withFolder) return
  try {
    rmdirSync(bundle)
  } catch (error) {
    ignoring('ENOENT')(error)
  }
}

/** null: there is none, or another user could have made it. */
function readMark(bundle: string): Mark | null {
  const path = join(bundle, markName)
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (file === undefined) return null
  try {
    const folder = lstatSync(bundle)
    const isOurs = [file, folder].every(({ uid, mode }) => uid === process.geteuid?.() && (mode & 0o022) === 0)
    if (!isOurs || !file.isFile() || !folder.isDirectory()) return null
    const { maker, givenUp, withFolder } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Mark>
    if (typeof maker?.pid !== 'number' || typeof maker.startTime !== 'string') return null
    return { maker, givenUp: givenUp === true, withFolder: withFolder === true }
  } catch {
    return null // removed just now
  }
}

interface Mounted {
  /** major:minor */
  readonly device: string
  /** The folder of the file system that is mounted, as its path from the file system's root. */
  readonly root: string
  readonly point: string
}

/** Whether a process has it mounted, or something in it, in a mount namespace that is not ours. */
function isUsed(bundle: string): boolean {
  const { device, path } = placeOf(bundle)
  const seen = new Set([readlinkSync('/proc/self/ns/mnt')])
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/mnt`)
      if (seen.has(namespace)) continue
      const mounts = mountsOf(pid)
      seen.add(namespace)
      if (mounts.some((mount) => mount.device === device && isWithin(mount.root, path))) return true
    } catch (error) {
      // It has ended; EACCES: another user's, who could not make a container of a folder of ours.
      ignoring('ENOENT', 'ESRCH', 'EINVAL', 'EACCES', 'EPERM')(error)
    }
  }
  return false
}

/** Where a folder is in its file system, whatever is mounted where. */
function placeOf(folder: string): { readonly device: string; readonly path: string } {
  const real = realpathSync(folder)
  const around = mountsOf('self').filter(({ point }) => isWithin(real, point))
  // The innermost; of those on one point the last.
  const mount = around.reduce((a, b) => (b.point.length >= a.point.length ? b : a))
  return { device: mount.device, path: join(mount.root, relative(mount.point, real)) }
}

/** @see proc_pid_mountinfo(5) */
function mountsOf(pid: string): Mounted[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, , device = '', root = '', point = ''] = line.split(' ')
      return { device, root: unescaped(root), point: unescaped(point) }
    })
}

/** Octal: space, tab, line end and backslash. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8)))
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || `${path}/`.startsWith(`${folder}/`)
}

/** To remove a folder that has mounts in it is to remove what is mounted there: this machine's /usr. */
function refuseMounts(bundle: string): void {
  const real = realpathSync(bundle)
  const found = mountsOf('self').find(({ point }) => isWithin(point, real))
  if (found === undefined) return
  throw new StatorError('ERR_STATOR_PLATFORM', `remove "${bundle}": EBUSY ("${found.point}" is a mount: unmount it)`, {
    path: found.point,
    errno: 'EBUSY',
  })
}

function existsHere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
