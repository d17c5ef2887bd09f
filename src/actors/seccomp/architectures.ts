// The architectures of a filter: as the OCI, as libseccomp and as the kernel's audit name them.

import {
  AUDIT_ARCH_AARCH64,
  AUDIT_ARCH_ARM,
  AUDIT_ARCH_I386,
  AUDIT_ARCH_PPC64LE,
  AUDIT_ARCH_RISCV64,
  AUDIT_ARCH_S390X,
  AUDIT_ARCH_X86_64,
} from '../../native/uapi.ts'
import type { SeccompArchitecture } from '../../oci/config.ts'

/** __X32_SYSCALL_BIT: calls of x32 come as those of x86_64, with this in their number. */
export const X32_SYSCALL_BIT = 0x40000000

/** SCMP_ARCH_X32 of seccomp.h: a token of libseccomp alone. */
export const SCMP_ARCH_X32 = 0x4000003e

export interface Architecture {
  readonly name: SeccompArchitecture
  /** SCMP_ARCH_*: libseccomp's token, which is the audit's but for x32. */
  readonly token: number
  /** AUDIT_ARCH_*: what a filter sees. */
  readonly audit: number
  /**
   * How much of an argument is compared. On 32 bits libseccomp takes the low half of the value and of the argument, so
   * 0x1_0000_0001 is 1 there; x32 counts as such, although its registers have 64.
   */
  readonly bits: 32 | 64
  /** Calls that are also made through another one, which says in its first argument what is meant. */
  readonly multiplexed: boolean
}

export const architectures: readonly Architecture[] = [
  arch('SCMP_ARCH_X86_64', AUDIT_ARCH_X86_64, 64),
  arch('SCMP_ARCH_X86', AUDIT_ARCH_I386, 32, true),
  { name: 'SCMP_ARCH_X32', token: SCMP_ARCH_X32, audit: AUDIT_ARCH_X86_64, bits: 32, multiplexed: false },
  arch('SCMP_ARCH_AARCH64', AUDIT_ARCH_AARCH64, 64),
  arch('SCMP_ARCH_ARM', AUDIT_ARCH_ARM, 32),
  arch('SCMP_ARCH_RISCV64', AUDIT_ARCH_RISCV64, 64),
  arch('SCMP_ARCH_PPC64LE', AUDIT_ARCH_PPC64LE, 64, true),
  arch('SCMP_ARCH_S390X', AUDIT_ARCH_S390X, 64, true),
]

function arch(name: SeccompArchitecture, token: number, bits: 32 | 64, multiplexed = false): Architecture {
  return { name, token, audit: token, bits, multiplexed }
}

/** @param name as validated */
export function architectureOf(name: SeccompArchitecture): Architecture {
  return architectures.find((each) => each.name === name)!
}

/** @returns undefined for one that profiles cannot name */
export function architectureOfToken(token: number): Architecture | undefined {
  return architectures.find((each) => each.token === token)
}
