// What a plan depends on beside config.json, read from this machine once per process.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path/posix'
import type { CgroupReceipt } from '../actors/cgroup/receipt.ts'
import { layout } from '../actors/cgroup/layout.ts'
import { prlimit } from '../native/prlimit.ts'
import { architecture } from '../native/syscalls.ts'
import { RLIMIT_NOFILE } from '../native/uapi.ts'
import type { HostFacts } from '../plan/compile/host.ts'

let known: HostFacts | undefined

/** The facts, with the groups that this container's init will be in. */
export function hostFacts(cgroup?: CgroupReceipt): HostFacts {
  known ??= read()
  if (cgroup === undefined || cgroup.groups.length === 0) return known
  const groupAt = new Map(cgroup.groups.map(({ mount, folder }) => [mount, folder]))
  return {
    ...known,
    cgroup: {
      ...known.cgroup,
      hierarchies: known.cgroup.hierarchies.map((hierarchy) => ({
        ...hierarchy,
        group: groupAt.get(hierarchy.mount) ?? hierarchy.group,
      })),
      unifiedGroup: cgroup.groups.find(({ version }) => version === 2)?.folder ?? known.cgroup.unifiedGroup,
    },
  }
}

function read(): HostFacts {
  const { kind, unified } = layout()
  return {
    architecture: architecture(),
    lastCapability: Number(readOr('/proc/sys/kernel/cap_last_cap', '40')),
    openFiles: openFilesBeforeNode(),
    cgroup: { layout: kind, hierarchies: legacyHierarchies(), unifiedGroup: unified?.own ?? '' },
  }
}

/**
 * Node.js raises the soft limit of open files to the hard one when it starts, and does not say what it was. The parent's
 * is what this process was given, unless somebody changed it in between; without it, what login gives (1024).
 */
function openFilesBeforeNode(): HostFacts['openFiles'] {
  const { hard } = prlimit(0, RLIMIT_NOFILE)
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readOr(`/proc/${process.ppid}/limits`, '')) ?? []
  const before = soft === undefined ? 1024n : BigInt(soft)
  return { soft: before < hard ? before : hard, hard }
}

/** Every v1 hierarchy, those with a name and no controllers too: a container's /sys/fs/cgroup shows what the host's does. */
function legacyHierarchies(): HostFacts['cgroup']['hierarchies'] {
  const paths = new Map(
    readOr('/proc/self/cgroup', '')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([, names = '', path = '/']) => [names, path]),
  )
  return readOr('/proc/self/mountinfo', '')
    .split('\n')
    .flatMap((line) => {
      const [fields = '', rest = ''] = line.split(' - ', 2)
      const [type, , options = ''] = rest.split(' ')
      const [, , , root = '/', mount = ''] = fields.split(' ')
      if (type !== 'cgroup' || root !== '/' || !mount.startsWith('/sys/fs/cgroup/')) return []
      const names = options
        .split(',')
        .filter(
          (option) => option !== 'rw' && option !== 'ro' && option !== 'xattr' && !option.startsWith('release_agent='),
        )
      const path = paths.get(names.join(',')) ?? '/'
      return [{ mount, folder: basename(mount), options: names, group: path === '/' ? mount : `${mount}${path}` }]
    })
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
