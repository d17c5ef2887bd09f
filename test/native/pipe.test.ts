import assert from 'node:assert/strict'
import { readSync, statSync, writeSync } from 'node:fs'
import { test } from 'node:test'

import { mkfifo, pipe } from '../../src/native/pipe.ts'
import { O_CLOEXEC, O_NONBLOCK } from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { openFlagsOf } from './observe.ts'

test('what goes into the second end comes out of the first', () => {
  const [read, write] = pipe()
  using reading = read
  using writing = write
  writeSync(writing.number, 'hello')
  const bytes = Buffer.alloc(10)
  assert.equal(readSync(reading.number, bytes), 5)
  for (const end of [reading, writing]) {
    assert.notEqual(openFlagsOf(end.number) & O_CLOEXEC, 0)
    assert.equal(openFlagsOf(end.number) & O_NONBLOCK, 0)
  }
  writing.close()
  assert.equal(readSync(reading.number, bytes), 0)
})

test('a named one is a FIFO with the permissions that were asked for', (t) => {
  const path = `${folder(t)}/exec.fifo`
  const umask = process.umask(0o022)
  t.after(() => process.umask(umask))
  mkfifo(path, 0o622)
  assert.equal(statSync(path).isFIFO(), true)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.throws(() => mkfifo(path, 0o622), { code: 'EEXIST' })
})
