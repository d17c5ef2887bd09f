// The life of a container, as a chart. Nothing is done here: src/runtime/stages.ts fills the places of the stages, and the runtime
// tells the chart when init has ended. `kill` is no event: a signal changes no state, the end that may follow does.
//
// Two rules run through it:
// - The end of init can overtake the result of the stage that was under way (a program that ends at once, an init that fails a step
//   and ends). Where that result says *why*, the end is recorded and the result decides; everywhere else the end decides.
// - A command that fails puts the chart back where it came from, with `failure` saying why. A new command clears it. Only what
//   cannot be put back is not: a start that fails ends the container, a create or a restore is undone.

import { type ActorRefFrom, assign, enqueueActions, setup, type SnapshotFrom } from 'xstate'
import type { ProcessId, Processes } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { Json } from '../actors/stage.ts'
import type { ErrorRecord } from '../errors.ts'
import type { OciStatus } from '../oci/state.ts'
import { failureOf, leftBehind } from './failure.ts'
import { stage } from './stage.ts'

/** Plain JSON: what is known of the container besides its state. */
export interface ContainerContext {
  readonly id: string
  /** Known once `cloning` (or `restoring`) is done. */
  readonly init: ProcessId | null
  readonly keeper: ProcessId | null
  /** How init ended, as soon as that is known; in a few states before the chart moves on it. */
  readonly exit: Exit | null
  /** Why the last command failed; null while one is under way, and after one that did not. */
  readonly failure: ErrorRecord | null
  readonly image: Image | null
  /** What `stopping` is doing, and for whom. */
  readonly stop: Stop | null
}

/** CRIU's image of a container that does not run at the moment. */
export interface Image {
  readonly path: string
  /** Taken of this very container: a restore that fails comes back to `checkpointed`. */
  readonly own: boolean
}

/** How a container is being ended. */
export interface Stop {
  /** The first signal: a name, or a number for the real-time ones. */
  readonly signal: string | number
  /** When SIGKILL follows: ISO 8601, by the wall clock, so that another process can take over; null: never. */
  readonly killAt: string | null
  /** The command it belongs to: a `start` that failed, a `stop`, or a `delete` that goes on afterwards. */
  readonly command: 'start' | 'stop' | 'delete'
}

export type ContainerCommand =
  /** Lets init go on to the program. */
  | { readonly type: 'start' }
  /** @param timeoutMs until SIGKILL follows; 10 seconds unless told, `Infinity` for never */
  | { readonly type: 'stop'; readonly signal?: string | number | undefined; readonly timeoutMs?: number | undefined }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'checkpoint'; readonly options?: Json | undefined }
  /** Back from its own image. A new container from an image begins with `ContainerInput.image`. */
  | { readonly type: 'restore'; readonly options?: Json | undefined }
  /** @param force also when the program runs: it is killed first */
  | { readonly type: 'delete'; readonly force?: boolean | undefined }
  /** Gives up a create or a restore that is under way. */
  | { readonly type: 'abort'; readonly error?: ErrorRecord | undefined }

export type ContainerEvent = ContainerCommand | { readonly type: 'init.exited'; readonly exit: Exit }

export interface ContainerInput {
  readonly id: string
  /** Begins in `restoring`, from this image, instead of `creating`. */
  readonly image?: string | undefined
}

/** What is known when the chart has come to its end. */
export interface ContainerOutput {
  readonly exit: Exit | null
  /** Why the create failed that was undone; null after a delete. */
  readonly failure: ErrorRecord | null
}

/** What a stage of the chart is told. What it works on (bundle, folder, descriptors) the runtime adds when it fills the place. */
export interface StageInput {
  readonly id: string
}
export interface StoppingInput extends StageInput, Stop {}
export interface CheckpointingInput extends StageInput {
  readonly options: Json
}
export interface CheckpointingOutput {
  readonly imagePath: string
  /** The container goes on as before. */
  readonly leftRunning: boolean
}
export interface RestoringInput extends StageInput {
  readonly image: Image | null
  readonly options: Json
}

export const defaultStop = { signal: 'SIGTERM', timeoutMs: 10_000 } as const

export const containerMachine = setup({
  types: {
    context: {} as ContainerContext,
    events: {} as ContainerEvent,
    input: {} as ContainerInput,
    output: {} as ContainerOutput,
    tags: {} as OciStatus,
  },
  actors: {
    sealing: stage<StageInput>('sealing'),
    cloning: stage<StageInput, Processes>('cloning'),
    isolating: stage<StageInput>('isolating'),
    networking: stage<StageInput>('networking'),
    confining: stage<StageInput>('confining'),
    gating: stage<StageInput>('gating'),
    undoing: stage<StageInput>('undoing'),
    starting: stage<StageInput>('starting'),
    stopping: stage<StoppingInput>('stopping'),
    pausing: stage<StageInput>('pausing'),
    resuming: stage<StageInput>('resuming'),
    checkpointing: stage<CheckpointingInput, CheckpointingOutput>('checkpointing'),
    restoring: stage<RestoringInput, Processes>('restoring'),
    deleting: stage<StageInput>('deleting'),
  },
  guards: {
    fromImage: ({ context }) => context.image !== null,
    isCheckpointed: ({ context }) => context.image?.own === true,
    forced: (_, { force }: { force?: boolean | undefined }) => force === true,
    ended: ({ context }) => context.exit !== null,
    leftRunning: (_, { leftRunning }: { leftRunning: boolean }) => leftRunning,
    leftRunningAndEnded: ({ context }, { leftRunning }: { leftRunning: boolean }) =>
      leftRunning && context.exit !== null,
  },
  actions: {
    recordProcesses: assign((_, { init, keeper }: Processes) => ({ init, keeper })),
    recordExit: assign((_, { exit }: { exit: Exit }) => ({ exit })),
    // The first failure of a command is the cause of those that follow it.
    recordFailure: assign(({ context }, { error, actorId }: Rejected) => ({
      failure: context.failure ?? failureOf(error, actorId),
    })),
    recordAbort: assign(({ context }, { error }: { error?: ErrorRecord | undefined }) => ({
      failure: context.failure ?? error ?? ({ code: 'ERR_STATOR_ABORTED', message: 'aborted' } as const),
    })),
    recordEarlyEnd: assign(({ context }, { exit, stage }: { exit: Exit | null; stage: string }) => ({
      failure: context.failure ?? earlyEnd(exit, stage),
    })),
    recordLeft: assign(({ context }, { error, actorId }: Rejected) => ({
      failure: leftBehind(context.failure, failureOf(error, actorId)),
    })),
    clearExit: assign({ exit: null }),
    clearFailure: assign({ failure: null }),
    recordImage: assign((_, { imagePath }: CheckpointingOutput) => ({ image: { path: imagePath, own: true } })),
    clearImage: assign({ image: null }),
    planStop: assign((_, { signal, timeoutMs, command }: Omit<Stop, 'killAt'> & { timeoutMs: number }) => ({
      stop: { signal, killAt: inTime(timeoutMs), command },
    })),
    clearStop: assign({ stop: null }),
    // The two that follow go through the mailbox and not through `raise`, so that whoever watches sees the state between.
    /** The end that was recorded while the stage's result was awaited. */
    deliverExit: enqueueActions(({ context: { exit }, enqueue, self }) => {
      if (exit !== null) enqueue.sendTo(self, { type: 'init.exited', exit })
    }),
    /** `delete` with force stops first, and goes on here. */
    deliverDelete: enqueueActions(({ context: { stop }, enqueue, self }) => {
      if (stop?.command === 'delete') enqueue.sendTo(self, { type: 'delete' })
    }),
  },
}).createMachine({
  id: 'container',
  description: 'The life of a container. The OCI status of a state is its tag.',
  context: ({ input }) => ({
    id: input.id,
    init: null,
    keeper: null,
    exit: null,
    failure: null,
    image: input.image === undefined ? null : { path: input.image, own: false },
    stop: null,
  }),
  output: ({ context: { exit, failure } }) => ({ exit, failure }),
  initial: 'beginning',
  states: {
    beginning: {
      description: 'From a bundle, or from an image: left at once.',
      tags: 'creating',
      always: [{ guard: 'fromImage', target: 'restoring' }, { target: 'creating' }],
    },

    creating: {
      description:
        'One stage after the other makes the container. What each is going to make is stored before it begins.',
      tags: 'creating',
      on: {
        // A step that fails makes init end, and the stage is about to say which step it was.
        'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } },
        abort: { target: 'undoing', actions: { type: 'recordAbort', params: ({ event }) => event } },
      },
      initial: 'sealing',
      states: {
        sealing: {
          description: 'The plan is compiled and sealed, with the stub that will run it.',
          invoke: {
            id: 'sealing',
            src: 'sealing',
            input: stageInput,
            onDone: [endedEarly('sealing'), { target: 'cloning' }],
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        cloning: {
          description: 'The groups are made, and in them the keeper and init.',
          invoke: {
            id: 'cloning',
            src: 'cloning',
            input: stageInput,
            onDone: [
              endedEarly('cloning'),
              { target: 'isolating', actions: { type: 'recordProcesses', params: ({ event }) => event.output } },
            ],
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        isolating: {
          description: 'ID maps are written; init is in its namespaces.',
          invoke: {
            id: 'isolating',
            src: 'isolating',
            input: stageInput,
            onDone: { target: 'networking' },
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        networking: {
          description: 'The interfaces of the network namespace.',
          invoke: {
            id: 'networking',
            src: 'networking',
            input: stageInput,
            // An init that has ended by now: `confining`, which waits for it, knows why.
            onDone: { target: 'confining' },
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        confining: {
          description: 'The root file system, hooks, capabilities, limits.',
          invoke: {
            id: 'confining',
            src: 'confining',
            input: stageInput,
            onDone: [endedEarly('confining'), { target: 'gating' }],
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        gating: {
          description: 'init comes to the gate, where it waits for start.',
          invoke: {
            id: 'gating',
            src: 'gating',
            input: stageInput,
            onDone: [endedEarly('gating'), { target: '#container.alive.created' }],
            onError: { target: '#container.undoing', actions: { type: 'recordFailure', params: rejected } },
          },
        },
      },
    },

    restoring: {
      description: 'CRIU makes the container again from an image.',
      tags: 'creating',
      on: {
        // The exit of the context is still that of the process in the image.
        'init.exited': {
          target: 'undoing',
          actions: { type: 'recordEarlyEnd', params: ({ event: { exit } }) => ({ exit, stage: 'restoring' }) },
        },
        abort: { target: 'undoing', actions: { type: 'recordAbort', params: ({ event }) => event } },
      },
      invoke: {
        id: 'restoring',
        src: 'restoring',
        input: ({ context: { id, image }, event }) => ({ id, image, options: optionsOf(event) }),
        onDone: {
          target: 'alive.started.restored',
          actions: [{ type: 'recordProcesses', params: ({ event }) => event.output }, 'clearExit', 'clearImage'],
        },
        onError: { target: 'undoing', actions: { type: 'recordFailure', params: rejected } },
      },
    },

    undoing: {
      description: 'A create or a restore failed: everything it made is taken away, the last first.',
      tags: 'creating',
      on: { 'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
      invoke: {
        id: 'undoing',
        src: 'undoing',
        input: stageInput,
        onDone: [{ guard: 'isCheckpointed', target: 'checkpointed' }, { target: 'gone' }],
        onError: { target: 'failed', actions: { type: 'recordLeft', params: rejected } },
      },
    },

    alive: {
      description: 'init lives, and no stage is under way that would know better why it ends.',
      // Here, and not at the root: while starting, stopping, checkpointing or deleting, the stage's own result decides.
      on: { 'init.exited': { target: 'stopped', actions: { type: 'recordExit', params: ({ event }) => event } } },
      initial: 'created',
      states: {
        created: {
          description: 'init waits at the gate; the program has not run.',
          tags: 'created',
          on: {
            start: { target: '#container.starting', actions: 'clearFailure' },
            delete: { target: '#container.deleting', actions: 'clearFailure' },
          },
        },
        started: {
          description: 'The program has been started, and no command is under way.',
          on: {
            stop: {
              target: '#container.stopping',
              actions: [
                'clearFailure',
                {
                  type: 'planStop',
                  params: ({ event: { signal = defaultStop.signal, timeoutMs = defaultStop.timeoutMs } }) => ({
                    signal,
                    timeoutMs,
                    command: 'stop',
                  }),
                },
              ],
            },
            delete: {
              guard: { type: 'forced', params: ({ event }) => event },
              target: '#container.stopping',
              actions: [
                'clearFailure',
                { type: 'planStop', params: { signal: 'SIGKILL', timeoutMs: 0, command: 'delete' } },
              ],
            },
          },
          initial: 'running',
          states: {
            running: {
              description: 'The program runs.',
              tags: 'running',
              on: {
                pause: { target: '#container.alive.pausing', actions: 'clearFailure' },
                checkpoint: { target: '#container.checkpointing.running', actions: 'clearFailure' },
              },
            },
            restored: {
              description: 'It runs again, from an image.',
              tags: 'running',
              on: {
                pause: { target: '#container.alive.pausing', actions: 'clearFailure' },
                checkpoint: { target: '#container.checkpointing.running', actions: 'clearFailure' },
              },
            },
            paused: {
              description: 'Frozen, as the kernel has confirmed.',
              tags: 'paused',
              on: {
                resume: { target: '#container.alive.resuming', actions: 'clearFailure' },
                checkpoint: { target: '#container.checkpointing.paused', actions: 'clearFailure' },
              },
            },
            last: { type: 'history', description: 'Where a command came from that failed, or that changes nothing.' },
          },
        },
        pausing: {
          description: 'Until the kernel says frozen.',
          tags: 'running',
          invoke: {
            id: 'pausing',
            src: 'pausing',
            input: stageInput,
            onDone: 'started.paused',
            onError: { target: 'started.last', actions: { type: 'recordFailure', params: rejected } },
          },
        },
        resuming: {
          description: 'Until the kernel says thawed.',
          tags: 'paused',
          invoke: {
            id: 'resuming',
            src: 'resuming',
            input: stageInput,
            onDone: 'started.running',
            onError: { target: 'started.last', actions: { type: 'recordFailure', params: rejected } },
          },
        },
      },
    },

    starting: {
      description: 'The gate is open. Until the program runs, startContainer hooks still see created.',
      tags: 'created',
      on: { 'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
      invoke: {
        id: 'starting',
        src: 'starting',
        input: stageInput,
        // Also when it has ended by now: a program that ran for a millisecond did run.
        onDone: { target: 'alive.started.running', actions: 'deliverExit' },
        onError: [
          { guard: 'ended', target: 'stopped', actions: { type: 'recordFailure', params: rejected } },
          {
            target: 'stopping',
            actions: [
              { type: 'recordFailure', params: rejected },
              { type: 'planStop', params: { signal: 'SIGKILL', timeoutMs: 0, command: 'start' } },
            ],
          },
        ],
      },
    },

    stopping: {
      description: 'A signal, and SIGKILL when its time is up.',
      tags: 'running',
      initial: 'signalling',
      states: {
        signalling: {
          description: 'Until the stage is done.',
          on: { 'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
          invoke: {
            id: 'stopping',
            src: 'stopping',
            input: ({ context: { id, stop } }) => ({
              id,
              ...(stop ?? { signal: 'SIGKILL', killAt: null, command: 'stop' }),
            }),
            onDone: [
              { guard: 'ended', target: '#container.stopped', actions: ['deliverDelete', 'clearStop'] },
              { target: 'ending' },
            ],
            onError: [
              {
                guard: 'ended',
                target: '#container.stopped',
                actions: [{ type: 'recordFailure', params: rejected }, 'deliverDelete', 'clearStop'],
              },
              {
                target: '#container.alive.started.last',
                actions: [{ type: 'recordFailure', params: rejected }, 'clearStop'],
              },
            ],
          },
        },
        ending: {
          description: 'The stage is done, and how init ended is about to be known.',
          on: {
            'init.exited': {
              target: '#container.stopped',
              actions: [{ type: 'recordExit', params: ({ event }) => event }, 'deliverDelete', 'clearStop'],
            },
          },
        },
      },
    },

    checkpointing: {
      description: 'CRIU writes an image. An init that ends is its doing: the result decides.',
      on: { 'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
      invoke: {
        id: 'checkpointing',
        src: 'checkpointing',
        input: ({ context: { id }, event }) => ({ id, options: optionsOf(event) }),
        onDone: [
          { guard: { type: 'leftRunningAndEnded', params: ({ event }) => event.output }, target: 'stopped' },
          { guard: { type: 'leftRunning', params: ({ event }) => event.output }, target: 'alive.started.last' },
          { target: 'checkpointed', actions: { type: 'recordImage', params: ({ event }) => event.output } },
        ],
        onError: [
          { guard: 'ended', target: 'stopped', actions: { type: 'recordFailure', params: rejected } },
          { target: 'alive.started.last', actions: { type: 'recordFailure', params: rejected } },
        ],
      },
      initial: 'running',
      states: {
        running: { description: 'It ran when the checkpoint was asked for.', tags: 'running' },
        paused: { description: 'It was paused.', tags: 'paused' },
      },
    },

    stopped: {
      description: 'init has ended. What was made for it is still there.',
      tags: 'stopped',
      on: { delete: { target: 'deleting', actions: 'clearFailure' } },
    },

    checkpointed: {
      description: 'The container has ended, and lives on in an image.',
      tags: 'stopped',
      on: {
        'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } },
        restore: { target: 'restoring', actions: 'clearFailure' },
        delete: { target: 'deleting', actions: 'clearFailure' },
      },
    },

    deleting: {
      description: 'Everything that was made is taken away, the last first; an init at the gate is killed.',
      tags: 'stopped',
      on: { 'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } } },
      invoke: {
        id: 'deleting',
        src: 'deleting',
        input: stageInput,
        onDone: 'gone',
        onError: { target: 'failed', actions: { type: 'recordLeft', params: rejected } },
      },
    },

    failed: {
      description: 'Something could not be taken away: `failure.left` lists it, and delete tries again.',
      tags: 'stopped',
      on: {
        'init.exited': { actions: { type: 'recordExit', params: ({ event }) => event } },
        delete: { target: 'deleting', actions: 'clearFailure' },
      },
    },

    gone: { type: 'final', description: 'Nothing is left.', tags: 'stopped' },
  },
})

export type ContainerMachine = typeof containerMachine
export type ContainerSnapshot = SnapshotFrom<ContainerMachine>
export type ContainerActor = ActorRefFrom<ContainerMachine>

/** The states in which no command is under way, with their place in the chart: what is stored, and begun from. */
export const stableStates = {
  created: { alive: 'created' },
  running: { alive: { started: 'running' } },
  restored: { alive: { started: 'restored' } },
  paused: { alive: { started: 'paused' } },
  stopped: 'stopped',
  checkpointed: 'checkpointed',
  failed: 'failed',
} as const

export type StableState = keyof typeof stableStates

/**
 * A snapshot to begin an actor with: `createActor(machine, { snapshot: snapshotAt(machine, 'created', context) })`.
 *
 * @param machine with its stages filled in: the snapshot remembers whose it is
 */
export function snapshotAt(
  machine: ContainerMachine,
  state: StableState,
  context: ContainerContext,
): ContainerSnapshot {
  return machine.resolveState({ value: stableStates[state], context })
}

/** `running`, `creating.cloning`, `stopping.ending`; the groups `alive` and `started` go without saying. */
export function stateName({ value }: Pick<ContainerSnapshot, 'value'>): string {
  const names: string[] = []
  let rest: unknown = value
  while (typeof rest === 'object' && rest !== null) {
    const [name, inner] = Object.entries(rest)[0] as [string, unknown]
    names.push(name)
    rest = inner
  }
  return [...names, String(rest)].filter((name) => name !== 'alive' && name !== 'started').join('.')
}

/** The stable state of a snapshot; null while a command is under way, and at the end. */
export function stableState(snapshot: Pick<ContainerSnapshot, 'value'>): StableState | null {
  const name = stateName(snapshot)
  return Object.hasOwn(stableStates, name) ? (name as StableState) : null
}

/** The tag of the state. `gone` is stopped: whoever still holds it has something that has ended. */
export function ociStatus(snapshot: Pick<ContainerSnapshot, 'tags'>): OciStatus {
  const [status] = snapshot.tags as ReadonlySet<OciStatus>
  if (status === undefined) throw new Error('a state of the container has no OCI status')
  return status
}

interface Rejected {
  readonly error: unknown
  /** The stage, as the id of its invocation. */
  readonly actorId: string
}

function rejected({ event: { error, actorId } }: { event: Rejected }): Rejected {
  return { error, actorId }
}

function stageInput({ context: { id } }: { context: ContainerContext }): StageInput {
  return { id }
}

/** A stage is done, and init has ended meanwhile: the next one has nothing to work on. */
function endedEarly<Name extends string>(stage: Name) {
  return {
    guard: 'ended',
    target: '#container.undoing',
    actions: {
      type: 'recordEarlyEnd',
      params: ({ context: { exit } }: { context: ContainerContext }) => ({ exit, stage }),
    },
  } as const
}

function earlyEnd(exit: Exit | null, stage: string): ErrorRecord {
  const how = exit?.signal ?? (exit?.code == null ? 'ended' : `ended with code ${exit.code}`)
  return { code: 'ERR_STATOR_STAGE', message: `${stage}: init ${how}`, stage }
}

/** Null for what is further away than a Date can say, `Infinity` above all. */
function inTime(timeoutMs: number): string | null {
  const at = new Date(Date.now() + timeoutMs)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

function optionsOf(event: { readonly type: string }): Json {
  return (event as { options?: Json }).options ?? null
}
