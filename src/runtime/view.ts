// One process's view of a container: its actor, which is replaced when another process has gone further, and the right to
// change it, one command at a time. What is true stands in the state folder and in the kernel.
//
// Every command: its turn in the queue, the lock, a look at what is stored and at the kernel, an event to the actor, what the
// chart makes of it (stages.ts), the lock released. Each step of the actor is stored as it is taken (record.ts).

import { dirname, join } from 'node:path'
import { defer, map, type Observable, startWith, Subject } from 'rxjs'
import { createActor } from 'xstate'
import type { Creation, ProcessId, Processes, Stdio } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { WatchedEnd } from '../actors/process/end.ts'
import { zombieEnd } from '../actors/process/exit-file.ts'
import type { Live } from '../actors/process/live.ts'
import type { HookEvent } from '../actors/hook.ts'
import type { EventDraft, HookKind } from '../bus/event.ts'
import { StatorError, toStatorError } from '../errors.ts'
import {
  type ContainerActor,
  type ContainerCommand,
  type ContainerContext,
  type ContainerEvent,
  type ContainerSnapshot,
  snapshotAt,
  stateName,
  type StoppingInput,
} from '../machines/container.ts'
import { withCause } from '../machines/with-cause.ts'
import type { Fd } from '../native/fd.ts'
import { hold } from '../native/poller.ts'
import { isAlive } from '../native/process-stat.ts'
import type { Spec } from '../oci/config.ts'
import { parseConfig } from '../oci/parse.ts'
import type { OciState, OciStatus } from '../oci/state.ts'
import { endInit } from './ending.ts'
import { AdoptedSessions, tellEnds } from './exec-adopt.ts'
import { endSessions } from './exec-store.ts'
import { Following } from './following.ts'
import { ociStateOf } from './glance.ts'
import { hookDraft } from './hooks.ts'
import { endGivenUp } from './host-bundle-end.ts'
import { never, reasonOf, sharedController } from './limits.ts'
import { type Held, lock, Queue, tryLock } from './lock.ts'
import { explained } from './out-of-memory.ts'
import { answeringOf } from './notifications.ts'
import { OwnerWatch } from './owner-watch.ts'
import { judge, type Verdict } from './reconcile.ts'
import { ContainerRecord } from './record.ts'
import { recordEnd, recover } from './recover.ts'
import type { Root } from './root.ts'
import type { Work } from './stages.ts'
import { hasInit, type Phase, statusOf } from './phase.ts'
import { causeOf, isStable, lifecycleEvent, phaseOf } from './states.ts'
import {
  type CommandUnderWay,
  notFound,
  readConfigText,
  readState,
  type StoredReceipt,
  type StoredState,
} from './store.ts'
import { endInput, KeptStreams } from './streams.ts'

/** The command that this process is in the middle of. */
interface Command {
  readonly name: CommandUnderWay['name']
  readonly signal: AbortSignal
  /** What follows after the chart has come to rest (hooks): state.json keeps the command until then. */
  goesOn: boolean
}

/** A command, a fact, or what XState says of a stage. */
interface StepEvent {
  readonly type: string
  readonly error?: unknown
}

export class View implements Work {
  readonly id: string
  readonly root: Root
  readonly record: ContainerRecord
  readonly queue = new Queue()
  readonly #interrupting = new Queue()
  #receipts: Map<string, StoredReceipt>
  #changes = new Subject<void>()
  #phase: Phase
  #actor: ContainerActor | null = null
  /** Where the actor was, as `stateName` says. */
  #state = ''
  #command: Command | null = null
  #held: Held | null = null
  #end: WatchedEnd | null = null
  /** Of other runtimes. */
  #sessions: AdoptedSessions | null = null
  readonly #following = new Following(this, {
    reread: () => this.#reread(),
    isBusy: () => this.#judge().is === 'busy',
    putRight: () => this.#putRight(this.root.closing),
  })
  readonly #owner = new OwnerWatch(() => void this.#attend(async () => {}))
  #config: Spec | null = null
  #live: Live | null = null
  readonly #kept = new KeptStreams()
  /** As its maker has asked for it; descriptors have no meaning elsewhere. */
  #stdio: Stdio | null = null
  /** Aborted when it is gone, or the runtime is closed. */
  readonly #over = sharedController()
  /** What filters notify of is answered, or about to be. */
  #isListening = false
  /** How init has ended, until the actor is told. */
  #exit: Exit | null = null
  /** Why the end of init is not watched, until it is told: the next command tries again. */
  #deaf: StatorError | null = null
  /** What the last stage that failed was rejected with: an ErrorRecord has no cause and no stack. */
  #thrown: StatorError | null = null

  constructor(record: ContainerRecord) {
    this.record = record
    this.root = record.root
    this.id = record.stored.id
    this.#phase = record.stored.status
    this.#receipts = new Map(Object.entries(record.stored.receipts))
  }

  /** A container that is about to be made: its folder is claimed, and nothing else has been done. */
  static ofCreation(
    record: ContainerRecord,
    creation: Creation<Live>,
    receipts: Map<string, StoredReceipt>,
    held: Held,
  ): View {
    const view = new View(record)
    view.#receipts = receipts
    view.#config = creation.config
    view.#live = creation.live
    view.#stdio = creation.stdio
    view.#held = held
    return view
  }

  // What is known.

  get folder(): string {
    return this.record.folder
  }

  get stored(): StoredState {
    return this.record.stored
  }

  get phase(): Phase {
    return this.#phase
  }

  get status(): OciStatus {
    return statusOf(this.#phase)
  }

  get processes(): Processes | null {
    const { init, keeper } = this.#actor?.getSnapshot().context ?? this.stored.context
    return init === null || keeper === null ? null : { init, keeper }
  }

  get exit(): Exit | null {
    return (this.#actor?.getSnapshot().context ?? this.stored.context).exit
  }

  /** @throws {StatorError} ERR_STATOR_NOT_FOUND: it was deleted meanwhile; ERR_STATOR_STATE */
  get config(): Spec {
    return (this.#config ??= parseConfig(this.#readConfigText()))
  }

  #readConfigText(): string {
    try {
      return readConfigText(this.folder)
    } catch (thrown) {
      const isGone = (thrown as StatorError).errno === 'ENOENT' && this.#isGone()
      throw isGone ? notFound(this.id) : thrown
    }
  }

  #isGone(): boolean {
    return readState(this.folder)?.state.claim !== this.stored.claim
  }

  /** What this process holds of the container; in one that did not make it, next to nothing. */
  get live(): Live {
    return (this.#live ??= this.root.actors.createLive(this.root, this.#receipts))
  }

  /** With stdio `pipe`, in the process that made the container. */
  get streams(): Live['streams'] {
    return this.#live?.streams ?? this.#kept.streams
  }

  /** The master, in the process that made the container. */
  get terminal(): Fd | undefined {
    return this.#live?.terminal ?? this.#kept.terminal
  }

  get creation(): Creation<Live> {
    const { id, bundle, rootfs, stdio: stored, launch } = this.stored
    const { root, folder, config, live } = this
    // Of descriptors that the program got only the maker knows the numbers, and only while it makes it.
    const stdio = this.#stdio ?? (stored === 'descriptors' ? {} : stored)
    return { id, bundle, root: root.path, folder, rootfs, config, stdio, launch, live }
  }

  get ociState(): OciState {
    return ociStateOf(this.stored, this.#phase, this.processes?.init ?? null)
  }

  /** Made when it is asked for. After the end of the container, the last one. */
  get actor(): ContainerActor {
    if (this.#actor === null) {
      const { status, context } = this.stored
      const { machine } = this.root
      const snapshot =
        status === 'creating' || status === 'restoring'
          ? machine.resolveState({ value: { creating: 'sealing' }, context })
          : snapshotAt(machine, status, context)
      this.#begin(snapshot)
    }
    return this.#actor!
  }

  /**
   * Of one actor after the other; completes when the container is gone. What other processes do is seen when we look, so
   * states may be left out; how it ended is not.
   */
  get snapshot$(): Observable<ContainerSnapshot> {
    return defer(() =>
      this.#changes.pipe(
        startWith(undefined),
        map(() => this.actor.getSnapshot()),
      ),
    )
  }

  /** Calls when something may have changed; returns a way to forget that. */
  onChange(look: () => void): () => void {
    const subscription = this.#changes.subscribe({ next: look, complete: look, error: look })
    return () => subscription.unsubscribe()
  }

  /** Resolves with the first phase, from now on, that is one of these. */
  reached(wanted: (phase: Phase) => boolean, signal?: AbortSignal): Promise<Phase> {
    return new Promise((resolve, reject) => {
      if (wanted(this.#phase)) return resolve(this.#phase)
      if (signal?.aborted) return reject(reasonOf(signal))
      const stop = () => finish(() => reject(reasonOf(signal)))
      const finish = (settle: () => void) => {
        subscription.unsubscribe()
        signal?.removeEventListener('abort', stop)
        settle()
      }
      const look = () => {
        if (wanted(this.#phase)) finish(() => resolve(this.#phase))
      }
      const subscription = this.#changes.subscribe({
        next: look,
        error: (error: unknown) => finish(() => reject(error)),
      })
      signal?.addEventListener('abort', stop)
    })
  }

  // Commands.

  /**
   * Does a command: with the right to change the container, and a view that is up to date.
   *
   * @throws {StatorError} ERR_STATOR_NOT_FOUND; ERR_STATOR_BUSY; what `work` throws; the reason of the abort
   */
  act<T>(name: Command['name'], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.queue.run(signal, async () => {
      await this.#enter(signal, 'trusting')
      return this.#perform({ name, signal, goesOn: false }, work)
    })
  }

  /** As `act`, for a container whose folder we have just claimed. */
  create(signal: AbortSignal): Promise<void> {
    return this.queue.run(undefined, () =>
      this.#perform({ name: 'create', signal, goesOn: false }, async () => {
        const { prestart, createRuntime, createContainer } = this.config.hooks ?? {}
        this.live.onHook = this.#onHook
        this.live.onSkipped = (skipped) =>
          this.note({ type: 'seccomp.skipped', container: this.id, ...skipped }, 'soon')
        this.live.onListener = (listener) => this.#listen(listener)
        if (prestart?.length || createRuntime?.length) {
          this.live.runHooks = async (state) => {
            await this.runHooks('prestart', signal, { state })
            await this.runHooks('createRuntime', signal, { state })
          }
        }
        // The claim has stored the command: that keeps others off while a hook runs.
        if (prestart?.length || createRuntime?.length || createContainer?.length) this.#release()
        this.#begin(null)
        const reached = await this.reached((phase) => isStable(phase) || phase === 'gone')
        if (reached !== 'created') throw this.failure()
        // Made, but that could not be stored: then it is as good as not made.
        const { fault } = this
        if (fault === null) return
        this.#takeFault()
        this.send({ type: 'delete' })
        await this.reached((phase) => phase === 'failed' || phase === 'gone')
        throw fault
      }),
    )
  }

  /** Looks at what is stored and at the kernel, and puts right what is no longer true. Waits only where there is something. */
  async refresh(signal?: AbortSignal): Promise<void> {
    // In the middle of a command of ours nobody knows better.
    if (this.#command !== null) return
    this.#reread()
    const { is } = this.#judge()
    if (is === 'valid' || is === 'busy') this.watch()
    else await this.#putRight(signal)
  }

  /** Whether the chart takes the event now. */
  can(command: ContainerCommand): boolean {
    return this.actor.getSnapshot().can(command)
  }

  /** What the chart makes of it is stored when this returns; what the stages make of that comes later. */
  send(event: ContainerEvent): void {
    // Before the journal tells of a step: of who is killed after that it is known what it was in the middle of.
    if (this.#command !== null && this.stored.command === null) {
      this.record.write({ command: this.#commandUnderWay })
    }
    this.actor.send(event)
  }

  /**
   * Lets the lock go while the command goes on: others are refused instead of kept waiting.
   *
   * @param goesOn also after the chart has come to rest
   */
  letGo({ goesOn }: { readonly goesOn: boolean }): void {
    if (this.#command === null) return
    this.#command.goesOn = goesOn
    this.record.write({ command: this.#commandUnderWay })
    this.#release()
  }

  /** Whether the last command that the chart has taken did not lead where it should. */
  get hasFailed(): boolean {
    return this.actor.getSnapshot().context.failure !== null
  }

  /** Why the chart is not where a command should have led it. */
  failure(): StatorError {
    const { failure } = this.actor.getSnapshot().context
    if (failure === null) {
      return this.#takeFault() ?? new StatorError('ERR_STATOR_STAGE', `container "${this.id}": ${this.#phase}`)
    }
    const { code, message, cause, ...place } = failure
    const thrown = this.#thrown
    return new StatorError(code, message, place, { cause: thrown?.message === message ? thrown.cause : cause })
  }

  // The work of the stages (stages.ts).

  /** As the stages change them; state.json gets them with the next step. */
  get receipts(): Map<string, StoredReceipt> {
    return this.#receipts
  }

  get signal(): AbortSignal {
    return this.#command?.signal ?? this.root.closing
  }

  get fault(): StatorError | null {
    return this.record.fault ?? this.#deaf
  }

  #takeFault(): StatorError | null {
    const { fault } = this
    this.record.takeFault()
    this.#deaf = null
    return fault
  }

  note(draft: EventDraft, when: 'now' | 'soon'): void {
    this.record.note(draft, when)
  }

  async openGate(): Promise<void> {
    this.live.onHook = this.#onHook
    const { actors } = this.root
    try {
      await actors.openGate(this.creation, this.#processesOrThrow(), this.signal)
    } catch (thrown) {
      throw explained(thrown, this.config, () => actors.oomKills(this.#receipts))
    }
    this.#dropLive()
  }

  async end(how: StoppingInput): Promise<void> {
    const processes = this.#processesOrThrow()
    this.watch()
    const send = (signal: string | number) => this.root.actors.signalInit(processes, signal, this.#receipts)
    // What has failed in the middle of a start is ended, also where a limit is what it failed by.
    const signal = this.#command?.name === 'start' ? never : this.signal
    if (this.#end !== null) await endInit(send, processes.init.pid, this.#end.ended, how, signal)
  }

  /** Ends the exec sessions, which an init without a pid namespace does not take along. */
  async endSessions(): Promise<void> {
    await endSessions(this.root.actors, this, this.root.watch, this.#command?.signal)
    tellEnds(this)
  }

  /**
   * Each once: those whose end a process has told that was killed in the middle of the delete do not run again. Nothing but its own
   * `timeout` ends one: a close waits. A host bundle that was left to its containers goes with the last.
   */
  async runPoststop(): Promise<void> {
    await this.#runPoststop()
    endGivenUp(dirname(this.stored.rootfs))
  }

  async #runPoststop(): Promise<void> {
    let hooks: Spec['hooks']
    try {
      hooks = this.config.hooks
    } catch {
      // A config.json that was damaged since must not keep its container from being deleted.
    }
    if (!hooks?.poststop?.length) return
    const told = this.record.newer().flatMap((event) => {
      const isEnd = event.type === 'hook.finished' || event.type === 'hook.failed'
      return isEnd && event.kind === 'poststop' ? [event.index] : []
    })
    await this.runHooks('poststop', never, { ended: new Set(told) }).catch(() => {})
  }

  /** @throws {StatorError} ERR_STATOR_HOOK; the events have told of it */
  async runHooks(
    kind: HookKind,
    signal: AbortSignal,
    { state = this.ociState, ended }: { readonly state?: OciState; readonly ended?: ReadonlySet<number> } = {},
  ): Promise<void> {
    const run = { signal, onEvent: this.#onHook, all: kind === 'poststop', ...(ended === undefined ? {} : { ended }) }
    await this.root.actors.runHooks(kind, this.config.hooks?.[kind], state, run)
  }

  /** Init has loaded a filter that notifies. */
  async #listen(listener: Fd): Promise<void> {
    this.#isListening = true
    const { root, folder, live } = this
    const { pid } = this.#processesOrThrow().init
    const listening = { container: this.id, folder, profiles: live.profiles, pid, state: { ...this.ociState, pid } }
    await root.notifications.begin(listener, listening)
  }

  /** Goes on answering what a filter notifies of, where the runtime that did is no more. Once. */
  #adoptListener(keeper: ProcessId): void {
    const { root, id, folder } = this
    if (this.#isListening || !root.notifications.adopts(folder)) return
    this.#isListening = true
    try {
      root.notifications.register(id, answeringOf(this.stored.launch.notify))
    } catch (thrown) {
      this.#warn(toStatorError(thrown, 'ERR_STATOR_STATE'))
    }
    root.notifications
      .adopt(
        { container: id, folder },
        () => root.actors.keptListener(keeper),
        () => this.interruptCalls(),
        this.#over.signal,
      )
      .catch((thrown: unknown) => this.#warn(toStatorError(thrown, 'ERR_STATOR_STAGE')))
  }

  /**
   * Has the calls made again that wait for an answer of a runtime that is no more. Not in the turn of a command: what that waits for may
   * be just such an answer.
   */
  interruptCalls(): Promise<void> {
    return this.#interrupting.run(undefined, () => this.root.actors.interruptCalls(this.#receipts))
  }

  readonly #onHook = (event: HookEvent): void => this.note(hookDraft(this.id, event), 'now')

  // Watching.

  /** Waits for the end of init, from when there is one, and of whoever is in the middle of a command. Asking twice is fine. */
  watch(): void {
    const owner = this.#command === null ? this.stored.command?.owner.pid : undefined
    this.#owner.look(owner, { isHeld: this.#held !== null })
    const { processes } = this
    if (processes === null || !hasInit(this.#phase)) return
    this.#adoptListener(processes.keeper)
    if (this.#end !== null) return
    const end = this.root.actors.watchEnd({
      folder: this.folder,
      processes,
      pidfds: this.#live ?? undefined,
      isWatched: this.stored.launch.parent === 'caller',
    })
    this.#end = end
    // Of a watch that was given up for another nothing comes.
    void end.ended.then(
      (exit) => (this.#end === end ? this.#onEnded(exit) : undefined),
      (thrown: unknown) => (this.#end === end ? this.#onDeaf(thrown) : undefined),
    )
    void end.keeperLost.then(() => (this.#end === end ? this.#onKeeperLost() : undefined))
  }

  /** Sees to the exec sessions of runtimes that are no more. Resolves when those that have ended are told. */
  async adoptSessions(): Promise<void> {
    if (this.#phase === 'gone') return
    const release = hold()
    await this.#adopted.look().finally(release)
  }

  /** Sees to the exec sessions of a runtime when it is no more. */
  watchSessionsOf(owner: ProcessId): void {
    if (this.#phase !== 'gone') this.#adopted.watchOwner(owner)
  }

  get #adopted(): AdoptedSessions {
    return (this.#sessions ??= new AdoptedSessions(
      this,
      (work) => this.#tellSession(work),
      (thrown) => this.#warn(toStatorError(thrown, 'ERR_STATOR_PLATFORM')),
    ))
  }

  /** A session changes nothing that a command changes: one that goes on while the lock is let go is nobody's hindrance, but a delete. */
  async #tellSession(work: () => void): Promise<void> {
    try {
      await this.queue.run(undefined, async () => {
        using _held = await lock(join(this.folder, 'lock'), this.root.watch, { signal: this.root.closing })
        const command = readState(this.folder)?.state.command
        if (command?.name !== 'delete' || !this.root.isOpen(command.owner)) work()
      })
    } catch (thrown) {
      this.#warnUnlessIrrelevant(thrown)
    }
  }

  /** Another process has told of a step of this container. Resolves when we know what it has led to, or somebody sees to it. */
  follow(seq: number): Promise<void> {
    return this.#following.upTo(seq)
  }

  /** The container is not there any more, by our doing or another's. */
  vanish(): void {
    this.#over.abort()
    this.#phase = 'gone'
    this.#actor?.stop()
    this.#dropLive()
    this.#dismissEnd()
    this.#sessions?.close()
    this.#owner.close()
    this.root.notifications.forget(this.id)
    this.#kept.closeUnread()
    this.#changes.next()
    this.#changes.complete()
    this.root.forget(this)
  }

  /** The runtime closes. The container stays as it is. */
  close(): void {
    this.#over.abort()
    this.#closeEnd()
    this.#sessions?.close()
    this.#owner.close()
    this.#dropLive()
    this.#kept.close()
    this.#actor?.stop()
    this.#changes.complete()
  }

  /** Those of a session, which are closed with the container's own. */
  keepStreams(streams: Live['streams']): void {
    this.#kept.takeSession(streams)
  }

  async #onEnded(exit: Exit): Promise<void> {
    endInput(this.streams)
    this.#exit = { ...exit, oomKilled: exit.oomKilled || this.#wasOomKilled() }
    if (this.#command !== null) return this.#tellExit()
    await this.#attend(async () => this.#tellExit())
  }

  /** Nobody would tell that it has ended: whoever asks next looks, and watches again. */
  #onDeaf(thrown: unknown): void {
    this.#closeEnd()
    this.#warn(toStatorError(thrown, 'ERR_STATOR_PLATFORM'))
  }

  /** That its end can be told matters more. */
  #wasOomKilled(): boolean {
    try {
      return this.root.actors.oomKills(this.#receipts) > 0
    } catch (thrown) {
      this.#warn(toStatorError(thrown, 'ERR_STATOR_PLATFORM'))
      return false
    }
  }

  #warn({ message }: StatorError): void {
    process.emitWarning(`container "${this.id}": ${message}`, 'StatorWarning')
  }

  async #onKeeperLost(): Promise<void> {
    await this.#attend(async () => {
      if (this.stored.keeperLost) return
      const pid = this.processes?.keeper.pid ?? 0
      this.record.commit({ type: 'lifecycle.keeper-lost', container: this.id, pid }, { keeperLost: true })
    })
  }

  /** A fact, which comes when it comes, is stored when its turn comes. */
  async #attend(work: () => Promise<void>): Promise<void> {
    try {
      await this.queue.run(undefined, async () => {
        try {
          await this.#enter(undefined, 'trusting')
          await work()
        } finally {
          this.#release()
        }
      })
      const fault = this.#takeFault()
      if (fault !== null) throw fault
    } catch (thrown) {
      this.#warnUnlessIrrelevant(thrown)
    }
  }

  /** Another process has it in hand, or nobody needs it any more. */
  #warnUnlessIrrelevant(thrown: unknown): void {
    const error = toStatorError(thrown, 'ERR_STATOR_PLATFORM')
    if (!isIrrelevant(error)) this.#warn(error)
  }

  /** With the right to change the container. */
  #tellExit(): void {
    const exit = this.#exit
    if (exit === null || !(hasInit(this.#phase) || this.#command !== null)) return
    this.#exit = null
    // Whoever was killed between journal and state.json has told of it.
    const told = this.record.newerSteps().some(({ type }) => type === 'lifecycle.stopped')
    if (!told) return this.send({ type: 'init.exited', exit })
    const before = this.stored
    recordEnd(this.record, exit)
    this.#replace(before)
  }

  // The right to change.

  /**
   * Takes the lock, and brings the view up to date.
   *
   * @param trust `doubting` asks the kernel even if nobody else has written, and we would have been told of an end
   */
  async #enter(signal: AbortSignal | undefined, trust: 'trusting' | 'doubting'): Promise<void> {
    if (this.#phase === 'gone') throw notFound(this.id)
    const path = join(this.folder, 'lock')
    try {
      this.#held = tryLock(path) ?? (await lock(path, this.root.watch, { signal }))
    } catch (thrown) {
      if (!(thrown instanceof StatorError) || thrown.code !== 'ERR_STATOR_NOT_FOUND') throw thrown
      throw this.#deletedByAnother()
    }
    try {
      const found = this.#reread()
      const isWatched = this.#end !== null || !hasInit(this.#phase)
      if (trust === 'trusting' && found === 'same' && isWatched && this.stored.command === null) return
      await this.#reconcile()
    } catch (thrown) {
      this.#release()
      throw thrown
    }
  }

  #reread(): 'same' | 'changed' {
    const before = this.stored
    const found = this.record.reread()
    if (found === 'gone') throw this.#deletedByAnother()
    if (found === 'changed') this.#replace(before)
    return found
  }

  /** How it ended stands in the journal: state.json may have been there for less time than we took to look at it. */
  #deletedByAnother(): StatorError {
    const exit = this.#exitTold()
    if (exit !== null && this.exit === null) {
      this.#actor?.stop()
      this.#phase = 'stopped'
      this.#begin(snapshotAt(this.root.machine, 'stopped', { ...this.stored.context, exit, stop: null }))
    }
    this.vanish()
    return notFound(this.id)
  }

  #exitTold(): Exit | null {
    try {
      return this.record.exitBeforeGone()
    } catch (thrown) {
      // That it is gone is sure all the same.
      this.#warn(toStatorError(thrown, 'ERR_STATOR_STATE'))
      return null
    }
  }

  #judge(): Verdict {
    const { root, folder } = this
    return judge(this.stored, {
      bootId: root.bootId,
      isAtWork: ({ owner }) => root.isOpen(owner),
      isAlive,
      atGate: (processes) => root.actors.atGate(processes),
      readExit: () => root.actors.readExit(folder),
      zombieEnd,
    })
  }

  /** Under the lock. */
  async #reconcile(): Promise<void> {
    do {
      const verdict = this.#judge()
      if (verdict.is === 'busy') {
        this.watch()
        throw busy(this.id, verdict.command)
      }
      if (verdict.is === 'valid') break
      const before = this.stored
      if ((await recover(this, verdict)) === 'gone') {
        this.vanish()
        throw notFound(this.id)
      }
      this.#replace(before)
      // A delete is still to be gone on with when the program has been ended. What cannot be stored is not tried for ever.
    } while (this.stored.command !== null && this.record.fault === null)
    this.watch()
  }

  /** Takes the lock to recover what has to be. What comes of it may be impossible to store: a warning says so. */
  #putRight(signal: AbortSignal | undefined): Promise<'stored' | 'not stored'> {
    return this.queue.run(signal, async () => {
      try {
        await this.#enter(signal, 'doubting')
      } catch (thrown) {
        // Whoever it is will store what comes of it.
        if (!(thrown instanceof StatorError) || thrown.code !== 'ERR_STATOR_BUSY') throw thrown
      } finally {
        this.#release()
      }
      const fault = this.#takeFault()
      if (fault === null) return 'stored'
      this.#warn(fault)
      return 'not stored'
    })
  }

  async #perform<T>(command: Command, work: () => Promise<T>): Promise<T> {
    this.#command = command
    this.#thrown = null
    this.#takeFault()
    try {
      // One that came while we waited for our turn.
      this.#tellExit()
      const result = await work()
      const fault = this.#takeFault()
      if (fault !== null) throw fault
      return result
    } finally {
      try {
        if (this.#phase !== 'gone' && this.stored.command !== null) this.record.write({ command: null })
      } finally {
        this.#command = null
        this.#release()
      }
    }
  }

  #release(): void {
    this.#held?.release()
    this.#held = null
  }

  // The actor.

  #begin(snapshot: ContainerSnapshot | null): void {
    let cause: StepEvent = { type: 'xstate.init' }
    const machine = withCause(this.root.machine, (event) => (cause = event))
    const actor = createActor(machine, { input: { id: this.id }, ...(snapshot === null ? {} : { snapshot }) })
    this.#state = snapshot === null ? 'nothing' : stateName(snapshot)
    this.#actor = actor
    actor.subscribe({
      next: (snapshot) => this.#moved(cause, snapshot),
      // Without an error observer XState throws from a timer, and the process ends.
      error: (error) => this.#broke(error),
    })
    if (this.#phase !== 'gone') actor.start()
  }

  /** A step has been taken, and the stage that follows has not begun: stages.ts, `place`. */
  #moved(event: StepEvent, snapshot: ContainerSnapshot): void {
    const { context } = snapshot
    const to = stateName(snapshot)
    const draft = lifecycleEvent(this.#state, to, causeOf(event.type), { claim: this.stored.claim, context })
    this.#state = to
    this.#phase = phaseOf(snapshot)
    if (event.type.startsWith('xstate.error.')) this.#thrown ??= toStatorError(event.error, 'ERR_STATOR_STAGE')
    const change = this.#changeWith(draft, context)
    if (draft !== null || change !== null) this.record.commit(draft, change)
    if (this.#phase === 'gone') this.vanish()
    else {
      try {
        this.watch()
      } catch (thrown) {
        this.#deaf ??= toStatorError(thrown, 'ERR_STATOR_PLATFORM')
      }
      this.#changes.next()
    }
  }

  /** What of a step has to be in state.json: what another process could not find out by asking the kernel. */
  #changeWith(draft: EventDraft | null, context: ContainerContext): Partial<StoredState> | 'remove' | null {
    const phase = this.#phase
    if (phase === 'gone') return 'remove'
    const receipts = () => Object.fromEntries(this.#receipts)
    if (draft !== null && isStable(phase)) {
      const command = this.#command?.goesOn === true ? this.#commandUnderWay : null
      return { status: phase, context, receipts: receipts(), command }
    }
    if (draft !== null && phase === 'deleting') return { context, command: this.#commandUnderWay }
    // init may go on only when it is stored who it is.
    if (context.init?.pid !== this.stored.context.init?.pid) return { context, receipts: receipts() }
    return null
  }

  get #commandUnderWay(): CommandUnderWay | null {
    return this.#command && { name: this.#command.name, owner: this.root.owner }
  }

  /** The chart itself has failed, which is a mistake in it. */
  #broke(error: unknown): void {
    this.#actor = null
    this.#phase = this.stored.status
    const changes = this.#changes
    this.#changes = new Subject()
    changes.error(toStatorError(error, 'ERR_STATOR_STAGE'))
  }

  /** What is stored has changed, and not by our actor. */
  #replace(before: StoredState): void {
    const { status, context, receipts } = this.stored
    this.#receipts = new Map(Object.entries(receipts))
    if (!hasInit(status)) this.#dismissEnd()
    const isSame = status === before.status && JSON.stringify(context) === JSON.stringify(before.context)
    if (isSame && this.#phase === status) return
    this.#actor?.stop()
    this.#actor = null
    this.#phase = status
    this.#changes.next()
  }

  #processesOrThrow(): Processes {
    const { processes } = this
    if (processes === null) throw new StatorError('ERR_STATOR_STATUS', `container "${this.id}": container not running`)
    return processes
  }

  /** Streams outlive the program, and so does a terminal. */
  #dropLive(): void {
    const live = this.#live
    if (live === null) return
    this.#kept.take(live)
    live[Symbol.dispose]()
    this.#live = null
  }

  /** The container has ended, by what another process says. */
  #dismissEnd(): void {
    this.#end?.dismiss()
    this.#end = null
  }

  #closeEnd(): void {
    this.#end?.close()
    this.#end = null
  }
}

function isIrrelevant({ code }: StatorError): boolean {
  return code === 'ERR_STATOR_BUSY' || code === 'ERR_STATOR_NOT_FOUND' || code === 'ERR_STATOR_CLOSED'
}

function busy(id: string, { name, owner: { pid } }: CommandUnderWay): StatorError {
  return new StatorError('ERR_STATOR_BUSY', `container "${id}": process ${pid} is in the middle of a ${name}`)
}
