// sealing, the filters of linux.seccomp: they come before the plan, which loads them.

import type { Spec } from '../../oci/config.ts'
import type { LoadableFilter } from '../../plan/compile/seccomp.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { compileFilter, type Filter } from './filter.ts'

/** What this stage leaves for those after it, and tells. */
export interface Filtering {
  filters: readonly LoadableFilter[]
  /** Is told of a name that libseccomp does not know: there is no rule for it. */
  onSkipped: ((skipped: Filter['skipped'][number]) => void) | undefined
}

export const filter: Stage<Creation<Filtering>, null> = {
  name: 'sealing',
  subject: 'filters',
  intend: () => null,
  async run(_receipt, { config, root, live }) {
    const filters = filtersOf(config, root)
    live.filters = filters
    for (const { skipped } of filters) for (const each of skipped) live.onSkipped?.(each)
  },
  async undo() {},
}

/**
 * What each process of a container loads, in this order: the kernel takes the strictest answer of all.
 *
 * @param root of the runtime, where compiled filters are kept
 * @throws {StatorError} as compileFilter
 */
export function filtersOf({ linux }: Spec, root: string): readonly Filter[] {
  const profile = linux?.seccomp
  if (profile === undefined) return []
  const compiled = compileFilter(profile)
  return compiled === null ? [] : [compiled]
}
