// A descriptor for whoever listens on a unix socket: the terminal's master for a console socket, a seccomp listener for its agent.

import { setTimeout } from 'node:timers/promises'
import type { Subscription } from 'rxjs'
import { errnos, SyscallError } from './errno.ts'
import { Fd, type Descriptor } from './fd.ts'
import { syscall, syscallResult } from './libc.ts'
import { openat } from './mount.ts'
import { onReady } from './poller.ts'
import { sendResult } from './socket.ts'
import { AF_UNIX, MSG_NOSIGNAL, O_PATH, SO_SNDTIMEO, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, UNIX_PATH_MAX } from './uapi.ts' // prettier-ignore

/** How long a listener may take to accept and read. It has a queue: what comes here waits only when that is full. */
const patienceS = 5
/** How soon a full queue is tried again. */
const retryMs = 20

/**
 * Connects, sends the text with the descriptor in one message, and closes the connection: what an OCI runtime does for
 * `--console-socket` and for a seccomp agent. The receiver has a duplicate; the descriptor stays the caller's.
 *
 * Blocks for up to five seconds when the listener's queue, or the socket's buffer, is full.
 *
 * @param socketPath a stream socket. As long as any path may be: sun_path's 108 bytes are no limit
 * @param text not empty, as a stream carries no descriptor without a byte
 * @throws {SyscallError} with the path: ENOENT; ECONNREFUSED: nobody listens; EPROTOTYPE: no stream socket; EACCES; EAGAIN: nobody
 *   accepts or reads; EPIPE: closed before all was read
 * @see unix(7), SCM_RIGHTS; runc, docs/terminals.md; config-linux.md, `seccomp.listenerPath`
 */
export function sendDescriptor(socketPath: string, fd: Descriptor, text: string): void {
  if (text === '') throw new RangeError('text: empty, and no descriptor travels without a byte')
  using socket = connected(socketPath)
  let rest = Buffer.from(text)
  let descriptors: readonly Descriptor[] = [fd]
  // The socket takes all of it at once, unless a signal came or the time is over.
  while (rest.byteLength > 0) {
    const result = sendResult(socket, rest, descriptors, MSG_NOSIGNAL)
    if (result < 0) throw new SyscallError('sendmsg', -result, [socket.number, rest], JSON.stringify(socketPath))
    rest = rest.subarray(result)
    descriptors = []
  }
}

/**
 * As `sendDescriptor`, without blocking this thread: all of it within a time.
 *
 * @param fd open until the promise settles
 * @throws {SyscallError} as `sendDescriptor`; EAGAIN: nobody accepts or reads within the time
 */
export async function sendDescriptorWithin(
  socketPath: string,
  fd: Descriptor,
  text: string,
  withinMs: number,
): Promise<void> {
  if (text === '') throw new RangeError('text: empty, and no descriptor travels without a byte')
  const until = performance.now() + withinMs
  using socket = await connectedBefore(socketPath, until)
  let rest = Buffer.from(text)
  let descriptors: readonly Descriptor[] = [fd]
  while (rest.byteLength > 0) {
    const result = sendResult(socket, rest, descriptors, MSG_NOSIGNAL)
    if (result === -errnos.EAGAIN && (await writable(socket, until))) continue
    if (result < 0) throw new SyscallError('sendmsg', -result, [socket.number, rest], JSON.stringify(socketPath))
    rest = rest.subarray(result)
    descriptors = []
  }
}

/** A queue that is full is EAGAIN, and nothing tells when it is not any more: unix_stream_connect. */
async function connectedBefore(path: string, until: number): Promise<Fd> {
  for (;;) {
    try {
      return connected(path, SOCK_NONBLOCK)
    } catch (error) {
      const isFull = error instanceof SyscallError && error.syscall === 'connect' && error.errno === errnos.EAGAIN
      const leftMs = until - performance.now()
      if (!isFull || leftMs <= 0) throw error
      await setTimeout(Math.min(retryMs, leftMs))
    }
  }
}

/** @returns false: not in time */
async function writable(socket: Fd, until: number): Promise<boolean> {
  const leftMs = until - performance.now()
  if (leftMs <= 0) return false
  const late = new AbortController()
  let subscription: Subscription | undefined
  try {
    const ready = new Promise<boolean>((resolve) => {
      subscription = onReady(socket, () => resolve(true), { events: 'out' })
    })
    return await Promise.race([ready, setTimeout(leftMs, false, { signal: late.signal })])
  } finally {
    late.abort()
    subscription?.unsubscribe()
  }
}

function connected(path: string, flags = 0): Fd {
  const socket = new Fd(syscall('socket', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0))
  try {
    // struct timeval: seconds 0, microseconds 8. It counts for connect as well.
    const timeout = Buffer.alloc(16)
    timeout.writeBigInt64LE(BigInt(patienceS), 0)
    syscall('setsockopt', socket.number, SOL_SOCKET, SO_SNDTIMEO, timeout, timeout.byteLength)
    const bytes = Buffer.from(path)
    if (bytes.includes(0)) throw new TypeError(`connect: ${JSON.stringify(path)} contains a NUL`)
    if (bytes.byteLength < UNIX_PATH_MAX) connect(socket, bytes, path)
    else {
      // The same file by a shorter name: the link of its own descriptor.
      using file = openat(path, O_PATH)
      connect(socket, Buffer.from(`/proc/self/fd/${file.number}`), path)
    }
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

/** @param path for the error */
function connect(socket: Fd, name: Buffer, path: string): void {
  // struct sockaddr_un: family 0, path 2.
  const address = Buffer.alloc(2 + UNIX_PATH_MAX)
  address.writeUInt16LE(AF_UNIX, 0)
  name.copy(address, 2)
  for (;;) {
    // An empty path would be the abstract name of no bytes.
    const result =
      name.byteLength === 0 ? -errnos.ENOENT : syscallResult('connect', socket.number, address, address.length)
    if (result === -errnos.EINTR) continue
    if (result < 0) throw new SyscallError('connect', -result, [socket.number, path])
    return
  }
}
