// What a plan has to know of cgroups: to join them, to make a cgroup namespace, and to mount them in the container.

import { basename } from 'node:path/posix'

import type { HostFacts } from '../../plan/compile/host.ts'
import { type Layout, layout } from './layout.ts'
import { type CgroupReceipt, unifiedGroup } from './receipt.ts'

/** The part of the facts that is about cgroups, for a container with these groups. Where it has none it stays in ours. */
export function cgroupFacts(receipt: CgroupReceipt, { unified, legacy }: Layout = layout()): HostFacts['cgroup'] {
  const { kind, groups } = receipt
  return {
    layout: kind,
    hierarchies: legacy.map(({ mount, controllers, own }) => ({
      folder: basename(mount),
      options: controllers,
      group: groups.find((group) => group.version === 1 && group.mount === mount)?.folder ?? own,
    })),
    unifiedGroup: unifiedGroup(receipt)?.folder ?? unified?.own ?? '',
  }
}
