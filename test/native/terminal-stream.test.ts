import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test, type TestContext } from 'node:test'

import { Fd } from '../../src/native/fd.ts'
import { terminalStream } from '../../src/native/terminal-stream.ts'
import { inTerminal, openPty, plain, type Pty } from './pty.ts'
import { descriptors, runModule } from './observe.ts'

function streamOf(t: TestContext, { master }: Pty) {
  const stream = terminalStream(master)
  t.after(() => stream.destroy())
  return stream
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Bytes that show where one is missing, doubled or in the wrong place. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(at, at)
  return bytes
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('what is written at one end is read at the other, both ways', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const stream = streamOf(t, pty)
  writeSync(pty.slave.number, 'from the program')
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'from the program')
  stream.pause()
  await new Promise<void>((resolve) => stream.write('typed', () => resolve()))
  const bytes = Buffer.alloc(20)
  assert.equal(bytes.toString('latin1', 0, readSync(pty.slave.number, bytes)), 'typed')
})

test('when the last slave is closed the stream ends, with all that was written before, and closes once', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const before = descriptors().size
  let closes = 0
  const close = pty.master.close.bind(pty.master)
  pty.master.close = () => {
    if (!pty.master.closed) closes++
    close()
  }
  const stream = streamOf(t, pty)
  writeSync(pty.slave.number, 'last words')
  pty.slave.close()
  assert.equal(await textOf(stream), 'last words')
  if (!stream.closed) await once(stream, 'close')
  stream.destroy()
  assert.equal(closes, 1)
  assert.equal(pty.master.closed, true)
  assert.equal(descriptors().size, before - 2, 'both ends are closed')
})

test('nobody reads it: it stays open past the hang-up, idle, and what was written is there when somebody comes', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const stream = streamOf(t, pty)
  writeSync(pty.slave.number, 'kept')
  pty.slave.close()
  await turns(20)
  assert.equal(stream.readableEnded, false)
  assert.equal(pty.master.closed, false)
  assert.equal(await textOf(stream), 'kept')
})

test('a reader that is slow, at a terminal that is hung up, is not waited for in a busy loop', () => {
  const { status, stdout, stderr } = runModule(`
    import { Fd } from 'NATIVE/fd.ts'
    import { terminalStream } from 'NATIVE/terminal-stream.ts'
    import { openat } from 'NATIVE/mount.ts'
    import { syscall } from 'NATIVE/libc.ts'
    import { terminalNumber } from 'NATIVE/terminal.ts'
    import { hold } from 'NATIVE/poller.ts'
    import { writeSync } from 'node:fs'
    const master = openat('/dev/ptmx', 0o402)
    syscall('ioctl', master.number, 0x40045431, Buffer.alloc(4))
    const slave = openat('/dev/pts/' + terminalNumber(master), 0o402)
    const stream = terminalStream(master)
    stream.on('data', () => stream.pause())
    writeSync(slave.number, 'x')
    stream.once('pause', () => {
      slave.close()
      const release = hold()
      const before = process.cpuUsage()
      setTimeout(() => {
        const { user, system } = process.cpuUsage(before)
        console.log(user + system < 300_000 ? 'idle' : 'busy: ' + (user + system))
        release()
      }, 1000)
    })
  `)
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'idle\n', stderr: '' })
})

test('a stream that nobody reads or writes does not keep the process running, and a reader that waits does', () => {
  const prelude = `
    import { terminalStream } from 'NATIVE/terminal-stream.ts'
    import { openat } from 'NATIVE/mount.ts'
    import { syscall } from 'NATIVE/libc.ts'
    import { spawn } from 'NATIVE/spawn.ts'
    import { terminalNumber } from 'NATIVE/terminal.ts'
    import { writeSync, closeSync } from 'node:fs'
    const master = openat('/dev/ptmx', 0o402)
    syscall('ioctl', master.number, 0x40045431, Buffer.alloc(4))
    const slave = openat('/dev/pts/' + terminalNumber(master), 0o402)
    const stream = terminalStream(master)
    process.on('exit', () => console.log('out'))
  `
  const later = `
    spawn({ path: '/bin/sh', argv: ['sh', '-c', 'sleep 0.3; printf late 2>/dev/null >&3'], env: ['PATH=/bin:/usr/bin'], descriptors: new Map([[3, slave]]) })
  `
  for (const [what, code, expected] of [
    ['untouched', '', 'out\n'],
    ['written to, and done', `stream.write('x')`, 'out\n'],
    ['paused', `${later} stream.on('data', (data) => console.log(String(data))); stream.pause()`, 'out\n'],
    ['paused by a pipe that is taken off', `${later} stream.pipe(process.stdout); stream.unpipe()`, 'out\n'],
    ['flowing', `${later} stream.on('data', (data) => { console.log(String(data)); stream.destroy() })`, 'late\nout\n'],
    [
      'paused and resumed',
      `${later} stream.on('data', (data) => { console.log(String(data)); stream.destroy() }); stream.pause(); setTimeout(() => stream.resume(), 1)`,
      'late\nout\n',
    ],
    ['iterated', `${later} for await (const data of stream) { console.log(String(data)); break }`, 'late\nout\n'],
    [
      'iterated after a pipe was taken off',
      `${later} stream.pipe(process.stdout); stream.unpipe(); for await (const data of stream) { console.log(String(data)); break }`,
      'late\nout\n',
    ],
  ] as const) {
    const { status, stdout, stderr } = runModule(prelude + code)
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: expected, stderr: '' }, what)
  }
})

test('10 MB from a program arrive whole, through a reader that is often not ready', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const length = 10_000_000
  const child = inTerminal(t, pty, [
    process.execPath,
    '-e',
    `const bytes = Buffer.alloc(${length}); for (let at = 0; at < ${length}; at += 4) bytes.writeUInt32LE(at, at)
     for (let at = 0; at < ${length};) at += require('fs').writeSync(1, bytes, at)`,
  ])
  const exit = once(child, 'exit')
  const stream = streamOf(t, pty)
  const parts: Buffer[] = []
  let got = 0
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk)
      got += chunk.length
      // Until all is here the program has the terminal; then this end of it is the last.
      if (got >= length) pty.slave.close()
      setImmediate(done)
    },
  })
  await pipeline(stream, slow)
  assert.equal(hashOf(Buffer.concat(parts)), hashOf(pattern(length)))
  assert.deepEqual(await exit, [0, null])
})

test('10 MB to a program arrive whole, and the writer waits for it', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const length = 10_000_000
  const child = inTerminal(t, pty, [
    process.execPath,
    '-e',
    `const fs = require('fs'), hash = require('crypto').createHash('sha256'), buffer = Buffer.alloc(65536)
     for (let got = 0; got < ${length};) {
       const count = fs.readSync(0, buffer)
       got += count
       hash.update(buffer.subarray(0, count))
     }
     fs.writeSync(1, hash.digest('hex') + '.')`,
  ])
  const stream = streamOf(t, pty)
  const chunks = (function* () {
    const bytes = pattern(length)
    for (let at = 0; at < length; at += 100_000) yield bytes.subarray(at, at + 100_000)
  })()
  let said = ''
  stream.setEncoding('latin1').on('data', (text: string) => (said += text))
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain')
  while (!said.endsWith('.')) await once(stream, 'data')
  assert.equal(said, `${hashOf(pattern(length))}.`)
  if (child.exitCode === null) await once(child, 'exit')
})

test('a program that reads nothing stops the writer, and not this process', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const stream = streamOf(t, pty)
  let through = false
  stream.on('error', () => {})
  stream.write(Buffer.alloc(1_000_000), () => (through = true))
  await turns(50)
  assert.equal(through, false)
  assert.equal(stream.write('more'), false)
  // It still reads.
  writeSync(pty.slave.number, 'alive')
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'alive')
  // And the program goes: what was typed for it is dropped, and the stream ends.
  stream.resume()
  pty.slave.close()
  await once(stream, 'close')
  assert.equal(stream.errored, null)
  assert.equal(through, true)
})

test('destroyed while a write waits: the write fails, the terminal is closed, nothing is watched', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const before = descriptors().size
  const stream = streamOf(t, pty)
  stream.on('data', () => {})
  const failed = new Promise<unknown>((resolve) => stream.write(Buffer.alloc(1_000_000), resolve))
  await turns(5)
  stream.destroy()
  stream.destroy()
  const error = await failed
  assert(error instanceof Error && 'code' in error)
  assert.equal(error.code, 'ECANCELED')
  assert.equal(descriptors().size, before - 1)
  // The program sees that its terminal is gone.
  assert.throws(() => writeSync(pty.slave.number, 'x'), { code: 'EIO' })
})

test('a stranger that has the number of a closed master is never read, written or closed', async (t) => {
  const pty = openPty(t)
  const { number } = pty.master
  const stream = streamOf(t, pty)
  stream.on('data', () => {})
  stream.destroy()
  const stranger = new Fd(descriptorAt(number))
  stream.destroy()
  stream.finish()
  await turns(5)
  fstatSync(stranger.number)
  stranger.close()
})

/** /dev/null under this number. */
function descriptorAt(number: number): number {
  const first = openSync('/dev/null', 'r')
  assert.equal(first, number)
  return first
}

test('end() says nothing to the program, and the stream goes on being read', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  const stream = streamOf(t, pty)
  stream.end('bye')
  await once(stream, 'finish')
  assert.equal(pty.master.closed, false)
  writeSync(pty.slave.number, 'still here')
  pty.slave.close()
  assert.equal(await textOf(stream), 'still here')
})

test('finish() ends it behind what is there, although another has the terminal open', async (t) => {
  for (const early of [false, true]) {
    const pty = openPty(t)
    plain(pty.slave)
    const stream = streamOf(t, pty)
    const bytes = pattern(4000)
    writeSync(pty.slave.number, bytes)
    const parts: Buffer[] = []
    if (early) stream.finish()
    stream.on('data', (part: Buffer) => parts.push(part))
    if (!early) {
      await once(stream, 'data')
      await turns(3)
      stream.finish()
    }
    await once(stream, 'end')
    assert.equal(hashOf(Buffer.concat(parts)), hashOf(bytes))
    if (!stream.closed) await once(stream, 'close')
  }
})

test("an error is the stream's, and closes it", async (t) => {
  const pty = openPty(t)
  const stream = streamOf(t, pty)
  pty.master.close()
  stream.on('data', () => {})
  const [error] = (await once(stream, 'error')) as [Error & { code: string }]
  assert.equal(error.code, 'EBADF')
})

test('a program that never pauses does not keep the loop to itself', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  inTerminal(t, pty, ['sh', '-c', 'exec yes'])
  const stream = streamOf(t, pty)
  let count = 0
  stream.on('data', (part: Buffer) => (count += part.length))
  await once(stream, 'data')
  // Timers, immediates and signals come through meanwhile.
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setTimeout(resolve, 1))
  assert(count > 0)
})

test('a program is held up by a reader that does not read', async (t) => {
  const pty = openPty(t)
  plain(pty.slave)
  inTerminal(t, pty, ['yes'])
  const stream = streamOf(t, pty)
  stream.on('data', () => stream.pause())
  await once(stream, 'pause')
  await turns(3000)
  assert(stream.readableLength < 100_000, `${stream.readableLength} bytes are kept`)
})
