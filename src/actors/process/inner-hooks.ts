// The hooks that run inside the container, as init tells of them from there: one after the other, and how each has ended. What
// they print goes into one file, both streams.

import { StatorError, toStatorError } from '../../errors.ts'
import type { Fd } from '../../native/fd.ts'
import { signalName } from '../../native/kill.ts'
import { CLD_EXITED } from '../../native/uapi.ts'
import type { Hook } from '../../oci/config.ts'
import { decodeHookEnd, type HookEnd } from '../../plan/hook-end.ts'
import type { HookEvent } from '../hook.ts'
import { readText } from './memfd-text.ts'

/** Of what a hook prints, this much is told, in bytes. */
const KEPT_BYTES = 64 * 1024

export interface InnerHooksOptions {
  readonly kind: 'createContainer' | 'startContainer'
  readonly hooks: readonly Hook[]
  /** What they print into; undefined: this process does not have it. */
  readonly output: Fd | undefined
  readonly onEvent: ((event: HookEvent) => void) | undefined
}

export class InnerHooks {
  readonly #options: InnerHooksOptions
  /** Of the one that runs. */
  #index = -1
  #began = 0
  /** Where in the output it began. */
  #from = 0
  /** How it has ended, if that was no good end: init is about to say what it makes of that. */
  #end: HookEnd | null = null

  constructor(options: InnerHooksOptions) {
    this.#options = options
  }

  /** Init runs the first, or the next, if there is one. */
  begin(): void {
    const { kind, onEvent } = this.#options
    const hook = this.#options.hooks[++this.#index]
    if (hook === undefined) return
    this.#began = performance.now()
    onEvent?.({ type: 'hook.started', kind, index: this.#index, path: hook.path })
  }

  /** @param payload of the record that says how it has ended */
  ended(payload: Buffer): void {
    const end = decodeHookEnd(payload)
    this.#end = end
    if (end.code !== CLD_EXITED || end.status !== 0) return
    this.#tell(end, { code: 0, signal: null }, null)
    this.#from = end.printedBytes
    this.#end = null
    this.begin()
  }

  /** What init has failed with is the failure of the hook that ran, if one did. @returns it, with what that has printed */
  failed(thrown: unknown): StatorError {
    const error = toStatorError(thrown, 'ERR_STATOR_STAGE')
    if (this.#options.hooks[this.#index] === undefined) return error
    const end = this.#end
    // A call that failed was the clone's own, instead of the hook's program: that has not been started.
    const wasStarted = end !== null && error.syscall === undefined
    const exit = !wasStarted
      ? { code: null, signal: null }
      : end.code === CLD_EXITED
        ? { code: end.status, signal: null }
        : { code: null, signal: signalName(end.status) }
    const printed = this.#printed(end).trim()
    const isHooks = error.code === 'ERR_STATOR_HOOK' && printed !== ''
    const said = isHooks ? error.saying(`${error.message}: ${printed}`) : error
    this.#tell(end, exit, said)
    this.#index = this.#options.hooks.length
    return said
  }

  #tell(
    end: HookEnd | null,
    exit: { readonly code: number | null; readonly signal: string | null },
    error: StatorError | null,
  ): void {
    const { kind, hooks, onEvent } = this.#options
    if (onEvent === undefined) return
    const told = {
      kind,
      index: this.#index,
      path: hooks[this.#index]?.path ?? '',
      durationMs: performance.now() - this.#began,
      ...exit,
      stdout: this.#printed(end),
      stderr: '',
    }
    onEvent(error === null ? { type: 'hook.finished', ...told } : { type: 'hook.failed', ...told, error })
  }

  #printed(end: HookEnd | null): string {
    const { output } = this.#options
    return output === undefined ? '' : readText(output, this.#from, end?.printedBytes ?? Infinity, KEPT_BYTES)
  }
}
