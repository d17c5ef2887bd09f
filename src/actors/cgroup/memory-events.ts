// What the kernel did to a container that had too much memory.

import { readControl, readKey } from './control-file.ts'
import { type CgroupReceipt, groupWith } from './receipt.ts'

/**
 * How many of the container's processes were killed for want of memory, its own limit's or one's above it. 0 without a group
 * that knows. On version 2 those in groups below count too; version 1 counts the group's own.
 *
 * @see cgroup-v2.rst, `memory.events`; for version 1, Linux 4.13
 */
export function oomKills(receipt: CgroupReceipt): number {
  const group = groupWith(receipt, 'memory')
  if (group === undefined) return 0
  return (
    readKey(readControl(group.folder, group.version === 2 ? 'memory.events' : 'memory.oom_control'), 'oom_kill') ?? 0
  )
}
