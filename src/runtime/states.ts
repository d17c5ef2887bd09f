// The chart's states as the rest of the runtime tells them: as phases (phase.ts), and as the events of the steps between them.

import type { Exit } from '../actors/exit.ts'
import type { EventDraft } from '../bus/event.ts'
import {
  type ContainerContext,
  type ContainerSnapshot,
  type StableState,
  stableStates,
  stateName,
} from '../machines/container.ts'
import type { Phase } from './phase.ts'

/** `creating.cloning` is `creating`, `alive.started.running` is `running`. */
export function phaseOf(snapshot: Pick<ContainerSnapshot, 'value'>): Phase {
  return stateName(snapshot).split('.', 1)[0] as Phase
}

export function isStable(phase: Phase): phase is StableState {
  return Object.hasOwn(stableStates, phase)
}

/** The event of a step of the chart; null for one within a phase. `from` and `to` as `stateName` gives them. */
export function lifecycleEvent(
  from: string,
  to: string,
  cause: string,
  { claim, context }: { readonly claim: string; readonly context: ContainerContext },
): EventDraft | null {
  const before = from.split('.', 1)[0]
  const phase = to.split('.', 1)[0] as Phase
  if (phase === before) return null
  const moved = { container: context.id, transition: { from, to, cause } }
  const error = context.failure ?? ({ code: 'ERR_STATOR_STAGE', message: `${before}: failed` } as const)
  switch (phase) {
    case 'creating':
      return { type: 'lifecycle.creating', ...moved, claim }
    case 'undoing':
    case 'failed':
      return { type: `lifecycle.${phase}`, ...moved, error }
    case 'gone':
      // Of a create that failed nothing is left but the reason.
      return before === 'undoing'
        ? { type: 'lifecycle.failed', ...moved, error }
        : { type: 'lifecycle.deleted', ...moved }
    case 'stopped':
      return { type: 'lifecycle.stopped', ...moved, exit: context.exit ?? unknownExit(context.init?.pid ?? 0) }
    default:
      return { type: `lifecycle.${phase}`, ...moved }
  }
}

/** `start` and `init.exited` are the chart's own; `xstate.done.actor.gating` is `gating.done`, an error `gating.failed`. */
export function causeOf(type: string): string {
  const [, how, stage] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type) ?? []
  if (stage !== undefined) return `${stage}.${how === 'done' ? 'done' : 'failed'}`
  return type === 'xstate.init' ? 'create' : type
}

/** The end of an init that nobody saw. */
export function unknownExit(pid: number): Exit {
  return { code: null, signal: null, exitCode: null, oomKilled: false, at: new Date().toISOString(), pid }
}
