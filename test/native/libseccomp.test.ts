import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  libseccompApi,
  libseccompVersion,
  nativeArch,
  openLibseccomp,
  resolveName,
  resolveNumber,
  ScmpFilter,
} from '../../src/native/libseccomp.ts'
import { hasFilterFlag } from '../../src/native/seccomp.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import * as uapi from '../../src/native/uapi.ts'
import { withoutLibseccomp as skip } from '../actors/seccomp/support.ts'
import { descriptors } from './observe.ts'

const tokens = { x86_64: uapi.AUDIT_ARCH_X86_64, aarch64: uapi.AUDIT_ARCH_AARCH64 }

test('a machine without it gets the name of the package', () => {
  assert.throws(() => openLibseccomp('libno-such-seccomp.so.2'), {
    code: 'ERR_STATOR_PLATFORM',
    message:
      'seccomp: libno-such-seccomp.so.2 cannot be opened (install libseccomp 2.5 or newer: package libseccomp2 of Debian)',
  })
})

test('version, level and architecture of the machine', { skip }, () => {
  const { major, minor } = libseccompVersion()
  assert.ok(major > 2 || minor >= 5)
  assert.ok(libseccompApi() >= 5)
  assert.equal(nativeArch(), tokens[architecture()])
})

test('names and numbers, as our own tables have them', { skip }, () => {
  for (const [name, token] of Object.entries(tokens) as [keyof typeof tokens, number][]) {
    for (const call of ['read', 'openat', 'clone3', 'close_range']) {
      assert.equal(resolveName(token, call), syscalls[name][call], `${name} ${call}`)
      assert.equal(resolveNumber(token, syscalls[name][call]!), call)
    }
  }
  assert.equal(resolveName(nativeArch(), 'frob'), null)
  assert.equal(resolveNumber(nativeArch(), 9999), null)
  assert.ok(resolveName(uapi.AUDIT_ARCH_I386, 'socket')! < 0)
  assert.ok(resolveName(uapi.AUDIT_ARCH_AARCH64, 'open')! < 0)
})

test('a filter with a condition, as a program; and no descriptor is left', { skip }, () => {
  const before = descriptors()
  using filter = new ScmpFilter(uapi.SECCOMP_RET_ERRNO | 1)
  filter.setAttribute(3, 0)
  assert.equal(filter.getAttribute(3), 0)
  filter.addRule(uapi.SECCOMP_RET_ALLOW, 0, [{ index: 0, op: 4, a: 0x1122334455667788n, b: 0n }])
  const program = filter.exportBpf()
  assert.equal(program.byteLength % 8, 0)
  const values = Array.from({ length: program.byteLength / 8 }, (_, index) => program.readUInt32LE(index * 8 + 4))
  for (const half of [0x11223344, 0x55667788]) assert.ok(values.includes(half))
  assert.deepEqual(descriptors(), before)
})

test('what it refuses', { skip }, () => {
  assert.throws(() => new ScmpFilter(0x12345678), { code: 'EINVAL', syscall: 'seccomp_init' })
  const filter = new ScmpFilter(uapi.SECCOMP_RET_ALLOW)
  assert.throws(() => filter.addArch(nativeArch()), { code: 'EEXIST' })
  assert.throws(() => filter.addArch(uapi.AUDIT_ARCH_S390X), { code: 'EDOM' })
  assert.throws(() => filter.addRule(uapi.SECCOMP_RET_ALLOW, 0), { code: 'EACCES' })
  filter[Symbol.dispose]()
  filter[Symbol.dispose]()
  assert.throws(() => filter.exportBpf(), { code: 'EBADF' })
})

test('flags of the kernel, without a filter', () => {
  assert.equal(hasFilterFlag(uapi.SECCOMP_FILTER_FLAG_LOG), true)
  assert.equal(hasFilterFlag(uapi.SECCOMP_FILTER_FLAG_SPEC_ALLOW), true)
  assert.equal(hasFilterFlag(1 << 20), false)
})
