// What the bus hears of a listener's calls: each by itself while they are few, and how many there were when they come as a flood. Spares the
// journal, and nobody's answer.

import type { EventData, EventDraft } from '../../bus/event.ts'
import type { Answer, Question, SeccompNotification } from './notification.ts'

/** In a window: of one system call, and of all of a listener. */
const OF_ONE = 10
const OF_ALL = 100
const WINDOW_MS = 1000

interface Of {
  readonly container: string
  readonly exec?: string | undefined
  readonly emit?: ((event: EventDraft) => void) | undefined
  readonly onError: (error: unknown, notification: SeccompNotification | null) => void
}

export class Telling {
  readonly #of: Of
  readonly #place: { readonly container: string; readonly exec?: string }
  /** When the window began. */
  #begun = -Infinity
  #told = 0
  readonly #seen = new Map<string, number>()
  readonly #untold = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(of: Of) {
    this.#of = of
    const { container, exec } = of
    this.#place = exec === undefined ? { container } : { container, exec }
  }

  /** @returns when it was told, for `answered`; null: it is only counted */
  asked(question: Question): number | null {
    if (this.#of.emit === undefined) return null
    const now = performance.now()
    if (now - this.#begun >= WINDOW_MS) this.#begin(now)
    const seen = (this.#seen.get(question.syscall) ?? 0) + 1
    this.#seen.set(question.syscall, seen)
    if (seen > OF_ONE || this.#told >= OF_ALL) {
      this.#timer ??= setTimeout(() => this.end(), WINDOW_MS).unref()
      this.#skip(question.syscall)
      return null
    }
    this.#told++
    const { number, architecture, args } = question
    const decoded = question.decode()
    this.#emit({
      type: 'seccomp.notify',
      ...this.#call(question),
      number,
      architecture,
      args: args.map(String),
      decoded,
    })
    return now
  }

  /** @param told what `asked` has returned */
  answered(question: Question, answer: Answer, by: EventData['seccomp.answered']['by'], told: number): void {
    const durationMs = performance.now() - told
    this.#emit({ type: 'seccomp.answered', ...this.#call(question), durationMs, answer, by })
  }

  #skip(syscall: string): void {
    this.#untold.set(syscall, (this.#untold.get(syscall) ?? 0) + 1)
  }

  #begin(now: number): void {
    this.end()
    this.#begun = now
    this.#told = 0
    this.#seen.clear()
  }

  /** Tells what was counted. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#untold.size === 0) return
    const counts = Object.fromEntries(this.#untold)
    this.#untold.clear()
    this.#emit({ type: 'seccomp.untold', ...this.#place, counts, durationMs: performance.now() - this.#begun })
  }

  #call(question: Question) {
    return { ...this.#place, notification: question.id, syscall: question.syscall, pid: question.pid }
  }

  #emit(event: EventDraft): void {
    try {
      this.#of.emit?.(event)
    } catch (error) {
      this.#of.onError(error, null)
    }
  }
}
