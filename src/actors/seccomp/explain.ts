// Why a profile treats a call as it does. What happens is what the compiled program says, by the interpreter; which rule it
// comes from is looked for in the profile, and has to agree.

import { StatorError } from '../../errors.ts'
import { nativeArch, resolveNumber } from '../../native/libseccomp.ts'
import type { Seccomp, SeccompAction, SeccompArchitecture, SeccompArgument } from '../../oci/config.ts'
import {
  architectureOf,
  architectureOfToken,
  SCMP_ARCH_X32,
  X32_SYSCALL_BIT,
  type Architecture,
} from './architectures.ts'
import { callData, orderOf } from './bpf/data.ts'
import { evaluate } from './bpf/evaluate.ts'
import { hostOrder, parse, type Program } from './bpf/program.ts'
import { loosenessOf, verdictOf, type Verdict } from './bpf/verdict.ts'
import { compile, type CompiledFilter } from './filter.ts'
import { CALLS, holds, numberOf, rulesOn, type LocalRule } from './on-architecture.ts'
import { actionWord, rulesOf } from './rules.ts'

/** What a verdict comes from. */
export type Decider =
  | { readonly by: 'rule'; readonly pointer: string }
  | { readonly by: 'default'; readonly pointer: string }
  /** The number is above all that the profile names: a call newer than it. */
  | { readonly by: 'enosys-stub'; readonly largest: number | null }
  /** The profile does not name it, and it is not this machine's. */
  | { readonly by: 'architecture' }
  /** The profile asks for no filter. */
  | { readonly by: 'nothing' }
  /** No rule alone: libseccomp has mixed those whose conditions overlap. */
  | { readonly by: 'libseccomp'; readonly pointers: readonly string[] }

export interface Explanation {
  readonly architecture: SeccompArchitecture
  /** null: libseccomp has no name for the number. */
  readonly name: string | null
  readonly number: number
  readonly args: readonly bigint[]
  readonly verdict: Verdict
  readonly decider: Decider
  /** The instructions on the way, by number. */
  readonly path: readonly number[]
  /** What the arguments may make of it, in the profile's order; empty where they make no difference. */
  readonly outcomes: readonly Outcome[]
}

export interface Outcome {
  /** All hold. Empty: where no other outcome of its filter is. */
  readonly conditions: readonly SeccompArgument[]
  readonly verdict: Verdict
  readonly pointer: string
}

export interface ExplainOptions {
  /** Whose calls; this machine's unless told. */
  readonly architecture?: SeccompArchitecture
  /** As on a machine of this architecture; this one unless told. */
  readonly machine?: SeccompArchitecture
  /** The pointer of the profile; `linux.seccomp` unless told. */
  readonly at?: string
}

/** One of the filters of a process. */
export interface PlacedProfile {
  readonly profile: Seccomp
  readonly at: string
}

/** One, or what a process has loaded, in that order; at least one. */
export type Profiles = Seccomp | readonly PlacedProfile[]

/**
 * What happens when a process makes a call.
 *
 * @param call its name, or its number
 * @param args what is missing is 0
 * @throws {StatorError} ERR_STATOR_CONFIG: no such call on that architecture, or what compileFilter says
 */
export function explain(
  profiles: Profiles,
  call: string | number,
  args: readonly bigint[] = [],
  options: ExplainOptions = {},
): Explanation {
  const judge = judgeOf(profiles, options)
  return judge.explain(numberOfCall(judge.architecture, call), args)
}

/** A compiled profile, for many questions about one architecture. */
export interface Judge {
  readonly architecture: Architecture
  /** Of all numbers, in the profile's order. */
  readonly rules: readonly LocalRule[]
  /** SECCOMP_RET_*, with its data. */
  verdict(...call: Call): number
  explain(...call: Call): Explanation
}

type Call = readonly [number: number, args: readonly bigint[]]

/** @throws {StatorError} what compileFilter says */
export function judgeOf(profiles: Profiles, options: ExplainOptions = {}): Judge {
  if (!isList(profiles)) return judgeOne(profiles, options)
  return together(profiles.map(({ profile, at }) => judgeOne(profile, { ...options, at })))
}

function isList(profiles: Profiles): profiles is readonly PlacedProfile[] {
  return Array.isArray(profiles)
}

/** Every filter is run, and the strictest action is done; of two that are as strict, that of the one loaded last (seccomp(2)). */
function together(judges: readonly Judge[]): Judge {
  const last = judges.at(-1)!
  const looseness = (judge: Judge, ...call: Call) => loosenessOf(verdictOf(judge.verdict(...call)))
  const strictest = (...call: Call) =>
    judges.reduceRight((found, judge) => (looseness(judge, ...call) < looseness(found, ...call) ? judge : found), last)
  return {
    architecture: last.architecture,
    rules: judges.flatMap(({ rules }) => rules),
    verdict: (...call) => strictest(...call).verdict(...call),
    explain(...call) {
      const found = strictest(...call).explain(...call)
      const all = judges.flatMap((judge) => judge.explain(...call).outcomes)
      // What the strictest always says no other one changes, unless it may be stricter still.
      const counts = all.some(({ verdict }) => loosenessOf(verdict) < loosenessOf(found.verdict))
      return { ...found, outcomes: found.outcomes.length > 0 || counts ? all : [] }
    },
  }
}

function judgeOne(profile: Seccomp, { architecture: name, machine, at = 'linux.seccomp' }: ExplainOptions): Judge {
  const architecture = name === undefined ? nativeArchitecture() : architectureOf(name)
  // One byte order is in a filter: of the other one it is explained as on a machine of that kind.
  const foreign = orderOf(architecture.audit) !== hostOrder
  const native = machine !== undefined ? architectureOf(machine) : foreign ? architecture : undefined
  const compiled = compile(profile, { at, recording: true, ...(native === undefined ? {} : { native: native.token }) })
  const local = rulesOn(architecture, rulesOf(profile, at))
  const program = compiled === null ? null : parse(compiled.program)
  const explainCall = (number: number, args: readonly bigint[]): Explanation => {
    const path: number[] = []
    const value = program === null ? ALLOWED : run(program, architecture, number, args, path)
    const place = { architecture, profile, at, number, args, local }
    return {
      architecture: architecture.name,
      name: resolveNumber(architecture.token, number),
      number,
      args,
      verdict: verdictOf(value),
      decider: compiled === null ? { by: 'nothing' } : deciderOf(compiled, value, path, place),
      path,
      outcomes: compiled === null || !compiled.archs.includes(architecture) ? [] : outcomesOf(place),
    }
  }
  return {
    architecture,
    rules: local,
    verdict: (number, args) => (program === null ? ALLOWED : run(program, architecture, number, args)),
    explain: explainCall,
  }
}

/** SECCOMP_RET_ALLOW. */
const ALLOWED = 0x7fff0000

function run(
  program: Program,
  { audit }: Architecture,
  number: number,
  args: readonly bigint[],
  path?: number[],
): number {
  return evaluate(program, callData({ arch: audit, nr: number, args }), path)
}

function nativeArchitecture(): Architecture {
  const token = nativeArch()
  const found = architectureOfToken(token)
  if (found !== undefined) return found
  throw new StatorError('ERR_STATOR_PLATFORM', `seccomp: the architecture 0x${token.toString(16)} is not supported`)
}

/**
 * @throws {StatorError} ERR_STATOR_CONFIG: it is not a call there, as far as this version of libseccomp knows
 */
export function numberOfCall(architecture: Architecture, call: string | number): number {
  // Numbers of x32 are written with their bit, and without.
  const base = architecture.token === SCMP_ARCH_X32 ? X32_SYSCALL_BIT : 0
  if (typeof call === 'number') return call >= 0 && call < CALLS ? call + base : call >>> 0
  const number = numberOf(architecture, call)
  if (number !== null) return number
  const words = `"${call}" is no system call of ${architecture.name} (give its number if it is newer than libseccomp)`
  throw new StatorError('ERR_STATOR_CONFIG', words)
}

interface Question {
  readonly architecture: Architecture
  readonly profile: Seccomp
  readonly at: string
  readonly number: number
  readonly args: readonly bigint[]
  readonly local: readonly LocalRule[]
}

function deciderOf(
  { stubLength, archs, largest }: CompiledFilter,
  value: number,
  path: readonly number[],
  { architecture, profile, at, number, args, local }: Question,
): Decider {
  if (path.at(-1)! < stubLength) {
    return { by: 'enosys-stub', largest: largest.get(architecture.audit)?.get(architecture.token) ?? null }
  }
  if (!archs.includes(architecture)) return { by: 'architecture' }
  const defaultAction = actionWord(profile.defaultAction as SeccompAction, profile.defaultErrnoRet)
  const byDefault: Decider = { by: 'default', pointer: `${at}.defaultAction` }
  const matching = local.filter(
    (each) =>
      each.number === number &&
      // What is done anyway has no rule.
      each.rule.action !== defaultAction &&
      holds(each, architecture, args),
  )
  if (matching.length === 0) return value === defaultAction ? byDefault : mixed(matching)
  const always = matching.find(({ conditions }) => conditions.length === 0)
  // Where conditions overlap it depends on how libseccomp has ordered them: it is asked.
  const decides = always ?? matching.find(({ rule }) => rule.action === value)
  return decides?.rule.action === value ? { by: 'rule', pointer: decides.rule.pointer } : mixed(matching)
}

/** A rule without conditions is before all others of its call. */
function outcomesOf({ profile, at, number, local }: Question): Outcome[] {
  const defaultAction = actionWord(profile.defaultAction as SeccompAction, profile.defaultErrnoRet)
  const rules = local.filter((each) => each.number === number && each.rule.action !== defaultAction)
  if (rules.length === 0 || rules.some(({ conditions }) => conditions.length === 0)) return []
  const said = rules.map(({ rule, conditions }) => {
    return { conditions, verdict: verdictOf(rule.action), pointer: rule.pointer }
  })
  return [...said, { conditions: [], verdict: verdictOf(defaultAction), pointer: `${at}.defaultAction` }]
}

function mixed(matching: readonly LocalRule[]): Decider {
  return { by: 'libseccomp', pointers: matching.map(({ rule }) => rule.pointer) }
}
