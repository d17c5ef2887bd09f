// A configuration that a user without rights can use: one id, the host's network, and no limits.

import type { IdMapping, Mount, Spec } from './config.ts'
import { type ConfigOptions, defineConfig } from './default-config.ts'

/** Whose container it is: who is root in it. */
export interface Caller {
  readonly uid: number
  readonly gid: number
}

/**
 * As `defineConfig`, with what needs rights on the host left out, as `runc spec --rootless` does.
 *
 * @throws {StatorError} as `defineConfig`
 */
export function defineRootlessConfig(options: ConfigOptions, { uid, gid }: Caller): Spec {
  const { linux, mounts, ...config } = defineConfig({
    ...options,
    namespaces: { ...options.namespaces, network: false },
    uidMappings: [onlyRoot(uid)],
    gidMappings: [onlyRoot(gid)],
  })
  const { resources: _, ...rest } = linux ?? {}
  return { ...config, mounts: (mounts ?? []).map(withoutRights), linux: rest }
}

function onlyRoot(hostID: number): IdMapping {
  return { containerID: 0, hostID, size: 1 }
}

/**
 * A new sysfs needs rights in the user namespace that the network belongs to, which is the host's: the host's is shown, all of
 * it read-only (`rro`; with runc's `ro` the mounts below /sys stay as they are).
 */
function withoutRights(mount: Mount): Mount {
  if (mount.type !== 'sysfs') return mount
  return { ...mount, type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'rro'] }
}
