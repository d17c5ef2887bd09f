import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StatorError } from '../../src/errors.ts'
import { Inotify } from '../../src/native/inotify.ts'
import { type LogOptions, type LogSource, readBytes, readLines } from '../../src/runtime/logs.ts'

interface TestLog {
  readonly source: LogSource
  print(text: string | Buffer, more?: { readonly stream?: 1 | 2; readonly seconds?: number }): void
  end(): void
  close(): void
}

function log(t: TestContext, { kept = true } = {}): TestLog {
  const folder = mkdtempSync(join(tmpdir(), 'stator-log-'))
  const watch = new Inotify()
  t.after(() => {
    watch.close()
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'stdio')
  writeFileSync(path, '')
  const closing = new AbortController()
  let hasEnded = false
  const wakes = new Set<() => void>()
  return {
    source: {
      what: 'logs of "x"',
      path,
      kept,
      missing: () => new StatorError('ERR_STATOR_NOT_FOUND', 'container does not exist'),
      watch,
      closing: closing.signal,
      hasEnded: () => hasEnded,
      onEnd(wake) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
    print(text, { stream = 1, seconds = 1 } = {}) {
      appendFileSync(path, frame(Buffer.from(text), stream, seconds))
    },
    end() {
      hasEnded = true
      for (const wake of wakes) wake()
    },
    close: () => closing.abort(new StatorError('ERR_STATOR_CLOSED', 'closed')),
  }
}

function frame(bytes: Buffer, stream: 1 | 2, seconds: number): Buffer {
  const header = Buffer.alloc(24)
  header.writeBigUInt64LE(BigInt(seconds), 0)
  header.writeBigUInt64LE(5_000_000n, 8)
  header.writeUInt32LE(stream, 16)
  header.writeUInt32LE(bytes.length, 20)
  return Buffer.concat([header, bytes])
}

async function texts(source: LogSource, options: LogOptions = {}): Promise<string[]> {
  const found: string[] = []
  for await (const { stream, text } of readLines(source, options)) found.push(`${stream[3]}:${text}`)
  return found
}

test('frames become lines, each stream its own; the last one needs no newline', async (t) => {
  const { source, print } = log(t)
  print('one\ntw')
  print('error\n', { stream: 2 })
  print('o\n\nlast')
  assert.deepEqual(await texts(source), ['o:one', 'e:error', 'o:two', 'o:', 'o:last'])
})

test('a line has the time of its first byte, its text, and the bytes that were printed', async (t) => {
  const { source, print } = log(t)
  print(Buffer.from([0x61, 0xff]), { seconds: 1 })
  print('b\n', { seconds: 2 })
  const { value } = await readLines(source, {}).next()
  assert.deepEqual(value, {
    stream: 'stdout',
    time: '1970-01-01T00:00:01.005Z',
    text: 'a\ufffdb',
    bytes: Buffer.from([0x61, 0xff, 0x62]),
  })
})

test('since leaves out what was printed before, tail what is not among the last lines', async (t) => {
  const { source, print } = log(t)
  for (const seconds of [1, 2, 3, 4]) print(`${seconds}\n`, { seconds })
  print('5', { seconds: 5 })
  assert.deepEqual(await texts(source, { since: 3000 }), ['o:3', 'o:4', 'o:5'])
  assert.deepEqual(await texts(source, { since: '1970-01-01T00:00:04Z' }), ['o:4', 'o:5'])
  assert.deepEqual(await texts(source, { since: new Date(6000) }), [])
  assert.deepEqual(await texts(source, { tail: 2 }), ['o:4', 'o:5'])
  assert.deepEqual(await texts(source, { tail: 0 }), [])
  assert.deepEqual(await texts(source, { tail: 100 }), ['o:1', 'o:2', 'o:3', 'o:4', 'o:5'])
  await assert.rejects(texts(source, { tail: -1 }), { code: 'ERR_STATOR_CONFIG' })
  await assert.rejects(texts(source, { since: 'yesterday' }), { code: 'ERR_STATOR_CONFIG' })
})

test('following goes on until the container has ended, with all that was printed before', async (t) => {
  const { source, print, end } = log(t)
  print('1\n2\n')
  const lines = readLines(source, { follow: true, tail: 1 })
  assert.equal((await lines.next()).value?.text, '2')
  const third = lines.next()
  print('3\n4')
  assert.equal((await third).value?.text, '3')
  const fourth = lines.next()
  print(' and more')
  end()
  assert.equal((await fourth).value?.text, '4 and more')
  assert.equal((await lines.next()).done, true)
})

test('a frame that is torn, as its writer was killed, is not there', async (t) => {
  const { source, print } = log(t)
  print('whole\n')
  appendFileSync(source.path, frame(Buffer.from('torn\n'), 1, 1).subarray(0, 26))
  assert.deepEqual(await texts(source), ['o:whole'])
})

test('a line may be longer than what is read at once', async (t) => {
  const { source, print } = log(t)
  const long = 'x'.repeat(100_000)
  for (const part of [long, long, '\nnext\n']) print(part)
  assert.deepEqual(await texts(source), [`o:${long}${long}`, 'o:next'])
})

test('the bytes of one stream, for a Readable', async (t) => {
  const { source, print, end } = log(t)
  print('a')
  print('not this', { stream: 2 })
  print('b\n')
  end()
  const found: Buffer[] = []
  for await (const bytes of readBytes(source, 'stdout')) found.push(bytes)
  assert.equal(Buffer.concat(found).toString(), 'ab\n')
})

test('following ends with its signal, and with the runtime', async (t) => {
  const { source, close } = log(t)
  const abort = new AbortController()
  const aborted = texts(source, { follow: true, signal: abort.signal })
  abort.abort()
  await assert.rejects(aborted, { code: 'ERR_STATOR_ABORTED' })
  const closed = texts(source, { follow: true })
  close()
  await assert.rejects(closed, { code: 'ERR_STATOR_CLOSED' })
})

test('of a container with other stdio nothing is kept, which is said', async (t) => {
  const { source } = log(t, { kept: false })
  await assert.rejects(texts(source), { code: 'ERR_STATOR_STATUS', message: /stdio "log"/ })
})

test('a log that is gone: its own error; whoever has begun to read it gets all of it', async (t) => {
  const { source, print, end } = log(t)
  print('one\n')
  const reader = readLines(source, { follow: true })
  assert.equal((await reader.next()).value?.text, 'one')
  print('two\n')
  unlinkSync(source.path)
  assert.equal((await reader.next()).value?.text, 'two')
  end()
  assert.equal((await reader.next()).done, true)
  for (const follow of [false, true])
    await assert.rejects(readLines(source, { follow }).next(), { code: 'ERR_STATOR_NOT_FOUND' })
})

test('a follower that leaves does not make those beside it deaf', { timeout: 10_000 }, async (t) => {
  const { source, print, end } = log(t)
  print('1\n')
  const [stays, leaves] = [readLines(source, { follow: true }), readLines(source, { follow: true })]
  const both = () => Promise.all([stays.next(), leaves.next()])
  await both()
  const second = both()
  print('2\n')
  assert.deepEqual(
    (await second).map(({ value }) => value?.text),
    ['2', '2'],
  )
  let next = stays.next()
  await leaves.return()
  // The end of a watch wakes as well, so one line proves nothing.
  for (const text of ['3', '4']) {
    print(`${text}\n`)
    assert.equal((await next).value?.text, text)
    next = stays.next()
  }
  end()
  assert.equal((await next).done, true)
})
