// stator run: a container in the foreground, from its creation to its end, as if its program were this one.

import { constants } from 'node:os'
import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import type { SpecInput } from '../../oci/config.ts'
import type { Container } from '../../runtime/container.ts'
import { errorLine } from '../report.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly bundle: string
  readonly keep?: boolean
}

export const run: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'a name for the container, of A-Z, a-z, 0-9 and _+.-')
      .argument('[args...]', 'a program and its arguments, in place of those in config.json')
      .option('-b, --bundle <dir>', 'a folder with config.json and the root file system', '.')
      .option('--keep', 'leave the stopped container; the next run needs another id')
      .passThroughOptions()
      .addHelpText(
        'after',
        `
The container has the standard streams of this process, gets its signals, and is deleted when its program
has ended. The exit code is the program's, 128 and the signal's number if a signal has ended it, or 1 if it
could not be started. A program that is process 1 ignores signals that it does not handle: the third one
that asks it to end (SIGINT, SIGTERM, SIGQUIT, SIGHUP) kills it.`,
      )
  },
  async run({ args: [id, words], options, globals, log, about }) {
    const { bundle, keep } = options as unknown as Options
    about(String(id))
    const { openRuntimeFor } = await import('../../runtime/open.ts')
    await using runtime = await openRuntimeFor('asked', globals.root === undefined ? {} : { root: globals.root })
    if (log.debugs) runtime.events$.subscribe((event) => log.debug(JSON.stringify(event)))
    using signals = new Signals()
    try {
      const source = await sourceOf(bundle, programOf(words as readonly string[]))
      const { beforeStart: signal } = signals
      const container = await runtime.create({ id: String(id), ...source, stdio: 'inherit', signal })
      try {
        return await runToEnd(container, signals)
      } finally {
        // What failed is told, and what could not be taken away too: `left` names it, and delete can be tried again.
        if (keep !== true) {
          await container.delete({ force: true }).catch((error: unknown) => {
            log.warn(errorLine(error, `delete ${container.id}`))
          })
        }
      }
    } catch (error) {
      // Who asks before the program runs to end it gets what they asked for.
      if (signals.endedBy === null) throw error
      return 128 + constants.signals[signals.endedBy]
    }
  },
}

async function runToEnd(container: Container, signals: Signals): Promise<number> {
  await container.start({ signal: signals.beforeStart })
  signals.passTo(container)
  const { exitCode } = await container.wait()
  if (exitCode !== null) return exitCode
  throw new StatorError('ERR_STATOR_KEEPER', 'the keeper was killed, and how the program has ended is unknown')
}

/** `run web -- ls`: the dashes end the options of this command. */
function programOf(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words
}

/** Other arguments make another configuration than the bundle's. */
async function sourceOf(
  bundle: string,
  args: readonly string[],
): Promise<{ bundle: string } | { config: SpecInput; rootfs: string }> {
  if (args.length === 0) return { bundle }
  const { readBundle } = await import('../../runtime/bundle.ts')
  const { config, rootfs } = readBundle({ bundle }, bundle)
  return { config: { ...config, process: { ...config.process, args } }, rootfs }
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

/** How often a program may be asked to end before it is made to. */
const patience = 3

/** The signals of this process: before the program runs they end this command, then they are the program's. */
class Signals implements Disposable {
  readonly #starting = new AbortController()
  #endedBy: NodeJS.Signals | null = null
  #container: Container | null = null
  #asked = 0
  readonly #early: NodeJS.Signals[] = []

  constructor() {
    for (const signal of passed) process.on(signal, this.#take)
  }

  /** Aborted by a signal that asks to end. */
  get beforeStart(): AbortSignal {
    return this.#starting.signal
  }

  /** The signal that came before the program ran. */
  get endedBy(): NodeJS.Signals | null {
    return this.#endedBy
  }

  /** What came while the program was being started is its own as well: it may have printed that it is ready already. */
  passTo(container: Container): void {
    this.#container = container
    for (const signal of this.#early.splice(0)) container.kill(signal).catch(() => {})
  }

  [Symbol.dispose](): void {
    for (const signal of passed) process.off(signal, this.#take)
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    const ends = asksToEnd.has(signal)
    if (ends) this.#asked++
    if (this.#container !== null) {
      // It may have ended by itself just now.
      this.#container.kill(ends && this.#asked >= patience ? 'SIGKILL' : signal).catch(() => {})
    } else if (ends) {
      this.#endedBy ??= signal
      this.#starting.abort()
    } else this.#early.push(signal)
  }
}
