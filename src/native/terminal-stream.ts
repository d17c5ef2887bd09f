// What goes through a terminal, as a stream of Node's: the master of a pseudo-terminal, read and written without a thread.
// Size and modes are in terminal.ts.

import { Duplex } from 'node:stream'
import type { Subscription } from 'rxjs'

import { errnos, SyscallError } from './errno.ts'
import type { Fd } from './fd.ts'
import { fcntl, syscallResult } from './libc.ts'
import { hold, onReady } from './poller.ts'
import { F_GETFL, F_SETFL, O_NONBLOCK, POLLHUP } from './uapi.ts'

/** How much one read takes, and one write gives. The kernel's own buffers are 4 KiB to read, and 64 KiB to write. */
const CHUNK_BYTES = 64 * 1024

/** How many reads or writes there are in one turn of the loop: a program that never pauses must not keep it to itself. */
const CALLS_A_TURN = 16

/**
 * What the program in a terminal writes, to read; what is typed for it, to write. The descriptor is the stream's from now on, and
 * is closed once: when both directions have ended, or by `destroy`. It becomes non-blocking, with all of its duplicates.
 *
 * - It ends when the last descriptor of the terminal itself is closed, and everything written before is still read. What is typed
 *   after that goes nowhere, as with every terminal that nobody reads.
 * - `end()` ends what is typed and tells the program nothing: only the program knows which character it takes for an end.
 * - `finish()` ends the reading side when what is there now has been read, although somebody still has the terminal open.
 * - The process is kept running by a reader that waits and by a write that is not through, and not by the stream as such.
 *
 * @throws {SyscallError} EBADF
 * @see pty(7)
 */
export function terminalStream(master: Fd): TerminalStream {
  fcntl(master.number, F_SETFL, fcntl(master.number, F_GETFL) | O_NONBLOCK)
  return new TerminalStream(master)
}

/** See {@link terminalStream}. */
class TerminalStream extends Duplex {
  readonly #master: Fd
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  readonly #reading: Wait
  readonly #writing: Wait
  #paused = false
  #finishing = false
  /** What the terminal has not taken yet. */
  #rest: Buffer = Buffer.alloc(0)
  #written: ((error?: Error | null) => void) | null = null

  constructor(master: Fd) {
    // A terminal that has ended takes nothing either: then `end()` follows by itself, and the descriptor is closed.
    super({ allowHalfOpen: false, decodeStrings: true })
    this.#master = master
    this.#reading = new Wait(() => onReady(master, () => this.#read(), { events: 'in' }))
    this.#writing = new Wait(() => onReady(master, () => this.#write(), { events: 'out' }))
  }

  /** Ends the reading side when what is there now has been read: the program has ended, and another holds its terminal open. */
  finish(): void {
    this.#finishing = true
    // When nobody waits for more, the end comes behind what the reader has not taken yet: with its next question.
    this.#read()
  }

  /** Node.js asks again when what it has is taken. It is never answered at once: a reader in a loop would never let go. */
  override _read(): void {
    this.#attempt(() => this.#reading.begin(!this.#paused))
    if (this.#finishing) setImmediate(() => this.#read())
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#rest = chunk
    this.#written = callback
    this.#write()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reading.end()
    this.#writing.end()
    const written = this.#written
    this.#written = null
    this.#master.close()
    written?.(error ?? new SyscallError('write', errnos.ECANCELED, [], 'the terminal is closed'))
    callback(error)
  }

  /** A reader that pauses does not wait, and so does not keep the process running. */
  override pause(): this {
    this.#paused = true
    this.#reading.holds(false)
    return super.pause()
  }

  override resume(): this {
    this.#paused = false
    this.#reading.holds(true)
    return super.resume()
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    // `read(0)` is Node's own, to have something when it is asked.
    if (chunk === null && size !== 0) this.#reading.holds(true)
    return chunk
  }

  #read(): void {
    for (let call = 0; call < CALLS_A_TURN && this.#reading.is; call++) {
      const { number } = this.#master
      const result = syscallResult('read', number, this.#buffer, CHUNK_BYTES)
      if (result === -errnos.EINTR) continue
      if (result === -errnos.EAGAIN && !this.#finishing) return
      // EIO: the last slave is closed, and all that came from it has been read.
      if (result === 0 || result === -errnos.EIO || result === -errnos.EAGAIN) return this.#end()
      if (result < 0) {
        this.destroy(new SyscallError('read', -result, [number, this.#buffer]))
        return
      }
      if (!this.push(Buffer.from(this.#buffer.subarray(0, result)))) this.#reading.end()
    }
    // The last byte may be out, and then nothing comes to wake for.
    if (this.#finishing && this.#reading.is) setImmediate(() => this.#read())
  }

  #end(): void {
    this.#reading.end()
    this.push(null)
  }

  #write(): void {
    for (let call = 0; call < CALLS_A_TURN; call++) {
      if (this.#rest.byteLength === 0) return this.#finishWrite()
      const { number } = this.#master
      const bytes = this.#rest.subarray(0, CHUNK_BYTES)
      const result = syscallResult('write', number, bytes, bytes.byteLength)
      if (result === -errnos.EINTR) continue
      const full = result === -errnos.EAGAIN || result === 0
      // Nobody has the terminal open: the kernel says EAGAIN for that too, when there is no room, and there never will be.
      if (result === -errnos.EIO || (full && isHungUp(this.#master))) return this.#finishWrite()
      if (full) break
      if (result < 0) return this.#finishWrite(new SyscallError('write', -result, [number, bytes]))
      this.#rest = this.#rest.subarray(result)
    }
    this.#attempt(() => this.#writing.begin(true))
  }

  #finishWrite(error?: Error): void {
    this.#writing.end()
    this.#rest = Buffer.alloc(0)
    const written = this.#written
    this.#written = null
    written?.(error)
  }

  #attempt(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.destroy(error as Error)
    }
  }
}

export type { TerminalStream }

/** @see ppoll(2) */
function isHungUp({ number }: Fd): boolean {
  // struct pollfd: fd 0, events 4, revents 6. struct timespec: no time at all.
  const asked = Buffer.alloc(8)
  asked.writeInt32LE(number, 0)
  const result = syscallResult('ppoll', asked, 1, Buffer.alloc(16), null, 0)
  return result > 0 && (asked.readUInt16LE(6) & POLLHUP) !== 0
}

/** A watch that is there while somebody waits. A hung-up terminal is always ready: what nobody waits for must not be watched. */
class Wait {
  readonly #watch: () => Subscription
  #subscription: Subscription | null = null
  #release: (() => void) | null = null

  constructor(watch: () => Subscription) {
    this.#watch = watch
  }

  get is(): boolean {
    return this.#subscription !== null
  }

  begin(holds: boolean): void {
    this.#subscription ??= this.#watch()
    this.holds(holds)
  }

  /** Whether it keeps the process running. */
  holds(wanted: boolean): void {
    if (wanted && this.is) this.#release ??= hold()
    else {
      this.#release?.()
      this.#release = null
    }
  }

  end(): void {
    this.#subscription?.unsubscribe()
    this.#subscription = null
    this.holds(false)
  }
}
