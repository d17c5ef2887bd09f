import assert from 'node:assert/strict'
import { readSync, writeSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import { Fd } from '../../src/native/fd.ts'
import { syscall, syscallResult } from '../../src/native/libc.ts'
import { pipe } from '../../src/native/pipe.ts'
import { prlimit } from '../../src/native/prlimit.ts'
import { receive, send, socketpair } from '../../src/native/socket.ts'
import { O_CLOEXEC, O_NONBLOCK, RLIMIT_NOFILE } from '../../src/native/uapi.ts'
import { descriptors, openFlagsOf, runModule } from './observe.ts'

function pair(t: TestContext): [Fd, Fd] {
  const ends = socketpair()
  t.after(() => ends.forEach((end) => end.close()))
  return ends
}

test('both ends are close-on-exec; the first does not block, the second does', (t) => {
  const [own, child] = pair(t)
  assert.notEqual(openFlagsOf(own.number) & O_CLOEXEC, 0)
  assert.notEqual(openFlagsOf(child.number) & O_CLOEXEC, 0)
  assert.notEqual(openFlagsOf(own.number) & O_NONBLOCK, 0)
  assert.equal(openFlagsOf(child.number) & O_NONBLOCK, 0)
})

test('records stay apart', (t) => {
  const [own, child] = pair(t)
  send(own, Buffer.from('one'))
  send(own, Buffer.from('two and more'))
  assert.equal(receive(child, 100)?.bytes.toString(), 'one')
  assert.equal(receive(child, 100)?.bytes.toString(), 'two and more')
})

test('nothing there is null on both ends, also on the one that blocks', (t) => {
  const [own, child] = pair(t)
  assert.equal(receive(own, 10), null)
  assert.equal(receive(child, 10), null)
})

test('the end is a record of no bytes', (t) => {
  const [own, child] = pair(t)
  child.close()
  const end = receive(own, 10)
  assert.equal(end?.bytes.length, 0)
  assert.deepEqual(end?.descriptors, [])
})

test('descriptors arrive as the same open files, close-on-exec', (t) => {
  const [own, child] = pair(t)
  const [read, write] = pipe()
  send(own, Buffer.from('fds'), [read, write.number])
  const got = receive(child, 10)
  assert.equal(got?.bytes.toString(), 'fds')
  assert.equal(got.descriptors.length, 2)
  const [first, second] = got.descriptors
  assert(first && second)
  // KCMP_FILE
  assert.equal(syscallResult('kcmp', process.pid, process.pid, 0, first.number, read.number), 0)
  assert.notEqual(openFlagsOf(first.number) & O_CLOEXEC, 0)
  read.close()
  write.close()
  writeSync(second.number, 'x')
  assert.equal(readSync(first.number, Buffer.alloc(5)), 1)
  first.close()
  second.close()
})

test('as many as the kernel takes in one message, and one more', (t) => {
  const [own, child] = pair(t)
  send(
    own,
    Buffer.from('many'),
    Array.from({ length: 253 }, () => own),
  )
  const got = receive(child, 10)
  assert.equal(got?.descriptors.length, 253)
  for (const fd of got?.descriptors ?? []) fd.close()
  assert.throws(
    () =>
      send(
        own,
        Buffer.from('x'),
        Array.from({ length: 254 }, () => own),
      ),
    { code: 'EINVAL' },
  )
})

test('a record longer than the caller takes is an error, and its descriptors are closed', (t) => {
  const [own, child] = pair(t)
  send(own, Buffer.alloc(100), [own])
  const before = [...descriptors().keys()]
  assert.throws(() => receive(child, 99), { code: 'EMSGSIZE', syscall: 'recvmsg' })
  assert.deepEqual([...descriptors().keys()], before)
  send(own, Buffer.from('next'))
  assert.equal(receive(child, 99)?.bytes.toString(), 'next')
})

test('descriptors that do not fit under RLIMIT_NOFILE are an error, and none is left over', (t) => {
  const [own, child] = pair(t)
  send(own, Buffer.from('x'), [own, child, own])
  const before = descriptors()
  const limit = prlimit(0, RLIMIT_NOFILE)
  // Room for one more: the lowest free number is the last one allowed.
  let free = 0
  while (before.has(free)) free++
  prlimit(0, RLIMIT_NOFILE, { soft: BigInt(free + 1), hard: limit.hard })
  try {
    assert.throws(() => receive(child, 10), { code: 'EMFILE' })
  } finally {
    prlimit(0, RLIMIT_NOFILE, limit)
  }
  assert.deepEqual([...descriptors().keys()], [...before.keys()])
})

test('sending to a closed end is EPIPE and no signal', () => {
  // In a process of its own where SIGPIPE has its default: Node ignores it.
  const { stdout, signal } = runModule(`
    import { send, socketpair } from 'NATIVE/socket.ts'
    import { libcFunction } from 'NATIVE/libc.ts'
    const signal = libcFunction('void *signal(int number, void *handler)')
    signal(13, null)
    const [own, child] = socketpair()
    child.close()
    try { send(own, Buffer.from('x')) } catch (error) { console.log(error.message) }
  `)
  assert.equal(signal, null)
  assert.match(stdout, /^sendmsg\(\d+, <1 bytes>\): EPIPE\n$/)
})

test('a full queue is EAGAIN and not a wait', (t) => {
  const [own] = pair(t)
  assert.throws(
    () => {
      for (let count = 0; count < 100_000; count++) send(own, Buffer.alloc(1000))
    },
    { code: 'EAGAIN' },
  )
})

test('what a peer sends beside descriptors is not taken for one', (t) => {
  const [own, child] = pair(t)
  // SO_PASSCRED: every record brings SCM_CREDENTIALS.
  const on = Buffer.alloc(4)
  on.writeInt32LE(1)
  syscall('setsockopt', child.number, 1, 16, on, 4)
  send(own, Buffer.from('x'), [own])
  const got = receive(child, 10)
  assert.equal(got?.descriptors.length, 1)
  got?.descriptors[0]?.close()
})
