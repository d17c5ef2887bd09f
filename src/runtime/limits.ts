// The three reasons to give up waiting (the caller's signal, its time limit, the runtime's close), as one AbortSignal.

import { setMaxListeners } from 'node:events'
import { StatorError } from '../errors.ts'

/** What everything long takes. */
export interface Limits {
  /** Gives up; the promise rejects with ERR_STATOR_ABORTED. */
  readonly signal?: AbortSignal | undefined
  /** Gives up after so many milliseconds; the promise rejects with ERR_STATOR_TIMEOUT. */
  readonly timeoutMs?: number | undefined
}

export interface Limited extends Disposable {
  /** Its reason is a StatorError. */
  readonly signal: AbortSignal
}

/** For what a close waits for. */
export const never: AbortSignal = sharedController().signal

/** For a signal that many listen to at once. Node.js warns of a leak at eleven. */
export function sharedController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/**
 * @param what for the message: `start "web"`
 * @param closing the runtime's, aborted with ERR_STATOR_CLOSED; or `never`
 */
export function limited(what: string, { signal, timeoutMs }: Limits, closing: AbortSignal): Limited {
  if (timeoutMs !== undefined && (Number.isNaN(timeoutMs) || timeoutMs < 0)) {
    throw new StatorError('ERR_STATOR_CONFIG', `${what}: timeoutMs must be a number from 0, not ${timeoutMs}`)
  }
  if (signal === undefined && (timeoutMs === undefined || timeoutMs === Infinity)) {
    return { signal: closing, [Symbol.dispose]: () => {} }
  }
  const controller = new AbortController()
  const onClose = () => controller.abort(closing.reason)
  const onAbort = () => {
    const reason: unknown = signal?.reason
    // One of ours, further out, says what happened.
    const isOurs = reason instanceof StatorError
    controller.abort(isOurs ? reason : new StatorError('ERR_STATOR_ABORTED', `${what}: aborted`, {}, { cause: reason }))
  }
  closing.addEventListener('abort', onClose)
  signal?.addEventListener('abort', onAbort)
  if (closing.aborted) onClose()
  else if (signal?.aborted) onAbort()
  const timer =
    timeoutMs === undefined || timeoutMs > longestTimerMs
      ? undefined
      : setTimeout(() => {
          controller.abort(new StatorError('ERR_STATOR_TIMEOUT', `${what}: not done after ${timeoutMs} ms`))
        }, timeoutMs)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      closing.removeEventListener('abort', onClose)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** 24 days; a longer one would end at once. */
export const longestTimerMs = 2 ** 31 - 1

/** Why a signal was aborted, as a promise of the library rejects with it. @param what was aborted, for the message */
export function reasonOf(signal: AbortSignal | undefined, what = 'the call'): StatorError {
  const reason: unknown = signal?.reason
  if (reason instanceof StatorError) return reason
  return new StatorError('ERR_STATOR_ABORTED', `${what}: aborted`, {}, { cause: reason })
}

/** The promise, or the reason why nobody waits for it any more. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(reasonOf(signal))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
