// sealing, the filters: they come before the plan, which loads them.

import { join } from 'node:path'
import { libseccompVersion } from '../../native/libseccomp.ts'
import { hasFilterFlag } from '../../native/seccomp.ts'
import { architecture } from '../../native/syscalls.ts'
import { SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV } from '../../native/uapi.ts' // prettier-ignore
import type { Seccomp } from '../../oci/config.ts'
import { isOff } from '../../oci/validate-seccomp.ts'
import type { LoadableFilter } from '../../plan/compile/seccomp.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { FilterCache, type FilterKey } from './cache.ts'
import { compileFilter, type Filter } from './filter.ts'

/** What this stage is given, what it leaves for those after it, and tells. */
export interface Filtering {
  profiles: readonly Seccomp[]
  filters: readonly LoadableFilter[]
  /** Is told of a name that libseccomp does not know: there is no rule for it. */
  onSkipped: ((skipped: Filter['skipped'][number]) => void) | undefined
}

export const filter: Stage<Creation<Filtering>, null> = {
  name: 'sealing',
  subject: 'filters',
  intend: () => null,
  async run(_receipt, { root, live }) {
    const filters = filtersOf(live.profiles, root)
    live.filters = filters
    for (const { skipped } of filters) for (const each of skipped) live.onSkipped?.(each)
  },
  async undo() {},
}

/** Raised when the same profile makes another program. */
const COMPILER_VERSION = 1

const caches = new Map<string, FilterCache>()
let key: FilterKey | undefined

/**
 * What a process loads, in this order: the kernel takes the strictest answer of all.
 *
 * @param root of the runtime, where what was compiled is kept
 * @throws {StatorError} as compileFilter
 */
export function filtersOf(profiles: readonly Seccomp[], root: string): readonly Filter[] {
  const wanted = profiles.filter((profile) => !isOff(profile))
  if (wanted.length === 0) return []
  let cache = caches.get(root)
  if (cache === undefined) caches.set(root, (cache = new FilterCache(join(root, 'seccomp'))))
  key ??= {
    libseccomp: Object.values(libseccompVersion()).join('.'),
    architecture: architecture(),
    stator: COMPILER_VERSION,
    kernelFlags: [SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV]
      .filter(hasFilterFlag)
      .reduce((flags, flag) => flags | flag, 0),
  }
  return wanted.map((profile) => cache.get(profile, key!, () => compileFilter(profile)!))
}
