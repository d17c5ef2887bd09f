// Events as an async iterable: one consumer's place in the journal. It reads when it is asked, so a slow one costs no memory.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { StatorError } from '../errors.ts'
import { hold } from '../native/poller.ts'
import type { RuntimeEvent } from './event.ts'
import type { Journal, Position } from './journal.ts'

/** What a cursor follows. */
export interface Followed {
  readonly journal: Journal
  /** Everything before it was delivered. */
  delivered(): Position
  /** Nothing will be delivered any more. */
  closed(): boolean
  /** The cursor begins; returns its end. */
  open(): () => void
  /** What is told then is the end; null: none but `closed`. It will be delivered. */
  last(): Position | null
  /** Calls once `delivered` or `closed` has changed; returns a way to forget that. */
  onMove(wake: () => void): () => void
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined }

export class Cursor implements AsyncIterableIterator<RuntimeEvent, undefined> {
  readonly #followed: Followed
  readonly #since: number
  readonly #signal: AbortSignal | undefined
  #position: Position | null
  #last: Position | null = null
  #events: readonly RuntimeEvent[] = []
  #taken = 0
  #releases: (() => void)[] | null = null
  #stopped = false
  #wake: (() => void) | null = null
  /** Calls of `next` that overlap are answered in turn. */
  #turn: Promise<unknown> = Promise.resolve()

  /** @param position where event `since` + 1 is, or before; null to look it up when the first event is asked for */
  constructor(followed: Followed, since: number, position: Position | null, signal?: AbortSignal) {
    this.#followed = followed
    this.#since = since
    this.#position = position
    this.#signal = signal
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<RuntimeEvent, undefined>> {
    const result = this.#turn.then(() => this.#next())
    this.#turn = result.catch(() => {})
    return result
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#stop()
    return Promise.resolve(ended)
  }

  async #next(): Promise<IteratorResult<RuntimeEvent, undefined>> {
    try {
      this.#begin()
      while (!this.#stopped) {
        if (this.#signal?.aborted) {
          const { reason } = this.#signal as { reason: unknown }
          throw new StatorError('ERR_STATOR_ABORTED', 'read events: aborted', {}, { cause: reason })
        }
        const event = this.#events[this.#taken]
        if (event) {
          this.#taken++
          return { done: false, value: event }
        }
        await this.#read()
      }
      return ended
    } catch (error) {
      this.#stop()
      throw error
    }
  }

  #begin(): void {
    if (this.#releases || this.#stopped) return
    const { journal } = this.#followed
    if (journal.closed) return this.#stop()
    this.#releases = [journal.retain()]
    this.#releases.push(this.#followed.open())
    this.#position ??= journal.after(this.#since)
    this.#last = this.#followed.last()
  }

  /** The next events into #events; or waits for the first of them; or stops. */
  async #read(): Promise<void> {
    const { journal } = this.#followed
    const delivered = this.#followed.delivered()
    const position = this.#position
    const last = this.#last
    const limit = last !== null && last.offsetBytes < delivered.offsetBytes ? last : delivered
    if (position && position.offsetBytes < limit.offsetBytes) {
      const { events, next } = journal.chunk(position, limit, { since: this.#since })
      this.#events = events
      this.#taken = 0
      this.#position = next
      // A long history gives way to other work.
      if (next.offsetBytes < limit.offsetBytes) await nextTurn()
    } else if (this.#followed.closed() || (last && position && position.offsetBytes >= last.offsetBytes)) {
      this.#stop()
    } else {
      await this.#moved()
    }
  }

  async #moved(): Promise<void> {
    const release = hold()
    let wake = () => {}
    const moved = new Promise<void>((resolve) => (wake = resolve))
    const forget = this.#followed.onMove(wake)
    this.#signal?.addEventListener('abort', wake)
    this.#wake = wake
    try {
      await moved
    } finally {
      this.#wake = null
      this.#signal?.removeEventListener('abort', wake)
      forget()
      release()
    }
  }

  #stop(): void {
    this.#stopped = true
    this.#events = []
    for (const release of this.#releases ?? []) release()
    this.#releases = []
    this.#wake?.()
  }
}
