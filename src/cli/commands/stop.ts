// stator stop: asks a container to end, and makes it when it does not.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { withContainer } from '../open.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly signal: string
  readonly timeout: number
}

export const stop: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .option('-s, --signal <signal>', 'what it is asked with', 'SIGTERM')
      .addOption(
        new Option('-t, --timeout <seconds>', 'until it is killed')
          .argParser((text) => {
            if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('must be seconds, from 0.')
            return Number(text)
          })
          .default(10),
      )
      .addHelpText('after', '\nEnds when the container has. One that has ended before is no error.')
  },
  async run(invocation) {
    const [id] = invocation.args as [string]
    const { signal, timeout } = invocation.options as unknown as Options
    const sent = /^\d+$/.test(signal) ? Number(signal) : signal
    await withContainer(invocation, id, (container) => container.stop({ signal: sent, timeoutMs: timeout * 1000 }))
    return 0
  },
}
