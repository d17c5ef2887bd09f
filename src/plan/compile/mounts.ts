// mounts[]: each is made as a detached mount, gets its attributes, and is moved onto its target, which is opened when its
// turn has come (kernel rule 9). Everything by descriptors: fsopen(2), open_tree(2), mount_setattr(2), move_mount(2).

import { resolve } from 'node:path/posix'
import * as uapi from '../../native/uapi.ts'
import type { Mount } from '../../oci/config.ts'
import { parseMountOptions, type MountOptions, type SuperblockFlag } from '../../oci/mount-options.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import { isNewNamespace, type Compilation, type Rootfs } from './compilation.ts'
import { mountCgroups } from './cgroup-mount.ts'
import { knownFlags, newMount, openTarget, setRecursively, withoutReadonly } from './new-mount.ts'
import { attributeBits, attributeWords } from './mount-attributes.ts'
import { components, modeOf, openInRoot, statx } from './paths.ts'
import { moveMount, setMountAttributes } from './root.ts'

const opposites: Readonly<Partial<Record<SuperblockFlag, string>>> = {
  ro: 'rw',
  sync: 'async',
  lazytime: 'nolazytime',
  mand: 'nomand',
}

/** The name under which the source of a bind, cloned by the runtime, is inherited. */
export function bindSourceDescriptor(index: number): string {
  return `source of mounts[${index}]`
}

/** The name under which a tmpfs that the runtime has filled is inherited. */
export function copyUpDescriptor(index: number): string {
  return `copy for mounts[${index}]`
}

/** runc's `tmpcopyup`; of another file system it means nothing. */
export function copiesUp({ type, options }: Mount): boolean {
  return type === 'tmpfs' && parseMountOptions(options, type).copyUp
}

/** A relative source is relative to the bundle (config.md). */
export function bindSource(mount: Mount, bundle: string): string {
  return resolve(bundle, mount.source ?? '')
}

export function isBind(mount: Mount): boolean {
  return parseMountOptions(mount.options, mount.type).bind
}

/** A mount that becomes read-only when all is made that is below it. */
export interface ReadonlyLater {
  readonly pointer: string
  readonly destination: string
  /** Where its descriptor stands: registers are few. */
  readonly descriptor: Address
}

/** @returns what `protectMounts` is for */
export function makeMounts(compilation: Compilation, rootfs: Rootfs): ReadonlyLater[] {
  const later: ReadonlyLater[] = []
  compilation.config.mounts?.forEach((mount, index) =>
    compilation.plan.at(`mounts[${index}]`, () => makeMount(compilation, rootfs, mount, index, later)),
  )
  return later
}

/** A read-only tmpfs, and a read-only /dev, hold mount points and devices: they were writable until now (as with runc). */
export function protectMounts(plan: PlanBuilder, later: readonly ReadonlyLater[]): void {
  for (const { pointer, destination, descriptor } of later)
    plan.at(pointer, () => {
      const mount = plan.load(descriptor, 4, `the mount at ${destination}`)
      setMountAttributes(plan, mount, '', { set: uapi.MOUNT_ATTR_RDONLY }, `${destination} read-only`)
      plan.close(mount)
    })
}

function makeMount(
  compilation: Compilation,
  rootfs: Rootfs,
  mount: Mount,
  index: number,
  later: ReadonlyLater[],
): void {
  const { plan, config, inUserNamespace } = compilation
  const options = parseMountOptions(mount.options, mount.type)
  if (options.remount) return remount(plan, rootfs, mount, options)
  if (options.bind) return bind(compilation, rootfs, mount, options, index)
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return mountCgroups(compilation, rootfs, mount, options)
  if (mount.type === 'sysfs' && inUserNamespace && !isNewNamespace(config, 'network'))
    return bindSysfs(compilation, rootfs, mount, options)

  const type = mount.type ?? 'none'
  const { destination } = mount
  const beginsWritable = type === 'tmpfs' || components(destination).join('/') === 'dev'
  const { readonly, ...begin } = beginsWritable ? withoutReadonly(options) : { ...options, readonly: false }
  const fresh = copiesUp(mount)
    ? plan.set(plan.inherit(copyUpDescriptor(index)), `a tmpfs with what the image has at ${destination}`)
    : newMount(plan, type, mount.source, begin)
  if (copiesUp(mount)) setRecursively(plan, fresh, begin)
  const target = openTarget(plan, rootfs, destination)
  // A tmpfs keeps the mode of the folder it covers, unless the config names one (runc does so).
  if (type === 'tmpfs' && !options.data.some((option) => option.startsWith('mode=')))
    plan.sys('fchmodat', [fresh, '.', modeOf(plan, target, rootfs.statx, `mode of ${destination}`)], 'the same mode')
  moveMount(plan, fresh, target, `mount ${type} at ${destination}`)
  plan.close(target)
  applyPropagation(plan, fresh, options)
  if (!readonly) return plan.close(fresh)
  const descriptor = plan.scratch(4, `mount at ${destination}`)
  plan.store(descriptor, 4, fresh, 'it becomes read-only when what is below it has been made')
  later.push({ pointer: `mounts[${index}]`, destination, descriptor })
}

function bind(compilation: Compilation, rootfs: Rootfs, mount: Mount, options: MountOptions, index: number): void {
  const { plan, inUserNamespace } = compilation
  const clone = uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC | (options.recursiveBind ? uapi.AT_RECURSIVE : 0)
  const source = bindSource(mount, compilation.bundle)
  // Under a user namespace the runtime has cloned it: folders above it may be 0700, its submounts locked (kernel rule 10).
  const tree = inUserNamespace
    ? plan.set(plan.inherit(bindSourceDescriptor(index)), `${source}, cloned by the runtime`)
    : plan.sys('open_tree', [uapi.AT_FDCWD, source, clone], `clone ${source}`)
  // While it is detached, else a mount made inside it appears on the host. Who asks for just that says so twice.
  if (!reachesHost(compilation, options))
    setMountAttributes(
      plan,
      tree,
      '',
      { propagation: uapi.MS_SLAVE, recursive: true },
      'no mount in it reaches the host',
    )
  setAttributes(plan, tree, options)
  if (components(mount.destination).join('/') === 'proc') demandProc(plan, tree, rootfs, source)
  const target = openTarget(plan, rootfs, mount.destination, modeOf(plan, tree, rootfs.statx, 'a file or a folder?'))
  moveMount(plan, tree, target, `bind ${source} at ${mount.destination}`)
  plan.close(target)
  applyPropagation(plan, tree, options)
  plan.close(tree)
}

/** `shared`, in a container whose rootfsPropagation is shared: mounts go both ways, as with runc. Never from a user namespace. */
function reachesHost({ config, inUserNamespace }: Compilation, { propagation }: MountOptions): boolean {
  const shared = config.linux?.rootfsPropagation?.endsWith('shared') ?? false
  return shared && !inUserNamespace && propagation.some(({ type }) => type === 'shared')
}

/**
 * What the runtime and programs write to /proc must reach the kernel: at /proc only a procfs may be bound, from its root on
 * (CVE-2019-16884).
 */
function demandProc(plan: PlanBuilder, tree: Register, { statfs, statx: room }: Rootfs, source: string): void {
  const wrong = plan.label('wrong')
  const good = plan.label('good')
  plan.sys('fstatfs', [tree, statfs], 'look what it is')
  plan.if(plan.load(statfs, 8, 'its file system'), '!=', uapi.PROC_SUPER_MAGIC, wrong, 'at /proc it must be a procfs')
  plan.sys('statx', [tree, '', uapi.AT_EMPTY_PATH, uapi.STATX_BASIC_STATS, room], 'look which folder of it')
  plan.if(plan.load(room.plus(statx.ino), 8, 'its inode'), '==', uapi.PROC_ROOT_INO, good, 'it must be the root of it')
  plan.place(wrong)
  plan.fail('EINVAL', `bind ${source} at /proc: it is not the root of a procfs`)
  plan.place(good)
}

/** A new sysfs needs rights in the network's user namespace: the host's is bound, read-only (kernel rule 12). */
function bindSysfs({ plan }: Compilation, rootfs: Rootfs, mount: Mount, options: MountOptions): void {
  const tree = plan.sys(
    'open_tree',
    [uapi.AT_FDCWD, '/sys', uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC | uapi.AT_RECURSIVE],
    'clone /sys of the host',
  )
  setMountAttributes(
    plan,
    tree,
    '',
    { propagation: uapi.MS_SLAVE, set: uapi.MOUNT_ATTR_RDONLY, recursive: true },
    'read-only',
  )
  setAttributes(plan, tree, options)
  const target = openTarget(plan, rootfs, mount.destination)
  moveMount(plan, tree, target, `bind /sys of the host at ${mount.destination}`)
  plan.close(target)
  applyPropagation(plan, tree, options)
  plan.close(tree)
}

/** Changes a mount that is there: only what the options name. */
function remount(plan: PlanBuilder, rootfs: Rootfs, mount: Mount, options: MountOptions): void {
  const target = openInRoot(plan, rootfs.root, mount.destination, `open ${mount.destination}`)
  setAttributes(plan, target, options)
  const flags = [
    ...options.superblock.set.filter((flag) => knownFlags.has(flag)),
    ...options.superblock.clear.flatMap((flag) => opposites[flag] ?? []),
  ]
  if (!options.bind && (flags.length > 0 || options.data.length > 0)) {
    const context = plan.sys(
      'fspick',
      [target, '', uapi.FSPICK_CLOEXEC | uapi.FSPICK_EMPTY_PATH],
      'open its file system',
    )
    for (const option of [...flags, ...options.data]) {
      const [key = '', ...value] = option.split('=')
      if (value.length === 0)
        plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_FLAG, key, null, 0], key, { explain: true })
      else plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_STRING, key, value.join('='), 0], option, { explain: true })
    }
    plan.sys('fsconfig', [context, uapi.FSCONFIG_CMD_RECONFIGURE, null, null, 0], `remount ${mount.destination}`, {
      explain: true,
    })
    plan.close(context)
  }
  applyPropagation(plan, target, options)
  plan.close(target)
}

/** Only attributes that the options name: EPERM on clearing one that is locked names it in the step. */
function setAttributes(plan: PlanBuilder, mount: Register, { attributes, recursiveAttributes }: MountOptions): void {
  for (const [changes, recursive] of [
    [attributes, false],
    [recursiveAttributes, true],
  ] as const) {
    const { set, clear } = attributeBits(changes)
    if (set !== 0 || clear !== 0)
      setMountAttributes(
        plan,
        mount,
        '',
        { set, clear, recursive },
        `set ${attributeWords(changes)}${recursive ? ', recursively' : ''}`,
      )
  }
}

function applyPropagation(plan: PlanBuilder, mount: Register, options: MountOptions): void {
  for (const { type, recursive } of options.propagation) {
    const propagation = {
      shared: uapi.MS_SHARED,
      slave: uapi.MS_SLAVE,
      private: uapi.MS_PRIVATE,
      unbindable: uapi.MS_UNBINDABLE,
    }[type]
    setMountAttributes(plan, mount, '', { propagation, recursive }, `${recursive ? 'r' : ''}${type}`)
  }
}
