// stator state: what a container is doing, as JSON.

import type { Command } from 'commander'
import { listing } from '../listing.ts'
import { glanceAt, withContainer } from '../open.ts'
import type { Verb } from '../verb.ts'

export const state: Verb = {
  define(command: Command) {
    command.argument('<id>', 'the container').addHelpText(
      'after',
      `
The state of the specification, with "rootfs", "created" and "owner" as runc has them. pid is 0 when the container has
stopped.`,
    )
  },
  async run(invocation) {
    const [id] = invocation.args as [string]
    const seen = await glanceAt(invocation, id)
    const told = seen === null ? await withContainer(invocation, id, listing) : listing(seen)
    const { ociVersion, pid, status, bundle, rootfs, created, annotations, owner } = told
    const shown = { ociVersion, id, pid, status, bundle, rootfs, created, annotations, owner }
    invocation.print(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  },
}
