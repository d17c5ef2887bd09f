// Device nodes and symbolic links in /dev: those that the runtime spec asks every runtime for (config-linux.md, "Default
// Devices"), and those of linux.devices.

import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, MS_SLAVE, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE, S_IFBLK, S_IFCHR, S_IFIFO } from '../../native/uapi.ts' // prettier-ignore
import type { Device } from '../../oci/config.ts'
import type { Compilation, Rootfs } from './compilation.ts'
import { components, openOrMake, statx } from './paths.ts'
import { moveMount, setMountAttributes } from './root.ts'

const defaultDevices: readonly Device[] = (
  [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['full', 1, 7],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['tty', 5, 0],
  ] as const
).map(([name, major, minor]) => ({
  type: 'c',
  path: `/dev/${name}`,
  major: BigInt(major),
  minor: BigInt(minor),
  fileMode: 0o666,
  uid: 0,
  gid: 0,
}))

const links = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
] as const

/** As runc and LXC have it, where the kernel has one; what it leads to is masked by default. */
const kcore = ['/proc/kcore', 'core'] as const

/** dev_t as the system calls take it (makedev(3)). */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)
}

/** Nothing is made when the config binds a /dev of its own: it is then the caller's. */
export function makeDevices(compilation: Compilation, rootfs: Rootfs): void {
  const { plan, config, host, inUserNamespace } = compilation
  const bound = config.mounts?.some(
    (mount) =>
      components(mount.destination).join('/') === 'dev' &&
      (mount.type === 'bind' || mount.options?.some((o) => o === 'bind' || o === 'rbind')),
  )
  if (bound) return

  const own = config.linux?.devices ?? []
  const named = new Set(own.map((device) => components(device.path).join('/')))
  plan.at('linux.devices', () => {
    const dev = openOrMake(plan, rootfs.root, '/dev', 'directory', 'open /dev', { noSymlinks: true })
    const make = inUserNamespace ? bindDevice : makeNode
    for (const device of defaultDevices)
      if (!named.has(components(device.path).join('/')))
        make(compilation, rootfs, device, dev, components(device.path)[1] ?? '')
    own.forEach((device, index) =>
      plan.at(`linux.devices[${index}]`, () => {
        const parts = components(device.path)
        if (parts[0] === 'dev' && parts.length === 2) return make(compilation, rootfs, device, dev, parts[1] ?? '')
        const parent = openOrMake(
          plan,
          rootfs.root,
          `/${parts.slice(0, -1).join('/')}`,
          'directory',
          `open the folder of ${device.path}`,
        )
        make(compilation, rootfs, device, parent, parts.at(-1) ?? '')
        plan.close(parent)
      }),
    )
    for (const [target, name] of host.hasKcore ? [...links, kcore] : links)
      plan.sys('symlinkat', [target, dev, name], `/dev/${name}`, { tolerate: ['EEXIST'] })
    // An image may have brought a /dev/ptmx of its own: a node here would open the host's devpts.
    plan.sys('unlinkat', [dev, 'ptmx', 0], 'no /dev/ptmx but ours', { tolerate: ['ENOENT', 'EROFS'] })
    plan.sys('symlinkat', ['pts/ptmx', dev, 'ptmx'], '/dev/ptmx', { tolerate: ['EEXIST'] })
    plan.close(dev)
  })
}

/** mknod(2), owner and mode. What is there already must be just that device. */
function makeNode(
  { plan }: Compilation,
  { statx: room }: Rootfs,
  device: Device,
  parent: Parameters<typeof plan.close>[0],
  name: string,
): void {
  const type = device.type === 'b' ? S_IFBLK : device.type === 'p' ? S_IFIFO : S_IFCHR
  const [major, minor] = [Number(device.major ?? 0), Number(device.minor ?? 0)]
  const mode = type | ((device.fileMode ?? 0o666) & 0o7777)
  const exists = plan.label('exists')
  const made = plan.label('made')
  plan.sys('mknodat', [parent, name, mode, type === S_IFIFO ? 0 : deviceNumber(major, minor)], `make ${device.path}`, {
    jump: { on: ['EEXIST'], to: exists },
  })
  if ((device.uid ?? 0) !== 0 || (device.gid ?? 0) !== 0)
    plan.sys(
      'fchownat',
      [parent, name, device.uid ?? 0, device.gid ?? 0, AT_SYMLINK_NOFOLLOW],
      `owner of ${device.path}`,
    )
  plan.goto(made, 'made')
  plan.place(exists)
  const wrong = plan.label('wrong')
  plan.sys('statx', [parent, name, AT_SYMLINK_NOFOLLOW, 0x7ff, room], `look at the ${device.path} that is there`)
  plan.if(plan.load(room.plus(statx.mode), 2, 'its mode'), '!=', type, wrong, 'it must be of the same type', 0o170000)
  plan.if(
    plan.load(room.plus(statx.rdevMajor), 4, 'its major number'),
    '!=',
    type === S_IFIFO ? 0 : major,
    wrong,
    'it must be the same device',
  )
  plan.if(
    plan.load(room.plus(statx.rdevMinor), 4, 'its minor number'),
    '==',
    type === S_IFIFO ? 0 : minor,
    made,
    'it must be the same device',
  )
  plan.place(wrong)
  plan.fail('EEXIST', `${device.path} exists and is not device ${device.type} ${major}:${minor}`)
  plan.place(made)
}

/** In a user namespace mknod(2) is EPERM: the host's node is bound instead (kernel rule 12). */
function bindDevice({ plan }: Compilation, rootfs: Rootfs, device: Device, _parent: unknown, _name: string): void {
  const source = plan.sys(
    'open_tree',
    [AT_FDCWD, device.path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC],
    `the host's ${device.path}`,
  )
  setMountAttributes(plan, source, '', { propagation: MS_SLAVE }, 'no mount on it reaches the host')
  const isFile = plan.set(S_IFCHR, 'a device is bound on a file')
  const target = openOrMake(plan, rootfs.root, device.path, { mode: isFile }, `open ${device.path}`)
  moveMount(plan, source, target, `${device.path} of the host`)
  plan.close(source, target)
}
