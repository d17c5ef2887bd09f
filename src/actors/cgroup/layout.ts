// Where the control groups of this machine are mounted, and where this process stands in them.
// Which group a container gets is paths.ts.

import { readFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'

/**
 * - `unified`: version 2 alone
 * - `hybrid`: controllers on version 1, and a version 2 tree beside them that has `cgroup.kill` and `cgroup.events`
 * - `legacy`: version 1 alone
 * - `none`: no controllers are mounted
 */
export type LayoutKind = 'unified' | 'hybrid' | 'legacy' | 'none'

/** One tree of groups. */
export interface Hierarchy {
  readonly version: 1 | 2
  /**
   * On version 1 those bound to it, several if mounted together, or `name=systemd` for one without; on version 2 what its
   * `cgroup.controllers` lists.
   */
  readonly controllers: readonly string[]
  /** Where it is mounted. */
  readonly mount: string
  /** The folder of this process's own group, at or below `mount`. */
  readonly own: string
}

export interface Layout {
  readonly kind: LayoutKind
  readonly unified: Hierarchy | null
  readonly legacy: readonly Hierarchy[]
}

/** The texts a layout is read from. */
export interface LayoutSource {
  /** /proc/self/mountinfo; proc_pid_mountinfo(5) */
  readonly mountinfo: string
  /** /proc/self/cgroup; cgroups(7) */
  readonly cgroup: string
  /** `cgroup.controllers` at the root of the version 2 tree. */
  readonly controllers: (mount: string) => string
}

/** The layout that these texts describe. Pure. */
export function parseLayout({ mountinfo, cgroup, controllers }: LayoutSource): Layout {
  const mounts = mountinfo.split('\n').flatMap(parseMount)
  const memberships = cgroup.split('\n').flatMap(parseMembership)

  const path = memberships.find(({ names }) => names.length === 0)?.path
  const unifiedMount = first(mounts.filter(({ type }) => type === 'cgroup2'))
  const unified: Hierarchy | null =
    unifiedMount === undefined || path === undefined
      ? null
      : {
          version: 2,
          controllers: controllers(unifiedMount.mount).split(/\s+/).filter(Boolean),
          mount: unifiedMount.mount,
          own: ownFolder(unifiedMount, path),
        }

  const legacy = memberships.flatMap(({ names, path }): Hierarchy[] => {
    if (names.length === 0) return []
    const found = first(
      mounts.filter(({ type, options }) => type === 'cgroup' && names.every((n) => options.includes(n))),
    )
    return found === undefined
      ? []
      : [{ version: 1, controllers: names, mount: found.mount, own: ownFolder(found, path) }]
  })

  // Where /sys/fs/cgroup itself is version 2, a stray version 1 mount elsewhere does not make a hybrid.
  const controlled = legacy.some(({ controllers: [name] }) => !name?.startsWith('name='))
  if (unified !== null && (unified.mount === '/sys/fs/cgroup' || !controlled)) {
    return { kind: 'unified', unified, legacy: [] }
  }
  return { kind: !controlled ? 'none' : unified === null ? 'legacy' : 'hybrid', unified, legacy }
}

let known: Layout | undefined

/** The layout of this machine, read once: mounts of control groups do not come and go under a running service. */
export function layout(): Layout {
  known ??= parseLayout({
    mountinfo: readOr('/proc/self/mountinfo'),
    cgroup: readOr('/proc/self/cgroup'),
    controllers: (mount) => readOr(`${mount}/cgroup.controllers`),
  })
  return known
}

/** Where relative paths begin: this process's own group; on version 2 its parent, as a group with processes has no children with controllers. */
export function relativeBase(kind: LayoutKind, { mount, own }: Hierarchy): string {
  return kind === 'unified' && own !== mount ? dirname(own) : own
}

interface CgroupMount {
  /** The group that is the root of this mount: not `/` for a bind mount, as in a container. */
  readonly root: string
  readonly mount: string
  readonly type: string
  readonly options: readonly string[]
}

function parseMount(line: string): CgroupMount[] {
  // 31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:4 - cgroup cgroup rw,cpu
  const [fields = '', rest] = line.split(' - ', 2)
  if (rest === undefined) return []
  const [type = '', , options = ''] = rest.split(' ')
  if (type !== 'cgroup' && type !== 'cgroup2') return []
  const [, , , root = '/', mount = ''] = fields.split(' ').map(unescape)
  return [{ root, mount, type, options: options.split(',') }]
}

/** Space, tab, newline and backslash are octal in mountinfo. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

function parseMembership(line: string): { names: string[]; path: string }[] {
  // 7:cpu,cpuacct:/user.slice and, for version 2, 0::/user.slice
  const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
  return names === undefined || path === undefined ? [] : [{ names: names.split(',').filter(Boolean), path }]
}

/** Of several mounts of one tree the one under /sys/fs/cgroup, else the first: the others are binds for someone's container. */
function first(mounts: readonly CgroupMount[]): CgroupMount | undefined {
  return mounts.find(({ mount }) => `${mount}/`.startsWith('/sys/fs/cgroup/')) ?? mounts[0]
}

/** A group outside of what is mounted (`/../x`, seen from inside a cgroup namespace) has no folder here: the mount's root stands for it. */
function ownFolder({ root, mount }: CgroupMount, path: string): string {
  const prefix = root === '/' ? '' : root
  const below = path === prefix ? '' : path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : ''
  return below === '/' || below.split('/').includes('..') ? mount : mount + below
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // no procfs, or no such file: then there is nothing to find in it
  }
}
