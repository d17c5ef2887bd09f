// stator doctor: what this machine supports, what is missing, how to get it.

import type { Command } from 'commander'
import type { Finding } from '../../runtime/doctor.ts'
import type { Verb } from '../verb.ts'

export const doctor: Verb = {
  define(command: Command) {
    command
      .option('--json', 'an object with all findings')
      .addHelpText('after', '\nEnds with 1 when containers cannot run here.')
  },
  async run({ options, globals, print }) {
    const { examine } = await import('../../runtime/doctor.ts')
    const findings = examine(globals.root)
    const missing = findings.filter(({ status }) => status === 'missing')
    const ok = missing.length === 0
    print(options['json'] === true ? `${JSON.stringify({ ok, findings }, null, 2)}\n` : findingsAsText(findings))
    return ok ? 0 : 1
  },
}

/** A line each, and below it how to get what is not there. */
export function findingsAsText(findings: readonly Finding[]): string {
  const lines: string[] = []
  const names = Math.max(...findings.map(({ name }) => name.length))
  let area = ''
  for (const [index, finding] of findings.entries()) {
    if (finding.area !== area) lines.push(...(area === '' ? [] : ['']), (area = finding.area))
    const { status, name, found, how } = finding
    lines.push(`  ${status.padEnd(7)}  ${name.padEnd(names)}  ${found}`)
    // Those that lack the same thing one after the other have it said once.
    if (how !== undefined && how !== findings[index + 1]?.how) lines.push(`${' '.repeat(names + 13)}how: ${how}`)
  }
  const of = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length
  const [missing, limited] = [of('missing'), of('limited')]
  lines.push('')
  if (missing > 0) lines.push(`Containers cannot run here: ${missing} missing.`)
  else lines.push(`Containers can run here${limited === 0 ? '' : `, with ${limited} limited`}.`)
  return `${lines.join('\n')}\n`
}
