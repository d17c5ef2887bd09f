// A process by descriptor: it goes on naming that process after it has ended and its pid is reused.

import { errnos, SyscallError } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { syscall, syscallResult } from './libc.ts'
import { forgetSpawned } from './spawn.ts'
import { P_PIDFD, PIDFD_GET_INFO, PIDFD_INFO_EXIT, PIDFD_INFO_SIZE_VER0, WEXITED, WNOHANG } from './uapi.ts'

/**
 * A descriptor for a process. It becomes readable when the process ends (as a zombie), and hangs up when it is reaped.
 *
 * @param pid as the caller's pid namespace numbers it
 * @returns close-on-exec, as the kernel makes every pidfd
 * @throws {SyscallError} ESRCH: no such process; EINVAL: not a process but one of its threads
 * @see pidfd_open(2); Linux 5.3
 */
export function pidfdOpen(pid: number): Fd {
  return new Fd(syscall('pidfd_open', pid, 0))
}

/** As `pidfdOpen`; null where it throws ESRCH: an answer where an error would cost fifty times as much. */
export function pidfdOpenIfAlive(pid: number): Fd | null {
  const result = syscallResult('pidfd_open', pid, 0)
  if (result === -errnos.ESRCH) return null
  if (result < 0) throw new SyscallError('pidfd_open', -result, [pid, 0])
  return new Fd(result)
}

/**
 * A descriptor of another process, duplicated into this one.
 *
 * @param fd its number there
 * @returns close-on-exec, the same open file description
 * @throws {SyscallError} EBADF: no such descriptor there; EPERM: no right to trace it; ESRCH: it has ended
 * @see pidfd_getfd(2); Linux 5.6
 */
export function pidfdGetfd(pidfd: Descriptor, fd: number): Fd {
  return new Fd(syscall('pidfd_getfd', numberOf(pidfd), fd, 0))
}

/**
 * A signal to exactly this process.
 *
 * @param signal its number; 0 only asks whether it could be sent
 * @throws {SyscallError} ESRCH: it has ended and was reaped (a zombie takes any signal); EPERM
 * @see pidfd_send_signal(2); Linux 5.1
 */
export function pidfdSendSignal(pidfd: Descriptor, signal: number): void {
  syscall('pidfd_send_signal', numberOf(pidfd), signal, null, 0)
}

/** How a child ended. */
export interface WaitResult {
  readonly pid: number
  /** CLD_EXITED, CLD_KILLED or CLD_DUMPED. */
  readonly code: number
  /** With CLD_EXITED what it returned (0 to 255), else the number of the signal. */
  readonly status: number
}

/**
 * Reaps a child that has ended. Does not wait.
 *
 * @returns null while it runs
 * @throws {SyscallError} ECHILD: not a child of this process, or reaped already
 * @see waitid(2), P_PIDFD; Linux 5.4
 */
export function waitPidfd(pidfd: Descriptor): WaitResult | null {
  // siginfo_t: signo 0, errno 4, code 8, pid 16, uid 20, status 24; 128 bytes.
  const info = Buffer.alloc(128)
  syscall('waitid', P_PIDFD, numberOf(pidfd), info, WEXITED | WNOHANG, null)
  const pid = info.readInt32LE(16)
  if (pid === 0) return null
  forgetSpawned(pid)
  return { pid, code: info.readInt32LE(8), status: info.readInt32LE(24) }
}

/**
 * How a process ended, child or not, once it has been reaped: its wait status, as waitpid(2) gives it (`status & 0x7f` is
 * the signal, `status >> 8` what it returned).
 *
 * @param pidfd opened before the process was reaped
 * @returns null while it runs or is a zombie, and for ever where the kernel cannot tell (before Linux 6.15)
 * @see PIDFD_GET_INFO in linux/pidfd.h; ioctl_pidfd(2)
 */
export function pidfdExitStatus(pidfd: Descriptor): number | null {
  // struct pidfd_info: mask 0, cgroupid 8, pid 16, tgid 20, ppid 24, eight ids, exit_code 60.
  const info = Buffer.alloc(PIDFD_INFO_SIZE_VER0)
  info.writeBigUInt64LE(BigInt(PIDFD_INFO_EXIT), 0)
  const result = syscallResult('ioctl', numberOf(pidfd), PIDFD_GET_INFO, info)
  // KERNEL(6.13): the ioctl. ESRCH: reaped, and the kernel (before 6.15) kept nothing.
  if (result === -errnos.ENOTTY || result === -errnos.EINVAL || result === -errnos.ESRCH) return null
  if (result < 0) throw new SyscallError('ioctl', -result, [numberOf(pidfd), PIDFD_GET_INFO])
  return (info.readBigUInt64LE(0) & BigInt(PIDFD_INFO_EXIT)) === 0n ? null : info.readInt32LE(60)
}
