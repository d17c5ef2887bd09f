// The terminal that somebody sits at, lent to a container's program for as long as it runs: `run -t`, `exec -t`.
//
//   keys ── stdin ──▶ master ──▶ program            the host's terminal is raw: ^C and ^Z are the program's as well
//   screen ◀── stdout ◀── master ◀── program
//   SIGWINCH ── size of the host's ──▶ master ── SIGWINCH ──▶ program
//
// Who makes the pseudo-terminal, and how its master comes to this process, belongs elsewhere.

import { fstatSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { ignoring } from '../native/errno.ts'
import { Fd } from '../native/fd.ts'
import { fcntl, syscall } from '../native/libc.ts'
import { openat } from '../native/mount.ts'
import { terminalStream, type TerminalStream } from '../native/terminal-stream.ts'
import * as terminals from '../native/terminal.ts'
import { F_DUPFD_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../native/uapi.ts'

/**
 * The terminal of this process: stdin, stdout or stderr, whichever is one, or else the one that controls it.
 *
 * @returns null: there is none, as for a service
 */
export function hostTerminal(): Fd | null {
  const standard = [0, 1, 2].find((number) => terminals.isTerminal(number))
  if (standard !== undefined) return new Fd(fcntl(standard, F_DUPFD_CLOEXEC))
  try {
    return openat('/dev/tty', O_RDWR | O_NOCTTY)
  } catch (error) {
    return ignoring('ENXIO', 'ENOENT', 'ENODEV', 'EACCES', 'EPERM', 'EIO')(error) ?? null
  }
}

/** How far apart two signals may be heard of that were sent at once. */
const SIGNALS_WITHIN_MS = 100

/** Each ends a process that has no other plan, and would leave the terminal raw. */
const ends = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const

/**
 * The host's terminal is raw and has the container's program at it, from its making until it is disposed of, and whatever ends this
 * process restores it: an exception, process.exit(), a signal. (Nothing can after SIGKILL; `stty sane` does.)
 *
 * - `ended` is when the terminal of the program has ended, and all that came from it is written to stdout.
 * - The host's stdin may end: nothing is closed for that, and the program is told nothing. It goes on being shown.
 * - A signal that somebody else in this process listens to is theirs: it is taken to be the program's, which will end by it.
 * - Stopped and continued in the foreground, the terminal is raw again and has its size. In the background it is left alone:
 *   the process stops, by SIGTTOU or SIGTTIN, until it is brought to the foreground.
 */
export class ForegroundTerminal implements Disposable {
  /**
   * Rejects with what made stdout fail. That nobody reads it any more is no failure. After both the program's terminal is closed, and
   * the program is told by SIGHUP.
   */
  readonly ended: Promise<void>
  readonly #host: Fd
  readonly #master: Fd
  readonly #stream: TerminalStream
  readonly #input: Standard<Readable>
  readonly #output: Standard<Writable>
  #saved: terminals.SavedMode | null = null
  #askedToEnd = false
  #returning: NodeJS.Timeout | undefined
  #disposed = false

  /**
   * Both descriptors are this object's from now on, and closed by it also when it cannot be made.
   *
   * @param master of the program's terminal
   * @param host see {@link hostTerminal}
   * @throws {SyscallError} ENOTTY: one is no terminal; EIO: the host's is hung up
   */
  constructor(master: Fd, host: Fd) {
    this.#master = master
    this.#host = host
    // Before the mode is changed: a signal in between would leave it so.
    this.#listen()
    try {
      terminals.clearOnlcr(master)
      this.#stream = terminalStream(master)
      this.#enter()
      this.#input = standardInput()
      this.#output = standardOutput()
    } catch (error) {
      this.#leave()
      master.close()
      throw error
    }
    this.#stream.on('error', () => {}) // the loop tells
    this.ended = this.#show()
    this.ended.catch(() => {}) // for those who wait for it
    this.#read()
  }

  /** The program has ended: what it has written is shown, and that is all, although another process may hold its terminal open. */
  finish(): void {
    this.#stream.finish()
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#leave()
    this.#input.release()
    this.#output.release()
    this.#stream.destroy()
  }

  async #show(): Promise<void> {
    try {
      for await (const bytes of this.#stream as AsyncIterable<Buffer>) await this.#write(bytes)
    } catch (error) {
      if (!this.#disposed) ignoring('EPIPE')(error)
    } finally {
      // What is typed from now on is the shell's.
      this.#input.release()
    }
  }

  /** What has gone wrong with stdout is told to whoever writes. */
  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.stream.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  #read(): void {
    const { stream } = this.#input
    this.#stream.once('end', () => this.#input.release())
    stream.pipe(this.#stream, { end: false })
  }

  #listen(): void {
    process.on('exit', this.#restore)
    process.off('exit', keepMode).on('exit', keepMode)
    process.on('SIGWINCH', this.#resize)
    process.on('SIGCONT', this.#continue)
    process.on('SIGTSTP', this.#stop)
    for (const signal of ends) process.on(signal, this.#end)
  }

  #leave(): void {
    process.off('exit', this.#restore)
    process.off('SIGWINCH', this.#resize)
    process.off('SIGCONT', this.#continue)
    clearTimeout(this.#returning)
    process.off('SIGTSTP', this.#stop)
    for (const signal of ends) process.off(signal, this.#end)
    this.#restore()
    this.#host.close()
  }

  #enter(): void {
    const mode = terminals.makeRaw(this.#host)
    // Raw already, when it was continued without having been stopped, or by a shell that restores nothing.
    const isOwn = this.#saved !== null && Buffer.compare(mode.termios, this.#saved.raw) === 0
    if (!isOwn) this.#saved = mode
    this.#resize()
  }

  readonly #restore = (): void => {
    try {
      if (this.#saved !== null && terminals.restoreMode(this.#host, this.#saved)) this.#saved = null
    } catch {
      // Hung up: nobody sits there any more.
    }
  }

  readonly #resize = (): void => {
    try {
      const size = terminals.windowSize(this.#host)
      // A serial line does not know.
      if (size.columns !== 0 || size.rows !== 0) terminals.setWindowSize(this.#master, size)
    } catch (error) {
      ignoring('EIO', 'EBADF')(error) // one of them has ended
    }
  }

  /**
   * In the background the process stops again, until it is brought to the foreground. But a shell that ends a stopped job continues
   * it as well, so that it gets the signal: then it must not. Which of the two signals is heard of first is up to the kernel, which
   * may give each to another thread; so it stands still only when no other has come for a while.
   */
  readonly #continue = (): void => {
    clearTimeout(this.#returning)
    if (terminals.isForeground(this.#host)) this.#return()
    else if (this.#askedToEnd) this.#input.release()
    else this.#returning = setTimeout(() => setImmediate(this.#stayOrEnd), SIGNALS_WITHIN_MS)
  }

  /** By a setImmediate: a loop that was blocked for so long hears of its signals first. */
  readonly #stayOrEnd = (): void => {
    if (this.#disposed) return
    if (this.#askedToEnd) this.#input.release()
    else this.#return()
  }

  #return(): void {
    try {
      this.#enter()
    } catch (error) {
      ignoring('EIO')(error)
    }
  }

  /** Sent from elsewhere: ^Z is the program's. */
  readonly #stop = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return
    this.#restore()
    process.off(signal, this.#stop)
    process.kill(process.pid, signal)
    // Here the process stands still, until it is continued.
    process.on(signal, this.#stop)
    this.#continue()
  }

  readonly #end = (signal: NodeJS.Signals): void => {
    this.#askedToEnd = true
    if (process.listenerCount(signal) > 1) return
    this.#restore()
    process.off(signal, this.#end)
    process.kill(process.pid, signal)
  }
}

/**
 * As it ends, Node.js gives the standard streams the mode that it found when it began. For a process that was started in the
 * background that is the mode of the shell's line editor, and the shell would be left with that. What is another file by then it
 * leaves alone; /dev/tty is one, and the same terminal.
 *
 * @see ResetStdio() in src/node.cc
 */
function keepMode(): void {
  try {
    const own = [0, 1, 2].filter((number) => terminals.isControlling(number))
    if (own.length === 0) return
    using terminal = openat('/dev/tty', O_RDWR | O_NOCTTY)
    for (const number of own) syscall('dup3', terminal.number, number, 0)
  } catch {
    // Then it is as Node.js has it.
  }
}

/** A standard stream, and the way to let go of it. */
interface Standard<Stream> {
  readonly stream: Stream
  readonly release: () => void
}

function standardInput(): Standard<Readable> {
  const own = reopened(0, O_RDONLY)
  if (own !== null) return own
  const { stdin } = process
  stdin.on('error', nothing)
  const release = () => {
    stdin.unpipe()
    stdin.pause()
    // Files have no handle to let go of.
    if ('unref' in stdin) stdin.unref()
  }
  return { stream: stdin, release }
}

function standardOutput(): Standard<Writable> {
  const own = reopened(1, O_WRONLY)
  if (own !== null) return own
  const { stdout } = process
  stdout.on('error', nothing)
  return { stream: stdout, release: () => {} }
}

/** A stdin that fails has ended; and who writes to a stdout that fails is told there. */
function nothing(): void {}

/**
 * A terminal or a pipe as an open file of its own, which may be non-blocking: the shell shares the other, and would find its terminal
 * so. Node's own streams block the loop for a terminal that is slow or stopped by ^S.
 *
 * @returns null: neither of the two, or no right to open it
 */
function reopened(number: 0 | 1, flags: number): Standard<TerminalStream> | null {
  try {
    if (!terminals.isTerminal(number) && !fstatSync(number).isFIFO()) return null
    const stream = terminalStream(openat(`/proc/self/fd/${number}`, flags | O_NONBLOCK | O_NOCTTY))
    stream.on('error', nothing)
    return { stream, release: () => void stream.destroy() }
  } catch {
    return null
  }
}
