// stator chart: a state machine as text that other programs draw.

import type { Command } from 'commander'
import { Argument, Option } from 'commander'
import type { Verb } from '../verb.ts'

const machines = ['container', 'exec'] as const
const formats = ['mermaid', 'json'] as const

/** States that have their place, and stages that are not available yet. */
export const notYet: Readonly<Record<(typeof machines)[number], readonly string[]>> = {
  container: ['pausing', 'paused', 'resuming', 'checkpointing', 'checkpointed', 'restoring', 'restored'],
  exec: [],
}

export const chart: Verb = {
  define(command: Command) {
    command
      .addArgument(new Argument('[machine]', 'which one').choices(machines).default('container'))
      .addOption(
        new Option('--format <format>', 'json is what createMachine reads').choices(formats).default('mermaid'),
      )
      .addHelpText(
        'after',
        `
States of a container that cannot be entered yet, as pause, checkpoint and restore are not available:
${notYet.container.join(', ')}.`,
      )
  },
  async run({ args: [name], options, print }) {
    const [{ chartFormats }, machine] = await Promise.all([
      import('../../machines/chart.ts'),
      name === 'exec'
        ? import('../../machines/exec.ts').then(({ execMachine }) => execMachine)
        : import('../../machines/container.ts').then(({ containerMachine }) => containerMachine),
    ])
    const format = options['format'] as (typeof formats)[number]
    print(chartFormats[format](machine))
    // A comment; JSON has none.
    const missing = notYet[name as (typeof machines)[number]]
    if (format === 'mermaid' && missing.length > 0) print(`  %% cannot be entered yet: ${missing.join(', ')}\n`)
    return 0
  },
}
