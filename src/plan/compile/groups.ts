// The groups of the container: init, and each exec session, moves itself in.

import type { PlanBuilder } from '../builder.ts'

/** The name under which the n-th `tasks` file is inherited. */
export function groupDescriptor(index: number): string {
  return `tasks of group ${index}`
}

/** v1, and the hybrid's own tree: a process that moves itself costs 0.04 ms a group, moved from outside 3 to 21 (kernel rule 15). */
export function joinGroups(plan: PlanBuilder, groups: number): void {
  plan.at('linux.cgroupsPath', () => {
    for (let index = 0; index < groups; index++) {
      const tasks = plan.inherit(groupDescriptor(index))
      plan.sys('write', [tasks, '0', 1], 'join the group', { expect: 1 })
      plan.sys('close', [tasks], 'close it')
    }
  })
}
