// What the command line says of the filter of a container that it makes.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandLine } from './command-line.ts'
import { freshId, missing as skip } from './support.ts'

const misspelt = { names: ['raed', 'wriet'], action: 'SCMP_ACT_LOG' as const }

test(
  'names that libseccomp does not know: a warning for a policy by its file, events for config.json',
  { skip },
  async (t) => {
    const at = await commandLine(t)
    const policy = join(at.folder, 'policy.json')
    writeFileSync(policy, JSON.stringify({ extends: 'default', syscalls: [misspelt] }))
    const bundle = at.bundle(['true'], ({ linux }) => {
      linux!.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [misspelt] }
    })
    const said = async (...flags: string[]) => {
      const { exitCode, stderr } = await at.call([...flags, freshId()])
      assert.equal(exitCode, 0)
      return stderr
    }
    const names = 'names of system calls that libseccomp \\S+ does not know, and so no rules for them: "raed", "wriet" '
    assert.match(
      await said('run', '-b', bundle, '--policy', policy),
      new RegExp(`^stator: warning: ${policy}: ${names}.*\n$`),
    )
    assert.equal(await said('run', '-b', bundle), '')
    assert.equal(await said('run', '-b', bundle, '--policy', 'default'), '')
    assert.match(await said('--debug', 'run', '-b', bundle), /"type":"seccomp\.skipped","name":"raed"/)
  },
)

test('a policy that asks where nobody answers: what a user of the command line can do', { skip }, async (t) => {
  const at = await commandLine(t)
  const policy = join(at.folder, 'policy.json')
  const asks = { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }
  writeFileSync(policy, JSON.stringify({ extends: 'default', syscalls: [asks] }))
  const run = ['run', '-b', at.bundle(['true']), '--policy', policy]
  const refusal = await at.refused([...run, freshId()])
  assert.match(
    refusal,
    /: nobody would answer SCMP_ACT_NOTIFY: name the socket of an agent in listenerPath, or choose a /,
  )
  assert.ok(refusal.endsWith(` (${policy}: syscalls[0].action)`), refusal)
  writeFileSync(policy, JSON.stringify({ defaultAction: 'SCMP_ACT_NOTIFY' }))
  assert.ok((await at.refused([...run, freshId()])).includes(`${policy}: defaultAction: must not be SCMP_ACT_NOTIFY: `))
})
