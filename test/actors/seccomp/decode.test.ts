// Arguments by name, from a memory that is made for the test; the real one: notification.test.ts.

import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { test } from 'node:test'
import { decodeArguments, type Memory } from '../../../src/actors/seccomp/decode.ts'
import * as uapi from '../../../src/native/uapi.ts'

/** Bytes at addresses; elsewhere nothing can be read. */
function memoryOf(pieces: Readonly<Record<number, Buffer | string>>): Memory & { readonly reads: () => number } {
  let reads = 0
  const at = (address: bigint) => {
    reads++
    for (const [start, content] of Object.entries(pieces)) {
      const bytes = typeof content === 'string' ? Buffer.from(`${content}\0`) : content
      const offset = Number(address) - Number(start)
      if (offset >= 0 && offset < bytes.length) return bytes.subarray(offset)
    }
    return null
  }
  return {
    string(address, limit) {
      const bytes = at(address)
      const end = bytes?.indexOf(0) ?? -1
      return bytes === null || end < 0 || end >= limit ? null : bytes.subarray(0, end)
    },
    bytes(address, count) {
      const bytes = at(address)
      return bytes === null || bytes.length < count ? null : bytes.subarray(0, count)
    },
    reads: () => reads,
  }
}

const nothing = memoryOf({})
const registers = (...values: (number | bigint)[]) =>
  Array.from({ length: 6 }, (_, n) => BigInt.asUintN(64, BigInt(values[n] ?? 0xdeadbeef)))

test('open and its kin: a path, flags by name with the access first, a mode; AT_FDCWD by name, also as 32 bits', () => {
  const memory = memoryOf({ 0x1000: '/etc/passwd', 0x2000: 'weiß/…' })
  const flags = constants.O_CREAT | constants.O_RDWR | constants.O_DIRECTORY | uapi.O_CLOEXEC
  assert.deepEqual(decodeArguments('open', registers(0x1000, flags, 0o644), memory), {
    path: '/etc/passwd',
    flags: ['O_RDWR', 'O_CREAT', 'O_DIRECTORY', 'O_CLOEXEC'],
    mode: 0o644,
  })
  for (const folder of [-100, 0xffffff9c])
    assert.deepEqual(decodeArguments('openat', registers(folder, 0x2000, 0, 0), memory), {
      dirfd: 'AT_FDCWD',
      path: 'weiß/…',
      flags: ['O_RDONLY'],
      mode: 0,
    })
  const temporary = constants.O_DIRECTORY | 0o20000000 | constants.O_WRONLY | constants.O_SYNC
  const decoded = decodeArguments('openat', registers(7, 0x1000, temporary, 0), memory)
  assert.deepEqual(decoded?.['flags'], ['O_WRONLY', 'O_SYNC', 'O_TMPFILE'])
  assert.equal(decoded?.['dirfd'], 7)
})

test('openat2 and clone3 read their structure', () => {
  const how = Buffer.alloc(24)
  how.writeBigUInt64LE(BigInt(uapi.O_PATH), 0)
  how.writeBigUInt64LE(BigInt(uapi.RESOLVE_IN_ROOT | 0x4000), 16)
  const clone = Buffer.alloc(64)
  clone.writeBigUInt64LE(BigInt(uapi.CLONE_NEWUSER | uapi.CLONE_VM), 0)
  clone.writeBigUInt64LE(17n, 32)
  const memory = memoryOf({ 0x1000: 'a', 0x2000: how, 0x3000: clone })
  assert.deepEqual(decodeArguments('openat2', registers(3, 0x1000, 0x2000, 24), memory), {
    dirfd: 3,
    path: 'a',
    flags: ['O_RDONLY', 'O_PATH'],
    mode: 0,
    resolve: ['RESOLVE_IN_ROOT', '0x4000'],
  })
  assert.deepEqual(decodeArguments('clone3', registers(0x3000, 64), memory), {
    flags: ['CLONE_VM', 'CLONE_NEWUSER'],
    exit_signal: 17,
  })
})

test('addresses of sockets: both families of the Internet, paths, abstract and unnamed ones, others by name', () => {
  const inet = Buffer.from([2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  const inet6 = Buffer.alloc(28)
  inet6.writeUInt16LE(10, 0)
  inet6.writeUInt16BE(443, 2)
  Buffer.from('20010db8000000000000000000000001', 'hex').copy(inet6, 8)
  const unix = Buffer.from('\x01\0/run/x.sock\0rest', 'latin1')
  const abstract = Buffer.from('\x01\0\0name', 'latin1')
  const netlink = Buffer.from([16, 0, 0, 0])
  const memory = memoryOf({ 0x1000: inet, 0x2000: inet6, 0x3000: unix, 0x4000: abstract, 0x5000: netlink })
  const of = (address: number, length: number) => decodeArguments('connect', registers(3, address, length), memory)?.['addr'] // prettier-ignore
  assert.deepEqual(of(0x1000, 16), { family: 'AF_INET', address: '127.0.0.1', port: 8080 })
  assert.deepEqual(of(0x2000, 28), { family: 'AF_INET6', address: '2001:db8::1', port: 443 })
  assert.deepEqual(of(0x3000, unix.length), { family: 'AF_UNIX', path: '/run/x.sock' })
  assert.deepEqual(of(0x4000, 7), { family: 'AF_UNIX', path: '@name' })
  assert.deepEqual(of(0x3000, 2), { family: 'AF_UNIX', path: '' })
  assert.deepEqual(of(0x5000, 4), { family: 'AF_NETLINK' })
  assert.deepEqual(of(0x1000, 4), { family: 'AF_INET' }, 'too short for what it says')
  assert.equal(of(0x1000, 1), null)
  assert.equal(of(0x9000, 16), null)
  const sent = decodeArguments('sendto', registers(3, 0x1, 5, 0, 0x1000, 16), memory)
  assert.deepEqual(sent, { sockfd: 3, len: 5, flags: 0, dest_addr: { family: 'AF_INET', address: '127.0.0.1', port: 8080 } }) // prettier-ignore
})

test('execve has its arguments, and a list without end is cut', () => {
  const list = Buffer.alloc(24)
  list.writeBigUInt64LE(0x1000n, 0)
  list.writeBigUInt64LE(0x99999n, 8)
  const endless = Buffer.alloc(4096 * 8)
  for (let n = 0; n < 4096; n++) endless.writeBigUInt64LE(0x1000n, n * 8)
  const memory = memoryOf({ 0x1000: '/bin/sh', 0x3000: list, 0x4000: endless })
  assert.deepEqual(decodeArguments('execve', registers(0x1000, 0x3000), memory), {
    pathname: '/bin/sh',
    argv: ['/bin/sh', '…'],
  })
  const { argv } = decodeArguments('execve', registers(0x1000, 0x4000), memory) ?? {}
  assert.ok(Array.isArray(argv) && argv.length === 65 && argv.at(-1) === '…')
  assert.equal(decodeArguments('execve', registers(0x1000, 0x99000), memory)?.['argv'], null)
})

test('sockets, mounts, devices, namespaces and prctl are named', () => {
  const memory = memoryOf({ 0x1000: 'proc', 0x2000: '/proc' })
  const type = uapi.SOCK_STREAM | uapi.SOCK_CLOEXEC | uapi.SOCK_NONBLOCK
  assert.deepEqual(decodeArguments('socket', registers(2, type, 0), memory), {
    domain: 'AF_INET',
    type: ['SOCK_STREAM', 'SOCK_CLOEXEC', 'SOCK_NONBLOCK'],
    protocol: 0,
  })
  assert.equal(decodeArguments('socket', registers(99, 3, 0), memory)?.['domain'], 99)
  const flags = uapi.MS_NOSUID | uapi.MS_REC
  assert.deepEqual(decodeArguments('mount', registers(0x1000, 0x2000, 0x1000, flags, 0), memory), {
    source: 'proc',
    target: '/proc',
    filesystemtype: 'proc',
    mountflags: ['MS_NOSUID', 'MS_REC'],
    data: null,
  })
  assert.deepEqual(decodeArguments('mknod', registers(0x2000, uapi.S_IFCHR | 0o666, (1 << 8) | 3), memory), {
    path: '/proc',
    mode: ['S_IFCHR', '0666'],
    dev: '1:3',
  })
  assert.deepEqual(decodeArguments('unshare', registers(uapi.CLONE_NEWUSER | uapi.CLONE_NEWTIME), memory), {
    flags: ['CLONE_NEWUSER', 'CLONE_NEWTIME'],
  })
  assert.deepEqual(decodeArguments('clone', registers(uapi.CLONE_NEWNS | 17), memory), { flags: ['CLONE_NEWNS'] })
  assert.equal(decodeArguments('prctl', registers(38, 1), memory)?.['option'], 'PR_SET_NO_NEW_PRIVS')
  assert.equal(decodeArguments('ioctl', registers(0, 0x5412, 1), memory)?.['request'], '0x5412')
  assert.deepEqual(decodeArguments('chown', registers(0x2000, 0xffffffff, 5), memory), { path: '/proc', owner: -1, group: 5 }) // prettier-ignore
})

test('what cannot be read is null, what is not known is no guess, and nothing is read for calls without pointers', () => {
  assert.deepEqual(decodeArguments('mkdir', registers(0x1, 0o777), nothing), { path: null, mode: 0o777 })
  assert.equal(decodeArguments('openat2', registers(3, 1, 2), nothing)?.['flags'], null)
  assert.equal(decodeArguments('toString', registers(), nothing), null)
  assert.equal(decodeArguments('io_uring_enter', registers(), nothing), null)
  const memory = memoryOf({})
  assert.deepEqual(decodeArguments('close', registers(3), memory), { fd: 3 })
  assert.deepEqual(decodeArguments('truncate', registers(0, 2n ** 63n), memory)?.['length'], '0x8000000000000000')
  assert.equal(memory.reads(), 0)
})
