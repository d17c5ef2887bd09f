// The descriptor-based mount calls, and opening a path under rules, for what the runtime does itself; most mounts are steps of a plan.

import { errnos, flagWord, SyscallError, Word } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { syscall, syscallResult } from './libc.ts'
import { architecture } from './syscalls.ts'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MOUNT_ATTR_SIZE_VER0,
  MOVE_MOUNT_BENEATH,
  MOVE_MOUNT_F_AUTOMOUNTS,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_F_SYMLINKS,
  MOVE_MOUNT_SET_GROUP,
  MOVE_MOUNT_T_AUTOMOUNTS,
  MOVE_MOUNT_T_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
  O_CLOEXEC,
  OPEN_HOW_SIZE_VER0,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
  openFlags,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  UMOUNT_NOFOLLOW,
} from './uapi.ts'

/** A place for the *at calls: a path that starts at a folder (or is empty, and means the descriptor itself), or at the cwd. */
export type Place = string | { readonly at: Descriptor; readonly path?: string }

function dirOf(place: Place): number {
  return typeof place === 'string' ? AT_FDCWD : numberOf(place.at)
}

function pathOf(place: Place): string {
  return typeof place === 'string' ? place : (place.path ?? '')
}

/** An empty path is what the kernel wants a flag for. */
function emptyPath(place: Place, flag: number): number {
  return pathOf(place) === '' ? flag : 0
}

/**
 * A descriptor for a mount or for a folder or file in one; with OPEN_TREE_CLONE for a new, detached copy of it (a bind mount
 * that is nowhere yet), which is unmounted when its descriptor is closed before move_mount.
 *
 * @param flags OPEN_TREE_CLONE, AT_RECURSIVE (its submounts too), AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT; OPEN_TREE_CLOEXEC is added
 * @throws {SyscallError} ENOENT, EPERM, EINVAL: not in this mount namespace, or locked submounts that only AT_RECURSIVE may take along
 * @see open_tree(2); Linux 5.2
 */
export function openTree(place: Place, flags: number): Fd {
  const all = flags | OPEN_TREE_CLOEXEC | emptyPath(place, AT_EMPTY_PATH)
  const names = {
    OPEN_TREE_CLONE,
    OPEN_TREE_CLOEXEC,
    AT_RECURSIVE,
    AT_SYMLINK_NOFOLLOW,
    AT_NO_AUTOMOUNT,
    AT_EMPTY_PATH,
  }
  const result = syscallResult('open_tree', dirOf(place), pathOf(place), all)
  if (result < 0) throw new SyscallError('open_tree', -result, [dirOf(place), pathOf(place), flagWord(all, names)])
  return new Fd(result)
}

/**
 * Attaches a detached mount, or moves an attached one.
 *
 * @param flags MOVE_MOUNT_*; the two EMPTY_PATH flags are added where a path is empty
 * @throws {SyscallError} EINVAL: the parent of an attached mount is shared, or the target is not in this mount namespace; ENOTDIR:
 *   one is a folder and the other is not; ELOOP; EPERM
 * @see move_mount(2); Linux 5.2
 */
export function moveMount(from: Place, to: Place, flags = 0): void {
  const all = flags | emptyPath(from, MOVE_MOUNT_F_EMPTY_PATH) | emptyPath(to, MOVE_MOUNT_T_EMPTY_PATH)
  const args = [dirOf(from), pathOf(from), dirOf(to), pathOf(to)] as const
  const names = {
    MOVE_MOUNT_F_SYMLINKS,
    MOVE_MOUNT_F_AUTOMOUNTS,
    MOVE_MOUNT_F_EMPTY_PATH,
    MOVE_MOUNT_T_SYMLINKS,
    MOVE_MOUNT_T_AUTOMOUNTS,
    MOVE_MOUNT_T_EMPTY_PATH,
    MOVE_MOUNT_SET_GROUP,
    MOVE_MOUNT_BENEATH,
  }
  const result = syscallResult('move_mount', ...args, all)
  if (result < 0) throw new SyscallError('move_mount', -result, [...args, flagWord(all, names)])
}

/** What mount_setattr changes; what is not named stays. */
export interface MountAttributes {
  /** MOUNT_ATTR_* to turn on, and to turn off. To set an access-time mode, MOUNT_ATTR__ATIME must be in `clear`. */
  readonly set?: number
  readonly clear?: number
  /** MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE. */
  readonly propagation?: number
  /** For MOUNT_ATTR_IDMAP: the user namespace whose maps apply. */
  readonly userns?: Descriptor
}

/**
 * @param flags AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT
 * @throws {SyscallError} EPERM: turning off what a mount namespace above has locked; EINVAL: not a mount's root; EBUSY: read-only
 *   while somebody writes
 * @see mount_setattr(2); Linux 5.12
 */
export function mountSetattr(place: Place, attributes: MountAttributes, flags = 0): void {
  // struct mount_attr: set 0, clr 8, propagation 16, userns_fd 24.
  const bytes = Buffer.alloc(MOUNT_ATTR_SIZE_VER0)
  bytes.writeBigUInt64LE(BigInt(attributes.set ?? 0), 0)
  bytes.writeBigUInt64LE(BigInt(attributes.clear ?? 0), 8)
  bytes.writeBigUInt64LE(BigInt(attributes.propagation ?? 0), 16)
  if (attributes.userns !== undefined) bytes.writeBigInt64LE(BigInt(numberOf(attributes.userns)), 24)
  const all = flags | emptyPath(place, AT_EMPTY_PATH)
  const names = { AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT, AT_EMPTY_PATH }
  const result = syscallResult('mount_setattr', dirOf(place), pathOf(place), all, bytes, bytes.byteLength)
  if (result < 0) {
    throw new SyscallError('mount_setattr', -result, [dirOf(place), pathOf(place), flagWord(all, names), bytes])
  }
}

/**
 * Begins a new file system: a context to be configured, created and made a mount.
 *
 * @param type as in /proc/filesystems
 * @throws {SyscallError} ENODEV: this kernel has no such file system; EPERM
 * @see fsopen(2); Linux 5.2
 */
export function fsopen(type: string): Fd {
  return new Fd(syscall('fsopen', type, FSOPEN_CLOEXEC))
}

/** One parameter or command of a file system context. */
export type FsParameter =
  | { readonly flag: string }
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly fd: Descriptor }
  | 'create'
  | 'reconfigure'

/**
 * @throws {SyscallError} EINVAL: unknown key or bad value; EPERM, EBUSY and others when it is created. What the kernel wrote into the
 *   context's log stands in the message: `fsconfig(7, FSCONFIG_SET_STRING, "size", "x", 0): EINVAL (e tmpfs: Bad value for 'size')`
 * @see fsconfig(2); Linux 5.2
 */
export function fsconfig(context: Descriptor, parameter: FsParameter): void {
  const args = parameterArguments(parameter)
  const result = syscallResult('fsconfig', numberOf(context), ...args)
  if (result >= 0) return
  const names = {
    FSCONFIG_SET_FLAG,
    FSCONFIG_SET_STRING,
    FSCONFIG_SET_FD,
    FSCONFIG_CMD_CREATE,
    FSCONFIG_CMD_RECONFIGURE,
  }
  const command = Object.entries(names).find(([, number]) => number === args[0])?.[0] ?? ''
  const text = [numberOf(context), new Word(command), ...args.slice(1)]
  throw new SyscallError('fsconfig', -result, text, logText(context))
}

function parameterArguments(parameter: FsParameter): [number, string | null, string | null, number] {
  if (parameter === 'create') return [FSCONFIG_CMD_CREATE, null, null, 0]
  if (parameter === 'reconfigure') return [FSCONFIG_CMD_RECONFIGURE, null, null, 0]
  if ('flag' in parameter) return [FSCONFIG_SET_FLAG, parameter.flag, null, 0]
  if ('fd' in parameter) return [FSCONFIG_SET_FD, parameter.key, null, numberOf(parameter.fd)]
  return [FSCONFIG_SET_STRING, parameter.key, parameter.value, 0]
}

/**
 * The mount of a created file system, detached: unmounted when its descriptor is closed before move_mount.
 *
 * @param attributes MOUNT_ATTR_*
 * @throws {SyscallError} EPERM: a mount of this kind that is visible already has options that this one lacks (procfs, sysfs)
 * @see fsmount(2); Linux 5.2
 */
export function fsmount(context: Descriptor, attributes: number): Fd {
  const result = syscallResult('fsmount', numberOf(context), FSMOUNT_CLOEXEC, attributes)
  if (result < 0) {
    const args = [numberOf(context), flagWord(FSMOUNT_CLOEXEC, { FSMOUNT_CLOEXEC }), attributes]
    throw new SyscallError('fsmount', -result, args, logText(context))
  }
  return new Fd(result)
}

/**
 * Takes the messages out of a context's log: `e` (error), `w` or `i`, a space, the text.
 *
 * @see fsopen(2), "The fscontext log"
 */
export function fsLog(context: Descriptor): string[] {
  const messages: string[] = []
  const buffer = Buffer.alloc(1024)
  for (;;) {
    // ENODATA: empty; EMSGSIZE: longer than the buffer, and stays in front of the others.
    const length = syscallResult('read', numberOf(context), buffer, buffer.byteLength)
    if (length <= 0) return messages
    messages.push(buffer.toString('utf8', 0, length).trimEnd())
  }
}

function logText(context: Descriptor): string | undefined {
  const messages = fsLog(context)
  return messages.length === 0 ? undefined : messages.join('; ')
}

/**
 * Opens a path by its descriptor, without the detours of Node's own (which knows no O_PATH folder and no start but the cwd).
 *
 * @param flags O_*, those of the running architecture; O_CLOEXEC is added
 * @param mode with O_CREAT
 * @throws {SyscallError} ENOENT, EACCES, ELOOP, …
 * @see openat(2)
 */
export function openat(place: Place, flags: number, mode = 0): Fd {
  const path = typeof place === 'string' ? place : (place.path ?? '.')
  const result = syscallResult('openat', dirOf(place), path, flags | O_CLOEXEC, mode)
  if (result < 0) throw new SyscallError('openat', -result, [dirOf(place), path, openWord(flags | O_CLOEXEC)])
  return new Fd(result)
}

function openWord(flags: number): Word {
  // O_SYNC and O_TMPFILE contain the bits of O_DSYNC and O_DIRECTORY, so they come first.
  const { O_SYNC, O_TMPFILE, ...others } = openFlags(architecture())
  return flagWord(flags, { O_SYNC, O_TMPFILE, ...others })
}

/** How openat2 opens; O_CLOEXEC is added. */
export interface OpenHow {
  readonly flags: number
  /** With O_CREAT. */
  readonly mode?: number
  /** RESOLVE_*. */
  readonly resolve?: number
}

/** The kernel says EAGAIN when a rename or mount somewhere raced with a look-up that must not leave its root; facts of runc: 128. */
const ATTEMPTS = 128

/**
 * Opens a path under rules for its resolution. EAGAIN (a race with a rename or a mount anywhere) is tried again.
 *
 * @throws {SyscallError} EXDEV: the path leaves the root or the mount; ELOOP: a symlink, where none is allowed; ENOENT; EAGAIN after
 *   128 attempts
 * @see openat2(2); Linux 5.6
 */
export function openat2(place: Place, { flags, mode = 0, resolve = 0 }: OpenHow): Fd {
  // struct open_how: flags 0, mode 8, resolve 16.
  const how = Buffer.alloc(OPEN_HOW_SIZE_VER0)
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0)
  how.writeBigUInt64LE(BigInt(mode), 8)
  how.writeBigUInt64LE(BigInt(resolve), 16)
  const path = typeof place === 'string' ? place : (place.path ?? '.')
  let result = 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    result = syscallResult('openat2', dirOf(place), path, how, how.byteLength)
    if (result >= 0) return new Fd(result)
    if (result !== -errnos.EAGAIN || (resolve & RESOLVE_CACHED) !== 0) break
  }
  const names = {
    RESOLVE_NO_XDEV,
    RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS,
    RESOLVE_BENEATH,
    RESOLVE_IN_ROOT,
    RESOLVE_CACHED,
  }
  const text = [dirOf(place), path, openWord(flags | O_CLOEXEC), mode, flagWord(resolve, names)]
  throw new SyscallError('openat2', -result, text)
}

/**
 * Takes a mount away.
 *
 * @param flags MNT_DETACH, MNT_FORCE, MNT_EXPIRE, UMOUNT_NOFOLLOW
 * @throws {SyscallError} EINVAL: not a mount point; EBUSY: in use, and not MNT_DETACH
 * @see umount2(2)
 */
export function umount2(path: string, flags = 0): void {
  const result = syscallResult('umount2', path, flags)
  if (result >= 0) return
  throw new SyscallError('umount2', -result, [
    path,
    flagWord(flags, { MNT_DETACH, MNT_FORCE, MNT_EXPIRE, UMOUNT_NOFOLLOW }),
  ])
}
