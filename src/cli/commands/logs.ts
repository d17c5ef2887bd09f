// stator logs: what a container has printed, where its runtime keeps that.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { withContainer } from '../open.ts'
import { wholeNumber } from '../launch-options.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly follow?: boolean
  readonly timestamps?: boolean
  readonly tail?: number
  readonly since?: string
}

export const logs: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .option('-f, --follow', 'go on until it has ended')
      .option('-t, --timestamps', 'with the time of each line')
      .addOption(new Option('-n, --tail <lines>', 'only the last ones').argParser(wholeNumber))
      .addOption(
        new Option('--since <time>', 'only from then on: 2026-01-31T12:00:00Z').argParser((text) => {
          if (Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('must be a time.')
          return text
        }),
      )
      .addHelpText(
        'after',
        `
What it printed on stderr is printed on stderr. There is a log where the container was made with one: by the library unless it
is told otherwise, by "stator create" and "stator run" with --stdio log.`,
      )
  },
  async run(invocation) {
    const [id] = invocation.args as [string]
    const { follow = false, timestamps = false, tail, since } = invocation.options as Options
    await withContainer(invocation, id, async (container) => {
      for await (const { stream, time, text } of container.logs({ follow, tail, since })) {
        const line = timestamps ? `${time} ${text}\n` : `${text}\n`
        if (stream === 'stdout') invocation.print(line)
        else invocation.printError(line)
      }
    })
    return 0
  },
}
