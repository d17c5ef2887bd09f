// What a plan depends on beside config.json: facts of the host, given as data, so that compiling stays pure.

import type { Architecture } from '../../native/syscalls.ts'

export interface HostFacts {
  readonly architecture: Architecture
  /** The highest capability that the kernel knows: /proc/sys/kernel/cap_last_cap. */
  readonly lastCapability: number
  /** RLIMIT_NOFILE as it was before Node.js raised the soft limit; what a program inherits unless its config says otherwise. */
  readonly openFiles: { readonly soft: bigint; readonly hard: bigint }
  readonly cgroup: {
    readonly layout: 'unified' | 'hybrid' | 'legacy' | 'none'
    /** Of each v1 hierarchy the name of its mount's folder (`cpu,cpuacct`), its options, and the group that init will be in. */
    readonly hierarchies: readonly {
      readonly folder: string
      readonly options: readonly string[]
      readonly group: string
    }[]
    /** The group that init will be in on v2; empty where there is none. */
    readonly unifiedGroup: string
  }
}
