// The end of an init that is asked to end: a signal, and SIGKILL when its time is up.

import type { Exit } from '../actors/exit.ts'
import { DIES_WITHIN_MS, survivor } from '../actors/process/survivor.ts'
import { StatorError } from '../errors.ts'
import type { Stop } from '../machines/container.ts'
import { hold } from '../native/poller.ts'
import { reasonOf } from './limits.ts'

/** 24 days; a longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Resolves when it has ended.
 *
 * @param send throws ERR_STATOR_STATUS when it has ended before
 * @throws {StatorError} ERR_STATOR_TIMEOUT: SIGKILL has not ended it; the reason of the abort: it goes on, with the signal sent
 */
export async function endInit(
  send: (signal: string | number) => void,
  pid: number,
  ended: Promise<Exit>,
  { signal: first, killAt }: Pick<Stop, 'signal' | 'killAt'>,
  signal: AbortSignal,
): Promise<void> {
  const release = hold()
  let timer: NodeJS.Timeout | undefined
  let stop = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      ended.then(() => resolve(), reject)
      stop = () => reject(reasonOf(signal))
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop)
      sendUnlessEnded(send, first)
      if (killAt === null) return
      const inMs = Math.min(Math.max(0, Date.parse(killAt) - Date.now()), longestTimerMs)
      timer = setTimeout(() => {
        try {
          // A loop that was blocked for so long is told of an end before the next setImmediate.
          const late = () => setImmediate(() => reject(survivor(pid, DIES_WITHIN_MS)))
          timer = setTimeout(late, DIES_WITHIN_MS)
          sendUnlessEnded(send, 'SIGKILL')
        } catch (error) {
          reject(error)
        }
      }, inMs)
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    release()
  }
}

function sendUnlessEnded(send: (signal: string | number) => void, signal: string | number): void {
  try {
    send(signal)
  } catch (thrown) {
    if (!(thrown instanceof StatorError) || thrown.code !== 'ERR_STATOR_STATUS') throw thrown
  }
}
