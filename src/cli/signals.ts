// The signals of a command in the foreground: before the program runs they end the command, then they are the program's.

import { constants } from 'node:os'
import { heedsSignal } from '../native/process-stat.ts'

/** Who gets them: a container, or a process in one. */
export interface Signalled {
  /** null: it has ended. */
  readonly pid: number | null
  kill(signal: NodeJS.Signals): Promise<void>
}

/** All that a program may be waiting for and Node.js lets others have. */
const passed = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGWINCH',
  'SIGCONT',
] as const
const asksToEnd: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'])

/** How often a program that does not heed them may be asked to end before it is made to: the kernel gives pid 1 no such signal. */
const patience = 3

export class Signals implements Disposable {
  readonly #starting = new AbortController()
  #endedBy: NodeJS.Signals | null = null
  #to: Signalled | null = null
  #unheeded = 0
  readonly #early: NodeJS.Signals[] = []

  constructor() {
    for (const signal of passed) process.on(signal, this.#take)
  }

  /** Aborted by a signal that asks to end. */
  get beforeStart(): AbortSignal {
    return this.#starting.signal
  }

  /** The code of who asked for the end before the program ran: they get what they asked for. */
  get exitCode(): number | null {
    return this.#endedBy === null ? null : 128 + constants.signals[this.#endedBy]
  }

  /** What came while the program was being started is its own as well: it may have printed that it is ready already. */
  passTo(to: Signalled): void {
    this.#to = to
    for (const signal of this.#early.splice(0)) to.kill(signal).catch(() => {})
  }

  [Symbol.dispose](): void {
    for (const signal of passed) process.off(signal, this.#take)
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    const ends = asksToEnd.has(signal)
    if (this.#to !== null) {
      const { pid } = this.#to
      if (ends && pid !== null && !heedsSignal(pid, constants.signals[signal])) this.#unheeded++
      // It may have ended by itself just now.
      this.#to.kill(ends && this.#unheeded >= patience ? 'SIGKILL' : signal).catch(() => {})
    } else if (ends) {
      this.#endedBy ??= signal
      this.#starting.abort()
    } else this.#early.push(signal)
  }
}
