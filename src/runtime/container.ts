// A container as people hold it: each method sends one event and awaits one state. What it knows is its view's (view.ts).

import { Readable, type Writable } from 'node:stream'
import { inspect, type InspectOptions } from 'node:util'
import type { Observable } from 'rxjs'
import type { Exit } from '../actors/exit.ts'
import type { Stats } from '../actors/stats.ts'
import type { RuntimeEvent } from '../bus/event.ts'
import { StatorError, toStatorError, type StatorErrorCode } from '../errors.ts'
import { type ContainerActor, type ContainerSnapshot, defaultStop } from '../machines/container.ts'
import type { Fd } from '../native/fd.ts'
import { hold } from '../native/poller.ts'
import type { WindowSize } from '../native/terminal.ts'
import type { Spec } from '../oci/config.ts'
import type { OciState, OciStatus } from '../oci/state.ts'
import { type ExecOptions, ExecSession } from './exec-session.ts'
import { resizeTerminal } from './launch.ts'
import { type Limits, limited, never, reasonOf } from './limits.ts'
import {
  type LogFrame,
  type LogLine,
  type LogOptions,
  type LogSource,
  missingLog,
  readBytes,
  readLines,
} from './logs.ts'
import {
  awaitedStatus,
  checkOptions,
  checkReadiness,
  checkValue,
  deleteOptions,
  interval,
  killOptions,
  killSignal,
  limitsOptions,
  stopOptions,
  windowOptions,
} from './options.ts'
import { lineIn, portOpen, type Readiness, repeated } from './ready.ts'
import type { ContainerInfo } from './runtime.ts'
import { hasInit, type Phase } from './phase.ts'
import { isStable } from './states.ts'
import { oomKills$, processesOf, readStats, stats$ } from './statistics.ts'
import { notFound } from './store.ts'
import type { View } from './view.ts'

export interface StopOptions {
  /** The first signal; default SIGTERM. */
  readonly signal?: string | number | undefined
  /** Until SIGKILL follows; default 10,000, `Infinity` for never. */
  readonly timeoutMs?: number | undefined
  /** Gives up: the container goes on if it has not ended. */
  readonly abortSignal?: AbortSignal | undefined
}

export interface KillOptions extends Limits {
  /** Every process of the container, and not init alone. */
  readonly all?: boolean | undefined
}

export interface DeleteOptions extends Limits {
  /** Kills a container that runs. One that does not exist is fine. */
  readonly force?: boolean | undefined
}

/** An OCI status, or the end of everything. */
export type AwaitedStatus = OciStatus | 'deleted'

export class Container implements AsyncDisposable {
  readonly #view: View
  readonly #readables = new Map<LogFrame['stream'], Readable>()

  /** @internal `create`, `get` and `list` make it. */
  constructor(view: View) {
    this.#view = view
  }

  get id(): string {
    return this.#view.id
  }

  /** The last known OCI status. Other processes' doings arrive a moment later: `refresh` looks now. */
  get status(): OciStatus {
    return this.#view.status
  }

  /** Of init, as the host numbers it; null when there is none. */
  get pid(): number | null {
    return hasInit(this.#view.phase) ? (this.#view.processes?.init.pid ?? null) : null
  }

  /** As the `state` of an OCI runtime has it. */
  get state(): OciState {
    return this.#view.ociState
  }

  get bundle(): string {
    return this.#view.stored.bundle
  }

  /** The root file system: absolute, without symbolic links. */
  get rootfs(): string {
    return this.#view.stored.rootfs
  }

  /** @internal Where its state is kept. */
  get folder(): string {
    return this.#view.folder
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#view.stored.labels
  }

  /** When it was created: ISO 8601. */
  get created(): string {
    return this.#view.stored.created
  }

  /** The machine, live. It is replaced when another process has gone further: ask again, or use `snapshot$`. */
  get actor(): ContainerActor {
    return this.#view.actor
  }

  /** The snapshots of the machine, across replacements; completes when the container is deleted. */
  get snapshot$(): Observable<ContainerSnapshot> {
    return this.#view.snapshot$
  }

  /** Everything that has happened to it, from its creation, and then what happens. */
  get events$(): Observable<RuntimeEvent> {
    return this.#view.root.bus.containerEvents$(this.id, this.#view.record.since)
  }

  /** With stdio `pipe`, in the process that made the container; else null. */
  get stdin(): Writable | null {
    return this.#view.streams.stdin ?? null
  }

  /** With stdio `pipe` the pipe, in the process that made it; with `log` all that was and will be printed; else null. */
  get stdout(): Readable | null {
    return this.#view.streams.stdout ?? this.#readable('stdout')
  }

  /** As `stdout`. */
  get stderr(): Readable | null {
    return this.#view.streams.stderr ?? this.#readable('stderr')
  }

  /** Its configuration, as it was given, with everything in its place. */
  get config(): Spec {
    return this.#view.config
  }

  /** @internal The master of its terminal, where it is this process's. It stays the container's. */
  get terminal(): Fd | null {
    return this.#view.terminal ?? null
  }

  /** Of its terminal, in characters. @throws {StatorError} ERR_STATOR_STATUS: it has none here, or has ended */
  async resize(size: WindowSize): Promise<void> {
    const what = `resize "${this.id}"`
    checkOptions(what, size, windowOptions)
    resizeTerminal(what, this.#view.terminal, size)
  }

  /**
   * Asks the state folder and the kernel.
   *
   * @throws {StatorError} ERR_STATOR_NOT_FOUND: it was deleted
   */
  async refresh(limits: Limits = {}): Promise<OciStatus> {
    using limit = this.#limited('refresh', limits)
    if (this.#view.phase === 'gone') throw notFound(this.id)
    await this.#view.refresh(limit.signal)
    return this.status
  }

  /**
   * Lets the program run. Resolves when it does: what keeps it from being executed, and a startContainer or poststart hook
   * that fails, is this promise's error, and the container has ended; so it has when a limit is reached.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: it was started before; ERR_STATOR_PROGRAM; ERR_STATOR_HOOK
   */
  async start(limits: Limits = {}): Promise<void> {
    const view = this.#view
    using limit = this.#limited('start', limits, never)
    await view.act('start', limit.signal, async () => {
      if (!view.can({ type: 'start' })) {
        const { status } = view
        throw this.#refusal(
          'start',
          status === 'stopped'
            ? 'cannot start a container that has stopped'
            : status === 'running'
              ? 'cannot start an already running container'
              : `container is ${status} already`,
        )
      }
      const { startContainer, poststart } = view.config.hooks ?? {}
      const goesOn = Boolean(poststart?.length)
      if (goesOn || startContainer?.length) view.letGo({ goesOn })
      view.send({ type: 'start' })
      await view.reached(isAtRest)
      if (view.hasFailed) throw this.#named('start', view.failure())
      if (goesOn) await this.#poststart(limit.signal)
    })
  }

  /**
   * Resolves when the container has this status, at once if it has.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: it cannot come any more; the reason of a limit
   */
  async until(status: AwaitedStatus, limits: Limits = {}): Promise<void> {
    const view = this.#view
    checkValue(`wait until "${this.id}" has a status`, 'the status', status, awaitedStatus)
    using limit = this.#limited(`wait until "${this.id}" is ${status}`, limits)
    const release = hold()
    try {
      await view.reached((phase) => standing(phase, view.status, status) !== 'may come', limit.signal)
    } finally {
      release()
    }
    if (standing(view.phase, view.status, status) === 'never') {
      throw new StatorError(
        'ERR_STATOR_STATUS',
        `wait until "${this.id}" is ${status}: it is ${view.phase === 'gone' ? 'deleted' : view.status}`,
      )
    }
  }

  /**
   * Resolves when the container is ready for use.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: it has ended before; the reason of a limit
   */
  async waitFor(readiness: Readiness, limits: Limits = {}): Promise<void> {
    checkReadiness(`wait for "${this.id}"`, readiness)
    const what = `wait for ${JSON.stringify(readiness, (_, value: unknown) => (value instanceof RegExp ? String(value) : value))} of "${this.id}"`
    using limit = this.#limited(what, limits)
    const view = this.#view
    const ended = new AbortController()
    const signal = AbortSignal.any([limit.signal, ended.signal])
    const release = hold()
    try {
      if ('log' in readiness) {
        await lineIn(this.logs({ follow: true, signal }), readiness.log, what)
        return
      }
      const goes = view.reached((phase) => !hasInit(phase) && phase !== 'creating', signal)
      goes.then(
        () => ended.abort(new StatorError('ERR_STATOR_STATUS', `${what}: container not running`)),
        () => {},
      )
      if ('port' in readiness) {
        const pid = view.processes?.init.pid ?? 0
        await portOpen(pid, readiness.port, signal)
        return
      }
      const { args, intervalMs = 500 } = readiness.healthcheck
      await repeated(() => this.#isHealthy(args, signal), intervalMs, signal)
    } finally {
      ended.abort(new StatorError('ERR_STATOR_ABORTED', `${what}: over`))
      release()
    }
  }

  /**
   * Resolves with the end of init, also when that is long ago.
   *
   * @returns `code` and `signal` both null: the keeper was killed before it could tell
   * @throws {StatorError} ERR_STATOR_NOT_FOUND: it was deleted before it was started
   */
  async wait(limits: Limits = {}): Promise<Exit> {
    const view = this.#view
    using limit = this.#limited('wait for', limits)
    const release = hold()
    try {
      await view.reached(
        (phase) => phase === 'stopped' || phase === 'gone' || (!hasInit(phase) && view.exit !== null),
        limit.signal,
      )
    } finally {
      release()
    }
    if (view.exit === null) throw notFound(this.id)
    return view.exit
  }

  /**
   * Sends a signal to init. Changes no state; the end that may follow does. While it is created, a signal that would end a
   * program (SIGTERM too) is SIGKILL, and so the exit code 137: pid 1 gets no signal that it does not handle, and it would be
   * lost.
   *
   * @param signal `SIGHUP`, `HUP` or 1
   * @throws {StatorError} ERR_STATOR_STATUS: container not running; ERR_STATOR_CONFIG: no such signal
   */
  async kill(signal: string | number = 'SIGTERM', options: KillOptions = {}): Promise<void> {
    const view = this.#view
    checkValue(`kill "${this.id}"`, 'signal', signal, killSignal)
    checkOptions(`kill "${this.id}"`, options, killOptions)
    const { all = false, ...limits } = options
    using limit = this.#limited('kill', limits)
    if (!hasInit(view.phase)) await view.refresh(limit.signal)
    const { processes } = view
    try {
      // Without a pid namespace of its own there may be some who have outlived init.
      if (all && !isHeldAtGate(view.status) && view.root.actors.signalAll(view.receipts, signal) > 0) return
      if (processes === null || !hasInit(view.phase)) throw this.#refusal('kill', 'container not running')
      view.root.actors.signalInit(processes, signal, view.receipts)
    } catch (thrown) {
      throw this.#named('kill', thrown)
    }
  }

  /**
   * Sends a signal, and SIGKILL when the time is up. Resolves with the end; at once if the container has ended before.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: it has not been started; ERR_STATOR_ABORTED: it goes on
   */
  async stop(options: StopOptions = {}): Promise<Exit> {
    const view = this.#view
    checkOptions(`stop "${this.id}"`, options, stopOptions)
    const { signal, timeoutMs, abortSignal } = options
    using limit = this.#limited('stop', { signal: abortSignal })
    return await view.act('stop', limit.signal, async () => {
      if (view.phase === 'stopped' && view.exit !== null) return view.exit
      const event = {
        type: 'stop',
        signal: signal ?? defaultStop.signal,
        timeoutMs: timeoutMs ?? defaultStop.timeoutMs,
      } as const
      if (!view.can(event))
        throw this.#refusal(
          'stop',
          view.status === 'created' ? 'container is created only (delete it)' : 'container not running',
        )
      // Others may send it a signal meanwhile, and find out that a stop waits for its end.
      view.letGo({ goesOn: false })
      view.send(event)
      await view.reached(isAtRest)
      if (view.phase !== 'stopped' || view.exit === null) throw view.failure()
      return view.exit
    })
  }

  /**
   * Starts a further process in the container. Resolves when its program runs.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: container not running; ERR_STATOR_PROGRAM: it cannot be executed
   */
  async exec(options: ExecOptions): Promise<ExecSession> {
    return ExecSession.start(this.#view, options)
  }

  /**
   * What it has used so far, as its own control groups count it. What nobody counts for it is absent.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: container not running
   */
  async stats(limits: Limits = {}): Promise<Stats> {
    using limit = this.#limited('stats', limits)
    return await readStats(this.#view, limit.signal)
  }

  /**
   * The same at once and then at every interval. Completes when the container has ended; errors with ERR_STATOR_STATUS when it
   * had before.
   *
   * @param intervalMs from 1
   */
  stats$(intervalMs: number): Observable<Stats> {
    checkValue(`stats$ "${this.id}"`, 'intervalMs', intervalMs, interval)
    return stats$(this.#view, intervalMs)
  }

  /**
   * How many of its processes the kernel has killed for want of memory: the count at once, and whenever it has grown. Completes
   * when the container has ended, after what that has brought to light. Nothing where the kernel does not count them.
   */
  get oomKills$(): Observable<number> {
    return oomKills$(this.#view)
  }

  /**
   * All processes in its control groups, exec sessions and their children too: pids as the host numbers them, ascending. Those of
   * a pid namespace that is not below this process's have no number here, and are left out.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: container not running
   */
  async processes(limits: Limits = {}): Promise<readonly number[]> {
    using limit = this.#limited('processes', limits)
    return await processesOf(this.#view, limit.signal)
  }

  /**
   * What it has printed, with stdio `log`, line by line; with `follow` until it has ended. Goes with the container: read it
   * before `delete`. Whoever reads by then still gets all of it.
   *
   * @throws {StatorError} ERR_STATOR_NOT_FOUND: the container was deleted; ERR_STATOR_STATUS: nothing is kept
   */
  logs(options: LogOptions = {}): AsyncGenerator<LogLine, void, undefined> {
    return readLines(this.#log(), options)
  }

  /**
   * Takes everything away that was made for the container, and its folder.
   *
   * @throws {StatorError} ERR_STATOR_STATUS: it runs, and `force` is not given; ERR_STATOR_NOT_FOUND; any other: what `left`
   *   lists is still there, and another delete tries again
   */
  async delete(options: DeleteOptions = {}): Promise<void> {
    const view = this.#view
    checkOptions(`delete "${this.id}"`, options, deleteOptions)
    const { force = false, ...limits } = options
    using limit = this.#limited('delete', limits, never)
    // A stop of ours that still waits has no point any more.
    if (force && view.phase === 'stopping') await this.kill('SIGKILL').catch(() => {})
    try {
      await view.act('delete', limit.signal, async () => {
        const event = { type: 'delete', force } as const
        if (!view.can(event)) {
          throw this.#refusal('delete', `cannot delete container that is not stopped: ${view.status} (or use force)`)
        }
        if (view.config.hooks?.poststop?.length) view.letGo({ goesOn: true })
        view.send(event)
        const reached = await view.reached(
          (phase) => phase === 'gone' || phase === 'failed' || phase === 'running' || phase === 'paused',
        )
        if (reached !== 'gone') throw view.failure()
      })
    } catch (thrown) {
      if (!(force && thrown instanceof StatorError && thrown.code === 'ERR_STATOR_NOT_FOUND')) throw thrown
    }
  }

  /** As `snapshot` tells of it. */
  toJSON(): ContainerInfo {
    const { id, status, pid, bundle, created, labels } = this
    return { id, status, pid, bundle, created, labels }
  }

  /** @internal For `console.log`. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { id, status, pid, bundle } = this
    return `Container ${inspect({ id, status, pid, bundle }, options)}`
  }

  /** Not available yet. */
  async pause(_limits?: Limits): Promise<void> {
    throw this.#refusal('pause', 'not available yet', 'ERR_STATOR_UNSUPPORTED')
  }

  /** Not available yet. */
  async resume(_limits?: Limits): Promise<void> {
    throw this.#refusal('resume', 'not available yet', 'ERR_STATOR_UNSUPPORTED')
  }

  /** Not available yet. */
  async checkpoint(_options?: object): Promise<never> {
    throw this.#refusal('checkpoint', 'not available yet', 'ERR_STATOR_UNSUPPORTED')
  }

  /** Not available yet. */
  async update(_resources?: object): Promise<void> {
    throw this.#refusal('update', 'not available yet', 'ERR_STATOR_UNSUPPORTED')
  }

  /** Deletes it, whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ force: true })
  }

  /** The program runs, and the first thing that it is not to be left alone with has failed: it is ended. */
  async #poststart(signal: AbortSignal): Promise<void> {
    const view = this.#view
    try {
      await view.runHooks('poststart', signal)
    } catch (thrown) {
      if (view.can({ type: 'stop' })) {
        view.send({ type: 'stop', signal: 'SIGKILL', timeoutMs: 0 })
        await view.reached(isAtRest)
      }
      throw thrown
    }
  }

  async #isHealthy(args: readonly string[], signal: AbortSignal): Promise<boolean> {
    try {
      await using check = await this.exec({ args, stdio: 'ignore', signal })
      return (await check.wait({ signal })).code === 0
    } catch (thrown) {
      if (thrown instanceof StatorError && thrown.code === 'ERR_STATOR_PROGRAM') throw thrown
      if (signal.aborted) throw reasonOf(signal)
      return false
    }
  }

  #readable(stream: LogFrame['stream']): Readable | null {
    if (this.#view.stored.stdio !== 'log') return null
    let readable = this.#readables.get(stream)
    if (readable === undefined) {
      readable = Readable.from(readBytes(this.#log(), stream), { objectMode: false })
      this.#readables.set(stream, readable)
    }
    return readable
  }

  #log(): LogSource {
    const view = this.#view
    return {
      what: `logs of "${this.id}"`,
      path: `${view.folder}/log/stdio`,
      kept: view.stored.stdio === 'log',
      missing: () => missingLog(view.folder, notFound(this.id)),
      watch: view.root.watch,
      closing: view.root.closing,
      hasEnded: () => !hasInit(view.phase) && view.phase !== 'creating',
      onEnd: (wake) => view.onChange(wake),
    }
  }

  /**
   * @param closing `never` for a command that would do harm if it were given up: a close waits for it
   * @throws {StatorError} the runtime is closed, or the caller's signal has been aborted before
   */
  #limited(what: string, limits: Limits, closing?: AbortSignal) {
    const { root } = this.#view
    const named = what.includes('"') ? what : `${what} "${this.id}"`
    checkOptions(named, limits, limitsOptions)
    if (root.closing.aborted) throw reasonOf(root.closing)
    const limit = limited(named, limits, closing ?? root.closing)
    if (limit.signal.aborted) {
      limit[Symbol.dispose]()
      throw reasonOf(limit.signal)
    }
    return limit
  }

  /** Where it was thrown, nobody knew which container it is. */
  #named(command: string, thrown: unknown): StatorError {
    const error = toStatorError(thrown, 'ERR_STATOR_STAGE')
    const named = `${command} "${this.id}": `
    return error.code === 'ERR_STATOR_STATUS' && !error.message.startsWith(named)
      ? error.saying(`${named}${error.message}`)
      : error
  }

  #refusal(command: string, why: string, code: StatorErrorCode = 'ERR_STATOR_STATUS'): StatorError {
    return new StatorError(code, `${command} "${this.id}": ${why}`)
  }
}

/** Init, which has sent nobody anywhere yet, is signalled as pid 1 has to be. */
function isHeldAtGate(status: OciStatus): boolean {
  return status === 'created'
}

/** No command of the chart is under way. */
function isAtRest(phase: Phase): boolean {
  return isStable(phase) || phase === 'gone'
}

/** From a status to those that may still come. */
const later: Readonly<Record<OciStatus, readonly AwaitedStatus[]>> = {
  creating: ['created', 'running', 'paused', 'stopped', 'deleted'],
  created: ['running', 'paused', 'stopped', 'deleted'],
  running: ['paused', 'stopped', 'deleted'],
  paused: ['running', 'stopped', 'deleted'],
  stopped: ['deleted'],
}

function standing(phase: Phase, status: OciStatus, wanted: AwaitedStatus): 'is' | 'may come' | 'never' {
  if (phase === 'gone') return wanted === 'deleted' || wanted === 'stopped' ? 'is' : 'never'
  if (status === wanted) return 'is'
  return later[status].includes(wanted) ? 'may come' : 'never'
}
