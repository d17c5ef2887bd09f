// Somebody sits at the terminal of a container, or of a process in one: this process's own terminal is lent to it.

import { StatorError } from '../errors.ts'
import type { Fd } from '../native/fd.ts'
import { windowSize, type WindowSize } from '../native/terminal.ts'
import { ForegroundTerminal, hostTerminal } from './terminal.ts'

/** Whose master this process has. */
export interface WithTerminal {
  readonly terminal: Fd | null
}

/**
 * Before anything is made.
 *
 * @returns its size
 * @throws {StatorError} ERR_STATOR_CONFIG: there is no terminal to sit at
 */
export function demandTerminal(): WindowSize {
  using host = hostTerminal()
  if (host === null) {
    const way = 'give --detach and --console-socket, or set process.terminal to false'
    throw new StatorError('ERR_STATOR_CONFIG', `a terminal is asked for, and this process has none (${way})`)
  }
  return windowSize(host)
}

/** From now on until it is disposed of. */
export function sitAt({ terminal }: WithTerminal): ForegroundTerminal | null {
  const host = hostTerminal()
  if (host === null || terminal === null) return null
  return new ForegroundTerminal(terminal.dup(), host)
}
