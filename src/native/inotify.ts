// Changes of files and folders, as the kernel reports them. Regular file systems and cgroup files; procfs says nothing.

import { defer, EMPTY, mergeMap, share, Subject, takeUntil, type Observable } from 'rxjs'

import { errnos, SyscallError } from './errno.ts'
import { Fd } from './fd.ts'
import { syscall, syscallResult } from './libc.ts'
import { readable } from './poller.ts'
import { IN_CLOEXEC, IN_IGNORED, IN_MASK_ADD, IN_NONBLOCK } from './uapi.ts'

export interface InotifyEvent {
  /** The watch it belongs to; -1 with IN_Q_OVERFLOW: events were lost, look at everything. */
  readonly wd: number
  /** IN_* bits: what happened, IN_ISDIR, and IN_IGNORED when the watch is gone. */
  readonly mask: number
  /** Joins an IN_MOVED_FROM with its IN_MOVED_TO; else 0. */
  readonly cookie: number
  /** The entry, when a folder is watched; else empty. */
  readonly name: string
}

// struct inotify_event: wd 0, mask 4, cookie 8, len 12; the name follows, padded with NULs to len.
const HEADER_BYTES = 16
/** Some hundred events; the least the kernel takes is one with the longest name (NAME_MAX). */
const BUFFER_BYTES = 16384

/** One queue of events and the watches that fill it. Watching does not keep the process running. */
export class Inotify implements Disposable {
  readonly #fd: Fd
  readonly #closed = new Subject<void>()
  /** By watch, how many have asked for it and not ended it. */
  readonly #users = new Map<number, number>()

  /**
   * All events from now on, shared: the queue is read while anybody is subscribed, and each event goes to all who are. What
   * happened before the first subscription waits in the queue. Completes when closed.
   */
  readonly events$: Observable<InotifyEvent>

  /** @throws {SyscallError} EMFILE: fs.inotify.max_user_instances, or RLIMIT_NOFILE */
  constructor() {
    this.#fd = new Fd(syscall('inotify_init1', IN_CLOEXEC | IN_NONBLOCK))
    this.events$ = defer(() => (this.#fd.closed ? EMPTY : readable(this.#fd))).pipe(
      mergeMap(() => this.#drain()),
      takeUntil(this.#closed),
      share(),
    )
  }

  /**
   * Watches a file or a folder's entries. The kernel has one watch of a file, whatever the path: who asks for it again gets the
   * same number, and all of them the events that any has asked for.
   *
   * @param mask IN_* bits
   * @returns the number of the watch
   * @throws {SyscallError} ENOENT; EACCES; ENOSPC: fs.inotify.max_user_watches
   * @see inotify_add_watch(2)
   */
  add(path: string, mask: number): number {
    const wd = syscall('inotify_add_watch', this.#fd.number, path, (mask | IN_MASK_ADD) >>> 0)
    this.#users.set(wd, (this.#users.get(wd) ?? 0) + 1)
    return wd
  }

  /**
   * Ends a watch, once for each `add`: with the last an IN_IGNORED follows. One that has ended is fine: its file is gone, or all
   * were closed.
   */
  remove(wd: number): void {
    const users = this.#users.get(wd)
    if (this.#fd.closed || users === undefined) return
    if (users > 1) return void this.#users.set(wd, users - 1)
    this.#users.delete(wd)
    const result = syscallResult('inotify_rm_watch', this.#fd.number, wd)
    if (result < 0 && result !== -errnos.EINVAL)
      throw new SyscallError('inotify_rm_watch', -result, [this.#fd.number, wd])
  }

  close(): void {
    this.#closed.next()
    this.#closed.complete()
    this.#fd.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** One read: what is left wakes the poller again. */
  #drain(): InotifyEvent[] {
    const buffer = Buffer.alloc(BUFFER_BYTES)
    const length = syscallResult('read', this.#fd.number, buffer, BUFFER_BYTES)
    if (length === -errnos.EAGAIN || length === -errnos.EINTR) return []
    if (length < 0) throw new SyscallError('read', -length, [this.#fd.number, buffer])
    const events: InotifyEvent[] = []
    for (let at = 0; at < length; at += HEADER_BYTES + buffer.readUInt32LE(at + 12)) {
      const start = at + HEADER_BYTES
      const padded = buffer.toString('utf8', start, start + buffer.readUInt32LE(at + 12))
      const end = padded.indexOf('\0')
      const wd = buffer.readInt32LE(at)
      const mask = buffer.readUInt32LE(at + 4)
      // The kernel does not give the number again before it has given all others.
      if ((mask & IN_IGNORED) !== 0) this.#users.delete(wd)
      events.push({
        wd,
        mask,
        cookie: buffer.readUInt32LE(at + 8),
        name: end === -1 ? padded : padded.slice(0, end),
      })
    }
    return events
  }
}
