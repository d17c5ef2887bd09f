// stator delete: takes away all that was made for a container.

import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import { withContainer } from '../open.ts'
import type { Verb } from '../verb.ts'

export const remove: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .option('-f, --force', 'kill it first if it runs; one that does not exist is no error')
  },
  async run(invocation) {
    const [id] = invocation.args as [string]
    const { force = false } = invocation.options as { readonly force?: boolean }
    try {
      await withContainer(invocation, id, (container) => container.delete({ force }))
    } catch (thrown) {
      if (!(force && thrown instanceof StatorError && thrown.code === 'ERR_STATOR_NOT_FOUND')) throw thrown
    }
    return 0
  },
}
