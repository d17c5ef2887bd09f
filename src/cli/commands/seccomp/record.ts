// stator seccomp record: a bundle is run with everything allowed, and what it calls becomes a profile.

import { accessSync, constants, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { Recording } from '../../../actors/seccomp/recording.ts'
import { toStatorError } from '../../../errors.ts'
import { stringifyConfig } from '../../../oci/stringify.ts'
import { readBundle } from '../../../runtime/bundle.ts'
import { newId } from '../../../runtime/run.ts'
import { exitCodeOf } from '../../exit-code.ts'
import { open, refuseUser, settleRest } from '../../open.ts'
import { Signals } from '../../signals.ts'
import { becomeSubreaper } from '../../subreaper.ts'
import type { Verb } from '../../verb.ts'

interface Options {
  readonly bundle: string
  readonly output: string
}

export const record: Verb = {
  define(command: Command) {
    command
      .argument('[args...]', 'a program and its arguments, in place of those in config.json')
      .option('-b, --bundle <dir>', 'a folder with config.json and the root file system', '.')
      .requiredOption(
        '-o, --output <file>',
        'where to write the profile; - for standard output, after what the program has printed there',
      )
      .passThroughOptions()
      .addHelpText(
        'after',
        `
The program has the standard streams of this process, and gets its signals. Nothing is refused meanwhile, and
linux.seccomp of the bundle is left out. The profile allows what was called, by init after the filter was loaded, too;
of clone, ioctl and socket only with the arguments that were seen. It knows one run: what another one does besides is
refused with EPERM. The exit code is the program's.

  stator seccomp record -b bundle -o profile.json -- sh -c 'ls | wc -l'
  stator run -b bundle --policy ./profile.json web`,
      )
  },
  async run(invocation) {
    const { args, log, print } = invocation
    const { bundle, output } = invocation.options as unknown as Options
    const words = args[0] as readonly string[]
    invocation.about(bundle)
    refuseUser()
    // A run may be long: where the profile cannot be written is said before.
    if (output !== '-') inFile(output, () => accessSync(dirname(output), constants.W_OK))
    using reaping = becomeSubreaper()
    const { config } = readBundle({ bundle }, bundle, log.notes)
    // It sits at this process's own, as with `run`.
    const sit = config.process.terminal === true ? await import('../../sit.ts') : null
    sit?.demandTerminal()
    const recording = new Recording()
    using progress = new Progress(() => recording.size)
    const runtime = await open(invocation, { attach: true })
    let exitCode: number
    try {
      using signals = new Signals()
      const container = await runtime.createRecorded({
        id: newId(),
        bundle,
        args: words.length > 0 ? words : undefined,
        ...(sit === null ? { stdio: 'inherit' as const } : {}),
        signal: signals.beforeStart,
        onNotification(call) {
          // First the answer: who waits is the program.
          const answered = call.continue()
          recording.note(call)
          progress.show()
          return answered
        },
      })
      try {
        using terminal = sit?.sitAt(container) ?? null
        reaping.spare(container.pid)
        await container.start({ signal: signals.beforeStart })
        signals.passTo(container)
        exitCode = exitCodeOf(await container.wait())
        terminal?.finish()
        await terminal?.ended
      } finally {
        await container.delete({ force: true })
      }
    } finally {
      await runtime.close()
      await settleRest(runtime.root, log)
    }
    progress.end()
    for (const number of recording.nameless)
      log.warn(`system call ${number} has no name here, and so no rule: it will be refused`)
    const text = `${stringifyConfig(recording.profile(), 2)}\n`
    if (output === '-') print(text)
    else inFile(output, () => writeFileSync(output, text))
    return exitCode
  },
}

function inFile(path: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
  }
}

/** How often it is drawn anew. */
const everyMs = 100

/** One line on a terminal: how many different calls have been seen. */
class Progress implements Disposable {
  readonly #count: () => number
  readonly #began = performance.now()
  #shown = -Infinity

  constructor(count: () => number) {
    this.#count = count
  }

  show(): void {
    const now = performance.now()
    if (!process.stderr.isTTY || now - this.#shown < everyMs) return
    this.#shown = now
    process.stderr.write(`\r\x1b[K${this.#text}`)
  }

  get #text(): string {
    return `recording: ${this.#count()} different system calls, ${((performance.now() - this.#began) / 1000).toFixed(1)} s`
  }

  /** The last line stays. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${this.#text}\n`)
    this.#shown = Infinity
  }

  [Symbol.dispose](): void {
    if (this.#shown > 0 && this.#shown !== Infinity && process.stderr.isTTY) process.stderr.write('\n')
  }
}
