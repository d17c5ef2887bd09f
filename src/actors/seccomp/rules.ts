// A profile as a list of rules for libseccomp: one for each name, with its action as the kernel has it. Pure.

import { errnos } from '../../native/errno.ts'
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from '../../native/uapi.ts'
import type { Seccomp, SeccompAction, SeccompArgument } from '../../oci/config.ts'

/** What is to happen with a call. */
export interface Rule {
  readonly name: string
  /** Of the entry of `syscalls`, and of the name in it. */
  readonly pointer: string
  readonly namePointer: string
  /** SECCOMP_RET_*, with its data. */
  readonly action: number
  /** Any of these, in which all conditions hold. One without conditions always does. */
  readonly alternatives: readonly (readonly SeccompArgument[])[]
}

/** @param at the profile's pointer */
export function rulesOf({ syscalls = [] }: Seccomp, at: string): Rule[] {
  return syscalls.flatMap(({ names, action, errnoRet, args = [] }, index) => {
    const pointer = `${at}.syscalls[${index}]`
    const rule = { pointer, action: actionWord(action, errnoRet), alternatives: alternativesOf(args) }
    return names.map((name, place) => ({ name, namePointer: `${pointer}.names[${place}]`, ...rule }))
  })
}

const words: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  SCMP_ACT_TRAP: SECCOMP_RET_TRAP,
  SCMP_ACT_ERRNO: SECCOMP_RET_ERRNO,
  SCMP_ACT_TRACE: SECCOMP_RET_TRACE,
  SCMP_ACT_ALLOW: SECCOMP_RET_ALLOW,
  SCMP_ACT_LOG: SECCOMP_RET_LOG,
  SCMP_ACT_NOTIFY: SECCOMP_RET_USER_NOTIF,
}

/** @param errno of SCMP_ACT_ERRNO, and the message of SCMP_ACT_TRACE; EPERM unless told; others have none */
export function actionWord(action: SeccompAction, errno: number = errnos.EPERM): number {
  const takesData = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE'
  return (words[action] | (takesData ? errno & SECCOMP_RET_DATA : 0)) >>> 0
}

/**
 * libseccomp takes one condition for an argument. Where a rule has two, runc makes a rule of every condition, of those of
 * other arguments too: any of them is enough. Profiles are written for that.
 */
function alternativesOf(args: readonly SeccompArgument[]): readonly (readonly SeccompArgument[])[] {
  const repeats = new Set(args.map(({ index }) => index)).size < args.length
  return repeats ? args.map((condition) => [condition]) : [args]
}
