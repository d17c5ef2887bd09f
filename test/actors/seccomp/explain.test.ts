// Which rule decides, and what two profiles treat differently.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from '../../../src/actors/seccomp/diff.ts'
import { explain } from '../../../src/actors/seccomp/explain.ts'
import { verdictText } from '../../../src/actors/seccomp/bpf/verdict.ts'
import type { Seccomp, SeccompArchitecture } from '../../../src/oci/config.ts'
import { profile, rule, withoutLibseccomp as skip } from './support.ts'

/** `ALLOW syscalls[1]`, `KILL_THREAD architecture`. */
function said(
  made: Seccomp,
  call: string | number,
  args: bigint[] = [],
  arch: SeccompArchitecture = 'SCMP_ARCH_X86_64',
): string {
  const { verdict, decider } = explain(made, call, args, { architecture: arch, at: '' })
  const by = 'pointer' in decider ? decider.pointer.slice(1) : decider.by
  return `${verdictText(verdict)} ${by}`
}

const architectures: SeccompArchitecture[] = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']
const last = rule(['clone3'], 'ALLOW')

test('a rule, the default, the stub, a foreign architecture, no filter', { skip }, () => {
  const made = profile([rule(['read'], 'ALLOW'), last], { architectures })
  assert.equal(said(made, 'read'), 'ALLOW syscalls[0]')
  assert.equal(said(made, 0), 'ALLOW syscalls[0]')
  assert.equal(said(made, 'write'), 'ERRNO EPERM defaultAction')
  assert.equal(said(made, 9999), 'ERRNO ENOSYS enosys-stub')
  assert.equal(said(made, -1), 'ERRNO ENOSYS enosys-stub')
  assert.equal(said(made, 'read', [], 'SCMP_ARCH_X32'), 'ALLOW syscalls[0]')
  assert.equal(said(made, 'read', [], 'SCMP_ARCH_X86'), 'ALLOW syscalls[0]')
  assert.equal(said(made, 'read', [], 'SCMP_ARCH_ARM'), 'KILL_THREAD architecture')
  assert.equal(said({ defaultAction: '' }, 'read'), 'ALLOW nothing')
  assert.throws(() => said(made, 'frob'), {
    code: 'ERR_STATOR_CONFIG',
    message: /^"frob" is no system call of SCMP_ARCH_X86_64/,
  })
})

test('without conditions is before with, whatever the order', { skip }, () => {
  const rules = [rule(['openat'], 'TRAP', [[0, 'EQ', 1n]]), rule(['openat'], 'ALLOW'), last]
  assert.equal(said(profile(rules), 'openat', [1n]), 'ALLOW syscalls[1]')
  assert.equal(said(profile([rules[1]!, rules[0]!, last]), 'openat', [1n]), 'ALLOW syscalls[0]')
})

test('conditions: all of them, or any where two are about one argument', { skip }, () => {
  const both = profile([
    rule(['openat'], 'ALLOW', [
      [0, 'EQ', 5n],
      [1, 'NE', 6n],
    ]),
    last,
  ])
  assert.equal(said(both, 'openat', [5n, 7n]), 'ALLOW syscalls[0]')
  assert.equal(said(both, 'openat', [5n, 6n]), 'ERRNO EPERM defaultAction')
  const any = profile([
    rule(['openat'], 'ALLOW', [
      [0, 'EQ', 5n],
      [0, 'EQ', 6n],
      [1, 'GT', 7n],
    ]),
    last,
  ])
  for (const args of [[5n], [6n], [1n, 8n]]) assert.equal(said(any, 'openat', args), 'ALLOW syscalls[0]')
  assert.equal(said(any, 'openat', [1n, 7n]), 'ERRNO EPERM defaultAction')
})

test('where libseccomp decides between rules that overlap, the one that it has chosen is named', { skip }, () => {
  const made = profile([rule(['openat'], 'ALLOW', [[0, 'EQ', 5n]]), rule(['openat'], 'TRAP', [[0, 'GT', 4n]]), last])
  const { verdict, decider } = explain(made, 'openat', [5n], { architecture: 'SCMP_ARCH_X86_64' })
  const pointer = `linux.seccomp.syscalls[${verdict.action === 'ALLOW' ? 0 : 1}]`
  assert.deepEqual(decider, { by: 'rule', pointer })
})

test('what libseccomp does in its own way', { skip }, () => {
  const one = (op: string, value: bigint, valueTwo = 0n) =>
    profile([rule(['openat'], 'ALLOW', [[0, op, value, valueTwo]]), last], { architectures })
  // Bits outside the mask are left out; a mask of nothing always holds.
  assert.equal(said(one('MASKED_EQ', 0xf0n, 0x13n), 'openat', [0x15n]), 'ALLOW syscalls[0]')
  assert.equal(said(one('MASKED_EQ', 0n, 1n), 'openat', [0x15n]), 'ALLOW syscalls[0]')
  // 32 bits, of the value as of the argument; x32 too.
  assert.equal(said(one('EQ', 0x1_0000_0001n), 'openat', [1n]), 'ERRNO EPERM defaultAction')
  assert.equal(said(one('EQ', 0x1_0000_0001n), 'openat', [1n], 'SCMP_ARCH_X86'), 'ALLOW syscalls[0]')
  assert.equal(said(one('EQ', 1n), 'openat', [0x5_0000_0001n], 'SCMP_ARCH_X32'), 'ALLOW syscalls[0]')
  // A socket of x86 by its own number and through socketcall, where conditions on other arguments stay.
  const socket = profile([rule(['socket'], 'ALLOW', [[1, 'EQ', 2n]]), last], { architectures })
  assert.equal(said(socket, 'socket', [9n, 2n], 'SCMP_ARCH_X86'), 'ALLOW syscalls[0]')
  assert.equal(said(socket, 102, [1n, 2n], 'SCMP_ARCH_X86'), 'ALLOW syscalls[0]')
  assert.equal(said(socket, 102, [1n, 3n], 'SCMP_ARCH_X86'), 'ERRNO EPERM defaultAction')
  assert.equal(said(socket, 102, [3n, 2n], 'SCMP_ARCH_X86'), 'ERRNO EPERM defaultAction')
})

test('the other byte order: as on a machine of that kind', { skip }, () => {
  const made = profile([rule(['openat'], 'ALLOW', [[0, 'EQ', 0x1_0000_0002n]]), last], {
    architectures: ['SCMP_ARCH_S390X'],
  })
  assert.equal(said(made, 'openat', [0x1_0000_0002n], 'SCMP_ARCH_S390X'), 'ALLOW syscalls[0]')
  assert.equal(said(made, 'openat', [0x2_0000_0001n], 'SCMP_ARCH_S390X'), 'ERRNO EPERM defaultAction')
  assert.equal(said(made, 0, [], 'SCMP_ARCH_S390X'), 'ERRNO ENOSYS enosys-stub')
})

test('two profiles: what differs, always or by arguments', { skip }, () => {
  const a = profile([rule(['read', 'write'], 'ALLOW'), rule(['socket'], 'ALLOW', [[0, 'NE', 16n]]), last])
  const b = profile([rule(['read'], 'ALLOW'), rule(['socket'], 'ALLOW', [[0, 'NE', 17n]]), last])
  const found = diff(a, b, { architecture: 'SCMP_ARCH_X86_64' })
  assert.deepEqual(
    found.map(({ name }) => name),
    ['write', 'socket'],
  )
  assert.deepEqual(found[0]!.a, {
    conditional: false,
    verdict: { action: 'ALLOW' },
    decider: { by: 'rule', pointer: 'linux.seccomp.syscalls[0]' },
  })
  const { a: treatment, example } = found[1]!
  assert.deepEqual(treatment.conditional && treatment.rules, ['linux.seccomp.syscalls[1]'])
  assert.ok(example[0] === 16n || example[0] === 17n)
  assert.deepEqual(diff(a, a), [])
  // Calls that nobody knows yet: ENOSYS of one, allowed by the other.
  const open = diff(a, { ...a, defaultAction: 'SCMP_ACT_LOG' }, { architecture: 'SCMP_ARCH_X86_64' })
  assert.equal(open.at(-1)!.name, null)
})
