// What can happen, as one typed union. Where it is kept is journal.ts, who hears of it bus.ts.

import type { ErrorRecord } from '../errors.ts'

/** How a process of a container ended. `code` and `signal` both null: nobody was there to see it. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  /** `code`, or 128 and the signal's number, as a shell has it. */
  readonly exitCode: number | null
  readonly oomKilled: boolean
  /** ISO 8601. */
  readonly at: string
  readonly pid: number
}

/** A step of a machine: from one state to another, and the command or the fact that caused it. */
export interface Transition {
  readonly from: string
  readonly to: string
  readonly cause: string
}

/** As config.json groups them. */
export type HookKind = 'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart' | 'poststop'

/** What was thrown by code that is not ours. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

interface OfContainer {
  readonly container: string
}

interface OfRuntime {
  readonly container: null
}

interface Moved extends OfContainer {
  readonly transition: Transition
}

interface OfStage extends OfContainer {
  /** The state of the chart it belongs to: `cloning`. */
  readonly stage: string
  /** `cgroup`. */
  readonly subject: string
}

interface OfHook extends OfContainer {
  readonly kind: HookKind
  /** Its place in config.json's list of this kind. */
  readonly index: number
  readonly path: string
}

interface HookEnded extends OfHook {
  readonly durationMs: number
  /** null: it was never started. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null
  /** The last part of what it wrote. */
  readonly stdout: string
  readonly stderr: string
}

interface OfExec extends OfContainer {
  /** The id of the exec session. */
  readonly exec: string
}

/** A system call that a seccomp filter asks about. */
interface OfNotification extends OfContainer {
  /** The id of the exec session; absent for the container's own processes. */
  readonly exec?: string
  /** Names the call among all of its listener. */
  readonly notification: string
  /** Its name; the number as text where it has none here. */
  readonly syscall: string
  /** Of the thread that calls; 0 if it cannot be seen from here. */
  readonly pid: number
}

interface Took {
  readonly durationMs: number
}

interface Failed {
  readonly error: ErrorRecord
}

/** The data of each event type, besides what every event has (Envelope). */
export interface EventData {
  'lifecycle.creating': Moved & { readonly claim: string }
  'lifecycle.created': Moved
  'lifecycle.starting': Moved
  'lifecycle.running': Moved
  'lifecycle.stopping': Moved
  'lifecycle.stopped': Moved & { readonly exit: Exit }
  'lifecycle.pausing': Moved
  'lifecycle.paused': Moved
  'lifecycle.resuming': Moved
  'lifecycle.checkpointing': Moved
  'lifecycle.checkpointed': Moved
  'lifecycle.restoring': Moved
  'lifecycle.restored': Moved
  'lifecycle.deleting': Moved
  'lifecycle.deleted': Moved
  'lifecycle.undoing': Moved & Failed
  'lifecycle.failed': Moved & Failed
  'lifecycle.keeper-lost': OfContainer & { readonly pid: number }

  'stage.started': OfStage
  'stage.finished': OfStage & Took
  'stage.failed': OfStage & Took & Failed
  'stage.undone': OfStage & Took
  'stage.undoFailed': OfStage & Took & Failed

  'hook.started': OfHook
  'hook.finished': HookEnded
  'hook.failed': HookEnded & Failed

  'exec.starting': OfExec & {
    readonly args: readonly string[]
    /** The process that starts it, and will tell of its end. */
    readonly owner: { readonly pid: number; readonly startTime: string }
  }
  'exec.started': OfExec & { readonly pid: number }
  'exec.exited': OfExec & { readonly exit: Exit }
  'exec.failed': OfExec & Failed

  /** A name of linux.seccomp that libseccomp does not know: there is no rule for it. */
  'seccomp.skipped': OfContainer & { readonly name: string; readonly pointer: string }
  'seccomp.notify': OfNotification & {
    readonly number: number
    /** As `uname -m` has it. */
    readonly architecture: string
    /** All six registers, decimal. */
    readonly args: readonly string[]
    /** The arguments by name; null where they are not known. */
    readonly decoded: Readonly<Record<string, unknown>> | null
  }
  'seccomp.answered': OfNotification &
    Took & {
      /** null: its caller had gone, or another has answered. */
      readonly answer: 'continue' | { readonly errno: string } | { readonly returnValue: string } | null
      /** Who gave it: a rule, the policy's default (or its lack), the deadline, or one who was asked. */
      readonly by: 'rule' | 'default' | 'deadline' | 'asked' | null
    }
  'seccomp.untold': OfContainer & {
    readonly exec?: string
    /** How many calls were asked and answered like all others, and got no events of their own, by name. */
    readonly counts: Readonly<Record<string, number>>
    readonly durationMs: number
  }

  'runtime.opened': OfRuntime & { readonly pid: number }
  'runtime.closed': OfRuntime & { readonly pid: number }
  'runtime.listenerFailed': OfRuntime & {
    /** What it was told when it failed; null where an operator (a delay, a buffer) stands between and hides it. */
    readonly event: { readonly seq: number; readonly type: EventType; readonly container: string | null } | null
    /** The function's name. */
    readonly listener: string
    readonly thrown: Thrown
  }
  'runtime.followFailed': OfRuntime & Failed
  'runtime.recovered': {
    readonly container: string | null
    /** In words: what an interrupted process had left, and what was done about it. */
    readonly what: string
  }
  'runtime.stateIgnored': { readonly container: string | null; readonly path: string } & Failed
}

export type EventType = keyof EventData

/** What each type means, for docs and completions. */
export const eventTypes: { readonly [T in EventType]: string } = {
  'lifecycle.creating': 'a create has begun; its stages follow',
  'lifecycle.created': 'the container waits for start; its program has not run yet',
  'lifecycle.starting': 'start has let init go on',
  'lifecycle.running': 'the program runs',
  'lifecycle.stopping': 'stop has sent its signal and waits for the end',
  'lifecycle.stopped': 'init has ended; `exit` says how',
  'lifecycle.pausing': 'the freeze was asked for',
  'lifecycle.paused': 'the kernel has confirmed the freeze',
  'lifecycle.resuming': 'the thaw was asked for',
  'lifecycle.checkpointing': 'CRIU has begun a dump',
  'lifecycle.checkpointed': 'the dump is complete and the container has ended with it',
  'lifecycle.restoring': 'CRIU has begun a restore',
  'lifecycle.restored': 'the container runs again from an image',
  'lifecycle.deleting': 'what the container made is being taken away',
  'lifecycle.deleted': 'nothing of the container is left',
  'lifecycle.undoing': 'a create or a restore failed, for the reason in `error`, and is being taken back',
  'lifecycle.failed': 'the container could not be made, or not be taken away completely: `error`',
  'lifecycle.keeper-lost': 'the keeper has ended before its container: the exit code may stay unknown',
  'stage.started': 'a stage is about to change the host',
  'stage.finished': 'a stage has done its work',
  'stage.failed': 'a stage has failed; undo follows',
  'stage.undone': 'what the stage made is gone',
  'stage.undoFailed': 'something that the stage made is still there',
  'hook.started': 'a hook was started',
  'hook.finished': 'a hook has ended well',
  'hook.failed': 'a hook has failed, was killed or took too long',
  'exec.starting': 'a further process is being started in the container',
  'exec.started': 'its program runs',
  'exec.exited': 'it has ended; `exit` says how',
  'exec.failed': 'it could not be started',
  'seccomp.skipped': 'a name in the seccomp profile is unknown here: it has no rule',
  'seccomp.notify': 'a system call waits for an answer',
  'seccomp.answered': 'it has got one, or nobody waits for it any more',
  'seccomp.untold': 'so many calls were answered, and not told one by one',
  'runtime.opened': 'a process has opened the root',
  'runtime.closed': 'a process has closed the root; its containers live on',
  'runtime.listenerFailed': 'a listener threw, or its promise was rejected; the others went on',
  'runtime.followFailed': 'the events of other processes cannot be followed as they happen; own events wake us instead',
  'runtime.recovered': 'what an interrupted process had left half done was completed or taken back',
  'runtime.stateIgnored': 'a stored state was not believed: `error` says why',
}

/** What every event has. */
export interface Envelope {
  /** Unique over all roots: the journal's own id and `seq`. */
  readonly id: string
  /** Its place in the journal: 1, 2, 3, … without a gap, over all processes that use the root. */
  readonly seq: number
  /** ISO 8601 with milliseconds, by the clock of the process that appended it. Order is `seq`, not time. */
  readonly time: string
  /** The container's id; null where the event is about a process or the root. */
  readonly container: string | null
  /** Of lifecycle events (keeper-lost is none): what changed, and by what. */
  readonly transition?: Transition
}

/** Everything that can happen. */
export type RuntimeEvent = { [T in EventType]: Envelope & { readonly type: T } & EventData[T] }[EventType]

/** The events of some types. */
export type EventOf<T extends EventType> = Extract<RuntimeEvent, { readonly type: T }>

/** An event before it happened: the journal gives it its id, number and time. */
export type EventDraft = { [T in EventType]: { readonly type: T } & EventData[T] }[EventType]

/** For `filter`: the events of these types, narrowed. */
export function ofType<T extends EventType>(...types: readonly T[]): (event: RuntimeEvent) => event is EventOf<T> {
  const wanted: ReadonlySet<string> = new Set(types)
  return (event): event is EventOf<T> => wanted.has(event.type)
}
