// A signal to everything in a group.

import { pidfdOpenIfAlive, pidfdSendSignal } from '../../native/pidfd.ts'
import { isErrno } from './control-file.ts'
import { pidsBelow } from './pids.ts'
import type { CgroupReceipt } from './receipt.ts'

/**
 * Sends a signal to every process that is in the container's groups now. Who is forked meanwhile may be missed: for the end
 * of all there is killAll.
 *
 * @returns how many were sent it
 */
export function signalAll({ groups }: CgroupReceipt, signal: number): number {
  let sent = 0
  for (const pid of new Set(groups.flatMap(({ folder }) => pidsBelow(folder)))) {
    using fd = pid > 0 ? pidfdOpenIfAlive(pid) : null
    // It may have ended, and its number be another's by now.
    if (fd === null || !groups.some(({ folder }) => pidsBelow(folder).includes(pid))) continue
    try {
      pidfdSendSignal(fd, signal)
      sent++
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) throw error
    }
  }
  return sent
}
