// stator kill: a signal to a container.

import { type Command, Option } from 'commander'
import { StatorError } from '../../errors.ts'
import { withContainer } from '../open.ts'
import type { Verb } from '../verb.ts'

export const kill: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .argument('[signal]', 'SIGTERM, TERM or 15', 'SIGTERM')
      .addOption(new Option('-a, --all', 'to every process of the container, and not to the first alone'))
  },
  async run(invocation) {
    const [id, signal] = invocation.args as [string, string]
    const { all = false } = invocation.options as { readonly all?: boolean }
    const sent = /^\d+$/.test(signal) ? Number(signal) : signal
    if (sent === 0) throw new StatorError('ERR_STATOR_CONFIG', `signal "${signal}": sends nothing`)
    await withContainer(invocation, id, (container) => container.kill(sent, { all }))
    return 0
  },
}
