// Listeners of real filters: test/native/seccomp-child.ts.

import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { firstValueFrom } from 'rxjs'
import { requests } from '../../../src/actors/seccomp/listener.ts'
import { Fd } from '../../../src/native/fd.ts'
import { pipe } from '../../../src/native/pipe.ts'
import { hold } from '../../../src/native/poller.ts'
import { notifySend, type SeccompRequest } from '../../../src/native/seccomp-notify.ts'
import { descriptors } from '../../native/observe.ts'
import { filteredChild } from '../../native/seccomp-child.ts'

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args]
const counting = 'let n = 0; for (let i = 0; i < Number(process.argv[1]); i++) n += process.ppid === 7; console.log(n)'

test('each call comes once, and the stream completes and closes the listener when nobody is left', async () => {
  await using child = await filteredChild(['getppid'], node(counting, '50'))
  const ids = new Set<bigint>()
  const completed = new Promise<void>((complete, error) =>
    requests(child.listener).subscribe({
      next: ({ id }) => {
        ids.add(id)
        notifySend(child.listener, id, { value: 7n })
      },
      error,
      complete,
    }),
  )
  child.go()
  assert.equal(await child.output(), '50\n')
  await completed
  assert.equal(ids.size, 50)
  assert.ok(child.listener.closed)
})

test('unsubscribed from: the listener is closed, no duplicate is kept, and who waits gets ENOSYS', async () => {
  const script = `try { require('node:fs').mkdirSync('/never') } catch (error) { console.log(error.code) }`
  await using child = await filteredChild(['mkdir', 'mkdirat'], node(script))
  const asked = new Promise<void>((resolve) => {
    const subscription = requests(child.listener).subscribe(() => {
      subscription.unsubscribe()
      resolve()
    })
  })
  child.go()
  await asked
  assert.ok(child.listener.closed)
  const left = [...descriptors().values()].filter((what) => /^anon_inode:.*seccomp/.test(what))
  assert.deepEqual(left, [])
  assert.equal(await child.output(), 'ENOSYS\n')
})

test('a caller that is killed while it waits is no error, and others go on', async () => {
  const script = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', 'process.ppid'])
    child.on('exit', (code, signal) => console.log(signal, process.ppid === 9))`
  await using child = await filteredChild(['getppid'], node(script))
  const seen: SeccompRequest[] = []
  const completed = new Promise<void>((complete, error) =>
    requests(child.listener).subscribe({
      next: (request) => {
        seen.push(request)
        if (seen.length === 1) process.kill(request.pid, 'SIGKILL')
        else notifySend(child.listener, request.id, { value: 9n })
      },
      error,
      complete,
    }),
  )
  child.go()
  assert.equal(await child.output(), 'SIGKILL true\n')
  await completed
  const [killed] = seen
  assert.notEqual(killed?.pid, child.pid)
  assert.equal(seen.length, 2)
})

test('a flood of 20,000 calls from four threads leaves the event loop to others', async () => {
  const calls = 20_000
  const threads = `const { Worker } = require('node:worker_threads')
    const source = 'for (let i = 0; i < ${calls / 4}; i++) process.ppid'
    for (let n = 0; n < 4; n++) new Worker(source, { eval: true })
    process.on('exit', () => console.log('${calls}'))`
  await using child = await filteredChild(['getppid'], node(threads))
  let asked = 0
  let ticks = 0
  let turns = 0
  /** The most calls between two turns of the loop. */
  let most = 0
  let before = 0
  const run = { isOver: false }
  const completed = new Promise<void>((complete, error) =>
    requests(child.listener).subscribe({
      next: ({ id }) => {
        asked++
        most = Math.max(most, asked - before)
        notifySend(child.listener, id, { value: 7n })
      },
      error,
      complete,
    }),
  )
  const during = (async () => {
    for (; !run.isOver; turns++) {
      before = asked
      await setImmediate()
    }
  })()
  // Timers that only run while calls are coming.
  const interval = setInterval(() => {
    if (asked > 0 && asked < calls) ticks++
  }, 5)
  child.go()
  assert.equal(await child.output(), `${calls}\n`)
  await completed
  run.isOver = true
  await during
  clearInterval(interval)
  assert.equal(asked, calls)
  assert.ok(ticks >= 5, `${ticks} ticks of the timer`)
  assert.ok(turns > 100, `${turns} turns of the loop`)
  assert.ok(most <= 64, `${most} calls in one turn`)
})

test('what is no listener ends the stream with an error, and is closed', async () => {
  const [read, write] = pipe()
  const release = hold()
  const failed = new Promise((resolve) => requests(read).subscribe({ error: resolve }))
  writeSync(write.number, 'x')
  assert.equal(((await failed) as { code?: string }).code, 'ENOTTY')
  assert.ok(read.closed)
  write.close()
  release()
  const closed = new Fd(1023)
  await assert.rejects(firstValueFrom(requests(closed)), { code: 'EBADF' })
})
