// The runtime's end of the control sockets: one to the keeper (and the stage), one to init. Records come in, go-ons go out.

import type { Subscription } from 'rxjs'
import { StatorError } from '../../errors.ts'
import { errnos, SyscallError } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { syscallResult } from '../../native/libc.ts'
import { hold, onReady } from '../../native/poller.ts'
import { send } from '../../native/socket.ts'
import { SHUT_WR } from '../../native/uapi.ts'
import type { Plan } from '../../plan/builder.ts'
import { PASSWD_BYTES } from '../../plan/compile/ready.ts'
import { syncPoint, type SyncPoint } from '../../plan/compile/sync.ts'
import { decodeRecord, loadsFilter, planFailure, type StubRecord } from '../../plan/failure.ts'
import { RECORD_MAGIC, record, recordKind } from '../../plan/layout.ts'

/** One for all: a record is copied out before the next is read. */
const buffer = Buffer.alloc(record.size + PASSWD_BYTES)

type Peer = 'keeper' | 'init'

const never = new AbortController().signal
const nothing: Buffer = Buffer.alloc(0)

export class StubLink {
  readonly #plan: Plan
  readonly #sockets: Record<Peer, Fd>
  readonly #ended: Record<Peer, boolean> = { keeper: false, init: false }
  readonly #arrived: Record<Peer, StubRecord[]> = { keeper: [], init: [] }
  #failure: StatorError | undefined
  #hungUp = false
  #wake: (() => void) | undefined
  readonly #subscriptions: Record<Peer, Subscription>

  /** @throws {SyscallError} EMFILE: they cannot be listened to, and are still the caller's */
  constructor(plan: Plan, keeper: Fd, init: Fd) {
    this.#plan = plan
    this.#sockets = { keeper, init }
    const listen = (peer: Peer) =>
      onReady(this.#sockets[peer], () => {
        this.#drain(peer)
        this.#wake?.()
      })
    const listening = listen('keeper')
    try {
      this.#subscriptions = { keeper: listening, init: listen('init') }
    } catch (error) {
      listening.unsubscribe()
      throw error
    }
  }

  /**
   * The next record of one peer; null when there will be none.
   *
   * @throws {StatorError} what a step of any role has reported
   */
  async next(peer: Peer, signal: AbortSignal): Promise<StubRecord | null> {
    const release = hold()
    try {
      for (;;) {
        // A record may be there already; the poller tells only with the next turn of the loop.
        if (!this.#ended[peer]) this.#drain(peer)
        const next = this.#arrived[peer].shift()
        if (next !== undefined) return next
        // What init has failed at is told to who waits for init: the keeper goes on.
        if (this.#failure !== undefined && (peer === 'init' || this.#failure.role !== 'init')) throw this.#failure
        if (this.#ended[peer]) return null
        await this.#woken(signal)
      }
    } finally {
      release()
    }
  }

  /** Waits until init reaches a sync point. */
  async reached(point: SyncPoint, signal: AbortSignal): Promise<StubRecord> {
    const next = await this.next('init', signal)
    if (next === null) {
      // Its last words, or the keeper's on how it ended, may still be on their way.
      let said
      do said = await this.next('keeper', signal)
      while (said !== null && said.kind !== 'ended')
      throw this.#failure ?? this.#initEnded(`reached "${point}"`)
    }
    if (next.kind !== 'reached' || next.step !== syncPoint[point])
      throw new StatorError('ERR_STATOR_STAGE', `init said "${next.kind} ${next.step}" instead of "${point}"`, {
        role: 'init',
      })
    return next
  }

  /** Nobody but the kernel knows why: a signal from outside, no memory, a filter. */
  #initEnded(before: string, cause?: unknown): StatorError {
    const { steps } = this.#plan
    const why = steps.some(loadsFilter) ? 'killed? the filter of linux.seccomp judges what init does, too' : 'killed?'
    return new StatorError('ERR_STATOR_STAGE', `init ended before it ${before} (${why})`, { role: 'init' }, { cause })
  }

  /** Waits until the keeper is one: from then on nothing can fail in it but what it does at the end of init. */
  async kept(signal: AbortSignal): Promise<void> {
    const next = await this.next('keeper', signal)
    if (next?.kind === 'reached' && next.step === syncPoint.kept) return
    throw (
      this.#failure ??
      new StatorError('ERR_STATOR_STAGE', 'the keeper ended as soon as it had cloned init (killed?)', {
        role: 'keeper',
      })
    )
  }

  /** Tells init that there will be no more go-ons: it ends. What it says to that is no reason for anything. */
  hangUp(): void {
    this.failure()
    this.#hungUp = true
    syscallResult('shutdown', this.#sockets.init.number, SHUT_WR)
  }

  /** Resolves when nobody holds the other end of init's socket: neither init, nor a stage or a keeper that clones it. */
  async initGone(): Promise<void> {
    const release = hold()
    try {
      for (;;) {
        this.#drain('init')
        if (this.#ended.init) return
        await this.#woken(never)
      }
    } finally {
      release()
    }
  }

  /** Tells the keeper that init has a listener, and under which number: it takes a copy, and is kept then (`kept`). */
  keepListener(number: number): void {
    try {
      send(this.#sockets.keeper, goOnRecord('filtered', { value: number }))
    } catch (error) {
      this.#drain('keeper')
      throw this.#failure ?? error
    }
  }

  /** Whether init, or who was about to clone it, is gone: nothing more is said or heard there. */
  hasInitEnded(): boolean {
    if (!this.#ended.init) this.#drain('init')
    return this.#ended.init
  }

  /**
   * Lets init go on from a sync point.
   *
   * @throws {StatorError} what init has reported; ERR_STATOR_STAGE: it has ended without a word
   */
  goOn(point: SyncPoint, payload: Buffer = Buffer.alloc(0)): void {
    try {
      send(this.#sockets.init, goOnRecord(point, { payload }))
    } catch (error) {
      // What it said before its end is what the caller wants to know.
      if (!this.hasInitEnded()) throw error
      throw this.#failure ?? this.#initEnded(`was let go on from "${point}"`, error)
    }
  }

  /** What a step has reported so far, after all that can be read has been. */
  failure(): StatorError | undefined {
    for (const peer of ['keeper', 'init'] as const) if (!this.#ended[peer]) this.#drain(peer)
    return this.#failure
  }

  /** Stops listening; what is said from now on is read by `failure` when it is asked for. */
  rest(): void {
    for (const peer of ['keeper', 'init'] as const) this.#subscriptions[peer].unsubscribe()
  }

  close(): void {
    this.rest()
    for (const peer of ['keeper', 'init'] as const) {
      this.#sockets[peer].close()
      this.#ended[peer] = true
    }
    this.#wake?.()
  }

  #drain(peer: Peer): void {
    for (;;) {
      const got = syscallResult('read', this.#sockets[peer].number, buffer, buffer.length)
      if (got === -errnos.EAGAIN) return
      // ECONNRESET, once: the peer has ended without reading all we sent. What it said before can still be read.
      if (got === -errnos.EINTR || got === -errnos.ECONNRESET) continue
      if (got === 0 || got === -errnos.EBADF) {
        this.#ended[peer] = true
        // The end of a stream stays readable.
        this.#subscriptions[peer].unsubscribe()
        return
      }
      if (got < 0) throw new SyscallError('read', -got, [this.#sockets[peer].number])
      const said = decodeRecord(Buffer.from(buffer.subarray(0, got)))
      if (said === null)
        this.#failure ??= new StatorError('ERR_STATOR_STAGE', `${peer} sent ${got} bytes that are no record`, {
          role: peer,
        })
      else if (said.kind === 'failed') {
        if (!this.#hungUp) this.#failure ??= planFailure(this.#plan, said)
      } else this.#arrived[peer].push(said)
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(aborted(signal))
    return new Promise((resolve, reject) => {
      const stop = () => reject(aborted(signal))
      signal.addEventListener('abort', stop, { once: true })
      this.#wake = () => {
        signal.removeEventListener('abort', stop)
        this.#wake = undefined
        resolve()
      }
    })
  }
}

function goOnRecord(point: SyncPoint, { value = 0, payload = nothing }: { value?: number; payload?: Buffer }): Buffer {
  const bytes = Buffer.alloc(record.size + payload.length)
  bytes.writeUInt32LE(RECORD_MAGIC, record.magic)
  bytes.writeUInt32LE(recordKind.goOn, record.kind)
  bytes.writeUInt32LE(syncPoint[point], record.step)
  bytes.writeBigInt64LE(BigInt(value), record.value)
  payload.copy(bytes, record.size)
  return bytes
}

export function aborted(signal: AbortSignal): StatorError {
  const reason: unknown = signal.reason
  return reason instanceof StatorError
    ? reason
    : new StatorError('ERR_STATOR_ABORTED', 'the call was aborted', {}, { cause: reason })
}
