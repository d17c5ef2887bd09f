// Block devices: version 1 blkio, version 2 io.stat.

import type { IoStats } from '../../stats.ts'
import { known, type GroupFiles, type OwnFiles } from './files.ts'
import { parseBlkio, parseIoStat } from './parse.ts'
import { pressure } from './pressure.ts'

type Tables = Omit<IoStats, 'pressure'>

export function ioStats({ v1, v2 }: OwnFiles): IoStats | null {
  const stat = v2.text('io.stat')
  const tables = ofV1(v1) ?? (stat === null ? null : parseIoStat(stat))
  const found = { ...tables, ...known({ pressure: pressure(v2, 'io.pressure') }) }
  return Object.keys(found).length === 0 ? null : found
}

/** Files of version 1, without their beginning: `blkio.bfq.`, or `blkio.` of CFQ, which ended with Linux 4.20. */
const scheduled: readonly (readonly [keyof Tables, string])[] = [
  ['sectors', 'sectors_recursive'],
  ['serviceTime', 'io_service_time_recursive'],
  ['waitTime', 'io_wait_time_recursive'],
  ['merged', 'io_merged_recursive'],
  ['queued', 'io_queued_recursive'],
  ['time', 'time_recursive'],
  ['serviced', 'io_serviced_recursive'],
  ['serviceBytes', 'io_service_bytes_recursive'],
]
/** What is counted whatever the scheduler; the recursive ones since Linux 4.17. */
const throttled: readonly (readonly [keyof Tables, string])[] = [
  ['serviced', 'blkio.throttle.io_serviced_recursive'],
  ['serviceBytes', 'blkio.throttle.io_service_bytes_recursive'],
]
const own: typeof throttled = [
  ['serviced', 'blkio.throttle.io_serviced'],
  ['serviceBytes', 'blkio.throttle.io_service_bytes'],
]

/** The files of a scheduler are there for devices of all: those that have counted something come first. */
function ofV1(files: GroupFiles): Tables | null {
  const with_ = (beginning: string) => scheduled.map(([table, name]) => [table, beginning + name] as const)
  let found: Tables | null = null
  for (const tables of [with_('blkio.bfq.'), with_('blkio.'), throttled, own]) {
    const counts = tables.flatMap(([table, file]) => {
      const text = files.text(file)
      return text === null ? [] : [[table, parseBlkio(text)] as const]
    })
    if (counts.length === 0) continue
    found ??= Object.fromEntries(counts)
    if (counts.some(([, lines]) => lines.length > 0)) return Object.fromEntries(counts)
  }
  return found
}
