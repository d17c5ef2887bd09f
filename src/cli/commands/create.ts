// stator create: everything but the program: `start` lets that run.

import type { Command } from 'commander'
import { createOptions, type CreateOptions } from '../launch-options.ts'
import { make } from '../making.ts'
import { open, refuseUser } from '../open.ts'
import type { Verb } from '../verb.ts'

export const create: Verb = {
  define(command: Command) {
    createOptions(command.argument('<id>', 'a name for the container, of A-Z, a-z, 0-9 and _+.-')).addHelpText(
      'after',
      `
The container waits for "stator start". Its first process is a child of this one, and when this one has ended of who reaps
its orphans, which for an engine is the engine's monitor; a keeper watches it and notes how it ends.`,
    )
  },
  async run(invocation) {
    const { args, options, globals, log, about } = invocation
    const [id] = args as [string]
    about(id)
    refuseUser()
    await using runtime = await open(invocation)
    await make(runtime, { id, options: options as unknown as CreateOptions, detach: true, globals, log })
    return 0
  },
}
