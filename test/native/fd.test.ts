import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'

import { Fd, numberOf } from '../../src/native/fd.ts'
import { syscallResult } from '../../src/native/libc.ts'
import { O_CLOEXEC } from '../../src/native/uapi.ts'
import { descriptors, openFlagsOf } from './observe.ts'

const open = () => new Fd(openSync('/dev/null', 'r'))

test('close closes it, and the number is never used again', () => {
  const fd = open()
  const { number } = fd
  assert.equal(descriptors().get(number), '/dev/null')
  fd.close()
  assert.equal(descriptors().get(number), undefined)
  assert.equal(fd.closed, true)
  assert.equal(fd.number, -1)
})

test('a second close leaves a stranger with the same number alone', () => {
  const fd = open()
  const { number } = fd
  fd.close()
  const stranger = openSync('/dev/zero', 'r')
  assert.equal(stranger, number)
  fd.close()
  fd[Symbol.dispose]()
  assert.equal(descriptors().get(number), '/dev/zero')
  closeSync(stranger)
})

test('using closes it on the way out of a block', () => {
  let number: number
  {
    using fd = open()
    number = fd.number
    assert.equal(descriptors().has(number), true)
  }
  assert.equal(descriptors().has(number), false)
})

test('a duplicate is the same open file, close-on-exec, and outlives the first', () => {
  const fd = open()
  const duplicate = fd.dup()
  const high = fd.dup(900)
  assert(high.number >= 900)
  assert.notEqual(duplicate.number, fd.number)
  // KCMP_FILE: 0 when both descriptors are one open file description.
  assert.equal(syscallResult('kcmp', process.pid, process.pid, 0, fd.number, duplicate.number), 0)
  assert.notEqual(openFlagsOf(duplicate.number) & O_CLOEXEC, 0)
  fd.close()
  assert.equal(descriptors().get(duplicate.number), '/dev/null')
  duplicate.close()
  high.close()
})

test('a closed one cannot be duplicated', () => {
  const fd = open()
  fd.close()
  assert.throws(() => fd.dup(), { code: 'EBADF' })
})

test("what is taken is the taker's to close", () => {
  const fd = open()
  const number = fd.take()
  fd.close()
  assert.equal(fd.closed, true)
  assert.equal(descriptors().get(number), '/dev/null')
  closeSync(number)
})

test('a number that the owner lost already does not make close throw', () => {
  const fd = open()
  closeSync(fd.number)
  fd.close()
})

test('a failed call cannot become a descriptor', () => {
  assert.throws(() => new Fd(-1), RangeError)
  assert.throws(() => new Fd(1.5), RangeError)
})

test('numberOf takes both kinds', () => {
  using fd = open()
  assert.equal(numberOf(fd), fd.number)
  assert.equal(numberOf(7), 7)
})
