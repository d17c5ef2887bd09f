import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { compileFilter } from '../../src/actors/seccomp/filter.ts'
import { defineConfig } from '../../src/oci/default-config.ts'
import type { Seccomp } from '../../src/oci/config.ts'
import { normalizeConfig } from '../../src/oci/parse.ts'
import { checkAnswered, profilesOf, withPolicy } from '../../src/runtime/seccomp-profiles.ts'
import { withoutLibseccomp } from '../actors/seccomp/support.ts'
import { folder } from '../cli/support.ts'
import { failure } from './failure.ts'

function profileOf(t: TestContext, policy: object): { readonly path: string; readonly profile: Seccomp } {
  const path = join(folder(t), 'own.json')
  writeFileSync(path, JSON.stringify(policy))
  const config = normalizeConfig(defineConfig({ args: ['true'], rootfs: '/' }))
  const bundle = withPolicy({ config, configText: '', bundle: '/', rootfs: '/' }, path)
  return { path, profile: profilesOf(bundle.config, {})[0]! }
}

/** Not there on any machine. */
const elsewhere = { names: ['read'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_MODULE'] } }

test('what cannot be compiled of a policy is said with the place in its file', { skip: withoutLibseccomp }, (t) => {
  const args = [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }]
  const rules = ['SCMP_ACT_LOG', 'SCMP_ACT_ALLOW'].map((action) => ({ names: ['socket'], action, args }))
  const { path, profile } = profileOf(t, { extends: 'strict', syscalls: [elsewhere, ...rules] })
  const { message, pointer, ...error } = failure(() => compileFilter(profile))
  const words = 'has the conditions of an earlier rule of the same call, and another action'
  assert.equal(message, `${path}: syscalls[2]: ${words}`)
  assert.deepEqual([error.path, pointer], [path, 'syscalls[2]'])
})

test('where nobody would answer a policy, it is said where it asks, and what to do about it', (t) => {
  const { path, profile } = profileOf(t, {
    extends: 'strict',
    syscalls: [elsewhere, { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
  })
  const error = failure(() => checkAnswered('create', 'create "web"', [profile], () => false))
  assert.match(error.message, /^create "web": nobody would answer SCMP_ACT_NOTIFY: name the socket of an agent in /)
  assert.ok(error.message.endsWith(` (${path}: syscalls[1].action)`), error.message)
  assert.deepEqual([error.path, error.pointer], [path, 'syscalls[1].action'])
  const exec = failure(() => checkAnswered('exec', 'exec "web"', [profile], () => false))
  assert.match(exec.message, /exec in the program that answers for the container, or make /)
  checkAnswered('create', 'create "web"', [profile], () => true)
})
