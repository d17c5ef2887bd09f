// bin/stator: which command line it starts, from a package and from a checkout.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
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
const bundle = "export async function main(argv) { console.log('bundle', ...argv); return 4 }"

test('a package starts the bundle, with the arguments, and ends with its code', (t) => {
  const { run } = tree(t, { 'dist/cli.js': bundle })
  assert.deepEqual(run('plan', '--help'), { status: 4, stdout: 'bundle plan --help\n' })
})

test('a checkout starts its sources when nothing is built', (t) => {
  const { run } = tree(t, { 'src/cli/main.ts': sources })
  assert.deepEqual(run('plan'), { status: 3, stdout: 'sources plan\n' })
})

test('a checkout starts a bundle that is newer than all sources, and no other', (t) => {
  const { run, folder } = tree(t, { 'src/cli/main.ts': sources, 'src/errors.ts': '', 'dist/cli.js': bundle })
  for (const name of ['src', 'src/cli']) utimesSync(join(folder, name), 1000, 1000)
  assert.equal(run().stdout, 'bundle\n')
  utimesSync(join(folder, 'src/errors.ts'), 1001, 1001)
  assert.equal(run().stdout, 'sources\n')
})
