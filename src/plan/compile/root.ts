// The root file system: found, made a mount of init's own, and at last made the root (pivot_root(2)).

import {
  AT_EMPTY_PATH, AT_FDCWD, AT_RECURSIVE, MNT_DETACH, MOUNT_ATTR_RDONLY, MOVE_MOUNT_F_EMPTY_PATH, MS_PRIVATE, MS_SHARED, MS_SLAVE,
  MS_UNBINDABLE, O_CLOEXEC, O_PATH, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE, S_IFCHR, S_IFMT,
} from '../../native/uapi.ts' // prettier-ignore
import { openFlags } from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Operand, Register } from '../step.ts'
import type { Compilation, Rootfs } from './compilation.ts'
import { components, statx } from './paths.ts'

/** struct mount_attr (mount_setattr(2)). */
export interface MountAttributes {
  readonly set?: number
  readonly clear?: number
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE. */
  readonly propagation?: number
  readonly recursive?: boolean
}

/** Changes only what is named; on a mount by its descriptor, or on `path`. */
export function setMountAttributes(
  plan: PlanBuilder,
  mount: Operand,
  path: string,
  attributes: MountAttributes,
  label: string,
): void {
  const { set = 0, clear = 0, propagation = 0, recursive = false } = attributes
  const words = plan.words(
    [set, clear, propagation, 0],
    `{set 0x${set.toString(16)}, clear 0x${clear.toString(16)}, propagation 0x${propagation.toString(16)}}`,
  )
  const flags = (path === '' ? AT_EMPTY_PATH : 0) | (recursive ? AT_RECURSIVE : 0)
  plan.sys('mount_setattr', [mount, path, flags, words, 32], label)
}

/** Puts a detached mount where `target` (a descriptor) is; with a path, `target` is AT_FDCWD. */
export function moveMount(plan: PlanBuilder, mount: Operand, target: Operand, label: string, path = ''): void {
  const MOVE_MOUNT_T_EMPTY_PATH = 0x40
  plan.sys(
    'move_mount',
    [mount, '', target, path, MOVE_MOUNT_F_EMPTY_PATH | (path === '' ? MOVE_MOUNT_T_EMPTY_PATH : 0)],
    label,
  )
}

const propagations: Readonly<Record<string, { readonly flag: number; readonly recursive: boolean }>> = {
  shared: { flag: MS_SHARED, recursive: false },
  rshared: { flag: MS_SHARED, recursive: true },
  slave: { flag: MS_SLAVE, recursive: false },
  rslave: { flag: MS_SLAVE, recursive: true },
  private: { flag: MS_PRIVATE, recursive: false },
  rprivate: { flag: MS_PRIVATE, recursive: true },
  unbindable: { flag: MS_UNBINDABLE, recursive: false },
  runbindable: { flag: MS_UNBINDABLE, recursive: true },
}

/**
 * Cuts init's mounts off from the host's, and opens the root file system as a mount of its own, at its own path: until `becomeRoot`
 * the host's paths are what they are on the host, and hooks find the container's mounts below that path. Where a user namespace may
 * not go there, the mount is put on `/`, which covers it only for path walks that cross it.
 */
export function enterRoot({ plan, config, inUserNamespace, linked }: Compilation, rootfsPath: string): Rootfs {
  const room = plan.scratch(statx.size, 'statx')
  const wanted = propagations[config.linux?.rootfsPropagation ?? '']
  plan.at('linux.rootfsPropagation', () => {
    // rprivate first would break rslave binds, so the default for the host's tree is rslave (kernel rule 11). What is
    // unbindable could not be cloned below.
    const cut = wanted === undefined || wanted.flag === MS_UNBINDABLE ? { flag: MS_SLAVE, recursive: true } : wanted
    setMountAttributes(
      plan,
      AT_FDCWD,
      '/',
      { propagation: cut.flag, recursive: cut.recursive },
      'cut the mounts off from the host',
    )
    if (!cutsOff(wanted)) keepToItself(plan, rootfsPath, wanted?.flag === MS_SHARED ? MS_PRIVATE : MS_SLAVE)
  })

  let devNull!: Register
  plan.at('linux.maskedPaths', () => {
    devNull = plan.sys('openat', [AT_FDCWD, '/dev/null', O_PATH | O_CLOEXEC], "open the host's /dev/null")
    plan.sys('statx', [devNull, '', AT_EMPTY_PATH, 0x7ff, room], 'look whether it is')
    const major = plan.load(room.plus(statx.rdevMajor), 4, 'its major number')
    const minor = plan.load(room.plus(statx.rdevMinor), 4, 'its minor number')
    const mode = plan.load(room.plus(statx.mode), 2, 'its mode')
    const wrong = plan.label('wrong')
    const right = plan.label('right')
    plan.if(mode, '!=', S_IFCHR, wrong, 'it must be a character device', S_IFMT)
    plan.if(major, '!=', 1, wrong, 'it must be 1:3')
    plan.if(minor, '==', 3, right, 'it must be 1:3')
    plan.place(wrong)
    plan.fail('ENODEV', "the host's /dev/null is not device 1:3")
    plan.place(right)
  })

  let root!: Register
  plan.at('root.path', () => {
    const AT_RECURSIVE_CLONE = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE
    // Under a user namespace the runtime clones the tree (folders above it may be 0700), and init inherits it.
    root = inUserNamespace
      ? plan.set(plan.inherit('rootfs'), 'the root file system, cloned by the runtime')
      : plan.sys('open_tree', [AT_FDCWD, rootfsPath, AT_RECURSIVE_CLONE], `open the root file system ${rootfsPath}`)
    setMountAttributes(
      plan,
      root,
      '',
      { propagation: wanted?.flag === MS_SHARED ? MS_PRIVATE : MS_SLAVE, recursive: true },
      'no mount in it reaches the host',
    )
    const placed = plan.label('placed')
    const unreachable = plan.label('unreachable')
    plan.sys(
      'move_mount',
      [root, '', AT_FDCWD, rootfsPath, MOVE_MOUNT_F_EMPTY_PATH],
      `root file system at ${rootfsPath}`,
      inUserNamespace ? { jump: { on: ['EACCES'], to: unreachable } } : {},
    )
    if (inUserNamespace) {
      plan.goto(placed, 'it is where hooks look for it')
      plan.place(unreachable)
      moveMount(plan, root, AT_FDCWD, 'root file system at /', '/')
      plan.place(placed)
    }
  })
  return { root, devNull, statx: room, statfs: plan.scratch(128, 'statfs'), linked }
}

/** Whether no mount of the host's tree is shared any more, once `enterRoot` has begun. */
function cutsOff(wanted: (typeof propagations)[string] | undefined): boolean {
  return wanted === undefined || wanted.flag === MS_UNBINDABLE || (wanted.recursive && wanted.flag !== MS_SHARED)
}

/** A shared mount above the new root: pivot_root(2) would give EINVAL, and the new root would appear on the host. */
function keepToItself(plan: PlanBuilder, rootfsPath: string, propagation: number): void {
  const done = plan.label('done')
  // Which folder above it is a mount, the kernel knows: any other is EINVAL.
  const parts = components(rootfsPath)
  for (let count = parts.length; count >= 0; count--) {
    const next = plan.label('next')
    const path = `/${parts.slice(0, count).join('/')}`
    const attributes = plan.words([0, 0, propagation, 0], propagation === MS_PRIVATE ? 'private' : 'slave')
    plan.sys('mount_setattr', [AT_FDCWD, path, 0, attributes, 32], 'keep the new root to itself', {
      ...(count > 0 ? { jump: { on: ['EINVAL'], to: next } } : {}),
    })
    if (count > 0) plan.goto(done, 'this is the mount it is in')
    plan.place(next)
  }
  plan.place(done)
}

/** In the mounts of the host, or of a joined namespace, nothing is changed: the root is only looked up. */
export function findRoot(plan: PlanBuilder, rootfsPath: string): Register {
  let root!: Register
  plan.at('root.path', () => {
    const how = openFlags(plan.architecture).O_DIRECTORY | O_PATH | O_CLOEXEC
    root = plan.sys('openat', [AT_FDCWD, rootfsPath, how], `open the root file system ${rootfsPath}`)
  })
  return root
}

/** chroot(2), for a container without mounts of its own. Whoever has CAP_SYS_CHROOT in it can leave it, as with runc. */
export function changeRoot(plan: PlanBuilder, root: Register): void {
  plan.at('root.path', () => {
    plan.sys('fchdir', [root], 'go to the new root')
    plan.sys('chroot', ['.'], 'chroot')
    plan.sys('chdir', ['/'], 'go to /')
  })
}

/** Moves it over `/` (mount(2), MS_MOVE): from the ramdisk that the kernel has booted from, nobody can pivot. */
function moveOverRoot({ plan, config }: Compilation, { root }: Rootfs): void {
  plan.at('root', () => {
    // The host's root stays below, and who has CAP_SYS_ADMIN comes back to it, as with runc: its procfs and sysfs at least are gone.
    if (cutsOff(propagations[config.linux?.rootfsPropagation ?? '']))
      for (const path of ['/proc', '/sys'])
        plan.sys('umount2', [path, MNT_DETACH], `drop the host's ${path}`, { tolerate: ['EINVAL', 'ENOENT', 'EPERM'] })
    plan.sys('fchdir', [root], 'go to the new root')
    moveMount(plan, root, AT_FDCWD, 'the new root over /', '/')
    plan.sys('chroot', ['.'], 'chroot')
    plan.sys('chdir', ['/'], 'go to /')
  })
}

function pivot({ plan, config }: Compilation, { root }: Rootfs): void {
  plan.at('root', () => {
    // Where a mount of the old root may still be shared with the host, dropping it would unmount it there.
    const isCutOff = cutsOff(propagations[config.linux?.rootfsPropagation ?? ''])
    const old = isCutOff ? undefined : plan.sys('openat', [AT_FDCWD, '/', O_PATH | O_CLOEXEC], 'hold the old root')
    plan.sys('fchdir', [root], 'go to the new root')
    plan.sys('pivot_root', ['.', '.'], 'pivot_root')
    if (old !== undefined)
      setMountAttributes(plan, old, '', { propagation: MS_SLAVE, recursive: true }, 'let go of it alone')
    plan.sys('umount2', ['.', MNT_DETACH], 'drop the old root')
    if (old !== undefined) plan.close(old)
    plan.sys('chdir', ['/'], 'go to /')
  })
}

/** Makes it the root, and lets go of the host's mounts. */
export function becomeRoot(compilation: Compilation, rootfs: Rootfs, pivots: boolean): void {
  const { plan, config } = compilation
  if (pivots) pivot(compilation, rootfs)
  else moveOverRoot(compilation, rootfs)
  const wanted = propagations[config.linux?.rootfsPropagation ?? '']
  // Private it is already where the host is concerned; a mount that asks for `shared` stays so, as with runc.
  const recursive = wanted?.flag !== MS_PRIVATE && wanted?.recursive === true
  if (wanted !== undefined)
    plan.at('linux.rootfsPropagation', () =>
      setMountAttributes(
        plan,
        AT_FDCWD,
        '/',
        { propagation: wanted.flag, recursive },
        `root ${config.linux?.rootfsPropagation}`,
      ),
    )
}

/** `root.readonly`: last, when everything in it has been made. */
export function protectRoot({ plan, config }: Compilation): void {
  if (!config.root?.readonly) return
  plan.at('root.readonly', () => setMountAttributes(plan, AT_FDCWD, '/', { set: MOUNT_ATTR_RDONLY }, 'root read-only'))
}
