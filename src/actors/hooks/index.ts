// OCI hooks of the runtime's own namespaces: prestart, createRuntime, poststart, poststop. In order, the state on stdin, exactly
// their own environment; the first that fails ends the row. Hooks inside the container are steps of the plan.

import { StatorError, toStatorError } from '../../errors.ts'
import type { Hook, HookKind } from '../../oci/config.ts'
import type { OciState } from '../../oci/state.ts'
import type { HookEvent } from '../hook.ts'
import { type Ended, runHook } from './hook-process.ts'

export interface HookRun {
  readonly signal: AbortSignal
  readonly onEvent: (event: HookEvent) => void
  /** A hook that fails does not keep those after it from running: poststop (runtime.md, "Lifecycle"). */
  readonly all?: boolean
  /** Those that need not run any more: an earlier process has seen their end. */
  readonly ended?: ReadonlySet<number>
}

/**
 * Runs the hooks of one kind, one after the other.
 *
 * @throws {StatorError} ERR_STATOR_HOOK: the first that failed, with its exit code and what it printed; the rest is not run, unless `all`.
 *   The reason of the abort: no more are run
 * @see config.md, "POSIX-platform Hooks"
 */
export async function runHooks(
  kind: HookKind,
  hooks: readonly Hook[] | undefined,
  state: OciState,
  { signal, onEvent, all = false, ended }: HookRun,
): Promise<void> {
  let failed: StatorError | undefined
  for (const [index, hook] of (hooks ?? []).entries()) {
    if (ended?.has(index)) continue
    if (signal.aborted) throw toStatorError(signal.reason, 'ERR_STATOR_ABORTED')
    const place = { kind, index, path: hook.path }
    onEvent({ type: 'hook.started', ...place })
    const result = await runHook(hook, JSON.stringify(state), signal)
    const error = failureOf(result, { kind, index, hook, signal })
    if (error === null) {
      onEvent({ type: 'hook.finished', ...place, ...result })
      continue
    }
    onEvent({ type: 'hook.failed', ...place, ...result, error })
    failed ??= error
    if (!all) break
  }
  if (failed !== undefined) throw failed
}

/** Why it is no good end. What an abort has ended failed by the abort. */
function failureOf(
  result: Ended,
  { kind, index, hook, signal }: { kind: HookKind; index: number; hook: Hook; signal: AbortSignal },
): StatorError | null {
  const { notStarted, killedFor } = result
  const errno = notStarted?.errno
  const pointer = `hooks.${kind}[${index}]`
  const printed = [result.stdout, result.stderr]
    .map((text) => text.trim())
    .filter(Boolean)
    .join('; ')
  const where = `${printed ? `: ${printed}` : ''} (${pointer})`
  const place = { pointer, path: hook.path, ...(errno === undefined ? {} : { errno }) }
  if (killedFor === 'abort') {
    const { code, message, cause } = toStatorError(signal.reason, 'ERR_STATOR_ABORTED')
    return new StatorError(code, `${message}: ${kind} hook ${hook.path} was running${where}`, place, { cause })
  }
  const failure = describe(result, hook)
  return failure === null
    ? null
    : new StatorError('ERR_STATOR_HOOK', `${kind} hook ${hook.path} ${failure}${where}`, place)
}

function describe({ code, signal, notStarted, killedFor }: Ended, hook: Hook): string | null {
  if (notStarted !== null) return `cannot be started: ${notStarted.errno ?? notStarted.message}`
  if (killedFor === 'timeout') return `took more than ${hook.timeout} s`
  if (signal !== null) return `was ended by ${signal}`
  return code === 0 ? null : `failed with exit code ${code}`
}
