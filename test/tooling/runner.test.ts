// scripts/test.mjs on folders of tests made for it: what it counts, what it takes for a failure, what it finds left behind.
// Runs alone: the runs inside it look at the whole machine for leaks, and would find other tests' containers.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const root = process.getuid?.() === 0

const imports = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn, execSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
`

/** Runs test files given as their text after the imports; `wrap` is a command that runs the command after it. */
function run(
  t: TestContext,
  files: Record<string, string>,
  args: readonly string[] = [],
  wrap: readonly string[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'tests-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['test', 'tmp']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'test', name)), { recursive: true })
    writeFileSync(join(folder, 'test', name), text === '' ? '' : `${text.startsWith('//') ? '' : imports}${text}`)
  }
  const command = [
    ...wrap,
    process.execPath,
    join(repository, 'scripts/test.mjs'),
    '--root',
    folder,
    '--settle',
    '0.3',
    ...args,
  ]
  const { status, stdout } = spawnSync(command[0] ?? '', command.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
  })
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1])
  return { status, stdout, count, folder }
}

test('counts what ran as node does, and lists skips with their reasons', (t) => {
  const { status, stdout, count } = run(t, {
    'a.test.ts': "test('one', () => {})\ntest('two', async (t) => { await t.test('inner', () => {}) })",
    'b/c.test.ts': "test('three', { skip: 'needs the moon' }, () => {})\ntest('four', { todo: true }, () => {})",
  })
  assert.equal(status, 0, stdout)
  assert.deepEqual(['tests', 'pass', 'fail', 'skipped', 'todo'].map(count), [5, 3, 0, 1, 1])
  assert.match(stdout, /^skipped: needs the moon\n {2}test\/b\/c\.test\.ts: three$/m)
})

test('takes parts of paths', (t) => {
  const files = { 'a.test.ts': "test('one', () => {})", 'b/c.test.ts': "test('two', () => {})" }
  assert.equal(run(t, files, ['test/b']).count('tests'), 1)
  assert.equal(run(t, files, ['./test/a.test.ts', 'c.test']).count('tests'), 2)
})

test('a failed test fails the run and is named with its message', (t) => {
  const { status, stdout, count } = run(t, { 'a.test.ts': "test('sums', () => assert.equal(1 + 1, 3, 'no sum'))" })
  assert.equal(status, 1)
  assert.equal(count('fail'), 1)
  assert.match(stdout, /no sum/)
  assert.match(stdout, /^failed:\n {2}test\/a\.test\.ts: sums$/m)
})

test('nothing to run fails the run', (t) => {
  const none = run(t, { 'a.ts': "test('one', () => {})" })
  assert.equal(none.status, 1)
  assert.match(none.stdout, /^no test file in /m)

  const files = { 'a.test.ts': "test('one', () => {})" }
  const unmatchedFile = run(t, files, ['xyz'])
  assert.equal(unmatchedFile.status, 1)
  assert.match(unmatchedFile.stdout, /^no test file matches xyz$/m)

  const unmatchedName = run(t, files, ['--name', 'xyz'])
  assert.equal(unmatchedName.status, 1)
  assert.match(unmatchedName.stdout, /^no test ran$/m)
})

test('a file that tests nothing, cannot be loaded or ends with an error fails the run, whatever its tests say', (t) => {
  const { status, stdout, count } = run(t, {
    'empty.test.ts': '',
    'early.test.ts': "test('one', () => {})\nprocess.exit(0)",
    'gone.test.ts': "// x\nimport './gone.ts'",
    'code.test.ts': "test('one', () => { process.exitCode = 3 })",
    'good.test.ts': "test('one', () => {})",
  })
  assert.equal(status, 1)
  assert.equal(count('fail'), 4)
  assert.match(stdout, /^✖ test\/empty\.test\.ts .*: runs no test$/m)
  assert.match(stdout, /^✖ test\/early\.test\.ts .*: runs no test$/m)
  assert.match(stdout, /^✖ test\/gone\.test\.ts .*: ended with code 1$/m)
  assert.match(stdout, /^✖ test\/code\.test\.ts .*: ended with code 3$/m)
  assert.match(stdout, /^✔ test\/good\.test\.ts /m)
})

test('a file that does not end is killed with its children, and has failed', (t) => {
  const hang =
    "test('hangs', async () => { const { pid } = spawn('sleep', ['1000']); console.log(`pid=${pid}`); await new Promise(() => setInterval(() => {}, 1000)) })"
  const { status, stdout } = run(t, { 'a.test.ts': hang }, ['--file-timeout', '2'])
  assert.equal(status, 1)
  assert.match(stdout, /: took longer than 2 s$/m)
  assert.doesNotMatch(stdout, /left behind/)
  const pid = /pid=(\d+)/.exec(stdout)?.[1] ?? assert.fail(stdout)
  assert.match(
    existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : 'State: gone',
    /^State:\s(Z|gone)/m,
  )
})

test('end-to-end tests, and files that say so, run alone', (t) => {
  // mkdir fails when the other one is in its test.
  const exclusive = (marker: string) => `${marker}\n${imports}
test('alone', async () => { mkdirSync('busy'); await sleep(300); rmdirSync('busy') })`
  const { status, stdout } = run(t, {
    'a.test.ts': exclusive('// Runs alone: takes the machine.'),
    'b.test.ts': exclusive('// Runs alone: takes the machine.'),
    'e2e/c.test.ts': exclusive('// A test.'),
    'e2e/d.test.ts': exclusive('// A test.'),
  })
  assert.equal(status, 0, stdout)
})

test('what a run leaves behind fails it and is listed: a process, a file', (t) => {
  const leak =
    "test('leaks', () => { spawn('sleep', ['30'], { detached: true, stdio: 'ignore' }).unref(); mkdtempSync(process.env.TMPDIR + '/left-') })"
  const { status, stdout } = run(t, { 'a.test.ts': leak })
  const [, pid, line] = /process (\d+) (sleep .*: sleep 30)$/m.exec(stdout) ?? assert.fail(stdout)
  process.kill(Number(pid), 'SIGKILL')
  assert.ok(line)
  assert.match(stdout, /^ {2}file \S+\/left-/m)
  assert.equal(status, 1)
})

test('what a run leaves behind fails it and is listed: a mount, an interface', { skip: !root && 'needs root' }, (t) => {
  const leak =
    "test('leaks', () => { execSync('mount -t tmpfs left /mnt && ip link add left0 type veth peer name left1') })"
  const { status, stdout } = run(t, { 'a.test.ts': leak }, [], ['unshare', '--mount', '--net'])
  assert.equal(status, 1)
  assert.match(stdout, /^ {2}mount \/mnt \(tmpfs left\)$/m)
  assert.match(stdout, /^ {2}network interface left0$/m)
})

test('what a run leaves behind fails it and is listed: a cgroup', { skip: !root && 'needs root' }, (t) => {
  const group = `/sys/fs/cgroup/${existsSync('/sys/fs/cgroup/pids') ? 'pids/' : ''}stator-left-${process.pid}`
  t.after(() => existsSync(group) && rmdirSync(group))
  const { status, stdout } = run(t, { 'a.test.ts': `test('leaks', () => { mkdirSync('${group}') })` })
  assert.equal(status, 1)
  assert.ok(stdout.includes(`\n  cgroup ${group}\n`), stdout)
})
