// What a container has used, as the kernel's groups count it.

/**
 * The statistics of a container: what its own control groups count, and nothing else. What is not counted for it on this
 * machine (a controller that is not there, a hierarchy in which it has no group of its own) is absent, and never 0.
 *
 * Amounts are bigints, as the kernel counts in 64 bits. `JSON.stringify` takes none: give it a replacer.
 *
 * @see cgroup-v2.rst; for version 1, Documentation/admin-guide/cgroup-v1
 */
export interface Stats {
  readonly cpu?: CpuStats
  readonly cpuset?: CpusetStats
  readonly memory?: MemoryStats
  readonly pids?: PidsStats
  readonly io?: IoStats
  /** By the size of the pages, as the kernel writes it: `2MB`, `1GB`. */
  readonly hugetlb?: Readonly<Record<string, HugetlbStats>>
}

/** Processor time in nanoseconds, since the group was made. Version 2 counts in microseconds. */
export interface CpuStats {
  readonly usageNs?: bigint
  /** On version 1 in steps of 10 ms, and so not the sum to the total. */
  readonly userNs?: bigint
  readonly kernelNs?: bigint
  /** By the number of the processor. Version 1 only. */
  readonly perCpu?: readonly CpuUsage[]
  /** Where the cpu controller is used for the container. */
  readonly throttling?: Throttling
  readonly pressure?: Pressure
}

export interface CpuUsage {
  readonly usageNs: bigint
  readonly userNs?: bigint
  readonly kernelNs?: bigint
}

/** What `linux.resources.cpu.quota` has done. */
export interface Throttling {
  /** That have gone by while the container had something to run. */
  readonly periods: bigint
  /** In which it had used up its quota. */
  readonly throttledPeriods: bigint
  /** Summed over processors. */
  readonly throttledNs: bigint
}

/** How long processes of the container had to wait for a resource. Linux 4.20; psi.rst */
export interface Pressure {
  /** At least one waited. */
  readonly some: PressureStall
  /** All waited at once; of the processor since Linux 5.13, and always 0. */
  readonly full?: PressureStall
}

export interface PressureStall {
  /** Percent of the last 10 seconds. */
  readonly avg10: number
  readonly avg60: number
  readonly avg300: number
  /** Microseconds since the group was made. */
  readonly totalUs: bigint
}

/** Where the container may run. */
export interface CpusetStats {
  readonly cpus: readonly number[]
  /** NUMA nodes. */
  readonly mems: readonly number[]
  /** The flags of version 1, by the kernel's name: `cpu_exclusive`, `sched_relax_domain_level`. */
  readonly flags?: Readonly<Record<string, bigint>>
}

export interface MemoryStats {
  /** Of the control group: their names in `stat` differ, and what they count as swap. */
  readonly version: 1 | 2
  /** All that is charged to the container: also the page cache, and what the kernel keeps for it. */
  readonly usage: MemoryCounter
  /** Swap alone. Version 2 only. */
  readonly swap?: MemoryCounter
  /** Memory and swap together. Version 1 only. */
  readonly memorySwap?: MemoryCounter
  /** What the kernel keeps for it, a part of `usage`. */
  readonly kernel?: MemoryCounter
  /** Buffers of TCP. Version 1 only. */
  readonly kernelTcp?: MemoryCounter
  /** Of `usage`, the page cache. */
  readonly cacheBytes?: bigint
  /** All of the kernel's memory.stat: bytes and events, by its names. */
  readonly stat: Readonly<Record<string, bigint>>
  /** All of the kernel's memory.events. Version 2 only. */
  readonly events?: Readonly<Record<string, bigint>>
  /** Processes that the kernel has killed for want of memory. Version 1 counts those of groups below it there. */
  readonly oomKills?: number
  readonly pressure?: Pressure
}

export interface MemoryCounter {
  readonly usageBytes: bigint
  /** The most that it ever was. Version 2: of memory since Linux 5.19, of swap since 6.5. */
  readonly maxUsageBytes?: bigint
  /** null: none. Absent: there can be none. */
  readonly limitBytes?: bigint | null
  /** How often the limit was in the way. */
  readonly failures?: bigint
}

export interface PidsStats {
  /** Threads count too. */
  readonly current: number
  /** null: none. */
  readonly limit: number | null
}

/**
 * Of block devices. Version 2 counts bytes and operations; version 1 those, and the rest where the scheduler of the device
 * is BFQ or CFQ.
 */
export interface IoStats {
  readonly serviceBytes?: readonly IoCount[]
  /** Operations. */
  readonly serviced?: readonly IoCount[]
  readonly queued?: readonly IoCount[]
  /** Nanoseconds. */
  readonly serviceTime?: readonly IoCount[]
  /** Nanoseconds. */
  readonly waitTime?: readonly IoCount[]
  readonly merged?: readonly IoCount[]
  /** Milliseconds. */
  readonly time?: readonly IoCount[]
  readonly sectors?: readonly IoCount[]
  readonly pressure?: Pressure
}

export interface IoCount {
  readonly major: number
  readonly minor: number
  /** As version 1 writes it: `Read`, `Write`, `Discard`; there also `Sync`, `Async`, `Total`. */
  readonly op?: string
  readonly value: bigint
}

export interface HugetlbStats {
  readonly usageBytes: bigint
  /** Reserved, used or not. Linux 5.7 */
  readonly reservedBytes?: bigint
  /** The most that `usageBytes` ever was. Version 1 only. */
  readonly maxUsageBytes?: bigint
  /** How often the limit was in the way. */
  readonly failures: bigint
}
