// Which service a process belongs to, and whether its keepers live on without it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeService, serviceUnit } from '../../src/runtime/service-unit.ts'

test('a service by its group, on every layout', () => {
  const app = { name: 'app.service', ofUser: false }
  assert.deepEqual(serviceUnit('0::/system.slice/app.service\n'), app)
  assert.deepEqual(serviceUnit('0::/system.slice/app.service/below/it\n'), app)
  assert.deepEqual(serviceUnit('9:pids:/x\n1:name=systemd:/system.slice/app.service\n'), app)
  assert.deepEqual(serviceUnit('1:name=systemd:/system.slice/app.service\n0::/system.slice/app.service\n'), app)
  assert.deepEqual(serviceUnit('1:name=systemd:/system.slice/app.service\n0::/\n'), app)
  const own = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service\n'
  assert.deepEqual(serviceUnit(own), { name: 'app.service', ofUser: true })
})

test('what is of no service', () => {
  for (const path of ['/', '/user.slice/user-0.slice/session-1.scope', '/stator-web', '/system.slice', '/docker/abc'])
    assert.equal(serviceUnit(`0::${path}\n`), null, path)
  const scope = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope\n'
  assert.equal(serviceUnit(scope), null, "the terminal of a user's manager")
  assert.equal(serviceUnit(''), null)
})

test('only KillMode=process leaves keepers alone', () => {
  const unit = { name: 'app.service', ofUser: false }
  assert.deepEqual(judgeService(unit, 'control-group'), { isFine: false, found: 'app.service, KillMode=control-group' })
  for (const [mode, isFine] of [['process', true], ['none', true], ['mixed', false], [null, false]] as const)
    assert.equal(judgeService(unit, mode).isFine, isFine, String(mode)) // prettier-ignore
  assert.equal(judgeService(null, null).isFine, true)
})
