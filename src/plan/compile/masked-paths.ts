// linux.maskedPaths and linux.readonlyPaths. A path that is not there needs neither.

import { AT_EMPTY_PATH, AT_RECURSIVE, FSCONFIG_CMD_CREATE, FSCONFIG_SET_FLAG, FSMOUNT_CLOEXEC, FSOPEN_CLOEXEC, MOUNT_ATTR_RDONLY, MS_SLAVE, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE, S_IFDIR, S_IFMT } from '../../native/uapi.ts' // prettier-ignore
import type { Register } from '../step.ts'
import type { Compilation, Rootfs } from './compilation.ts'
import { modeOf, openInRoot } from './paths.ts'
import { moveMount, setMountAttributes } from './root.ts'

const absent = ['ENOENT', 'ENOTDIR'] as const

/** Before the pivot: the host's /dev/null can be cloned only while its mount is in this namespace. */
export function makeReadonly({ plan, config }: Compilation, { root }: Rootfs): void {
  config.linux?.readonlyPaths?.forEach((path, index) =>
    plan.at(`linux.readonlyPaths[${index}]`, () => {
      const next = plan.label('next')
      const target = openInRoot(plan, root, path, `open ${path}`, { jump: { on: absent, to: next } })
      const tree = plan.sys(
        'open_tree',
        [target, '', OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE],
        `clone ${path}`,
      )
      setMountAttributes(plan, tree, '', { set: MOUNT_ATTR_RDONLY }, 'make it read-only')
      moveMount(plan, tree, target, `${path} read-only`)
      plan.close(tree, target)
      plan.place(next)
    }),
  )
}

/** Files are covered by the host's /dev/null, folders by one empty read-only tmpfs. */
export function maskPaths({ plan, config }: Compilation, { root, devNull, statx }: Rootfs): void {
  const paths = config.linux?.maskedPaths ?? []
  if (paths.length === 0) return
  let empty!: Register
  let used!: Register
  plan.at('linux.maskedPaths', () => {
    const context = plan.sys('fsopen', ['tmpfs', FSOPEN_CLOEXEC], 'open a tmpfs for masked folders')
    plan.sys('fsconfig', [context, FSCONFIG_SET_FLAG, 'ro', 0, 0], 'read-only', { explain: true })
    plan.sys('fsconfig', [context, FSCONFIG_CMD_CREATE, 0, 0, 0], 'create it', { explain: true })
    empty = plan.sys('fsmount', [context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY], 'make it a mount')
    plan.close(context)
    used = plan.set(0, 'it is nowhere yet')
  })
  paths.forEach((path, index) =>
    plan.at(`linux.maskedPaths[${index}]`, () => {
      const next = plan.label('next')
      const folder = plan.label('folder')
      const again = plan.label('again')
      const covered = plan.label('covered')
      const target = openInRoot(plan, root, path, `open ${path}`, { jump: { on: absent, to: next } })
      plan.if(
        modeOf(plan, target, statx, 'file or folder?'),
        '==',
        S_IFDIR,
        folder,
        'a folder is covered by a tmpfs',
        S_IFMT,
      )
      const file = plan.sys(
        'open_tree',
        [devNull, '', OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH],
        'clone /dev/null of the host',
      )
      setMountAttributes(plan, file, '', { propagation: MS_SLAVE }, 'no mount on it reaches the host')
      moveMount(plan, file, target, `mask ${path}`)
      plan.close(file)
      plan.goto(covered, 'covered')

      plan.place(folder)
      plan.if(used, '==', 1, again, 'is it somewhere already?')
      moveMount(plan, empty, target, `mask ${path}`)
      plan.set(1, 'now it is', used)
      plan.goto(covered, 'covered')
      plan.place(again)
      // KERNEL(6.15): a mount can be cloned while it is detached; before that only where it is attached.
      const tmpfs = plan.sys(
        'open_tree',
        [empty, '', OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH],
        'clone the empty tmpfs',
      )
      moveMount(plan, tmpfs, target, `mask ${path}`)
      plan.close(tmpfs)
      plan.place(covered)
      plan.close(target)
      plan.place(next)
    }),
  )
  plan.at('linux.maskedPaths', () => plan.close(empty))
}
