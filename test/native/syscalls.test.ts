import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { libcFunction } from '../../src/native/libc.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'

const headers = {
  x86_64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  aarch64: '/usr/aarch64-linux-gnu/include/asm-generic/unistd.h',
} as const

/** Names and numbers of a kernel header, whatever its version. */
function tableOf(header: string): Map<string, number> {
  const text = readFileSync(header, 'latin1')
  const table = new Map<string, number>()
  // The generic one numbers the calls whose 32-bit forms differ under a name of their own, and maps the real one to it.
  const shared = new Map(
    [...text.matchAll(/^#define (__NR3264_\w+) (\d+)$/gm)].map(([, name, number]) => [name, number]),
  )
  for (const [, name, value] of text.matchAll(/^#define __NR_(\w+) (\w+)$/gm)) {
    const number = Number(shared.get(value) ?? value)
    if (name !== undefined && Number.isInteger(number)) table.set(name, number)
    // The first that maps to it is the 64-bit one.
    if (value !== undefined) shared.delete(value)
  }
  table.delete('arch_specific_syscall')
  table.delete('syscalls')
  return table
}

for (const [name, header] of Object.entries(headers)) {
  test(
    `every system call of ${name}'s header is in the table, with its number`,
    { skip: !existsSync(header) && `${header} is missing` },
    () => {
      const table = name === 'x86_64' ? syscalls.x86_64 : syscalls.aarch64
      const expected = tableOf(header)
      assert(expected.size > 280)
      for (const [call, number] of expected) {
        // 403 to 423 are for 32-bit architectures alone, and sync_file_range2 for those that order its arguments otherwise.
        if ((number >= 403 && number <= 423) || call === 'sync_file_range2') continue
        assert.equal(table[call], number, call)
      }
    },
  )
}

test('no number has two names', () => {
  for (const table of Object.values(syscalls)) {
    const numbers = Object.values(table)
    assert.equal(new Set(numbers).size, numbers.length)
  }
})

test('from 424 on the architectures agree', () => {
  const recent = (table: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(table).filter(([, number]) => number >= 424))
  assert.deepEqual(recent(syscalls.x86_64), recent(syscalls.aarch64))
  assert.equal(syscalls.x86_64['listmount'], 458)
  assert.equal(syscalls.x86_64['setxattrat'], 463)
})

test('calls that aarch64 never had are not in its table', () => {
  for (const old of ['open', 'fork', 'pipe', 'dup2', 'epoll_wait', 'mkdir', 'arch_prctl']) {
    assert.equal(syscalls.aarch64[old], undefined, old)
    assert.notEqual(syscalls.x86_64[old], undefined, old)
  }
})

test('the running kernel answers to the numbers of the running architecture', () => {
  const raw: (number: number) => number = libcFunction('long syscall(long number)')
  assert.equal(raw(syscalls[architecture()]['getpid'] ?? -1), process.pid)
  assert.equal(raw(syscalls[architecture()]['getppid'] ?? -1), process.ppid)
  assert.equal(raw(syscalls[architecture()]['geteuid'] ?? -1), process.geteuid?.())
})
