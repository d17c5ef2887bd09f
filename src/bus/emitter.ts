// The bus for people who do not use RxJS: an EventEmitter3 whose keys are the event types, and `event` for all of them.

import { EventEmitter } from 'eventemitter3'
import type { Subscription } from 'rxjs'
import type { Bus } from './bus.ts'
import { StatorError } from '../errors.ts'
import { noSuch } from '../oci/names.ts'
import { eventTypes, type EventOf, type EventType, type RuntimeEvent } from './event.ts'

/** The names of RuntimeEmitter, and what their listeners get. */
export type EmitterEvents = { [T in EventType]: [event: EventOf<T>] } & { event: [event: RuntimeEvent] }

/** `error`, which never comes, because `once` of node:events listens to it. */
const names: ReadonlySet<string> = new Set([...Object.keys(eventTypes), 'event', 'error'])

type Name = keyof EmitterEvents
type Listener<N extends Name> = EventEmitter.EventListener<EmitterEvents, N>
type AnyListener = (...values: any[]) => void

/**
 * Emits every event under its type, then as `event`. A listener that throws, or whose promise is rejected, becomes a
 * `runtime.listenerFailed` event, and the others go on. Follows the bus only while it has listeners.
 */
export class RuntimeEmitter extends EventEmitter<EmitterEvents> {
  readonly #bus: Pick<Bus, 'events$' | 'guardOf'>
  /** What EventEmitter3 holds instead of a listener, and back. */
  readonly #guarded = new WeakMap<AnyListener, AnyListener>()
  readonly #original = new WeakMap<AnyListener, AnyListener>()
  #subscription: Subscription | null = null

  /** @internal The runtime has one. */
  constructor(bus: Pick<Bus, 'events$' | 'guardOf'>) {
    super()
    this.#bus = bus
  }

  /** @throws {StatorError} ERR_STATOR_CONFIG: no event has this type, and the listener would never be called */
  override on<N extends Name>(name: N, listener: Listener<N>, context?: unknown): this {
    checkName(name)
    super.on(name, this.#guard(listener), context)
    return this.#follow()
  }

  override once<N extends Name>(name: N, listener: Listener<N>, context?: unknown): this {
    checkName(name)
    super.once(name, this.#guard(listener), context)
    return this.#follow()
  }

  override addListener<N extends Name>(name: N, listener: Listener<N>, context?: unknown): this {
    return this.on(name, listener, context)
  }

  /** Also called by EventEmitter3 itself, with what it holds, before it calls a listener of `once`. */
  override removeListener<N extends Name>(name: N, listener?: Listener<N>, context?: unknown, once?: boolean): this {
    const held = listener && (this.#guarded.get(listener) ?? listener)
    super.removeListener(name, held, context, once)
    return this.#follow()
  }

  override off<N extends Name>(name: N, listener?: Listener<N>, context?: unknown, once?: boolean): this {
    return this.removeListener(name, listener, context, once)
  }

  override removeAllListeners(name?: Name): this {
    super.removeAllListeners(name)
    return this.#follow()
  }

  override listeners<N extends Name>(name: N): Listener<N>[] {
    return super.listeners(name).map((held) => this.#original.get(held) ?? held)
  }

  #guard<N extends Name>(listener: Listener<N>): Listener<N> {
    // Let EventEmitter3 say it.
    if (typeof listener !== 'function') return listener
    const known = this.#guarded.get(listener)
    if (known) return known
    const guard = this.#bus.guardOf(listener.name || 'anonymous')
    const guarded = function (this: unknown, ...values: Parameters<Listener<N>>) {
      guard(() => listener.apply(this, values))
    }
    this.#guarded.set(listener, guarded)
    this.#original.set(guarded, listener)
    return guarded
  }

  #follow(): this {
    const wanted = this.eventNames().length > 0
    if (wanted) {
      this.#subscription ??= this.#bus.events$.subscribe((event) => {
        // The compiler does not see that a type and its event belong together.
        const typed: any = event
        this.emit(event.type, typed)
        this.emit('event', event)
      })
    } else {
      this.#subscription?.unsubscribe()
      this.#subscription = null
    }
    return this
  }
}

function checkName(name: unknown): void {
  if (typeof name === 'string' && names.has(name)) return
  const why = typeof name === 'string' ? noSuch('event type', name, names) : 'an event type is a string'
  throw new StatorError('ERR_STATOR_CONFIG', `listen to ${JSON.stringify(name) ?? String(name)}: ${why}`)
}
