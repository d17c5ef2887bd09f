// stator features: what a container and a command line can ask for, as engines read it.

import type { Command, Option } from 'commander'
import { features as featuresOf } from '../../runtime/features.ts'
import { definitions } from '../definitions.ts'
import { isNotYet } from '../not-yet.ts'
import type { Verb } from '../verb.ts'
import { packageVersion } from '../version.ts'
import { isWithoutEffect } from '../without-effect.ts'

export const features: Verb = {
  define(command: Command) {
    command.addHelpText(
      'after',
      `
The features document of the specification, as JSON. It tells what can be asked for, whatever this machine has: for that
there is "stator doctor". Its annotations list as JSON the commands that are not available yet and the flags that
have no effect: org.stator.commands-not-available, org.stator.flags-without-effect.`,
    )
  },
  async run({ print }) {
    const program = await definitions()
    const missing = program.commands.filter(isNotYet).map((command) => command.name())
    const annotations = {
      'org.stator.version': packageVersion(),
      'org.stator.checkpoint.enabled': String(!missing.includes('checkpoint')),
      'org.stator.commands-not-available': JSON.stringify(missing),
      'org.stator.flags-without-effect': JSON.stringify(flagsWithoutEffect(program)),
    }
    print(`${JSON.stringify(featuresOf(annotations), null, 2)}\n`)
    return 0
  },
}

/** `--rootless` of all commands, `exec --ignore-paused` of one. */
export function flagsWithoutEffect(program: Command): string[] {
  const of = (options: readonly Option[]) => options.filter(isWithoutEffect).map(({ long, flags }) => long ?? flags)
  return [
    ...of(program.options),
    ...program.commands.flatMap((command) => of(command.options).map((flag) => `${command.name()} ${flag}`)),
  ]
}
