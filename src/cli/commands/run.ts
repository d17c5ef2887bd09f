// stator run: a container in the foreground, from its creation to its end, as if its program were this one; or, detached, from
// its creation to its start.

import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import type { Container } from '../../runtime/container.ts'
import { exitCodeOf } from '../exit-code.ts'
import { createOptions, type CreateOptions } from '../launch-options.ts'
import { make } from '../making.ts'
import { open, refuseUser, settleRest } from '../open.ts'
import { errorLine } from '../report.ts'
import { Signals } from '../signals.ts'
import { becomeSubreaper } from '../subreaper.ts'
import type { Invocation, Verb } from '../verb.ts'

interface Options extends CreateOptions {
  readonly detach?: boolean
  readonly keep?: boolean
  readonly subreaper: boolean
}

export const run: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'a name for the container, of A-Z, a-z, 0-9 and _+.-')
      .argument('[args...]', 'a program and its arguments, in place of those in config.json')
    createOptions(command)
      .option('-d, --detach', 'end when the program runs, and leave it')
      .option('--keep', 'leave the stopped container, with its log and its exit code, until "stator delete"')
      .option('--no-subreaper', 'leave orphans of the container to others; else this command reaps them')
      .passThroughOptions()
      .addHelpText(
        'after',
        `
The container has the standard streams of this process, gets its signals, and is deleted when its program
has ended. With a terminal (process.terminal) this process's own terminal is in raw mode until then. The
exit code is the program's, 128 and the signal's number if a signal has ended it, or 1 if it could not be
started. A program that is process 1 ignores signals that it does not handle: the third such one that asks
it to end (SIGINT, SIGTERM, SIGQUIT, SIGHUP) kills it. On a terminal of its own Ctrl-C is a character of that
terminal, and not a signal of this process.

With --detach the exit code is 0 once the program runs, and the container stays until "stator delete".`,
      )
  },
  async run(invocation) {
    const { argv, args, about } = invocation
    const { detach } = invocation.options as unknown as Options
    const [id, words] = args as [string, readonly string[]]
    if (isIdMissing(argv, words)) {
      throw new StatorError('ERR_STATOR_CONFIG', `missing id (write run ID -- ${[id, ...words].join(' ')})`)
    }
    about(id)
    refuseUser()
    return detach === true ? await detached(invocation) : await foreground(invocation)
  },
}

async function detached(invocation: Invocation): Promise<number> {
  const { globals, log } = invocation
  const options = invocation.options as unknown as Options
  const [id, words] = invocation.args as [string, readonly string[]]
  await using runtime = await open(invocation)
  const container = await make(runtime, { id, options, args: programOf(words), detach: true, globals, log })
  try {
    await container.start()
  } catch (error) {
    await remove(container, invocation)
    throw error
  }
  return 0
}

async function foreground(invocation: Invocation): Promise<number> {
  const { globals, log } = invocation
  const options = invocation.options as unknown as Options
  const [id, words] = invocation.args as [string, readonly string[]]
  using reaping = options.subreaper ? becomeSubreaper() : null
  const runtime = await open(invocation, { attach: true })
  try {
    using signals = new Signals()
    try {
      const { beforeStart: signal } = signals
      const how = { id, options, args: programOf(words), detach: false, globals, log, signal }
      const container = await make(runtime, how)
      try {
        const sit = container.config.process.terminal === true ? await import('../sit.ts') : null
        using terminal = sit?.sitAt(container) ?? null
        reaping?.spare(container.pid)
        await container.start({ signal })
        signals.passTo(container)
        const exit = await container.wait()
        terminal?.finish()
        await terminal?.ended
        return exitCodeOf(exit)
      } finally {
        if (options.keep !== true) await remove(container, invocation)
      }
    } catch (error) {
      if (signals.exitCode === null) throw error
      return signals.exitCode
    }
  } finally {
    await runtime.close()
    await settleRest(runtime.root, log)
  }
}

/** What failed is told, and what could not be taken away too: `left` names it, and delete can be tried again. */
async function remove(container: Container, { log }: Invocation): Promise<void> {
  await container.delete({ force: true }).catch((error: unknown) => {
    log.warn(errorLine(error, `delete ${container.id}`))
  })
}

/** `run -- ls`: after dashes everything is a word, and so the parser has taken the program for the id. */
function isIdMissing(argv: readonly string[], program: readonly string[]): boolean {
  return argv.at(-program.length - 2) === '--'
}

/** `run web -- ls`: the dashes end the options of this command. */
function programOf(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words
}
