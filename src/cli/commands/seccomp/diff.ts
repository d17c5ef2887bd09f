// stator seccomp diff: what two profiles treat differently.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { Treatment } from '../../../actors/seccomp/diff.ts'
import type { Verdict } from '../../../actors/seccomp/bpf/verdict.ts'
import type { Verb } from '../../verb.ts'
import {
  architectureOption,
  deciderText,
  type GivenProfile,
  placed,
  placeText,
  profileWords,
  readProfile,
} from './profile.ts'

export const diff: Verb = {
  // As diff(1) has it: 1 is a difference.
  failureCode: 2,
  usageCode: 2,
  define(command: Command) {
    command
      .argument('<file>', profileWords)
      .argument('<other-file>', 'the one to compare it with')
      .addOption(architectureOption())
      .addOption(new Option('--format <format>', 'for people, or a list').choices(['text', 'json']).default('text'))
      .addHelpText(
        'after',
        `
Prints nothing where both do the same. A call whose arguments count is "conditional". The exit code is that of
diff(1): 0 where both do the same, 1 where they differ, 2 where that could not be found out.

  stator seccomp diff default ./mine.json`,
      )
  },
  async run({ args: [file, otherFile], options, log, print, about }) {
    const [path, other] = [file as string, otherFile as string]
    about(`${path} ${other}`)
    const { diff: differences } = await import('../../../actors/seccomp/diff.ts')
    const { verdictText } = await import('../../../actors/seccomp/bpf/verdict.ts')
    const [a, b] = [readProfile(path, options['arch'], log), readProfile(other, options['arch'], log)]
    const found = differences(a.filters, b.filters, a.options, b.options).map((difference) => {
      // Places of either are those in its own file.
      return { ...difference, a: placedTreatment(a, difference.a), b: placedTreatment(b, difference.b) }
    })
    const code = found.length === 0 ? 0 : 1
    if (options['format'] === 'json') {
      print(`${JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`)
      return code
    }
    for (const difference of found) {
      const name = difference.name ?? 'newer calls'
      print(`${name} (${difference.number})\n`)
      print(`  - ${treatmentText(difference.a, verdictText)}\n  + ${treatmentText(difference.b, verdictText)}\n`)
    }
    return code
  },
}

function treatmentText(treatment: Treatment, text: (verdict: Verdict) => string): string {
  if (!treatment.conditional) return `${text(treatment.verdict)}: ${deciderText(treatment.decider)}`
  return `conditional, ${treatment.verdicts.map(text).join(' or ')}: ${treatment.rules.join(', ')}`
}

function placedTreatment(given: GivenProfile, treatment: Treatment): Treatment {
  return treatment.conditional
    ? { ...treatment, rules: treatment.rules.map((pointer) => placeText(given, pointer)) }
    : { ...treatment, decider: placed(given, treatment.decider) }
}
