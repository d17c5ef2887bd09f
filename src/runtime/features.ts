// What a container can be asked for, from the tables by which it is given: what unsupported.ts refuses is not claimed.

import { seccompPolicyAnnotation } from '../oci/annotations.ts'
import { hasFilterFlag } from '../native/seccomp.ts'
import {
  capabilities,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from '../native/uapi.ts'
import type { HookKind, NamespaceType, SeccompFlag } from '../oci/config.ts'
import type { Features } from '../oci/features.ts'
import { knownMountOptions } from '../oci/mount-options.ts'
import { ociVersion } from '../oci/state.ts'
import { knownSeccomp } from '../oci/validate-seccomp.ts'
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

const filterFlags: Readonly<Record<SeccompFlag, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
}

/** This document is for the machine that it is asked on; elsewhere there is no kernel to ask. */
function isInKernel(flag: SeccompFlag): boolean {
  return process.platform === 'linux' && hasFilterFlag(filterFlags[flag])
}

/** @param annotations what there is to say besides, by names of ours */
export function features(annotations: Readonly<Record<string, string>> = {}): Features {
  const linux = (field: string) => !unsupportedOfLinux.includes(field)
  const ofProcess = (field: string) => !unsupportedOfProcess.includes(field)
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
      seccomp: {
        enabled: linux('seccomp'),
        actions: knownSeccomp.actions,
        operators: knownSeccomp.operators,
        archs: knownSeccomp.architectures,
        knownFlags: knownSeccomp.flags,
        supportedFlags: knownSeccomp.flags.filter(isInKernel),
      },
      apparmor: { enabled: ofProcess('apparmorProfile') },
      selinux: { enabled: ofProcess('selinuxLabel') },
      intelRdt: { enabled: linux('intelRdt'), schemata: linux('intelRdt'), monitoring: linux('intelRdt') },
      // Nothing is unknown here: there are none yet.
      memoryPolicy: { modes: [], flags: [] },
      mountExtensions: { idmap: { enabled: !unsupportedOfMounts.includes('uidMappings') } },
      netDevices: { enabled: linux('netDevices') },
    },
    annotations,
    // Only with --policy-annotations can it loosen anything.
    potentiallyUnsafeConfigAnnotations: [seccompPolicyAnnotation],
  }
}
