// Waiting for a group: version 2 tells of a change, version 1 has to be asked again.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { readable } from '../../native/poller.ts'
import { failure, isErrno, readKey } from './control-file.ts'

/**
 * Waits until a line of a version 2 group's `cgroup.events` has this value. The kernel tells of a change at most every 10 ms,
 * the last one always.
 *
 * @returns false: not within the time; a group that is gone is neither populated nor frozen
 * @see cgroup-v2.rst, `cgroup.events`
 */
export async function eventually(
  folder: string,
  key: 'populated' | 'frozen',
  value: 0 | 1,
  timeoutMs: number,
): Promise<boolean> {
  const path = `${folder}/cgroup.events`
  const deadline = performance.now() + timeoutMs
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return value === 0
    throw failure(error, `open ${path}`, path)
  }
  try {
    const bytes = Buffer.alloc(256)
    for (let delayMs = 1; ; delayMs *= 2) {
      // A change after this read makes the file ready again, so none is missed between read and wait.
      let text: string | null
      try {
        text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
      } catch (error) {
        if (isErrno(error, 'ENODEV')) return value === 0
        throw failure(error, `read ${path}`, path)
      }
      if (readKey(text, key) === value) return true
      const left = deadline - performance.now()
      if (left <= 0) return false
      // What changes soon after another change is told late, so the first times it is asked.
      await changed(file, delayMs < 16 ? Math.min(delayMs, left) : left)
    }
  } finally {
    closeSync(file)
  }
}

/**
 * Asks until it is so: at once, then after 1 ms, 2 ms, and so on up to 50 ms. For version 1, whose files report no changes.
 *
 * @returns false: not within the time
 */
export async function retried(holds: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, 50)) {
    if (holds()) return true
    if (performance.now() >= deadline) return false
    await sleep(delayMs)
  }
}

function changed(file: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // The timer also keeps the loop alive, which a watch does not.
    const timer = setTimeout(done, timeoutMs)
    const watch = readable(file, { events: 'pri' }).subscribe({
      next: done,
      error: (error: unknown) => {
        clearTimeout(timer)
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    })
    function done(): void {
      clearTimeout(timer)
      watch.unsubscribe()
      resolve()
    }
  })
}
