// What the operators of conditions mean, in filters and in policies that answer.

import type { SeccompOperator } from '../../oci/config.ts'

/** The argument, `value`, `valueTwo`; all of one width, unsigned. For MASKED_EQ `value` is the mask, and what it leaves out of `valueTwo` does not count. */
export const comparisons: Readonly<Record<SeccompOperator, (argument: bigint, one: bigint, two: bigint) => boolean>> = {
  SCMP_CMP_NE: (argument, one) => argument !== one,
  SCMP_CMP_LT: (argument, one) => argument < one,
  SCMP_CMP_LE: (argument, one) => argument <= one,
  SCMP_CMP_EQ: (argument, one) => argument === one,
  SCMP_CMP_GE: (argument, one) => argument >= one,
  SCMP_CMP_GT: (argument, one) => argument > one,
  SCMP_CMP_MASKED_EQ: (argument, mask, two) => (argument & mask) === (two & mask),
}
