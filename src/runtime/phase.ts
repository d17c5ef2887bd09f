// Where a container is, in one word: what a lifecycle event and state.json have. For those who need no chart to tell.

import type { StableState } from '../machines/container.ts'
import type { OciStatus } from '../oci/state.ts'

/** The phase in which state.json leaves a container: a stable one, or that of a create which is under way. */
export type StoredPhase = StableState | 'creating' | 'restoring'

export type Phase =
  StoredPhase | 'undoing' | 'starting' | 'pausing' | 'resuming' | 'stopping' | 'checkpointing' | 'deleting' | 'gone'

const statuses: Readonly<Record<Phase, OciStatus>> = {
  creating: 'creating',
  restoring: 'creating',
  undoing: 'creating',
  created: 'created',
  starting: 'created',
  running: 'running',
  restored: 'running',
  pausing: 'running',
  checkpointing: 'running',
  stopping: 'running',
  paused: 'paused',
  resuming: 'paused',
  stopped: 'stopped',
  checkpointed: 'stopped',
  deleting: 'stopped',
  failed: 'stopped',
  gone: 'stopped',
}

/** What OCI calls it. The chart's tags say the same, and a little more: a checkpoint may be of a paused container. */
export function statusOf(phase: Phase): OciStatus {
  return statuses[phase]
}

/** Whether there is an init, whose end would be news. */
export function hasInit(phase: Phase): boolean {
  const status = statuses[phase]
  return status === 'created' || status === 'running' || status === 'paused'
}
