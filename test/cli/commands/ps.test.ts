// stator ps: which lines of ps are a container's. Real containers: test/e2e/statistics.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsOf } from '../../../src/cli/commands/ps.ts'

test('the title, and the rows of these pids, as they are', () => {
  const table = '  UID    PID  PPID CMD\nroot      7     1 a  7  9\nroot     70     7 b\n\n  x      9     1 c\n'
  assert.equal(
    rowsOf(new Set([7, 9]), table),
    '  UID    PID  PPID CMD\nroot      7     1 a  7  9\n  x      9     1 c\n',
  )
  assert.equal(rowsOf(new Set(), table), '  UID    PID  PPID CMD\n')
})

test('the column is found by its name alone', () => {
  assert.equal(rowsOf(new Set([7]), 'PPID PID\n7 1\n1 7\n'), 'PPID PID\n1 7\n')
  for (const table of ['', 'PPID TTY\n1 2\n', 'pid\n1\n']) {
    const error = { code: 'ERR_STATOR_CONFIG', message: "couldn't find PID field in ps output" }
    assert.throws(() => rowsOf(new Set([1]), table), error)
  }
})

test('a row without a number where the pid should be', () => {
  assert.throws(() => rowsOf(new Set([1]), 'USER PID\na b c\n'), { message: 'unable to parse pid: "b"' })
  assert.throws(() => rowsOf(new Set([1]), 'USER PID\na\n'), { message: 'unable to parse pid: ""' })
})
