import assert from 'node:assert/strict'
import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { test } from 'node:test'

import { fcntl, syscall } from '../../src/native/libc.ts'
import { sealedMemfd } from '../../src/native/memfd.ts'
import { F_ADD_SEALS, F_GET_SEALS, O_CLOEXEC } from '../../src/native/uapi.ts'
import { atLeast, descriptors, openFlagsOf, runModule, withoutRoot } from './observe.ts'

test('it holds the bytes, is executable and close-on-exec, and says its name', () => {
  const bytes = Buffer.alloc(300_000, 'stator')
  using file = sealedMemfd('stator-init', bytes)
  assert.deepEqual(readFileSync(`/proc/self/fd/${file.number}`), bytes)
  assert.match(descriptors().get(file.number) ?? '', /^\/memfd:stator-init /)
  assert.notEqual(openFlagsOf(file.number) & O_CLOEXEC, 0)
  assert.equal(fstatSync(file.number).mode & 0o111, 0o111)
})

test('nobody can change it: not by writing, cutting, growing, mapping, or taking the seals off', () => {
  using file = sealedMemfd('sealed', Buffer.from('plan'))
  assert.equal(fcntl(file.number, F_GET_SEALS) & 0xf, 0xf)
  assert.throws(() => writeSync(file.number, 'x', 0), { code: 'EPERM' })
  assert.throws(() => ftruncateSync(file.number, 0), { code: 'EPERM' })
  assert.throws(() => ftruncateSync(file.number, 100), { code: 'EPERM' })
  assert.throws(() => fcntl(file.number, F_ADD_SEALS, 0), { code: 'EPERM' })
  // PROT_READ|PROT_WRITE, MAP_SHARED
  assert.throws(() => syscall('mmap', null, 4096, 3, 1, file.number, 0), { code: 'EPERM' })
  // Opening it anew, for writing, gives no other way in.
  const again = openSync(`/proc/self/fd/${file.number}`, 'r+')
  try {
    assert.throws(() => writeSync(again, 'x', 0), { code: 'EPERM' })
  } finally {
    closeSync(again)
  }
  assert.equal(readFileSync(`/proc/self/fd/${file.number}`, 'latin1'), 'plan')
})

test('its mode stays executable', { skip: !atLeast(6, 3) && 'F_SEAL_EXEC is missing (Linux 6.3)' }, () => {
  using file = sealedMemfd('sealed', Buffer.from('plan'))
  assert.throws(() => fchmodSync(file.number, 0o600), { code: 'EPERM' })
})

test('an older kernel, which knows neither MFD_EXEC nor F_SEAL_EXEC, seals the rest', { skip: withoutRoot }, () => {
  const { stdout, stderr } = runModule(`
    import { refuse } from 'REFUSE'
    import { sealedMemfd } from 'NATIVE/memfd.ts'
    import { fcntl } from 'NATIVE/libc.ts'
    import { readFileSync } from 'node:fs'
    refuse('memfd_create', 'EINVAL', { argument: 1, bits: 0x10 })
    refuse('fcntl', 'EINVAL', { argument: 2, value: 0x2f })
    const file = sealedMemfd('old', Buffer.from('plan'))
    console.log(fcntl(file.number, 1034), readFileSync('/proc/self/fd/' + file.number, 'latin1'))
  `)
  assert.deepEqual({ stdout, stderr }, { stdout: '15 plan\n', stderr: '' })
})

test('a name that is too long is refused, and leaves no descriptor', () => {
  const before = [...descriptors().keys()]
  assert.throws(() => sealedMemfd('n'.repeat(300), Buffer.from('x')), { code: 'EINVAL', syscall: 'memfd_create' })
  assert.deepEqual([...descriptors().keys()], before)
})
