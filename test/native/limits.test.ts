import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'

import { schedGetaffinity, schedSetaffinity } from '../../src/native/affinity.ts'
import { pidfdOpen, pidfdSendSignal, waitPidfd } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { prlimit } from '../../src/native/prlimit.ts'
import { spawn } from '../../src/native/spawn.ts'
import { RLIM_INFINITY, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_NOFILE, SIGKILL } from '../../src/native/uapi.ts'
import { status } from './observe.ts'

function sleeping(t: TestContext): number {
  const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [] })
  const pidfd = pidfdOpen(pid)
  const release = hold()
  t.after(async () => {
    pidfdSendSignal(pidfd, SIGKILL)
    await firstValueFrom(readable(pidfd))
    waitPidfd(pidfd)
    pidfd.close()
    release()
  })
  return pid
}

/** A line of /proc/PID/limits: soft and hard, as the kernel prints them. */
function limitOf(pid: number, name: string): string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'latin1')
    .split('\n')
    .find((text) => text.startsWith(name))
  return line?.slice(name.length).trim().split(/\s+/).slice(0, 2) ?? []
}

test("another process's limit is set and told, with the one before", (t) => {
  const pid = sleeping(t)
  const before = prlimit(pid, RLIMIT_NOFILE)
  assert.deepEqual(limitOf(pid, 'Max open files'), [String(before.soft), String(before.hard)])
  assert.deepEqual(prlimit(pid, RLIMIT_NOFILE, { soft: 77n, hard: 99n }), before)
  assert.deepEqual(limitOf(pid, 'Max open files'), ['77', '99'])
  assert.deepEqual(prlimit(pid, RLIMIT_NOFILE), { soft: 77n, hard: 99n })
})

test('no limit and limits beyond 53 bits keep every digit', (t) => {
  const pid = sleeping(t)
  assert.equal(prlimit(pid, RLIMIT_CPU).hard, RLIM_INFINITY)
  prlimit(pid, RLIMIT_CORE, { soft: 9007199254740993n, hard: 9223372036854775807n })
  assert.deepEqual(prlimit(pid, RLIMIT_CORE), { soft: 9007199254740993n, hard: 9223372036854775807n })
  assert.deepEqual(limitOf(pid, 'Max core file size'), ['9007199254740993', '9223372036854775807'])
})

test('a soft limit above the hard one is EINVAL', () => {
  assert.throws(() => prlimit(0, RLIMIT_CORE, { soft: 2n, hard: 1n }), { code: 'EINVAL', syscall: 'prlimit64' })
  assert.throws(() => prlimit(4194305, RLIMIT_CORE), { code: 'ESRCH' })
})

test('the processors of another process are set and told', (t) => {
  const pid = sleeping(t)
  const own = schedGetaffinity(0)
  assert(own.length > 0)
  assert.deepEqual(schedGetaffinity(pid), own)
  const [first = 0] = own
  schedSetaffinity(pid, [first])
  assert.equal(status(pid)['Cpus_allowed_list'], String(first))
  assert.deepEqual(schedGetaffinity(pid), [first])
  schedSetaffinity(pid, own)
  assert.deepEqual(schedGetaffinity(pid), own)
})

test('no processor that exists is EINVAL, no processor number is refused', (t) => {
  const pid = sleeping(t)
  assert.throws(() => schedSetaffinity(pid, [8191]), { code: 'EINVAL', syscall: 'sched_setaffinity' })
  assert.throws(() => schedSetaffinity(pid, [8192]), RangeError)
  assert.throws(() => schedSetaffinity(pid, [-1]), RangeError)
})
