// Groups go by rmdir alone, the innermost first: their files are the kernel's and go along.

import { rmdirSync } from 'node:fs'

import { failure, isErrno } from './control-file.ts'
import { retried } from './events.ts'
import { groupsIn } from './pids.ts'

/**
 * Removes one group.
 *
 * @returns whether it is gone; false: it has processes, or groups below it
 */
export function removeGroup(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    if (isErrno(error, 'EBUSY', 'ENOTEMPTY')) return false
    throw failure(error, `rmdir ${folder}`, folder)
  }
}

/**
 * Removes a group, and first what the container itself has made below it. Nobody may be in there any more; as a killed task
 * leaves its group only when it has come to its end, and version 1 reports that to nobody, a busy group is tried again.
 *
 * @returns false: still busy after that time
 */
export async function removeTree(folder: string, timeoutMs: number): Promise<boolean> {
  if (removeGroup(folder)) return true
  for (const below of groupsIn(folder)) await removeTree(below, timeoutMs)
  return retried(() => removeGroup(folder), timeoutMs)
}
