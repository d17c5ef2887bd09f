// What two profiles treat differently, on one architecture.

import { resolveNumber } from '../../native/libseccomp.ts'
import type { SeccompArgument } from '../../oci/config.ts'
import { verdictOf, type Verdict } from './bpf/verdict.ts'
import { judgeOf, type Decider, type ExplainOptions, type Judge, type Profiles } from './explain.ts'
import { callsOf } from './on-architecture.ts'

/** How a profile treats a call: always the same way, or by its arguments. */
export type Treatment =
  | { readonly conditional: false; readonly verdict: Verdict; readonly decider: Decider }
  /** The rules with conditions that are about it. */
  | { readonly conditional: true; readonly verdicts: readonly Verdict[]; readonly rules: readonly string[] }

export interface Difference {
  /** null: every number that libseccomp has no name for. */
  readonly name: string | null
  readonly number: number
  readonly a: Treatment
  readonly b: Treatment
  /** Arguments with which the two differ. */
  readonly example: readonly bigint[]
}

/** @throws {StatorError} what compileFilter says */
export function diff(a: Profiles, b: Profiles, optionsA: ExplainOptions = {}, optionsB = optionsA): Difference[] {
  const judges = [judgeOf(a, optionsA), judgeOf(b, optionsB)] as const
  const { architecture, rules } = judges[0]
  const known = new Set(callsOf(architecture).values())
  for (const { number } of [...rules, ...judges[1].rules]) known.add(number)
  const numbers = [...known].sort((x, y) => x - y)
  // One for all that are newer than the library.
  const beyond = numbers.at(-1)! + 1
  return [...numbers, beyond].flatMap((number) => {
    const trials = trialsOf(judges, number)
    const example = trials.find((args) => judges[0].verdict(number, args) !== judges[1].verdict(number, args))
    if (example === undefined) return []
    const [treatedA, treatedB] = judges.map((judge) => treatmentOf(judge, number, trials)) as [Treatment, Treatment]
    const name = number === beyond ? null : resolveNumber(architecture.token, number)
    return [{ name, number, a: treatedA, b: treatedB, example }]
  })
}

function treatmentOf(judge: Judge, number: number, trials: readonly (readonly bigint[])[]): Treatment {
  const values = [...new Set(trials.map((args) => judge.verdict(number, args)))]
  const [only] = values
  if (values.length === 1) {
    const { decider } = judge.explain(number, trials[0]!)
    return { conditional: false, verdict: verdictOf(only!), decider }
  }
  const about = judge.rules.filter((rule) => rule.number === number && rule.conditions.length > 0)
  return {
    conditional: true,
    verdicts: values.map(verdictOf),
    rules: [...new Set(about.map(({ rule }) => rule.pointer))],
  }
}

/** Every way in which the conditions of both can come out: each argument at and beside every value it is compared with. */
function trialsOf(judges: readonly Judge[], number: number): readonly (readonly bigint[])[] {
  const conditions = judges.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.number === number ? rule.conditions : [])),
  )
  const values = Array.from({ length: 6 }, (_, index) => [
    ...new Set([0n, ...conditions.filter((condition) => condition.index === index).flatMap(around)]),
  ])
  let trials: readonly (readonly bigint[])[] = [[]]
  for (const list of values) {
    // Enough for any profile that was written by hand; what is beyond is tried without its combinations.
    const some = trials.length * list.length > MOST_TRIALS ? list.slice(0, 1) : list
    trials = trials.flatMap((args) => some.map((value) => [...args, value]))
  }
  const alone = values.flatMap((list, index) => list.map((value) => values.map((_, at) => (at === index ? value : 0n))))
  return [...trials, ...alone]
}

const MOST_TRIALS = 20_000

function around({ value, valueTwo = 0n, op }: SeccompArgument): bigint[] {
  if (op !== 'SCMP_CMP_MASKED_EQ') return [value - 1n, value, value + 1n].map((near) => BigInt.asUintN(64, near))
  // The value under the mask, with all else set, and with each bit of the mask wrong.
  const under = valueTwo & value
  const bits = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit)).filter((bit) => (value & bit) !== 0n)
  return [under, under | BigInt.asUintN(64, ~value), ...bits.slice(0, 8).map((bit) => under ^ bit)]
}
