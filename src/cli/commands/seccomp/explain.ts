// stator seccomp explain: what a profile does with a system call, by the very program that would be loaded.

import type { Command } from 'commander'
import { Option } from 'commander'
import { StatorError } from '../../../errors.ts'
import type { Explanation } from '../../../actors/seccomp/explain.ts'
import type { SeccompArgument, SeccompOperator } from '../../../oci/config.ts'
import type { Verb } from '../../verb.ts'
import { architectureOption, deciderText, placed, placeText, profileWords, readProfile, shortName } from './profile.ts'

export const explain: Verb = {
  define(command: Command) {
    command
      .argument('<file>', profileWords)
      .argument('<syscall>', 'by name or number')
      .argument('[args...]', 'the arguments of the call, decimal or 0x hexadecimal; with some, others are 0')
      .addOption(architectureOption())
      .addOption(new Option('--format <format>', 'for people, or an object').choices(['text', 'json']).default('text'))
      .passThroughOptions()
      .addHelpText(
        'after',
        `
Without arguments, what they would make of it is told. Flags stand before the profile. A negative argument is meant as the kernel sees it: -100 is 0xffffffffffffff9c.

  stator seccomp explain default bpf
  stator seccomp explain config.json socket 16 3 9
  stator seccomp explain --arch x86 profile.json 102 1`,
      )
  },
  async run({ args: [file, syscall, given], options, log, print, about }) {
    const [path, call] = [file as string, syscall as string]
    about(call)
    const { explain: explained } = await import('../../../actors/seccomp/explain.ts')
    const { verdictText } = await import('../../../actors/seccomp/bpf/verdict.ts')
    const profile = readProfile(path, options['arch'], log)
    const values = (given as readonly string[]).map(argument)
    if (values.length > 6) throw new StatorError('ERR_STATOR_CONFIG', 'a system call has at most 6 arguments')
    const number = integer(call)
    const asked = number === null ? call : numberOf(call, number)
    const explanation = explained(profile.filters, asked, values, profile.options)
    const outcomes = explanation.outcomes.map((each) => ({ ...each, pointer: placeText(profile, each.pointer) }))
    const found = { ...explanation, decider: placed(profile, explanation.decider), outcomes }
    if (options['format'] === 'json') {
      print(`${JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`)
      return 0
    }
    // Without arguments that of zeros would be an answer to what nobody has asked.
    if (values.length === 0 && outcomes.length > 0) {
      const lines = outcomes.map(({ conditions, verdict, pointer }) => {
        return `  ${verdictText(verdict)} ${conditionsText(conditions)}: ${pointer}\n`
      })
      print(`${callText(found)}: by its arguments\n${lines.join('')}`)
      return 0
    }
    print(`${callText(found)}: ${verdictText(found.verdict)}\n  ${deciderText(found.decider)}\n`)
    return 0
  },
}

function callText({ name, number, args, architecture }: Explanation): string {
  return `${name ?? 'syscall'}(${args.map(numberText).join(', ')}), ${number} of ${shortName(architecture)}`
}

function numberText(value: bigint): string {
  return value > 9n ? `0x${value.toString(16)}` : String(value)
}

const operators: Readonly<Record<SeccompOperator, string>> = {
  SCMP_CMP_NE: '!=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_EQ: '==',
  SCMP_CMP_GE: '>=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_MASKED_EQ: '==',
}

/** `if args[0] == 2 and (args[1] & 0xf) == 1`; as registers are compared, unsigned. */
function conditionsText(conditions: readonly SeccompArgument[]): string {
  if (conditions.length === 0) return 'otherwise'
  const words = conditions.map(({ index, op, value, valueTwo = 0n }) =>
    op === 'SCMP_CMP_MASKED_EQ'
      ? `(args[${index}] & ${numberText(value)}) == ${numberText(valueTwo)}`
      : `args[${index}] ${operators[op]} ${numberText(value)}`,
  )
  return `if ${words.join(' and ')}`
}

function integer(text: string): bigint | null {
  return /^-?(\d+|0x[0-9a-f]+)$/i.test(text) ? (text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)) : null
}

function numberOf(text: string, number: bigint): number {
  if (BigInt.asUintN(32, number) === number || BigInt.asIntN(32, number) === number) return Number(number)
  throw new StatorError('ERR_STATOR_CONFIG', `"${text}" is no number of 32 bits`)
}

/** As a register holds it. */
function argument(text: string): bigint {
  const value = integer(text)
  if (value !== null && (BigInt.asUintN(64, value) === value || BigInt.asIntN(64, value) === value)) {
    return BigInt.asUintN(64, value)
  }
  throw new StatorError('ERR_STATOR_CONFIG', `"${text}" is no number of 64 bits, decimal or 0x hexadecimal`)
}
