// Signals by pid, and their names. Where a pidfd is at hand, pidfdSendSignal cannot hit a stranger.

import { syscall } from './libc.ts'
import { SIGNAL_MAX, signals } from './uapi.ts'

/**
 * A signal to one process. Process groups (pids below 1) are refused: a pid that was read wrong must not end everything.
 *
 * @param signal its number; 0 only asks whether it could be sent
 * @throws {SyscallError} ESRCH: no such process; EPERM; EINVAL: no such signal
 * @see kill(2)
 */
export function kill(pid: number, signal: number): void {
  if (!Number.isInteger(pid) || pid < 1) throw new RangeError(`kill: ${pid} is not the pid of one process`)
  syscall('kill', pid, signal)
}

/**
 * `SIGTERM`, `TERM`, `term`, `15` and `SIGRTMIN+3` as a number.
 *
 * @returns undefined for what is no signal
 * @see signal(7)
 */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text)
    return number >= 1 && number <= SIGNAL_MAX ? number : undefined
  }
  const upper = text.toUpperCase()
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  if (Object.hasOwn(signals, name)) return signals[name]
  // Any offset from either end of the real-time signals, as kill(1) takes them.
  const [, base, sign, digits] = /^(SIGRTMIN|SIGRTMAX)([+-])(\d{1,2})$/.exec(name) ?? []
  if (base === undefined) return undefined
  const number = (signals[base] ?? 0) + (sign === '-' ? -1 : 1) * Number(digits)
  return number >= (signals['SIGRTMIN'] ?? 0) && number <= SIGNAL_MAX ? number : undefined
}

/** `15` is `SIGTERM`; a number without a name (32 and 33 belong to the C library) is itself in decimal. */
export function signalName(number: number): string {
  // The first name of a number is the common one.
  return Object.entries(signals).find(([, value]) => value === number)?.[0] ?? String(number)
}
