// A bundle as `runc spec` makes it, unchanged but for its terminal.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundle, freshId, missingRunc, place, runc, runcSpec } from './support.ts'

const skip = missingRunc

test('a bundle of `runc spec` runs: output and exit code', { skip }, async (t) => {
  const at = await place(t)
  const spec = runcSpec(at, ['sh', '-c', 'echo out; echo err >&2; exit 42'])
  const done = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
  assert.deepEqual([done.exitCode, done.signal, done.stdout, done.stderr], [42, null, 'out\n', 'err\n'])
  assert.ok(done.durationMs > 0, `${done.durationMs} ms`)
})

test('it prints what it prints under runc', { skip }, async (t) => {
  const at = await place(t)
  const script =
    'id; pwd; hostname; env | sort; cat /proc/self/status | grep -E "Cap|NoNewPrivs|Seccomp:"; ls /; ls /dev; umask; ulimit -n'
  const spec = runcSpec(at, ['sh', '-c', script])
  const ours = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
  const theirs = runc(at, spec)
  assert.equal(theirs.exitCode, 0, theirs.stderr)
  assert.equal(ours.stdout, theirs.stdout)
})

test('a program that a signal ends gives 128 + its number', { skip }, async (t) => {
  const at = await place(t)
  for (const [name, number] of [
    ['KILL', 9],
    ['SEGV', 11],
    ['TERM', 15],
  ] as const) {
    // As pid 1 of its namespace a program is not ended by its own signals: the host's namespace is.
    const spec = runcSpec(at, ['sh', '-c', `kill -${name} $$; sleep 1000`], (config) => {
      const { linux } = config
      if (linux?.namespaces !== undefined) linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid')
    })
    const done = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
    assert.deepEqual([done.exitCode, done.signal, done.code], [128 + number, `SIG${name}`, null])
  }
})

test('ten at once, each with its own output and exit code', { skip }, async (t) => {
  const at = await place(t)
  const runs = Array.from({ length: 10 }, async (_, index) => {
    const spec = runcSpec(at, ['sh', '-c', `echo I am ${index}; exit ${index}`])
    const done = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
    return [done.exitCode, done.stdout]
  })
  assert.deepEqual(
    await Promise.all(runs),
    Array.from({ length: 10 }, (_, index) => [index, `I am ${index}\n`]),
  )
})
