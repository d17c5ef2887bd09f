// stator list: the containers of a root.

import { Option, type Command } from 'commander'
import { listing, type Listing } from '../listing.ts'
import { open } from '../open.ts'
import { table } from '../table.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly format: 'table' | 'json'
  readonly quiet?: boolean
}

export const list: Verb = {
  define(command: Command) {
    command
      .addOption(new Option('-f, --format <format>', 'how').choices(['table', 'json']).default('table'))
      .option('-q, --quiet', 'only ids, one a line')
  },
  async run(invocation) {
    const { options, print, log } = invocation
    const { format, quiet } = options as unknown as Options
    await using runtime = await open(invocation)
    // A folder that cannot be read must not hide the others.
    const ignored = runtime.events$.subscribe((event) => {
      if (event.type === 'runtime.stateIgnored') log.warn(event.error.message)
    })
    const containers = (await runtime.list()).map(listing)
    ignored.unsubscribe()
    if (quiet === true) print(containers.map(({ id }) => `${id}\n`).join(''))
    else if (format === 'json') print(`${JSON.stringify(containers.map(asRunc))}\n`)
    else print(asTable(containers))
    return 0
  },
}

/** With its order of keys. */
function asRunc({ ociVersion, id, pid, status, bundle, rootfs, created, annotations, owner }: Listing): Listing {
  return { ociVersion, id, pid, status, bundle, rootfs, created, ...(annotations && { annotations }), owner }
}

function asTable(containers: readonly Listing[]): string {
  return table([
    ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'],
    ...containers.map(({ id, pid, status, bundle, created, owner }) => [id, `${pid}`, status, bundle, created, owner]),
  ])
}
