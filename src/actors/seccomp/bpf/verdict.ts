// What seccomp makes of the number that a program returns.

import { errnoName } from '../../../native/errno.ts'
import {
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from '../../../native/uapi.ts'

/** The strictest first, as the kernel compares them (seccomp(2)). */
const actions = {
  KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  TRAP: SECCOMP_RET_TRAP,
  ERRNO: SECCOMP_RET_ERRNO,
  NOTIFY: SECCOMP_RET_USER_NOTIF,
  TRACE: SECCOMP_RET_TRACE,
  LOG: SECCOMP_RET_LOG,
  ALLOW: SECCOMP_RET_ALLOW,
} as const

export type VerdictAction = keyof typeof actions

/** What happens to a call. */
export type Verdict =
  | { readonly action: Exclude<VerdictAction, 'ERRNO' | 'TRACE'> }
  /** As `EPERM`. */
  | { readonly action: 'ERRNO'; readonly errno: string }
  /** What the tracer reads by PTRACE_GETEVENTMSG. */
  | { readonly action: 'TRACE'; readonly message: number }

const names: ReadonlyMap<number, VerdictAction> = new Map(
  Object.entries(actions).map(([name, number]) => [number, name as VerdictAction]),
)

/** MAX_ERRNO: the kernel makes a larger one this. */
export const MAX_ERRNO = 4095

/** An action that the kernel does not know kills the process. */
export function verdictOf(value: number): Verdict {
  const action = names.get((value & SECCOMP_RET_ACTION_FULL) >>> 0) ?? 'KILL_PROCESS'
  const data = value & SECCOMP_RET_DATA
  if (action === 'ERRNO') return { action, errno: errnoName(Math.min(data, MAX_ERRNO)) }
  if (action === 'TRACE') return { action, message: data }
  return { action }
}

const order = Object.keys(actions)

/** 0 for the strictest action, and more the looser it is. */
export function loosenessOf({ action }: Verdict): number {
  return order.indexOf(action)
}

/** `ERRNO EPERM`, `ALLOW`. */
export function verdictText(verdict: Verdict): string {
  if (verdict.action === 'ERRNO') return `ERRNO ${verdict.errno}`
  return verdict.action === 'TRACE' ? `TRACE ${verdict.message}` : verdict.action
}
