// A process that SIGKILL has not ended in time, and why.

import { readdirSync, readlinkSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import { ignoring } from '../../native/errno.ts'
import { commandName, parentOf, processState } from '../../native/process-stat.ts'

/** As long as runc's delete waits. A task that waits for a device or a network file system dies when it is back from there. */
export const DIES_WITHIN_MS = 10_000

/** @param afterMs how long it was waited for */
export function survivor(pid: number, afterMs: number): StatorError {
  const why =
    heldUp(pid) ??
    'a control group above its own is frozen, or it waits in the kernel for a device or a file system ' +
      `(see /proc/${pid}/cgroup and /proc/${pid}/stack; free it, and try again)`
  return new StatorError('ERR_STATOR_TIMEOUT', `end process ${pid}: still there ${afterMs} ms after SIGKILL: ${why}`)
}

/**
 * The first process of a pid namespace ends after all others in it have been reaped. One that came from outside, as those of
 * exec do, and whose keeper was killed, is its new parent's to reap.
 *
 * @see pid_namespaces(7); zap_pid_ns_processes() in kernel/pid_namespace.c
 */
function heldUp(pid: number): string | null {
  const namespace = pidNamespace(pid)
  if (namespace === null || namespace === pidNamespace(process.pid)) return null
  for (const name of readdirSync('/proc')) {
    const other = Number(name)
    if (!Number.isInteger(other) || other === pid) continue
    if (processState(other) !== 'Z' || pidNamespace(other) !== namespace) continue
    const parent = parentOf(other) ?? 0
    return (
      `process ${other} of its pid namespace has ended, and its parent ${parent} "${commandName(parent)}" does not reap it ` +
      '(it was given the process when a keeper was killed; run under a pid 1 that reaps, as tini or docker run --init)'
    )
  }
  return null
}

function pidNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch (error) {
    ignoring('ENOENT', 'ESRCH', 'EACCES', 'EPERM')(error)
    return null
  }
}
