import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'

import { errnoName, errnoNumber, errnos, flagWord, ignoring, SyscallError, Word } from '../../src/native/errno.ts'
import { syscall } from '../../src/native/libc.ts'

test('every errno that the C library knows has the same number here', () => {
  for (const [name, number] of Object.entries(constants.errno)) {
    assert.equal(errnoNumber(name), number, name)
  }
})

test('a number goes to its name and back, for all numbers there are', () => {
  for (const [name, number] of Object.entries(errnos)) {
    assert.equal(errnoNumber(errnoName(number)), number, name)
  }
})

test('of two names for one number the kernel spells the first', () => {
  assert.equal(errnoName(11), 'EAGAIN')
  assert.equal(errnoName(35), 'EDEADLK')
  assert.equal(errnoName(95), 'EOPNOTSUPP')
})

test('an errno without a name is its number', () => {
  assert.equal(errnoName(4000), 'E4000')
})

test('what is not the name of an errno has no number', () => {
  assert.equal(errnoNumber('EWHATEVER'), undefined)
  assert.equal(errnoNumber('toString'), undefined)
})

test('a failed call throws itself: name, arguments, errno', () => {
  const name = 'a"b'
  assert.throws(
    () => syscall('openat', -100, `/nonexistent/${name}`, 0, 0),
    (error) => {
      assert(error instanceof SyscallError)
      assert.equal(error.message, 'openat(AT_FDCWD, "/nonexistent/a\\"b", 0, 0): ENOENT')
      assert.equal(error.syscall, 'openat')
      assert.equal(error.errno, 2)
      assert.equal(error.code, 'ENOENT')
      return true
    },
  )
})

test('arguments are told as a person reads them', () => {
  const args = [4242, -1, 0x8000000000n, null, Buffer.alloc(12), new Word('EPOLL_CTL_ADD')]
  const error = new SyscallError('call', 1, args, 'the way out')
  assert.equal(error.message, 'call(4242, -1, 0x8000000000, NULL, <12 bytes>, EPOLL_CTL_ADD): EPERM (the way out)')
})

test('flags are told by name, unknown bits as a number', () => {
  const names = { A: 1, B: 4, NONE: 0 }
  assert.equal(flagWord(5, names).text, 'A|B')
  assert.equal(flagWord(0, names).text, '0')
  assert.equal(flagWord(0x80000001, names).text, 'A|0x80000000')
})

test('ignoring swallows its codes and throws all else', async () => {
  const gone = new SyscallError('kill', 3)
  assert.equal(ignoring('ENOENT', 'ESRCH')(gone), undefined)
  assert.throws(() => ignoring('ENOENT')(gone), gone)
  assert.throws(() => ignoring('ENOENT')('ENOENT'), /ENOENT/)
  assert.throws(() => ignoring('ENOENT')(undefined))
  await assert.rejects(Promise.reject(gone).catch(ignoring('EPERM')), gone)
})
