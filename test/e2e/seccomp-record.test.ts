// stator seccomp record: what was recorded lets the same run pass, and nothing else.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Seccomp } from '../../src/oci/config.ts'
import { commandLine } from './command-line.ts'
import { freshId, missing as skip } from './support.ts'

const pipes = 'ls / | wc -l >/dev/null; seq 3 | sort -r | head -1'

for (const noNewPrivileges of [true, false]) {
  const how = noNewPrivileges ? 'with no_new_privs' : 'without no_new_privs'

  test(`${how}: a shell with pipes; what it did not do is refused`, { skip }, async (t) => {
    const at = await commandLine(t)
    const bundle = at.bundle(['sh', '-c', pipes], ({ process, root }) => {
      root.readonly = false
      process.noNewPrivileges = noNewPrivileges
    })
    const profile = join(at.folder, 'profile.json')
    assert.equal(await at.said(['seccomp', 'record', '-b', bundle, '-o', profile]), '3\n')
    const { defaultAction, syscalls = [] } = JSON.parse(readFileSync(profile, 'utf8')) as Seccomp
    const names = syscalls.flatMap(({ names }) => names)
    assert.equal(defaultAction, 'SCMP_ACT_ERRNO')
    for (const name of ['execve', 'read', 'write', 'openat']) assert.ok(names.includes(name), name)
    assert.ok(!names.includes('mkdir'))
    // clone with the flags of fork(3), and no others.
    const [clone] = syscalls.filter(({ names }) => names.includes('clone'))
    assert.equal(clone?.args?.length, 1)
    assert.equal(names.includes('setresuid'), !noNewPrivileges, "init's own calls, where they are filtered")

    const run = ['run', '-b', bundle, '--policy', profile]
    assert.equal(await at.said([...run, freshId()]), '3\n')
    const outside = await at.call([...run, freshId(), '--', 'sh', '-c', 'mkdir /tmp/made || echo refused'])
    assert.deepEqual([outside.exitCode, outside.stdout], [0, 'refused\n'])
    assert.match(outside.stderr, /mkdir: .*Operation not permitted/)
  })
}

test('node, of this machine; a folder that it did not make is refused', { skip, timeout: 120_000 }, async (t) => {
  const at = await commandLine(t)
  const bundle = join(at.folder, 'host')
  mkdirSync(bundle)
  await at.said(['spec', '--host', '-b', bundle])
  const profile = join(at.folder, 'profile.json')
  const node = [process.execPath, '-e', 'setTimeout(() => console.log(require("os").type()), 10)']
  assert.equal(await at.said(['seccomp', 'record', '-b', bundle, '-o', profile, '--', ...node]), 'Linux\n')
  const run = ['run', '-b', bundle, '--policy', profile]
  assert.equal(await at.said([...run, freshId(), '--', ...node]), 'Linux\n')
  const outside = [
    process.execPath,
    '-e',
    'try { require("fs").mkdirSync("/tmp/x") } catch (error) { console.log(error.code) }',
  ]
  assert.equal(await at.said([...run, freshId(), '--', ...outside]), 'EPERM\n')
})

test(
  "the exit code is the program's; where the profile goes has to be said, and - is standard output",
  { skip },
  async (t) => {
    const at = await commandLine(t)
    const record = ['seccomp', 'record', '-b', at.bundle(['sh', '-c', 'exit 3'])]
    const { exitCode, stdout } = await at.call([...record, '-o', '-'])
    assert.equal(exitCode, 3)
    assert.equal((JSON.parse(stdout) as Seccomp).defaultAction, 'SCMP_ACT_ERRNO')
    assert.match(await at.refused([...record, '-o', '/nowhere/p.json']), /"\/nowhere": ENOENT$/)
    assert.match(await at.refused(record), /required option '-o, --output <file>' not specified/)
  },
)
