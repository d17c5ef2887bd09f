// On which processors a thread may run.

import { syscall } from './libc.ts'

/** 8192 processors: the most that x86_64 kernels are built for (CONFIG_MAXSMP). */
const MASK_BYTES = 1024

/**
 * @param pid 0: this thread
 * @returns processor numbers, ascending
 * @throws {SyscallError} ESRCH
 * @see sched_getaffinity(2)
 */
export function schedGetaffinity(pid: number): number[] {
  const mask = Buffer.alloc(MASK_BYTES)
  // Unlike the C library's, the system call returns how many bytes it wrote.
  const length = syscall('sched_getaffinity', pid, MASK_BYTES, mask)
  const cpus: number[] = []
  for (let cpu = 0; cpu < length * 8; cpu++) {
    if (((mask[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0) cpus.push(cpu)
  }
  return cpus
}

/**
 * @param pid 0: this thread
 * @param cpus processors that do not exist, or that the cpuset does not allow, are left out by the kernel
 * @throws {SyscallError} EINVAL: none is left; EPERM: another user's; ESRCH
 * @see sched_setaffinity(2)
 */
export function schedSetaffinity(pid: number, cpus: readonly number[]): void {
  const mask = Buffer.alloc(MASK_BYTES)
  for (const cpu of cpus) {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= MASK_BYTES * 8) throw new RangeError(`processor: ${cpu} is not one`)
    mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7))
  }
  syscall('sched_setaffinity', pid, MASK_BYTES, mask)
}
