// mounts[]: each is made as a detached mount, gets its attributes, and is moved onto its target, which is opened when its
// turn has come (kernel rule 9). Everything by descriptors: fsopen(2), open_tree(2), mount_setattr(2), move_mount(2).

import * as uapi from '../../native/uapi.ts'
import type { Mount } from '../../oci/config.ts'
import { parseMountOptions, type MountOptions, type SuperblockFlag } from '../../oci/mount-options.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import { isNewNamespace, type Compilation, type Rootfs } from './compilation.ts'
import { mountCgroups } from './cgroup-mount.ts'
import { attributeBits, attributeWords, newMountBits } from './mount-attributes.ts'
import { components, modeOf, openInRoot, openOrMake } from './paths.ts'
import { moveMount, setMountAttributes } from './root.ts'

/** Where a mount point must be a real folder: a symbolic link there is an image's try to be mounted elsewhere. */
const ordinary = new Set(['proc', 'sys', 'dev'])

/** Superblock flags that fsconfig(2) knows; `silent` and `iversion` were flags of mount(2) alone. */
const known: ReadonlySet<string> = new Set(['ro', 'sync', 'dirsync', 'lazytime', 'mand'])
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

export function isBind(mount: Mount): boolean {
  return parseMountOptions(mount.options, mount.type).bind
}

export function makeMounts(compilation: Compilation, rootfs: Rootfs): void {
  compilation.config.mounts?.forEach((mount, index) =>
    compilation.plan.at(`mounts[${index}]`, () => makeMount(compilation, rootfs, mount, index)),
  )
}

function makeMount(compilation: Compilation, rootfs: Rootfs, mount: Mount, index: number): void {
  const { plan, config, inUserNamespace } = compilation
  const options = parseMountOptions(mount.options, mount.type)
  if (options.remount) return remount(plan, rootfs, mount, options)
  if (options.bind) return bind(compilation, rootfs, mount, options, index)
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return mountCgroups(compilation, rootfs, mount, options)
  if (mount.type === 'sysfs' && inUserNamespace && !isNewNamespace(config, 'network'))
    return bindSysfs(compilation, rootfs, mount, options)

  const type = mount.type ?? 'none'
  const fresh = newMount(plan, type, mount.source, options)
  const target = openTarget(plan, rootfs, mount.destination)
  // A tmpfs keeps the mode of the folder it covers, unless the config names one (runc does so).
  if (type === 'tmpfs' && !options.data.some((option) => option.startsWith('mode=')))
    plan.sys(
      'fchmodat',
      [fresh, '.', modeOf(plan, target, rootfs.statx, `mode of ${mount.destination}`)],
      'the same mode',
      { tolerate: ['EROFS'] },
    )
  moveMount(plan, fresh, target, `mount ${type} at ${mount.destination}`)
  plan.close(target)
  applyPropagation(plan, fresh, options)
  plan.close(fresh)
}

/** A detached mount of a file system. */
export function newMount(plan: PlanBuilder, type: string, source: string | undefined, options: MountOptions): Register {
  const context = plan.sys('fsopen', [type, uapi.FSOPEN_CLOEXEC], `open a new ${type}`)
  const configure = (key: string, value: string | undefined) =>
    value === undefined
      ? plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_FLAG, key, null, 0], `${type} option ${key}`, {
          explain: true,
        })
      : plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_STRING, key, value, 0], `${type} option ${key}=${value}`, {
          explain: true,
        })
  if (source) configure('source', source)
  for (const flag of options.superblock.set) if (known.has(flag)) configure(flag, undefined)
  for (const option of options.data) {
    const equals = option.indexOf('=')
    if (equals < 0) configure(option, undefined)
    else configure(option.slice(0, equals), option.slice(equals + 1))
  }
  plan.sys('fsconfig', [context, uapi.FSCONFIG_CMD_CREATE, null, null, 0], 'create it', { explain: true })
  const mount = plan.sys(
    'fsmount',
    [context, uapi.FSMOUNT_CLOEXEC, newMountBits(options.attributes)],
    'make it a mount',
  )
  plan.close(context)
  const below = attributeBits(options.recursiveAttributes)
  if (below.set !== 0 || below.clear !== 0)
    setMountAttributes(
      plan,
      mount,
      '',
      { ...below, recursive: true },
      `set ${attributeWords(options.recursiveAttributes)}, recursively`,
    )
  return mount
}

function bind(
  { plan, inUserNamespace }: Compilation,
  rootfs: Rootfs,
  mount: Mount,
  options: MountOptions,
  index: number,
): void {
  const clone = uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC | (options.recursiveBind ? uapi.AT_RECURSIVE : 0)
  const source = mount.source ?? ''
  // Under a user namespace the runtime has cloned it: folders above it may be 0700, its submounts locked (kernel rule 10).
  const tree = inUserNamespace
    ? plan.set(plan.inherit(bindSourceDescriptor(index)), `${source}, cloned by the runtime`)
    : plan.sys('open_tree', [uapi.AT_FDCWD, source, clone], `clone ${source}`)
  // While it is detached, else a mount made inside it appears on the host.
  setMountAttributes(plan, tree, '', { propagation: uapi.MS_SLAVE, recursive: true }, 'no mount in it reaches the host')
  setAttributes(plan, tree, options)
  const target = openTarget(plan, rootfs, mount.destination, modeOf(plan, tree, rootfs.statx, 'a file or a folder?'))
  moveMount(plan, tree, target, `bind ${source} at ${mount.destination}`)
  plan.close(target)
  applyPropagation(plan, tree, options)
  plan.close(tree)
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
    ...options.superblock.set.filter((flag) => known.has(flag)),
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

/** The mount point, made where it is missing: a folder, or what `mode` says. */
export function openTarget(
  plan: PlanBuilder,
  { root, statfs }: Rootfs,
  destination: string,
  mode?: Register,
): Register {
  const parts = components(destination)
  const noSymlinks = parts.length === 1 && ordinary.has(parts[0] ?? '')
  const kind = mode === undefined ? 'directory' : { mode }
  const target = openOrMake(plan, root, destination, kind, `open ${destination}`, { noSymlinks })
  if (parts[0] !== 'proc') refuseProc(plan, target, statfs, destination)
  return target
}

/**
 * What may be mounted on procfs is decided by the destination's name (validate.ts). A symbolic link in the image that leads
 * there from elsewhere would get around that, and cover /proc/self/attr or the like (CVE-2019-16884, CVE-2023-27561).
 */
function refuseProc(plan: PlanBuilder, target: Register, room: Address, destination: string): void {
  const good = plan.label('good')
  plan.sys('fstatfs', [target, room], 'look where that is')
  plan.if(plan.load(room, 8, 'its file system'), '!=', uapi.PROC_SUPER_MAGIC, good, 'it must not lead into procfs')
  plan.fail('EXDEV', `${destination} leads into procfs by a symbolic link`)
  plan.place(good)
}
