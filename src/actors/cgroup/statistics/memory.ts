// Memory: version 1 memory.*_in_bytes, version 2 memory.current and its like.

import type { MemoryCounter, MemoryStats } from '../../stats.ts'
import { known, type GroupFiles, type OwnFiles } from './files.ts'
import { pressure } from './pressure.ts'

/**
 * Version 1 has no word for "no limit": it writes the largest multiple of a page below 2^63, of pages of at most 64 KiB.
 * Source: PAGE_COUNTER_MAX, linux/page_counter.h
 */
const UNLIMITED_V1 = 2n ** 63n - 65536n

/** @param oomKills null where the kernel does not count them */
export function memoryStats({ v1, v2 }: OwnFiles, oomKills: number | null): MemoryStats | null {
  const found = ofV1(v1) ?? ofV2(v2)
  return found === null ? null : { ...found, ...known({ oomKills, pressure: pressure(v2, 'memory.pressure') }) }
}

function ofV1(files: GroupFiles): MemoryStats | null {
  const usage = counterOfV1(files, 'memory')
  const stat = files.keyed('memory.stat')
  if (usage === null || stat === null) return null
  return {
    version: 1,
    usage,
    ...known({
      memorySwap: counterOfV1(files, 'memory.memsw'),
      kernel: counterOfV1(files, 'memory.kmem'),
      kernelTcp: counterOfV1(files, 'memory.kmem.tcp'),
      cacheBytes: stat['cache'],
    }),
    stat,
  }
}

function counterOfV1(files: GroupFiles, name: string): MemoryCounter | null {
  const usageBytes = files.number(`${name}.usage_in_bytes`)
  if (usageBytes === null) return null
  const limitBytes = files.number(`${name}.limit_in_bytes`)
  return {
    usageBytes,
    ...known({
      maxUsageBytes: files.number(`${name}.max_usage_in_bytes`),
      failures: files.number(`${name}.failcnt`),
    }),
    ...(limitBytes === null ? {} : { limitBytes: limitBytes >= UNLIMITED_V1 ? null : limitBytes }),
  }
}

function ofV2(files: GroupFiles): MemoryStats | null {
  const events = files.keyed('memory.events')
  const usage = counterOfV2(files, 'memory', events?.['max'])
  const stat = files.keyed('memory.stat')
  if (usage === null || stat === null) return null
  // Linux 5.18
  const kernelBytes = stat['kernel']
  return {
    version: 2,
    usage,
    ...known({
      swap: counterOfV2(files, 'memory.swap', files.keyed('memory.swap.events')?.['max']),
      kernel: kernelBytes === undefined ? null : { usageBytes: kernelBytes },
      cacheBytes: stat['file'],
      events,
    }),
    stat,
  }
}

/** @param failures version 2 counts as an event what version 1 has in `failcnt` */
function counterOfV2(files: GroupFiles, name: string, failures: bigint | undefined): MemoryCounter | null {
  const usageBytes = files.number(`${name}.current`)
  if (usageBytes === null) return null
  return {
    usageBytes,
    ...known({ maxUsageBytes: files.number(`${name}.peak`), failures }),
    ...(files.has(`${name}.max`) ? { limitBytes: files.number(`${name}.max`) } : {}),
  }
}
