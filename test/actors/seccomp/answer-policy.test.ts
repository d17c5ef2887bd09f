// Policies that answer, without a kernel; with one: notification.test.ts.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { answerPolicy } from '../../../src/actors/seccomp/answer-policy.ts'
import type { NotifyPolicy } from '../../../src/oci/notify-policy.ts'
import type { Decoded } from '../../../src/actors/seccomp/decode.ts'

const folder = new URL('../../../policies/notify/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown

function call(syscall: string, args: (number | bigint)[] = [], decoded: Decoded | null = null) {
  let decodes = 0
  const all = Array.from({ length: 6 }, (_, n) => BigInt(args[n] ?? 0))
  return { syscall, args: all, decode: () => (decodes++, decoded), decodes: () => decodes }
}

const policy = (rules: NotifyPolicy['rules'], more: Partial<NotifyPolicy> = {}) =>
  answerPolicy({ name: 'test', rules, ...more })

test('the first rule that matches answers, and what none matches is left open', () => {
  const { answer } = policy([
    { names: ['mkdir'], args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 0o700 }], answer: 'continue' },
    { names: ['mkdir', 'mkdirat'], answer: { errno: 'EACCES' } },
    { names: ['mkdir'], answer: { returnValue: 0 } },
    { names: ['333'], answer: { returnValue: '0xffffffffffffffff' } },
  ])
  assert.equal(answer(call('mkdir', [0, 0o700])), 'continue')
  assert.deepEqual(answer(call('mkdir', [0, 0o701])), { errno: 13 })
  assert.deepEqual(answer(call('mkdirat')), { errno: 13 })
  assert.deepEqual(answer(call('333')), { value: -1n })
  assert.equal(answer(call('rmdir')), null)
})

test('every operator compares 64 unsigned bits, and all arguments of a rule have to hold', () => {
  const max = 2n ** 64n - 1n
  const holds = (op: string, value: unknown, given: bigint, valueTwo?: unknown) =>
    answerPolicy({
      name: 'test',
      rules: [{ names: ['read'], args: [{ index: 5, op, value, ...(valueTwo === undefined ? {} : { valueTwo }) }], answer: 'continue' }], // prettier-ignore
    }).answer(call('read', [0, 0, 0, 0, 0, given])) === 'continue'
  assert.deepEqual([holds('SCMP_CMP_NE', 1, 1n), holds('SCMP_CMP_NE', 1, max)], [false, true])
  assert.deepEqual([holds('SCMP_CMP_LT', 2, 1n), holds('SCMP_CMP_LT', 2, 2n)], [true, false])
  assert.deepEqual([holds('SCMP_CMP_LE', 2, 2n), holds('SCMP_CMP_LE', 2, 3n)], [true, false])
  assert.deepEqual([holds('SCMP_CMP_EQ', -1, max), holds('SCMP_CMP_EQ', '0xffffffffffffffff', max)], [true, true])
  assert.deepEqual([holds('SCMP_CMP_GE', 2, 2n), holds('SCMP_CMP_GE', 2, 1n)], [true, false])
  assert.deepEqual([holds('SCMP_CMP_GT', 2, max), holds('SCMP_CMP_GT', 2, 2n)], [true, false])
  assert.deepEqual(
    [holds('SCMP_CMP_MASKED_EQ', 0xf0, 0x2fn, 0x20), holds('SCMP_CMP_MASKED_EQ', 0xf0, 0x3fn, '32')],
    [true, false],
  )
  assert.equal(holds('SCMP_CMP_MASKED_EQ', 1, 1n, 3), true, 'outside the mask nothing counts, as in a filter')
  const both = policy([
    {
      names: ['read'],
      args: [
        { index: 0, op: 'SCMP_CMP_EQ', value: 1 },
        { index: 0, op: 'SCMP_CMP_EQ', value: 2 },
      ],
      answer: 'continue',
    },
  ])
  assert.equal(both.answer(call('read', [1])), null)
})

test('paths: exact, by prefix, by glob; any of the call, none that cannot be read; and only those rules look', () => {
  const matches = (path: object, ...paths: (string | null)[]) => {
    const names = ['oldpath', 'newpath']
    const decoded = Object.fromEntries(paths.map((value, n) => [names[n] ?? '', value]))
    return (
      answerPolicy({ name: 'test', rules: [{ names: ['rename'], path, answer: 'continue' }] }).answer(
        call('rename', [], decoded),
      ) !== null
    )
  }
  assert.ok(matches({ exact: '/a' }, '/a'))
  assert.ok(!matches({ exact: '/a' }, '/a/'))
  assert.ok(matches({ prefix: '/etc/' }, '/tmp/x', '/etc/passwd'))
  assert.ok(!matches({ prefix: '/etc/' }, null, '/et'))
  for (const [glob, yes, no] of [
    ['/home/*/x', ['/home/me/x', '/home//x'], ['/home/me/you/x', '/home/x']],
    ['/srv/**', ['/srv/', '/srv/a/b'], ['/srv', '/srw/a']],
    ['**/.ssh/*', ['/root/.ssh/id', 'a/.ssh/'], ['.ssh/id', '/root/.ssh/a/b']],
    ['/dev/tty?', ['/dev/tty1', '/dev/ttyß'], ['/dev/tty', '/dev/tty/', '/dev/tty10']],
    ['a.c+(b)[c]', ['a.c+(b)[c]'], ['abc+(b)[c]', 'a.cc(b)[c]']],
    ['***', ['', '/a/b'], []],
  ] as const) {
    for (const path of yes) assert.ok(matches({ glob }, path), `${glob} ${path}`)
    for (const path of no) assert.ok(!matches({ glob }, path), `${glob} ${path}`)
  }
  // Time grows with the length, whatever the stars.
  assert.ok(!matches({ glob: `${'*a'.repeat(30)}b` }, 'a'.repeat(4096)))

  const { answer } = policy([
    { names: ['mkdir'], answer: 'continue' },
    { names: ['open'], args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 1 }], path: { exact: '/a' }, answer: 'continue' },
  ])
  const [free, looked] = [call('mkdir'), call('open', [0, 2])]
  answer(free)
  answer(looked)
  assert.deepEqual([free.decodes(), looked.decodes()], [0, 0], 'memory is read last')
})

test('the answers of a policy that says little', () => {
  const bare = policy([])
  assert.deepEqual([bare.default, bare.onDeadline, bare.deadlineMs], [null, { errno: 38 }, 10_000])
  const some = policy([], { default: { errno: 'EPERM' }, deadlineMs: 0 })
  assert.deepEqual([some.default, some.onDeadline, some.deadlineMs], [{ errno: 1 }, { errno: 1 }, 0])
  assert.equal(policy([], { default: { errno: 1 }, onDeadline: 'continue' }).onDeadline, 'continue')
})

/** What is wrong, and where. */
const wrong: readonly [given: unknown, pointer: string | undefined][] = [
  [null, undefined],
  [[], undefined],
  [{ rules: [] }, 'name'],
  [{ name: 'a' }, 'rules'],
  [{ name: 'a', rules: {} }, 'rules'],
  [{ name: 'a', rules: [], more: 1 }, 'more'],
  [{ name: 'a', rules: [], deadlineMs: -1 }, 'deadlineMs'],
  [{ name: 'a', rules: [], deadlineMs: 2 ** 31 }, 'deadlineMs'],
  [{ name: 'a', rules: [], default: 'deny' }, 'default'],
  [{ name: 'a', rules: [], onDeadline: { errno: 0 } }, 'onDeadline.errno'],
  [{ name: 'a', rules: [1] }, 'rules[0]'],
  [{ name: 'a', rules: [{ names: [], answer: 'continue' }] }, 'rules[0].names'],
  [{ name: 'a', rules: [{ names: ['mkdri'], answer: 'continue' }] }, 'rules[0].names[0]'],
  [{ name: 'a', rules: [{ names: ['toString'], answer: 'continue' }] }, 'rules[0].names[0]'],
  [{ name: 'a', rules: [{ names: ['mkdir'] }] }, 'rules[0].answer'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: null }] }, 'rules[0].answer'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: {} }] }, 'rules[0].answer'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: { errno: 1, returnValue: 1 } }] }, 'rules[0].answer'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: { errno: 'ENO' } }] }, 'rules[0].answer.errno'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: { returnValue: 1.5 } }] }, 'rules[0].answer.returnValue'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: { returnValue: '1e3' } }] }, 'rules[0].answer.returnValue'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: 'continue', path: {} }] }, 'rules[0].path'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: 'continue', path: { exact: 'a', glob: 'b' } }] }, 'rules[0].path'],
  [{ name: 'a', rules: [{ names: ['mkdir'], answer: 'continue', path: { prefix: '' } }] }, 'rules[0].path.prefix'],
  ...(
    [
      [{ index: 6, op: 'SCMP_CMP_EQ', value: 1 }, '.index'],
      [{ index: 0, op: 'EQ', value: 1 }, '.op'],
      [{ index: 0, op: 'SCMP_CMP_EQ' }, '.value'],
      [{ index: 0, op: 'SCMP_CMP_EQ', value: 2 ** 60 }, '.value'],
      [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 1 }, '.valueTwo'],
    ] as const
  ).map(([argument, at]): [unknown, string] => [
    { name: 'a', rules: [{ names: ['mkdir'], args: [argument], answer: 'continue' }] },
    `rules[0].args[0]${at}`,
  ]),
]

test('what is wrong is said with its place', () => {
  for (const [given, pointer] of wrong)
    assert.throws(
      () => answerPolicy(given),
      (error: { code?: string; pointer?: string; message: string }) => {
        assert.equal(error.code, 'ERR_STATOR_CONFIG')
        assert.equal(error.pointer, pointer, JSON.stringify(given))
        return error.message.startsWith('notify policy: ')
      },
    )
})

test('the policies here are as their schema says, and are taken', () => {
  const validate = new Ajv().compile(read('notify.schema.json') as object)
  const names = readdirSync(folder).filter((name) => name !== 'notify.schema.json')
  assert.ok(names.length >= 2)
  for (const name of names) {
    const given = read(name)
    assert.ok(validate(given), `${name}: ${JSON.stringify(validate.errors)}`)
    assert.equal(answerPolicy(given).name, name.replace(/\.json$/, ''))
  }
  // Values that only the code knows to be wrong are the schema's to take.
  const beyond = /names\[0\]|errno|\.value$|valueTwo/
  for (const [given, pointer] of wrong)
    if (!beyond.test(pointer ?? '')) assert.ok(!validate(given), JSON.stringify(given))
})
