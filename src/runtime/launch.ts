// What a caller wishes of a launch, made complete and checked before anything is made.

import type { Launch, Stdio } from '../actors/creation.ts'
import { StatorError } from '../errors.ts'
import { SyscallError } from '../native/errno.ts'
import type { Fd } from '../native/fd.ts'
import { setWindowSize, type WindowSize } from '../native/terminal.ts'
import type { Process } from '../oci/config.ts'

/** A terminal has no log: its output is for who sits at it. */
export function stdioFor(
  { terminal }: Process,
  given: Stdio | undefined,
  usual: Stdio,
  { consoleSocket }: Launch,
): Stdio {
  if (given !== undefined) return given
  return terminal ? (consoleSocket === undefined ? 'pipe' : 'ignore') : usual
}

/** @throws {StatorError} ERR_STATOR_CONFIG: nobody would have the terminal, or there is none */
export function checkTerminal(what: string, { terminal }: Process, stdio: Stdio, { consoleSocket }: Launch): void {
  if (!terminal && consoleSocket !== undefined)
    throw new StatorError('ERR_STATOR_CONFIG', `${what}: a console socket, but no terminal (process.terminal is false)`)
  if (terminal && consoleSocket === undefined && stdio !== 'pipe') {
    const way = 'give a console socket, or stdio "pipe"'
    throw new StatorError('ERR_STATOR_CONFIG', `${what}: nobody would have the terminal (${way})`, {
      pointer: 'process.terminal',
    })
  }
}

/** @throws {StatorError} ERR_STATOR_STATUS: this process has no terminal of it */
export function resizeTerminal(what: string, terminal: Fd | undefined, size: WindowSize): void {
  if (terminal === undefined || terminal.number < 0)
    throw new StatorError('ERR_STATOR_STATUS', `${what}: no terminal of it is this process's`)
  try {
    setWindowSize(terminal, size)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const { code: errno, syscall } = error
    throw new StatorError('ERR_STATOR_STATUS', `${what}: ${errno}`, { errno, syscall }, { cause: error })
  }
}
