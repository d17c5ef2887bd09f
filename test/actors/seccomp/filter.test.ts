// What a profile becomes, and what is refused on the way. That the program does what the profile says: random.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse, refusalOf } from '../../../src/actors/seccomp/bpf/program.ts'
import { compile, compileFilter, type CompileOptions } from '../../../src/actors/seccomp/filter.ts'
import { nativeArch } from '../../../src/native/libseccomp.ts'
import { syscalls } from '../../../src/native/syscalls.ts'
import type { Seccomp, SeccompAction, SeccompFlag } from '../../../src/oci/config.ts'
import { explain } from '../../../src/actors/seccomp/explain.ts'
import { profile, rule, withoutLibseccomp as skip } from './support.ts'

const all: CompileOptions = { hasFlag: () => true }

test('neither a default action nor rules: no filter', { skip }, () => {
  assert.equal(compileFilter({ defaultAction: '' }), null)
  assert.equal(compileFilter({ defaultAction: '', syscalls: [], flags: ['SECCOMP_FILTER_FLAG_LOG'] }), null)
})

test('names that libseccomp does not know are skipped, and told', { skip }, () => {
  const { skipped, program } = compileFilter(profile([rule(['read', 'frob'], 'ALLOW'), rule(['foo'], 'ERRNO')]))!
  assert.deepEqual(skipped, [
    { name: 'frob', pointer: 'linux.seccomp.syscalls[0].names[1]' },
    { name: 'foo', pointer: 'linux.seccomp.syscalls[1].names[0]' },
  ])
  assert.equal(refusalOf(parse(program)), null)
})

test(
  'flags: SPEC_ALLOW unless told, none for an empty list, NEW_LISTENER of itself, TSYNC is nothing',
  { skip },
  () => {
    const flags = (list: readonly SeccompFlag[] | undefined, action: string, options = all) => {
      const made = profile([rule(['read'], action)], list === undefined ? {} : { flags: list })
      return compileFilter(made, options)!.flags
    }
    assert.equal(flags(undefined, 'ALLOW'), 4)
    assert.equal(flags(undefined, 'ALLOW', { hasFlag: () => false }), 0)
    assert.equal(flags([], 'ALLOW'), 0)
    assert.equal(flags([], 'NOTIFY'), 8)
    assert.equal(flags(['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG'], 'ALLOW'), 2)
    assert.equal(
      flags(['SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'], 'NOTIFY'),
      4 | 8 | 32,
    )
    // The kernel would answer EINVAL.
    assert.equal(flags(['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'], 'ALLOW'), 0)
    assert.throws(() => flags(['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'], 'NOTIFY', { hasFlag: () => false }), {
      code: 'ERR_STATOR_PLATFORM',
      pointer: 'linux.seccomp.flags[0]',
      message: 'linux.seccomp.flags[0]: this kernel has no SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19)',
    })
  },
)

test('notifications: of read, and of everything for who records', { skip }, () => {
  assert.equal(compileFilter(profile([rule(['read'], 'NOTIFY')]))!.notifies, true)
  assert.equal(compileFilter(profile([rule(['read'], 'ALLOW')]))!.notifies, false)
  const recorded: Seccomp = { defaultAction: 'SCMP_ACT_NOTIFY', syscalls: [rule(['write'], 'ALLOW', [[0, 'EQ', 9n]])] }
  assert.throws(() => compileFilter(recorded), { pointer: 'linux.seccomp.defaultAction' })
  assert.throws(() => compileFilter(profile([rule(['write'], 'NOTIFY')])), {
    pointer: 'linux.seccomp.syscalls[0].names[0]',
  })
  const { notifies, stubLength } = compile(recorded, { recording: true })!
  // What is newer than the one rule is asked about, too.
  assert.deepEqual({ notifies, stubLength }, { notifies: true, stubLength: 0 })
})

test('the ENOSYS stub stands before a default that is an error or a kill, and no other', { skip }, () => {
  const length = (action: string) =>
    compile({ ...profile([rule(['read'], 'TRAP')]), defaultAction: `SCMP_ACT_${action}` as SeccompAction })!.stubLength
  for (const action of ['ERRNO', 'KILL', 'KILL_THREAD', 'KILL_PROCESS', 'TRAP']) assert.ok(length(action) > 0, action)
  for (const action of ['ALLOW', 'LOG', 'TRACE']) assert.equal(length(action), 0, action)
})

test('a rule for what is done anyway has no instruction; another errno is another action', { skip }, () => {
  const length = (errnoRet: number) =>
    compile(profile([{ ...rule(['read'], 'ERRNO'), errnoRet }, rule(['write'], 'ALLOW')]))!.program.byteLength
  assert.ok(length(1) < length(2))
})

test('the byte order of the machine, and no other', { skip }, () => {
  const made = profile([rule(['read'], 'ALLOW')], { architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_S390X'] })
  assert.throws(() => compile(made), { code: 'ERR_STATOR_CONFIG', pointer: 'linux.seccomp.architectures[1]' })
})

test('conditions that libseccomp cannot take together are refused', { skip }, () => {
  const made = (a: [number, string, bigint], b: [number, string, bigint]) => () =>
    compile(profile([rule(['openat'], 'ALLOW', [a, b])]))
  assert.throws(made([0, 'LE', 5n], [0, 'GT', 0x1_0000_0005n]), {
    pointer: 'linux.seccomp.syscalls[0]',
    message: /mix them up/,
  })
  assert.doesNotThrow(made([0, 'LE', 5n], [1, 'GT', 0x1_0000_0005n]))
  assert.doesNotThrow(made([0, 'LE', 5n], [0, 'GT', 9n]))
  const twice = (second: string) => () =>
    compile(profile([rule(['openat'], 'ALLOW', [[0, 'EQ', 5n]]), rule(['openat'], second, [[0, 'EQ', 5n]])]))
  assert.doesNotThrow(twice('ALLOW'))
  assert.throws(twice('TRAP'), { pointer: 'linux.seccomp.syscalls[1]', errno: 'EEXIST' })
})

test('a call that this architecture does not have leaves the others alone', { skip }, () => {
  // libseccomp 2.5 forgets to load the number here when it is told of fork(2).
  const made = profile([rule(['socket'], 'ALLOW', [[0, 'EQ', 0n]]), rule(['fork'], 'TRAP')], {
    architectures: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_X86'],
  })
  assert.deepEqual(explain(made, 'socket', [0n], { architecture: 'SCMP_ARCH_AARCH64' }).verdict, { action: 'ALLOW' })
  const accept = profile([rule(['accept'], 'ALLOW')], { architectures: ['SCMP_ARCH_X86'] })
  assert.deepEqual(explain(accept, 'socketcall', [5n], { architecture: 'SCMP_ARCH_X86' }).verdict, { action: 'ALLOW' })
})

test('a long profile is within what the kernel takes', { skip }, () => {
  const names = Object.keys(syscalls.x86_64)
  const made = profile([rule(names, 'ALLOW')], {
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  })
  const { program, archs } = compile(made)!
  assert.equal(refusalOf(parse(program)), null)
  assert.ok(archs.some(({ token }) => token === nativeArch()))
})
