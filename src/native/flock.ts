// Advisory locks on whole files. A lock belongs to the open file description: it ends with its last descriptor.

import { fstatSync, readFileSync } from 'node:fs'
import { StatorError } from '../errors.ts'
import { errnos, SyscallError } from './errno.ts'
import { numberOf, type Descriptor } from './fd.ts'
import { syscallResult } from './libc.ts'
import { commandName, processState } from './process-stat.ts'
import { LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from './uapi.ts'

const operations = { shared: LOCK_SH, exclusive: LOCK_EX, unlock: LOCK_UN } as const

/** How long one process may keep a lock from those who wait. What is done under one takes milliseconds, and a busy machine seconds. */
export const LOCK_PATIENCE_MS = 20_000

/**
 * Locks a file, or changes or ends the lock that this open file description has. Changing is not atomic: the old lock is
 * given up first.
 *
 * @returns false: another holds it
 * @throws {SyscallError} EBADF; ENOLCK
 * @see flock(2)
 */
export function flock(fd: Descriptor, lock: keyof typeof operations): boolean {
  const operation = operations[lock] | LOCK_NB
  for (;;) {
    const result = syscallResult('flock', numberOf(fd), operation)
    if (result >= 0) return true
    if (result === -errnos.EWOULDBLOCK) return false
    if (result !== -errnos.EINTR) throw new SyscallError('flock', -result, [numberOf(fd), operation])
  }
}

const napping = new Int32Array(new SharedArrayBuffer(4))

/**
 * As `flock`, and waits for others, and the event loop with it: only for locks that are held around a short section. The kernel's own
 * wait has no limit: a holder that is stopped or frozen just there would take along everybody.
 *
 * @param path for the message
 * @throws {StatorError} ERR_STATOR_TIMEOUT
 */
export function flockSync(fd: Descriptor, lock: 'shared' | 'exclusive', path: string): void {
  if (flock(fd, lock)) return
  const until = performance.now() + LOCK_PATIENCE_MS
  for (let napMs = 0.05; !flock(fd, lock); napMs = Math.min(napMs * 2, 2)) {
    if (performance.now() > until) throw keptTooLong(path, flockHolders(fd))
    Atomics.wait(napping, 0, 0, napMs)
  }
}

/** The pids of those who have a lock on this file, as far as this pid namespace shows them. */
export function flockHolders(fd: Descriptor): number[] {
  const { ino, dev } = fstatSync(numberOf(fd), { bigint: true })
  // 1: FLOCK  ADVISORY  WRITE 4242 fe:00:131 0 EOF; proc_locks(5). Those who wait have an arrow there.
  const locks = readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter(([, type, , , , place]) => type === 'FLOCK' && place?.endsWith(`:${ino}`))
  // The numbers of files repeat from one file system to the next. Some (btrfs) show stat(2) another device than they have.
  const device = [(dev >> 8n) & 0xfffn, (dev & 0xffn) | ((dev >> 12n) & 0xfff00n)]
  const exact = locks.filter(([, , , , , place]) => {
    const [major = '', minor = ''] = place?.split(':') ?? []
    return BigInt(`0x${major}`) === device[0] && BigInt(`0x${minor}`) === device[1]
  })
  return (exact.length > 0 ? exact : locks).map(([, , , , pid]) => Number(pid))
}

/** @param holders pids */
export function keptTooLong(path: string, holders: readonly number[]): StatorError {
  const names = holders.map((pid) => {
    const way = processState(pid) === 'T' ? `, which is stopped (kill -CONT ${pid} lets it go on)` : ''
    return `process ${pid} "${commandName(pid)}"${way}`
  })
  const message = `lock "${path}": for ${LOCK_PATIENCE_MS / 1000} s it has been held by ${names.join(', ') || 'a process of another pid namespace'}`
  return new StatorError('ERR_STATOR_TIMEOUT', message, { path })
}
