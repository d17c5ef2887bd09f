// Serves a listener: each call goes to the policy's rules, then to those who are asked, and gets an answer in any case. Told of in events, but
// for a flood. What a question is: notification.ts.
//
//   rule matches ──────────────────────────────────────────── its answer
//   none, somebody is asked ── answers in time ────────────── that one
//                           └─ does not, or all have failed ─ the policy's onDeadline
//   none, nobody is asked ─────────────────────────────────── the policy's default; without one ENOSYS
//
// ENOSYS is what the kernel itself says when nobody listens: programs take it for a kernel that lacks the call, and go another way.
//
// Calls that a process received and did not answer before it died are asked by the kernel again when their caller was stopped or frozen for a
// moment, and not otherwise: whoever takes a kept listener over sees to that. (Under WAIT_KILLABLE_RECV they wait until they are killed.)

import type { Subject } from 'rxjs'
import type { EventDraft } from '../../bus/event.ts'
import { ignoring } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { hold } from '../../native/poller.ts'
import type { SeccompRequest } from '../../native/seccomp-notify.ts'
import { nobody, type AnswerPolicy, type ReadyAnswer } from './answer-policy.ts'
import { requests } from './listener.ts'
import { Question, type SeccompNotification } from './notification.ts'
import { Telling } from './telling.ts'

export interface ServeOptions {
  readonly container: string
  readonly exec?: string | undefined
  /** Its rules come first. Without a policy there is no deadline: who is asked and says nothing keeps the caller waiting. */
  readonly policy?: AnswerPolicy | undefined
  /** Is asked, if it is there. What it throws or rejects with goes to `onError`, and the call gets the policy's `onDeadline` at once unless others are asked. */
  readonly onNotification?: ((notification: SeccompNotification) => unknown) | undefined
  /** Are asked while there are any, all of them, each call as it comes. */
  readonly subscribers?: Pick<Subject<SeccompNotification>, 'next' | 'observed'> | undefined
  /** What becomes of events. One that throws is reported to `onError`. */
  readonly emit?: ((event: EventDraft) => void) | undefined
  readonly onError: (error: unknown, notification: SeccompNotification | null) => void
}

export interface Served {
  /** Resolves when no process with the filter is left, or after `close`. Rejects when the listener could not be read any more: then it is closed. */
  readonly ended: Promise<void>
  /** How many calls wait. */
  readonly open: number
  /** Closes the listener: if it was the last duplicate, who waits gets ENOSYS, and so do all later calls. */
  close(): void
}

/** How often the kernel is asked whether who waits still does. It does not tell by itself. */
const CHECK_MS = 250

/** A question that was not answered at once. */
interface Waiting {
  readonly by: { who: By }
  /** When the policy answers, on performance.now's clock. */
  readonly deadline: number
}

type By = 'rule' | 'default' | 'deadline' | 'asked' | null

/**
 * Answers a listener until its last process is gone. The process is kept running while a call waits for somebody's answer, and
 * while there is an `onNotification`; who subscribes keeps it running himself.
 *
 * @param listener from now on the server's, who closes it
 */
export function serve(listener: Fd, options: ServeOptions): Served {
  return new Server(listener, options)
}

class Server implements Served {
  readonly ended: Promise<void>
  readonly #listener: Fd
  readonly #options: ServeOptions
  readonly #telling: Telling
  /** In the order in which they came: with one deadline for all, the first is the first that is due. */
  readonly #waiting = new Map<Question, Waiting>()
  #timer: NodeJS.Timeout | undefined
  #release: (() => void) | undefined
  #close!: () => void

  constructor(listener: Fd, options: ServeOptions) {
    this.#listener = listener
    this.#options = options
    const { container, exec, emit, onError } = options
    this.#telling = new Telling({ container, exec, emit, onError })
    const release = options.onNotification === undefined ? undefined : hold()
    this.ended = new Promise((resolve, reject) => {
      const end = (state: 'gone' | 'closed') => {
        release?.()
        for (const question of [...this.#waiting.keys()]) question.close(state)
        this.#telling.end()
      }
      const subscription = requests(listener).subscribe({
        next: (request) => this.#take(request),
        error: (error) => {
          end('closed')
          reject(error as Error)
        },
        complete: () => {
          end('gone')
          resolve()
        },
      })
      this.#close = () => {
        if (subscription.closed) return
        subscription.unsubscribe()
        end('closed')
        resolve()
      }
    })
    // Who does not ask how it ended has `onError`.
    this.ended.catch((error: unknown) => onError(error, null))
  }

  get open(): number {
    return this.#waiting.size
  }

  close(): void {
    this.#close()
  }

  #take(request: SeccompRequest): void {
    const { container, exec } = this.#options
    const by: { who: By } = { who: null }
    let told: number | null = null
    const question = new Question({ container, exec, listener: this.#listener }, request, (question, answer, state) => {
      this.#forget(question)
      if (told !== null && state !== 'closed')
        this.#telling.answered(question, answer, answer === null ? null : by.who, told)
    })
    try {
      told = this.#telling.asked(question)
      this.#ask(question, by)
    } catch (error) {
      // Nothing that goes wrong with one call may leave it, or those after it, without an answer.
      this.#options.onError(error, question)
      this.#give(question, by, 'default', nobody)
    }
  }

  #ask(question: Question, by: { who: By }): void {
    const { policy, onNotification, subscribers } = this.#options
    const answer = policy?.answer(question) ?? null
    if (answer !== null) return this.#give(question, by, 'rule', answer)
    const isObserved = subscribers?.observed === true
    if (onNotification === undefined && !isObserved)
      return this.#give(question, by, 'default', policy?.default ?? nobody)

    by.who = 'asked'
    if (isObserved) subscribers.next(question)
    if (onNotification !== undefined && question.isOpen) this.#call(onNotification, question, by)
    // Those who answer at once, and most do, cost no timer.
    if (question.isOpen) this.#wait(question, by)
  }

  #call(asked: (notification: SeccompNotification) => unknown, question: Question, by: { who: By }): void {
    const failed = (error: unknown) => {
      this.#options.onError(error, question)
      if (question.isOpen && this.#options.subscribers?.observed !== true) this.#answerLate(question, by)
    }
    try {
      const result = asked(question)
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  #give(question: Question, by: { who: By }, who: By, answer: ReadyAnswer): void {
    if (!question.isOpen) return
    by.who = who
    const given =
      answer === 'continue'
        ? question.continue()
        : 'errno' in answer
          ? question.deny(answer.errno)
          : question.returnValue(answer.value)
    given.catch((error: unknown) => {
      try {
        ignoring('ERR_STATOR_ANSWERED', 'ERR_STATOR_CLOSED')(error)
      } catch {
        this.#options.onError(error, question)
      }
    })
  }

  #answerLate(question: Question, by: { who: By }): void {
    this.#give(question, by, 'deadline', this.#options.policy?.onDeadline ?? nobody)
  }

  #wait(question: Question, by: { who: By }): void {
    const limitMs = this.#options.policy?.deadlineMs
    const deadline = limitMs === undefined ? Infinity : performance.now() + limitMs
    this.#waiting.set(question, { by, deadline })
    this.#release ??= hold()
    this.#timer ??= setTimeout(() => this.#look(), Math.min(CHECK_MS, limitMs ?? CHECK_MS))
  }

  /** Those whose time is over get their answer, and those whose caller is gone are forgotten. */
  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    let next = now + CHECK_MS
    for (const [question, { by, deadline }] of [...this.#waiting]) {
      try {
        if (deadline <= now) this.#answerLate(question, by)
        else if (question.check()) next = Math.min(next, deadline)
      } catch (error) {
        this.#options.onError(error, question)
      }
    }
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#look(), Math.max(1, next - now))
  }

  #forget(question: Question): void {
    if (!this.#waiting.delete(question) || this.#waiting.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#release?.()
    this.#release = undefined
  }
}
