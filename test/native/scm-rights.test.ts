import assert from 'node:assert/strict'
import { mkdirSync, readSync, symlinkSync, writeSync } from 'node:fs'
import { test } from 'node:test'

import { pipe } from '../../src/native/pipe.ts'
import { sendDescriptor } from '../../src/native/scm-rights.ts'
import { receive } from '../../src/native/socket.ts'
import { O_CLOEXEC, SOCK_SEQPACKET, SOCK_STREAM } from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { accept, listen } from './listener.ts'
import { descriptors, openFlagsOf, runModule } from './observe.ts'

test('the listener gets the text and the open file in one message, and then the end', (t) => {
  const place = folder(t)
  const listener = listen(t, place, 'console.sock')
  const [read, write] = pipe()
  const before = descriptors().size
  sendDescriptor(`${place}/console.sock`, write, '/dev/pts/0')
  assert.equal(descriptors().size, before, 'nothing is left open')
  write.close()
  using connection = accept(listener)
  const got = receive(connection, 4096)
  assert.equal(got?.bytes.toString(), '/dev/pts/0')
  assert.equal(got.descriptors.length, 1)
  using descriptor = got.descriptors[0]!
  assert.notEqual(openFlagsOf(descriptor.number) & O_CLOEXEC, 0)
  writeSync(descriptor.number, 'x')
  assert.equal(readSync(read.number, Buffer.alloc(5)), 1)
  assert.equal(receive(connection, 4096)?.bytes.length, 0)
  read.close()
})

test('a path longer than sun_path, one of exactly its length, and one that is a link', (t) => {
  const root = folder(t)
  const deep = `${root}/${'d'.repeat(200)}/${'e'.repeat(200)}`
  mkdirSync(deep, { recursive: true })
  const listener = listen(t, deep, 's')
  symlinkSync(`${deep}/s`, `${root}/link`)
  const exact = `${root}/${'f'.repeat(107 - root.length - 1)}`
  const nearly = [exact, `${exact}g`, `${exact}gh`]
  for (const path of nearly) symlinkSync(`${deep}/s`, path)
  assert.deepEqual(
    nearly.map(({ length }) => length),
    [107, 108, 109],
  )
  for (const path of [`${deep}/s`, `${root}/link`, ...nearly]) {
    sendDescriptor(path, 0, path)
    using connection = accept(listener)
    const got = receive(connection, 4096)
    assert.equal(got?.bytes.toString(), path)
    assert.equal(got.descriptors.length, 1)
    got.descriptors[0]?.close()
  }
})

test('a text as long as a seccomp agent gets it arrives whole', (t) => {
  const place = folder(t)
  const listener = listen(t, place, 's')
  const text = JSON.stringify({ annotations: { long: 'ä'.repeat(40_000) } })
  sendDescriptor(`${place}/s`, 0, text)
  using connection = accept(listener)
  const parts: Buffer[] = []
  let count = 0
  for (;;) {
    const got = receive(connection, 4096)
    assert(got)
    if (got.bytes.length === 0) break
    count += got.descriptors.length
    for (const descriptor of got.descriptors) descriptor.close()
    parts.push(got.bytes)
  }
  assert.equal(Buffer.concat(parts).toString(), text)
  assert.equal(count, 1)
})

test('what fails names the path, and leaves nothing open', (t) => {
  const place = folder(t)
  const gone = listen(t, place, 'gone')
  gone.close()
  listen(t, place, 'packets', SOCK_SEQPACKET)
  const long = `${place}/${'x'.repeat(120)}`
  const before = descriptors().size
  for (const [path, syscallName, code] of [
    [`${place}/none`, 'connect', 'ENOENT'],
    [`${place}/gone`, 'connect', 'ECONNREFUSED'],
    [`${place}/packets`, 'connect', 'EPROTOTYPE'],
    [place, 'connect', 'ECONNREFUSED'],
    [long, 'openat', 'ENOENT'],
    ['', 'connect', 'ENOENT'],
  ] as const) {
    assert.throws(
      () => sendDescriptor(path, 0, 'x'),
      (error: Error & { code: string; syscall: string }) =>
        error.code === code && error.syscall === syscallName && error.message.includes(JSON.stringify(path)),
      path,
    )
  }
  assert.throws(() => sendDescriptor(`${place}/none\0`, 0, 'x'), TypeError)
  assert.throws(() => sendDescriptor(`${place}/none`, 0, ''), RangeError)
  assert.equal(descriptors().size, before)
})

test('a descriptor that is not open is EBADF, and the path is named', (t) => {
  const place = folder(t)
  listen(t, place, 's')
  assert.throws(() => sendDescriptor(`${place}/s`, 99_999, 'x'), {
    syscall: 'sendmsg',
    code: 'EBADF',
    detail: JSON.stringify(`${place}/s`),
  })
})

test('a listener that accepts nobody, and whose queue is full, is EAGAIN and not a wait for ever', (t) => {
  const place = folder(t)
  listen(t, place, 's', SOCK_STREAM, 0)
  sendDescriptor(`${place}/s`, 0, 'x')
  const { stdout, stderr } = runModule(`
    import { sendDescriptor } from 'NATIVE/scm-rights.ts'
    try { sendDescriptor(${JSON.stringify(`${place}/s`)}, 0, 'x') } catch (error) { console.log(error.code, error.syscall) }
  `)
  assert.deepEqual({ stdout, stderr }, { stdout: 'EAGAIN connect\n', stderr: '' })
})
