// What the runtime asks of src/actors, in one interface: tests put others in their place, and faults. The real ones are
// linux.ts.

import type { Observable } from 'rxjs'
import type { Creation, Launch, Processes, Stdio } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { HookEvent } from '../actors/hook.ts'
import type { Live } from '../actors/process/live.ts'
import type { EndOf, WatchedEnd } from '../actors/process/end.ts'
import type { Json, Stage } from '../actors/stage.ts'
import type { Stats } from '../actors/stats.ts'
import type { HookKind } from '../bus/event.ts'
import type { Fd } from '../native/fd.ts'
import type { Hook, Process, Seccomp, Spec } from '../oci/config.ts'
import type { OciState } from '../oci/state.ts'

/** The states of the chart that make a container, in their order. Each runs a list of stages. */
export const makingStates = ['sealing', 'cloning', 'isolating', 'networking', 'confining', 'gating'] as const
export type MakingState = (typeof makingStates)[number]

/** What a stage intends and returns is its own business; the runtime only keeps it. An undo may look at those of the others. */
export interface AnyStage extends Omit<Stage<Creation<Live>, any, any>, 'undo'> {
  undo(receipt: any, output: any, receipts: Receipts): Promise<void>
}

/** By `state/subject`, in the order in which they were to be made. */
export type Receipts = ReadonlyMap<string, { readonly receipt: Json; readonly output?: Json }>

/** What a root tells those who work on its containers. */
export interface Place {
  /** What a keeper becomes at the end of its container when nobody is attached. */
  readonly settle: readonly string[]
  readonly attachedFile: string
}

export interface HookRun {
  readonly signal: AbortSignal
  readonly onEvent: (event: HookEvent) => void
  readonly all?: boolean
  readonly ended?: ReadonlySet<number>
}

export interface ExecLaunch {
  /** Of the container. */
  readonly id: string
  readonly config: Spec
  readonly rootfs: string
  /** Of the runtime. */
  readonly root: string
  /** What is filtered: of the container. */
  readonly profiles: readonly Seccomp[]
  /** Of the session, made already. */
  readonly folder: string
  readonly processes: Processes
  readonly process: Process
  readonly stdio: Stdio
  readonly launch: Launch
  /** Groups below the container's own, by controller; the key empty: in all. */
  readonly cgroup: Readonly<Record<string, string>>
  readonly live: Live
  /** Is called, and returns, before the process goes on. */
  readonly cloned: (processes: Processes) => void
}

export interface Actors {
  readonly stages: Readonly<Record<MakingState, readonly AnyStage[]>>
  /**
   * What this process will hold of one container, or of one exec session. Nothing is opened yet.
   *
   * @param receipts looked at later: they may not be there yet
   */
  createLive(place: Place, receipts: Receipts): Live
  /** Resolves when the program runs. `creation.live` may be empty: another process made the container. */
  openGate(creation: Creation<Live>, processes: Processes, signal: AbortSignal): Promise<void>
  /** Whether init still waits for `openGate`. */
  atGate(processes: Processes): boolean
  watchEnd(of: EndOf): WatchedEnd
  readExit(folder: string): Exit | null
  /** How many processes of the container the kernel has killed because its memory was used up. */
  oomKills(receipts: Receipts): number
  /** The same now, and each time that it has grown. */
  oomKills$(receipts: Receipts): Observable<number>
  /** What its own groups count. @throws {StatorError} ERR_STATOR_STATUS: they are gone */
  stats(receipts: Receipts): Stats
  /** All processes in its groups, as this process numbers them. */
  pids(receipts: Receipts): number[]
  /** @param receipts of the container whose groups are thawed with SIGKILL: on version 1 a frozen process does not die */
  signalInit(processes: Processes, signal: string | number, receipts?: Receipts): void
  /** @returns how many processes in the container's groups were sent it */
  signalAll(receipts: Receipts, signal: string | number): number
  runHooks(kind: HookKind, hooks: readonly Hook[] | undefined, state: OciState, run: HookRun): Promise<void>
  launchExec(launch: ExecLaunch, receipts: Receipts, signal: AbortSignal): Promise<Processes>
  /** Each call of the container that waits is made again: one that a runtime was asked about that is no more asks the next. */
  interruptCalls(receipts: Receipts): Promise<void>
  /** A keeper's copy of the listener of a filter; null: it has none any more. */
  keptListener(keeper: Processes['keeper']): Fd | null
  /** Kills a process, and waits for its end. One that is gone is left alone. @throws {StatorError} ERR_STATOR_TIMEOUT: it is still there */
  endProcess(process: Processes['init']): Promise<void>
  /**
   * The same of both, with time for the keeper to say how the other has ended.
   *
   * @param receipts of the container whose groups they are in, to be thawed
   */
  endProcesses(processes: Processes, receipts?: Receipts): Promise<void>
  /** Waits for the end of a process, and sends it nothing. @returns whether it has ended by then */
  endsWithin(process: Processes['init'], ms: number): Promise<boolean>
}
