// A process that SIGKILL has not ended in time.

import { StatorError } from '../../errors.ts'

/** As long as runc's delete waits. A task that waits for a device or a network file system dies when it is back from there. */
export const DIES_WITHIN_MS = 10_000

export function survivor(pid: number, afterMs: number): StatorError {
  return new StatorError(
    'ERR_STATOR_TIMEOUT',
    `end process ${pid}: still there ${afterMs} ms after SIGKILL: a control group above its own is frozen, or it waits in the ` +
      `kernel for a device or a file system (see /proc/${pid}/cgroup and /proc/${pid}/stack; free it, and try again)`,
  )
}
