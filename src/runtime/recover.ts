// What follows from a verdict of reconcile.ts: what an interrupted process has left is completed or taken back. Under the
// container's lock. A step that the journal has, and state.json not, is not told again.

import type { Exit } from '../actors/exit.ts'
import type { EventDraft } from '../bus/event.ts'
import { type ErrorRecord, toStatorError } from '../errors.ts'
import { leftBehind } from '../machines/failure.ts'
import { hold } from '../native/poller.ts'
import type { Verdict } from './reconcile.ts'
import type { ContainerRecord } from './record.ts'
import type { Root } from './root.ts'
import { undoStages } from './stages.ts'
import { lifecycleEvent, unknownExit } from './states.ts'
import type { StoredReceipt } from './store.ts'

/** A view, as far as it matters here. */
export interface Recoverable {
  readonly id: string
  readonly folder: string
  readonly root: Root
  readonly record: ContainerRecord
  readonly receipts: Map<string, StoredReceipt>
  endSessions(): Promise<void>
  runPoststop(): Promise<void>
}

/** @returns whether there still is a container */
export async function recover(
  view: Recoverable,
  verdict: Exclude<Verdict, { readonly is: 'valid' | 'busy' }>,
): Promise<'here' | 'gone'> {
  const { record, root, folder } = view
  const { init } = record.stored.context
  switch (verdict.is) {
    case 'ended':
      recordEnd(record, withOom(view, verdict.exit))
      return 'here'
    case 'half-ended':
    case 'ending': {
      const release = hold()
      const end = root.actors.watchEnd({
        folder,
        processes: verdict.processes,
        isWatched: record.stored.launch.parent === 'caller',
      })
      if (verdict.is === 'half-ended') await root.actors.endProcess(verdict.processes.init)
      recordEnd(record, withOom(view, await end.ended.finally(release)))
      return 'here'
    }
    case 'ended-unseen':
      recordEnd(record, unknownExit(init?.pid ?? 0))
      return 'here'
    case 'started':
      recordStart(record)
      return 'here'
    case 'abandoned': {
      const { name, owner } = verdict.command
      tell(record, `a ${name} that process ${owner.pid} did not finish: the container stays as it is`)
      // What was told and has not come is taken back, so that the journal goes on from where the container is.
      const { status, claim, context } = record.stored
      const told = lastTold(record)
      const back = told === undefined ? null : lifecycleEvent(told, status, 'recovery', { claim, context })
      record.commit(back, { command: null })
      return 'here'
    }
    case 'half-made':
    case 'half-deleted':
      return finish(view, verdict.is)
  }
}

/** An end that was noticed and could not be stored, or that nobody was there to notice. A delete goes on after it. */
export function recordEnd(record: ContainerRecord, exit: Exit): void {
  const { id, status, context, command } = record.stored
  const told = record.newerSteps().findLast((step) => step.type === 'lifecycle.stopped')
  const change = {
    status: 'stopped',
    context: { ...context, exit: told?.exit ?? exit, stop: null },
    command: command?.name === 'delete' ? command : null,
  } as const
  const transition = { from: lastTold(record) ?? status, to: 'stopped', cause: 'init.exited' }
  record.commit(told ? null : { type: 'lifecycle.stopped', container: id, transition, exit }, change)
}

/** Whoever was killed within `start` had opened the gate. */
function recordStart(record: ContainerRecord): void {
  const { id, status, context } = record.stored
  const told = record.newerSteps().some((step) => step.type === 'lifecycle.running')
  tell(record, 'a start whose process has ended: the program runs')
  const transition = { from: lastTold(record) ?? status, to: 'running', cause: 'starting.done' }
  record.commit(told ? null : { type: 'lifecycle.running', container: id, transition }, {
    status: 'running',
    context,
    command: null,
  })
}

/** Takes back a create, or goes on with a delete, of a process that is no more. */
async function finish(view: Recoverable, what: 'half-made' | 'half-deleted'): Promise<'here' | 'gone'> {
  const { id, record, root, receipts } = view
  const { seq, since, context, command } = record.stored
  const steps = record.newerSteps()
  const isTold = steps.some((step) => step.transition.to === 'gone')
  const by = command === null ? 'a process' : `process ${command.owner.pid}`
  const failure: ErrorRecord | null =
    what === 'half-made'
      ? { code: 'ERR_STATOR_STAGE', message: `create ${id}: ${by} ended in the middle of it`, stage: 'creating' }
      : null
  // Told last: nothing is left but the folder.
  if (isTold) {
    record.commit(null, 'remove')
    return 'gone'
  }
  const from = what === 'half-made' ? (lastTold(record) ?? 'creating') : tellDeleting(record)
  try {
    if (what === 'half-deleted') await view.endSessions()
    await undoStages(root.actors, { id, receipts, note: (draft, when) => record.note(draft, when) })
    if (what === 'half-deleted') await view.runPoststop()
  } catch (thrown) {
    const left = leftBehind(failure, toStatorError(thrown, 'ERR_STATOR_STAGE').toJSON())
    const transition = { from, to: 'failed', cause: 'recovery' }
    record.commit(
      { type: 'lifecycle.failed', container: id, transition, error: left },
      {
        status: 'failed',
        context: { ...context, failure: left },
        command: null,
      },
    )
    return 'here'
  }
  const moved = { container: id, transition: { from, to: 'gone', cause: 'recovery' } }
  tell(record, `a ${what === 'half-made' ? 'create' : 'delete'} that ${by} did not finish: nothing is left of it`)
  const end: EventDraft =
    failure === null ? { type: 'lifecycle.deleted', ...moved } : { type: 'lifecycle.failed', ...moved, error: failure }
  // Of what was never told to begin there is no end to tell.
  const isUntold = steps.length === 0 && seq === since
  record.commit(isUntold ? null : end, 'remove')
  return 'gone'
}

/** state.json has the command before the journal has the step. @returns where the container is now */
function tellDeleting(record: ContainerRecord): string {
  const { status, claim, context } = record.stored
  const told = phaseIn(record.lastStep()?.transition.to ?? status)
  if (told !== 'deleting') record.commit(lifecycleEvent(told, 'deleting', 'recovery', { claim, context }), null)
  return 'deleting'
}

/** The phase that whoever was killed had come to, as far as the journal knows it and state.json does not. */
function lastTold(record: ContainerRecord): string | undefined {
  const step = record.newerSteps().at(-1)
  return step && phaseIn(step.transition.to)
}

/** `creating.sealing` is `creating`. */
function phaseIn(state: string): string {
  return state.split('.', 1)[0]!
}

function withOom({ root, receipts }: Recoverable, exit: Exit): Exit {
  return { ...exit, oomKilled: exit.oomKilled || root.actors.oomKills(receipts) > 0 }
}

function tell(record: ContainerRecord, what: string): void {
  record.note({ type: 'runtime.recovered', container: record.stored.id, what }, 'soon')
}
