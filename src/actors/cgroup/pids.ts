// Who is in a container's group.

import { readdirSync } from 'node:fs'

import { failure, isErrno, readControl } from './control-file.ts'
import type { CgroupReceipt } from './receipt.ts'

/**
 * The processes in the container's group and in all groups below it, as this process's pid namespace numbers them (one of
 * a namespace beside ours has no number there and is 0). Without a group of its own: none.
 */
export function pids({ groups }: CgroupReceipt): number[] {
  const [first] = groups
  return first === undefined ? [] : pidsBelow(first.folder)
}

/** The processes in a group and below it, each once, ascending. A group that is gone has none. */
export function pidsBelow(folder: string): number[] {
  const found = new Set<number>()
  const folders = [folder]
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    for (const pid of pidsIn(current)) found.add(pid)
    folders.push(...groupsIn(current))
  }
  return [...found].sort((a, b) => a - b)
}

/** The folders of the groups directly below one. */
export function groupsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return []
    throw failure(error, `read ${folder}`, folder)
  }
}

function pidsIn(folder: string): number[] {
  let text: string | null
  try {
    text = readControl(folder, 'cgroup.procs')
  } catch (error) {
    // A threaded group has no list of processes; what it has is enough to signal them: a thread's signal is its process's.
    if (!isErrno(error, 'EOPNOTSUPP')) throw error
    text = readControl(folder, 'cgroup.threads')
  }
  return (text ?? '').split('\n').filter(Boolean).map(Number)
}
