// Opens a root: the containers of this process and of others, their events, and the end of it.

import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { inspect, type InspectOptions } from 'node:util'
import type { Observable, Subscription } from 'rxjs'
import type { Creation, Launch, Stdio } from '../actors/creation.ts'
import type { NotifyPolicy } from '../oci/notify-policy.ts'
import type { SeccompNotification } from '../actors/seccomp/notification.ts'
import type { Live } from '../actors/process/live.ts'
import type { EventsOptions } from '../bus/bus.ts'
import { RuntimeEmitter } from '../bus/emitter.ts'
import type { RuntimeEvent } from '../bus/event.ts'
import { StatorError, toStatorError } from '../errors.ts'
import { ociVersion, type OciStatus } from '../oci/state.ts'
import type { Actors } from './actors.ts'
import { readBundle, type Source } from './bundle.ts'
import { Container } from './container.ts'
import { defaultRoot } from './default-root.ts'
import { checkTerminal, stdioFor } from './launch.ts'
import { type Limits, limited, reasonOf } from './limits.ts'
import { type Held, lockNew } from './lock.ts'
import { checkOptions, createOptions, eventsOptions, launchOptions, runOptions } from './options.ts'
import { type Answering, answeringOf, storable } from './notifications.ts'
import { notifyPolicy } from './policies.ts'
import { ContainerRecord } from './record.ts'
import { Root } from './root.ts'
import { newId, run, type RunOptions, type RunResult } from './run.ts'
import { settleCommandOf } from './settle-command.ts'
import { checkAnswered, profilesOf, withPolicy } from './seccomp-profiles.ts'
import { intendStages } from './stages.ts'
import { hasInit } from './phase.ts'
import {
  checkFree,
  checkId,
  claimFolder,
  listIds,
  notFound,
  readState,
  type StoredReceipt,
  type StoredState,
} from './store.ts'
import { View } from './view.ts'

export interface RuntimeOptions {
  /** The folder of state; default /run/stator, and $XDG_RUNTIME_DIR/stator for others than root. */
  readonly root?: string | undefined
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined
}

/** @internal What tests and the command line may choose. */
export interface InternalOptions extends RuntimeOptions {
  readonly actors: Actors
  /** A program and its arguments, without the root's. */
  readonly settle: readonly string[]
  /**
   * `all`: every container of the root is looked at, recovered if need be, and watched, and so are those that come. `asked`:
   * only those that are asked for, as one command on one container needs.
   */
  readonly adopt: 'all' | 'asked'
  /** Whether ends are this process's to notice, of all containers; `asked` without it is for one short command. Default true. */
  readonly attach?: boolean
}

export type CreateOptions = Source &
  Limits & {
    /** Of A-Z, a-z, 0-9 and _+.-; at most 255 bytes. */
    readonly id: string
    /** Default `log`; with a terminal `pipe`. */
    readonly stdio?: Stdio | undefined
    readonly launch?: Launch | undefined
    /**
     * A seccomp policy in place of linux.seccomp: a name, as `default`, or with a slash in it the path of a file. See
     * docs/guide/seccomp.md.
     */
    readonly policy?: string | undefined
    /**
     * How what a filter notifies of (SCMP_ACT_NOTIFY) is answered: a policy, its name as `watch`, or with a slash in it the path of
     * a file. Kept with the container: a runtime that comes later goes on with it.
     */
    readonly notify?: string | NotifyPolicy | undefined
    /** Is asked what no rule of `notify` answers, as `notifications$` is. */
    readonly onNotification?: ((notification: SeccompNotification) => unknown) | undefined
    /** Kept with the container, and of no meaning to it. */
    readonly labels?: Readonly<Record<string, string>> | undefined
  }

/** A container as `snapshot` tells of it. */
export interface ContainerInfo {
  readonly id: string
  readonly status: OciStatus
  readonly pid: number | null
  readonly bundle: string
  readonly created: string
  readonly labels: Readonly<Record<string, string>>
}

export class Runtime implements AsyncDisposable {
  readonly emitter: RuntimeEmitter
  readonly #root: Root
  readonly #handles = new WeakMap<View, Container>()
  readonly #adopting = new Map<string, Promise<View | null>>()
  readonly #ignored = new Set<string>()
  #following: Subscription | null = null
  #closed: Promise<void> | null = null

  /** `openRuntime` makes it. */
  private constructor(root: Root) {
    this.#root = root
    this.emitter = new RuntimeEmitter(root.bus)
  }

  /** @internal */
  static async open({ root: given, actors, settle, adopt, attach = true, signal }: InternalOptions): Promise<Runtime> {
    const path = resolve(given ?? defaultRoot())
    const root = await Root.open(path, {
      actors,
      settle: settleCommandOf(path, settle),
      signal,
      ...(attach ? {} : { attached: null }),
    })
    const runtime = new Runtime(root)
    if (adopt === 'all') await runtime.#attend()
    return runtime
  }

  /** Absolute. */
  get root(): string {
    return this.#root.path
  }

  /** Everything that happens on the root from now on, whoever does it. Completes when the runtime is closed. */
  get events$(): Observable<RuntimeEvent> {
    return this.#root.bus.events$
  }

  /**
   * What seccomp filters (SCMP_ACT_NOTIFY) of the containers that this process answers for ask: each call waits for an answer, and the first
   * one wins. Subscribed, it keeps this process running. Completes when the runtime is closed.
   */
  get notifications$(): Observable<SeccompNotification> {
    return this.#root.notifications.notifications$
  }

  /**
   * Events one after the other, for `for await`: those after `since`, then what happens, until the runtime is closed. No gap,
   * no event twice. A slow reader costs no memory.
   *
   * @throws {StatorError} ERR_STATOR_CONFIG: an option. What is iterated rejects with ERR_STATOR_ABORTED when `signal` aborts,
   *   and with ERR_STATOR_CONFIG for a `since` that has not come yet
   */
  events(options: EventsOptions = {}): AsyncIterableIterator<RuntimeEvent, undefined> {
    checkOptions('events', options, eventsOptions)
    return this.#root.bus.events(options)
  }

  /**
   * What is, and the number of the event from which to follow on. What happens meanwhile may be in both, and is never in
   * neither.
   */
  async snapshot(): Promise<{ readonly containers: readonly ContainerInfo[]; readonly seq: number }> {
    this.#checkOpen()
    const { journal } = this.#root
    journal.refresh()
    const { lastSeq: seq } = journal
    const containers = (await this.list()).map((container) => container.toJSON())
    return { containers, seq }
  }

  /**
   * Makes a container, up to where its program would run.
   *
   * @throws {StatorError} ERR_STATOR_EXISTS, ERR_STATOR_ID, ERR_STATOR_CONFIG, ERR_STATOR_UNSUPPORTED: nothing was begun.
   *   Any other: what was begun was taken back; if not all could be, `left` says what, and `delete` tries again
   */
  async create(options: CreateOptions): Promise<Container> {
    return await this.#create(options, false)
  }

  /** @internal As `create`, with a filter that only learns what is called, and notifies of it. */
  async createRecorded(options: CreateOptions): Promise<Container> {
    return await this.#create(options, true)
  }

  async #create(options: CreateOptions, recording: boolean): Promise<Container> {
    this.#checkOpen()
    checkOptions('create', options, createOptions)
    const { id, stdio, labels = {}, policy } = options
    checkOptions('create: launch', options.launch ?? {}, launchOptions)
    const notify = typeof options.notify === 'string' ? notifyPolicy(options.notify) : options.notify
    const answering: Answering = { ...answeringOf(notify), onNotification: options.onNotification }
    const launch: Launch = { ...options.launch, ...(notify === undefined ? {} : { notify: storable(notify) }) }
    checkId(id)
    using limit = limited(`create "${id}"`, options, this.#root.closing)
    if (limit.signal.aborted) throw reasonOf(limit.signal)
    const view = this.#claim(id, options, { stdio, labels, launch, policy, answering, recording })
    await view.create(limit.signal)
    return this.#handle(view)
  }

  /** @throws {StatorError} ERR_STATOR_NOT_FOUND; ERR_STATOR_STATE: something else is in its folder */
  async get(id: string): Promise<Container> {
    this.#checkOpen()
    checkId(id)
    const known = this.#root.views.get(id)
    try {
      await known?.refresh(this.#root.closing)
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown
    }
    // What we knew may be gone, and another process has made a new one of that name.
    const view = known === undefined || known.phase === 'gone' ? await this.#adopt(id) : known
    if (view === null || view.phase === 'gone') throw notFound(id)
    return this.#handle(view)
  }

  /** All containers of the root, by id. A folder that is none is told of as `runtime.stateIgnored`. */
  async list(): Promise<Container[]> {
    this.#checkOpen()
    const containers: Container[] = []
    for (const id of listIds(this.#root.path).sort()) {
      const container = await this.get(id).catch((thrown: unknown) => this.#ignore(id, thrown))
      if (container !== null) containers.push(container)
    }
    return containers
  }

  /**
   * Creates, starts, waits and deletes, and gives back what was printed. Whatever fails, nothing is left.
   *
   * @example
   *   await using host = await hostBundle({ args: ['sort'] })
   *   const { exitCode, stdout } = await runtime.run({ bundle: host.bundle, input: 'b\na\n', timeoutMs: 10_000 })
   * @throws {StatorError} as `create` and `start`; ERR_STATOR_TIMEOUT, ERR_STATOR_ABORTED: it was killed
   */
  async run(options: RunOptions): Promise<RunResult> {
    this.#checkOpen()
    checkOptions('run', options, runOptions)
    const { timeoutMs, id = newId(), ...rest } = options
    checkId(id)
    using limit = limited(`run "${id}"`, options, this.#root.closing)
    const { signal } = limit
    return await run((create) => this.create(create), { ...rest, id, signal }, { signal })
  }

  /** Its root, and the containers that this process has looked at. */
  toJSON(): { readonly root: string; readonly containers: readonly string[] } {
    const { root } = this
    return { root, containers: [...this.#root.views.keys()].sort() }
  }

  /** @internal For `console.log`. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Runtime ${inspect(this.toJSON(), options)}`
  }

  /** Not available yet. */
  async restore(_options: object): Promise<never> {
    throw new StatorError('ERR_STATOR_UNSUPPORTED', 'restore: not available yet')
  }

  /**
   * Lets the containers live on, and ends everything else: what waits rejects with ERR_STATOR_CLOSED, a create under way is
   * taken back, a start or a delete is waited for, with its hooks. Twice is fine.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    const root = this.#root
    root.beginClose()
    this.#following?.unsubscribe()
    await Promise.allSettled(this.#adopting.values())
    await Promise.all([...root.views.values()].map((view) => view.queue.drained()))
    root.detach()
    // An init that ended while we were attached: its keeper has left it to us.
    for (const view of [...root.views.values()]) {
      if (hasInit(view.phase) && root.actors.readExit(view.folder) !== null) await view.refresh().catch(() => {})
    }
    if (this.#following !== null) root.tell({ type: 'runtime.closed', container: null, pid: process.pid })
    for (const session of root.sessions.values()) session.close()
    for (const view of root.views.values()) view.close()
    this.emitter.removeAllListeners()
    root.close()
  }

  /** The claim on an id: whatever is wrong with the options is said before, and what fails afterwards is undone. */
  #claim(
    id: string,
    source: Source,
    wish: Pick<CreateOptions, 'stdio' | 'policy'> & {
      readonly labels: ContainerInfo['labels']
      readonly launch: Launch
      readonly answering: Answering
      readonly recording: boolean
    },
  ): View {
    const root = this.#root
    const folder = root.folderOf(id)
    // First: its groups are there as well, and that they are in use would be true, and no help.
    checkFree(root.path, id)
    const { config, configText, bundle, rootfs } = withPolicy(readBundle(source, folder), wish.policy)
    const { labels, launch } = wish
    const stdio = stdioFor(config.process, wish.stdio, 'log', launch)
    checkTerminal(`create "${id}"`, config.process, stdio, launch)
    const { notifications } = root
    if (!wish.recording)
      checkAnswered('create', `create "${id}"`, profilesOf(config, launch), () =>
        notifications.wouldAnswer(wish.answering),
      )
    const receipts = new Map<string, StoredReceipt>()
    const live: Live = root.actors.createLive(root, receipts)
    live.recording = wish.recording
    const creation: Creation<Live> = { id, bundle, root: root.path, folder, rootfs, config, stdio, launch, live }
    try {
      intendStages(root.actors, creation, receipts)
    } catch (thrown) {
      // Another may have made it since.
      checkFree(root.path, id)
      throw thrown
    }
    root.journal.refresh()
    const since = root.journal.lastSeq
    const state: StoredState = {
      schema: 1,
      id,
      bundle,
      rootfs,
      ociVersion,
      created: new Date().toISOString(),
      stdio: typeof stdio === 'object' ? 'descriptors' : stdio,
      launch,
      labels,
      annotations: config.annotations ?? {},
      bootId: root.bootId,
      claim: randomBytes(6).toString('hex'),
      since,
      seq: since,
      status: 'creating',
      context: { id, init: null, keeper: null, exit: null, failure: null, image: null, stop: null },
      command: { name: 'create', owner: root.owner },
      keeperLost: false,
      receipts: Object.fromEntries(receipts),
    }
    const locks: Held[] = []
    const prepare = (prepared: string) => {
      const lock = lockNew(join(prepared, 'lock'))
      locks.push(lock)
      return lock
    }
    let held: Held
    try {
      held = claimFolder(root.path, state, configText, root.owner, prepare)
    } catch (error) {
      for (const lock of locks) lock.release()
      throw error
    }
    const view = View.ofCreation(new ContainerRecord(root, state, null, { isShared: false }), creation, receipts, held)
    root.views.set(id, view)
    notifications.register(id, wish.answering)
    return view
  }

  #handle(view: View): Container {
    let container = this.#handles.get(view)
    if (container === undefined) {
      container = new Container(view)
      this.#handles.set(view, container)
    }
    return container
  }

  async #attend(): Promise<void> {
    const root = this.#root
    root.publish([{ type: 'runtime.opened', container: null, pid: process.pid }])
    root.notifications.attend()
    // First, so that nothing falls between the two.
    this.#following = root.bus.foreign$.subscribe((event) => this.#follow(event))
    const adopted = listIds(root.path).map(async (id) => {
      try {
        await (await this.#adopt(id))?.adoptSessions()
      } catch (thrown) {
        this.#ignore(id, thrown)
      }
    })
    await Promise.all(adopted)
  }

  /** A container that is in the root and that we have not looked at. Recovers what was interrupted. */
  #adopt(id: string): Promise<View | null> {
    let adopting = this.#adopting.get(id)
    if (adopting === undefined) {
      adopting = this.#look(id).finally(() => this.#adopting.delete(id))
      this.#adopting.set(id, adopting)
    }
    return adopting
  }

  async #look(id: string): Promise<View | null> {
    const root = this.#root
    const found = readState(root.folderOf(id))
    if (found === null) return null
    const view = new View(new ContainerRecord(root, found.state, found.text, { isShared: true }))
    root.views.set(id, view)
    try {
      await view.refresh(root.closing)
      return view
    } catch (thrown) {
      if (isNotFound(thrown)) return null
      root.forget(view)
      throw thrown
    }
  }

  /** Another process has told of something. */
  #follow(event: RuntimeEvent): void {
    const { container: id } = event
    if (id === null) return
    const view = this.#root.views.get(id)
    if (event.type === 'exec.starting') {
      const found = view === undefined ? this.#adopt(id) : Promise.resolve(view)
      found.then((view) => view?.watchSessionsOf(event.owner)).catch((thrown: unknown) => this.#ignore(id, thrown))
      return
    }
    if (!('transition' in event)) return
    // Of the others state.json tells at most who is at it.
    const done = view === undefined ? this.#adopt(id) : isStored(event) ? view.follow(event.seq) : view.refresh()
    done.catch((thrown: unknown) => this.#ignore(id, thrown))
  }

  /** Told once: what is wrong with it does not change by itself. */
  #ignore(id: string, thrown: unknown): null {
    if (isNotFound(thrown) || this.#root.closing.aborted || this.#ignored.has(id)) return null
    this.#ignored.add(id)
    const error = toStatorError(thrown, 'ERR_STATOR_STATE')
    const path = this.#root.folderOf(id)
    this.#root.tell({ type: 'runtime.stateIgnored', container: id, path, error: error.toJSON() })
    return null
  }

  #checkOpen(): void {
    if (this.#root.closing.aborted) throw reasonOf(this.#root.closing)
  }
}

/** Steps that state.json is written for; the others are on the way to them. */
function isStored({ type }: RuntimeEvent): boolean {
  return type !== 'lifecycle.starting' && type !== 'lifecycle.stopping' && type !== 'lifecycle.undoing'
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof StatorError && thrown.code === 'ERR_STATOR_NOT_FOUND'
}
