// A profile to the program that seccomp(2) takes: libseccomp's, with the ENOSYS stub before it.

import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import { nativeArch, resolveName, ScmpFilter, type ScmpCondition } from '../../native/libseccomp.ts'
import { hasFilterFlag } from '../../native/seccomp.ts'
import {
  BPF_MAXINSNS,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from '../../native/uapi.ts'
import type { Seccomp, SeccompAction, SeccompArgument, SeccompFlag, SeccompOperator } from '../../oci/config.ts'
import { invalid } from '../../oci/pointer.ts'
import { toldOfPolicyFile } from '../../oci/policy-places.ts'
import { checkSeccomp, isOff } from '../../oci/validate-seccomp.ts'
import { architectureOf, architectureOfToken, type Architecture } from './architectures.ts'
import { orderOf } from './bpf/data.ts'
import { assemble, hostOrder, INSTRUCTION_BYTES } from './bpf/program.ts'
import { enosysStub, type LargestNumbers } from './enosys-stub.ts'
import { join } from './join.ts'
import { toldOn, type ToldRule } from './on-architecture.ts'
import { actionWord, rulesOf, type Rule } from './rules.ts'

/** What is loaded. */
export interface Filter {
  /** struct sock_filter[], in this machine's byte order, with the ENOSYS stub. */
  readonly program: Uint8Array
  /** SECCOMP_FILTER_FLAG_*, with NEW_LISTENER if it notifies. */
  readonly flags: number
  readonly notifies: boolean
  /** Names that libseccomp does not know, and that have no rule for it. */
  readonly skipped: readonly { readonly name: string; readonly pointer: string }[]
}

export interface CompileOptions {
  /** The pointer of the profile; `linux.seccomp` unless told. */
  readonly at?: string
  /** The filter learns what is called: notifications by default, and of `write`, are allowed. */
  readonly recording?: boolean
  /** As if on this architecture, SCMP_ARCH_*; a program of another byte order comes in this machine's all the same. */
  readonly native?: number
  /** Whether the kernel has a flag; it is asked unless told. */
  readonly hasFlag?: (flag: number) => boolean
}

/** A filter and what it is made of. */
export interface CompiledFilter extends Filter {
  /** How many instructions the ENOSYS stub has, at the beginning. */
  readonly stubLength: number
  /** Those that it knows, this machine's first. */
  readonly archs: readonly Architecture[]
  readonly largest: LargestNumbers
}

/**
 * @returns null: the profile asks for no filter
 * @throws {StatorError} ERR_STATOR_CONFIG, ERR_STATOR_UNSUPPORTED: with `pointer`; ERR_STATOR_PLATFORM: no libseccomp, or this
 *   kernel lacks what the profile asks for
 */
export function compileFilter(profile: Seccomp, options: CompileOptions = {}): Filter | null {
  const compiled = compile(profile, options)
  if (compiled === null) return null
  const { program, flags, notifies, skipped } = compiled
  return { program, flags, notifies, skipped }
}

/** compileFilter, for who wants to know more of it. */
export function compile(profile: Seccomp, options: CompileOptions = {}): CompiledFilter | null {
  try {
    return compiled(profile, options)
  } catch (error) {
    throw toldOfPolicyFile(error, profile, options.at ?? 'linux.seccomp')
  }
}

function compiled(
  profile: Seccomp,
  { at = 'linux.seccomp', recording = false, native, hasFlag = hasFilterFlag }: CompileOptions,
): CompiledFilter | null {
  checkSeccomp(profile, at, () => {}, { recording })
  if (isOff(profile)) return null
  const rules = rulesOf(profile, at)
  const defaultAction = actionWord(profile.defaultAction as SeccompAction, profile.defaultErrnoRet)
  const notifies = [profile.defaultAction, ...(profile.syscalls ?? []).map(({ action }) => action)].includes(
    'SCMP_ACT_NOTIFY',
  )
  const flags = flagsOf(profile.flags, notifies, hasFlag, `${at}.flags`)
  const host = native ?? nativeArch()
  const archs = archsOf(profile, host, `${at}.architectures`)
  const skipped = rules
    .filter(({ name }) => resolveName(host, name) === null)
    .map(({ name, namePointer }) => ({ name, pointer: namePointer }))
  const counting = rulesThatCount(rules, defaultAction)
  refuseMixedRanges(counting)
  const parts = archs.map((architecture) => {
    return { architecture, program: programOf(architecture, counting, defaultAction, at) }
  })
  const largest = answersEnosys(profile.defaultAction as SeccompAction) ? largestNumbers(rules, archs) : new Map()
  const stub = enosysStub(largest)
  const whole = Buffer.concat([assemble(stub), join(parts)])
  const length = whole.byteLength / INSTRUCTION_BYTES
  if (length > BPF_MAXINSNS) {
    throw invalid(at, `makes a filter of ${length} instructions, and the kernel takes ${BPF_MAXINSNS}`)
  }
  return { program: whole, flags, notifies, skipped, stubLength: stub.length, archs, largest }
}

/** This machine's own one, which profiles may omit, and those of the profile. */
function archsOf({ architectures = [] }: Seccomp, host: number, at: string): Architecture[] {
  const own = architectureOfToken(host)
  if (own === undefined) {
    throw new StatorError('ERR_STATOR_PLATFORM', `seccomp: the architecture 0x${host.toString(16)} is not supported`)
  }
  const archs = new Set([own])
  for (const [index, name] of architectures.entries()) {
    const architecture = architectureOf(name)
    if (orderOf(architecture.audit) !== orderOf(host)) {
      throw invalid(`${at}[${index}]`, `must have the byte order of this machine: ${name} has the other one`)
    }
    archs.add(architecture)
  }
  return [...archs]
}

const kernelFlags: Readonly<
  Record<Exclude<SeccompFlag, 'SECCOMP_FILTER_FLAG_TSYNC'>, { flag: number; since: string }>
> = {
  SECCOMP_FILTER_FLAG_LOG: { flag: SECCOMP_FILTER_FLAG_LOG, since: '4.14' },
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: { flag: SECCOMP_FILTER_FLAG_SPEC_ALLOW, since: '4.17' },
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: { flag: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, since: '5.19' },
}

function flagsOf(
  names: readonly SeccompFlag[] | undefined,
  notifies: boolean,
  hasFlag: (flag: number) => boolean,
  at: string,
): number {
  let flags = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0
  // An empty list is a wish for none.
  if (names === undefined)
    return hasFlag(SECCOMP_FILTER_FLAG_SPEC_ALLOW) ? flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW : flags
  for (const [index, name] of names.entries()) {
    // Whoever loads the filter has one thread.
    if (name === 'SECCOMP_FILTER_FLAG_TSYNC') continue
    const { flag, since } = kernelFlags[name]
    if (!hasFlag(flag)) {
      const pointer = `${at}[${index}]`
      throw new StatorError('ERR_STATOR_PLATFORM', `${pointer}: this kernel has no ${name} (Linux ${since})`, {
        pointer,
      })
    }
    // The kernel takes it for a listener only.
    if (flag !== SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV || notifies) flags |= flag
  }
  return flags
}

// seccomp.h: enum scmp_filter_attr.
const SCMP_FLTATR_CTL_NNP = 3
const SCMP_FLTATR_CTL_OPTIMIZE = 8

/** From here on a binary tree of numbers is shorter on the way, and to load, than one comparison after the other. */
const MOST_IN_A_LIST = 32

/** The program of one architecture, in this machine's byte order. */
function programOf(architecture: Architecture, rules: readonly Rule[], defaultAction: number, at: string): Uint8Array {
  using filter = inProfile(`${at}.defaultAction`, () => new ScmpFilter(defaultAction))
  const host = nativeArch()
  if (architecture.token !== host) {
    // The first before the second: there is one byte order in a filter.
    filter.removeArch(host)
    filter.addArch(architecture.token)
  }
  // Whether there is no_new_privs is the process's own setting.
  filter.setAttribute(SCMP_FLTATR_CTL_NNP, 0)
  const told = toldOn(architecture, rules)
  if (told.length > MOST_IN_A_LIST) filter.setAttribute(SCMP_FLTATR_CTL_OPTIMIZE, 2)
  const numbered = told.map((rule) => ({ ...rule, number: resolveName(host, rule.name)! }))
  const added = new Set<string>()
  for (const { number, pointer, action, conditions } of inOrder(numbered)) {
    // Said twice is fine. It would be EEXIST, as is another action for the same conditions.
    const key = [number, action, ...conditions.map(conditionText).sort()].join()
    if (added.has(key)) continue
    added.add(key)
    inProfile(pointer, () => filter.addRule(action, number, conditions.map(condition)))
  }
  const program = inProfile(at, () => filter.exportBpf())
  return orderOf(architecture.audit) === hostOrder ? program : swapped(program)
}

interface NumberedRule extends ToldRule {
  /** On this machine's architecture. */
  readonly number: number
}

/**
 * Without conditions first, the highest number before the others: libseccomp looks for a place from the lowest one, and takes
 * half the time. Others stay as they are, for their order may count.
 */
function inOrder(rules: readonly NumberedRule[]): NumberedRule[] {
  const always = rules.filter(({ conditions }) => conditions.length === 0).sort((a, b) => b.number - a.number)
  return [...always, ...rules.filter(({ conditions }) => conditions.length > 0)]
}

/**
 * The first rule of a call that has no conditions counts, before all that have some: libseccomp's own precedence, without the
 * EEXIST that it has for a call that is made through another one. What is done anyway is left out; libseccomp refuses it.
 */
function rulesThatCount(rules: readonly Rule[], defaultAction: number): Rule[] {
  const others = rules.filter(({ action }) => action !== defaultAction)
  const always = new Map<string, Rule>()
  for (const rule of others) {
    if (rule.alternatives.some((conditions) => conditions.length === 0) && !always.has(rule.name))
      always.set(rule.name, rule)
  }
  return others.filter((rule) => (always.get(rule.name) ?? rule) === rule)
}

const ordered: ReadonlySet<SeccompOperator> = new Set(['SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_GE', 'SCMP_CMP_GT'])

/**
 * libseccomp compares halves of 32 bits, and merges the rules of a call. Two that ask whether one argument is above or below
 * values with different high halves it gets wrong: `LE 5` or `GT 0x100000005` lets 6 through (2.5.4). Such a filter is not made.
 */
function refuseMixedRanges(rules: readonly Rule[]): void {
  const halves = new Map<string, bigint>()
  for (const { name, pointer, alternatives } of rules) {
    for (const { index, op, value } of alternatives.flat()) {
      if (!ordered.has(op)) continue
      const key = `${name} ${index}`
      const half = halves.get(key) ?? value >> 32n
      halves.set(key, half)
      if (half === value >> 32n) continue
      const words = `must not compare argument ${index} of "${name}" by order with values whose upper 32 bits differ: libseccomp would mix them up`
      throw invalid(pointer, words)
    }
  }
}

function inProfile<T>(pointer: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const words =
      error.code === 'EEXIST'
        ? 'has the conditions of an earlier rule of the same call, and another action'
        : error.message
    throw new StatorError('ERR_STATOR_CONFIG', `${pointer}: ${words}`, { pointer, errno: error.code }, { cause: error })
  }
}

/** seccomp.h: enum scmp_compare. */
const comparisons: Readonly<Record<SeccompOperator, number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
}

function condition({ index, value, valueTwo = 0n, op }: SeccompArgument): ScmpCondition {
  return { index, op: comparisons[op], a: value, b: valueTwo }
}

function conditionText({ index, op, value, valueTwo = 0n }: SeccompArgument): string {
  return `${index} ${op} ${value} ${valueTwo}`
}

/**
 * Not where unknown calls are let through or watched. That a default of ENOSYS needs no stub is not looked at, as runc does
 * not either: it changes nothing.
 */
function answersEnosys(action: SeccompAction): boolean {
  return !['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE', 'SCMP_ACT_NOTIFY'].includes(action)
}

/** Of all names, whatever is to happen with them: what a profile names it knows. */
function largestNumbers(rules: readonly Rule[], archs: readonly Architecture[]): LargestNumbers {
  const names = new Set(rules.map(({ name }) => name))
  const largest = new Map<number, Map<number, number>>()
  for (const { token, audit } of archs) {
    let last = -1
    for (const name of names) last = Math.max(last, resolveName(token, name) ?? -1)
    if (last < 0) continue
    const abis = largest.get(audit) ?? new Map<number, number>()
    largest.set(audit, abis.set(token, last))
  }
  return largest
}

/** A program of the other byte order. */
function swapped(program: Uint8Array): Buffer {
  const bytes = Buffer.from(program)
  for (let at = 0; at < bytes.byteLength; at += INSTRUCTION_BYTES) {
    bytes.subarray(at, at + 2).swap16()
    bytes.subarray(at + 4, at + 8).swap32()
  }
  return bytes
}
