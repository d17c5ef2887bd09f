// Who may change a container. Two things give the right to: the lock of its folder, and, while the lock is let go because
// a hook runs or a stop waits, a command under way whose owner is alive (state.json, `command`).
//
// Two lines to stand in: commands of this process queue here, in the order they came; then flock(2), between processes, where
// the kernel keeps no order. Nobody polls and no thread waits:
//
//   holder    flock(LOCK_UN), close  ──  IN_CLOSE    ──>  who waits tries again
//   holder is killed                 ──  its pidfd   ──>  who waits tries again
//
// The close alone would not do: the kernel tells of it before it lets go of the lock (__fput in fs/file_table.c), so who
// waits would try too early, and hear nothing more.
//
// A holder that is stopped, frozen or stuck in the kernel would keep everybody for ever: who has waited LOCK_PATIENCE_MS for
// one and the same is told who that is.

import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { concat, filter, merge, type Observable, Subscription, throwError, timer } from 'rxjs'
import { StatorError, toStatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import type { Fd } from '../native/fd.ts'
import { flock, flockHolders, keptTooLong, LOCK_PATIENCE_MS } from '../native/flock.ts'
import type { Inotify } from '../native/inotify.ts'
import { pidfdOpen } from '../native/pidfd.ts'
import { hold, readable } from '../native/poller.ts'
import { IN_CLOSE } from '../native/uapi.ts'
import { orAborted, reasonOf } from './limits.ts'

/** Commands of this process on one container, one after the other. */
export class Queue {
  #last: Promise<void> = Promise.resolve()
  #length = 0

  /** Whether nobody has a turn or waits for one. */
  get idle(): boolean {
    return this.#length === 0
  }

  /** Resolves when nobody has a turn or waits for one. */
  async drained(): Promise<void> {
    while (!this.idle) await this.#last
  }

  /**
   * Runs `work` when all before it are done, however they ended. Aborted while it waits, it gives up its place.
   *
   * @throws what `work` throws, or the reason of the abort
   */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.idle ? null : this.#last
    let leave = () => {}
    this.#last = new Promise((resolve) => (leave = resolve))
    this.#length++
    try {
      if (before !== null) await orAborted(before, signal)
      return await work()
    } finally {
      this.#length--
      // Who comes next stands behind those before us, too, if we left early.
      if (before === null) leave()
      else void before.then(leave)
    }
  }
}

/** A lock that is held, until it is released or this process ends. */
export interface Held extends Disposable {
  /** Twice is fine. */
  release(): void
}

export type LockKind = 'shared' | 'exclusive'

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  readonly kind?: LockKind
  /** Keeps this process running while it waits; default true. */
  readonly holds?: boolean
}

/** Makes a file and takes its lock: nobody else can have it yet. */
export function lockNew(path: string): Held {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    flock(file, 'exclusive')
  } catch (error) {
    closeSync(file)
    throw error
  }
  return held(file)
}

/**
 * Takes a lock if it is free.
 *
 * @throws {StatorError} ERR_STATOR_NOT_FOUND: there is no such file
 */
export function tryLock(path: string, kind: LockKind = 'exclusive'): Held | null {
  for (;;) {
    const file = open(path)
    let keep = false
    try {
      if (!flock(file, kind)) return null
      if ((keep = isNamed(file))) return held(file)
    } finally {
      if (!keep) closeSync(file)
    }
  }
}

/**
 * Takes a lock, and waits for it without keeping anything else from working.
 *
 * @param watch may be shared
 * @throws {StatorError} ERR_STATOR_NOT_FOUND: there is no such file, or no more; ERR_STATOR_TIMEOUT: another keeps it; the
 *   reason of the abort
 */
export async function lock(
  path: string,
  watch: Inotify,
  { signal, kind = 'exclusive', holds = true }: LockOptions = {},
): Promise<Held> {
  for (;;) {
    const file = open(path)
    try {
      if (!flock(file, kind)) await locked(file, path, watch, { signal, kind, holds })
    } catch (error) {
      closeSync(file)
      throw error
    }
    if (isNamed(file)) return held(file)
    closeSync(file)
  }
}

/** Waits until `file` has the lock. It stays open meanwhile: closing it is the event that others wait for. */
async function locked(
  file: number,
  path: string,
  watch: Inotify,
  {
    signal,
    kind,
    holds,
  }: { readonly signal: AbortSignal | undefined; readonly kind: LockKind; readonly holds: boolean },
): Promise<void> {
  const watched = watch.add(`/proc/self/fd/${file}`, IN_CLOSE)
  const closed$ = concat(
    watch.events$.pipe(filter(({ wd }) => wd === watched || wd === -1)),
    // The watch itself was closed: nobody would tell us any more.
    throwError(() => new StatorError('ERR_STATOR_CLOSED', 'the runtime was closed')),
  )
  const release = holds ? hold() : () => {}
  let keptBy: string | undefined
  let until = 0
  try {
    for (;;) {
      const pids = flockHolders(file)
      const by = pids.join()
      if (by !== keptBy) until = performance.now() + LOCK_PATIENCE_MS
      keptBy = by
      const holders = opened(pids)
      const changes$ = merge(closed$, ...holders.map((fd) => readable(fd)), timer(until - performance.now()))
      try {
        // Asked once everything is watched, so that nothing is missed between.
        const isOurs = () => flock(file, kind)
        if ((await changedUnless(isOurs, changes$, signal)) === 'unchanged') return
      } finally {
        for (const fd of holders) fd.close()
      }
      if (performance.now() >= until && flockHolders(file).join() === by) throw keptTooLong(path, pids)
    }
  } finally {
    release()
    watch.remove(watched)
  }
}

function changedUnless(
  done: () => boolean,
  changes$: Observable<unknown>,
  signal: AbortSignal | undefined,
): Promise<'changed' | 'unchanged'> {
  return new Promise((resolve, reject) => {
    const stop = () => finish(() => reject(reasonOf(signal)))
    const finish = (settle: () => void) => {
      subscription.unsubscribe()
      signal?.removeEventListener('abort', stop)
      settle()
    }
    const subscription = new Subscription()
    signal?.addEventListener('abort', stop)
    subscription.add(
      changes$.subscribe({
        next: () => finish(() => resolve('changed')),
        error: (error: unknown) => finish(() => reject(error)),
      }),
    )
    if (signal?.aborted) stop()
    else if (done()) finish(() => resolve('unchanged'))
  })
}

/** Pidfds of those who have the lock, as far as this pid namespace shows them. One too many does no harm. */
function opened(pids: readonly number[]): Fd[] {
  const found: Fd[] = []
  try {
    for (const pid of pids.filter((pid) => pid > 0)) {
      try {
        found.push(pidfdOpen(pid))
      } catch (error) {
        ignoring('ESRCH', 'EINVAL')(error)
      }
    }
  } catch (error) {
    for (const fd of found) fd.close()
    throw error
  }
  return found
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDWR)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw toStatorError(error, code === 'ENOENT' || code === 'ENOTDIR' ? 'ERR_STATOR_NOT_FOUND' : 'ERR_STATOR_STATE', {
      path,
    })
  }
}

/** Not so: the folder was deleted between open and lock. Perhaps there is a new one of that name. */
function isNamed(file: number): boolean {
  return fstatSync(file).nlink > 0
}

function held(file: number): Held {
  let open = true
  const release = () => {
    if (!open) return
    open = false
    flock(file, 'unlock')
    closeSync(file)
  }
  return { release, [Symbol.dispose]: release }
}
