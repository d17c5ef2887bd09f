// The statistics of a container, of whatever its own groups count.

import { StatorError } from '../../../errors.ts'
import type { HugetlbStats, PidsStats, Stats } from '../../stats.ts'
import { oomKillsCounted } from '../memory-events.ts'
import type { CgroupReceipt } from '../receipt.ts'
import { cpusetStats, cpuStats } from './cpu.ts'
import { type GroupFiles, known, type OwnFiles, ownFiles } from './files.ts'
import { ioStats } from './io.ts'
import { memoryStats } from './memory.ts'

/**
 * Reads them now; each number is of its own moment. Without a group of its own a container has none.
 *
 * @throws {StatorError} ERR_STATOR_STATUS: its groups are gone
 */
export function readStats(receipt: CgroupReceipt): Stats {
  const files = ownFiles(receipt)
  if (receipt.groups.length > 0 && files.v1.isEmpty && files.v2.isEmpty) {
    throw new StatorError('ERR_STATOR_STATUS', 'container not running')
  }
  return known({
    cpu: cpuStats(files),
    cpuset: cpusetStats(files),
    memory: memoryStats(files, oomKillsCounted(receipt)),
    pids: pidsStats(files),
    io: ioStats(files),
    hugetlb: hugetlbStats(files),
  })
}

function pidsStats({ v1, v2 }: OwnFiles): PidsStats | null {
  const files = v1.has('pids.current') ? v1 : v2
  const [current, max] = [files.number('pids.current'), files.number('pids.max')]
  return current === null ? null : { current: Number(current), limit: max === null ? null : Number(max) }
}

function hugetlbStats({ v1, v2 }: OwnFiles): Record<string, HugetlbStats> | null {
  const sizes = [...hugetlbOf(v1, usageFiles[1]), ...hugetlbOf(v2, usageFiles[2])]
  return sizes.length === 0 ? null : Object.fromEntries(sizes)
}

const usageFiles = { 1: 'usage_in_bytes', 2: 'current' } as const

function hugetlbOf(files: GroupFiles, usage: (typeof usageFiles)[1 | 2]): (readonly [string, HugetlbStats])[] {
  return files.matching(new RegExp(`^hugetlb\\.([^.]+)\\.${usage}$`)).flatMap((size) => {
    const name = `hugetlb.${size}`
    const usageBytes = files.number(`${name}.${usage}`)
    const failures = files.number(`${name}.failcnt`) ?? files.keyed(`${name}.events`)?.['max']
    if (usageBytes === null || failures === undefined) return []
    const more = known({
      reservedBytes: files.number(`${name}.rsvd.${usage}`),
      maxUsageBytes: files.number(`${name}.max_usage_in_bytes`),
    })
    return [[size, { usageBytes, failures, ...more }] as const]
  })
}
