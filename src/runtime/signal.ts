// A signal to a container's init, and what has to follow it. Apart from linux.ts, as it needs none of the stages.

import { thawKilled } from '../actors/cgroup/freeze.ts'
import type { CgroupReceipt } from '../actors/cgroup/receipt.ts'
import type { Processes } from '../actors/creation.ts'
import { signalInit } from '../actors/process/signal.ts'
import { SIGKILL } from '../native/uapi.ts'
import type { Receipts } from './actors.ts'

/** @throws {StatorError} as `signalInit`; ERR_STATOR_STAGE: a group is frozen, and may not be thawed */
export function signalContainer(processes: Processes, signal: string | number, receipts?: Receipts): void {
  // A frozen init does not die.
  if (signalInit(processes, signal) === SIGKILL && receipts !== undefined) thaw(receipts)
}

/** For those who were sent SIGKILL. */
export function thaw(receipts: Receipts): void {
  // Of a container that was not begun there is none.
  const receipt = groupsIn(receipts) as CgroupReceipt | undefined
  if (receipt !== undefined) thawKilled(receipt)
}

export function groupsIn(receipts: Receipts): CgroupReceipt {
  return receipts.get('sealing/cgroup')?.receipt as CgroupReceipt
}
