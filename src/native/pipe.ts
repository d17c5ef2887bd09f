// Pipes, with and without a name.

import { Fd } from './fd.ts'
import { syscall } from './libc.ts'
import { AT_FDCWD, O_CLOEXEC, S_IFIFO } from './uapi.ts'

/**
 * A pipe: what is written to the second end comes out of the first. Both block, and are close-on-exec.
 *
 * @throws {SyscallError} EMFILE, ENFILE
 * @see pipe2(2)
 */
export function pipe(): [read: Fd, write: Fd] {
  const ends = Buffer.alloc(8)
  syscall('pipe2', ends, O_CLOEXEC)
  return [new Fd(ends.readInt32LE(0)), new Fd(ends.readInt32LE(4))]
}

/**
 * A pipe with a name.
 *
 * @param mode permission bits, cut by the umask
 * @throws {SyscallError} EEXIST, ENOENT (its folder)
 * @see mkfifo(3), mknodat(2)
 */
export function mkfifo(path: string, mode: number): void {
  syscall('mknodat', AT_FDCWD, path, S_IFIFO | mode, 0)
}
