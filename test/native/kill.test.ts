import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstValueFrom } from 'rxjs'

import { kill, signalName, signalNumber } from '../../src/native/kill.ts'
import { pidfdOpen, waitPidfd } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { spawn } from '../../src/native/spawn.ts'
import { CLD_KILLED, SIGTERM } from '../../src/native/uapi.ts'

test('a signal ends a process, and one that is gone is ESRCH', async (t) => {
  t.after(hold())
  const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [] })
  using pidfd = pidfdOpen(pid)
  kill(pid, 0)
  kill(pid, SIGTERM)
  await firstValueFrom(readable(pidfd))
  assert.deepEqual(waitPidfd(pidfd), { pid, code: CLD_KILLED, status: SIGTERM })
  assert.throws(() => kill(pid, SIGTERM), { message: `kill(${pid}, 15): ESRCH` })
})

test('groups of processes are refused before the kernel hears of them', () => {
  for (const pid of [0, -1, -process.pid, 1.5, Number.NaN]) assert.throws(() => kill(pid, 0), RangeError)
})

test('a signal has many spellings', () => {
  for (const text of ['SIGTERM', 'TERM', 'term', 'sigterm', '15']) assert.equal(signalNumber(text), 15, text)
  assert.equal(signalNumber('SIGRTMIN'), 34)
  assert.equal(signalNumber('RTMIN+3'), 37)
  assert.equal(signalNumber('SIGRTMIN+30'), 64)
  assert.equal(signalNumber('SIGRTMAX-30'), 34)
  assert.equal(signalNumber('SIGRTMAX'), 64)
  assert.equal(signalNumber('33'), 33)
})

test('what is no signal has no number', () => {
  for (const text of [
    '',
    'SIG',
    'SIGFOO',
    '0',
    '65',
    '-1',
    '1.5',
    '0x9',
    'SIGRTMIN+31',
    'SIGRTMAX-31',
    'SIGRTMIN-1',
    'SIGTERM+1',
    'toString',
    'SIGTERM ',
  ]) {
    assert.equal(signalNumber(text), undefined, JSON.stringify(text))
  }
})

test('a number has its common name', () => {
  assert.equal(signalName(15), 'SIGTERM')
  assert.equal(signalName(6), 'SIGABRT')
  assert.equal(signalName(29), 'SIGIO')
  assert.equal(signalName(34), 'SIGRTMIN')
  assert.equal(signalName(32), '32')
  for (let number = 1; number <= 64; number++) assert.equal(signalNumber(signalName(number)), number)
})
