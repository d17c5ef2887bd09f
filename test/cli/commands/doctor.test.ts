// stator doctor: its text, and what it finds on this machine.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsAsText } from '../../../src/cli/commands/doctor.ts'
import type { Finding } from '../../../src/runtime/doctor.ts'
import { stator } from '../support.ts'

const ok: Finding = { area: 'machine', name: 'kernel', status: 'ok', found: 'Linux 6.1' }
const lost: Finding = { area: 'rights', name: 'CAP_KILL', status: 'limited', found: 'not there', how: 'run it as root' }
const none: Finding = { area: 'rights', name: 'CAP_SYS_ADMIN', status: 'missing', found: 'not there', how: 'as root' }

test('a line each under its area, and how to get what is not there', () => {
  assert.equal(
    findingsAsText([ok, none]),
    [
      'machine',
      '  ok       kernel         Linux 6.1',
      '',
      'rights',
      '  missing  CAP_SYS_ADMIN  not there',
      '                          how: as root',
      '',
      'Containers cannot run here: 1 missing.',
      '',
    ].join('\n'),
  )
})

test('the same way out is named once', () => {
  const text = findingsAsText([lost, { ...lost, name: 'CAP_CHOWN' }])
  assert.equal(text.match(/how: run it as root/g)?.length, 1)
  assert.match(text, /CAP_CHOWN +not there\n +how: run it as root\n\nContainers can run here, with 2 limited\.\n$/)
})

test('--json: the same findings, and whether containers can run', async () => {
  const { code, stdout, stderr } = await stator('doctor', '--json')
  assert.equal(stderr, '')
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] }
  assert.equal(code, ok ? 0 : 1)
  assert.doesNotMatch(findings.find(({ name }) => name === 'cgroup.kill')?.found ?? '', /stator-|\/cgroup\.kill/)
  assert.equal(
    ok,
    findings.every(({ status }) => status !== 'missing'),
  )
  for (const { status, name, how } of findings) assert.equal(how !== undefined, status !== 'ok', name)
  assert.equal((await stator('doctor')).stdout, findingsAsText(findings))
})
