// An Observable whose consumers may fail: what a listener throws is reported, and nobody else is disturbed.

import { Observable, type Observer, type Operator, type Subscriber, type Subscription, type TeardownLogic } from 'rxjs'

/** Calls a listener so that its failure is reported instead of thrown. `value` is what it is told, where it is told one. */
export type Guard = (call: () => unknown, value?: unknown) => void

/** A guard for one listener, by its name. */
export type GuardOf = (listener: string) => Guard

type Consumer<T> = Partial<Observer<T>> | ((value: T) => void) | null

/**
 * RxJS throws what a consumer throws from a timer, where it becomes an uncaughtException and ends the process. Here it goes
 * to the guard: an exception in `next`, `error` or `complete`, a promise that one of them returned and that was rejected, and
 * an error of an operator (`map(throws)`) for which the consumer has no `error`.
 *
 * That holds for `stream.subscribe(…)` and for `stream.pipe(…).subscribe(…)`, as `lift` gives streams of this class. It cannot
 * hold where the last Observable is somebody else's: `merge(stream, other)`, `timer(1).pipe(mergeMap(() => stream))`, a
 * Subject that was subscribed to the stream. There RxJS's own rule is in force (`config.onUnhandledError`). Nor for promises
 * that a listener starts and does not return.
 */
export class Stream<T> extends Observable<T> {
  readonly #guardOf: GuardOf

  constructor(guardOf: GuardOf, subscribe?: (subscriber: Subscriber<T>) => TeardownLogic) {
    super(subscribe && ((subscriber) => subscribe(subscriber)))
    this.#guardOf = guardOf
  }

  /** What RxJS makes every operator's result with. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new Stream<R>(this.#guardOf)
    lifted.source = this
    lifted.operator = operator
    return lifted
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null): Subscription
  override subscribe(
    next?: ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription
  override subscribe(
    consumer?: Consumer<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    const isObject = typeof consumer === 'object' && consumer !== null
    // An operator further down: it hands errors on, and ends with what it is given to end. By its looks and not by its class,
    // as it may be of another copy of RxJS.
    if (isObject && 'unsubscribe' in consumer && 'add' in consumer) return super.subscribe(consumer)
    const observer: Partial<Observer<T>> = isObject
      ? consumer
      : { ...(consumer && { next: consumer }), ...(error && { error }), ...(complete && { complete }) }
    const guard = this.#guardOf((observer.next ?? observer.error ?? observer.complete)?.name || 'anonymous')
    return super.subscribe({
      next: (value) => guard(() => observer.next?.(value), value),
      error: (thrown: unknown) =>
        guard(() => {
          if (!observer.error) throw thrown
          return observer.error(thrown)
        }),
      complete: () => guard(() => observer.complete?.()),
    })
  }
}
