// Random profiles, for tests that ask what becomes of calls. Rules of one call do not contradict each other but for one without
// conditions, which is before all others.

import fc from 'fast-check'
import type {
  Seccomp,
  SeccompAction,
  SeccompArchitecture,
  SeccompArgument,
  SeccompRule,
} from '../../../src/oci/config.ts'

/** What profiles are made of. */
export interface Choice {
  /** System calls. */
  readonly names: readonly string[]
  readonly actions: readonly SeccompAction[]
  /** Of actions that have one; undefined: none is said. */
  readonly errnos: readonly (number | undefined)[]
  /** Each may be in a profile. */
  readonly architectures: readonly SeccompArchitecture[]
  /** One of them is the machine's. */
  readonly natives: readonly SeccompArchitecture[]
}

export interface RandomProfile {
  readonly profile: Seccomp
  readonly native: SeccompArchitecture
}

const all64 = 0xffffffffffffffffn
const low32 = 0xffffffffn

const low = fc.constantFrom(
  0n,
  1n,
  2n,
  5n,
  0x10n,
  0x7fn,
  0xffn,
  0x8000n,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
)
/** Comparisons by order of one call have one high half: see the test of libseccomp's mistake in filter.test.ts. */
const high = fc.constantFrom(0n, 0n, 1n, 0x7fffffffn, 0xffffffffn)

function conditionOf(half: fc.Arbitrary<bigint>, index: fc.Arbitrary<number>): fc.Arbitrary<SeccompArgument> {
  const ordered = fc.record({
    index,
    op: fc.constantFrom('SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_GE', 'SCMP_CMP_GT'),
    value: fc.tuple(half, low).map(([up, down]) => (up << 32n) | down),
  })
  const wide = fc.tuple(high, low).map(([up, down]) => (up << 32n) | down)
  const equal = fc.record({ index, op: fc.constantFrom('SCMP_CMP_EQ', 'SCMP_CMP_NE'), value: wide })
  const masked = fc.record({ index, op: fc.constant('SCMP_CMP_MASKED_EQ'), value: wide, valueTwo: wide })
  return fc.oneof(ordered, equal, masked)
}

const argsOf: fc.Arbitrary<readonly SeccompArgument[]> = high.chain((up) => {
  const half = fc.constant(up)
  const one = (index: number) => conditionOf(half, fc.constant(index))
  return fc.oneof(
    fc.constant([]),
    // Each argument once: all hold.
    fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1, maxLength: 3 }).chain((list) => fc.tuple(...list.map(one))),
    // One of them again: any holds.
    fc
      .tuple(fc.nat(5), fc.array(conditionOf(half, fc.nat(5)), { maxLength: 2 }))
      .chain(([index, more]) => fc.tuple(one(index), one(index)).map((two) => [...two, ...more])),
  )
})

interface Action {
  readonly action: SeccompAction
  readonly errnoRet: number | undefined
}

type ActionOf = fc.Arbitrary<Action>

/** As a rule has it. */
function doing({ action, errnoRet }: Action): Pick<SeccompRule, 'action' | 'errnoRet'> {
  return /ERRNO|TRACE/.test(action) && errnoRet !== undefined ? { action, errnoRet } : { action }
}

function ruleOf(some: readonly string[], actionOf: ActionOf): fc.Arbitrary<SeccompRule> {
  return fc.tuple(actionOf, argsOf).map(([{ action, errnoRet }, given]) => {
    // A condition of the multiplexer would overlap those of what goes through it.
    const args = some.includes('socketcall') || some.includes('ipc') ? [] : given
    // Nobody may be asked about `write`.
    const may = action !== 'SCMP_ACT_NOTIFY' || !some.includes('write')
    return { names: some, ...doing({ action: may ? action : 'SCMP_ACT_TRAP', errnoRet }), args }
  })
}

/** Every name in at most one rule; and sometimes one more without conditions for a name that has a rule. */
function rulesOf(names: readonly string[], actionOf: ActionOf): fc.Arbitrary<SeccompRule[]> {
  return fc
    .shuffledSubarray([...names], { minLength: 1 })
    .chain((some) =>
      fc.tuple(fc.constant(some), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 24 })),
    )
    .chain(([some, sizes]) => {
      const groups: string[][] = []
      const left = [...some]
      for (const size of sizes) {
        const group = left.splice(0, size)
        if (group.length > 0) groups.push(group)
      }
      const more = fc.option(actionOf, { nil: undefined, freq: 3 })
      return fc.tuple(fc.tuple(...groups.map((group) => ruleOf(group, actionOf))), more, fc.boolean())
    })
    .map(([rules, more, first]) => {
      const [name] = rules.at(-1)?.names ?? []
      if (more === undefined || name === undefined || name === 'write') return rules
      const always = { names: [name], ...doing(more) }
      return first ? [always, ...rules] : [...rules, always]
    })
}

export function profilesOf(choice: Choice): fc.Arbitrary<RandomProfile> {
  const actionOf: ActionOf = fc.record({
    action: fc.constantFrom(...choice.actions),
    errnoRet: fc.constantFrom(...choice.errnos),
  })
  // No filter has two byte orders.
  const littleEndian = choice.architectures.filter((name) => name !== 'SCMP_ARCH_S390X')
  return fc
    .tuple(actionOf, rulesOf(choice.names, actionOf), fc.subarray(littleEndian), fc.constantFrom(...choice.natives))
    .map(([{ action, errnoRet }, syscalls, architectures, native]) => ({
      native,
      profile: {
        defaultAction: action === 'SCMP_ACT_NOTIFY' ? 'SCMP_ACT_ERRNO' : action,
        ...(errnoRet === undefined || action === 'SCMP_ACT_NOTIFY' ? {} : { defaultErrnoRet: errnoRet }),
        architectures: native === 'SCMP_ARCH_S390X' ? [native] : architectures,
        syscalls,
      },
    }))
}

/** xorshift32: many numbers, the same for the same seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Values at and beside those that are compared with, and with their halves exchanged between them. */
export function interestingValues({ syscalls = [] }: Seccomp): bigint[] {
  const given = syscalls.flatMap(({ args = [] }) => args.flatMap(({ value, valueTwo = 0n }) => [value, valueTwo]))
  const near = [0n, 1n, all64, ...given.flatMap((value) => [value - 1n, value, value + 1n, ~value])]
  const exact = [...new Set(near.map((value) => BigInt.asUintN(64, value)))].slice(0, 200)
  const crossed = exact.slice(0, 40).flatMap((value, index) => {
    const other = exact[(index * 7 + 3) % exact.length]!
    return [(value & low32) | (other & ~low32 & all64), 1n << BigInt(index)]
  })
  // Those of the selectors of multiplexed calls are in it by being small.
  return [...exact, ...crossed, ...Array.from({ length: 24 }, (_, index) => BigInt(index))]
}
