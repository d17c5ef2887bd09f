// A stored state against the kernel: what is true now. Only a verdict; what follows from it is done in recover.ts, under the
// container's lock.

import type { ProcessId, Processes } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import { hasInit } from './phase.ts'
import type { CommandUnderWay, StoredState } from './store.ts'

/** What the kernel and the folder say, asked only where it matters. */
export interface Truth {
  readonly bootId: string
  /** Whether a command is being done by somebody who is alive and will go on with it. */
  isAtWork(command: CommandUnderWay): boolean
  isAlive(process: ProcessId): boolean
  /** Whether init still waits to be started. */
  atGate(processes: Processes): boolean
  /** The keeper's record. */
  readExit(): Exit | null
  /** How a process has ended that its parent has not reaped; null: nobody can say. */
  zombieEnd(process: ProcessId): Exit | null
}

export type Verdict =
  /** As it is stored. */
  | { readonly is: 'valid' }
  /** Another one is in the middle of a command; what is true will be what that one stores. */
  | { readonly is: 'busy'; readonly command: CommandUnderWay }
  /** A create was interrupted: nobody will finish it. */
  | { readonly is: 'half-made' }
  /** A delete was interrupted. */
  | { readonly is: 'half-deleted' }
  /** A delete was interrupted before it had ended the program. */
  | { readonly is: 'half-ended'; readonly processes: Processes }
  /** The program runs, though stored is that it has not been started: a start was interrupted. */
  | { readonly is: 'started' }
  /** Init has ended. */
  | { readonly is: 'ended'; readonly exit: Exit }
  /** Init has ended, and its keeper is about to say how. */
  | { readonly is: 'ending'; readonly processes: Processes }
  /** Init has ended, and nobody will say how. */
  | { readonly is: 'ended-unseen' }
  /** As it is stored, but for a command that nobody will finish. */
  | { readonly is: 'abandoned'; readonly command: CommandUnderWay }

export function judge({ status, context: { init, keeper }, command, bootId }: StoredState, truth: Truth): Verdict {
  const sameBoot = bootId === truth.bootId
  if (command !== null && sameBoot && truth.isAtWork(command)) return { is: 'busy', command }
  // An init at the gate has run nothing whose end would be news.
  const isDeleted = command?.name === 'delete'
  if (isDeleted && (!hasInit(status) || status === 'created')) return { is: 'half-deleted' }
  if (status === 'creating' || status === 'restoring') return { is: 'half-made' }
  const asStored: Verdict = command === null ? { is: 'valid' } : { is: 'abandoned', command }
  if (!hasInit(status)) return asStored
  if (init === null || keeper === null) return { is: 'ended-unseen' }

  const exit = truth.readExit()
  if (exit?.pid === init.pid) {
    const known = exit.exitCode === null && sameBoot ? truth.zombieEnd(init) : null
    return { is: 'ended', exit: known ?? exit }
  }
  // After a boot the numbers of processes mean nothing.
  if (!sameBoot) return { is: 'ended-unseen' }
  const processes = { init, keeper }
  if (!truth.isAlive(init)) {
    // Of a detached one the keeper knows no more until it is reaped, and that may be never.
    const seen = truth.zombieEnd(init)
    if (seen !== null) return { is: 'ended', exit: seen }
    return truth.isAlive(keeper) ? { is: 'ending', processes } : endedSince(init, truth)
  }
  if (isDeleted) return { is: 'half-ended', processes }
  if (status === 'created' && !truth.atGate(processes)) return { is: 'started' }
  return asStored
}

/** The keeper may have left its record, and ended, between our two questions. */
function endedSince({ pid }: ProcessId, truth: Truth): Verdict {
  const exit = truth.readExit()
  return exit?.pid === pid ? { is: 'ended', exit } : { is: 'ended-unseen' }
}
