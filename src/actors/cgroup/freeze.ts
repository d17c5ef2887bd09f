// Stopping all processes of a group where they are, so that they neither run nor notice. Done only when the kernel says so.

import { StatorError } from '../../errors.ts'
import { isErrno, readControl, writeControl } from './control-file.ts'
import { eventually, retried } from './events.ts'
import { groupsIn } from './pids.ts'
import { type CgroupReceipt, groupWith, unifiedGroup } from './receipt.ts'

/** Of calls that wait for an answer: nothing holds those up but that they may not be interrupted. The container stands still for it. */
const INTERRUPTED_WITHIN_MS = 1000

/** A task may be in the kernel for long, on a slow disk for example, and stops when it comes out. */
const TIMEOUT_MS = 10_000

/**
 * Freezes the container's group, and all below it. On a failure it is thawed again.
 *
 * @throws {StatorError} ERR_STATOR_TIMEOUT: a process did not stop in time; ERR_STATOR_PLATFORM: the container has no group
 * @see cgroup-v1/freezer-subsystem.rst; cgroup-v2.rst, `cgroup.freeze`
 */
export async function freeze(receipt: CgroupReceipt, timeoutMs = TIMEOUT_MS): Promise<void> {
  const freezer = freezerOf(receipt)
  if (freezer === null) {
    throw new StatorError(
      'ERR_STATOR_PLATFORM',
      'freeze: the container has no group that can be frozen (cgroups are not writable here)',
    )
  }
  const { version, folder } = freezer
  let frozen = false
  try {
    if (version === 2) {
      writeControl(folder, 'cgroup.freeze', '1')
      frozen = await eventually(folder, 'frozen', 1, timeoutMs)
    } else {
      // Written again each time: a process forked meanwhile leaves the group FREEZING for good (runc#2774).
      frozen = await retried(() => {
        writeControl(folder, 'freezer.state', 'FROZEN')
        return readControl(folder, 'freezer.state')?.trim() === 'FROZEN'
      }, timeoutMs)
    }
  } finally {
    if (!frozen) await thaw(receipt)
  }
  if (!frozen) {
    throw new StatorError('ERR_STATOR_TIMEOUT', `freeze ${folder}: not frozen after ${timeoutMs} ms`, { path: folder })
  }
}

/**
 * Interrupts what waits in the kernel, as SIGSTOP and SIGCONT would: a call that can be made again is, and those that no stop leaves
 * alone (epoll_wait, semop; signal(7)) get EINTR. A group that somebody has frozen stays so.
 *
 * @throws {StatorError} as freeze and thaw
 */
export async function interruptCalls(receipt: CgroupReceipt): Promise<void> {
  const freezer = freezerOf(receipt)
  if (freezer !== null) {
    const { version, folder } = freezer
    const isFrozen =
      version === 2
        ? readControl(folder, 'cgroup.freeze')?.trim() === '1'
        : readControl(folder, 'freezer.state')?.trim() !== 'THAWED'
    if (isFrozen) return
  }
  await freeze(receipt, INTERRUPTED_WITHIN_MS)
  await thaw(receipt)
}

/**
 * Lets the container's processes go on. Of a group that is not frozen, or not there, nothing is to be done.
 *
 * @throws {StatorError} ERR_STATOR_TIMEOUT: still frozen; a group above it may be frozen too
 */
export async function thaw(receipt: CgroupReceipt, timeoutMs = TIMEOUT_MS): Promise<void> {
  const freezer = freezerOf(receipt)
  if (freezer === null) return
  const { version, folder } = freezer
  try {
    if (version === 2) writeControl(folder, 'cgroup.freeze', '0')
    else writeControl(folder, 'freezer.state', 'THAWED')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return
    throw error
  }
  const done =
    version === 2
      ? await eventually(folder, 'frozen', 0, timeoutMs)
      : await retried(() => (readControl(folder, 'freezer.state') ?? 'THAWED').trim() === 'THAWED', timeoutMs)
  if (!done)
    throw new StatorError('ERR_STATOR_TIMEOUT', `thaw ${folder}: still frozen after ${timeoutMs} ms`, { path: folder })
}

/**
 * Lets those die who were sent SIGKILL in the container's group or below it, where the container itself may have frozen some.
 * On version 1 a frozen task does not die; on version 2 it does, and nothing is done.
 *
 * @throws {StatorError} ERR_STATOR_STAGE: a group is frozen, and may not be thawed
 */
export function thawKilled(receipt: CgroupReceipt): void {
  const freezer = groupWith(receipt, 'freezer')
  if (freezer?.version !== 1) return
  // From above: a group says FROZEN as long as one above it is.
  const folders = [freezer.folder]
  for (const folder of folders) {
    folders.push(...groupsIn(folder))
    if ((readControl(folder, 'freezer.state') ?? 'THAWED').trim() === 'THAWED') continue
    try {
      writeControl(folder, 'freezer.state', 'THAWED')
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENODEV')) throw error
    }
  }
}

/** On the hybrid the version 1 freezer, where other tools look too. */
function freezerOf(receipt: CgroupReceipt): { version: 1 | 2; folder: string } | null {
  return groupWith(receipt, 'freezer') ?? unifiedGroup(receipt) ?? null
}
