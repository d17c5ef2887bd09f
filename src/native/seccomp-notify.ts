// The descriptor on which the kernel asks about system calls (SECCOMP_RET_USER_NOTIF), and the memory of who is asked about.
//
//   caller: system call ── filter: USER_NOTIF ── waits ──────────────────────────────── goes on, fails or returns
//   here:                   poll: POLLIN ── NOTIF_RECV ── (read memory, ID_VALID, ADDFD) ── NOTIF_SEND
//
// When the last duplicate of the descriptor is closed, all who wait get ENOSYS. What an answer means belongs to its asker.

import { errnos, SyscallError, Word } from './errno.ts'
import { numberOf, type Descriptor } from './fd.ts'
import { setPointer, syscall, syscallResult } from './libc.ts'
import {
  O_CLOEXEC,
  SECCOMP_ADDFD_FLAG_SEND,
  SECCOMP_ADDFD_FLAG_SETFD,
  SECCOMP_GET_NOTIF_SIZES,
  SECCOMP_IOCTL_NOTIF_ADDFD,
  SECCOMP_IOCTL_NOTIF_ID_VALID,
  SECCOMP_IOCTL_NOTIF_RECV,
  SECCOMP_IOCTL_NOTIF_SEND,
  SECCOMP_USER_NOTIF_FLAG_CONTINUE,
} from './uapi.ts'

/** A system call that waits for an answer. */
export interface SeccompRequest {
  /** Of the listener's; unique as long as that lives. */
  readonly id: bigint
  /** Of the thread, as this process's pid namespace numbers it; 0: it cannot be seen from here. */
  readonly pid: number
  readonly number: number
  /** AUDIT_ARCH_*. */
  readonly arch: number
  readonly instructionPointer: bigint
  /** All six registers, unsigned; a call that takes fewer leaves what was there. */
  readonly args: readonly bigint[]
}

// struct seccomp_notif: id 0, pid 8, flags 12, data 16; struct seccomp_data: nr 0, arch 4, instruction_pointer 8, args 16.
const NOTIF_BYTES = 80
// struct seccomp_notif_resp: id 0, val 8, error 16, flags 20.
const RESPONSE_BYTES = 24

interface Buffers {
  readonly request: Buffer
  readonly response: Buffer
  readonly id: Buffer
  readonly poll: Buffer
  readonly noTime: Buffer
}

let buffers: Buffers | undefined

/** Made once, and as large as the running kernel says: it writes its own structures, whatever size is known here. */
function open(): Buffers {
  // struct seccomp_notif_sizes: seccomp_notif 0, seccomp_notif_resp 2, seccomp_data 4.
  const sizes = Buffer.alloc(6)
  syscall('seccomp', SECCOMP_GET_NOTIF_SIZES, 0, sizes)
  return {
    request: Buffer.alloc(Math.max(NOTIF_BYTES, sizes.readUInt16LE(0))),
    response: Buffer.alloc(Math.max(RESPONSE_BYTES, sizes.readUInt16LE(2))),
    id: Buffer.alloc(8),
    poll: Buffer.alloc(8),
    noTime: Buffer.alloc(16),
  }
}

/**
 * What poll(2) says of a listener, now: POLLIN: there is a call to receive; POLLHUP: no process with its filter is left, and none
 * can come (since Linux 5.9; before it is never told).
 *
 * @throws {SyscallError} any of ppoll
 */
export function notifyPoll(listener: Descriptor): number {
  const { poll, noTime } = (buffers ??= open())
  // struct pollfd: fd 0, events 4, revents 6.
  poll.writeInt32LE(numberOf(listener), 0)
  poll.writeInt32LE(1, 4) // POLLIN, and no revents yet
  for (;;) {
    const result = syscallResult('ppoll', poll, 1, noTime, null, 8)
    if (result === -errnos.EINTR) continue
    if (result < 0) throw new SyscallError('ppoll', -result, [numberOf(listener)])
    return poll.readInt16LE(6)
  }
}

/**
 * The next call that waits. Poll first: RECV blocks this thread until there is one, as the kernel does not look at O_NONBLOCK here
 * (up to 6.18). After a POLLIN it does not, as long as nobody else receives from this listener: a caller that died meanwhile
 * still counts, and gives ENOENT.
 *
 * @returns null: its caller is gone or was interrupted (ENOENT), or a signal came first (EINTR). Poll again
 * @throws {SyscallError} EINVAL, ENOTTY: not a listener; EBADF
 * @see seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_RECV; Linux 5.0
 */
export function notifyReceive(listener: Descriptor): SeccompRequest | null {
  const { request } = (buffers ??= open())
  // The kernel refuses a structure that is not zeroed: EINVAL.
  request.fill(0)
  const result = syscallResult('ioctl', numberOf(listener), SECCOMP_IOCTL_NOTIF_RECV, request)
  if (result === -errnos.ENOENT || result === -errnos.EINTR) return null
  if (result < 0) refuse(listener, 'SECCOMP_IOCTL_NOTIF_RECV', result)
  return {
    id: request.readBigUInt64LE(0),
    pid: request.readUInt32LE(8),
    number: request.readInt32LE(16),
    arch: request.readUInt32LE(20),
    instructionPointer: request.readBigUInt64LE(24),
    args: [
      request.readBigUInt64LE(32),
      request.readBigUInt64LE(40),
      request.readBigUInt64LE(48),
      request.readBigUInt64LE(56),
      request.readBigUInt64LE(64),
      request.readBigUInt64LE(72),
    ],
  }
}

/** `errno` positive; `value` as the register gets it. */
export type SeccompResponse = 'continue' | { readonly errno: number } | { readonly value: bigint }

/**
 * Answers a call. `continue` lets the kernel do it as if there were no filter (Linux 5.5).
 *
 * @returns false: its caller is gone, or was interrupted and may ask again under another id (ENOENT)
 * @throws {SyscallError} EINPROGRESS: it has an answer already; EINVAL
 * @see seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_SEND; Linux 5.0
 */
export function notifySend(listener: Descriptor, id: bigint, answer: SeccompResponse): boolean {
  const { response } = (buffers ??= open())
  response.fill(0)
  response.writeBigUInt64LE(id, 0)
  if (answer === 'continue') response.writeUInt32LE(SECCOMP_USER_NOTIF_FLAG_CONTINUE, 20)
  else if ('errno' in answer) response.writeInt32LE(-answer.errno, 16)
  else response.writeBigInt64LE(BigInt.asIntN(64, answer.value), 8)
  for (;;) {
    const result = syscallResult('ioctl', numberOf(listener), SECCOMP_IOCTL_NOTIF_SEND, response)
    if (result === -errnos.EINTR) continue
    if (result === -errnos.ENOENT) return false
    if (result < 0) refuse(listener, 'SECCOMP_IOCTL_NOTIF_SEND', result)
    return true
  }
}

/**
 * Whether a call still waits. What was read of its caller's memory is the caller's only if this is true afterwards: until then the
 * pid may have become another's.
 *
 * @throws {SyscallError} EBADF: the listener is closed
 * @see seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_ID_VALID
 */
export function notifyIdValid(listener: Descriptor, id: bigint): boolean {
  const { id: bytes } = (buffers ??= open())
  bytes.writeBigUInt64LE(id, 0)
  for (;;) {
    const result = syscallResult('ioctl', numberOf(listener), SECCOMP_IOCTL_NOTIF_ID_VALID, bytes)
    if (result === -errnos.EINTR) continue
    if (result === -errnos.ENOENT) return false
    if (result < 0) refuse(listener, 'SECCOMP_IOCTL_NOTIF_ID_VALID', result)
    return true
  }
}

export interface AddFd {
  /** Its number there, whatever is open under it is closed; without, the lowest that is free. */
  readonly target?: number | undefined
  readonly closeOnExec?: boolean | undefined
  /** Answers the call with the number, in one step: nobody who is interrupted in between keeps a descriptor. Linux 5.14. */
  readonly send?: boolean | undefined
}

/**
 * Opens a duplicate of a descriptor in the caller. Waits until the caller has taken it, which it does from its sleep: a moment.
 *
 * @returns its number there; null: the caller is gone (ENOENT)
 * @throws {SyscallError} EBADF: `fd` is not open; EMFILE, EBADF of the caller: its RLIMIT_NOFILE; EINPROGRESS: the call has an answer
 *   already; EINVAL: before Linux 5.14 with `send`; EBUSY: with `send` while another is added
 * @see seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_ADDFD; Linux 5.9
 */
export function notifyAddFd(
  listener: Descriptor,
  id: bigint,
  fd: Descriptor,
  { target, closeOnExec = false, send = false }: AddFd = {},
): number | null {
  // struct seccomp_notif_addfd: id 0, flags 8, srcfd 12, newfd 16, newfd_flags 20.
  const add = Buffer.alloc(24)
  add.writeBigUInt64LE(id, 0)
  const flags = (target === undefined ? 0 : SECCOMP_ADDFD_FLAG_SETFD) | (send ? SECCOMP_ADDFD_FLAG_SEND : 0)
  add.writeUInt32LE(flags, 8)
  add.writeInt32LE(numberOf(fd), 12)
  add.writeUInt32LE(target ?? 0, 16)
  add.writeUInt32LE(closeOnExec ? O_CLOEXEC : 0, 20)
  for (;;) {
    const result = syscallResult('ioctl', numberOf(listener), SECCOMP_IOCTL_NOTIF_ADDFD, add)
    // Interrupted, the kernel has taken it back.
    if (result === -errnos.EINTR) continue
    if (result === -errnos.ENOENT) return null
    if (result < 0) refuse(listener, 'SECCOMP_IOCTL_NOTIF_ADDFD', result)
    return result
  }
}

const pageBytes = 4096

/**
 * Memory of another process, from an address to the first NUL, to `limit` or to where none can be read.
 *
 * @returns without the NUL; null: not one byte can be read, its text has no end before `limit`, or it is not ours to read
 * @see process_vm_readv(2); Linux 3.2
 */
export function readString(pid: number, address: bigint, limit: number): Buffer | null {
  const parts: Buffer[] = []
  // Page by page: a transfer that meets one that is not there gives nothing of its vector's element.
  for (let at = address, left = limit; left > 0;) {
    const room = pageBytes - Number(at & BigInt(pageBytes - 1))
    const bytes = readMemory(pid, at, Math.min(room, left))
    if (bytes === null) return null
    const end = bytes.indexOf(0)
    if (end >= 0) return Buffer.concat([...parts, bytes.subarray(0, end)])
    parts.push(bytes)
    left -= bytes.byteLength
    at += BigInt(bytes.byteLength)
  }
  return null
}

/**
 * Memory of another process.
 *
 * @returns null: not all of it can be read, or it is not ours to read (ptrace(2), PTRACE_MODE_ATTACH), or the process is gone
 * @see process_vm_readv(2); Linux 3.2
 */
export function readMemory(pid: number, address: bigint, bytes: number): Buffer | null {
  if (bytes === 0) return Buffer.alloc(0)
  if (pid <= 0) return null
  const into = Buffer.alloc(bytes)
  const own = Buffer.alloc(16)
  setPointer(own, 0, into)
  own.writeBigUInt64LE(BigInt(bytes), 8)
  const other = Buffer.alloc(16)
  other.writeBigUInt64LE(BigInt.asUintN(64, address), 0)
  other.writeBigUInt64LE(BigInt(bytes), 8)
  return syscallResult('process_vm_readv', pid, own, 1, other, 1, 0) === bytes ? into : null
}

function refuse(listener: Descriptor, command: string, result: number): never {
  throw new SyscallError('ioctl', -result, [numberOf(listener), new Word(command)])
}
