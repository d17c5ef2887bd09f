// The end of everything in a group.

import { StatorError } from '../../errors.ts'
import { isErrno, writeControl } from './control-file.ts'
import { eventually, retried } from './events.ts'
import { freeze, thawKilled } from './freeze.ts'
import { pidsBelow } from './pids.ts'
import { type CgroupReceipt, groupWith, unifiedGroup } from './receipt.ts'

/** A task that waits for a device or a network file system dies when it is back from there. */
const TIMEOUT_MS = 10_000

/**
 * Kills every process in the container's group and below it, frozen ones and those that fork meanwhile too, and waits until
 * the group is empty.
 *
 * @returns false: the container has no group (cgroups are not writable here). Then killing its init is all that can be
 *   done: it takes a pid namespace along, and nothing else.
 * @throws {StatorError} ERR_STATOR_TIMEOUT: some are still there, named in the message
 */
export async function killAll(receipt: CgroupReceipt, timeoutMs = TIMEOUT_MS): Promise<boolean> {
  if (receipt.groups.length === 0) return false
  const deadline = performance.now() + timeoutMs

  const unified = unifiedGroup(receipt)
  if (unified !== undefined) {
    try {
      writeControl(unified.folder, 'cgroup.kill', '1')
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENODEV')) throw error // the group is gone, and so is everybody
    }
    thawKilled(receipt)
    await eventually(unified.folder, 'populated', 0, timeoutMs)
  }
  // On the hybrid: an init that was on its way from group to group is in those of version 1 alone.
  while (members(receipt).length > 0) {
    if (performance.now() >= deadline) {
      const left = members(receipt)
      const message = `kill all in ${receipt.groups[0]?.folder}: still there after ${timeoutMs} ms: ${left.join(', ')}`
      throw new StatorError('ERR_STATOR_TIMEOUT', message)
    }
    await killListed(receipt)
  }
  return true
}

/**
 * Version 1 has no way to kill a group, only processes by number, while others are forked. Frozen, none are forked, and no
 * number is given to another process.
 */
async function killListed(receipt: CgroupReceipt): Promise<void> {
  if (groupWith(receipt, 'freezer')?.version === 1) {
    // Unfrozen, some may get away in this round, and not in the next.
    await freeze(receipt, 500).catch((error: unknown) => {
      if (!(error instanceof StatorError && error.code === 'ERR_STATOR_TIMEOUT')) throw error
    })
  }
  try {
    for (const pid of members(receipt)) {
      try {
        if (pid > 0) process.kill(pid, 'SIGKILL')
      } catch (error) {
        if (!isErrno(error, 'ESRCH')) throw error
      }
    }
  } finally {
    thawKilled(receipt)
  }
  await retried(() => members(receipt).length === 0, 200)
}

/** On version 1, where a process can be in one group and not in another, those that are in any. */
function members({ groups }: CgroupReceipt): number[] {
  return [...new Set(groups.flatMap(({ folder }) => pidsBelow(folder)))]
}
