// Advisory locks on whole files. A lock belongs to the open file description: it ends with its last descriptor.

import { errnos, SyscallError } from './errno.ts'
import { numberOf, type Descriptor } from './fd.ts'
import { syscallResult } from './libc.ts'
import { LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from './uapi.ts'

const operations = { shared: LOCK_SH, exclusive: LOCK_EX, unlock: LOCK_UN } as const

/**
 * Locks a file, or changes or ends the lock that this open file description has. Changing is not atomic: the old lock is
 * given up first.
 *
 * @param options.blocking waits for as long as it takes, and the event loop with it: only around a short section
 * @returns false: another holds it (never when blocking)
 * @throws {SyscallError} EBADF; ENOLCK
 * @see flock(2)
 */
export function flock(fd: Descriptor, lock: keyof typeof operations, { blocking }: { blocking: boolean }): boolean {
  const operation = operations[lock] | (blocking ? 0 : LOCK_NB)
  for (;;) {
    const result = syscallResult('flock', numberOf(fd), operation)
    if (result >= 0) return true
    if (result === -errnos.EWOULDBLOCK) return false
    if (result !== -errnos.EINTR) throw new SyscallError('flock', -result, [numberOf(fd), operation])
  }
}
