// The one place where the stages of the chart meet the code that does them. The chart says when; what a stage works on comes
// from the container's view (view.ts), found by the id that the chart gives it.

import { fromPromise } from 'xstate'
import type { Creation, Processes } from '../actors/creation.ts'
import type { Live } from '../actors/process/live.ts'
import type { Json } from '../actors/stage.ts'
import type { EventDraft } from '../bus/event.ts'
import { StatorError, toStatorError } from '../errors.ts'
import { containerMachine, type ContainerMachine, type StageInput, type StoppingInput } from '../machines/container.ts'
import { type ExecInput, type ExecMachine, execMachine } from '../machines/exec.ts'
import { type AnyStage, type Actors, type MakingState, makingStates } from './actors.ts'
import { reasonOf } from './limits.ts'
import { explained } from './out-of-memory.ts'
import type { StoredReceipt } from './store.ts'

/** What the stages of one container are done on, and tell. */
export interface Work {
  readonly id: string
  readonly creation: Creation<Live>
  /** Of the command under way. */
  readonly signal: AbortSignal
  /** What was intended, and what has come of it. Changed here; stored with the transition that follows. */
  readonly receipts: Map<string, StoredReceipt>
  /** Why the last transition could not be stored: then nothing more is to be made. */
  readonly fault: StatorError | null
  /** Tells an event: ContainerRecord.note. */
  note(draft: EventDraft, when: 'now' | 'soon'): void
  /** What `start` does: resolves when the program runs. */
  openGate(): Promise<void>
  /** What `stop` does: resolves when init has ended. */
  end(how: StoppingInput): Promise<void>
  /** What `delete` does first: from then on no process of exec is in the container, and none comes. */
  endSessions(): Promise<void>
  /** What it does last. Never throws: hooks that fail are told of. */
  runPoststop(): Promise<void>
}

/** The chart with its stages filled in. Once for a runtime: an actor of it costs less than a chart of its own. */
export function provideStages(actors: Actors, workOn: (id: string) => Work): ContainerMachine {
  const making = (state: MakingState) =>
    place(async ({ id }: StageInput) => {
      const work = workOn(id)
      await runStages(actors, state, work)
    })
  return containerMachine.provide({
    actors: {
      sealing: making('sealing'),
      cloning: place(async ({ id }: StageInput) => {
        const work = workOn(id)
        await runStages(actors, 'cloning', work)
        return processesIn(work)
      }),
      isolating: making('isolating'),
      networking: making('networking'),
      confining: making('confining'),
      gating: making('gating'),
      undoing: place(async ({ id }: StageInput) => {
        const work = workOn(id)
        // An undo needs nothing of it, and may need descriptors where the create has failed for want of them.
        work.creation.live[Symbol.dispose]()
        await undoStages(actors, work)
      }),
      starting: place(({ id }: StageInput) => workOn(id).openGate()),
      stopping: place((input: StoppingInput) => workOn(input.id).end(input)),
      deleting: place(async ({ id }: StageInput) => {
        const work = workOn(id)
        await work.endSessions()
        await undoStages(actors, work)
        await work.runPoststop()
      }),
    },
  })
}

/** What the one stage of an exec session is done by. */
export interface ExecWork {
  launch(): Promise<Processes>
}

/** The chart of exec sessions with its stage filled in. */
export function provideExecStages(workOn: (id: string) => ExecWork): ExecMachine {
  return execMachine.provide({ actors: { launching: place(({ id }: ExecInput) => workOn(id).launch()) } })
}

/**
 * XState calls a promise's code in the middle of the transition that leads to it. It begins one microtask later, when the
 * transition is in the journal and in state.json (view.ts, `#moved`).
 *
 * XState's own AbortSignal is not used: the chart leaves the state of a stage only with the stage's result. What ends a stage
 * early is the signal of its command.
 */
function place<Input, Output>(run: (input: Input) => Promise<Output>) {
  return fromPromise<Output, Input>(({ input }) => Promise.resolve().then(() => run(input)))
}

/** Names what all stages are going to make. Pure, but for `receipts`. */
export function intendStages(actors: Actors, creation: Creation<Live>, receipts: Map<string, StoredReceipt>): void {
  for (const state of makingStates) {
    for (const stage of actors.stages[state]) {
      const receipt = stage.intend(creation) as Json
      receipts.set(keyOf(state, stage), { receipt })
    }
  }
}

export function keyOf(state: MakingState, { subject }: AnyStage): string {
  return `${state}/${subject}`
}

/** Who `cloning` has made. */
function processesIn({ receipts }: Work): Processes {
  const processes = receipts.get('cloning/process')?.output as Processes | undefined
  if (processes === undefined) throw new StatorError('ERR_STATOR_STAGE', 'nobody has been cloned', { stage: 'cloning' })
  return processes
}

async function runStages(actors: Actors, state: MakingState, work: Work): Promise<void> {
  const { id: container, creation, signal, receipts } = work
  for (const stage of actors.stages[state]) {
    if (work.fault !== null) throw work.fault
    if (signal.aborted) throw reasonOf(signal)
    const key = keyOf(state, stage)
    const receipt = receipts.get(key)?.receipt ?? null
    const subject = { container, stage: state, subject: stage.subject }
    work.note({ type: 'stage.started', ...subject }, 'soon')
    const began = performance.now()
    try {
      const output = (await stage.run(receipt, creation, signal)) as Json | undefined
      receipts.set(key, output === undefined ? { receipt } : { receipt, output })
    } catch (thrown) {
      const why = explained(cause(thrown, creation.live), creation.config, () => actors.oomKills(receipts))
      const error = forRoot(toStatorError(why, 'ERR_STATOR_STAGE', { stage: stageOf(why, state) }))
      work.note({ type: 'stage.failed', ...subject, durationMs: since(began), error: error.toJSON() }, 'soon')
      throw error
    }
    work.note({ type: 'stage.finished', ...subject, durationMs: since(began) }, 'soon')
  }
}

/**
 * Takes back what the stages were going to make, the last first, and goes on past failures.
 *
 * @throws {StatorError} with `left`: what is still there
 */
export async function undoStages(
  actors: Pick<Actors, 'stages'>,
  work: Pick<Work, 'id' | 'receipts' | 'note'>,
): Promise<void> {
  const { id: container, receipts } = work
  const failures: StatorError[] = []
  for (const state of [...makingStates].reverse()) {
    for (const stage of [...actors.stages[state]].reverse()) {
      const stored = receipts.get(keyOf(state, stage))
      if (stored === undefined) continue
      const subject = { container, stage: state, subject: stage.subject }
      const began = performance.now()
      try {
        await stage.undo(stored.receipt, stored.output, receipts)
        work.note({ type: 'stage.undone', ...subject, durationMs: since(began) }, 'soon')
      } catch (thrown) {
        const error = toStatorError(thrown, 'ERR_STATOR_STAGE', { stage: state })
        failures.push(error)
        work.note({ type: 'stage.undoFailed', ...subject, durationMs: since(began), error: error.toJSON() }, 'soon')
      }
    }
  }
  const [first] = failures
  if (first === undefined) return
  const left = failures.flatMap((error) => error.left ?? [error.message])
  throw new StatorError(first.code, first.message, { ...first.toJSON(), left }, { cause: first })
}

/** A step of init belongs to `confining`, whatever was under way here when it failed: init builds its root by itself. */
function stageOf(why: unknown, state: MakingState): MakingState {
  const isInits = why instanceof StatorError && why.role === 'init' && why.stepIndex !== undefined
  return isInits && makingStates.indexOf(state) < makingStates.indexOf('confining') ? 'confining' : state
}

/** Others than root come as far as to the first call that needs its rights. */
function forRoot(error: StatorError): StatorError {
  if ((error.errno !== 'EPERM' && error.errno !== 'EACCES') || process.geteuid?.() === 0) return error
  return error.saying(`${error.message}: this user is not root, and without it is not available yet`)
}

/** Where init has failed at a step, that is why nothing could be done to it. */
function cause(thrown: unknown, { link }: Live): unknown {
  return thrown instanceof StatorError && thrown.stepIndex !== undefined ? thrown : (link?.failure() ?? thrown)
}

function since(began: number): number {
  return Math.round((performance.now() - began) * 1000) / 1000
}
