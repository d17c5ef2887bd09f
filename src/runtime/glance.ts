// A container as it is stored, where nothing has to be put right: without a lock, a chart or anything opened. For a command that
// asks one thing and ends. What is not as it was stored is the business of a runtime.

import { join, resolve } from 'node:path'
import type { ProcessId, Processes } from '../actors/creation.ts'
import { atGate } from '../actors/process/at-gate.ts'
import { readExit, zombieEnd } from '../actors/process/exit-file.ts'
import { StatorError } from '../errors.ts'
import { bootId, isAlive } from '../native/process-stat.ts'
import { ociVersion, type OciState } from '../oci/state.ts'
import { defaultRoot } from './default-root.ts'
import { hasInit, type Phase, statusOf } from './phase.ts'
import { judge } from './reconcile.ts'
import { checkId, notFound, readState, type StoredState } from './store.ts'

/** A container that is as it was stored. */
export interface Glance {
  readonly state: OciState
  readonly rootfs: string
  /** ISO 8601. */
  readonly created: string
  /** Where its state is kept. */
  readonly folder: string
  readonly receipts: StoredState['receipts']
  /** Of one that has not ended. */
  readonly processes: Processes | null
}

/**
 * @returns null: what is stored is not true any more, or this is no machine for containers
 * @throws {StatorError} ERR_STATOR_NOT_FOUND, ERR_STATOR_ID; ERR_STATOR_STATE: something else is in its folder
 */
export function glance(id: string, root: string | undefined): Glance | null {
  // Then the runtime says why not.
  if (process.platform !== 'linux' || root === '') return null
  checkId(id)
  const folder = join(resolve(root ?? defaultRoot()), id)
  let stored: StoredState | undefined
  try {
    stored = readState(folder)?.state
  } catch (error) {
    // A root that is no folder, or another's: the runtime says what is the matter.
    if (error instanceof StatorError) throw error
    return null
  }
  if (stored === undefined) throw notFound(id)
  const { is } = judge(stored, {
    bootId: bootId(),
    isAtWork: ({ owner }) => isAlive(owner),
    isAlive,
    atGate,
    readExit: () => readExit(folder),
    zombieEnd,
  })
  if (is !== 'valid' && is !== 'busy') return null
  const { context, rootfs, created, receipts } = stored
  const { init, keeper } = context
  // Of a command under way only who does it knows more, but not that an init is there which is not.
  const hasEnded = is === 'busy' && hasInit(stored.status) && init !== null && !isAlive(init)
  const status = hasEnded ? 'stopped' : stored.status
  const processes = hasInit(status) && init !== null && keeper !== null ? { init, keeper } : null
  return { state: ociStateOf(stored, status, init), rootfs, created, folder, receipts, processes }
}

/** @param init whose pid is told while there is one */
export function ociStateOf({ id, bundle, annotations }: StoredState, phase: Phase, init: ProcessId | null): OciState {
  return {
    ociVersion,
    id,
    status: statusOf(phase),
    ...(init !== null && (hasInit(phase) || phase === 'undoing') ? { pid: init.pid } : {}),
    bundle,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
}
