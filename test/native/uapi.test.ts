import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { constants as files, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import * as uapi from '../../src/native/uapi.ts'
import { architecture } from '../../src/native/syscalls.ts'

const missingCompiler = spawnSync('gcc', ['--version']).error !== undefined && 'gcc is missing'

const headers = [
  ...['sched.h', 'signal.h', 'fcntl.h', 'poll.h', 'net/if.h', 'sys/file.h', 'sys/mount.h', 'sys/stat.h', 'sys/wait.h'],
  ...['sys/epoll.h', 'sys/eventfd.h', 'sys/timerfd.h', 'sys/inotify.h', 'sys/socket.h', 'sys/ioctl.h', 'sys/mman.h'],
  ...['sys/resource.h', 'sys/statvfs.h', 'sys/personality.h', 'linux/sched.h', 'linux/mount.h', 'linux/openat2.h'],
  ...[
    'linux/close_range.h',
    'linux/memfd.h',
    'linux/prctl.h',
    'linux/securebits.h',
    'linux/capability.h',
    'linux/nsfs.h',
  ],
  ...['linux/netlink.h', 'linux/sockios.h', 'linux/magic.h', 'linux/ioprio.h', 'linux/mempolicy.h', 'linux/seccomp.h'],
  ...['linux/audit.h', 'linux/keyctl.h', 'linux/kcmp.h', 'linux/bpf.h', 'linux/bpf_common.h', 'linux/random.h'],
  ...['termios.h', 'linux/un.h'],
]

/** The C library's own meaning of the name, or no such macro. */
const differs = new Set(['SIGSET_BYTES', 'RLIM_INFINITY', 'SCHED_ATTR_SIZE_VER0', 'SCHED_ATTR_SIZE_VER1'])

test('every constant that this machine has a header for has its value', { skip: missingCompiler }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stator-uapi-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const names = Object.entries(uapi).flatMap(([name, value]) =>
    (typeof value === 'number' || typeof value === 'bigint') && !differs.has(name) ? [name] : [],
  )
  const lines = names.map((name) => `#ifdef ${name}\nprintf("${name} %lld\\n", (long long)(${name}));\n#endif`)
  const includes = headers.map((header) => `#if __has_include(<${header}>)\n#include <${header}>\n#endif`)
  const source = ['#define _GNU_SOURCE', '#include <stdio.h>', ...includes, 'int main() {', ...lines, '}'].join('\n')
  writeFileSync(join(folder, 'values.c'), source)
  execFileSync('gcc', ['-w', '-o', join(folder, 'values'), join(folder, 'values.c')])
  const values = execFileSync(join(folder, 'values'), { encoding: 'latin1' }).trim().split('\n')
  assert(values.length > 450, `${values.length} were compared`)
  const own: Readonly<Record<string, unknown>> = uapi
  for (const line of values) {
    const [name = '', value = ''] = line.split(' ')
    // A C int with the highest bit set, which is a positive number here.
    const expected = BigInt(value) < 0n && Number(own[name]) > 0 ? BigInt(value) + 0x100000000n : BigInt(value)
    assert.equal(BigInt(own[name] as number), expected, name)
  }
})

test("signals are numbered as Node's own, and both ends of the real-time ones are there", () => {
  for (const [name, number] of Object.entries(constants.signals)) assert.equal(uapi.signals[name], number, name)
  assert.equal(uapi.signals['SIGRTMIN'], 34)
  assert.equal(uapi.signals['SIGRTMIN+15'], 49)
  assert.equal(uapi.signals['SIGRTMAX-14'], 50)
  assert.equal(uapi.signals['SIGRTMAX'], 64)
})

test('the capabilities are those of the running kernel, in its order', () => {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'))
  assert(last >= uapi.CAP_LAST, 'the kernel is older than the table')
  assert.equal(uapi.capabilities.length, uapi.CAP_LAST + 1)
  for (const name of [
    'CAP_SETUID',
    'CAP_SYS_ADMIN',
    'CAP_MKNOD',
    'CAP_BPF',
    'CAP_CHECKPOINT_RESTORE',
    'CAP_KILL',
  ] as const) {
    assert.equal(uapi.capabilities[uapi[name]], name)
  }
})

test('limits by name and as constants are the same', () => {
  const own: Readonly<Record<string, unknown>> = uapi
  assert.equal(Object.keys(uapi.rlimits).length, 16)
  for (const [name, number] of Object.entries(uapi.rlimits)) assert.equal(own[name], number)
})

test("the flags of open are Node's own on this architecture", () => {
  const flags = uapi.openFlags(architecture())
  for (const name of [
    'O_DIRECTORY',
    'O_NOFOLLOW',
    'O_DIRECT',
    'O_NOATIME',
    'O_NONBLOCK',
    'O_CREAT',
    'O_SYNC',
  ] as const) {
    assert.equal(flags[name], files[name], name)
  }
})

test('a plan for the other architecture gets its flags', () => {
  // arch/arm64/include/uapi/asm/fcntl.h and asm-generic/fcntl.h
  const { O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE, O_TMPFILE } = uapi.openFlags('aarch64')
  assert.deepEqual([O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE], [0o40000, 0o100000, 0o200000, 0o400000])
  assert.equal(O_TMPFILE, 0o20000000 | 0o40000)
  assert.equal(uapi.openFlags('x86_64').O_DIRECTORY, 0o200000)
  assert.equal(uapi.openFlags('x86_64').O_NOFOLLOW, 0o400000)
})
