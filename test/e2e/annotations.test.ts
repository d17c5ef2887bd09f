// annotations: kept, told to hooks and in the state, and of no meaning to the runtime.

import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRuntime } from '../../src/index.ts'
import { type Change, created, missing, place, refusedCreate, run } from './support.ts'

const skip = missing

const some = { 'org.example.one': '1', plain: '', 'with "quotes"': 'and\nlines', ünï: '😀' }

const annotated: Change = (config) => (config.annotations = structuredClone(some))

test('they are in the state, in each status, and for another process', { skip }, async (t) => {
  const at = await place(t)
  const container = await created(t, at, ['sleep', '1000'], annotated)
  assert.deepEqual(container.state.annotations, some)
  await container.start()
  assert.deepEqual(container.state.annotations, some)
  const other = await openRuntime({ root: at.root })
  assert.deepEqual((await other.get(container.id)).state.annotations, some)
  await other.close()
  await container.kill('SIGKILL')
  await container.wait()
  assert.deepEqual(container.state.annotations, some)
})

test('without any the state has none', { skip }, async (t) => {
  const at = await place(t)
  assert.ok(!('annotations' in (await created(t, at)).state))
})

test('hooks get them on stdin', { skip }, async (t) => {
  const at = await place(t)
  const log = join(at.folder, 'log')
  const hook = join(at.folder, 'hook')
  writeFileSync(hook, `#!/bin/sh\ncat >> ${log}\necho >> ${log}\n`)
  chmodSync(hook, 0o755)
  await run(at, ['true'], (config) => {
    annotated(config)
    config.hooks = { createRuntime: [{ path: hook }], createContainer: [{ path: hook }], poststop: [{ path: hook }] }
  })
  const states = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { annotations: object })
  assert.deepEqual(
    states.map(({ annotations }) => annotations),
    [some, some, some],
  )
})

test('a key must have a name', { skip }, async (t) => {
  const at = await place(t)
  const pointer = 'annotations[""]'
  await refusedCreate(at, (config) => (config.annotations = { '': 'x' }), { code: 'ERR_STATOR_CONFIG', pointer })
})
