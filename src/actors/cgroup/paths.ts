// The folder of a container's group in each hierarchy.

import { createHash } from 'node:crypto'
import { join, normalize } from 'node:path/posix'

import { StatorError } from '../../errors.ts'
import { type Hierarchy, type LayoutKind, relativeBase } from './layout.ts'

/** The root whose containers have no mark of it in their group's name. */
const usualRoot = '/run/stator'
/** NAME_MAX, limits.h */
const longestName = 255

/**
 * The group of a container whose config names none. Not in a folder of Stator's own: that would have to be made and removed
 * for each container that runs alone, in every hierarchy. With the prefix no id is the name of one of the kernel's files, and
 * with `~`, which no id contains, none of one root is the name of another root's.
 */
function defaultPath(id: string, root: string): string {
  const name = root === usualRoot ? `stator-${id}` : `stator-${hashed(root)}~${id}`
  return name.length <= longestName ? `/${name}` : `/${name.slice(0, 200)}~${hashed(name)}`
}

const hashes = new Map<string, string>()

function hashed(text: string): string {
  let hash = hashes.get(text)
  if (hash === undefined) {
    hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
    // One root stays; a long name is asked for once.
    if (text.startsWith('/')) hashes.set(text, hash)
  }
  return hash
}

/** A place in every hierarchy. */
export interface Place {
  /** `root`: the hierarchy's root, as far as it is mounted here; `own`: this process's own group. */
  readonly below: 'root' | 'own'
  /** Absolute and normal, never `/`: it cannot climb out. */
  readonly path: string
}

/**
 * The place for `linux.cgroupsPath`, read as runc's cgroupfs driver does: what begins with `/` is below the root, all else
 * below this process's own group, and `..` stops at the top of either. Without one it is `/stator-<id>`, or with a hash of the
 * root of the runtime where that is not /run/stator; runc would take
 * the id below its own group, where it ends together with the service that embeds the runtime.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: it names the root itself
 * @see config-linux.md, `cgroupsPath`
 */
export function placeOf(id: string, cgroupsPath?: string, root = usualRoot): Place {
  if (cgroupsPath === undefined || cgroupsPath === '') {
    return { below: 'root', path: defaultPath(id, root) }
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
