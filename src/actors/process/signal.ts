// A signal to a container's init, by pidfd: never to another process that got its pid.

import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import { signalName, signalNumber } from '../../native/kill.ts'
import { pidfdOpen, pidfdSendSignal } from '../../native/pidfd.ts'
import { isAlive } from '../../native/process-stat.ts'
import { SIGKILL, signals } from '../../native/uapi.ts'
import type { Processes } from '../creation.ts'
import { atGate } from './at-gate.ts'

/** Signals whose default is not to end the process (signal(7)). */
const harmless = new Set(
  ['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'].map((name) => signals[name]),
)

/**
 * @returns the number of what was sent
 * @param signal `SIGTERM`, `TERM`, `15` or 15
 * @throws {StatorError} ERR_STATOR_CONFIG: no such signal; ERR_STATOR_STATUS: the container is not running
 */
export function signalInit(processes: Processes, signal: string | number): number {
  const number = numberOfSignal(signal)
  try {
    using init = pidfdOpen(processes.init.pid)
    if (!isAlive(processes.init)) throw notRunning()
    // At the gate init is pid 1 of its namespace, to which the kernel gives no signal with a default action: one that
    // would end a program ends it by SIGKILL (kernel rule 17).
    const sent = number !== 0 && !harmless.has(number) && atGate(processes) ? SIGKILL : number
    pidfdSendSignal(init, sent)
    return sent
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ESRCH') throw notRunning(error)
    if (error instanceof SyscallError)
      throw new StatorError(
        'ERR_STATOR_STAGE',
        `send ${signalName(number)} to init: ${error.code}`,
        { syscall: error.syscall, errno: error.code },
        { cause: error },
      )
    throw error
  }
}

/** @throws {StatorError} ERR_STATOR_CONFIG: no such signal */
export function numberOfSignal(signal: string | number): number {
  const number = typeof signal === 'number' ? signal : signalNumber(signal)
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > 64)
    throw new StatorError('ERR_STATOR_CONFIG', `signal "${signal}": unknown`)
  return number
}

function notRunning(cause?: unknown): StatorError {
  return new StatorError('ERR_STATOR_STATUS', 'container not running', {}, { cause })
}
