// Processor time: version 1 cpuacct and cpu, version 2 cpu.stat, which every group has, also without the controller.

import type { CpuStats, CpusetStats, CpuUsage, Throttling } from '../../stats.ts'
import { known, type GroupFiles, type OwnFiles } from './files.ts'
import { parseList } from './parse.ts'
import { pressure } from './pressure.ts'

/** USER_HZ is 100 on every architecture that we know. */
const NS_PER_TICK = 10_000_000n

export function cpuStats({ v1, v2 }: OwnFiles): CpuStats | null {
  const stat = v2.keyed('cpu.stat') ?? {}
  const usage = v1.has('cpuacct.usage') ? usageOfV1(v1) : usageOfV2(stat)
  const throttling = throttlingOfV1(v1) ?? throttlingOfV2(stat)
  const found = { ...usage, ...known({ throttling, pressure: pressure(v2, 'cpu.pressure') }) }
  return Object.keys(found).length === 0 ? null : found
}

function usageOfV1(files: GroupFiles): CpuStats {
  const { user, system } = files.keyed('cpuacct.stat') ?? {}
  return known({
    usageNs: files.number('cpuacct.usage'),
    userNs: user === undefined ? null : user * NS_PER_TICK,
    kernelNs: system === undefined ? null : system * NS_PER_TICK,
    perCpu: perCpu(files),
  })
}

/** `1 2 3` in the one file; in the other a title and then `0 1 2`: processor, user, system. Linux 4.7 */
function perCpu(files: GroupFiles): CpuUsage[] | null {
  const usages = files.text('cpuacct.usage_percpu')?.trim().split(/\s+/).filter(Boolean)
  if (usages === undefined) return null
  const modes = [...(files.text('cpuacct.usage_all') ?? '').matchAll(/^\d+ (\d+) (\d+)$/gm)]
  return usages.map((usage, index) => {
    const [, user, kernel] = modes[index] ?? []
    return {
      usageNs: BigInt(usage),
      ...(user === undefined || kernel === undefined ? {} : { userNs: BigInt(user), kernelNs: BigInt(kernel) }),
    }
  })
}

function usageOfV2(stat: Readonly<Record<string, bigint>>): CpuStats {
  const ns = (name: string) => inNs(stat[name])
  return known({ usageNs: ns('usage_usec'), userNs: ns('user_usec'), kernelNs: ns('system_usec') })
}

function throttlingOfV1(files: GroupFiles): Throttling | null {
  const { nr_periods, nr_throttled, throttled_time } = files.keyed('cpu.stat') ?? {}
  if (nr_periods === undefined || nr_throttled === undefined || throttled_time === undefined) return null
  return { periods: nr_periods, throttledPeriods: nr_throttled, throttledNs: throttled_time }
}

function throttlingOfV2(stat: Readonly<Record<string, bigint>>): Throttling | null {
  const { nr_periods, nr_throttled, throttled_usec } = stat
  const throttledNs = inNs(throttled_usec)
  if (nr_periods === undefined || nr_throttled === undefined || throttledNs === null) return null
  return { periods: nr_periods, throttledPeriods: nr_throttled, throttledNs }
}

function inNs(us: bigint | undefined): bigint | null {
  return us === undefined ? null : us * 1000n
}

const flags = [
  'cpu_exclusive',
  'mem_hardwall',
  'mem_exclusive',
  'memory_migrate',
  'memory_spread_page',
  'memory_spread_slab',
  'memory_pressure',
  'sched_load_balance',
  'sched_relax_domain_level',
] as const

/** On version 2 what is in force, as a group that sets nothing has an empty `cpuset.cpus`. */
export function cpusetStats({ v1, v2 }: OwnFiles): CpusetStats | null {
  // Version 1 mounted with noprefix has no `cpuset.` before the names.
  for (const prefix of ['cpuset.', '']) {
    const [cpus, mems] = [v1.text(`${prefix}cpus`), v1.text(`${prefix}mems`)]
    if (cpus === null || mems === null) continue
    const set = flags.flatMap((name) => {
      const value = v1.number(prefix + name)
      return value === null ? [] : [[name, value] as const]
    })
    return { cpus: parseList(cpus), mems: parseList(mems), flags: Object.fromEntries(set) }
  }
  const [cpus, mems] = [v2.text('cpuset.cpus.effective'), v2.text('cpuset.mems.effective')]
  return cpus === null || mems === null ? null : { cpus: parseList(cpus), mems: parseList(mems) }
}
