import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, readlinkSync, readSync, writeFileSync } from 'node:fs'
import { before, test, type TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'

import { Fd, type Descriptor } from '../../src/native/fd.ts'
import { syscall } from '../../src/native/libc.ts'
import { sealedMemfd } from '../../src/native/memfd.ts'
import { pidfdOpen, pidfdSendSignal, waitPidfd, type WaitResult } from '../../src/native/pidfd.ts'
import { pipe } from '../../src/native/pipe.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { spawn, type SpawnOptions } from '../../src/native/spawn.ts'
import { CLD_EXITED, CLOSE_RANGE_CLOEXEC, SIG_SETMASK, SIGKILL, SIGSET_BYTES } from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { descriptors, status } from './observe.ts'

// What this process itself inherited and could pass on, beyond what Node found: it would be the child's too.
before(() => {
  syscall('close_range', 3, 0x7fffffff, CLOSE_RANGE_CLOEXEC)
})

/** A program that runs, killed and reaped with the test. */
function running(t: TestContext, options: Partial<SpawnOptions> = {}): number {
  const [read, write] = pipe()
  const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '60'], env: [], ...options })
  const pidfd = pidfdOpen(pid)
  const release = hold()
  t.after(async () => {
    pidfdSendSignal(pidfd, SIGKILL)
    await firstValueFrom(readable(pidfd))
    waitPidfd(pidfd)
    pidfd.close()
    release()
  })
  // posix_spawn returns when exec cannot fail any more, a moment before the kernel closes what is close-on-exec. This pipe is.
  write.close()
  assert.equal(readSync(read.number, Buffer.alloc(1)), 0)
  read.close()
  return pid
}

async function ended(pid: number): Promise<WaitResult | null> {
  using pidfd = pidfdOpen(pid)
  const release = hold()
  await firstValueFrom(readable(pidfd))
  release()
  return waitPidfd(pidfd)
}

/** What a descriptor here is, in the words of /proc/PID/fd. */
function nameOf(descriptor: Fd): string {
  return readlinkSync(`/proc/self/fd/${descriptor.number}`)
}

/** A pipe end with a certain number. */
function numbered(t: TestContext, number: number): Fd {
  const [read, write] = pipe()
  write.close()
  const fd = read.dup(number)
  read.close()
  assert.equal(fd.number, number)
  t.after(() => fd.close())
  return fd
}

test('every signal has its default in the child and none is blocked, whatever it is here', (t) => {
  // Node ignores SIGPIPE; here one more is ignored, and some are blocked.
  const ignore = () => {}
  process.on('SIGUSR2', ignore)
  const old = Buffer.alloc(SIGSET_BYTES)
  syscall('rt_sigprocmask', SIG_SETMASK, Buffer.from([0, 0x02, 0, 0, 0, 0, 0, 0x80]), old, SIGSET_BYTES)
  t.after(() => {
    syscall('rt_sigprocmask', SIG_SETMASK, old, null, SIGSET_BYTES)
    process.removeListener('SIGUSR2', ignore)
  })
  assert.notEqual(status(process.pid)['SigIgn'], '0000000000000000')
  assert.notEqual(status(process.pid)['SigBlk'], '0000000000000000')
  const { SigIgn, SigBlk, SigCgt } = status(running(t))
  assert.deepEqual(
    { SigIgn, SigBlk, SigCgt },
    {
      SigIgn: '0000000000000000',
      SigBlk: '0000000000000000',
      SigCgt: '0000000000000000',
    },
  )
})

test('the child has 0 to 2 as they are here, what it was given, and nothing else', (t) => {
  const given = numbered(t, 800)
  const secret = openSync('/dev/zero', 'r')
  t.after(() => closeSync(secret))
  const found = descriptors(running(t, { descriptors: new Map([[3, given]]) }))
  assert.deepEqual(
    [...found.keys()].sort((a, b) => a - b),
    [0, 1, 2, 3],
  )
  assert.equal(found.get(3), nameOf(given))
  for (const fd of [0, 1, 2]) assert.equal(found.get(fd), readlinkSync(`/proc/self/fd/${fd}`))
})

/** The descriptors of a child that was given these. Those here stay what they are. */
function inChild(t: TestContext, wanted: ReadonlyMap<number, Descriptor>): Map<number, string> {
  const before = descriptors()
  const pid = running(t, { descriptors: wanted })
  for (const [number, name] of before) assert.equal(descriptors().get(number), name)
  return descriptors(pid)
}

test('sources and targets may be each other', (t) => {
  const [a, b, c] = [numbered(t, 800), numbered(t, 801), numbered(t, 802)]
  const found = inChild(
    t,
    new Map([
      [801, a],
      [802, b],
      [800, c],
    ]),
  )
  assert.equal(found.get(801), nameOf(a))
  assert.equal(found.get(802), nameOf(b))
  assert.equal(found.get(800), nameOf(c))
  assert.equal(found.size, 6)
})

test('a standard stream may be a source after it is a target', (t) => {
  const own = numbered(t, 800)
  const stdout = readlinkSync('/proc/self/fd/1')
  const found = inChild(
    t,
    new Map<number, Descriptor>([
      [1, own],
      [5, 1],
      [0, 1],
    ]),
  )
  assert.equal(found.get(1), nameOf(own))
  assert.equal(found.get(5), stdout)
  assert.equal(found.get(0), stdout)
})

test('a descriptor can keep its number, and go to several', (t) => {
  const own = numbered(t, 800)
  const found = inChild(
    t,
    new Map([
      [800, own],
      [7, own],
      [1000, own],
    ]),
  )
  for (const target of [7, 800, 1000]) assert.equal(found.get(target), nameOf(own), String(target))
  assert.equal(found.size, 6)
})

test('arguments and environment arrive byte for byte, and no more', (t) => {
  const [output, write] = pipe()
  const [stdin, input] = pipe()
  t.after(() => [output, write, stdin, input].forEach((end) => end.close()))
  const argv = ['sh', '-c', 'echo up; read line', '', 'grüße ✓', '-x y\n']
  const env = ['A=', 'B=ü ü', 'B=again']
  const pid = running(t, {
    path: '/bin/sh',
    argv,
    env,
    descriptors: new Map([
      [0, stdin],
      [1, write],
    ]),
  })
  assert.equal(readSync(output.number, Buffer.alloc(10)), 3)
  assert.equal(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), [...argv, ''].join('\0'))
  assert.equal(readFileSync(`/proc/${pid}/environ`, 'utf8'), [...env, ''].join('\0'))
})

test('a thousand arguments of a kilobyte', async () => {
  const argv = ['sh', '-c', 'exit $(($# / 10))', ...Array.from({ length: 1000 }, () => 'x'.repeat(1024))]
  const pid = spawn({ path: '/bin/sh', argv, env: [] })
  assert.deepEqual(await ended(pid), { pid, code: CLD_EXITED, status: 99 })
})

test('the executable may be a sealed file in memory that is close-on-exec', async () => {
  using program = sealedMemfd('true', readFileSync('/bin/true'))
  const pid = spawn({ path: `/proc/self/fd/${program.number}`, argv: ['true'], env: [] })
  assert.deepEqual(await ended(pid), { pid, code: CLD_EXITED, status: 0 })
})

test('output goes where it was sent', async () => {
  const [read, write] = pipe()
  const pid = spawn({ path: '/bin/echo', argv: ['echo', 'hello'], env: [], descriptors: new Map([[1, write]]) })
  write.close()
  await ended(pid)
  const bytes = Buffer.alloc(100)
  assert.equal(bytes.toString('latin1', 0, readSync(read.number, bytes)), 'hello\n')
  assert.equal(readSync(read.number, bytes), 0)
  read.close()
})

test('a program that cannot be started is an error that names it, and leaves no descriptor and no child', (t) => {
  const path = `${folder(t)}/plain`
  writeFileSync(path, 'text', { mode: 0o600 })
  const [a, b] = [numbered(t, 800), numbered(t, 801)]
  const swapped = new Map([
    [800, b],
    [801, a],
  ])
  const before = descriptors()
  assert.throws(() => spawn({ path: '/nonexistent', argv: ['x'], env: [], descriptors: swapped }), {
    message: 'posix_spawn("/nonexistent"): ENOENT',
  })
  assert.throws(() => spawn({ path, argv: ['x'], env: [], descriptors: swapped }), { code: 'EACCES' })
  assert.deepEqual(descriptors(), before)
  assert.equal(readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim(), '')
})

test('a descriptor that is closed is an error before anything starts', () => {
  const [read, write] = pipe()
  read.close()
  write.close()
  assert.throws(() => spawn({ path: '/bin/true', argv: ['true'], env: [], descriptors: new Map([[3, read]]) }), {
    code: 'EBADF',
  })
  assert.throws(() => spawn({ path: '/bin/true', argv: ['true'], env: [], descriptors: new Map([[3, 9999]]) }), {
    code: 'EBADF',
  })
})

test('a NUL would cut a path or an argument: refused', () => {
  assert.throws(() => spawn({ path: '/bin/true\0x', argv: ['true'], env: [] }), TypeError)
  assert.throws(() => spawn({ path: '/bin/true', argv: ['tr\0ue'], env: [] }), TypeError)
  assert.throws(() => spawn({ path: '/bin/true', argv: ['true'], env: ['A=\0'] }), TypeError)
})
