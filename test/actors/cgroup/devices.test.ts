// Device rules: what they mean, what version 1 is told, and the program for version 2. No kernel; see groups.test.ts for that.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import {
  allowsEverything,
  type DeviceLine,
  deviceLines,
  deviceRules,
  type Rule,
} from '../../../src/actors/cgroup/devices.ts'
import { deviceProgram } from '../../../src/actors/cgroup/ebpf.ts'
import { StatorError } from '../../../src/errors.ts'
import type { DeviceRule } from '../../../src/oci/config.ts'
import { interpret, type Request } from './interpreter.ts'

const denyAll: DeviceRule = { allow: false, access: 'rwm' }
const allowAll: DeviceRule = { allow: true, access: 'rwm' }

function lines(devices: DeviceRule[] = []): string[] {
  return deviceLines(deviceRules({ resources: { devices } })).map(({ file, line }) => `${file} ${line}`)
}

/** The meaning, in the words of config-linux.md: for each access asked for, the last rule that covers it decides. */
function means(rules: readonly Rule[], { type, access, major, minor }: Request): boolean {
  return [1, 2, 4].filter((bit) => access & bit).every((bit) => {
    const last = rules.findLast(
      (rule) =>
        (rule.type === 'a' || rule.type === (type === 1 ? 'b' : 'c')) &&
        (rule.major ?? major) === major &&
        (rule.minor ?? minor) === minor &&
        (rule.access & bit) !== 0,
    )
    return last?.allow ?? false
  }) // prettier-ignore
}

test('a config without rules gets the defaults, and nothing else', () => {
  const defaults = [
    'devices.deny a *:* rwm',
    'devices.allow b *:* m',
    'devices.allow c *:* m',
    'devices.allow c 1:3 rwm',
    'devices.allow c 1:5 rwm',
    'devices.allow c 1:7 rwm',
    'devices.allow c 1:8 rwm',
    'devices.allow c 1:9 rwm',
    'devices.allow c 5:0 rwm',
    'devices.allow c 5:2 rwm',
    'devices.allow c 10:200 rwm',
    'devices.allow c 136:* rwm',
  ]
  assert.deepEqual(lines(), defaults)
  assert.deepEqual(lines([denyAll]), defaults)
  assert.deepEqual(lines([allowAll, { allow: true, type: 'c', major: 9n, access: 'r' }, denyAll]), defaults)
})

test('rules of the config stand before the defaults, so that none of those can be taken away', () => {
  const found = lines([denyAll, { allow: true, type: 'b', major: 8n, minor: 0n, access: 'rw' }, { allow: false, type: 'c', major: 1n, minor: 3n, access: 'w' }]) // prettier-ignore
  assert.ok(found.includes('devices.allow b 8:0 rw'))
  assert.ok(found.includes('devices.allow c 1:3 rwm'))
})

test('a node of the config takes the place of a default of the same path, and as in runc permits nothing itself', () => {
  const rules = deviceRules({ devices: [{ path: '/dev/zero', type: 'c', major: 11n, minor: 200n }] })
  assert.ok(!rules.some(({ major, minor }) => major === 1 && minor === 5))
  assert.ok(!rules.some(({ major, minor }) => major === 11 && minor === 200))
})

test('everything allowed: one line, and no program', () => {
  assert.deepEqual(lines([allowAll]), ['devices.allow a *:* rwm'])
  assert.ok(allowsEverything(deviceRules({ resources: { devices: [denyAll, allowAll] } })))
  assert.ok(!allowsEverything(deviceRules()))
})

test('everything but one device', () => {
  assert.deepEqual(lines([allowAll, { allow: false, type: 'c', major: 11n, minor: 200n, access: 'rw' }]), [
    'devices.allow a *:* rwm',
    'devices.deny c 11:200 rw',
  ])
})

test('a rule without a type, and with less than everything, is one for both types and not for everything', () => {
  const found = lines([
    denyAll,
    { allow: true, access: 'r' },
    { allow: true, type: 'a', major: 4n, minor: 64n, access: 'w' },
  ])
  assert.deepEqual(found.slice(0, 3), ['devices.deny a *:* rwm', 'devices.allow b *:* rm', 'devices.allow c *:* rm'])
  assert.ok(found.includes('devices.allow b 4:64 w') && found.includes('devices.allow c 4:64 w'))
})

test('a wide rule takes narrow exceptions along, which version 1 would pass over in silence', () => {
  const found = lines([
    denyAll,
    { allow: true, type: 'c', major: 11n, minor: 200n, access: 'rw' },
    { allow: false, type: 'c', major: 11n, access: 'w' },
  ])
  assert.ok(found.includes('devices.allow c 11:200 r'))
  assert.ok(!found.some((line) => line.includes('11:*')))
})

test('a hole in a wildcard is refused for version 1, with its place', () => {
  const rules = deviceRules({
    resources: {
      devices: [
        denyAll,
        { allow: true, type: 'c', major: 11n, access: 'rw' },
        { allow: false, type: 'c', major: 11n, minor: 200n, access: 'w' },
      ],
    },
  })
  assert.throws(
    () => deviceLines(rules),
    (error: unknown) =>
      error instanceof StatorError &&
      error.message === 'device rule 11:200 w: version 1 of cgroups cannot take it out of 11:*' &&
      error.pointer === 'linux.resources.devices[2]',
  )
  assert.equal(interpret(deviceProgram(rules), { type: 2, access: 4, major: 11, minor: 200 }), 0n)
  assert.equal(interpret(deviceProgram(rules), { type: 2, access: 2, major: 11, minor: 200 }), 1n)
})

test('what cannot be read is refused with its place', () => {
  const wrong: [DeviceRule, string][] = [
    [{ allow: true }, 'access'],
    [{ allow: true, access: 'rx' }, 'access'],
    [{ allow: true, access: 'r', type: 'p' as 'c' }, 'type'],
    [{ allow: true, access: 'r', type: 'c', major: -2n }, 'major'],
    [{ allow: true, access: 'r', type: 'c', major: 1n, minor: 1n << 32n }, 'minor'],
  ]
  for (const [rule, field] of wrong) {
    assert.throws(
      () => deviceRules({ resources: { devices: [denyAll, rule] } }),
      (error: unknown) => error instanceof StatorError && error.pointer === `linux.resources.devices[1].${field}`,
    )
  }
})

test('numbers: -1 is any, and the largest is compared as it is', () => {
  const rules = deviceRules({
    resources: { devices: [denyAll, { allow: true, type: 'c', major: 0xffff_ffffn, minor: -1n, access: 'r' }] },
  })
  const asked: Request = { type: 2, access: 2, major: 0xffff_ffff, minor: 7 }
  assert.equal(interpret(deviceProgram(rules), asked), 1n)
  assert.equal(interpret(deviceProgram(rules), { ...asked, major: 0x7fff_ffff }), 0n)
})

// Few numbers, so that rules meet.
const number = fc.option(fc.constantFrom(1, 2, 0xffff_fffe), { nil: null })
const rule: fc.Arbitrary<Rule> = fc.record({
  allow: fc.boolean(),
  type: fc.constantFrom('a' as const, 'b' as const, 'c' as const),
  major: number,
  minor: number,
  access: fc.integer({ min: 1, max: 7 }),
})
const request: fc.Arbitrary<Request> = fc.record({
  type: fc.constantFrom(1, 2),
  access: fc.integer({ min: 1, max: 7 }),
  major: fc.constantFrom(1, 2, 3, 0xffff_fffe),
  minor: fc.constantFrom(1, 2, 3, 0xffff_fffe),
})

test('the program decides as the rules mean it', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      fc.array(request, { minLength: 1, maxLength: 8 }),
      (rules, asked) => {
        const program = deviceProgram(rules)
        for (const one of asked) assert.equal(interpret(program, one), means(rules, one) ? 1n : 0n)
      },
    ),
    { numRuns: 2000 },
  )
})

/**
 * devices_cgroup of the kernel (security/device_cgroup.c): a default and exceptions. With a default of deny one exception has to
 * cover all that is asked for, with one of allow none may touch it.
 */
function versionOne(written: readonly DeviceLine[], { type, access, major, minor }: Request): boolean {
  const [first, ...exceptions] = written
  const allowed = first?.file === 'devices.allow'
  const found = exceptions.map(({ line }) => /^([bc]) (\*|\d+):(\*|\d+) (r?w?m?)$/.exec(line)).filter(
    (match) =>
      match !== null &&
      match[1] === (type === 1 ? 'b' : 'c') &&
      (match[2] === '*' || Number(match[2]) === major) &&
      (match[3] === '*' || Number(match[3]) === minor),
  ) // prettier-ignore
  const letters = [[1, 'm'], [2, 'r'], [4, 'w']].filter(([bit]) => access & (bit as number)).map(([, l]) => l as string) // prettier-ignore
  return allowed
    ? !found.some((match) => letters.some((letter) => match?.[4]?.includes(letter)))
    : found.some((match) => letters.every((letter) => match?.[4]?.includes(letter)))
}

test('the lines for version 1 mean the same, for each kind of access; or they are refused', () => {
  let refused = 0
  let written = 0
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), fc.array(request, { minLength: 1, maxLength: 8 }), (rules, asked) => {
      let told: DeviceLine[]
      try {
        told = deviceLines(rules)
      } catch (error) {
        assert.ok(error instanceof StatorError && error.code === 'ERR_STATOR_CONFIG')
        refused++
        return
      }
      written++
      for (const one of asked) {
        for (const access of [1, 2, 4]) {
          assert.equal(versionOne(told, { ...one, access }), means(rules, { ...one, access }))
        }
        // Asked for at once, two permits of different exceptions do not add up there: it is the stricter one.
        if (versionOne(told, one)) assert.ok(means(rules, one))
      }
    }),
    { numRuns: 2000 },
  )
  assert.ok(refused > 50 && written > 500, `${refused} refused, ${written} written`)
})
