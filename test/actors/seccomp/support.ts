// What tests of filters share.

import { libseccompVersion } from '../../../src/native/libseccomp.ts'
import type { Seccomp, SeccompAction, SeccompOperator, SeccompRule } from '../../../src/oci/config.ts'

export const withoutLibseccomp: string | false = isThere() ? false : 'libseccomp is missing'

function isThere(): boolean {
  try {
    libseccompVersion()
    return true
  } catch {
    return false
  }
}

/** A rule as profiles have it, `rule(['read'], 'ALLOW', [[0, 'EQ', 5n]])`. */
export function rule(
  names: readonly string[],
  action: string,
  args: readonly (readonly [index: number, op: string, value: bigint, valueTwo?: bigint])[] = [],
): SeccompRule {
  return {
    names,
    action: `SCMP_ACT_${action}` as SeccompAction,
    args: args.map(([index, op, value, valueTwo = 0n]) => {
      return { index, op: `SCMP_CMP_${op}` as SeccompOperator, value, valueTwo }
    }),
  }
}

/** One that denies the rest. */
export function profile(syscalls: readonly SeccompRule[], more: Partial<Seccomp> = {}): Seccomp {
  return { defaultAction: 'SCMP_ACT_ERRNO', syscalls, ...more }
}
