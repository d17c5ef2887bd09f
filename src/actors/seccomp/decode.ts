// The arguments of a system call by name: paths, strings, addresses and flags instead of six registers. Reads what it is given to read
// with; whether that memory was still the caller's is for notification.ts to say.

import { constants } from 'node:fs'
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_PARENT,
  CLONE_PIDFD,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
  O_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  PR_CAP_AMBIENT,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_MM,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_PTRACER,
  PR_SET_SECCOMP,
  PR_SET_SECUREBITS,
  PR_SET_VMA,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../native/uapi.ts'

/** struct sockaddr of the families that have a name here. */
export type SocketAddress =
  | { readonly family: 'AF_INET' | 'AF_INET6'; readonly address: string; readonly port: number }
  /** An abstract name begins with `@`, as in /proc/net/unix; an empty one is unnamed. */
  | { readonly family: 'AF_UNIX'; readonly path: string }
  | { readonly family: string }

/** Plain JSON. null: it could not be read. A number above 2^53 is text: `0x…`. */
export type DecodedValue = string | number | readonly string[] | SocketAddress | null

/**
 * The arguments by the names of the manual pages. Paths and strings are as the caller has written them: relative, through links, with
 * `..`, and up to PATH_MAX. Flags are lists of names; bits without one are the last, `0x…`.
 */
export type Decoded = Readonly<Record<string, DecodedValue>>

/** The caller's memory; null where it cannot be read. */
export interface Memory {
  string(address: bigint, limit: number): Buffer | null
  bytes(address: bigint, count: number): Buffer | null
}

type Reader = (value: bigint, memory: Memory, args: readonly bigint[]) => DecodedValue
type Argument = readonly [name: string, read: Reader]

/** Bytes, the NUL among them. */
const PATH_MAX = 4096
/** Of execve: how many, and how long each; more than that is `…`. */
const MOST_STRINGS = 64
const STRING_BYTES = 1024

const number: Reader = (value) => numberOf(value)
const int: Reader = (value) => Number(BigInt.asIntN(32, value))
const hex: Reader = (value) => `0x${value.toString(16)}`
const mode: Reader = (value) => Number(value & 0o7777n)
const text: Reader = (value, memory) => (value === 0n ? null : (memory.string(value, PATH_MAX)?.toString() ?? null))
const folder: Reader = (value) => {
  const fd = Number(BigInt.asIntN(32, value))
  return fd === AT_FDCWD ? 'AT_FDCWD' : fd
}

function numberOf(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${value.toString(16)}`
}

function named(value: bigint, names: Readonly<Record<string, number>>): string[] {
  const words: string[] = []
  let rest = value
  for (const [name, bits] of Object.entries(names)) {
    const mask = BigInt(bits)
    if (mask === 0n || (rest & mask) !== mask) continue
    words.push(name)
    rest &= ~mask
  }
  if (rest !== 0n) words.push(`0x${rest.toString(16)}`)
  return words
}

const flags =
  (names: Readonly<Record<string, number>>): Reader =>
  (value) =>
    named(BigInt.asUintN(32, value), names)

/** One of a few values; another stays a number. */
const oneOf =
  (names: Readonly<Record<string, number>>): Reader =>
  (value) => {
    const wanted = Number(BigInt.asUintN(32, value))
    return Object.keys(names).find((name) => names[name] === wanted) ?? wanted
  }

// O_DIRECTORY and others differ between architectures: Node has those of this one, and only its calls are decoded.
const { O_APPEND, O_CREAT, O_DIRECT, O_DIRECTORY, O_DSYNC, O_EXCL, O_NOATIME, O_NOCTTY, O_NOFOLLOW, O_SYNC, O_TRUNC } =
  constants
const openNames = {
  O_APPEND, O_CREAT, O_DIRECT, O_EXCL, O_NOATIME, O_NOCTTY, O_NOFOLLOW, O_SYNC, O_DSYNC, O_TRUNC,
  // Of two bits, as O_SYNC: before its own part.
  O_TMPFILE: 0o20000000 | O_DIRECTORY, O_DIRECTORY, O_CLOEXEC, O_NONBLOCK, O_PATH,
} // prettier-ignore
const accessNames = ['O_RDONLY', 'O_WRONLY', 'O_RDWR']

/** The kernel's number: the C libraries of 64 bits have 0, and say nothing. It is set all the same by some. */
const O_LARGEFILE = process.arch === 'arm64' ? 0o400000n : 0o100000n

function openFlags(value: bigint): string[] {
  const rest = named(value & ~3n & ~O_LARGEFILE, openNames)
  const access = accessNames[Number(value & 3n)]
  return access === undefined ? rest : [access, ...rest]
}
const open: Reader = (value) => openFlags(BigInt.asUintN(32, value))

const cloneNames = {
  CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_PIDFD, CLONE_VFORK, CLONE_PARENT, CLONE_THREAD, CLONE_NEWNS,
  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
} // prettier-ignore
/** The lowest byte is the signal that the parent gets, and no flag. */
const clone: Reader = (value) => named(BigInt.asUintN(64, value) & ~0xffn, cloneNames)
const namespaces = flags({ ...cloneNames, CLONE_NEWTIME })
const families = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET }
const socketTypes = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET } as const
const socketType: Reader = (value) => {
  const kind = Number(value & 0xfn)
  const name = Object.entries(socketTypes).find(([, number]) => number === kind)?.[0] ?? String(kind)
  return [name, ...named(BigInt.asUintN(32, value) & ~0xfn, { SOCK_CLOEXEC, SOCK_NONBLOCK })]
}
const at = flags({ AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH })
const fileTypes = { S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK }
const fileType: Reader = (value) => {
  const kind = Number(value) & S_IFMT
  const name = Object.entries(fileTypes).find(([, bits]) => bits === kind)?.[0] ?? `0x${kind.toString(16)}`
  return [name, `0${(Number(value) & 0o7777).toString(8)}`]
}
/** As glibc's makedev puts it into 64 bits; the kernel takes 32: linux/kdev_t.h, new_decode_dev. */
const device: Reader = (value) => `${(value >> 8n) & 0xfffn}:${(value & 0xffn) | ((value >> 12n) & 0xfff00n)}`
const prctl = oneOf({
  PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_NAME, PR_SET_SECCOMP, PR_CAPBSET_READ, PR_CAPBSET_DROP,
  PR_SET_SECUREBITS, PR_SET_MM, PR_SET_PTRACER, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_SET_VMA,
}) // prettier-ignore
const mounts = flags({
  MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED,
}) // prettier-ignore
const resolves = {
  RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_CACHED,
} // prettier-ignore

/** @param length the argument that says how long it is */
const address =
  (length: number): Reader =>
  (value, memory, args) => {
    // struct sockaddr_storage.
    const bytes = Math.min(Number(BigInt.asUintN(32, args[length] ?? 0n)), 128)
    return value === 0n || bytes < 2 ? null : socketAddress(memory.bytes(value, bytes))
  }

function socketAddress(bytes: Buffer | null): SocketAddress | null {
  if (bytes === null) return null
  const family = bytes.readUInt16LE(0)
  // struct sockaddr_in: family 0, port 2, addr 4. sockaddr_in6: family 0, port 2, flowinfo 4, addr 8. sockaddr_un: family 0, path 2.
  if (family === AF_INET && bytes.length >= 8)
    return { family: 'AF_INET', address: [...bytes.subarray(4, 8)].join('.'), port: bytes.readUInt16BE(2) }
  if (family === AF_INET6 && bytes.length >= 24)
    return { family: 'AF_INET6', address: inet6(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2) }
  if (family === AF_UNIX) {
    const path = bytes.subarray(2)
    if (path[0] === 0) return { family: 'AF_UNIX', path: `@${path.toString('utf8', 1)}` }
    const end = path.indexOf(0)
    return { family: 'AF_UNIX', path: path.toString('utf8', 0, end < 0 ? path.length : end) }
  }
  return { family: Object.entries(families).find(([, number]) => number === family)?.[0] ?? String(family) }
}

/** RFC 5952: the URL parser shortens as it says. */
function inet6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** A list of pointers to strings that ends with a null one. */
const strings: Reader = (value, memory) => {
  if (value === 0n) return []
  const found: string[] = []
  for (let n = 0; n < MOST_STRINGS; n++) {
    const pointer = memory.bytes(value + BigInt(n * 8), 8)?.readBigUInt64LE(0)
    if (pointer === undefined) return null
    if (pointer === 0n) return found
    found.push(memory.string(pointer, STRING_BYTES)?.toString() ?? '…')
  }
  return [...found, '…']
}

/** struct open_how: flags 0, mode 8, resolve 16. */
const how =
  (offset: number, read: (value: bigint) => DecodedValue): Reader =>
  (value, memory) => {
    const bytes = memory.bytes(value + BigInt(offset), 8)
    return bytes === null ? null : read(bytes.readBigUInt64LE(0))
  }

// The same arguments again and again.
const path: Argument = ['path', text]
const dirfd: Argument = ['dirfd', folder]
const fd: Argument = ['fd', int]
const bits: Argument = ['mode', mode]
const owner: readonly Argument[] = [['owner', int], ['group', int]] // prettier-ignore
const skip: Argument = ['', number]

/** By name, the arguments in order; an empty name is one that says nothing (a buffer's address). */
const signatures: Readonly<Record<string, readonly Argument[]>> = {
  open: [path, ['flags', open], bits],
  openat: [dirfd, path, ['flags', open], bits],
  creat: [path, bits],
  mkdir: [path, bits],
  mkdirat: [dirfd, path, bits],
  rmdir: [path],
  unlink: [path],
  unlinkat: [dirfd, path, ['flags', flags({ AT_REMOVEDIR })]],
  rename: [['oldpath', text], ['newpath', text]],
  renameat: [['olddirfd', folder], ['oldpath', text], ['newdirfd', folder], ['newpath', text]],
  renameat2: [['olddirfd', folder], ['oldpath', text], ['newdirfd', folder], ['newpath', text], ['flags', number]],
  link: [['oldpath', text], ['newpath', text]],
  linkat: [['olddirfd', folder], ['oldpath', text], ['newdirfd', folder], ['newpath', text], ['flags', at]],
  symlink: [['target', text], ['linkpath', text]],
  symlinkat: [['target', text], ['newdirfd', folder], ['linkpath', text]],
  readlink: [path],
  readlinkat: [dirfd, path],
  access: [path, bits],
  faccessat: [dirfd, path, bits],
  faccessat2: [dirfd, path, bits, ['flags', flags({ AT_EACCESS: AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH })]],
  stat: [path],
  lstat: [path],
  fstat: [fd],
  newfstatat: [dirfd, path, skip, ['flags', at]],
  statx: [dirfd, path, ['flags', at]],
  statfs: [path],
  chmod: [path, bits],
  fchmod: [fd, bits],
  fchmodat: [dirfd, path, bits],
  fchmodat2: [dirfd, path, bits, ['flags', at]],
  chown: [path, ...owner],
  lchown: [path, ...owner],
  fchown: [fd, ...owner],
  fchownat: [dirfd, path, ...owner, ['flags', at]],
  mknod: [path, ['mode', fileType], ['dev', device]],
  mknodat: [dirfd, path, ['mode', fileType], ['dev', device]],
  truncate: [path, ['length', number]],
  chdir: [path],
  chroot: [path],
  fchdir: [fd],
  pivot_root: [['new_root', text], ['put_old', text]],
  mount: [['source', text], ['target', text], ['filesystemtype', text], ['mountflags', mounts], ['data', text]],
  umount2: [['target', text], ['flags', number]],
  setxattr: [path, ['name', text]],
  lsetxattr: [path, ['name', text]],
  fsetxattr: [fd, ['name', text]],
  sethostname: [['name', text], ['len', number]],
  execve: [['pathname', text], ['argv', strings]],
  execveat: [dirfd, ['pathname', text], ['argv', strings], skip, ['flags', at]],
  memfd_create: [['name', text], ['flags', number]],
  socket: [['domain', oneOf(families)], ['type', socketType], ['protocol', int]],
  socketpair: [['domain', oneOf(families)], ['type', socketType], ['protocol', int]],
  connect: [['sockfd', int], ['addr', address(2)]],
  bind: [['sockfd', int], ['addr', address(2)]],
  sendto: [['sockfd', int], skip, ['len', number], ['flags', number], ['dest_addr', address(5)]],
  listen: [['sockfd', int], ['backlog', int]],
  setsockopt: [['sockfd', int], ['level', int], ['optname', int]],
  clone: [['flags', clone]],
  unshare: [['flags', namespaces]],
  setns: [fd, ['nstype', namespaces]],
  ioctl: [fd, ['request', hex], ['argument', hex]],
  fcntl: [fd, ['cmd', int], ['arg', hex]],
  prctl: [['option', prctl], ['arg2', hex], ['arg3', hex], ['arg4', hex], ['arg5', hex]],
  kill: [['pid', int], ['sig', int]],
  tgkill: [['tgid', int], ['tid', int], ['sig', int]],
  ptrace: [['request', int], ['pid', int]],
  setuid: [['uid', int]],
  setgid: [['gid', int]],
  read: [fd, skip, ['count', number]],
  write: [fd, skip, ['count', number]],
  close: [fd],
  getpid: [],
  getppid: [],
} // prettier-ignore

/** Those whose arguments are in one structure: every name reads from the same register. */
const structures: Readonly<Record<string, { readonly argument: number; readonly before: readonly Argument[]; readonly fields: readonly Argument[] }>> = {
  openat2: {
    argument: 2,
    before: [dirfd, path],
    fields: [['flags', how(0, openFlags)], ['mode', how(8, numberOf)], ['resolve', how(16, (value) => named(value, resolves))]],
  },
  // struct clone_args: flags 0, pidfd 8, child_tid 16, parent_tid 24, exit_signal 32.
  clone3: {
    argument: 0,
    before: [],
    fields: [['flags', how(0, (value) => named(value, { ...cloneNames, CLONE_NEWTIME }))], ['exit_signal', how(32, numberOf)]],
  },
} // prettier-ignore

/** The arguments that are a path, by the names above. */
export const pathNames: ReadonlySet<string> = new Set(['path', 'pathname', 'oldpath', 'newpath', 'linkpath', 'target', 'source', 'new_root', 'put_old']) // prettier-ignore

/**
 * @param syscall its name on this machine's architecture
 * @returns null: no call whose arguments are known here
 */
export function decodeArguments(syscall: string, args: readonly bigint[], memory: Memory): Decoded | null {
  const structure = Object.hasOwn(structures, syscall) ? structures[syscall] : undefined
  const signature = structure?.before ?? (Object.hasOwn(signatures, syscall) ? signatures[syscall] : undefined)
  if (signature === undefined) return null
  const decoded: Record<string, DecodedValue> = {}
  signature.forEach(([name, read], n) => {
    if (name !== '') decoded[name] = read(args[n] ?? 0n, memory, args)
  })
  if (structure === undefined) return decoded
  for (const [name, read] of structure.fields) decoded[name] = read(args[structure.argument] ?? 0n, memory, args)
  return decoded
}
