// What a container can be asked for, from the tables by which it is given: what unsupported.ts refuses is not claimed.

import { capabilities } from '../native/uapi.ts'
import type { HookKind, NamespaceType } from '../oci/config.ts'
import type { Features } from '../oci/features.ts'
import { knownMountOptions } from '../oci/mount-options.ts'
import { ociVersion } from '../oci/state.ts'
import {
  appliedResources,
  unsupportedMountOptions,
  unsupportedOfLinux,
  unsupportedOfMounts,
  unsupportedOfProcess,
} from '../oci/unsupported.ts'
import { namespaceFlags } from '../plan/compile/namespaces.ts'

/** In the order in which they run. */
const hooks = {
  prestart: true,
  createRuntime: true,
  createContainer: true,
  startContainer: true,
  poststart: true,
  poststop: true,
} satisfies Record<HookKind, true>

/** @param annotations what there is to say besides, by names of ours */
export function features(annotations: Readonly<Record<string, string>> = {}): Features {
  const linux = (field: string) => !unsupportedOfLinux.includes(field)
  const process = (field: string) => !unsupportedOfProcess.includes(field)
  return {
    // Drafts before it are taken, too, as far as they agree with this version.
    ociVersionMin: '1.0.0',
    ociVersionMax: ociVersion,
    hooks: Object.keys(hooks) as HookKind[],
    mountOptions: knownMountOptions().filter((option) => !unsupportedMountOptions.includes(option)),
    linux: {
      namespaces: (Object.keys(namespaceFlags) as NamespaceType[]).sort(),
      capabilities,
      cgroup: {
        v1: true,
        v2: true,
        systemd: false,
        systemdUser: false,
        rdma: (appliedResources['rdma'] ?? []).length > 0,
      },
      seccomp: { enabled: linux('seccomp') },
      apparmor: { enabled: process('apparmorProfile') },
      selinux: { enabled: process('selinuxLabel') },
      intelRdt: { enabled: linux('intelRdt'), schemata: linux('intelRdt'), monitoring: linux('intelRdt') },
      // Nothing is unknown here: there are none yet.
      memoryPolicy: { modes: [], flags: [] },
      mountExtensions: { idmap: { enabled: !unsupportedOfMounts.includes('uidMappings') } },
      netDevices: { enabled: linux('netDevices') },
    },
    annotations,
    // There is no annotation that Stator acts upon.
    potentiallyUnsafeConfigAnnotations: [],
  }
}
