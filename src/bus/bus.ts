// The hot stream of everything that happens on a root: what is appended to the journal, here or by another process, is
// delivered once, in the journal's order. The file is journal.ts, listeners that fail stream.ts, EventEmitter's manners
// emitter.ts.

import { filter, Subject, type Observable, type Subscriber, type Subscription } from 'rxjs'
import { toStatorError, type ErrorRecord } from '../errors.ts'
import { Cursor } from './cursor.ts'
import type { EventDraft, RuntimeEvent, Thrown } from './event.ts'
import type { Batch, Journal, Position } from './journal.ts'
import { Stream, type GuardOf } from './stream.ts'

export interface BusOptions {
  /** Puts delivery off until what is under way has settled: `queueMicrotask`. Tests put virtual time here. */
  readonly settle?: (deliver: () => void) => void
}

export interface EventsOptions {
  /** Events after this number, 0 for all; without it, events from now on. */
  readonly since?: number | undefined
  /** Default true: what happens comes after what has happened. False: ends behind the last event there is. */
  readonly follow?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Own events on their way: in the journal, and to be delivered when `deliver` has been called for them. */
interface Own {
  readonly batch: Batch
  ready: boolean
}

const stackCharacters = 2000

export class Bus {
  /**
   * Everything, hot, in order. Never errors; completes at `close`. A listener that throws, or whose promise is rejected,
   * becomes a `runtime.listenerFailed` event, and the others go on (Stream says where that ends). A subscription does
   * not keep the process alive.
   */
  readonly events$: Observable<RuntimeEvent>
  /** Of `events$`, those that other processes appended. */
  readonly foreign$: Observable<RuntimeEvent>
  readonly #journal: Journal
  readonly #settle: (deliver: () => void) => void
  readonly #all = new Subject<RuntimeEvent>()
  readonly #foreign = new Subject<RuntimeEvent>()
  /** So that an event costs as much among a thousand containers as with one. */
  readonly #byContainer = new Map<string, Subject<RuntimeEvent>>()
  readonly #own: Own[] = []
  /** Everything before it was delivered. It moves by batches; #deliveredSeq by events. */
  #delivered: Position
  #deliveredSeq: number
  /** Subscribers need the events themselves; cursors only need to know that there are some. */
  readonly #consumers = { subscriber: 0, cursor: 0 }
  readonly #waiting = new Set<() => void>()
  #following: Subscription | null = null
  #scheduled = false
  #delivering = false
  #closing = false
  #closed = false
  /** What listeners are being told just now, whatever operators make of it. */
  #current: RuntimeEvent | null = null
  /** How many events were delivered that are not about a listener's failure. */
  #ordinary = 0

  constructor(journal: Journal, { settle = queueMicrotask }: BusOptions = {}) {
    this.#journal = journal
    this.#settle = settle
    this.#delivered = journal.end
    this.#deliveredSeq = journal.end.seq
    this.events$ = this.#stream(this.#all)
    this.foreign$ = this.#stream(this.#foreign)
  }

  /**
   * The first step: the events have happened, are numbered, and are seen by other processes. Here they are told when
   * `deliver` is called for them. Call it whatever happens in between: events after them wait for it.
   *
   * @throws {StatorError} as Journal.append: nothing has happened
   */
  append(drafts: readonly EventDraft[]): Batch {
    const batch = this.#journal.append(drafts)
    if (batch.end.seq > batch.start.seq && !this.#closed) this.#own.push({ batch, ready: false })
    return batch
  }

  /** The second step: listeners are told, after what is under way has settled. `batch` as `append` returned it. */
  deliver(batch: Batch): void {
    const own = this.#own.findLast((own) => own.batch === batch)
    if (own) own.ready = true
    this.#schedule()
  }

  /** Both steps. */
  publish(drafts: readonly EventDraft[]): Batch {
    const batch = this.append(drafts)
    this.deliver(batch)
    return batch
  }

  /**
   * Events one after the other, for `for await`: those after `since` from the journal, then what happens. No gap, no event
   * twice. A slow consumer costs no memory: what it has not come to stays in the file. Waiting for the next event keeps
   * the process alive.
   *
   * Ends at `close`, behind the last event delivered; without `follow` behind the last there is when it begins. `next()` rejects with ERR_STATOR_ABORTED when `signal` aborts, and with
   * ERR_STATOR_CONFIG for a `since` that has not come yet.
   */
  events({ since, follow = true, signal }: EventsOptions = {}): AsyncIterableIterator<RuntimeEvent, undefined> {
    if (since === undefined) this.#skip()
    const followed = {
      journal: this.#journal,
      delivered: () => this.#delivered,
      closed: () => this.#closed,
      open: () => this.#open('cursor'),
      last: () => {
        if (follow) return null
        this.#journal.refresh()
        this.#schedule()
        return this.#journal.end
      },
      onMove: (wake: () => void) => {
        this.#waiting.add(wake)
        return () => this.#waiting.delete(wake)
      },
    }
    return since === undefined
      ? new Cursor(followed, this.#deliveredSeq, this.#delivered, signal)
      : new Cursor(followed, since, null, signal)
  }

  /**
   * The events of one container: those after `since` from the journal, then what happens, in order and each once. For all
   * of them give the number before its `lifecycle.creating`. Errors only if the journal cannot be read.
   */
  containerEvents$(id: string, since: number): Observable<RuntimeEvent> {
    return new Stream<RuntimeEvent>(this.#guardOf, (subscriber) => {
      if (this.#closed) {
        subscriber.complete()
        return
      }
      subscriber.add(this.#open('subscriber'))
      subscriber.add(this.#journal.retain())
      // Not within the caller's subscribe: nobody expects to be called before it returns.
      queueMicrotask(() => this.#replay(subscriber, id, since, null))
    })
  }

  /** For consumers that are not Observables: calls a listener so that its failure becomes an event. */
  get guardOf(): GuardOf {
    return this.#guardOf
  }

  /** Delivers what has happened, completes the streams, ends the iterators. The journal stays open. Twice is fine. */
  close(): void {
    if (this.#closing) return
    this.#closing = true
    for (const own of this.#own) own.ready = true
    // A listener that closes us is called by the delivery, which then comes to its end.
    if (!this.#delivering) this.#run()
  }

  #stream(subject: Subject<RuntimeEvent>): Stream<RuntimeEvent> {
    return new Stream<RuntimeEvent>(this.#guardOf, (subscriber) => {
      if (!this.#closed) subscriber.add(this.#open('subscriber'))
      subscriber.add(subject.subscribe(subscriber))
    })
  }

  /** From the journal up to what was delivered, and in the same turn over to what is delivered next: no gap, nothing twice. */
  #replay(subscriber: Subscriber<RuntimeEvent>, id: string, since: number, from: Position | null): void {
    if (subscriber.closed) return
    try {
      const position = from ?? this.#journal.after(since)
      const limit = this.#delivered
      if (position.offsetBytes < limit.offsetBytes) {
        const { events, next } = this.#journal.chunk(position, limit, { since, container: id })
        for (const event of events) this.#tell(event, subscriber)
        // Gives way to other work within a long history; listeners may also have published.
        setImmediate(() => this.#replay(subscriber, id, since, next))
        return
      }
    } catch (error) {
      subscriber.error(error)
      return
    }
    if (this.#closed) subscriber.complete()
    else subscriber.add(this.#live(id, since, subscriber))
  }

  #live(id: string, since: number, subscriber: Subscriber<RuntimeEvent>): () => void {
    const subject = this.#byContainer.get(id) ?? new Subject<RuntimeEvent>()
    this.#byContainer.set(id, subject)
    // What is in the journal may be still to be delivered.
    const subscription = subject.pipe(filter(({ seq }) => seq > since)).subscribe(subscriber)
    return () => {
      subscription.unsubscribe()
      if (!subject.observed && this.#byContainer.get(id) === subject) this.#byContainer.delete(id)
    }
  }

  /** A consumer begins; returns its end. The first makes us follow other processes, the end of the last ends that. */
  #open(kind: 'subscriber' | 'cursor'): () => void {
    if (kind === 'subscriber') this.#skip()
    this.#consumers[kind]++
    this.#follow()
    let open = true
    return () => {
      if (!open) return
      open = false
      this.#consumers[kind]--
      if (this.#consumers.subscriber + this.#consumers.cursor > 0) return
      this.#following?.unsubscribe()
      this.#following = null
    }
  }

  #follow(): void {
    if (this.#following || this.#closing) return
    this.#following = this.#journal.grown$.subscribe({
      next: () => this.#schedule(),
      // Not the end: our own appends find the events of others, too, and the next first consumer tries again.
      error: (error: unknown) => this.#note({ type: 'runtime.followFailed', container: null, error: toRecord(error) }),
    })
  }

  /** While nobody subscribes, what others append is passed over unread, up to what is our own and not delivered yet. */
  #skip(): void {
    if (this.#consumers.subscriber > 0 || this.#delivering || this.#closed) return
    this.#journal.refresh()
    this.#move(this.#own[0]?.batch.start ?? this.#journal.end)
  }

  #move(to: Position): void {
    if (to.offsetBytes === this.#delivered.offsetBytes) return
    this.#delivered = to
    this.#deliveredSeq = to.seq
    for (const wake of this.#waiting) wake()
  }

  #schedule(): void {
    if (this.#scheduled || this.#delivering || this.#closed) return
    this.#scheduled = true
    this.#settle(() => {
      this.#scheduled = false
      if (!this.#delivering && !this.#closed) this.#run()
    })
  }

  /** The one queue. What listeners publish meanwhile goes to its end. */
  #run(): void {
    this.#delivering = true
    while (this.#step());
    this.#delivering = false
    if (this.#closing) this.#finish()
  }

  /** Delivers one own batch, or a chunk of what others appended before it. Returns whether to go on. */
  #step(): boolean {
    const own = this.#own[0]
    if (own?.batch.start.offsetBytes === this.#delivered.offsetBytes) {
      // In the journal, but its state.json is not written: it waits, and all that comes after it.
      if (!own.ready) return false
      this.#own.shift()
      if (this.#all.observed || this.#byContainer.size > 0) for (const event of own.batch.events) this.#emit(event)
      this.#move(own.batch.end)
      return true
    }
    const limit = own?.batch.start ?? this.#journal.end
    if (limit.offsetBytes === this.#delivered.offsetBytes) return false
    if (this.#consumers.subscriber === 0) {
      this.#move(limit)
      return true
    }
    this.#stepForeign(limit)
    if (this.#closing || this.#delivered.offsetBytes === limit.offsetBytes) return true
    // A long burst of others gives way to the loop.
    setImmediate(() => this.#schedule())
    return false
  }

  #stepForeign(limit: Position): void {
    try {
      const { events, next } = this.#journal.chunk(this.#delivered, limit)
      for (const event of events) {
        this.#emit(event)
        this.#tell(event, this.#foreign)
      }
      this.#move(next)
    } catch (error) {
      // A line that is no event. The streams go on behind it, and say so.
      this.#move(limit)
      this.#note({ type: 'runtime.followFailed', container: null, error: toRecord(error) })
    }
  }

  #emit(event: RuntimeEvent): void {
    this.#deliveredSeq = event.seq
    if (event.type !== 'runtime.listenerFailed') this.#ordinary++
    this.#tell(event, this.#all)
    const subject = event.container === null ? undefined : this.#byContainer.get(event.container)
    if (subject) this.#tell(event, subject)
  }

  #tell(event: RuntimeEvent, to: { next(event: RuntimeEvent): void }): void {
    this.#current = event
    to.next(event)
    this.#current = null
  }

  #finish(): void {
    this.#closed = true
    this.#following?.unsubscribe()
    this.#following = null
    for (const subject of [this.#all, this.#foreign, ...this.#byContainer.values()]) subject.complete()
    this.#byContainer.clear()
    for (const wake of this.#waiting) wake()
  }

  /**
   * A failure is reported once, and a failure on a report is not: else a listener that always fails would never leave us in
   * peace. Where an operator put time between event and listener (a delay, a buffer) nobody knows what the failure was
   * on; there a listener may be reported once, and once more for each other event since it subscribed.
   */
  readonly #guardOf: GuardOf = (listener) => {
    const ordinaryBefore = this.#ordinary
    let late = 0
    const report = (event: RuntimeEvent | null, thrown: unknown) => {
      if (event?.type === 'runtime.listenerFailed') return
      if (event === null && ++late > 1 + this.#ordinary - ordinaryBefore) return
      const told = event && { seq: event.seq, type: event.type, container: event.container }
      this.#note({ type: 'runtime.listenerFailed', container: null, event: told, listener, thrown: toThrown(thrown) })
    }
    return (call) => {
      const event = this.#current
      try {
        const result = call()
        if (isThenable(result)) result.then(undefined, (thrown: unknown) => report(event, thrown))
      } catch (thrown) {
        report(event, thrown)
      }
    }
  }

  /** Publishes what must not throw at whoever happens to be here. */
  #note(draft: EventDraft): void {
    try {
      this.publish([draft])
    } catch (error) {
      // The journal is full or closed: a warning is the last way to say it.
      process.emitWarning(`${JSON.stringify(draft)}, and ${toRecord(error).message}`, 'StatorWarning')
    }
  }
}

function toRecord(error: unknown): ErrorRecord {
  return toStatorError(error, 'ERR_STATOR_PLATFORM').toJSON()
}

function toThrown(thrown: unknown): Thrown {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: String(thrown) }
  const { name, message, stack } = thrown
  return { name, message, ...(stack === undefined ? {} : { stack: stack.slice(0, stackCharacters) }) }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
