// The bench's own sums, and what it says where it cannot run. Its times are nobody's test.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { median, quantile, summary, table } from '../../bench/table.ts'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

function bench(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}

test('quantiles, by the nearest ranks and what lies between them', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(quantile([0, 10], 0.1), 1)
  assert.ok(Number.isNaN(median([])))
  assert.deepEqual(summary([1, 2, 3]), { runs: 3, medianMs: 2, tenthMs: 1.2, ninetiethMs: 2.8, bestMs: 1 })
})

test('a table: words to the left, numbers to the right', () => {
  assert.equal(
    table([
      ['what', 'ms'],
      ['longer', '10.00'],
      ['x', '1.00'],
    ]),
    'what       ms\nlonger  10.00\nx        1.00',
  )
})

test(
  'a tool that is missing: its name, its package, and nothing begun',
  { skip: process.geteuid?.() === 0 ? false : 'root' },
  () => {
    const { status, stdout, stderr } = bench(['--quick'], { ...process.env, PATH: '/nowhere' })
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
    assert.match(stderr, /^bench: missing: gcc .*, runc \(to be compared with\).*; apt-get install gcc .* crun\n$/)
  },
)

test('a wrong number of runs', () => {
  const { status, stderr } = bench(['--runs', 'many'])
  assert.deepEqual({ status, stderr }, { status: 1, stderr: 'bench: --runs: a number from 1\n' })
})
