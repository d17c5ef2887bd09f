// stator run: a container in the foreground, from its creation to its end, as if its program were this one.

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import type { SpecInput } from '../../oci/config.ts'
import { CAP_SYS_ADMIN } from '../../native/uapi.ts'
import type { Container } from '../../runtime/container.ts'
import type { Log } from '../log.ts'
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
      .option('--keep', 'leave the stopped container, with its log and its exit code; the next run needs another id')
      .passThroughOptions()
      .addHelpText(
        'after',
        `
The container has the standard streams of this process, gets its signals, and is deleted when its program
has ended. The exit code is the program's, 128 and the signal's number if a signal has ended it, or 1 if it
could not be started. A program that is process 1 ignores signals that it does not handle: the third one
that asks it to end (SIGINT, SIGTERM, SIGQUIT, SIGHUP) kills it.

What --keep leaves is removed with the library, as there is no command for it yet: openRuntime(), get(ID) of
it, and delete() of that.`,
      )
  },
  async run({ argv, args, options, globals, log, about }) {
    const { bundle, keep } = options as unknown as Options
    const [id, program] = args as [string, readonly string[]]
    if (isIdMissing(argv, program)) {
      throw new StatorError('ERR_STATOR_CONFIG', `missing id (write run ID -- ${[id, ...program].join(' ')})`)
    }
    about(id)
    refuseUser()
    const { openRuntimeFor } = await import('../../runtime/open.ts')
    const { checkId }: { checkId: (id: unknown) => void } = await import('../../runtime/store.ts')
    checkId(id)
    await using runtime = await openRuntimeFor('asked', globals.root === undefined ? {} : { root: globals.root })
    if (log.debugs) runtime.events$.subscribe((event) => log.debug(JSON.stringify(event)))
    using signals = new Signals()
    try {
      const source = await sourceOf(bundle, programOf(program), log)
      const { beforeStart: signal } = signals
      const container = await runtime.create({ id, ...source, stdio: 'inherit', signal })
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

/** `run -- ls`: after dashes everything is a word, and so the parser has taken the program for the id. */
function isIdMissing(argv: readonly string[], program: readonly string[]): boolean {
  return argv.at(-program.length - 2) === '--'
}

/**
 * Before anything is made, as it would fail in the middle. Another user with the rights of root is let through: what is missing
 * then has its own error.
 *
 * @throws {StatorError} ERR_STATOR_PLATFORM
 */
function refuseUser(): void {
  if (process.platform !== 'linux' || process.geteuid?.() === 0) return
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  if ((BigInt(`0x${effective}`) & (1n << BigInt(CAP_SYS_ADMIN))) !== 0n) return
  const message = 'containers need root (rootless ones are not available yet: see "stator doctor")'
  throw new StatorError('ERR_STATOR_PLATFORM', message)
}

/** `run web -- ls`: the dashes end the options of this command. */
function programOf(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words
}

/** Other arguments make another configuration than the bundle's. */
async function sourceOf(
  bundle: string,
  args: readonly string[],
  log: Log,
): Promise<{ bundle: string } | { config: SpecInput; rootfs: string }> {
  const { readBundle } = await import('../../runtime/bundle.ts')
  // Also for its warnings: `create` has nobody to tell, and does not parse the same text again.
  const { config, rootfs } = readBundle({ bundle }, bundle, log.notes)
  if (args.length === 0) return { bundle }
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
