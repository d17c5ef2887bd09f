// Resource limits of any process.

import { syscall } from './libc.ts'

/** In the resource's own unit: bytes, seconds, microseconds (RTTIME) or a count. RLIM_INFINITY: no limit. */
export interface ResourceLimit {
  readonly soft: bigint
  readonly hard: bigint
}

/**
 * Reads a limit, and sets it when a new one is given.
 *
 * @param pid 0: this process
 * @param resource RLIMIT_*
 * @returns what it was before
 * @throws {SyscallError} EPERM: a hard limit above the old one without CAP_SYS_RESOURCE, or another user's process; EINVAL: soft above
 *   hard; ESRCH
 * @see prlimit(2)
 */
export function prlimit(pid: number, resource: number, limit?: ResourceLimit): ResourceLimit {
  // struct rlimit64: cur 0, max 8.
  let wanted: Buffer | null = null
  if (limit !== undefined) {
    wanted = Buffer.alloc(16)
    wanted.writeBigUInt64LE(limit.soft, 0)
    wanted.writeBigUInt64LE(limit.hard, 8)
  }
  const old = Buffer.alloc(16)
  syscall('prlimit64', pid, resource, wanted, old)
  return { soft: old.readBigUInt64LE(0), hard: old.readBigUInt64LE(8) }
}
