// A policy that answers seccomp notifications, as data: policies/notify/*.json, beside notify.schema.json. What it does is
// actors/seccomp/answer-policy.ts.

import type { SeccompOperator } from './config.ts'

/** `continue`: the kernel does it. An errno: by name, or its number. */
export type PolicyAnswer =
  'continue' | { readonly errno: string | number } | { readonly returnValue: number | bigint | string }

/** As config-linux.md has them: `value` is the mask of MASKED_EQ, `valueTwo` what is compared. Above 2^53 as text, decimal or `0x…`. */
export interface PolicyArgument {
  readonly index: number
  readonly op: SeccompOperator
  readonly value: number | bigint | string
  readonly valueTwo?: number | bigint | string
}

/** One of the three. `glob`: `*` within a name, `**` over several, `?` one character. */
export type PolicyPath = { readonly exact: string } | { readonly prefix: string } | { readonly glob: string }

export interface PolicyRule {
  /**
   * Of this machine's own architecture. A call of another (i386 on x86_64) has a number and no name here, `39` and not `mkdir`, and what no rule
   * names is the default's: a policy that denies by name lets nothing through only if its default does not.
   */
  readonly names: readonly string[]
  /** All of them hold. */
  readonly args?: readonly PolicyArgument[]
  /**
   * One of the call's paths is it, as the caller has written it: relative, through links, with `..`. One that cannot be read is none. Racy with
   * `continue`: no security boundary.
   */
  readonly path?: PolicyPath
  readonly answer: PolicyAnswer
  readonly why?: string
  readonly source?: string
}

export interface NotifyPolicy {
  readonly $schema?: string
  readonly name: string
  readonly description?: string
  /** The first that matches answers. */
  readonly rules: readonly PolicyRule[]
  /** For what no rule answers, where nobody else is asked. */
  readonly default?: PolicyAnswer
  /** How long who is asked beside the rules may take; 10,000 if absent. */
  readonly deadlineMs?: number
  /** The answer then; if absent `default`, and without one ENOSYS. */
  readonly onDeadline?: PolicyAnswer
}
