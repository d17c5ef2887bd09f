// The command line on roots that are full, foreign, damaged or not to be written to: each command gives its clear error, and the
// containers are there when it is over.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { isAlive } from '../../src/native/process-stat.ts'
import { groupsOf } from './bed.ts'
import { edit, end, leftOf, oneError, scene, type Scene, type Shown, stateOf, stored } from './command-line-scene.ts'
import { freshId, missing as skip } from './support.ts'

// Full roots.

/** Until not a byte more can be written. */
function fill({ root }: Scene): () => void {
  const path = join(root, '../fill')
  for (const [index, size] of ['4k', '1'].entries()) {
    const [file, from] = [`of=${path}${index}`, 'if=/dev/zero']
    assert.throws(
      () => execFileSync('dd', [from, file, `bs=${size}`, 'count=10000'], { stdio: 'pipe' }),
      /No space left/,
    )
  }
  return () => [0, 1].forEach((index) => rmSync(`${path}${index}`))
}

test(
  'a root without room: each command says which file could not be written, and delete works when there is room',
  { skip },
  async (t) => {
    const at = scene(t, { size: '1m' })
    const [waits, runs, ends, none] = [freshId(), freshId(), freshId(), freshId()]
    await at.create(waits)
    await at.run(runs)
    await at.run(ends)
    const free = fill(at)
    const full = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await at.stator(...argv)
      assert.deepEqual([code, stdout], [argv[0] === 'exec' ? 255 : 1, ''], stderr)
      const [line = '', ...warnings] = stderr.split('\n').slice(0, -1)
      assert.match(line, new RegExp(`^stator: ${argv[0]} .*"${at.root}/[^"]+": ENOSPC$`))
      // Of what others could not store, and a command that stays sees to.
      for (const warning of warnings) assert.match(warning, /^stator: warning: .*"[^"]+": ENOSPC$/)
    }
    await full('create', '--stdio', 'ignore', '--bundle', at.bundle, none)
    assert.deepEqual([...groupsOf(none)], [])
    assert.ok(!existsSync(join(at.root, none)))
    await full('start', waits)
    await full('exec', runs, 'true')
    await full('exec', '-d', runs, 'true')
    // What is stored nowhere needs no room.
    await at.done('kill', runs, 'HUP')
    assert.equal((await stateOf(at, runs)).status, 'running')
    await end(stored(at, ends).context.init.pid)
    const state = await at.stator('state', ends)
    assert.equal((JSON.parse(state.stdout) as Shown).status, 'stopped')
    assert.match(state.stderr, /^$|^stator: warning: [^\n]*ENOSPC\n$/)
    await full('delete', ends)
    free()
    for (const id of [waits, runs, ends]) await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, runs), [])
    await at.run(runs)
    await at.done('delete', '--force', runs)
  },
)

test('a new root without room', { skip }, async (t) => {
  const at = scene(t, { size: '1m' })
  mkdirSync(at.root)
  const free = fill(at)
  for (const argv of [
    ['list'],
    ['start', 'web'],
    ['create', '--bundle', at.bundle, freshId()],
    ['watch', '--no-follow'],
  ])
    assert.match(await at.refused(...argv), new RegExp(`"${at.root}[^"]*": ENOSPC`), argv.join(' '))
  free()
  assert.equal(await at.done('list', '-q'), '')
})

// Roots that cannot be written to.

const anything = (at: Scene, id: string): readonly (readonly string[])[] => [
  ['list'],
  ['create', '--bundle', at.bundle, id],
  ['run', '-d', '--bundle', at.bundle, id],
  ['start', id],
  ['exec', id, 'true'],
  ['stop', id],
  ['delete', id],
  ['delete', '--force', id],
  ['logs', id],
  ['watch', '--no-follow'],
]

test('a root that is read-only', { skip }, async (t) => {
  const at = scene(t, { size: '1m' })
  const id = freshId()
  await at.run(id)
  const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, join(at.root, '..')])
  remount('ro')
  try {
    for (const argv of anything(at, id)) {
      const line = await at.refused(...argv)
      assert.match(
        line,
        new RegExp(`: open "${at.root}/attached": EROFS \\(give another "root", --root, or be root\\)$`),
      )
    }
  } finally {
    remount('rw')
  }
  await at.done('delete', '--force', id)
})

test('a root that is a file', { skip }, async (t) => {
  const at = scene(t)
  writeFileSync(at.root, 'of somebody')
  for (const argv of anything(at, 'web'))
    assert.match(
      await at.refused(...argv),
      new RegExp(`: make the root "${at.root}": EEXIST \\(it has to be a folder\\)$`),
    )
  assert.equal(readFileSync(at.root, 'utf8'), 'of somebody')
  rmSync(at.root)
})

test('a root of another user', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.run(id)
  const user = { uid: 1000, gid: 1000, env: { PATH: process.env.PATH } }
  for (const argv of anything(at, id)) {
    const line = oneError(await at.as(user, ...argv), argv[0] === 'exec' ? 255 : 1)
    assert.match(
      line,
      /: containers need root |: open "[^"]*\/attached": EACCES \(give another "root", --root, or be root\)$/,
    )
  }
  assert.equal((await stateOf(at, id)).status, 'running')
  await at.done('delete', '--force', id)
})

// State that this Stator has not written.

for (const [what, change, why] of [
  [
    'of a later version',
    (text: string) => text.replace('"schema":1,', '"schema":999,'),
    /: schema 999, and this Stator reads 1 \(delete the container with the version that made it\)$/,
  ],
  [
    'that is cut off',
    (text: string) => text.slice(0, 100),
    /: not JSON \(end what still runs of it, then remove the folder\)$/,
  ],
  ['that is empty', () => '', /: not JSON \(end what still runs of it, then remove the folder\)$/],
  [
    'of another program',
    () => '{"id":"web"}',
    /: not written by Stator \(end what still runs of it, then remove the folder\)$/,
  ],
] as const) /* prettier-ignore */ {
  test(`a state.json ${what}: each command says so, nothing is touched, and the others are shown`, { skip }, async (t) => {
    const at = scene(t)
    const [id, other] = [freshId(), freshId()]
    await at.run(id)
    await at.run(other)
    const path = join(at.root, id, 'state.json')
    const before = readFileSync(path, 'utf8')
    const { init } = stored(at, id).context
    edit(at, id, change)
    for (const [verb = '', ...words] of anything(at, id)) {
      if (['list', 'watch', 'create', 'run'].includes(verb)) continue
      const line = await at.refused(verb, ...words)
      assert.ok(line.startsWith(`${verb} ${id}: read "${path}": `), line)
      assert.match(line, why)
    }
    assert.match(await at.refused('create', '--bundle', at.bundle, id), /exists already$/)
    const list = await at.stator('list', '-q')
    assert.deepEqual([list.code, list.stdout], [0, `${other}\n`])
    assert.match(list.stderr, new RegExp(`^stator: warning: read "${path}": `))
    assert.equal(readFileSync(path, 'utf8'), change(before))
    assert.ok(isAlive(init))
    writeFileSync(path, before)
    await at.done('delete', '--force', id)
    await at.done('delete', '--force', other)
  })
}

test('a folder without a state.json is not a container', { skip }, async (t) => {
  const at = scene(t)
  await at.done('list')
  const folder = join(at.root, 'web')
  mkdirSync(folder)
  for (const argv of [
    ['state', 'web'],
    ['delete', 'web'],
    ['delete', '--force', 'web'],
  ]) {
    const line = await at.refused(...argv)
    assert.match(
      line,
      /: read "[^"]*\/web\/state.json": ENOENT \(not a folder that Stator has made: remove it to use the name\)$/,
    )
  }
  assert.match((await at.stator('list')).stderr, /^stator: warning: read "[^"]*\/web\/state.json": ENOENT /)
  assert.ok(existsSync(folder))
  rmSync(folder, { recursive: true })
})

test('a journal of a later version', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.run(id)
  const path = join(at.root, 'journal/events-1.jsonl')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('"version":1', '"version":999'))
  for (const argv of anything(at, id)) {
    const line = await at.refused(...argv)
    assert.match(line, /version 999/, argv.join(' '))
    assert.ok(line.includes(path), line)
  }
  writeFileSync(path, text)
  await at.done('delete', '--force', id)
})
