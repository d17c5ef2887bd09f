import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { self } from '../../src/runtime/root.ts'
import {
  checkId,
  claimFolder,
  listIds,
  readState,
  removeFolder,
  type StoredState,
  sweep,
  writeState,
} from '../../src/runtime/store.ts'

function root(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'stator-store-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const state = (id: string): StoredState => ({
  schema: 1,
  id,
  bundle: '/b',
  rootfs: '/b/rootfs',
  ociVersion: '1.3.0',
  created: '2026-01-01T00:00:00.000Z',
  stdio: 'log',
  launch: {},
  labels: {},
  annotations: {},
  bootId: 'boot',
  claim: 'c0ffee',
  since: 0,
  seq: 0,
  status: 'creating',
  context: { id, init: null, keeper: null, exit: null, failure: null, image: null, stop: null },
  command: null,
  keeperLost: false,
  receipts: { 'cloning/process': { receipt: null, output: { a: 1 } } },
})

const nothing = () => {}

test('a claimed folder has its state, its config and what was prepared, under the name of the id', (t) => {
  const at = root(t)
  const prepared = claimFolder(at, state('web'), '{"a":18446744073709551615}', self(), (folder) => {
    assert.equal(existsSync(join(at, 'web')), false)
    writeFileSync(join(folder, 'lock'), '')
    return 'prepared'
  })
  assert.equal(prepared, 'prepared')
  assert.deepEqual(readdirSync(at), ['web'])
  assert.deepEqual(readdirSync(join(at, 'web')).sort(), ['config.json', 'lock', 'state.json'])
  assert.deepEqual(readState(join(at, 'web'))?.state, state('web'))
  assert.equal(readFileSync(join(at, 'web', 'config.json'), 'utf8'), '{"a":18446744073709551615}')
})

test('an id can be claimed once, even when the folder appears while the second is being prepared', (t) => {
  const at = root(t)
  claimFolder(at, state('web'), '', self(), nothing)
  assert.throws(() => claimFolder(at, state('web'), '', self(), nothing), { code: 'ERR_STATOR_EXISTS' })
  const late = () => mkdirSync(join(at, 'late'))
  assert.throws(() => claimFolder(at, state('late'), '', self(), late), { code: 'ERR_STATOR_EXISTS' })
  assert.deepEqual(readdirSync(at).sort(), ['late', 'web'])
})

test('a claim that fails leaves nothing', (t) => {
  const at = root(t)
  const fail = () => {
    throw new Error('no')
  }
  assert.throws(() => claimFolder(at, state('web'), '', self(), fail), { message: 'no' })
  assert.deepEqual(readdirSync(at), [])
})

test('a state is replaced as a whole, and nothing is left beside it', (t) => {
  const at = root(t)
  claimFolder(at, state('web'), '', self(), nothing)
  for (const seq of [1, 2, 3]) writeState(join(at, 'web'), { ...state('web'), seq })
  assert.equal(readState(join(at, 'web'))?.state.seq, 3)
  assert.deepEqual(readdirSync(join(at, 'web')).sort(), ['config.json', 'state.json'])
})

test('what was not written by Stator is an error that says so, and stays', (t) => {
  const at = root(t)
  const folder = join(at, 'web')
  mkdirSync(folder)
  const refused = (text: string | null, message: RegExp) => {
    if (text !== null) writeFileSync(join(folder, 'state.json'), text)
    assert.throws(() => readState(folder), { code: 'ERR_STATOR_STATE', message })
  }
  refused(null, /ENOENT/)
  refused('', /not JSON/)
  refused('{"id":"web"}', /not written by Stator/)
  refused('[]', /not written by Stator/)
  refused('null', /not JSON|not written/)
  refused(JSON.stringify({ ...state('web'), schema: 2 }), /schema 2, and this Stator reads 1 \(/)
  refused(JSON.stringify(state('other')), /not the state of this container/)
  assert.equal(readState(join(at, 'nobody')), null)
  assert.deepEqual(readdirSync(folder), ['state.json'])
})

test('a removed folder gives its id free, with all that was in it', (t) => {
  const at = root(t)
  claimFolder(at, state('web'), '', self(), nothing)
  mkdirSync(join(at, 'web', 'log'))
  writeFileSync(join(at, 'web', 'log', 'stdio'), 'text')
  removeFolder(at, 'web', self())
  removeFolder(at, 'web', self())
  assert.deepEqual(readdirSync(at), [])
})

test('what a process that is no more was making or removing is swept away, another process’s is not', (t) => {
  const at = root(t)
  const { pid, startTime } = self()
  mkdirSync(join(at, `~${pid}-${startTime}-1`))
  mkdirSync(join(at, `~${pid}-1-1`, 'log'), { recursive: true })
  mkdirSync(join(at, '~something else'))
  sweep(at)
  assert.deepEqual(readdirSync(at).sort(), [`~${pid}-${startTime}-1`, '~something else'].sort())
})

test('the ids of a root are its folders, but for its own', (t) => {
  const at = root(t)
  for (const name of ['web', 'journal', '~1-1-1', 'db']) mkdirSync(join(at, name))
  for (const name of ['attached', 'settle', 'stray']) writeFileSync(join(at, name), '')
  assert.deepEqual(listIds(at).sort(), ['db', 'web'])
})

test('an id has the characters that runc and crun take', () => {
  for (const id of ['web', 'a_b+c.d-e', '0', '...', '.a', '-', 'x'.repeat(255)]) checkId(id)
  for (const id of [
    '',
    '.',
    '..',
    'a/b',
    '../a',
    'a b',
    'a\0',
    'ä',
    '~a',
    'x'.repeat(256),
    'journal',
    'attached',
    7,
    null,
  ]) {
    assert.throws(() => checkId(id), { code: 'ERR_STATOR_ID' }, String(id))
  }
})
