import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import Ajv from 'ajv-draft-04'
import { StatorError } from '../../src/errors.ts'
import { parseSeccompPolicy, type SeccompPolicy } from '../../src/oci/seccomp-policy.ts'

const base: SeccompPolicy = {
  ...{ name: 'base', defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38, flags: ['SECCOMP_FILTER_FLAG_LOG'] },
  archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
  syscalls: [
    { names: ['read', 'write', 'chroot'], action: 'SCMP_ACT_ALLOW' },
    { names: ['chroot'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_CHROOT'] } },
  ],
}
const parse = (policy: unknown) => parseSeccompPolicy(JSON.stringify(policy), 'own.json', () => base)
const refusal = (policy: unknown): [message: string, pointer: string | undefined] => {
  try {
    parse(policy)
  } catch (error) {
    assert.ok(error instanceof StatorError, String(error))
    assert.equal(error.code, 'ERR_STATOR_CONFIG')
    assert.equal(error.path, 'own.json')
    return [error.message, error.pointer]
  }
  return assert.fail(`accepted: ${JSON.stringify(policy)}`)
}
const withRule = (rule: object) => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG' }, rule] }) // prettier-ignore
const rule = { names: ['mount'], action: 'SCMP_ACT_ERRNO' }

test('what is there for the reader is no part of the policy, and an errno is a number', () => {
  const policy = parse({
    ...{
      $schema: './x',
      name: 'own',
      description: 'For one.',
      source: 'me',
      comment: '',
      defaultAction: 'SCMP_ACT_ERRNO',
    },
    defaultErrno: 'ENOSYS',
    syscalls: [
      { ...rule, errno: 'EACCES', description: 'x', why: 'y', source: 'z', comment: '' },
      { ...rule, errno: 'EPERM', errnoRet: 1, args: null, includes: {}, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    ],
  })
  assert.deepEqual(policy, {
    ...{ name: 'own', description: 'For one.', defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 },
    syscalls: [
      { ...rule, errnoRet: 13 },
      { ...rule, errnoRet: 1, includes: {}, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    ],
  })
})

test('values have 64 bits', () => {
  const text = `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["x"],"action":"SCMP_ACT_LOG",
    "args":[{"index":5,"value":18446744073709551615,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}]}`
  const { syscalls } = parseSeccompPolicy(text, 'own.json', () => base)
  const argument = { index: 5, value: 2n ** 64n - 1n, valueTwo: 1n, op: 'SCMP_CMP_MASKED_EQ' }
  assert.deepEqual(syscalls![0]!.args, [argument])
})

test('what is wrong is said with its place', () => {
  const at = 'syscalls[1]'
  const cases: [unknown, string, string | undefined][] = [
    [{}, 'defaultAction: is required', 'defaultAction'],
    [[], 'must be an object', undefined],
    [null, 'must be an object', undefined],
    [{ defaultAction: 'X', a: 1 }, 'a: is not a property of a seccomp policy', 'a'],
    [withRule({ ...rule, exclude: {} }), `${at}.exclude: is not a property of a seccomp policy`, `${at}.exclude`],
    [withRule({ ...rule, excludes: { cap: [] } }), `${at}.excludes.cap: is not a property of a seccomp policy`, `${at}.excludes.cap`], // prettier-ignore
    [withRule({ names: ['x'] }), `${at}.action: is required`, `${at}.action`],
    [withRule({ action: 'SCMP_ACT_LOG' }), `${at}.names: is required`, `${at}.names`],
    [withRule({ ...rule, names: [] }), `${at}.names: must name a system call`, `${at}.names`],
    [withRule({ ...rule, names: ['x', ''] }), `${at}.names[1]: must not be empty`, `${at}.names[1]`],
    [withRule({ ...rule, errno: 'EPREM' }), `${at}.errno: must be the name of an errno as "EPERM", not "EPREM"`, `${at}.errno`], // prettier-ignore
    [withRule({ ...rule, errno: 'EPERM', errnoRet: 2 }), `${at}.errno: is "EPERM" (1), and ${at}.errnoRet is 2`, `${at}.errno`], // prettier-ignore
    [{ defaultAction: 'SCMP_ACT_ERRNO', defaultErrno: 'X' }, 'defaultErrno: must be the name of an errno as "EPERM", not "X"', 'defaultErrno'], // prettier-ignore
    [withRule({ ...rule, errnoRet: -1 }), `${at}.errnoRet: must be an integer from 0 to 4294967295`, `${at}.errnoRet`],
    [withRule({ ...rule, args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] }), `${at}.args[0].index: must be an integer from 0 to 5`, `${at}.args[0].index`], // prettier-ignore
    [withRule({ ...rule, includes: { caps: ['SYS_ADMIN'] } }), `${at}.includes.caps[0]: must be the name of a capability as "CAP_SYS_ADMIN", not "SYS_ADMIN"`, `${at}.includes.caps[0]`], // prettier-ignore
    [withRule({ ...rule, excludes: { minKernel: '5' } }), `${at}.excludes.minKernel: must be a version of the kernel as "5.7"`, `${at}.excludes.minKernel`], // prettier-ignore
    [{ defaultAction: 'SCMP_ACT_NOTIFY' }, 'defaultAction: must not be SCMP_ACT_NOTIFY: nobody could answer before the listener is handed over', 'defaultAction'], // prettier-ignore
    [{ extends: 'base', syscalls: [{ names: ['x', 'write'], action: 'SCMP_ACT_NOTIFY' }] }, 'syscalls[0].names[1]: must not be "write" for SCMP_ACT_NOTIFY: the listener is handed over by it', 'syscalls[0].names[1]'], // prettier-ignore
    [{ defaultAction: 'SCMP_ACT_LOG', architectures: [], archMap: [] }, 'archMap: is instead of "architectures": give one of the two', 'archMap'], // prettier-ignore
  ]
  for (const [policy, message, pointer] of cases) assert.deepEqual(refusal(policy), [`own.json: ${message}`, pointer])
  const [message, pointer] = refusal(withRule({ ...rule, args: [{ index: 0, value: 0, op: '==' }] }))
  assert.match(message, /^own\.json: syscalls\[1\]\.args\[0\]\.op: must be one of SCMP_CMP_NE, /)
  assert.equal(pointer, 'syscalls[1].args[0].op')
  assert.match(
    refusal(withRule({ ...rule, includes: { arches: ['x86_64'] } }))[0],
    /arches\[0\]: must be one of amd64, /,
  )
})

test('what is no JSON is said with line and column', () => {
  assert.throws(() => parseSeccompPolicy('{\n  x', 'own.json', () => base), /own\.json: line 2, column 3: /)
})

test('an extension says it all of the calls that it names, and the base says the rest', () => {
  const own = { names: ['chroot'], action: 'SCMP_ACT_LOG' }
  const { name, syscalls, ...rest } = parse({ name: 'own', extends: 'base', syscalls: [own] })
  assert.equal(name, 'own')
  assert.deepEqual(syscalls, [own, { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' }])
  const { defaultAction, defaultErrnoRet, flags, archMap } = base
  assert.deepEqual(rest, { defaultAction, defaultErrnoRet, flags, archMap })
})

test('of an extension, architectures are instead of the map, and an action is without the errno of another', () => {
  const { architectures, archMap } = parse({ extends: 'base', architectures: ['SCMP_ARCH_ARM'] })
  assert.deepEqual([architectures, archMap], [['SCMP_ARCH_ARM'], undefined])
  const { defaultAction, defaultErrnoRet } = parse({ extends: 'base', defaultAction: 'SCMP_ACT_ERRNO' })
  assert.deepEqual([defaultAction, defaultErrnoRet], ['SCMP_ACT_ERRNO', undefined])
  assert.equal(parse({ extends: 'base', defaultErrno: 'EPERM' }).defaultErrnoRet, 1)
})

test('for an editor the schema says the same', () => {
  const folder = new URL('../../policies/seccomp/', import.meta.url)
  const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object
  const { $schema: _, ...schema } = read('seccomp.schema.json') as { $schema: string }
  const validate = new Ajv.default({ strict: false }).compile(schema)
  for (const name of ['audit', 'build', 'default', 'strict']) {
    assert.ok(validate(read(`${name}.json`)), `${name}: ${JSON.stringify(validate.errors)}`)
  }
  assert.equal(validate(withRule({ ...rule, exclude: {} })), false)
  assert.equal(validate({ defaultAction: 'allow' }), false)
})
