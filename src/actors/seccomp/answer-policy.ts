// A policy that answers: rules in order over a call's name, its arguments and its paths. Pure. Who asks it, and what happens to what it leaves
// open: server.ts. As data: policies/notify/*.json, beside notify.schema.json.

import { StatorError } from '../../errors.ts'
import { errnoNumber } from '../../native/errno.ts'
import { syscalls } from '../../native/syscalls.ts'
import { pathNames } from './decode.ts'
import type { SeccompNotification } from './notification.ts'
import { comparisons } from './operators.ts'

/** What an answer needs to be given. */
export type ReadyAnswer = 'continue' | { readonly errno: number } | { readonly value: bigint }

/** A policy that has been checked. */
export interface AnswerPolicy {
  readonly name: string
  /** null: no rule matches. Reads the caller's memory where a rule asks for a path, and not before. */
  answer(call: Pick<SeccompNotification, 'syscall' | 'args' | 'decode'>): ReadyAnswer | null
  readonly default: ReadyAnswer | null
  readonly deadlineMs: number
  readonly onDeadline: ReadyAnswer
}

const defaultDeadlineMs = 10_000

/** As the kernel has it when nobody listens any more. */
export const nobody: ReadyAnswer = { errno: 38 }

interface Rule {
  readonly args: readonly ((args: readonly bigint[]) => boolean)[]
  readonly path: ((path: string) => boolean) | null
  readonly answer: ReadyAnswer
}

/**
 * Checks a policy, and makes it ready: a call costs one look-up by its name, and the rules of that name.
 *
 * @param given as JSON.parse gives it
 * @throws {StatorError} ERR_STATOR_CONFIG with `pointer`: `rules[0].answer.errno`
 */
export function answerPolicy(given: unknown): AnswerPolicy {
  const policy = record(given, '', policyFields)
  const name = text(policy['name'], 'name')
  for (const optional of ['$schema', 'description'] as const)
    if (policy[optional] !== undefined) text(policy[optional], optional)
  const rules = new Map<string, Rule[]>()
  list(policy['rules'], 'rules').forEach((value, n) => {
    const { names, rule } = ruleOf(value, `rules[${n}]`)
    for (const call of names) {
      const known = rules.get(call)
      if (known === undefined) rules.set(call, [rule])
      else known.push(rule)
    }
  })
  const optionalAnswer = (field: 'default' | 'onDeadline') =>
    policy[field] === undefined ? null : answerOf(policy[field], field)
  const byDefault = optionalAnswer('default')
  return {
    name,
    default: byDefault,
    deadlineMs: policy['deadlineMs'] === undefined ? defaultDeadlineMs : milliseconds(policy['deadlineMs']),
    onDeadline: optionalAnswer('onDeadline') ?? byDefault ?? nobody,
    answer(call) {
      for (const { args, path, answer } of rules.get(call.syscall) ?? []) {
        if (!args.every((holds) => holds(call.args))) continue
        if (path === null || pathsOf(call).some(path)) return answer
      }
      return null
    },
  }
}

function pathsOf(call: Pick<SeccompNotification, 'decode'>): string[] {
  const decoded = call.decode() ?? {}
  return Object.entries(decoded).flatMap(([name, value]) =>
    pathNames.has(name) && typeof value === 'string' ? [value] : [],
  )
}

const policyFields = ['$schema', 'name', 'description', 'rules', 'default', 'deadlineMs', 'onDeadline']
const ruleFields = ['names', 'args', 'path', 'answer', 'why', 'source']

function ruleOf(given: unknown, at: string): { names: readonly string[]; rule: Rule } {
  const rule = record(given, at, ruleFields)
  const names = list(rule['names'], `${at}.names`).map((name, n) => callName(name, `${at}.names[${n}]`))
  if (names.length === 0) refuse(`${at}.names`, 'at least one name', [])
  for (const optional of ['why', 'source'] as const)
    if (rule[optional] !== undefined) text(rule[optional], `${at}.${optional}`)
  const args = rule['args'] === undefined ? [] : list(rule['args'], `${at}.args`)
  return {
    names,
    rule: {
      args: args.map((argument, n) => argumentOf(argument, `${at}.args[${n}]`)),
      path: rule['path'] === undefined ? null : pathOf(rule['path'], `${at}.path`),
      answer: answerOf(rule['answer'], `${at}.answer`),
    },
  }
}

/** Of one architecture at least: a policy is for all. */
function callName(given: unknown, at: string): string {
  const name = text(given, at)
  const isKnown = /^\d+$/.test(name) || Object.values(syscalls).some((table) => Object.hasOwn(table, name))
  return isKnown ? name : refuse(at, 'a system call', given)
}

function argumentOf(given: unknown, at: string): (args: readonly bigint[]) => boolean {
  const argument = record(given, at, ['index', 'op', 'value', 'valueTwo'])
  const { index, op } = argument
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 5)
    return refuse(`${at}.index`, 'a number from 0 to 5', index)
  if (typeof op !== 'string' || !Object.hasOwn(comparisons, op))
    return refuse(`${at}.op`, Object.keys(comparisons).join(', '), op)
  const compare = comparisons[op as keyof typeof comparisons]
  const one = BigInt.asUintN(64, whole(argument['value'], `${at}.value`))
  const hasTwo = argument['valueTwo'] !== undefined
  if (op === 'SCMP_CMP_MASKED_EQ' && !hasTwo) refuse(`${at}.valueTwo`, 'what is compared under the mask', undefined)
  const two = hasTwo ? BigInt.asUintN(64, whole(argument['valueTwo'], `${at}.valueTwo`)) : 0n
  return (args) => compare(args[index] ?? 0n, one, two)
}

function pathOf(given: unknown, at: string): (path: string) => boolean {
  const path = record(given, at, ['exact', 'prefix', 'glob'])
  const [[kind, value] = ['', undefined], ...more] = Object.entries(path)
  if (kind === '' || more.length > 0) return refuse(at, 'one of exact, prefix, glob', given)
  const wanted = text(value, `${at}.${kind}`)
  if (kind === 'exact') return (path) => path === wanted
  if (kind === 'prefix') return (path) => path.startsWith(wanted)
  const tokens = wanted.match(/\*+|[^*]/gu)?.map((token) => (token.startsWith('**') ? '**' : token)) ?? []
  return (path) => matches(tokens, path)
}

/** All ways at once, and none tried twice: a path is the container's to choose, and must not cost more than its length. */
function matches(tokens: readonly string[], path: string): boolean {
  let reached = opened(tokens, new Set([0]))
  for (const character of path) {
    const next = new Set<number>()
    for (const at of reached) {
      const token = tokens[at]
      if (token === '**' || (token === '*' && character !== '/')) next.add(at)
      else if (token === character || (token === '?' && character !== '/')) next.add(at + 1)
    }
    if (next.size === 0) return false
    reached = opened(tokens, next)
  }
  return reached.has(tokens.length)
}

/** A star may stand for nothing. */
function opened(tokens: readonly string[], places: Set<number>): Set<number> {
  for (const at of places) if (tokens[at] === '*' || tokens[at] === '**') places.add(at + 1)
  return places
}

function answerOf(given: unknown, at: string): ReadyAnswer {
  if (given === 'continue') return 'continue'
  if (typeof given !== 'object') return refuse(at, '"continue", { errno } or { returnValue }', given)
  const answer = record(given, at, ['errno', 'returnValue'])
  const { errno, returnValue } = answer
  if ((errno === undefined) === (returnValue === undefined)) return refuse(at, 'one of errno, returnValue', given)
  if (returnValue !== undefined) return { value: BigInt.asIntN(64, whole(returnValue, `${at}.returnValue`)) }
  const number = typeof errno === 'string' ? errnoNumber(errno) : errno
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > 4095)
    return refuse(`${at}.errno`, 'an errno by name or number', errno)
  return { errno: number }
}

function record(given: unknown, at: string, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return refuse(at, 'an object', given)
  const unknown = Object.keys(given).find((name) => !fields.includes(name))
  if (unknown !== undefined) refuse(at === '' ? unknown : `${at}.${unknown}`, `one of ${fields.join(', ')}`, unknown)
  return given as Readonly<Record<string, unknown>>
}

function list(given: unknown, at: string): readonly unknown[] {
  return Array.isArray(given) ? given : refuse(at, 'a list', given)
}

function text(given: unknown, at: string): string {
  return typeof given === 'string' && given !== '' ? given : refuse(at, 'a text', given)
}

function milliseconds(given: unknown): number {
  const isOne = typeof given === 'number' && given >= 0 && given <= 0x7fff_ffff
  return isOne ? given : refuse('deadlineMs', 'milliseconds from 0 to 2147483647', given)
}

function whole(given: unknown, at: string): bigint {
  const isWhole =
    typeof given === 'bigint' ||
    (typeof given === 'number' && Number.isSafeInteger(given)) ||
    (typeof given === 'string' && /^(-?\d{1,20}|0x[\da-f]{1,16})$/i.test(given))
  return isWhole ? BigInt(given) : refuse(at, 'a whole number, or one as text ("0x…")', given)
}

function refuse(pointer: string, must: string, given: unknown): never {
  const shown = typeof given === 'bigint' ? String(given) : JSON.stringify(given)
  const what = `${pointer === '' ? 'it' : pointer} must be ${must}, not ${shown?.slice(0, 80) ?? 'absent'}`
  throw new StatorError('ERR_STATOR_CONFIG', `notify policy: ${what}`, pointer === '' ? {} : { pointer })
}
