// A further process in a container, as people hold it: its streams, its end. Its actor is a root actor of its own machine.

import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { inspect, type InspectOptions } from 'node:util'
import { type Actor, createActor } from 'xstate'
import type { Launch, Processes, Stdio } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { WatchedEnd } from '../actors/process/end.ts'
import type { Live } from '../actors/process/live.ts'
import { DIES_WITHIN_MS } from '../actors/process/survivor.ts'
import { errorFromRecord, StatorError, toStatorError } from '../errors.ts'
import type { ExecMachine } from '../machines/exec.ts'
import type { Fd } from '../native/fd.ts'
import { hold } from '../native/poller.ts'
import type { WindowSize } from '../native/terminal.ts'
import { isEnding } from '../native/process-stat.ts'
import type { Capabilities, Process, ProcessInput, Seccomp, User } from '../oci/config.ts'
import { normalizeProcess } from '../oci/parse.ts'
import {
  beginLaunch,
  finishSession,
  makeSession,
  nobody,
  removeSession,
  sessionFolder,
  type StoredSession,
  writeSession,
} from './exec-store.ts'
import { checkTerminal, resizeTerminal, stdioFor } from './launch.ts'
import { type Limits, limited, orAborted, reasonOf } from './limits.ts'
import { type LogLine, type LogOptions, type LogSource, missingLog, readLines } from './logs.ts'
import {
  checkOptions,
  checkValue,
  execOptions,
  killSignal,
  launchOptions,
  limitsOptions,
  windowOptions,
} from './options.ts'
import { explained, wereKilled } from './out-of-memory.ts'
import { answeringOf } from './notifications.ts'
import { checkAnswered, profilesOf } from './seccomp-profiles.ts'
import { statusOf } from './phase.ts'
import { unknownExit } from './states.ts'
import { notFound, readState } from './store.ts'
import { closeStreams, endInput } from './streams.ts'
import type { View } from './view.ts'

export interface ExecOptions extends Limits {
  /** The program and its arguments; the rest of the process is as in config.json. Not needed with `process`. */
  readonly args?: readonly string[] | undefined
  /** Added to the container's own: `NAME=value`, or names with values. */
  readonly env?: readonly string[] | Readonly<Record<string, string>> | undefined
  readonly cwd?: string | undefined
  readonly user?: User | undefined
  /** Added to the bounding, effective and permitted sets; and to the ambient one, if the container has an inheritable one. */
  readonly capabilities?: readonly string[] | undefined
  readonly noNewPrivileges?: boolean | undefined
  /** A terminal of its own: `stdin` and `stdout` are its master, and there is no `stderr`. */
  readonly tty?: boolean | undefined
  /** Default `pipe`. */
  readonly stdio?: Stdio | undefined
  readonly launch?: Launch | undefined
  /**
   * Groups below the container's own, which must be there: of all hierarchies (key empty, the one of cgroup v2), or by controller
   * of version 1.
   */
  readonly cgroup?: Readonly<Record<string, string>> | undefined
  /** The whole process, as config.json has it: in place of the container's, with what is asked for besides. */
  readonly process?: ProcessInput | undefined
}

/** What a launch is told beside the process. */
interface Wish {
  readonly stdio: Stdio
  readonly launch: Launch
  readonly cgroup: Readonly<Record<string, string>>
}

/** How long the end of a container may take to come after that of a process in it. */
const ENDS_WITHIN_MS = 1000

/** Where a session is in its life. */
export type ExecStatus = 'starting' | 'running' | 'stopped' | 'failed'

export class ExecSession implements AsyncDisposable {
  readonly id: string
  /** The container's id. */
  readonly container: string
  readonly args: readonly string[]
  readonly #view: View
  readonly #process: Process
  readonly #wish: Wish
  readonly #signal: AbortSignal
  readonly #live: Live
  readonly #actor: Actor<ExecMachine>
  #end: WatchedEnd | null = null
  #stored: StoredSession | null = null
  #thrown: StatorError | null = null
  /** How many of the container's processes had been killed for want of memory; not asked without a limit. */
  #killsBefore = 0

  private constructor(view: View, process: Process, wish: Wish, signal: AbortSignal) {
    const { root, id } = view
    this.id = randomBytes(6).toString('hex')
    this.container = id
    this.args = process.args
    this.#view = view
    this.#process = process
    this.#wish = wish
    this.#signal = signal
    this.#live = root.actors.createLive(root, view.receipts)
    this.#actor = createActor(root.execMachine, { input: { id: this.id, container: id } })
  }

  /**
   * Starts a process in a container that runs.
   *
   * @internal `Container.exec` is for everybody.
   * @throws {StatorError} ERR_STATOR_STATUS; ERR_STATOR_PROGRAM: the program cannot be started; ERR_STATOR_CONFIG
   */
  static async start(view: View, options: ExecOptions): Promise<ExecSession> {
    const what = `exec in "${view.id}"`
    checkOptions(what, options, execOptions)
    if (options.process === undefined) checkValue(what, 'args', options.args, execOptions.get('args')!)
    using limit = limited(what, options, view.root.closing)
    if (limit.signal.aborted) throw reasonOf(limit.signal)
    if (view.status !== 'running') await view.refresh(limit.signal)
    if (view.status !== 'running') {
      const why = view.status === 'paused' ? 'container is paused' : 'container not running'
      throw new StatorError('ERR_STATOR_STATUS', `${what}: ${why}`)
    }
    const { launch = {}, cgroup = {} } = options
    checkOptions(`${what}: launch`, launch, launchOptions)
    const process = processOf(view, options)
    const stdio = stdioFor(process, options.stdio, 'pipe', launch)
    checkTerminal(what, process, stdio, launch)
    // The keyring is the container's own, where it has one.
    const { newKeyring } = { ...view.stored.launch, ...launch }
    const wish = { stdio, launch: { ...launch, newKeyring }, cgroup }
    const { notifications } = view.root
    if (!notifications.isAnswered(view.id)) notifications.register(view.id, answeringOf(view.stored.launch.notify))
    const profiles = profilesOf(view.config, view.stored.launch)
    checkAnswered('exec', what, profiles, () => notifications.isAnswered(view.id))
    const session = new ExecSession(view, process, wish, limit.signal)
    await session.#launch()
    return session
  }

  get status(): ExecStatus {
    return this.#actor.getSnapshot().value
  }

  /** Its actor, whose machine is `execMachine`. */
  get actor(): Actor<ExecMachine> {
    return this.#actor
  }

  /** As the host numbers it; null once it has ended. */
  get pid(): number | null {
    const { process, exit } = this.#actor.getSnapshot().context
    return exit === null ? (process?.pid ?? null) : null
  }

  /** With stdio `pipe`, else null. */
  get stdin(): Writable | null {
    return this.#live.streams.stdin ?? null
  }

  get stdout(): Readable | null {
    return this.#live.streams.stdout ?? null
  }

  get stderr(): Readable | null {
    return this.#live.streams.stderr ?? null
  }

  /** Resolves with its end. @throws {StatorError} ERR_STATOR_CLOSED, ERR_STATOR_ABORTED, ERR_STATOR_TIMEOUT */
  async wait(limits: Limits = {}): Promise<Exit> {
    checkOptions(`wait for exec "${this.id}"`, limits, limitsOptions)
    const { exit } = this.#actor.getSnapshot().context
    if (exit !== null) return exit
    using limit = limited(`wait for exec "${this.id}"`, limits, this.#view.root.closing)
    const release = hold()
    try {
      const ended = new Promise<Exit>((resolve) => {
        const subscription = this.#actor.subscribe(({ context }) => {
          if (context.exit === null) return
          subscription.unsubscribe()
          resolve(context.exit)
        })
      })
      return await orAborted(ended, limit.signal)
    } finally {
      release()
    }
  }

  /** Sends a signal. @throws {StatorError} ERR_STATOR_STATUS: it has ended; ERR_STATOR_CONFIG: no such signal */
  async kill(signal: string | number = 'SIGTERM'): Promise<void> {
    checkValue(`kill exec "${this.id}"`, 'signal', signal, killSignal)
    const { process, keeper, exit } = this.#actor.getSnapshot().context
    if (process === null || keeper === null || exit !== null) {
      throw new StatorError('ERR_STATOR_STATUS', `exec "${this.id}": process not running`)
    }
    this.#view.root.actors.signalInit({ init: process, keeper }, signal)
  }

  /** @internal The master of its terminal, where it is this process's. It stays the session's. */
  get terminal(): Fd | null {
    return this.#live.terminal ?? null
  }

  /** Of its terminal, in characters. @throws {StatorError} ERR_STATOR_STATUS: it has none here, or has ended */
  async resize(size: WindowSize): Promise<void> {
    const what = `resize exec "${this.id}"`
    checkOptions(what, size, windowOptions)
    resizeTerminal(what, this.#live.terminal, size)
  }

  /**
   * What it has printed, with stdio `log`. It is kept until the container is deleted.
   *
   * @throws {StatorError} ERR_STATOR_NOT_FOUND: the container was deleted; ERR_STATOR_STATUS: nothing is kept
   */
  logs(options: LogOptions = {}): AsyncGenerator<LogLine, void, undefined> {
    const source: LogSource = {
      what: `logs of exec "${this.id}"`,
      path: `${this.#folder}/log/stdio`,
      kept: this.#wish.stdio === 'log',
      missing: () => missingLog(this.#view.folder, notFound(this.container)),
      watch: this.#view.root.watch,
      closing: this.#view.root.closing,
      hasEnded: () => this.status !== 'running',
      onEnd: (wake) => {
        const subscription = this.#actor.subscribe(() => wake())
        return () => subscription.unsubscribe()
      },
    }
    return readLines(source, options)
  }

  toJSON(): Pick<ExecSession, 'id' | 'container' | 'args' | 'status' | 'pid'> {
    const { id, container, args, status, pid } = this
    return { id, container, args, status, pid }
  }

  /** @internal For `console.log`. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `ExecSession ${inspect(this.toJSON(), options)}`
  }

  /**
   * Kills it if it still runs, and waits for its end.
   *
   * @throws {StatorError} ERR_STATOR_TIMEOUT: it has not died. Who has frozen the container thaws it: for one session it is not done.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.status !== 'running') return
    await this.kill('SIGKILL').catch(() => {})
    await this.wait({ timeoutMs: DIES_WITHIN_MS })
  }

  /** @internal The runtime closes. Its process may live on: that nobody here will tell of the end has to be stored. */
  close(): void {
    this.#end?.close()
    this.#live[Symbol.dispose]()
    if (this.#stored === null || this.status !== 'running') return
    try {
      writeSession(this.#view.folder, { ...this.#stored, owner: nobody })
    } catch (thrown) {
      // The container was deleted meanwhile, and the session with it.
      if ((thrown as StatorError).errno !== 'ENOENT') this.#warn(thrown)
    }
  }

  /** @internal The stage of the chart. */
  async launch(): Promise<Processes> {
    const { root, folder, config, receipts } = this.#view
    if ((config.linux?.resources?.memory?.limit ?? 0n) > 0n) this.#killsBefore = this.#kills()
    try {
      using right = beginLaunch(folder)
      const { rootfs, processes } = this.#runningContainer(right !== null)
      const profiles = profilesOf(config, this.#view.stored.launch)
      this.#live.onListener = (listener) => this.#listen(listener, profiles)
      const stored: StoredSession = { id: this.id, args: this.args, owner: root.owner, processes: null, exit: null }
      return await root.actors.launchExec(
        {
          id: this.container,
          config,
          rootfs,
          root: root.path,
          profiles,
          folder: makeSession(folder, stored),
          processes,
          process: this.#process,
          ...this.#wish,
          live: this.#live,
          cloned: (processes) => {
            writeSession(folder, (this.#stored = { ...stored, processes }))
            // From now on a delete finds them.
            right?.release()
          },
        },
        receipts,
        this.#signal,
      )
    } catch (thrown) {
      // The chart's record of it has no cause and no stack.
      const reason = explained(thrown, config, () => this.#kills() - this.#killsBefore)
      throw (this.#thrown = await this.#explained(reason))
    }
  }

  /** Its process has loaded a filter that notifies. */
  async #listen(listener: Fd, profiles: readonly Seccomp[]): Promise<void> {
    const { root, ociState: state } = this.#view
    const pid = this.#live.processes?.init.pid ?? 0
    const listening = { container: this.container, exec: this.id, folder: this.#folder, profiles, pid, state }
    await root.notifications.begin(listener, listening)
  }

  /**
   * What stands in state.json, under the right to launch.
   *
   * @throws {StatorError} ERR_STATOR_NOT_FOUND; ERR_STATOR_STATUS
   */
  #runningContainer(mayLaunch: boolean): { readonly rootfs: string; readonly processes: Processes } {
    const view = this.#view
    const found = readState(view.folder)?.state
    if (found === undefined || found.claim !== view.stored.claim) throw notFound(this.container)
    const { status, rootfs, context } = found
    const { init, keeper } = context
    const runs = view.status === 'running' && statusOf(status) === 'running'
    if (!mayLaunch || !runs || init === null || keeper === null) throw this.#notRunning()
    return { rootfs, processes: { init, keeper } }
  }

  #notRunning(cause?: unknown): StatorError {
    return new StatorError('ERR_STATOR_STATUS', `exec in "${this.container}": container not running`, {}, { cause })
  }

  /** Of a container that is ended or deleted while it is being entered, that is the reason, and not the call that noticed. */
  async #explained(thrown: unknown): Promise<StatorError> {
    const error = toStatorError(thrown, 'ERR_STATOR_STAGE', { stage: 'launching' })
    if (error.code === 'ERR_STATOR_NOT_FOUND') return notFound(this.container)
    const { processes } = this.#view
    const isSaid = error.code !== 'ERR_STATOR_STAGE' && error.code !== 'ERR_STATOR_PLATFORM'
    if (isSaid || (processes !== null && !(await this.#ends(processes.init, error)))) return error
    return this.#notRunning(error)
  }

  /**
   * Killed with the container, this process may be gone before the container's init is: init ends last of its pid namespace. And a step that
   * enters what is about to end fails before that has ended.
   */
  async #ends(init: Processes['init'], { stepIndex }: StatorError): Promise<boolean> {
    if (stepIndex !== undefined && !isEnding(init)) return false
    return this.#view.root.actors.endsWithin(init, ENDS_WITHIN_MS)
  }

  /** Of the container, since it was made. */
  #kills(): number {
    return this.#view.root.actors.oomKills(this.#view.receipts)
  }

  get #folder(): string {
    return sessionFolder(this.#view.folder, this.id)
  }

  async #launch(): Promise<void> {
    const { root } = this.#view
    const { pid, startTime } = root.owner
    const about = { container: this.container, exec: this.id }
    root.publish([{ type: 'exec.starting', ...about, args: this.args, owner: { pid, startTime } }])
    root.sessions.set(this.id, this)
    const settled = new Promise<void>((resolve) => {
      this.#actor.subscribe({
        next: ({ value }) => {
          if (value !== 'starting') resolve()
        },
        error: (error) => {
          this.#thrown = toStatorError(error, 'ERR_STATOR_STAGE')
          resolve()
        },
      })
    })
    this.#actor.start()
    await settled
    const { value, context } = this.#actor.getSnapshot()
    const { process, keeper, failure } = context
    if (value === 'failed' || process === null || keeper === null) {
      const error = this.#thrown ?? errorFromRecord(failure ?? { code: 'ERR_STATOR_STAGE', message: 'exec failed' })
      throw this.#fail(error)
    }
    this.#view.keepStreams(this.#live.streams)
    try {
      this.#end = root.actors.watchEnd({
        folder: this.#folder,
        processes: { init: process, keeper },
        isWatched: this.#wish.launch.parent === 'caller',
      })
    } catch (thrown) {
      // Nobody would learn of its end.
      await root.actors.endProcesses({ init: process, keeper })
      throw this.#fail(toStatorError(thrown, 'ERR_STATOR_PLATFORM'))
    }
    void this.#end.ended.then(
      (ended) => {
        const oomKilled = ended.signal === 'SIGKILL' && wereKilled(() => this.#kills(), this.#killsBefore)
        this.#over({ ...ended, oomKilled })
      },
      // Its keeper is gone, and no descriptor is left to watch it with.
      (thrown: unknown) => {
        this.#warn(thrown)
        this.#over(unknownExit(process.pid))
      },
    )
    // The program runs: that it cannot be told, as the disk is full, is no reason to say that it does not.
    root.tell({ type: 'exec.started', ...about, pid: process.pid })
  }

  #over(exit: Exit): void {
    this.#actor.send({ type: 'process.exited', exit })
    this.#view.root.tell({ type: 'exec.exited', container: this.container, exec: this.id, exit })
    try {
      this.#forget(exit)
    } catch (thrown) {
      this.#warn(thrown) // the folder goes with the container
    }
  }

  #warn(thrown: unknown): void {
    const { message } = toStatorError(thrown, 'ERR_STATOR_PLATFORM')
    process.emitWarning(`exec "${this.id}" in container "${this.container}": ${message}`, 'StatorWarning')
  }

  #fail(error: StatorError): StatorError {
    this.#view.root.tell({ type: 'exec.failed', container: this.container, exec: this.id, error: error.toJSON() })
    this.#forget(null)
    closeStreams(this.#live.streams)
    return error
  }

  /** @param exit null: it was never started */
  #forget(exit: Exit | null): void {
    const { folder, root } = this.#view
    root.sessions.delete(this.id)
    this.#live[Symbol.dispose]()
    endInput(this.#live.streams)
    if (exit === null || this.#stored === null) removeSession(folder, this.id)
    else finishSession(folder, this.#stored, exit)
  }
}

/** The container's process, with what is different. */
function processOf({ config }: View, options: ExecOptions): Process {
  const { args, env, cwd, user, capabilities, noNewPrivileges, tty } = options
  const added =
    env === undefined ? [] : isList(env) ? env : Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const { terminal, consoleSize, ...own } = config.process
  const process: ProcessInput = options.process ?? own
  return normalizeProcess({
    ...process,
    ...(args === undefined ? {} : { args }),
    env: [...(process.env ?? []), ...added],
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
    ...(tty === undefined ? {} : { terminal: tty }),
    ...(capabilities === undefined ? {} : { capabilities: withCapabilities(process.capabilities, capabilities) }),
  })
}

/** As runc adds them. */
function withCapabilities(sets: Capabilities = {}, added: readonly string[]): Capabilities {
  const names = added.map((name) => (/^CAP_/i.test(name) ? name : `CAP_${name}`).toUpperCase())
  const plus = (set: readonly string[] = []) => [...new Set([...set, ...names])]
  const { bounding, effective, permitted, ambient, inheritable } = sets
  const hasInheritable = Boolean(inheritable?.length)
  return {
    ...sets,
    bounding: plus(bounding),
    effective: plus(effective),
    permitted: plus(permitted),
    ...(hasInheritable ? { ambient: plus(ambient) } : {}),
  }
}

function isList(env: NonNullable<ExecOptions['env']>): env is readonly string[] {
  return Array.isArray(env)
}
