// What a running container has used and who is in it, once and as streams that end with it.

import { concat, defer, EMPTY, filter, from, map, merge, mergeMap, NEVER, Observable, of, share, takeUntil, tap, timer } from 'rxjs' // prettier-ignore
import type { Stats } from '../actors/stats.ts'
import { StatorError } from '../errors.ts'
import { hold } from '../native/poller.ts'
import { longestTimerMs } from './limits.ts'
import { hasInit } from './phase.ts'
import type { View } from './view.ts'

/** @throws {StatorError} ERR_STATOR_STATUS */
export async function readStats(view: View, signal: AbortSignal): Promise<Stats> {
  await checkRunning(view, 'stats', signal)
  return statsNow(view)
}

/** @throws {StatorError} ERR_STATOR_STATUS */
export async function processesOf(view: View, signal: AbortSignal): Promise<readonly number[]> {
  await checkRunning(view, 'processes', signal)
  // 0 is one that has no number here.
  return view.root.actors.pids(view.receipts).filter((pid) => pid > 0)
}

export function stats$(view: View, intervalMs: number): Observable<Stats> {
  const ticks$ = intervalMs > longestTimerMs ? concat(of(0), NEVER) : timer(0, intervalMs)
  return whileRunning(view, 'stats', (ended$) =>
    ticks$.pipe(
      takeUntil(ended$),
      mergeMap(() => {
        try {
          return of(statsNow(view))
        } catch (thrown) {
          // Its groups have gone just now: that it has ended comes next.
          if (thrown instanceof StatorError && thrown.code === 'ERR_STATOR_STATUS') return EMPTY
          throw thrown
        }
      }),
    ),
  )
}

/** The count, and again when it has grown, at the latest when the container has ended. */
export function oomKills$(view: View): Observable<number> {
  const { actors } = view.root
  return whileRunning(view, 'OOM kills', (ended$) => {
    let last = -1
    // Whoever deletes it at once takes the count along; that there was one is in its exit record.
    const atEnd = () => Math.max(actors.oomKills(view.receipts), view.exit?.oomKilled === true ? 1 : 0)
    const end$ = ended$.pipe(
      map(atEnd),
      filter((count) => count > 0),
    )
    return merge(actors.oomKills$(view.receipts).pipe(takeUntil(ended$)), end$).pipe(
      filter((count) => count > last),
      tap((count) => (last = count)),
    )
  })
}

function statsNow(view: View): Stats {
  try {
    return view.root.actors.stats(view.receipts)
  } catch (thrown) {
    if (!(thrown instanceof StatorError) || thrown.code !== 'ERR_STATOR_STATUS') throw thrown
    throw thrown.saying(`stats "${view.id}": ${thrown.message}`)
  }
}

async function checkRunning(view: View, what: string, signal: AbortSignal): Promise<void> {
  if (!hasInit(view.phase)) await view.refresh(signal)
  if (hasInit(view.phase)) return
  throw new StatorError('ERR_STATOR_STATUS', `${what} "${view.id}": container not running`)
}

/** Subscribed to, the process is kept running. */
function whileRunning<T>(view: View, what: string, work: (ended$: Observable<void>) => Observable<T>): Observable<T> {
  return defer(() =>
    from(checkRunning(view, what, view.root.closing)).pipe(mergeMap(() => work(ended(view).pipe(share())))),
  )
}

/** Emits once when the container has ended, and completes. */
function ended(view: View): Observable<void> {
  return new Observable((subscriber) => {
    const release = hold()
    const given = new AbortController()
    view
      .reached((phase) => !hasInit(phase), AbortSignal.any([given.signal, view.root.closing]))
      .then(
        () => {
          subscriber.next()
          subscriber.complete()
        },
        (error: unknown) => subscriber.error(error),
      )
    return () => {
      given.abort()
      release()
    }
  })
}
