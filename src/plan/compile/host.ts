// What a plan depends on beside config.json: facts of the host, given as data, so that compiling stays pure.

import type { Architecture } from '../../native/syscalls.ts'

export interface HostFacts {
  readonly architecture: Architecture
  /** The highest capability that the kernel knows: /proc/sys/kernel/cap_last_cap. */
  readonly lastCapability: number
  /** The kernel has /proc/kcore (CONFIG_PROC_KCORE). */
  readonly hasKcore: boolean
  /** RLIMIT_NOFILE as it was before Node.js raised the soft limit; what a program inherits unless its config says otherwise. */
  readonly openFiles: { readonly soft: bigint; readonly hard: bigint }
  readonly cgroup: {
    readonly layout: 'unified' | 'hybrid' | 'legacy' | 'none'
    readonly hierarchies: readonly Hierarchy[]
    /** The group that init will be in on v2; empty where there is none. */
    readonly unifiedGroup: string
  }
}

/** A v1 hierarchy of the host. */
export interface Hierarchy {
  /** The name of the folder where it is mounted: `cpu,cpuacct`. */
  readonly folder: string
  /** Its controllers, or `name=systemd`. */
  readonly options: readonly string[]
  /** The folder of the group that init will be in. */
  readonly group: string
}
