// The containers of a root as they look from outside.

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { outline } from '../../src/runtime/outline.ts'
import { rootWith } from '../cli/containers.ts'

test('what is stored last, by name', (t) => {
  const root = rootWith(t, { web: 'running', made: 'created', over: 'stopped', broken: 'failed' })
  assert.deepEqual(outline(root), [
    { id: 'broken', status: 'stopped' },
    { id: 'made', status: 'created' },
    { id: 'over', status: 'stopped' },
    { id: 'web', status: 'running' },
  ])
  assert.deepEqual(readdirSync(join(root, 'web')), ['state.json'])
})

test('one whose program has ended since has stopped, also by a boot', (t) => {
  const reused = { context: { init: { pid: process.pid, startTime: '1' } } }
  for (const changes of [reused, { context: { init: null } }, { bootId: 'another' }])
    assert.deepEqual(outline(rootWith(t, { web: 'running' }, changes)), [{ id: 'web', status: 'stopped' }])
})

test('in the middle of a change, or of another version: there, and nothing is claimed of it', (t) => {
  const command = { name: 'delete', owner: { pid: 1, startTime: '1', root: 1 } }
  for (const changes of [{ command }, { schema: 2 }])
    assert.deepEqual(outline(rootWith(t, { web: 'running' }, changes)), [{ id: 'web', status: null }])
})

test('what is no container is not there, and neither is a root that is none', (t) => {
  const root = rootWith(t, {})
  for (const name of ['journal', '~1-1-1']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'settle'), '')
  assert.deepEqual(outline(root), [])
  assert.deepEqual(outline('/nowhere'), [])
})
