import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnnotationOptions, withAnnotation } from '../../../src/actors/seccomp/tighten.ts'
import { seccompPolicyAnnotation } from '../../../src/oci/annotations.ts'
import { StatorError } from '../../../src/errors.ts'
import type { Seccomp, SeccompAction, SeccompRule } from '../../../src/oci/config.ts'

const allow = (...names: string[]): SeccompRule => ({ names, action: 'SCMP_ACT_ALLOW' })
const list = (...syscalls: SeccompRule[]): Seccomp => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38,
  syscalls,
})

const given = list(allow('read', 'seccomp'))
const policies: Readonly<Record<string, Seccomp>> = {
  open: { defaultAction: 'SCMP_ACT_ALLOW' },
  closed: list(allow('read')),
  asks: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }] },
}
const policy: AnnotationOptions['policy'] = (name) => {
  const found = policies[name]
  if (found === undefined) throw new StatorError('ERR_STATOR_CONFIG', `seccomp policy "${name}": there is none`)
  return found
}
const annotated = (name: string) => ({ other: 'x', [seccompPolicyAnnotation]: name })
const tightened = (profile: Seccomp | undefined, name: string) =>
  withAnnotation(profile, annotated(name), { mayLoosen: false, policy })
const loosened = (profile: Seccomp | undefined, name: string) =>
  withAnnotation(profile, annotated(name), { mayLoosen: true, policy })
const refusal = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StatorError)
  assert.equal(error.code, 'ERR_STATOR_CONFIG')
  assert.equal(error.pointer, 'annotations["org.stator.seccomp.policy"]')
  assert.match(error.message, /^annotations\["org\.stator\.seccomp\.policy"\]: /)
  assert.match(error.message, words)
  return true
}

test('without the annotation it is what was given', () => {
  const options = { mayLoosen: false, policy }
  assert.deepEqual(withAnnotation(undefined, undefined, options), { filters: [] })
  assert.deepEqual(withAnnotation(given, { other: 'x' }, options), { filters: [given] })
})

test('with it both are loaded, so neither allows what the other refuses', () => {
  for (const name of ['open', 'closed']) {
    const { filters, annotated } = tightened(given, name)
    assert.ok(filters.includes(given) && filters.includes(policies[name]!) && filters.length === 2)
    assert.equal(annotated, name)
  }
  assert.deepEqual(tightened(undefined, 'closed').filters, [policies['closed']])
  assert.deepEqual(tightened(policies['closed'], 'closed').filters, [policies['closed']])
  assert.deepEqual(tightened({ defaultAction: '' }, 'closed').filters, [policies['closed']], 'a profile that is off')
})

test('the one loaded first allows the loading of the other; the errno of the caller counts where it can', () => {
  assert.deepEqual(tightened(given, 'open').filters, [policies['open'], given])
  assert.deepEqual(tightened(given, 'closed').filters, [given, policies['closed']])
  assert.throws(() => tightened(policies['closed'], 'shut'), refusal(/"shut": there is none/))
  assert.throws(() => tightened(list(), 'closed'), refusal(/policy "closed" .* cannot both be loaded: neither allows/))
})

test('whether a profile allows a call is what libseccomp makes of its rules', () => {
  const conditional = (action: SeccompAction): SeccompRule => ({
    ...{ names: ['seccomp'], action },
    args: [{ index: 0, value: 1n, op: 'SCMP_CMP_EQ' }],
  })
  const eperm: SeccompRule = { names: ['seccomp'], action: 'SCMP_ACT_ERRNO' }
  const first = (profile: Seccomp) => {
    try {
      return tightened(profile, 'closed').filters[0] === profile
    } catch (error) {
      return refusal(/neither/)(error) && false
    }
  }
  assert.equal(first(list(conditional('SCMP_ACT_ALLOW'))), false)
  assert.equal(first(list(conditional('SCMP_ACT_KILL'), allow('seccomp'))), true, 'replaced')
  assert.equal(first(list(eperm, allow('seccomp'))), false, 'the first one stays')
  assert.equal(first(list({ ...eperm, errnoRet: 38 }, allow('seccomp'))), true, 'as the default, so left out')
  assert.equal(first({ defaultAction: 'SCMP_ACT_LOG', syscalls: [conditional('SCMP_ACT_ERRNO')] }), false)
  assert.equal(first({ defaultAction: 'SCMP_ACT_LOG', syscalls: [conditional('SCMP_ACT_ALLOW')] }), true)
})

test('a policy that notifies is not for an annotation, whoever has the listener', () => {
  for (const profile of [undefined, given, policies['asks']]) {
    assert.throws(() => tightened(profile, 'asks'), refusal(/policy "asks" has SCMP_ACT_NOTIFY/))
  }
  assert.deepEqual(tightened({ ...policies['asks']! }, 'closed').filters.length, 2)
})

test('what is no name of a policy is refused: no path is read for a bundle', () => {
  for (const name of ['/etc/shadow', '../x', './x', '', 'A', 'a b']) {
    assert.throws(() => tightened(given, name), refusal(/must be the name of a policy/))
    assert.throws(() => loosened(given, name), refusal(/must be the name of a policy/))
  }
  assert.throws(() => tightened(given, 'nothing'), refusal(/seccomp policy "nothing": there is none/))
})

test('who may loosen has the policy instead, or none', () => {
  assert.deepEqual(loosened(given, 'open'), { filters: [policies['open']], annotated: 'open' })
  assert.deepEqual(loosened(given, 'asks').filters, [policies['asks']])
  assert.deepEqual(loosened(given, 'unconfined'), { filters: [], annotated: 'unconfined' })
  assert.throws(() => tightened(given, 'unconfined'), refusal(/may only tighten/))
})
