import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import { flock, flockSync } from '../../src/native/flock.ts'
import { folder } from './files.ts'

function opened(t: TestContext, path: string): number {
  const fd = openSync(path, 'a')
  t.after(() => closeSync(fd))
  return fd
}

/** The locks of a file in the kernel's own list: `FLOCK  ADVISORY  WRITE`. */
function locksOf(path: string): string[] {
  const { ino } = statSync(path)
  const lines = readFileSync('/proc/locks', 'latin1').split('\n')
  return lines.filter((line) => line.includes(`:${ino} `)).map((line) => line.split(/\s+/).slice(1, 4).join(' '))
}

test('an exclusive lock keeps everyone else out until it is given up', (t) => {
  const path = `${folder(t)}/lock`
  const [first, second] = [opened(t, path), opened(t, path)]
  assert.equal(flock(first, 'exclusive'), true)
  assert.deepEqual(locksOf(path), ['FLOCK ADVISORY WRITE'])
  assert.equal(flock(second, 'exclusive'), false)
  assert.equal(flock(second, 'shared'), false)
  assert.equal(flock(first, 'unlock'), true)
  assert.deepEqual(locksOf(path), [])
  assert.equal(flock(second, 'exclusive'), true)
})

test('shared locks live side by side, and keep an exclusive one out', (t) => {
  const path = `${folder(t)}/lock`
  const [first, second, third] = [opened(t, path), opened(t, path), opened(t, path)]
  assert.equal(flock(first, 'shared'), true)
  assert.equal(flock(second, 'shared'), true)
  assert.deepEqual(locksOf(path), ['FLOCK ADVISORY READ', 'FLOCK ADVISORY READ'])
  assert.equal(flock(third, 'exclusive'), false)
})

test('who waits has the lock when the other process lets go', async (t) => {
  const path = `${folder(t)}/lock`
  const fd = opened(t, path)
  // flock(1) holds the lock, says so, and lets go after a moment.
  const other: ChildProcess = spawn('flock', [path, 'sh', '-c', 'echo locked; sleep 0.2'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  assert(other.stdout)
  await once(other.stdout, 'data')
  assert.equal(flock(fd, 'exclusive'), false)
  flockSync(fd, 'exclusive', path)
  assert.deepEqual(locksOf(path), ['FLOCK ADVISORY WRITE'])
  if (other.exitCode === null) await once(other, 'exit')
})

test('a descriptor that is none is an error, not a lock that is held', () => {
  assert.throws(() => flock(-1, 'exclusive'), { code: 'EBADF', syscall: 'flock' })
})
