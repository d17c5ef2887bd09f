// Readiness of any descriptor, as a stream: pidfds, sockets, eventfds, inotify, pressure files. No thread, no interval.
//
// koffi can watch a descriptor in libuv's loop, but aborts the process when that is a regular file, closed or watched already,
// and knows no EPOLLPRI. So it is given one epoll set of our own and nothing else:
//
//   descriptor ── duplicate ── epoll set ── koffi.node.poll ── libuv's loop ── setImmediate ── subscribers
//
// The duplicate is ours to close: what the owner of the original does cannot take a watch away or hand it to a stranger.

import { Observable, type Subscription } from 'rxjs'

import { errnos, SyscallError, Word } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { fcntl, ffi, syscall, syscallResult } from './libc.ts'
import { architecture } from './syscalls.ts'
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN, EPOLLOUT, EPOLLPRI, F_DUPFD_CLOEXEC } from './uapi.ts'

// EPOLLERR and EPOLLHUP are always reported, asked for or not: epoll_ctl(2).
const masks = { in: EPOLLIN, out: EPOLLOUT, pri: EPOLLPRI, hup: 0 } as const

/** How many events one wake takes from the kernel; the rest comes with the next turn of the loop. */
const BATCH = 64

/** The poll handle of libuv, as koffi gives it. Its declared type has another callback than it calls. */
interface Handle {
  ref(): void
  unref(): void
  close(): void
}

interface Watch {
  readonly duplicate: Fd
  readonly wake: () => void
}

/** One epoll set and what it watches. There is none while nothing is watched or held, and never two. */
class Poller {
  readonly #epoll: Fd
  readonly #handle: Handle
  readonly #events: Buffer
  readonly #watches = new Map<number, Watch>()
  #lastToken = 0
  #holds = 0
  #dispatching = false
  #closed = false

  constructor() {
    this.#epoll = new Fd(syscall('epoll_create1', EPOLL_CLOEXEC))
    this.#events = Buffer.alloc(BATCH * eventLayout().size)
    // Nothing is delivered in this callback, as libuv calls it outside of Node's scope: promises that it settles would only
    // go on with the next event, and what it throws would be lost. An immediate has that scope, and comes in the same turn.
    this.#handle = ffi().node.poll(this.#epoll.number, { readable: true }, () => this.#schedule())
    this.#handle.unref()
  }

  add(descriptor: Descriptor, events: number, wake: () => void): number {
    const duplicate = new Fd(fcntl(numberOf(descriptor), F_DUPFD_CLOEXEC))
    const token = ++this.#lastToken
    const event = encode(events, token)
    const result = syscallResult('epoll_ctl', this.#epoll.number, EPOLL_CTL_ADD, duplicate.number, event)
    if (result < 0) {
      duplicate.close()
      const args = [this.#epoll.number, new Word('EPOLL_CTL_ADD'), numberOf(descriptor)]
      throw new SyscallError('epoll_ctl', -result, args)
    }
    this.#watches.set(token, { duplicate, wake })
    return token
  }

  remove(token: number): void {
    const watch = this.#watches.get(token)
    if (watch === undefined || this.#closed) return
    this.#watches.delete(token)
    // Before the close: the kernel forgets a watch by itself only when the last descriptor of the file is gone.
    syscall('epoll_ctl', this.#epoll.number, EPOLL_CTL_DEL, watch.duplicate.number, null)
    watch.duplicate.close()
  }

  hold(): void {
    if (this.#holds++ === 0 && !this.#closed) this.#handle.ref()
  }

  release(): void {
    if (--this.#holds === 0 && !this.#closed) this.#handle.unref()
  }

  get idle(): boolean {
    return this.#holds === 0 && this.#watches.size === 0
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#handle.close()
    this.#epoll.close()
    for (const { duplicate } of this.#watches.values()) duplicate.close()
  }

  #schedule(): void {
    if (this.#dispatching) return
    this.#dispatching = true
    setImmediate(() => {
      this.#dispatching = false
      if (!this.#closed) this.#dispatch()
    })
  }

  #dispatch(): void {
    const { size, data } = eventLayout()
    const count = syscallResult('epoll_pwait', this.#epoll.number, this.#events, BATCH, 0, null, 0)
    if (count < 0) {
      if (count === -errnos.EINTR) return // the set is still readable: the loop comes back
      throw new SyscallError('epoll_pwait', -count, [this.#epoll.number])
    }
    // Read before the first subscriber runs: one may do something that ends in here again.
    const tokens = Array.from({ length: count }, (_, index) => this.#events.readUIntLE(index * size + data, 6))
    // A subscriber may end another's watch: then its token is no longer known, and never is another's.
    for (const token of tokens) this.#watches.get(token)?.wake()
  }
}

let poller: Poller | undefined

function open(): Poller {
  if (poller !== undefined) return poller
  poller = new Poller()
  process.once('exit', closePoller)
  return poller
}

/**
 * Nothing of koffi's may be open when Node takes its environment down: the loop runs once more then, and a callback that comes
 * aborts the process; in a worker even a handle that is only there does. (A worker that is *terminated* while it watches has no
 * `exit`, and crashes the process: koffi 3.3.)
 */
function closePoller(): void {
  process.removeListener('exit', closePoller)
  poller?.close()
  poller = undefined
}

function closeIfIdle(own: Poller): void {
  if (own === poller && own.idle) closePoller()
}

/**
 * Emits when a descriptor is ready, in the next turn of the loop if it is already, and again in every turn for as long as it stays
 * so: the subscriber drains it, or unsubscribes. Never completes by itself. Being subscribed does not keep the process running;
 * see {@link hold}. The descriptor may be closed while it is watched: the watch goes on with the open file it named.
 *
 * @param options.events `in` (default): readable, at its end, or hung up. `out`: room to write, or nobody left to read. `pri`: exceptional, as pressure and cgroup event
 *   files are when they change. `hup`: only hung up or failed; a pidfd once its process is reaped.
 * @throws {SyscallError} through the stream: EPERM: always ready and so not for epoll, as regular files and folders;
 *   EBADF: not open, or O_PATH; ELOOP, EMFILE, ENOSPC (fs.epoll.max_user_watches)
 * @see epoll(7), epoll_ctl(2)
 */
export function readable(
  fd: Descriptor,
  { events = 'in' }: { readonly events?: keyof typeof masks } = {},
): Observable<void> {
  return new Observable((subscriber) => {
    const own = open()
    try {
      const token = own.add(fd, masks[events], () => subscriber.next())
      return () => {
        own.remove(token)
        closeIfIdle(own)
      }
    } catch (error) {
      closeIfIdle(own)
      subscriber.error(error)
      return
    }
  })
}

/**
 * Calls `then` as often as `readable` emits, until it is unsubscribed.
 *
 * @throws {SyscallError} what `readable` tells through the stream: it comes with the subscription, and never later
 */
export function onReady(fd: Descriptor, then: () => void, options: Parameters<typeof readable>[1] = {}): Subscription {
  const errors: Error[] = []
  const subscription = readable(fd, options).subscribe({ next: then, error: (error: Error) => errors.push(error) })
  const [error] = errors
  if (error !== undefined) throw error
  return subscription
}

/**
 * Keeps the process running while somebody waits (a promise is pending, an iterator open).
 *
 * @returns ends it; calling it again does nothing
 */
export function hold(): () => void {
  const own = open()
  own.hold()
  let held = true
  return () => {
    if (!held) return
    held = false
    own.release()
    closeIfIdle(own)
  }
}

/** struct epoll_event: u32 events, u64 data; packed on x86_64 alone. Source: linux/eventpoll.h, EPOLL_PACKED. */
function eventLayout(): { readonly size: number; readonly data: number } {
  return architecture() === 'x86_64' ? { size: 12, data: 4 } : { size: 16, data: 8 }
}

function encode(events: number, token: number): Buffer {
  const { size, data } = eventLayout()
  const event = Buffer.alloc(size)
  event.writeUInt32LE(events >>> 0, 0)
  event.writeUIntLE(token, data, 6)
  return event
}
