// A mount of type cgroup: on v2 the one tree; on v1 and the hybrid a tmpfs with one mount per hierarchy. In a cgroup
// namespace the kernel shows the container's own group as the root; without one, the group itself is bound.

import * as uapi from '../../native/uapi.ts'
import type { Mount } from '../../oci/config.ts'
import type { HostFacts } from './host.ts'
import type { MountOptions } from '../../oci/mount-options.ts'
import { attributeBits } from './mount-attributes.ts'
import type { Operand, Register } from '../step.ts'
import { hasNamespace, type Compilation, type Rootfs } from './compilation.ts'
import { newMount, openTarget, withoutReadonly } from './new-mount.ts'
import { moveMount, setMountAttributes } from './root.ts'

export function mountCgroups(compilation: Compilation, rootfs: Rootfs, mount: Mount, options: MountOptions): void {
  const { plan, host } = compilation
  const target = openTarget(plan, rootfs, mount.destination)
  if (host.cgroup.layout === 'unified') {
    if (hasNamespace(compilation.config, 'cgroup')) {
      const tree = newMount(plan, 'cgroup2', 'cgroup', { ...options, data: options.data })
      moveMount(plan, tree, target, `mount cgroup2 at ${mount.destination}`)
      plan.close(tree)
    } else bindGroup(compilation, unifiedSlot, target, mount.destination, options)
    plan.close(target)
    return
  }

  const { readonly, ...folder } = withoutReadonly(options)
  const tmpfs = newMount(plan, 'tmpfs', 'tmpfs', { ...folder, data: ['mode=755'] })
  moveMount(plan, tmpfs, target, `mount a tmpfs for cgroups at ${mount.destination}`)
  plan.close(target)
  for (const { folder: name, options: hierarchy } of host.cgroup.hierarchies) {
    plan.sys('mkdirat', [tmpfs, name, 0o755], `make ${mount.destination}/${name}`)
    const place = plan.sys('openat', [tmpfs, name, uapi.O_PATH | uapi.O_CLOEXEC], `open ${mount.destination}/${name}`)
    if (hasNamespace(compilation.config, 'cgroup')) {
      // The superblock is the host's own: `ro` would be asked of it, so only the mount is made read-only.
      const named = hierarchy.some((option) => option.startsWith('name='))
      const tree = newMount(plan, 'cgroup', 'cgroup', {
        ...options,
        superblock: nothing,
        data: named ? ['none', ...hierarchy] : hierarchy,
      })
      moveMount(plan, tree, place, `mount cgroup ${hierarchy.join(',')} at ${mount.destination}/${name}`)
      plan.close(tree)
    } else bindGroup(compilation, groupSlot(name), place, `${mount.destination}/${name}`, options)
    plan.close(place)
    // Controllers mounted together are found under each name, as on the host: cpu -> cpu,cpuacct.
    if (name.includes(','))
      for (const alias of name.split(',')) plan.sys('symlinkat', [name, tmpfs, alias], `${mount.destination}/${alias}`)
  }
  if (readonly) setMountAttributes(plan, tmpfs, '', { set: uapi.MOUNT_ATTR_RDONLY }, `${mount.destination} read-only`)
  plan.close(tmpfs)
}

/** Slots for the folders of the container's groups: they alone differ from one container of a config to the next. */
const unifiedSlot = 'group on v2'

function groupSlot(hierarchy: string): string {
  return `group in ${hierarchy}`
}

/** What fills them. */
export function groupTexts({ cgroup }: HostFacts): Record<string, string> {
  const texts: Record<string, string> = { [unifiedSlot]: cgroup.unifiedGroup }
  for (const { folder, group } of cgroup.hierarchies) texts[groupSlot(folder)] = group
  return texts
}

const PATH_MAX = 4096

function bindGroup({ plan }: Compilation, slot: string, target: Operand, where: string, options: MountOptions): void {
  const tree: Register = plan.sys(
    'open_tree',
    [uapi.AT_FDCWD, plan.slot(slot, PATH_MAX), uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC],
    `clone the ${slot}`,
  )
  setMountAttributes(
    plan,
    tree,
    '',
    { propagation: uapi.MS_SLAVE, ...attributeBits(options.attributes) },
    'its attributes',
  )
  moveMount(plan, tree, target, `bind the ${slot} at ${where}`)
  plan.close(tree)
}

const nothing = { set: [], clear: [] } as const
