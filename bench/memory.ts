// What a container that runs costs: the keeper that is kept for it, and what this process has to know of it.

import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Container, Runtime } from '../src/index.ts'
import { BenchError } from './place.ts'
import { median } from './table.ts'

export interface Memory {
  readonly containers: number
  /** Median of the keepers; proc(5), smaps_rollup: what is shared is divided. */
  readonly keeperPssBytes: number
  /** For each container, after garbage collection. */
  readonly heapBytes: number
  /** Buffers outside of the heap, for each. */
  readonly externalBytes: number
}

export async function measureMemory(runtime: Runtime, bundle: string, count: number): Promise<Memory> {
  const containers: Container[] = []
  try {
    const before = settled()
    for (let index = 0; index < count; index++) {
      const container = await runtime.create({ id: `bench-${process.pid}-m${index}`, bundle, stdio: 'ignore' })
      containers.push(container)
      await container.start()
    }
    const after = settled()
    return {
      containers: count,
      keeperPssBytes: median(containers.map(keeperPss)),
      heapBytes: (after.heapUsed - before.heapUsed) / count,
      externalBytes: (after.external - before.external) / count,
    }
  } finally {
    for (const container of containers) await container.delete({ force: true })
  }
}

function keeperPss(container: Container): number {
  const { keeper } = container.actor.getSnapshot().context
  const text = readFileSync(`/proc/${keeper?.pid}/smaps_rollup`, 'utf8')
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? []
  if (kilobytes === undefined) throw new BenchError('this kernel has no Pss in smaps_rollup')
  return Number(kilobytes) * 1024
}

function settled(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 4; turn++) collect()
  return process.memoryUsage()
}
