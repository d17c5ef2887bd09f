// stator chart: a state machine as text that other programs draw.

import type { Command } from 'commander'
import { Argument, Option } from 'commander'
import type { Verb } from '../verb.ts'

const machines = ['container', 'exec'] as const
const formats = ['mermaid', 'json'] as const

export const chart: Verb = {
  define(command: Command) {
    command
      .addArgument(new Argument('[machine]', 'which one').choices(machines).default('container'))
      .addOption(
        new Option('--format <format>', 'json is what createMachine reads').choices(formats).default('mermaid'),
      )
  },
  async run({ args: [name], options, print }) {
    const [{ chartFormats }, machine] = await Promise.all([
      import('../../machines/chart.ts'),
      name === 'exec'
        ? import('../../machines/exec.ts').then(({ execMachine }) => execMachine)
        : import('../../machines/container.ts').then(({ containerMachine }) => containerMachine),
    ])
    print(chartFormats[options['format'] as (typeof formats)[number]](machine))
    return 0
  },
}
