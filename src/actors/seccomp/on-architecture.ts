// What libseccomp makes of a profile's rules on one architecture: their numbers, and their conditions as they are compared
// there. It is what decides, so whoever explains a filter has to know it.

import { resolveName, resolveNumber } from '../../native/libseccomp.ts'
import type { SeccompArgument } from '../../oci/config.ts'
import type { Architecture } from './architectures.ts'
import { comparisons } from './operators.ts'
import type { Rule } from './rules.ts'

/** One alternative of a rule, for one number. */
export interface LocalRule {
  readonly rule: Rule
  readonly number: number
  /** All hold. Empty: always, and then this rule is before all others of the number, the first of such before the next. */
  readonly conditions: readonly SeccompArgument[]
}

/** A rule as libseccomp is told it, for a filter of one architecture alone. */
export interface ToldRule {
  readonly pointer: string
  /** Resolved on this machine's architecture; libseccomp translates it by its name. */
  readonly name: string
  readonly action: number
  readonly conditions: readonly SeccompArgument[]
}

/**
 * Rules for calls that the architecture has. Others must not be told: where the first in libseccomp's order is one of those,
 * 2.5 leaves out the load of the number, and the filter compares the architecture with numbers. So it does with a call that is
 * made through another one and has no number of its own (accept, send, recv and semop on x86): it is told as the other one.
 */
export function toldOn(architecture: Architecture, rules: readonly Rule[]): ToldRule[] {
  return rules.flatMap(({ name, pointer, action, alternatives }) => {
    // Of two places the second is the call itself, and libseccomp adds the first.
    const place = placesOf(architecture, name).at(-1)
    if (place === undefined) return []
    return alternatives.map((conditions) => {
      return { pointer, name: place.name, action, conditions: selected(place, conditions) }
    })
  })
}

function selected({ selector }: Place, conditions: readonly SeccompArgument[]): readonly SeccompArgument[] {
  return selector === undefined ? conditions : [selector, ...conditions.filter(({ index }) => index !== 0)]
}

/** In the profile's order. What the architecture does not have is not there. */
export function rulesOn(architecture: Architecture, rules: readonly Rule[]): LocalRule[] {
  return rules.flatMap((rule) =>
    rule.alternatives.flatMap((conditions) =>
      placesOf(architecture, rule.name).map((place) => {
        const needed = selected(place, conditions).filter((condition) => !alwaysHolds(condition, architecture))
        return { rule, number: place.number, conditions: needed }
      }),
    ),
  )
}

interface Place {
  readonly number: number
  /** How libseccomp calls the number. */
  readonly name: string
  /** What the first argument says where the call is made through another one. */
  readonly selector?: SeccompArgument
}

/**
 * Numbers of a name. On x86, s390x and ppc64le a socket is made by socketcall(2), whose first argument says so, and since
 * Linux 4.3 by a number of its own; likewise what is for System V IPC. libseccomp has a number below 0 for such a name: -101
 * to -120 are 1 to 20 of socketcall, -201 to -224 are those of ipc(2). Conditions on other arguments stay, although these
 * are a pointer there: libseccomp does not drop them.
 */
function placesOf(architecture: Architecture, name: string): Place[] {
  const number = resolveName(architecture.token, name)
  if (number === null) return []
  if (number >= 0) return [{ number, name }]
  if (!architecture.multiplexed) return []
  const through = number <= -101 && number >= -120 ? 'socketcall' : number <= -201 && number >= -224 ? 'ipc' : undefined
  const multiplexer = through === undefined ? null : resolveName(architecture.token, through)
  if (multiplexer === null) return []
  const direct = directNumber(architecture, name)
  const selector: SeccompArgument = { index: 0, op: 'SCMP_CMP_EQ', value: BigInt(-number % 100) }
  return [{ number: multiplexer, name: through!, selector }, ...(direct === null ? [] : [{ number: direct, name }])]
}

/** More than any of the architectures has; ARM's own begin at 0xf0000. */
export const CALLS = 1024

const tables = new Map<number, ReadonlyMap<string, number>>()

/** Every call of an architecture that libseccomp knows, by its own number. */
export function callsOf({ token, name }: Architecture): ReadonlyMap<string, number> {
  const known = tables.get(token)
  if (known !== undefined) return known
  const table = new Map<string, number>()
  const base = name === 'SCMP_ARCH_X32' ? 0x40000000 : 0
  const ranges = name === 'SCMP_ARCH_ARM' ? [0, 0xf0000] : [base]
  for (const from of ranges) {
    for (let number = from; number < from + CALLS; number++) {
      const found = resolveNumber(token, number)
      if (found !== null && !table.has(found)) table.set(found, number)
    }
  }
  tables.set(token, table)
  return table
}

function directNumber(architecture: Architecture, name: string): number | null {
  return callsOf(architecture).get(name) ?? null
}

/** What a call of this name would be made with: the number of its own, where it has one, else that of the multiplexer. */
export function numberOf(architecture: Architecture, name: string): number | null {
  const places = placesOf(architecture, name)
  return places.at(-1)?.number ?? null
}

/** A mask of nothing: libseccomp leaves such a condition out, on 32 bits also where all of the mask is above them. */
function alwaysHolds({ op, value }: SeccompArgument, { bits }: Architecture): boolean {
  return op === 'SCMP_CMP_MASKED_EQ' && BigInt.asUintN(bits, value) === 0n
}

/** Whether a rule's conditions hold, as the filter compares. */
export function holds({ conditions }: LocalRule, { bits }: Architecture, args: readonly bigint[]): boolean {
  const local = (value: bigint) => BigInt.asUintN(bits, value)
  return conditions.every(({ index, op, value, valueTwo = 0n }) =>
    comparisons[op](local(args[index] ?? 0n), local(value), local(valueTwo)),
  )
}
