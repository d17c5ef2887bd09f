import assert from 'node:assert/strict'
import { closeSync, openSync, statfsSync } from 'node:fs'
import { test } from 'node:test'

import { openat } from '../../src/native/mount.ts'
import { fstatfs, statfs } from '../../src/native/statfs.ts'
import { NSFS_MAGIC, O_PATH, PROC_SUPER_MAGIC, SYSFS_MAGIC } from '../../src/native/uapi.ts'

test('a file system is told by its magic number, by path and by descriptor', () => {
  assert.equal(statfs('/proc').type, PROC_SUPER_MAGIC)
  assert.equal(statfs('/sys').type, SYSFS_MAGIC)
  using path = openat('/proc/self/status', O_PATH)
  assert.equal(fstatfs(path).type, PROC_SUPER_MAGIC)
  const namespace = openSync('/proc/self/ns/net', 'r')
  assert.equal(fstatfs(namespace).type, NSFS_MAGIC)
  closeSync(namespace)
})

test("sizes are Node's own", () => {
  const own = statfsSync('/', { bigint: true })
  const found = statfs('/')
  assert.equal(BigInt(found.type), own.type)
  assert.equal(found.blocks, own.blocks)
  assert.equal(BigInt(found.blockBytes), own.bsize)
  assert(found.blocksAvailable <= found.blocksFree && found.blocksFree <= found.blocks)
})

test('what is not there is an error', () => {
  assert.throws(() => statfs('/nonexistent'), { code: 'ENOENT' })
  assert.throws(() => fstatfs(-1), { code: 'EBADF' })
})
