// What procfs says of a process: is it still the one that was meant?

import { readFileSync, readlinkSync } from 'node:fs'

import { errnos, ignoring, SyscallError } from './errno.ts'
import { isOpen, syscallResult } from './libc.ts'
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from './uapi.ts'

/**
 * When a process was started. With the pid it names a process for as long as the machine runs: two processes with one pid
 * never start in the same tick, as pids are given out in turn.
 *
 * @returns clock ticks since boot (hundredths of a second), in decimal; null: it has ended, reaped or not
 * @see proc_pid_stat(5), field 22
 */
export function processStartTime(pid: number): string | null {
  const fields = stat(pid)
  if (fields === null || ended(fields[0])) return null
  return fields[19] ?? null
}

/**
 * @returns R running, S sleeping, D in a call that cannot be interrupted, T stopped, t traced, Z zombie, X dead, I idle; null: no
 *   such process
 * @see proc_pid_stat(5), field 3
 */
export function processState(pid: number): string | null {
  return stat(pid)?.[0] ?? null
}

/**
 * Whose child it is: who may reap it.
 *
 * @returns 0: of nobody in this pid namespace; null: no such process
 * @see proc_pid_stat(5), field 4
 */
export function parentOf(pid: number): number | null {
  const fields = stat(pid)
  return fields === null ? null : Number(fields[1])
}

/**
 * Whether a process has made up its mind about a signal: it catches, blocks or ignores it. Of a process that is pid 1 of its
 * namespace, and has not, the kernel keeps the signal (pid_namespaces(7)).
 *
 * @param signal its number
 * @see proc_pid_status(5): SigBlk, SigIgn, SigCgt
 */
export function heedsSignal(pid: number, signal: number): boolean {
  let text = ''
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch (error) {
    ignoring('ENOENT', 'ESRCH')(error)
  }
  const bit = 1n << BigInt(signal - 1)
  return [...text.matchAll(/^Sig(?:Blk|Ign|Cgt):\s+([0-9a-f]+)$/gm)].some(
    ([, mask]) => (BigInt(`0x${mask}`) & bit) !== 0n,
  )
}

/** The name of its program, as the kernel has it; empty: no such process. @see proc_pid_comm(5) */
export function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()
  } catch (error) {
    ignoring('ENOENT', 'ESRCH')(error)
    return ''
  }
}

/**
 * How a process ended that nobody has reaped yet, as wait(2) gives it; null when it is none, or may not be asked.
 *
 * @see proc_pid_stat(5), field 52: 0 to those who may not trace the process
 */
export function zombieStatus({ pid, startTime }: { readonly pid: number; readonly startTime: string }): number | null {
  const fields = stat(pid)
  if (fields?.[0] !== 'Z' || fields[19] !== startTime) return null
  try {
    readlinkSync(`/proc/${pid}/ns/user`)
  } catch (error) {
    // Under the same rule as the field, which says 0 without it.
    ignoring('EACCES', 'EPERM', 'ENOENT', 'ESRCH')(error)
    return null
  }
  const status = Number(fields[49])
  return Number.isInteger(status) ? status : null
}

/** Whether the process with this pid is the one that started then, and has not ended. */
export function isAlive({ pid, startTime }: { readonly pid: number; readonly startTime: string }): boolean {
  return processStartTime(pid) === startTime
}

/**
 * Whether it has begun to end, or has ended. From then on its namespaces cannot be entered, although the first process of a pid namespace
 * is there for as long as it ends the others.
 *
 * @see proc_pid_stat(5), field 9: PF_EXITING
 */
export function isEnding({ pid, startTime }: { readonly pid: number; readonly startTime: string }): boolean {
  const fields = stat(pid)
  if (fields === null || ended(fields[0]) || fields[19] !== startTime) return true
  return (Number(fields[6]) & PF_EXITING) !== 0
}

/** include/linux/sched.h */
const PF_EXITING = 4

/**
 * An id that differs after each boot: pids and start times of another boot mean nothing.
 *
 * @see /proc/sys/kernel/random/boot_id in proc(5)
 */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim()
}

function ended(state: string | undefined): boolean {
  return state === 'Z' || state === 'X'
}

/** Longer than any: 52 numbers and a name. */
const buffer = Buffer.alloc(2048)

/**
 * The fields from the third on. The second is the program's own name, and may contain spaces and parentheses.
 *
 * By bare system calls, as this is asked several times for each container: `readFileSync` takes twice as long, and five times
 * when there is no such file. To open the C library takes longer than both: who asks once need not.
 */
function stat(pid: number): string[] | null {
  const text = isOpen() ? statByCalls(pid) : statByNode(pid)
  if (text === null) return null
  return text
    .slice(text.lastIndexOf(')') + 2)
    .trimEnd()
    .split(' ')
}

function statByCalls(pid: number): string | null {
  const file = syscallResult('openat', AT_FDCWD, `/proc/${pid}/stat`, O_RDONLY | O_CLOEXEC, 0)
  if (file === -errnos.ENOENT || file === -errnos.ESRCH) return null
  if (file < 0) throw new SyscallError('openat', -file, [AT_FDCWD, `/proc/${pid}/stat`])
  const length = syscallResult('read', file, buffer, buffer.length)
  syscallResult('close', file)
  // It was reaped between open and read.
  if (length === -errnos.ESRCH) return null
  if (length < 0) throw new SyscallError('read', -length, [file])
  return buffer.toString('latin1', 0, length)
}

function statByNode(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    ignoring('ENOENT', 'ESRCH')(error)
    return null
  }
}
