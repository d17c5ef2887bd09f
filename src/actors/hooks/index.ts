// OCI hooks of the runtime's own namespaces: prestart, createRuntime, poststart, poststop. In order, the state on stdin, exactly
// their own environment; the first that fails ends the row. Hooks inside the container are steps of the plan.

import { spawn } from 'node:child_process'
import { StatorError, toStatorError } from '../../errors.ts'
import type { Hook, HookKind } from '../../oci/config.ts'
import type { OciState } from '../../oci/state.ts'
import type { HookEvent, HookResult } from '../hook.ts'

/** Of what a hook prints, this much is kept of each stream, in bytes. */
const KEPT_BYTES = 64 * 1024

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

interface Ended extends HookResult {
  readonly errno?: string
  readonly killedFor: 'timeout' | 'abort' | null
}

/** Why it is no good end. What an abort has ended failed by the abort. */
function failureOf(
  result: Ended,
  { kind, index, hook, signal }: { kind: HookKind; index: number; hook: Hook; signal: AbortSignal },
): StatorError | null {
  const { errno, killedFor } = result
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

function describe({ code, signal, errno, killedFor }: Ended, hook: Hook): string | null {
  if (errno !== undefined) return `cannot be started: ${errno}`
  if (killedFor === 'timeout') return `took more than ${hook.timeout} s`
  if (signal !== null) return `was ended by ${signal}`
  return code === 0 ? null : `failed with exit code ${code}`
}

function runHook(hook: Hook, state: string, signal: AbortSignal): Promise<Ended> {
  const began = performance.now()
  return new Promise((resolve) => {
    const [argv0 = hook.path, ...args] = hook.args ?? []
    // A process group of its own: what the hook has started is ended with it when it takes too long.
    const child = spawn(hook.path, args, {
      argv0,
      env: environment(hook),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let killedFor: Ended['killedFor'] = null
    const kill = (why: Ended['killedFor']) => {
      if (child.pid === undefined) return
      killedFor ??= why
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it has ended
      }
    }
    const limit = hook.timeout === undefined ? undefined : setTimeout(() => kill('timeout'), hook.timeout * 1000)
    const onAbort = () => kill('abort')
    signal.addEventListener('abort', onAbort, { once: true })
    // Whoever is told that it starts may have aborted it.
    if (signal.aborted) onAbort()
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(0, KEPT_BYTES)
      })
    // A hook need not read its state.
    child.stdin.on('error', () => undefined)
    child.stdin.end(state)
    const finish = (code: number | null, by: string | null, errno?: string) => {
      clearTimeout(limit)
      signal.removeEventListener('abort', onAbort)
      resolve({
        durationMs: performance.now() - began,
        code,
        signal: by,
        ...output,
        // One that ended by itself just before was not killed.
        killedFor: code === null ? killedFor : null,
        ...(errno === undefined ? {} : { errno }),
      })
    }
    child.once('error', (error: NodeJS.ErrnoException) => finish(null, null, error.code ?? 'unknown'))
    // `exit`, not `close`: a daemon that the hook leaves behind may hold its streams for ever.
    child.once('exit', (code, by) => setImmediate(() => finish(code, by)))
  })
}

/** Exactly what the config says: nothing of this process's own. */
function environment({ env = [] }: Hook): NodeJS.ProcessEnv {
  return Object.fromEntries(
    env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}
