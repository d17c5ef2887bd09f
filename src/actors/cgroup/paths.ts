// The folder of a container's group in each hierarchy.

import { join, normalize } from 'node:path/posix'

import { StatorError } from '../../errors.ts'
import { type Hierarchy, type LayoutKind, relativeBase } from './layout.ts'

/**
 * The group of a container whose config names none. Not in a folder of Stator's own: that would have to be made and removed
 * for each container that runs alone, in every hierarchy. With the prefix no id is the name of one of the kernel's files.
 */
const defaultPath = (id: string) => `/stator-${id}`

/** A place in every hierarchy. */
export interface Place {
  /** `root`: the hierarchy's root, as far as it is mounted here; `own`: this process's own group. */
  readonly below: 'root' | 'own'
  /** Absolute and normal, never `/`: it cannot climb out. */
  readonly path: string
}

/**
 * The place for `linux.cgroupsPath`, read as runc's cgroupfs driver does: what begins with `/` is below the root, all else
 * below this process's own group, and `..` stops at the top of either. Without one it is `/stator-<id>`; runc would take
 * the id below its own group, where it ends together with the service that embeds the runtime.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: it names the root itself
 * @see config-linux.md, `cgroupsPath`
 */
export function placeOf(id: string, cgroupsPath?: string): Place {
  if (cgroupsPath === undefined || cgroupsPath === '') {
    return { below: 'root', path: defaultPath(id) }
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
