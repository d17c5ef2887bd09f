import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmdirSync, writeFileSync, writeSync } from 'node:fs'
import { after, before, test, type TestContext } from 'node:test'
import { firstValueFrom, type Observable, type Subscription } from 'rxjs'

import type { Fd } from '../../src/native/fd.ts'
import { fcntl } from '../../src/native/libc.ts'
import { openat } from '../../src/native/mount.ts'
import { pidfdOpen, pidfdSendSignal, waitPidfd } from '../../src/native/pidfd.ts'
import { pipe } from '../../src/native/pipe.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { spawn } from '../../src/native/spawn.ts'
import { CGROUP2_SUPER_MAGIC, F_GETFL, F_SETFL, O_NONBLOCK, O_PATH, SIGKILL } from '../../src/native/uapi.ts'
import { statfs } from '../../src/native/statfs.ts'
import { folder } from './files.ts'
import { descriptors, runModule, withoutRoot } from './observe.ts'

// Watching alone does not keep the process running: the runner would end before the events come.
let release: () => void
before(() => {
  release = hold()
})
after(() => release())

function pipeOf(t: TestContext): [Fd, Fd] {
  const ends = pipe()
  t.after(() => ends.forEach((end) => end.close()))
  return ends
}

/** Turns of the loop, each with its poll phase. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function counting(stream: Observable<void>): { count: number; subscription: Subscription } {
  const counter = { count: 0, subscription: stream.subscribe(() => counter.count++) }
  return counter
}

test('it emits when there is something to read, and again for as long as nobody reads it', async (t) => {
  const [read, write] = pipeOf(t)
  const counter = counting(readable(read))
  await turns(3)
  assert.equal(counter.count, 0)
  writeSync(write.number, 'x')
  await turns(5)
  assert(counter.count >= 2, `${counter.count} times`)
  readSync(read.number, Buffer.alloc(1))
  const drained = counter.count
  await turns(5)
  assert.equal(counter.count, drained)
  writeSync(write.number, 'y')
  await turns(3)
  assert(counter.count > drained)
  counter.subscription.unsubscribe()
})

test('it emits at the end of a pipe, whose last writer is gone', async () => {
  const [read, write] = pipe()
  write.close()
  await firstValueFrom(readable(read))
  read.close()
})

test('a stream is cold: nothing is watched before somebody subscribes, nor after', async (t) => {
  const [read, write] = pipeOf(t)
  writeSync(write.number, 'x')
  const before = descriptors()
  const stream = readable(read)
  assert.deepEqual(descriptors(), before)
  const counter = counting(stream)
  assert.equal(descriptors().size, before.size + 1)
  counter.subscription.unsubscribe()
  assert.deepEqual(descriptors(), before)
  await turns(3)
  assert.equal(counter.count, 0)
})

for (const [what, open] of [
  [
    'a regular file',
    (t: TestContext) => {
      const path = `${folder(t)}/file`
      writeFileSync(path, 'x')
      return openSync(path, 'r')
    },
  ],
  ['a folder', (t: TestContext) => openSync(folder(t), 'r')],
] as const) {
  test(`${what} is EPERM through the stream`, async (t) => {
    const fd = open(t)
    t.after(() => closeSync(fd))
    const before = descriptors()
    await assert.rejects(firstValueFrom(readable(fd)), { name: 'SyscallError', syscall: 'epoll_ctl', code: 'EPERM' })
    assert.deepEqual(descriptors(), before)
  })
}

test('what is not open is EBADF: a closed descriptor, a number nobody has, -1, an O_PATH one', async () => {
  const [read, write] = pipe()
  write.close()
  const { number } = read
  read.close()
  using path = openat('/dev/null', O_PATH)
  for (const bad of [read, number, 99_999, -1, path]) {
    await assert.rejects(firstValueFrom(readable(bad)), { name: 'SyscallError', code: 'EBADF' })
  }
})

test('one descriptor can be watched twice, and each watch ends alone', async (t) => {
  const [read, write] = pipeOf(t)
  const first = counting(readable(read))
  const second = counting(readable(read))
  writeSync(write.number, 'x')
  await turns(3)
  assert(first.count > 0)
  assert(second.count > 0)
  first.subscription.unsubscribe()
  const { count } = first
  const secondCount = second.count
  await turns(3)
  assert.equal(first.count, count)
  assert(second.count > secondCount)
  second.subscription.unsubscribe()
})

test('a descriptor closed while it is watched stays watched, and who gets its number is not', async (t) => {
  const [read, write] = pipeOf(t)
  const { number } = read
  const counter = counting(readable(read))
  read.close()
  const [stranger, strangersWriter] = pipeOf(t)
  assert.equal(stranger.number, number)
  writeSync(strangersWriter.number, 'x')
  await turns(3)
  assert.equal(counter.count, 0)
  writeSync(write.number, 'x')
  await turns(3)
  assert(counter.count > 0)
  counter.subscription.unsubscribe()
})

test('a subscriber can end another, which is ready in the same turn', async (t) => {
  const ends = [pipeOf(t), pipeOf(t)]
  for (const [, write] of ends) writeSync(write.number, 'x')
  const subscriptions: Subscription[] = []
  let emitted = 0
  for (const [read] of ends) {
    subscriptions.push(
      readable(read).subscribe(() => {
        emitted++
        for (const subscription of subscriptions) subscription.unsubscribe()
      }),
    )
  }
  await turns(5)
  assert.equal(emitted, 1)
})

test('more ready descriptors than one wake takes are all served', async (t) => {
  const ends = Array.from({ length: 200 }, () => pipeOf(t))
  for (const [, write] of ends) writeSync(write.number, 'x')
  await Promise.all(ends.map(async ([read]) => firstValueFrom(readable(read))))
})

test('a pidfd is readable when its process ends, and hung up when it is reaped', async () => {
  using pidfd = pidfdOpen(spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [] }))
  const hangUp = counting(readable(pidfd, { events: 'hup' }))
  pidfdSendSignal(pidfd, SIGKILL)
  await firstValueFrom(readable(pidfd))
  await turns(3)
  assert.equal(hangUp.count, 0)
  waitPidfd(pidfd)
  await firstValueFrom(readable(pidfd, { events: 'hup' }))
  assert(hangUp.count > 0)
  hangUp.subscription.unsubscribe()
})

test('room to write is an event: none while a pipe is full, and one when somebody has read or nobody can', async (t) => {
  const [read, write] = pipeOf(t)
  fcntl(write.number, F_SETFL, fcntl(write.number, F_GETFL) | O_NONBLOCK)
  const counter = counting(readable(write, { events: 'out' }))
  await turns(3)
  assert(counter.count > 0)
  assert.throws(() => {
    for (;;) writeSync(write.number, Buffer.alloc(4096))
  }, /EAGAIN/)
  const full = counter.count
  await turns(5)
  assert.equal(counter.count, full)
  readSync(read.number, Buffer.alloc(65536))
  await turns(3)
  assert(counter.count > full)
  counter.subscription.unsubscribe()
  read.close()
  await firstValueFrom(readable(write, { events: 'out' }))
})

const unified = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => {
  try {
    return statfs(path).type === CGROUP2_SUPER_MAGIC
  } catch {
    return false
  }
})

test(
  'a cgroup event file is exceptional when it changed, and not when it is merely readable',
  { skip: withoutRoot || (unified === undefined && 'cgroup v2 is missing') },
  async (t) => {
    const group = `${unified}/stator-poller-${process.pid}`
    mkdirSync(group)
    t.after(() => rmdirSync(group))
    const events = openSync(`${group}/cgroup.events`, 'r')
    t.after(() => closeSync(events))
    const bytes = Buffer.alloc(100)
    // The kernel compares with what was there at the last read.
    readSync(events, bytes, 0, 100, 0)
    const counter = counting(readable(events, { events: 'pri' }))
    await turns(5)
    assert.equal(counter.count, 0)
    counter.subscription.unsubscribe()
    const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [] })
    using pidfd = pidfdOpen(pid)
    writeFileSync(`${group}/cgroup.procs`, String(pid))
    await firstValueFrom(readable(events, { events: 'pri' }))
    assert.match(bytes.toString('latin1', 0, readSync(events, bytes, 0, 100, 0)), /^populated 1$/m)
    pidfdSendSignal(pidfd, SIGKILL)
    await firstValueFrom(readable(pidfd))
    waitPidfd(pidfd)
    await firstValueFrom(readable(events, { events: 'pri' }))
    assert.match(readFileSync(`${group}/cgroup.events`, 'latin1'), /^populated 0$/m)
  },
)

test('watches alone do not keep a process running', () => {
  const { status, stdout, stderr } = runModule(`
    import { pipe } from 'NATIVE/pipe.ts'
    import { readable } from 'NATIVE/poller.ts'
    readable(pipe()[0]).subscribe()
    process.on('exit', () => console.log('out'))
  `)
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'out\n', stderr: '' })
})

test('a hold keeps it running until it is released, and promises go on without another event', () => {
  // No timer, no other handle: only the poller's own wake can run what waits for it.
  const { status, stdout, stderr } = runModule(`
    import { writeSync } from 'node:fs'
    import { pipe } from 'NATIVE/pipe.ts'
    import { hold, readable } from 'NATIVE/poller.ts'
    import { spawn } from 'NATIVE/spawn.ts'
    import { firstValueFrom } from 'rxjs'
    const [read, write] = pipe()
    const release = hold()
    spawn({ path: '/bin/sh', argv: ['sh', '-c', 'sleep 0.1; echo x >&3'], env: ['PATH=/bin:/usr/bin'], descriptors: new Map([[3, write]]) })
    await firstValueFrom(readable(read))
    await null
    console.log('went on')
    release()
    release()
    process.on('exit', () => console.log('out'))
  `)
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'went on\nout\n', stderr: '' })
})

test('two holds are two', () => {
  const { status, stdout } = runModule(`
    import { hold } from 'NATIVE/poller.ts'
    const first = hold()
    const second = hold()
    first()
    first()
    process.on('exit', () => console.log('out'))
    setTimeout(() => { console.log('held'); second() }, 50).unref()
  `)
  assert.deepEqual({ status, stdout }, { status: 0, stdout: 'held\nout\n' })
})

test('a process may end while something is ready and unread, in every way', () => {
  for (const [end, expected] of [
    ['release()', 0],
    ['process.exit(3)', 3],
    ['process.exitCode = 4; release()', 4],
  ] as const) {
    const { status, signal, stderr } = runModule(`
      import { writeSync } from 'node:fs'
      import { pipe } from 'NATIVE/pipe.ts'
      import { hold, readable } from 'NATIVE/poller.ts'
      const [read, write] = pipe()
      writeSync(write.number, 'x')
      const release = hold()
      let count = 0
      readable(read).subscribe(() => { if (++count === 3) { ${end} } })
    `)
    assert.deepEqual({ status, signal, stderr }, { status: expected, signal: null, stderr: '' }, end)
  }
})

test('what a subscriber throws ends the process like any exception, and no other subscriber', () => {
  const { status, stdout } = runModule(`
    import { writeSync } from 'node:fs'
    import { pipe } from 'NATIVE/pipe.ts'
    import { hold, readable } from 'NATIVE/poller.ts'
    const release = hold()
    const [read, write] = pipe()
    process.on('uncaughtException', ({ message }) => { console.log(message); release(); process.exit(5) })
    const first = readable(read).subscribe(() => { first.unsubscribe(); throw new Error('mine') })
    const second = readable(read).subscribe(() => { second.unsubscribe(); console.log('other') })
    writeSync(write.number, 'x')
  `)
  assert.deepEqual({ status, stdout }, { status: 5, stdout: 'other\nmine\n' })
})

test('a worker that watched something ends in peace', () => {
  const { status, signal, stdout, stderr } = runModule(`
    import { Worker } from 'node:worker_threads'
    const file = new URL('${new URL('worker.mjs', import.meta.url).href}')
    new Worker(file, { execArgv: [] }).on('exit', (code) => console.log(code))
  `)
  assert.deepEqual({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: 'watching\n0\n', stderr: '' })
})
