import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PolicyFacts, resolvePolicy } from '../../src/oci/resolve-policy.ts'
import type { PolicyConditions, SeccompPolicy } from '../../src/oci/seccomp-policy.ts'

const facts: PolicyFacts = { capabilities: undefined, architecture: 'x86_64', kernelRelease: '6.1.0-18-amd64' }
const withCaps = (...bounding: string[]): PolicyFacts => ({ ...facts, capabilities: { bounding } })
const policy = (includes?: PolicyConditions, excludes?: PolicyConditions): SeccompPolicy => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [
    {
      ...{ names: ['x'], action: 'SCMP_ACT_ALLOW' },
      ...(includes === undefined ? {} : { includes }),
      ...(excludes === undefined ? {} : { excludes }),
    },
  ],
})
const applies = (of: SeccompPolicy, to: PolicyFacts = facts) => resolvePolicy(of, to).syscalls!.length === 1

test('all that is included has to be there', () => {
  const both = policy({ caps: ['CAP_BPF', 'CAP_PERFMON'] })
  assert.equal(applies(both), false)
  assert.equal(applies(both, withCaps('CAP_BPF')), false)
  assert.equal(applies(both, withCaps('CAP_PERFMON', 'CAP_BPF')), true)
  assert.equal(applies(policy({}, {})), true)
  assert.equal(applies(policy({ caps: [], arches: [] })), true)
})

test('nothing that is excluded may be there', () => {
  const neither = policy(undefined, { caps: ['CAP_BPF', 'CAP_PERFMON'] })
  assert.equal(applies(neither), true)
  assert.equal(applies(neither, withCaps('CAP_KILL')), true)
  assert.equal(applies(neither, withCaps('CAP_PERFMON')), false)
})

test('a capability counts that a program has, or can be given', () => {
  const bpf = policy({ caps: ['CAP_BPF'] })
  assert.equal(applies(bpf, { ...facts, capabilities: { effective: ['CAP_BPF'] } }), true)
  assert.equal(applies(bpf, { ...facts, capabilities: { ambient: ['CAP_BPF'], bounding: [] } }), false)
  assert.equal(applies(bpf, { ...facts, capabilities: {} }), false)
})

test('the machine is one of them', () => {
  const arm = policy({ arches: ['arm', 'arm64'] })
  assert.equal(applies(arm), false)
  assert.equal(applies(arm, { ...facts, architecture: 'aarch64' }), true)
  const other = policy(undefined, { arches: ['s390', 's390x'] })
  assert.equal(applies(other), true)
  assert.equal(applies(policy(undefined, { arches: ['x86', 'amd64'] })), false)
})

test('the kernel is that one or a newer one', () => {
  const since = (minKernel: string, kernelRelease: string) =>
    applies(policy({ minKernel }), { ...facts, kernelRelease })
  for (const release of ['4.8', '4.8.0', '4.8-rc1', '4.10.0', '5.0.0', '6.1.0-18-amd64', '10.0']) {
    assert.equal(since('4.8', release), true, release)
  }
  for (const release of ['4.7.99', '3.10.0-1160.el7', '4', '']) assert.equal(since('4.8', release), false, release)
  assert.equal(since('4.8.2', '4.8.1'), false)
  assert.equal(since('4.8.2', '4.8.2-x'), true)
  assert.equal(applies(policy(undefined, { minKernel: '4.8' })), false)
  assert.equal(applies(policy(undefined, { minKernel: '7.0' })), true)
})

test('the architectures that belong to the machine', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_MIPS' },
  ]
  const of = (given: Partial<SeccompPolicy>, to = facts) =>
    resolvePolicy({ defaultAction: 'SCMP_ACT_LOG', ...given }, to).architectures
  assert.deepEqual(of({ archMap }), ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
  assert.equal(of({ archMap }, { ...facts, architecture: 'aarch64' }), undefined)
  assert.deepEqual(of({ architectures: ['SCMP_ARCH_ARM'] }), ['SCMP_ARCH_ARM'])
})

test('what comes out is linux.seccomp and no more', () => {
  const full: SeccompPolicy = {
    ...{
      name: 'n',
      description: 'd',
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      flags: [],
      listenerPath: '/l',
    },
    ...{ listenerMetadata: 'm', architectures: ['SCMP_ARCH_X86_64'] },
    syscalls: [
      { names: ['a'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64'] } },
      { names: ['b'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{ index: 0, value: 1n, op: 'SCMP_CMP_EQ' }] },
    ],
  }
  const { name: _, description: __, ...rest } = full
  const bare = { names: ['a'], action: 'SCMP_ACT_ALLOW' }
  assert.deepEqual(resolvePolicy(full, facts), { ...rest, syscalls: [bare, full.syscalls![1]] })
  assert.deepEqual(resolvePolicy({ defaultAction: 'SCMP_ACT_LOG' }, facts), { defaultAction: 'SCMP_ACT_LOG' })
})

test('the same facts give the same profile; a capability that is in no rule is none of them', () => {
  const one = policy({ caps: ['CAP_BPF'] })
  const found = resolvePolicy(one, withCaps('CAP_BPF'))
  assert.equal(resolvePolicy(one, withCaps('CAP_KILL', 'CAP_BPF')), found)
  assert.notEqual(resolvePolicy(one, withCaps('CAP_KILL')), found)
  assert.notEqual(resolvePolicy(one, { ...withCaps('CAP_BPF'), architecture: 'aarch64' }), found)
})
