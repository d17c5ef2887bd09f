// The containers of a root as they look from outside: nothing is opened, locked, corrected or recorded, and a status is what
// was stored last, unless init has ended since. For completion, where a guess at once is worth more than the truth later.

import { join } from 'node:path'
import { bootId, isAlive } from '../native/process-stat.ts'
import type { OciStatus } from '../oci/state.ts'
import { hasInit, statusOf } from './phase.ts'
import { listIds, readState } from './store.ts'

export interface Outline {
  readonly id: string
  /** null: it cannot be seen, or is in the middle of a change. */
  readonly status: OciStatus | null
}

/** Sorted. A root that is not there, or that the caller may not look into, has none. */
export function outline(root: string): Outline[] {
  let ids: string[]
  try {
    ids = listIds(root).sort()
  } catch {
    return []
  }
  const boot = bootId()
  return ids.map((id) => ({ id, status: statusIn(join(root, id), boot) }))
}

function statusIn(folder: string, boot: string): OciStatus | null {
  try {
    const { status, command, context, bootId } = readState(folder)?.state ?? {}
    if (status === undefined || command !== null) return null
    const { init } = context ?? {}
    const hasEnded = bootId !== boot || !init || !isAlive(init)
    return hasInit(status) && hasEnded ? 'stopped' : statusOf(status)
  } catch {
    return null
  }
}
