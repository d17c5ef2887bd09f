// The listener of a filter that notifies, on its way from init to who answers: the keeper keeps a copy, so that a later runtime
// can go on. Where no filter notifies, there is nothing to do.

import { readdirSync, readlinkSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import { ignoring } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { pidfdGetfd, pidfdOpenIfAlive } from '../../native/pidfd.ts'
import { isAlive } from '../../native/process-stat.ts'
import type { ProcessId } from '../creation.ts'
import type { Live } from './live.ts'

function notifies({ filters }: Live): boolean {
  return filters.some((filter) => filter.notifies)
}

/** Whether the keeper waits to be given a copy: then it is kept (`StubLink.kept`) when it has that. */
export function keepsListener(live: Live): boolean {
  return live.keepsListener && notifies(live)
}

/**
 * Init has loaded its filter, and waits. From when `onListener` is called its calls are answered; then the keeper gets a copy, and
 * init goes on.
 *
 * @throws {StatorError} what init has failed at; what `onListener` throws
 */
export async function handOverListener(live: Live, signal: AbortSignal): Promise<void> {
  if (!notifies(live)) return
  const { link, init, onListener } = live
  if (link === undefined || init === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
  const { value } = await link.reached('filtered', signal)
  if (onListener === undefined)
    throw new StatorError('ERR_STATOR_STAGE', 'nobody would answer what the filter notifies of (linux.seccomp)')
  const listener = pidfdGetfd(init, value)
  try {
    await onListener(listener)
  } catch (error) {
    listener.close()
    throw error
  }
  if (keepsListener(live)) {
    link.keepListener(value)
    await link.kept(signal)
  }
  link.goOn('filtered')
}

/** As proc_pid_fd(5) names it. */
const listenerLink = 'anon_inode:seccomp notify'

/** The keeper's copy, for a runtime that comes later; null: it has none, or is no more. */
export function keptListener(keeper: ProcessId): Fd | null {
  using pidfd = pidfdOpenIfAlive(keeper.pid)
  if (pidfd === null || !isAlive(keeper)) return null
  const folder = `/proc/${keeper.pid}/fd`
  try {
    const number = readdirSync(folder).find((name) => readlinkSync(`${folder}/${name}`) === listenerLink)
    return number === undefined ? null : pidfdGetfd(pidfd, Number(number))
  } catch (error) {
    // It has ended just now.
    ignoring('ENOENT', 'ESRCH', 'EBADF')(error)
    return null
  }
}
