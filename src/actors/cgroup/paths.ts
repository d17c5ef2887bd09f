// The folder of a container's group in each hierarchy.

import { join, normalize } from 'node:path/posix'

import { StatorError } from '../../errors.ts'
import { type Hierarchy, type LayoutKind, relativeBase } from './layout.ts'

/** Where containers go whose config names no group; removed with the last of them. */
export const DEFAULT_PARENT = '/stator'

/** A place in every hierarchy. */
export interface Place {
  /** `root`: the hierarchy's root, as far as it is mounted here; `own`: this process's own group. */
  readonly below: 'root' | 'own'
  /** Absolute and normal, never `/`: it cannot climb out. */
  readonly path: string
}

/**
 * The place for `linux.cgroupsPath`, read as runc's cgroupfs driver does: what begins with `/` is below the root, all else
 * below this process's own group, and `..` stops at the top of either. Without one it is `/stator/<id>`; runc would take
 * the id below its own group, where it ends together with the service that embeds the runtime.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: it names the root itself
 * @see config-linux.md, `cgroupsPath`
 */
export function placeOf(id: string, cgroupsPath?: string): Place {
  if (cgroupsPath === undefined || cgroupsPath === '') {
    return { below: 'root', path: `${DEFAULT_PARENT}/${escaped(id)}` }
  }
  const path = normalize(`/${cgroupsPath}`).replace(/\/$/, '')
  if (path === '' || path.includes('\0')) {
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      `cgroupsPath ${JSON.stringify(cgroupsPath)}: names no group of its own`,
      {
        pointer: 'linux.cgroupsPath',
      },
    )
  }
  return { below: cgroupsPath.startsWith('/') ? 'root' : 'own', path }
}

/** The place's folder in one hierarchy. */
export function folderOf(kind: LayoutKind, hierarchy: Hierarchy, { below, path }: Place): string {
  return join(below === 'root' ? hierarchy.mount : relativeBase(kind, hierarchy), path)
}

const controllers =
  'blkio|cgroup|cpu|cpuacct|cpuset|devices|dmem|freezer|hugetlb|io|memory|misc|net_cls|net_prio|perf_event|pids|rdma'
const taken = new RegExp(`^(?:[_.]|(?:tasks|notify_on_release|release_agent)$|(?:${controllers})\\.)`)

/**
 * A group shares its parent's folder with the kernel's own files, so an id like `tasks` or `memory.max` needs another
 * name. The kernel's never begin with an underscore (cgroup-v2.rst, "Avoid Name Collisions"); systemd does the same.
 */
function escaped(id: string): string {
  return taken.test(id) ? `_${id}` : id
}
