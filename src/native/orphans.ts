// Processes that have lost their parent and fall to this one, as their nearest subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).

import { readdirSync, readFileSync } from 'node:fs'
import { ignoring } from './errno.ts'
import { syscall } from './libc.ts'
import { pidfdOpenIfAlive, waitPidfd } from './pidfd.ts'
import { processState } from './process-stat.ts'
import { isSpawned } from './spawn.ts'
import { PR_SET_CHILD_SUBREAPER } from './uapi.ts'

/** @param yes false: from now on they fall to whom they fell before; those that are there stay */
export function setSubreaper(yes: boolean): void {
  syscall('prctl', PR_SET_CHILD_SUBREAPER, yes ? 1 : 0, 0, 0, 0)
}

/**
 * Takes the status of every orphan that has ended. What this process has spawned itself is whose it is.
 *
 * @param spared somebody else here waits for their end
 */
export function reapOrphans(spared: ReadonlySet<number> = new Set()): void {
  for (const pid of children()) {
    if (isSpawned(pid) || spared.has(pid) || processState(pid) !== 'Z') continue
    using fd = pidfdOpenIfAlive(pid)
    try {
      if (fd !== null) waitPidfd(fd)
    } catch (error) {
      ignoring('ECHILD')(error)
    }
  }
}

/** Of all threads: orphans fall to any. @see proc_pid_task(5), `children` */
function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/children`, 'ascii').split(' ').filter(Boolean).map(Number)
    } catch (error) {
      ignoring('ENOENT', 'ESRCH')(error)
      return []
    }
  })
}
