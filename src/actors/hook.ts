// What is told of a hook, wherever it runs.

import type { StatorError } from '../errors.ts'
import type { HookKind } from '../oci/config.ts'

export interface HookResult {
  readonly durationMs: number
  /** null when a signal ended it, or it could not be started. */
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

interface OfHook {
  readonly kind: HookKind
  readonly index: number
  readonly path: string
}

export type HookEvent =
  | ({ readonly type: 'hook.started' } & OfHook)
  | ({ readonly type: 'hook.finished' } & OfHook & HookResult)
  | ({ readonly type: 'hook.failed'; readonly error: StatorError } & OfHook & HookResult)
