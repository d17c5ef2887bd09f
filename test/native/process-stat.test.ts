import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { firstValueFrom } from 'rxjs'

import { pidfdOpen, pidfdSendSignal, waitPidfd } from '../../src/native/pidfd.ts'
import { pipe } from '../../src/native/pipe.ts'
import { hold, readable } from '../../src/native/poller.ts'
import {
  bootId,
  isAlive,
  isEnding,
  processStartTime,
  processState,
  zombieStatus,
} from '../../src/native/process-stat.ts'
import { spawn } from '../../src/native/spawn.ts'
import { SIGKILL } from '../../src/native/uapi.ts'
import { runModule } from './observe.ts'

test('a process started when the clock said so', () => {
  const startTime = processStartTime(process.pid)
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0])
  // USER_HZ is 100 on both architectures.
  const age = uptime - Number(startTime) / 100
  assert(Math.abs(age - process.uptime()) < 1, `${age} s and ${process.uptime()} s`)
  assert.equal(processState(process.pid), 'R')
  assert.equal(isAlive({ pid: process.pid, startTime: startTime ?? '' }), true)
  assert.equal(isAlive({ pid: process.pid, startTime: '1' }), false)
  assert.equal(isEnding({ pid: process.pid, startTime: startTime ?? '' }), false)
  assert.equal(isEnding({ pid: process.pid, startTime: '1' }), true)
})

test('a process that names itself like the end of its own line is read right', () => {
  const { stdout } = runModule(`
    import { writeFileSync } from 'node:fs'
    import { processStartTime, processState } from 'NATIVE/process-stat.ts'
    const before = processStartTime(process.pid)
    writeFileSync('/proc/self/comm', ') Z 1 (2 3')
    console.log(processStartTime(process.pid) === before, processState(process.pid))
  `)
  assert.equal(stdout, 'true R\n')
})

test('a zombie has ended, and a reaped one too', async (t) => {
  const release = hold()
  t.after(release)
  const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [] })
  using pidfd = pidfdOpen(pid)
  const startTime = processStartTime(pid) ?? ''
  assert.match(startTime, /^\d+$/)
  assert.equal(isAlive({ pid, startTime }), true)
  pidfdSendSignal(pidfd, SIGKILL)
  await firstValueFrom(readable(pidfd))
  assert.equal(processState(pid), 'Z')
  assert.equal(processStartTime(pid), null)
  assert.equal(isAlive({ pid, startTime }), false)
  assert.equal(isEnding({ pid, startTime }), true)
  waitPidfd(pidfd)
  assert.equal(processState(pid), null)
  assert.equal(processStartTime(pid), null)
})

test('a zombie tells how it ended, to those who may trace it', async (t) => {
  const release = hold()
  t.after(release)
  for (const [script, status] of [
    ['exit 7', 7 << 8],
    ['exit 0', 0],
    ['kill -KILL $$', SIGKILL],
  ] as const) {
    const [input, end] = pipe()
    const argv = ['sh', '-c', `read x; ${script}`]
    const pid = spawn({ path: '/bin/sh', argv, env: [], descriptors: new Map([[0, input]]) })
    input.close()
    using pidfd = pidfdOpen(pid)
    const startTime = processStartTime(pid) ?? ''
    assert.equal(zombieStatus({ pid, startTime }), null, 'it has not ended')
    end.close()
    await firstValueFrom(readable(pidfd))
    assert.equal(zombieStatus({ pid, startTime }), status)
    assert.equal(zombieStatus({ pid, startTime: '1' }), null, 'another with its pid')
    const { stdout } = runModule(`
      import { zombieStatus } from 'NATIVE/process-stat.ts'
      if (process.getuid() === 0) process.setuid(65534)
      console.log(zombieStatus({ pid: ${pid}, startTime: '${startTime}' }))
    `)
    // The same user may, and root is not that one.
    assert.equal(stdout, process.getuid?.() === 0 ? 'null\n' : `${status}\n`)
    waitPidfd(pidfd)
    assert.equal(zombieStatus({ pid, startTime }), null, 'it was reaped')
  }
})

test('the boot id is the one of the running kernel', () => {
  assert.match(bootId(), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(bootId(), bootId())
})
