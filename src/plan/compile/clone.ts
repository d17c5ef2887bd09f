// struct clone_args (clone3(2)).

import { CLONE_ARGS_SIZE_VER2, CLONE_INTO_CGROUP } from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address } from '../step.ts'

export interface CloneOptions {
  readonly flags: number
  /** 0 with CLONE_PARENT. */
  readonly exitSignal: number
  /** A group to begin in, (CLONE_INTO_CGROUP). */
  readonly cgroup?: number | undefined
}

/** Its arguments, and where the pidfd is found afterwards when the flags ask for one. */
export function cloneArguments(
  plan: PlanBuilder,
  { flags, exitSignal, cgroup }: CloneOptions,
): { args: Address; size: number; pidfd: Address } {
  const pidfd = plan.scratch(4, 'pidfd')
  // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup
  const all = BigInt(flags) | (cgroup === undefined ? 0n : CLONE_INTO_CGROUP)
  const args = plan.words([all, pidfd, 0, 0, exitSignal, 0, 0, 0, 0, 0, cgroup ?? 0], `{0x${all.toString(16)}}`)
  return { args, size: CLONE_ARGS_SIZE_VER2, pidfd }
}
