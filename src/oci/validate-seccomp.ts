// What a filter of system calls must not be, as far as no machine is needed to say so. What this kernel and this libseccomp
// lack is said by actors/seccomp.

import type {
  Seccomp,
  SeccompAction,
  SeccompArchitecture,
  SeccompArgument,
  SeccompFlag,
  SeccompOperator,
  SeccompRule,
} from './config.ts'
import { invalid, unsupported } from './pointer.ts'
import type { Warn } from './validate.ts'

const actions: Readonly<Record<SeccompAction, true>> = {
  SCMP_ACT_KILL: true,
  SCMP_ACT_KILL_PROCESS: true,
  SCMP_ACT_KILL_THREAD: true,
  SCMP_ACT_TRAP: true,
  SCMP_ACT_ERRNO: true,
  SCMP_ACT_TRACE: true,
  SCMP_ACT_ALLOW: true,
  SCMP_ACT_LOG: true,
  SCMP_ACT_NOTIFY: true,
}

const operators: Readonly<Record<SeccompOperator, true>> = {
  SCMP_CMP_NE: true,
  SCMP_CMP_LT: true,
  SCMP_CMP_LE: true,
  SCMP_CMP_EQ: true,
  SCMP_CMP_GE: true,
  SCMP_CMP_GT: true,
  SCMP_CMP_MASKED_EQ: true,
}

const architectures: Readonly<Record<SeccompArchitecture, true>> = {
  SCMP_ARCH_X86_64: true,
  SCMP_ARCH_X86: true,
  SCMP_ARCH_X32: true,
  SCMP_ARCH_AARCH64: true,
  SCMP_ARCH_ARM: true,
  SCMP_ARCH_RISCV64: true,
  SCMP_ARCH_PPC64LE: true,
  SCMP_ARCH_S390X: true,
}

/** Of the specification, and not of ours: config-linux.md, `architectures`. */
const otherArchitectures =
  /^SCMP_ARCH_(MIPS(64(N32)?)?|MIPSEL(64(N32)?)?|PPC(64)?|S390|PARISC(64)?|LOONGARCH64|M68K|SH|SHEB)$/

const flags: Readonly<Record<SeccompFlag, true>> = {
  SECCOMP_FILTER_FLAG_TSYNC: true,
  SECCOMP_FILTER_FLAG_LOG: true,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: true,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: true,
}

/** For the features document. */
export const knownSeccomp = {
  actions: Object.keys(actions) as SeccompAction[],
  operators: Object.keys(operators) as SeccompOperator[],
  architectures: Object.keys(architectures) as SeccompArchitecture[],
  flags: Object.keys(flags) as SeccompFlag[],
}

export interface SeccompExceptions {
  /**
   * A filter that learns what is called: it may notify by default, and of `write` too. Whoever loads it sees to it that the
   * way to the listener needs no call that waits for an answer.
   */
  readonly recording?: boolean
}

/** @throws {StatorError} ERR_STATOR_CONFIG, ERR_STATOR_UNSUPPORTED: with the pointer of the first value that breaks a rule */
export function checkSeccomp(
  seccomp: Seccomp,
  at: string,
  warn: Warn,
  { recording = false }: SeccompExceptions = {},
): void {
  const { defaultAction, defaultErrnoRet, listenerPath, listenerMetadata, syscalls = [] } = seccomp
  for (const [index, name] of (seccomp.architectures ?? []).entries()) {
    const here = `${at}.architectures[${index}]`
    if (otherArchitectures.test(name)) throw unsupported(here, `"${name}" is not supported`)
    checkWord(name, architectures, here)
  }
  for (const [index, name] of (seccomp.flags ?? []).entries()) checkWord(name, flags, `${at}.flags[${index}]`)
  if (isOff(seccomp)) return
  checkWord(defaultAction, actions, `${at}.defaultAction`)
  if (defaultAction === 'SCMP_ACT_NOTIFY' && !recording) {
    throw invalid(
      `${at}.defaultAction`,
      'must not be SCMP_ACT_NOTIFY: nobody could answer before the listener is handed over',
    )
  }
  checkErrno(defaultErrnoRet, defaultAction, `${at}.defaultErrnoRet`, warn)
  if ((listenerMetadata ?? '') !== '' && (listenerPath ?? '') === '') {
    throw invalid(`${at}.listenerMetadata`, 'needs listenerPath')
  }
  for (const [index, rule] of syscalls.entries()) checkRule(rule, `${at}.syscalls[${index}]`, warn, recording)
}

/** Neither a default action nor rules: no filter is asked for. */
export function isOff({ defaultAction, syscalls = [] }: Seccomp): boolean {
  return defaultAction === '' && syscalls.length === 0
}

function checkRule(
  { names, action, errnoRet, args = [] }: SeccompRule,
  at: string,
  warn: Warn,
  recording: boolean,
): void {
  checkWord(action, actions, `${at}.action`)
  checkErrno(errnoRet, action, `${at}.errnoRet`, warn)
  if (names.length === 0) throw invalid(`${at}.names`, 'must name a system call')
  const write = names.indexOf('write')
  // By it the listener is told.
  if (action === 'SCMP_ACT_NOTIFY' && write !== -1 && !recording) {
    throw invalid(`${at}.names[${write}]`, 'must not be "write" for SCMP_ACT_NOTIFY: the listener is handed over by it')
  }
  for (const [index, argument] of args.entries()) checkArgument(argument, `${at}.args[${index}]`, warn)
}

function checkArgument({ index, value, valueTwo = 0n, op }: SeccompArgument, at: string, warn: Warn): void {
  if (index > 5) throw invalid(`${at}.index`, 'must be an integer from 0 to 5')
  checkWord(op, operators, `${at}.op`)
  if (op !== 'SCMP_CMP_MASKED_EQ') {
    if (valueTwo !== 0n) warn(`${at}.valueTwo`, `has no effect with ${op}`)
  } else if ((valueTwo & ~value) !== 0n) {
    warn(`${at}.valueTwo`, 'has bits that are not in the mask "value": they are left out')
  }
}

/** Below MAX_ERRNO, as libseccomp has it. */
const maximumErrno = 4094
/** 16 bits of what a filter returns. */
const maximumMessage = 65_535

function checkErrno(errno: number | undefined, action: string, at: string, warn: Warn): void {
  if (errno === undefined) return
  if (action === 'SCMP_ACT_ERRNO') {
    if (errno > maximumErrno) throw invalid(at, `must be an integer from 0 to ${maximumErrno}`)
  } else if (action === 'SCMP_ACT_TRACE') {
    if (errno > maximumMessage) throw invalid(at, `must be an integer from 0 to ${maximumMessage}`)
  } else if (errno !== 0) {
    // The specification wants an error, and engines have written it for years.
    warn(at, `has no effect with ${action}`)
  }
}

function checkWord(word: string, known: Readonly<Record<string, true>>, at: string): void {
  if (!Object.hasOwn(known, word)) throw invalid(at, `must be one of ${Object.keys(known).join(', ')}`)
}
