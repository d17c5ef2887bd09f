// The features document: what a runtime can be asked for, whatever the machine it is on has.

import type {
  HookKind,
  NamespaceType,
  SeccompAction,
  SeccompArchitecture,
  SeccompFlag,
  SeccompOperator,
} from './config.ts'

/** @see features.md, features-linux.md */
export interface Features {
  readonly ociVersionMin: string
  readonly ociVersionMax: string
  readonly hooks: readonly HookKind[]
  /** But for those that are a file system's own. */
  readonly mountOptions: readonly string[]
  readonly linux: LinuxFeatures
  readonly annotations: Readonly<Record<string, string>>
  /** Annotations of a config.json by which it gets more than it says; what ends with a dot is the beginning of names. */
  readonly potentiallyUnsafeConfigAnnotations: readonly string[]
}

export interface LinuxFeatures {
  readonly namespaces: readonly NamespaceType[]
  readonly capabilities: readonly string[]
  readonly cgroup: {
    readonly v1: boolean
    readonly v2: boolean
    readonly systemd: boolean
    readonly systemdUser: boolean
    readonly rdma: boolean
  }
  readonly seccomp: SeccompFeatures
  readonly apparmor: Enabled
  readonly selinux: Enabled
  readonly intelRdt: Enabled & { readonly schemata: boolean; readonly monitoring: boolean }
  readonly memoryPolicy: { readonly modes: readonly string[]; readonly flags: readonly string[] }
  readonly mountExtensions: { readonly idmap: Enabled }
  readonly netDevices: Enabled
}

/** @see features-linux.md, "Seccomp" */
export interface SeccompFeatures extends Enabled {
  readonly actions: readonly SeccompAction[]
  readonly operators: readonly SeccompOperator[]
  readonly archs: readonly SeccompArchitecture[]
  /** Those that are recognized. */
  readonly knownFlags: readonly SeccompFlag[]
  /** Those that this kernel has. */
  readonly supportedFlags: readonly SeccompFlag[]
}

interface Enabled {
  readonly enabled: boolean
}
