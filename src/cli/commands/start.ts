// stator start: lets the program of a created container run.

import type { Command } from 'commander'
import { withContainer } from '../open.ts'
import type { Verb } from '../verb.ts'

export const start: Verb = {
  define(command: Command) {
    command.argument('<id>', 'the container')
  },
  async run(invocation) {
    const [id] = invocation.args as [string]
    await withContainer(invocation, id, (container) => container.start())
    return 0
  },
}
