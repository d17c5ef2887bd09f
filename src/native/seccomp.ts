// seccomp(2) itself: what this kernel's filters can do. A filter is loaded by a plan, in the process that it is for.

import { errnos } from './errno.ts'
import { syscallResult } from './libc.ts'
import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_SET_MODE_FILTER,
} from './uapi.ts'

/**
 * Whether the kernel has a flag of filters. Flags are looked at before the program, and there is none: EFAULT means that
 * they are good.
 *
 * @param flag SECCOMP_FILTER_FLAG_*
 * @see seccomp(2), NOTES
 */
export function hasFilterFlag(flag: number): boolean {
  // Of a listener, so only with one.
  const flags = flag === SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ? flag | SECCOMP_FILTER_FLAG_NEW_LISTENER : flag
  return syscallResult('seccomp', SECCOMP_SET_MODE_FILTER, flags, null) === -errnos.EFAULT
}
