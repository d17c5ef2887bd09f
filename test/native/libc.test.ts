import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { setPointer, syscall, syscallResult } from '../../src/native/libc.ts'
import { memfdOfBytes } from './files.ts'
import { runModule } from './observe.ts'

test('numbers, negative numbers, 64 bits, strings, buffers and null reach the kernel', (t) => {
  const { fd } = memfdOfBytes(t, Buffer.from('0123456789'))
  const bytes = Buffer.alloc(4)
  assert.equal(syscall('pread64', fd, bytes, 4, 6), 4)
  assert.equal(bytes.toString(), '6789')
  // SEEK_END with a negative offset; then an offset that does not fit into 32 bits, as a number and as a bigint.
  assert.equal(syscall('lseek', fd, -3, 2), 7)
  assert.equal(syscall('lseek', fd, 2 ** 40, 0), 2 ** 40)
  assert.equal(syscall('lseek', fd, (1n << 41n) + 1n, 0), 2 ** 41 + 1)
  assert.equal(syscall('lseek', fd, -1n, 1), 2 ** 41)
  assert.equal(syscall('faccessat', -100, '/proc/self/fd', 0), 0)
  assert.equal(syscallResult('read', fd, null, 0), 0)
})

test('a string is UTF-8, and empty strings are not null', (t) => {
  const { fd, path } = memfdOfBytes(t, Buffer.alloc(1), 'grüße-✓')
  assert.match(path, /grüße-✓/)
  assert.throws(() => syscall('openat', -100, '', 0, 0), { code: 'ENOENT' })
  assert(fd > 2)
})

test('six arguments arrive in order', () => {
  // mmap with all of its arguments, and the length unmapped again.
  const address = syscall('mmap', null, 4096, 1, 0x22, -1, 0)
  assert(address > 0)
  assert.equal(syscall('munmap', address, 4096), 0)
})

test('a NUL in a string is refused before the kernel would cut it', () => {
  assert.throws(() => syscall('openat', -100, '/etc/passwd\0.txt', 0, 0), TypeError)
})

test('a call that this architecture lacks is ENOSYS', () => {
  assert.equal(syscallResult('no_such_call'), -38)
  assert.throws(() => syscall('no_such_call', 1), { message: 'no_such_call(1): ENOSYS' })
})

test('seven arguments are a mistake of the caller', () => {
  assert.throws(() => syscallResult('getpid', 1, 2, 3, 4, 5, 6, 7), RangeError)
})

test('what a structure points at lives as long as the structure', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const make = () => {
    const structure = Buffer.alloc(8)
    const target = Buffer.alloc(4096)
    setPointer(structure, 0, target)
    return { structure, target: new WeakRef(target) }
  }
  const kept = make()
  const { target: forgotten } = make()
  // A WeakRef holds its target until the turn of the loop in which it was made is over.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  assert.notEqual(kept.target.deref(), undefined)
  assert.equal(forgotten.deref(), undefined)
  assert.notEqual(kept.structure.readBigUInt64LE(0), 0n)
})

test('importing every file of src/native loads no library and starts nothing', () => {
  const files = readdirSync(new URL('../../src/native', import.meta.url)).filter((name) => name.endsWith('.ts'))
  assert(files.length > 15)
  const { stdout, stderr } = runModule(`
    import { readFileSync } from 'node:fs'
    ${files.map((name) => `await import('NATIVE/${name}')`).join('\n')}
    console.log(/koffi/.test(readFileSync('/proc/self/maps', 'latin1')))
    const { syscall } = await import('NATIVE/libc.ts')
    syscall('getpid')
    console.log(/koffi/.test(readFileSync('/proc/self/maps', 'latin1')))
  `)
  assert.equal(stderr, '')
  assert.equal(stdout, 'false\ntrue\n')
})
