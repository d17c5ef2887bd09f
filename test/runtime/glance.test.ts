// A look at what is stored, without a runtime: when it is enough, and when it is not.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StatorError } from '../../src/errors.ts'
import { isOpen } from '../../src/native/libc.ts'
import { bootId, processStartTime } from '../../src/native/process-stat.ts'
import { glance } from '../../src/runtime/glance.ts'
import type { Owner, StoredState } from '../../src/runtime/store.ts'

const skip = process.platform !== 'linux' && 'needs Linux'
const self: Owner = { pid: process.pid, startTime: processStartTime(process.pid) ?? '', root: 1 }
const ended: Owner = { ...self, startTime: '1' }

/** A root with a container whose init and keeper are this very process. */
function root(t: TestContext, more: Partial<StoredState> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'glance-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const state: StoredState = {
    schema: 1,
    id: 'web',
    bundle: '/b',
    rootfs: '/r',
    ociVersion: '1.3.0',
    created: '2026-01-01T00:00:00.000Z',
    stdio: 'log',
    launch: {},
    labels: {},
    annotations: {},
    bootId: bootId(),
    claim: '',
    since: 0,
    seq: 0,
    status: 'running',
    context: { id: 'web', init: self, keeper: self, exit: null, failure: null, image: null, stop: null },
    command: null,
    keeperLost: false,
    receipts: {},
    ...more,
  }
  mkdirSync(join(folder, 'web'))
  writeFileSync(join(folder, 'web/state.json'), JSON.stringify(state))
  return folder
}

test('of a container that runs all is told, and the C library stays closed', { skip }, (t) => {
  const folder = root(t, { annotations: { a: 'b' } })
  assert.deepEqual(glance('web', folder), {
    state: {
      ociVersion: '1.3.0',
      id: 'web',
      status: 'running',
      pid: process.pid,
      bundle: '/b',
      annotations: { a: 'b' },
    },
    rootfs: '/r',
    created: '2026-01-01T00:00:00.000Z',
    folder: join(folder, 'web'),
    receipts: {},
    processes: { init: self, keeper: self },
  })
  assert.equal(isOpen(), false)
})

test('one that has stopped has no pid, and nothing to signal', { skip }, (t) => {
  const seen = glance('web', root(t, { status: 'stopped' }))
  assert.equal(seen?.state.status, 'stopped')
  assert.equal('pid' in seen.state, false)
  assert.equal(seen.processes, null)
})

test('what is not true any more is left to a runtime', { skip }, (t) => {
  const context = { id: 'web', exit: null, failure: null, image: null, stop: null }
  assert.equal(glance('web', root(t, { context: { ...context, init: ended, keeper: ended } })), null)
  assert.equal(glance('web', root(t, { bootId: 'another' })), null)
  assert.equal(glance('web', root(t, { status: 'creating', command: { name: 'create', owner: ended } })), null)
  // Created, and the program runs: a start was interrupted.
  assert.equal(glance('web', root(t, { status: 'created' })), null)
  assert.equal(glance('web', ''), null)
})

test('one that another process is at work on is as it was stored', { skip }, (t) => {
  const seen = glance('web', root(t, { status: 'creating', command: { name: 'create', owner: self } }))
  assert.equal(seen?.state.status, 'creating')
})

test('no such container, and no such name, are errors as ever', { skip }, (t) => {
  const folder = root(t)
  const code = (id: string) => {
    try {
      glance(id, folder)
      return null
    } catch (error) {
      return error instanceof StatorError ? error.code : error
    }
  }
  assert.equal(code('nobody'), 'ERR_STATOR_NOT_FOUND')
  assert.equal(code('a/b'), 'ERR_STATOR_ID')
  writeFileSync(join(folder, 'web/state.json'), '{}')
  assert.equal(code('web'), 'ERR_STATOR_STATE')
})
