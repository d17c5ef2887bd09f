// Who answers what seccomp filters notify of: one for all containers of an opened root. What an answer is: actors/seccomp.
//
//   linux.seccomp.listenerPath    an agent gets the listener, and nobody here has it from then on
//   else                          this runtime answers, by policy, callback and notifications$; the keeper has a copy, and when this process
//                                 is no more the next runtime on the root goes on (adopt)

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, type Observable, Subject } from 'rxjs'
import { type AnswerPolicy, answerPolicy } from '../actors/seccomp/answer-policy.ts'
import { handToAgent, processState } from '../actors/seccomp/agent.ts'
import { Question, type SeccompNotification } from '../actors/seccomp/notification.ts'
import { serve, type Served } from '../actors/seccomp/server.ts'
import { notifies } from '../actors/seccomp/tighten.ts'
import type { Bus } from '../bus/bus.ts'
import type { EventDraft } from '../bus/event.ts'
import { type GuardOf, Stream } from '../bus/stream.ts'
import { StatorError, toStatorError } from '../errors.ts'
import type { Fd } from '../native/fd.ts'
import type { Inotify } from '../native/inotify.ts'
import { hold } from '../native/poller.ts'
import type { Seccomp } from '../oci/config.ts'
import type { NotifyPolicy } from '../oci/notify-policy.ts'
import type { OciState } from '../oci/state.ts'
import { orAborted } from './limits.ts'
import { type Held, lock, lockNew } from './lock.ts'

/** How the calls of a container are answered, besides by those who subscribe. */
export interface Answering {
  readonly policy?: AnswerPolicy | undefined
  readonly onNotification?: ((notification: SeccompNotification) => unknown) | undefined
}

/** Whose listener it is. */
export interface Listening {
  readonly container: string
  /** Of an exec session. */
  readonly exec?: string | undefined
  /** Of the container or of the session: who answers is noted there. */
  readonly folder: string
  readonly profiles: readonly Seccomp[]
  /** Of the process with the filter. */
  readonly pid: number
  /** Of the container, with init's pid. */
  readonly state: OciState
}

interface Place {
  readonly watch: Inotify
  /** What a subscriber throws becomes an event. */
  readonly bus: Pick<Bus, 'guardOf'>
  tell(draft: EventDraft): void
}

export class Notifications {
  readonly #place: Place
  readonly #asked = new Subject<SeccompNotification>()
  /** Somebody has come who answers. */
  readonly #answered = new Subject<void>()
  readonly #answering = new Map<string, Answering>()
  readonly #served = new Set<Served>()
  #attends = false
  #isClosed = false

  /** Who is subscribed keeps this process running: each call waits for him. */
  readonly notifications$: Observable<SeccompNotification>

  constructor(place: Place) {
    this.#place = place
    const guardOf: GuardOf = (listener) => {
      const guard = place.bus.guardOf(listener)
      return (call, value) => guard(() => warnedOf(call, value))
    }
    this.notifications$ = new Stream<SeccompNotification>(guardOf, (subscriber) => {
      subscriber.add(hold())
      subscriber.add(this.#asked.subscribe(subscriber))
      this.#answered.next()
    })
  }

  /** Sees to the listeners of runtimes that are no more. */
  attend(): void {
    this.#attends = true
  }

  /** Whether a container or a session has a listener that may become ours. */
  adopts(folder: string): boolean {
    return this.#attends && existsSync(fileIn(folder))
  }

  /** From now on the calls of this container are answered like this, too. */
  register(container: string, answering: Answering): void {
    this.#answering.set(container, answering)
  }

  forget(container: string): void {
    this.#answering.delete(container)
  }

  /** Whether anybody but an agent would answer. */
  isAnswered(container: string): boolean {
    return this.wouldAnswer(this.#answering.get(container) ?? {})
  }

  wouldAnswer({ policy, onNotification }: Answering): boolean {
    return this.#asked.observed || policy !== undefined || onNotification !== undefined
  }

  /**
   * A filter has been loaded: its calls are answered from when this returns, or an agent has its listener.
   *
   * @throws {StatorError} as handToAgent
   */
  async begin(listener: Fd, listening: Listening): Promise<void> {
    const { profiles, pid, state, folder } = listening
    const profile = profiles.find(notifies)
    if (profile?.listenerPath) {
      using handed = listener
      return await handToAgent(profile.listenerPath, handed, processState(pid, state, profile.listenerMetadata))
    }
    const served = this.#serve(listener, listening, takeRight(folder))
    // Whether it can be watched shows at once; what comes later is told by a warning.
    let failed: unknown = null
    served.ended.catch((thrown: unknown) => (failed = thrown))
    await Promise.resolve()
    if (failed !== null) throw toStatorError(failed, 'ERR_STATOR_STAGE')
  }

  /**
   * Goes on answering where the runtime that did has ended or was closed; until then waits for that, and for somebody who would answer here.
   * Resolves when there is nothing to answer.
   *
   * What that one had been asked, and had not answered, the kernel tells nobody again: these calls have to be made again. Where they
   * cannot be interrupted, a warning says so: under WAIT_KILLABLE_RECV such a call waits for the end of its process.
   *
   * @param open the keeper's copy; null: no process with the filter is left
   * @param over the container, the session or the runtime is no more
   */
  async adopt(
    { container, exec, folder }: Pick<Listening, 'container' | 'exec' | 'folder'>,
    open: () => Fd | null,
    interruptCalls: () => Promise<void>,
    over: AbortSignal,
  ): Promise<void> {
    try {
      // Until then the calls wait: another runtime may have somebody.
      if (!this.isAnswered(container)) await orAborted(firstValueFrom(this.#answered), over)
      const right = await this.#rightOf(folder, over)
      const listener = opened(open, right)
      if (listener === null) return
      // Before anybody is asked: a call that is interrupted then would ask twice. Those that cannot be are lost; what comes next is not.
      await interruptCalls().catch((thrown: unknown) => warn(thrown, `container "${container}": calls that wait: `))
      if (over.aborted || this.#isClosed) {
        listener.close()
        right.release()
        return
      }
      await this.#serve(listener, { container, exec }, right).ended
    } catch (thrown) {
      if (!over.aborted && !isGone(thrown)) throw thrown
    }
  }

  async #rightOf(folder: string, signal: AbortSignal): Promise<Held> {
    for (;;) {
      try {
        return await lock(fileIn(folder), this.#place.watch, { signal, holds: false })
      } catch (thrown) {
        // Whoever has it may have it for long.
        if ((thrown as StatorError).code !== 'ERR_STATOR_TIMEOUT') throw thrown
      }
    }
  }

  #serve(listener: Fd, { container, exec }: Pick<Listening, 'container' | 'exec'>, right: Held): Served {
    const served = serve(listener, {
      container,
      exec,
      ...this.#answering.get(container),
      policy: this.#answering.get(container)?.policy ?? (patience ??= answerPolicy({ name: 'patience', rules: [] })),
      subscribers: this.#asked,
      emit: (event) => this.#place.tell(event),
      onError: (thrown) => warn(thrown, `container "${container}": answer a system call: `),
    })
    this.#served.add(served)
    const over = () => {
      this.#served.delete(served)
      right.release()
    }
    served.ended.then(over, over)
    return served
  }

  /** The runtime closes: who waits for an answer goes on waiting, for the next one. */
  close(): void {
    this.#isClosed = true
    for (const served of this.#served) served.close()
    this.#asked.complete()
    this.#answered.complete()
  }
}

function warn(thrown: unknown, about: string): void {
  const { message } = toStatorError(thrown, 'ERR_STATOR_STAGE')
  process.emitWarning(`${about}${message}`, 'StatorWarning')
}

/** The event of a listener that fails does not know which call it was told of, and who waits for its answer goes on waiting. */
function warnedOf(call: () => unknown, asked: unknown): unknown {
  const failed = (thrown: unknown) => {
    const about = asked instanceof Question ? `container "${asked.container}", ${asked.syscall}: ` : ''
    warn(thrown, `${about}a subscriber of notifications$ has failed: `)
    throw thrown
  }
  try {
    const result = call()
    return result instanceof Promise ? result.catch(failed) : result
  } catch (thrown) {
    return failed(thrown)
  }
}

/** Where no policy says otherwise: who is asked has ten seconds, and then the caller gets ENOSYS, instead of waiting for ever. */
let patience: AnswerPolicy | undefined

/** A policy as it is kept with its container. */
export function answeringOf(notify: NotifyPolicy | undefined): Answering {
  return notify === undefined ? {} : { policy: answerPolicy(notify) }
}

/** The same policy, as JSON can keep it: a bigint is a text there. */
export function storable(notify: NotifyPolicy): NotifyPolicy {
  const text = JSON.stringify(notify, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return JSON.parse(text) as NotifyPolicy
}

/** The file that says who answers; whoever does has its lock, and loses it with its life. */
const fileIn = (folder: string) => join(folder, 'listener')

/** Of a container or a session that was just made: under another name first, so that nobody else can have it. */
function takeRight(folder: string): Held {
  const file = fileIn(folder)
  const right = lockNew(`${file}.new`)
  try {
    renameSync(`${file}.new`, file)
    return right
  } catch (error) {
    right.release()
    throw error
  }
}

function opened(open: () => Fd | null, right: Held): Fd | null {
  let listener: Fd | null = null
  try {
    return (listener = open())
  } finally {
    if (listener === null) right.release()
  }
}

/** With the container, or with the session. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof StatorError && (thrown.code === 'ERR_STATOR_NOT_FOUND' || thrown.errno === 'ENOENT')
}
