// The life of an exec session: a further process in a container. A root actor of its own, not a child of the container's: it may
// outlive the command that began it, and its end changes nothing for the container.

import { type ActorRefFrom, assign, enqueueActions, setup, type SnapshotFrom } from 'xstate'
import type { ProcessId, Processes } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { ErrorRecord } from '../errors.ts'
import { failureOf } from './failure.ts'
import { stage } from './stage.ts'

/** Plain JSON: what is known of the session besides its state. */
export interface ExecContext {
  readonly id: string
  /** The container's id. */
  readonly container: string
  /** Known once `launching` is done. */
  readonly process: ProcessId | null
  readonly keeper: ProcessId | null
  readonly exit: Exit | null
  readonly failure: ErrorRecord | null
}

export type ExecEvent = { readonly type: 'process.exited'; readonly exit: Exit }

export interface ExecInput {
  readonly id: string
  readonly container: string
}

export interface ExecOutput {
  readonly exit: Exit | null
  readonly failure: ErrorRecord | null
}

export const execMachine = setup({
  types: {
    context: {} as ExecContext,
    events: {} as ExecEvent,
    input: {} as ExecInput,
    output: {} as ExecOutput,
  },
  actors: { launching: stage<ExecInput, Processes>('launching') },
  actions: {
    recordProcesses: assign((_, { init, keeper }: Processes) => ({ process: init, keeper })),
    recordExit: assign((_, { exit }: { exit: Exit }) => ({ exit })),
    recordFailure: assign((_, { error, actorId }: { error: unknown; actorId: string }) => ({
      failure: failureOf(error, actorId),
    })),
    /** The end that was recorded while the result of `launching` was awaited; through the mailbox, so that `running` is seen. */
    deliverExit: enqueueActions(({ context: { exit }, enqueue, self }) => {
      if (exit !== null) enqueue.sendTo(self, { type: 'process.exited', exit })
    }),
  },
}).createMachine({
  id: 'exec',
  description: 'The life of an exec session: a further process in a container.',
  context: ({ input: { id, container } }) => ({
    id,
    container,
    process: null,
    keeper: null,
    exit: null,
    failure: null,
  }),
  output: ({ context: { exit, failure } }) => ({ exit, failure }),
  initial: 'starting',
  states: {
    starting: {
      description: 'Until its program runs.',
      // Why it could not start is what `launching` is about to say.
      on: { 'process.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
      invoke: {
        id: 'launching',
        src: 'launching',
        input: ({ context: { id, container } }) => ({ id, container }),
        onDone: {
          target: 'running',
          actions: [{ type: 'recordProcesses', params: ({ event }) => event.output }, 'deliverExit'],
        },
        onError: { target: 'failed', actions: { type: 'recordFailure', params: ({ event }) => event } },
      },
    },
    running: {
      description: 'Its program runs.',
      on: { 'process.exited': { target: 'stopped', actions: { type: 'recordExit', params: ({ event }) => event } } },
    },
    stopped: { type: 'final', description: 'It has ended.' },
    failed: { type: 'final', description: 'It could not be started.' },
  },
})

export type ExecMachine = typeof execMachine
export type ExecSnapshot = SnapshotFrom<ExecMachine>
export type ExecActor = ActorRefFrom<ExecMachine>
