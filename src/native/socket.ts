// Sockets between two processes, and descriptors sent through them.

import { errnos, SyscallError } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { fcntl, setPointer, syscall, syscallResult } from './libc.ts'
import {
  AF_UNIX,
  F_GETFL,
  F_SETFL,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  O_NONBLOCK,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from './uapi.ts'

// struct msghdr: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48.
const MSGHDR_BYTES = 56
// struct cmsghdr: len 0, level 8, type 12; the data follows, aligned to 8.
const CMSGHDR_BYTES = 16

/**
 * A connection that keeps records apart: one send is one receive. Both ends are close-on-exec.
 *
 * @returns the first end does not block and is for this process, the second blocks and is for a child
 * @throws {SyscallError} EMFILE, ENFILE
 * @see socketpair(2), SOCK_SEQPACKET in unix(7)
 */
export function socketpair(): [own: Fd, child: Fd] {
  const numbers = Buffer.alloc(8)
  syscall('socketpair', AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, numbers)
  const own = new Fd(numbers.readInt32LE(0))
  const child = new Fd(numbers.readInt32LE(4))
  fcntl(own.number, F_SETFL, fcntl(own.number, F_GETFL) | O_NONBLOCK)
  return [own, child]
}

/**
 * One record, whole or not at all; descriptors travel with it as duplicates. Never blocks, never raises SIGPIPE.
 *
 * @param descriptors at most 253 (SCM_MAX_FD)
 * @throws {SyscallError} EPIPE: the other end is closed; EAGAIN: its queue is full; EMSGSIZE: longer than the send buffer;
 *   EINVAL: too many descriptors; ETOOMANYREFS: RLIMIT_NOFILE of them are under way
 * @see sendmsg(2), unix(7)
 */
export function send(fd: Descriptor, bytes: Uint8Array, descriptors: readonly Descriptor[] = []): void {
  const result = sendResult(fd, bytes, descriptors, MSG_NOSIGNAL | MSG_DONTWAIT)
  if (result < 0) throw new SyscallError('sendmsg', -result, [numberOf(fd), bytes])
}

/**
 * One sendmsg, for sockets that are not as `socketpair` makes them.
 *
 * @param flags MSG_*
 * @returns how many bytes the socket took, or the negative errno
 * @see sendmsg(2)
 */
export function sendResult(
  fd: Descriptor,
  bytes: Uint8Array,
  descriptors: readonly Descriptor[],
  flags: number,
): number {
  const control = Buffer.alloc(descriptors.length === 0 ? 0 : align(CMSGHDR_BYTES + descriptors.length * 4))
  if (descriptors.length > 0) {
    control.writeBigUInt64LE(BigInt(CMSGHDR_BYTES + descriptors.length * 4), 0)
    control.writeInt32LE(SOL_SOCKET, 8)
    control.writeInt32LE(SCM_RIGHTS, 12)
    descriptors.forEach((descriptor, index) => {
      control.writeInt32LE(numberOf(descriptor), CMSGHDR_BYTES + index * 4)
    })
  }
  return transfer('sendmsg', fd, bytes, control, flags).result
}

/** One record and what came with it. No bytes: the other end is closed. */
export interface Received {
  readonly bytes: Buffer
  /** Owned by the caller, close-on-exec. */
  readonly descriptors: readonly Fd[]
}

/**
 * One record. Never blocks.
 *
 * @param maxBytes a longer record is an error, not a shorter record
 * @returns null: there is none now
 * @throws {SyscallError} EMSGSIZE: the record was longer than maxBytes, and is lost; EMFILE: its descriptors did not fit into
 *   RLIMIT_NOFILE, and it is lost; ECONNRESET: the other end was closed with records unread
 * @see recvmsg(2), unix(7)
 */
export function receive(fd: Descriptor, maxBytes: number): Received | null {
  const bytes = Buffer.alloc(maxBytes)
  const control = Buffer.alloc(align(CMSGHDR_BYTES + SCM_MAX_FD * 4))
  const { result, header } = transfer('recvmsg', fd, bytes, control, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)
  if (result === -errnos.EAGAIN) return null
  if (result < 0) throw new SyscallError('recvmsg', -result, [numberOf(fd), bytes])
  const descriptors = rights(control.subarray(0, Number(header.readBigUInt64LE(40))))
  const flags = header.readUInt32LE(48)
  if ((flags & (MSG_TRUNC | MSG_CTRUNC)) !== 0) {
    for (const descriptor of descriptors) descriptor.close()
    const errno = (flags & MSG_TRUNC) !== 0 ? errnos.EMSGSIZE : errnos.EMFILE
    throw new SyscallError('recvmsg', errno, [numberOf(fd), bytes], 'the record was cut')
  }
  return { bytes: bytes.subarray(0, result), descriptors }
}

function transfer(name: 'sendmsg' | 'recvmsg', fd: Descriptor, bytes: Uint8Array, control: Buffer, flags: number) {
  const vector = Buffer.alloc(16)
  setPointer(vector, 0, bytes)
  vector.writeBigUInt64LE(BigInt(bytes.byteLength), 8)
  const header = Buffer.alloc(MSGHDR_BYTES)
  setPointer(header, 16, vector)
  header.writeBigUInt64LE(1n, 24)
  if (control.byteLength > 0) setPointer(header, 32, control)
  header.writeBigUInt64LE(BigInt(control.byteLength), 40)
  for (;;) {
    const result = syscallResult(name, numberOf(fd), header, flags)
    if (result !== -errnos.EINTR) return { result, header }
  }
}

function rights(control: Buffer): Fd[] {
  const descriptors: Fd[] = []
  for (let at = 0; at + CMSGHDR_BYTES <= control.byteLength;) {
    const length = Number(control.readBigUInt64LE(at))
    if (length < CMSGHDR_BYTES) break
    if (control.readInt32LE(at + 8) === SOL_SOCKET && control.readInt32LE(at + 12) === SCM_RIGHTS) {
      for (let data = at + CMSGHDR_BYTES; data + 4 <= at + length; data += 4) {
        descriptors.push(new Fd(control.readInt32LE(data)))
      }
    }
    at += align(length)
  }
  return descriptors
}

function align(length: number): number {
  return (length + 7) & ~7
}
