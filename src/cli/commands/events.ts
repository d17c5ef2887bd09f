// stator events: statistics of a container and its OOM kills, as the lines of JSON that engines read.

import type { Command } from 'commander'
import { stringify } from 'lossless-json'
import { finalize, lastValueFrom, merge, skip, Subject, takeUntil, tap } from 'rxjs'
import type { HugetlbStats, IoCount, MemoryCounter, MemoryStats, Pressure, Stats } from '../../actors/stats.ts'
import { StatorError } from '../../errors.ts'
import type { Container } from '../../runtime/container.ts'
import type { Verb } from '../verb.ts'

export const events: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .option('--interval <duration>', 'how long from one line of statistics to the next: 5s, 500ms, 1m30s', '5s')
      .option('--stats', 'print the statistics now, and nothing else')
      .addHelpText(
        'after',
        `
A line is a JSON object: {"type":"stats","id":ID,"data":{...}} at every interval, {"type":"oom","id":ID} for each process
that the kernel has killed for want of memory. Ends when the container ends. What has changed of a container's state is
not among them.`,
      )
  },
  async run({ args: [given], options, globals, print, about }) {
    const id = given as string
    const { interval, stats } = options as { interval: string; stats?: boolean }
    about(id)
    const intervalMs = parseDuration(interval)
    if (intervalMs < 1) throw new StatorError('ERR_STATOR_CONFIG', 'duration interval must be greater than 0')
    const { openRuntimeFor } = await import('../../runtime/open.ts')
    await using runtime = await openRuntimeFor('asked', globals.root === undefined ? {} : { root: globals.root })
    const container = await runtime.get(id)
    const tell = (type: string, data?: object) => print(`${stringify({ type, id, data })}\n`)
    try {
      if (stats === true) tell('stats', asRunc(await container.stats()))
      else await follow(container, intervalMs, tell)
    } catch (error) {
      if (!(error instanceof StatorError) || error.code !== 'ERR_STATOR_STATUS') throw error
      throw error.saying(`container with id ${id} is not running`)
    }
    return 0
  },
}

/** Until the container has ended, or nobody reads what is printed. */
async function follow(
  container: Container,
  intervalMs: number,
  tell: (type: string, data?: object) => void,
): Promise<void> {
  let kills: number | null = null
  // Either source may be the first to know of a kill: those before the first look were somebody else's to see.
  const count = (now: number) => {
    for (let known = kills ?? now; known < now; known++) tell('oom')
    kills = Math.max(kills ?? 0, now)
  }
  const unread = new Subject<void>()
  const stop = () => unread.next()
  process.stdout.once('error', stop)
  const all = merge(
    container.oomKills$.pipe(tap(count)),
    container.stats$(intervalMs).pipe(
      tap(({ memory }) => memory?.oomKills !== undefined && count(memory.oomKills)),
      skip(1), // the first line comes after the first interval
      tap((stats) => tell('stats', asRunc(stats))),
    ),
  ).pipe(
    takeUntil(unread),
    finalize(() => process.stdout.off('error', stop)),
  )
  await lastValueFrom(all, { defaultValue: null })
}

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * A duration as Go writes it: `1m30s`, `1.5h`, `500ms`, `-1s`; 0 needs no unit.
 *
 * @returns milliseconds
 * @throws {StatorError} ERR_STATOR_CONFIG
 */
export function parseDuration(text: string): number {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) {
    throw new StatorError('ERR_STATOR_CONFIG', `--interval "${text}": no duration (write 5s, 500ms or 1m30s)`)
  }
  const parts = rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)
  const ms = [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (unitsMs[unit] ?? 0), 0)
  return sign === '-' ? -ms : ms
}

/**
 * Statistics with runc's names, which leaves most numbers out when they are 0. Objects that runc always prints are there, if
 * empty; a number that nobody counts for the container is not.
 *
 * @see types/events.go in runc 1.3
 */
export function asRunc({ cpu = {}, cpuset, memory, pids, io, hugetlb }: Stats): object {
  const { usageNs, userNs, kernelNs, perCpu, throttling } = cpu
  return {
    cpu: {
      usage: {
        ...some({ total: usageNs, percpu: perCpu?.map(({ usageNs }) => usageNs) }),
        ...some({ percpu_kernel: perCpu && everyOf(perCpu.map(({ kernelNs }) => kernelNs)) }),
        ...some({ percpu_user: perCpu && everyOf(perCpu.map(({ userNs }) => userNs)) }),
        ...given({ kernel: kernelNs, user: userNs }),
      },
      throttling: some({
        periods: throttling?.periods,
        throttledPeriods: throttling?.throttledPeriods,
        throttledTime: throttling?.throttledNs,
      }),
      ...psi(cpu.pressure),
    },
    cpuset: cpuset === undefined ? {} : { ...some({ cpus: cpuset.cpus, mems: cpuset.mems }), ...cpuset.flags },
    memory: {
      ...some({ cache: memory?.cacheBytes }),
      usage: counter(memory, memory?.usage),
      swap: counter(memory, memory && withSwap(memory)),
      kernel: counter(memory, memory?.kernel),
      kernelTCP: counter(memory, memory?.kernelTcp),
      ...some({ raw: memory?.stat }),
      ...psi(memory?.pressure),
    },
    pids: some({ current: pids?.current, limit: pids?.limit ?? undefined }),
    blkio: {
      ...some({
        ioServiceBytesRecursive: io?.serviceBytes?.map(count),
        ioServicedRecursive: io?.serviced?.map(count),
        ioQueueRecursive: io?.queued?.map(count),
        ioServiceTimeRecursive: io?.serviceTime?.map(count),
        ioWaitTimeRecursive: io?.waitTime?.map(count),
        ioMergedRecursive: io?.merged?.map(count),
        ioTimeRecursive: io?.time?.map(count),
        sectorsRecursive: io?.sectors?.map(count),
      }),
      ...psi(io?.pressure),
    },
    hugetlb: Object.fromEntries(Object.entries(hugetlb ?? {}).map(([size, pages]) => [size, hugePages(pages)])),
    intel_rdt: {},
    network_interfaces: null,
  }
}

/** What runc prints for no limit. Version 1: of pages of 4 KiB. */
const noLimit = { 1: 2n ** 63n - 4096n, 2: 2n ** 64n - 1n } as const

function counter(memory: MemoryStats | undefined, found: MemoryCounter | undefined): object {
  if (memory === undefined || found === undefined) return {}
  const { usageBytes, maxUsageBytes, limitBytes, failures } = found
  return {
    ...given({ limit: limitBytes === null ? noLimit[memory.version] : limitBytes }),
    ...some({ usage: usageBytes, max: maxUsageBytes }),
    ...given({ failcnt: failures }),
  }
}

/** Version 1 counts memory and swap together, and so runc adds them up on version 2, where it can. */
function withSwap({ usage, swap, memorySwap }: MemoryStats): MemoryCounter | undefined {
  if (swap === undefined) return memorySwap
  const { usageBytes, limitBytes, maxUsageBytes: _, ...rest } = swap
  const sum = limitBytes == null || usage.limitBytes == null ? null : limitBytes + usage.limitBytes
  return { ...rest, usageBytes: usageBytes + usage.usageBytes, limitBytes: sum }
}

function hugePages({ usageBytes, reservedBytes, maxUsageBytes, failures }: HugetlbStats): object {
  return { ...some({ usage: reservedBytes ?? usageBytes, max: maxUsageBytes }), failcnt: failures }
}

function count({ major, minor, op, value }: IoCount): object {
  return some({ major, minor, op, value })
}

function psi(pressure: Pressure | undefined): object {
  if (pressure === undefined) return {}
  const stalls = Object.entries(pressure).map(([who, { totalUs: total, ...averages }]) => [who, { ...averages, total }])
  return { psi: Object.fromEntries(stalls) }
}

/** What is known. */
function given(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** What is known, and is neither 0 nor empty: Go's `omitempty`. */
function some(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
      return value !== undefined && value !== 0 && value !== 0n
    }),
  )
}

function everyOf(values: readonly (bigint | undefined)[]): readonly bigint[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined
}
