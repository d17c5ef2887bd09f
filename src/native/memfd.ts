// Files that exist only as descriptors, and that nobody can change any more.

import { errnos, SyscallError } from './errno.ts'
import { Fd } from './fd.ts'
import { fcntl, syscall, syscallResult } from './libc.ts'
import {
  F_ADD_SEALS,
  F_SEAL_EXEC,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
} from './uapi.ts'

const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE

/**
 * An executable file in memory with these bytes, sealed: neither its size, nor its content, nor its seals can change, by
 * anyone, root included. Its offset is at the end: read it with pread, or open /proc/self/fd/N.
 *
 * @param name what /proc/PID/maps and /proc/PID/fd show after `memfd:`; at most 249 bytes
 * @returns close-on-exec; execve through /proc/self/fd/N still works, as the name is resolved before it is closed
 * @throws {SyscallError} EACCES: the sysctl vm.memfd_noexec is 2; EMFILE
 * @see memfd_create(2); F_ADD_SEALS in fcntl(2)
 */
export function sealedMemfd(name: string, bytes: Uint8Array): Fd {
  const file = new Fd(createExecutable(name))
  try {
    writeAll(file.number, bytes)
    seal(file.number)
  } catch (error) {
    file.close()
    throw error
  }
  return file
}

function createExecutable(name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING
  const result = syscallResult('memfd_create', name, flags | MFD_EXEC)
  // KERNEL(6.3): MFD_EXEC; before it every memfd is executable.
  if (result === -errnos.EINVAL) return syscall('memfd_create', name, flags)
  if (result < 0) throw new SyscallError('memfd_create', -result, [name, flags | MFD_EXEC])
  return result
}

function seal(file: number): void {
  // KERNEL(6.3): F_SEAL_EXEC, which keeps the executable bits as they are.
  if (syscallResult('fcntl', file, F_ADD_SEALS, SEALS | F_SEAL_EXEC) >= 0) return
  fcntl(file, F_ADD_SEALS, SEALS)
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.byteLength;) {
    written += syscall('write', file, bytes.subarray(written), bytes.byteLength - written)
  }
}

/**
 * A file that anyone who holds it may write and read: text for a process that is started later.
 *
 * @throws {SyscallError} EMFILE: RLIMIT_NOFILE is reached
 * @see memfd_create(2)
 */
export function memfdCreate(name: string): Fd {
  return new Fd(syscall('memfd_create', name, MFD_CLOEXEC))
}
