// bin/stator: which command line it starts, from a package and from a checkout.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** A tree with the launcher and the files given, all of one age; runs the launcher in it. */
function tree(t: TestContext, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  cpSync(join(repository, 'bin'), join(folder, 'bin'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
    utimesSync(join(folder, name), 1000, 1000)
  }
  const run = (...args: string[]) => {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
    const { status, stdout } = spawnSync(join(folder, 'bin/stator'), args, { encoding: 'utf8', env })
    return { status, stdout }
  }
  return { folder, run }
}

const sources =
  "export async function main(argv: string[]): Promise<number> { console.log('sources', ...argv); return 3 }"
const bundle = "exports.main = async (argv) => { console.log('bundle', ...argv); return 4 }"

test('a package starts the bundle, with the arguments, and ends with its code', (t) => {
  const { run } = tree(t, { 'dist/cli.cjs': bundle })
  assert.deepEqual(run('plan', '--help'), { status: 4, stdout: 'bundle plan --help\n' })
})

test('a checkout starts its sources when nothing is built', (t) => {
  const { run } = tree(t, { 'src/cli/main.ts': sources })
  assert.deepEqual(run('plan'), { status: 3, stdout: 'sources plan\n' })
})

test('a checkout starts a bundle that is newer than all sources, and no other', (t) => {
  const { run, folder } = tree(t, { 'src/cli/main.ts': sources, 'src/errors.ts': '', 'dist/cli.cjs': bundle })
  for (const name of ['src', 'src/cli']) utimesSync(join(folder, name), 1000, 1000)
  assert.equal(run().stdout, 'bundle\n')
  utimesSync(join(folder, 'src/errors.ts'), 1001, 1001)
  assert.equal(run().stdout, 'sources\n')
})

/** A bundle with a function that only `state` needs, called as a user whose cache is in the tree. */
function cached(t: TestContext) {
  const { folder } = tree(t, {
    'dist/cli.cjs': `const state = () => 'state'; const rest = () => 'rest'
exports.verbs = [{ name: 'state' }, { name: 'kill' }]
exports.main = async (argv) => { console.log(argv.includes('state') ? state() : rest()); return 0 }`,
  })
  const nobody = 65534
  const isRoot = process.geteuid?.() === 0
  const home = join(folder, 'cache')
  mkdirSync(home)
  // mkdtemp lets nobody else in; and as root the cache would be the machine's.
  chmodSync(folder, 0o755)
  if (isRoot) chownSync(home, nobody, nobody)
  const call = (...args: string[]) => {
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: home }
    const how = { encoding: 'utf8', env, ...(isRoot ? { uid: nobody, gid: nobody } : {}) } as const
    const { status, stdout, stderr } = spawnSync(join(folder, 'bin/stator'), args, how)
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    return stdout
  }
  const own = join(home, 'stator')
  /** The one file, and which commands have added to it. */
  const kept = () => {
    const [name = '', ...others] = readdirSync(own)
    assert.deepEqual(others, [])
    const file = join(own, name)
    const { verbs } = JSON.parse(readFileSync(file, 'latin1').slice(0, 4096)) as { verbs: readonly string[] }
    return { file, verbs, inode: statSync(file).ino }
  }
  return { folder, home, own, call, kept }
}

test('the compile cache gets what each command needs when it is first called, and is left alone then', (t) => {
  const { call, kept, own } = cached(t)
  assert.equal(call('--root', '/x', 'state', 'a'), 'state\n')
  assert.deepEqual(kept().verbs, ['state'])
  assert.equal(call('kill', 'a'), 'rest\n')
  const { verbs, inode, file } = kept()
  assert.deepEqual(verbs, ['state', 'kill'])
  assert.equal(statSync(own).mode & 0o777, 0o700)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  call('state', 'a')
  assert.equal(kept().inode, inode)
})

test('a compile cache that is damaged, or of another bundle, is made again', (t) => {
  const { call, kept, folder } = cached(t)
  call('state')
  for (const damage of [
    (file: string) => truncateSync(file, 2000),
    (file: string) => truncateSync(file, 0),
    (file: string) => writeFileSync(file, 'not a cache'),
    () => utimesSync(join(folder, 'dist/cli.cjs'), 2000, 2000),
  ]) {
    const { file, inode } = kept()
    damage(file)
    assert.equal(call('state'), 'state\n')
    assert.notEqual(kept().inode, inode)
  }
})

test('a compile cache that others may write to is not read, nor is one written beside it', (t) => {
  const { call, kept, own } = cached(t)
  call('state')
  const { file, inode } = kept()
  chmodSync(file, 0o666)
  call('state')
  assert.notEqual(kept().inode, inode)
  const before = kept()
  chmodSync(own, 0o777)
  assert.equal(call('kill'), 'rest\n')
  assert.deepEqual(kept(), before)
})

test('the compile cache of an installation that is gone goes with the next that is written', (t) => {
  const { folder, home, call, own } = cached(t)
  call('state')
  const [gone = ''] = readdirSync(own)
  const other = readFileSync(join(own, gone), 'latin1')
    .slice(0, 4096)
    .replaceAll(folder, `${folder.slice(0, -1)}!`)
  writeFileSync(join(own, gone.replace(/\w+$/, '0')), other)
  writeFileSync(join(own, gone.replace(/\w+$/, '1')), 'damaged')
  writeFileSync(join(own, `${gone}~4194305`), '')
  writeFileSync(join(own, 'of somebody else'), '')
  call('kill')
  assert.deepEqual(readdirSync(own).sort(), [gone, 'of somebody else'].sort())
  assert.deepEqual(readdirSync(home), ['stator'])
})

test('without a place for a compile cache the command does the same', (t) => {
  const { call, home } = cached(t)
  chmodSync(home, 0o500)
  assert.equal(call('state'), 'state\n')
  rmSync(home, { recursive: true })
  writeFileSync(home, '')
  assert.equal(call('kill'), 'rest\n')
})
