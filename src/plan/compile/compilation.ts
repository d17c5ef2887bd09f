// What the parts of the compiler share: the builder, and the few registers and places that more than one part names.

import type { Spec } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import type { HostFacts } from './host.ts'

export interface Compilation {
  readonly plan: PlanBuilder
  readonly config: Spec
  readonly host: HostFacts
  /** Absolute: what relative bind sources are relative to (config.md, `mounts[].source`). */
  readonly bundle: string
  /** A user namespace is made or joined: init has no rights on the host. */
  readonly inUserNamespace: boolean
  readonly linked: LinkedTargets
}

/** Where destinations of mounts lead by symbolic links of the image: what is missing is made there. */
export type LinkedTargets = ReadonlyMap<string, string>

/** What mounts, devices and paths are resolved in: the mount of the root file system, by descriptor. */
export interface Rootfs {
  readonly root: Register
  /** The host's /dev/null, checked to be one (CVE-2025-31133). */
  readonly devNull: Register
  /** Room for one struct statx. */
  readonly statx: Address
  /** And for one struct statfs. */
  readonly statfs: Address
  readonly linked: LinkedTargets
}

/** Whether init gets a namespace of its own, made or joined. */
export function hasNamespace(config: Spec, type: string): boolean {
  return config.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false
}

/** Whether the namespace is new, rather than joined by its path or the host's. */
export function isNewNamespace(config: Spec, type: string): boolean {
  return config.linux?.namespaces?.some((namespace) => namespace.type === type && !namespace.path) ?? false
}
