// What a filter costs before it is loaded: made of the default policy, and found again.

import { mkdirSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { FilterCache } from '../src/actors/seccomp/cache.ts'
import { compileFilter } from '../src/actors/seccomp/filter.ts'
import { architecture } from '../src/native/syscalls.ts'
import type { Seccomp } from '../src/oci/config.ts'
import { resolvePolicy } from '../src/oci/resolve-policy.ts'
import { seccompPolicy } from '../src/runtime/policies.ts'
import { median } from './table.ts'

export interface FilterTimes {
  /** Medians, in milliseconds: of a process that has made one before. */
  readonly compileMs: number
  /** By a process that comes later: read from the root. */
  readonly fromDiskMs: number
  /** By the same process, for an equal configuration. */
  readonly fromMemoryMs: number
  readonly instructions: number
}

const key = { libseccomp: 'bench', architecture: architecture(), stator: 0, kernelFlags: 0 }

export function measureFilter(folder: string, runs: number): FilterTimes {
  const facts = { capabilities: undefined, architecture: architecture(), kernelRelease: release() }
  const profile = resolvePolicy(seccompPolicy('default'), facts)
  const compile = () => compileFilter(profile)!
  const { program } = compile()
  const place = join(folder, 'filters')
  mkdirSync(place, { mode: 0o700 })
  new FilterCache(place).get(profile, key, compile)
  const never = () => {
    throw new Error('it is kept')
  }
  // Equal and not the same: as two processes, or two containers, have it.
  const equal = (): Seccomp => structuredClone(profile)
  const warm = new FilterCache(place)
  warm.get(profile, key, never)
  return {
    compileMs: timed(Math.max(10, runs), compile),
    fromDiskMs: timed(runs * 2, (given) => new FilterCache(place).get(given, key, never), equal),
    fromMemoryMs: timed(runs * 2, (given) => warm.get(given, key, never), equal),
    instructions: program.length / 8,
  }
}

function timed<T>(runs: number, work: (given: T) => unknown, prepare: () => T = () => undefined as T): number {
  const times: number[] = []
  for (let run = -3; run < runs; run++) {
    const given = prepare()
    const begun = performance.now()
    work(given)
    if (run >= 0) times.push(performance.now() - begun)
  }
  return median(times)
}
