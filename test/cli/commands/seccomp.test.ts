// stator seccomp: the words. What a filter does: test/actors/seccomp.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { defineConfig } from '../../../src/oci/default-config.ts'
import { stringifyConfig } from '../../../src/oci/stringify.ts'
import { withoutLibseccomp as skip } from '../../actors/seccomp/support.ts'
import { folder, stator } from '../support.ts'

const seccomp = {
  defaultAction: 'SCMP_ACT_ERRNO',
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  syscalls: [
    { names: ['read', 'write', 'clone3'], action: 'SCMP_ACT_ALLOW' },
    { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 16, op: 'SCMP_CMP_NE' }] },
  ],
}

function file(t: TestContext, content: string | object): string {
  const path = join(folder(t), 'profile.json')
  writeFileSync(path, typeof content === 'string' ? content : stringifyConfig(content))
  return path
}

const x86 = ['--arch', 'x86_64']

test('explain: what happens, and what decides', { skip }, async (t) => {
  const path = file(t, seccomp)
  const said = async (...words: string[]) => (await stator('seccomp', 'explain', ...words)).stdout
  assert.equal(
    await said(...x86, path, 'socket', '16'),
    'socket(0x10), 41 of x86_64: ERRNO EPERM\n  seccomp.defaultAction\n',
  )
  assert.equal(await said(...x86, path, 'socket', '0x2'), 'socket(2), 41 of x86_64: ALLOW\n  seccomp.syscalls[1]\n')
  assert.equal(
    await said(...x86, path, '41', '-1'),
    'socket(0xffffffffffffffff), 41 of x86_64: ALLOW\n  seccomp.syscalls[1]\n',
  )
  assert.equal(
    await said(...x86, path, '9999'),
    'syscall(), 9999 of x86_64: ERRNO ENOSYS\n  newer than the profile: the largest number that it names is 435\n',
  )
  assert.equal(
    await said('--arch', 'arm', path, 'read'),
    'read(), 3 of arm: KILL_THREAD\n  an architecture that is not in the profile\n',
  )
})

test('explain of a whole configuration, as JSON', { skip }, async (t) => {
  const path = file(t, { ociVersion: '1.2.0', linux: { seccomp } })
  const { code, stdout } = await stator(
    'seccomp',
    'explain',
    '--format',
    'json',
    ...x86,
    path,
    'socket',
    '2',
    '18446744073709551615',
  )
  const { path: way, ...found } = JSON.parse(stdout) as { path: number[] }
  assert.equal(code, 0)
  assert.ok(way.length > 3)
  assert.deepEqual(found, {
    architecture: 'SCMP_ARCH_X86_64',
    name: 'socket',
    number: 41,
    args: ['2', '18446744073709551615'],
    verdict: { action: 'ALLOW' },
    decider: { by: 'rule', pointer: 'linux.seccomp.syscalls[1]' },
    outcomes: [
      {
        conditions: [{ index: 0, op: 'SCMP_CMP_NE', value: '16' }],
        verdict: { action: 'ALLOW' },
        pointer: 'linux.seccomp.syscalls[1]',
      },
      { conditions: [], verdict: { action: 'ERRNO', errno: 'EPERM' }, pointer: 'linux.seccomp.defaultAction' },
    ],
  })
})

test('without arguments the conditions are told, where there are some that count', { skip }, async (t) => {
  const args = [
    { index: 0, value: 2114060288, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
    { index: 1, value: 5, op: 'SCMP_CMP_GT' },
  ]
  const clone = { names: ['clone', 'fork'], action: 'SCMP_ACT_ALLOW', args }
  const syscalls = [clone, { names: ['fork'], action: 'SCMP_ACT_LOG' }, { ...clone, args: [], names: ['read'] }]
  const path = file(t, { defaultAction: 'SCMP_ACT_ERRNO', syscalls })
  const said = async (...words: string[]) => (await stator('seccomp', 'explain', ...x86, path, ...words)).stdout
  const conditions = 'if (args[0] & 0x7e020000) == 0 and args[1] > 5'
  assert.equal(
    await said('clone'),
    `clone(), 56 of x86_64: by its arguments
  ALLOW ${conditions}: seccomp.syscalls[0]
  ERRNO EPERM otherwise: seccomp.defaultAction
`,
  )
  assert.equal(await said('clone', '0', '6'), 'clone(0, 6), 56 of x86_64: ALLOW\n  seccomp.syscalls[0]\n')
  assert.equal(await said('fork'), 'fork(), 57 of x86_64: LOG\n  seccomp.syscalls[1]\n')
  assert.equal(await said('read'), 'read(), 0 of x86_64: ALLOW\n  seccomp.syscalls[2]\n')
})

test('diff: what differs, and nothing where nothing does', { skip }, async (t) => {
  const path = file(t, seccomp)
  const other = file(t, {
    ociVersion: '1.2.0',
    linux: {
      seccomp: {
        ...seccomp,
        syscalls: [
          { names: ['write', 'clone3'], action: 'SCMP_ACT_ALLOW' },
          { ...seccomp.syscalls[1], args: [] },
        ],
      },
    },
  })
  assert.deepEqual(await stator('seccomp', 'diff', ...x86, path, path), { code: 0, stdout: '', stderr: '' })
  assert.equal(
    (await stator('seccomp', 'diff', ...x86, path, other)).stdout,
    `read (0)
  - ALLOW: seccomp.syscalls[0]
  + ERRNO EPERM: linux.seccomp.defaultAction
socket (41)
  - conditional, ALLOW or ERRNO EPERM: seccomp.syscalls[1]
  + ALLOW: linux.seccomp.syscalls[1]
`,
  )
  const { stdout } = await stator('seccomp', 'diff', '--format', 'json', ...x86, path, other)
  assert.deepEqual(
    (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name),
    ['read', 'socket'],
  )
})

const policies = fileURLToPath(new URL('../../../policies/seccomp/', import.meta.url))
/** Of a rule, in the files of the package: which one is not what is tried. */
const placeIn = (policy: string) => `${policies}${policy}.json: syscalls\\[\\d+\\]`

test('of a policy the file that says so is named, and the place there', { skip }, async (t) => {
  const elsewhere = { names: ['acct'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_MODULE'] } }
  const path = file(t, { extends: 'strict', syscalls: [elsewhere, { names: ['ptrace'], action: 'SCMP_ACT_ALLOW' }] })
  const said = async (...words: string[]) => (await stator('seccomp', 'explain', ...x86, ...words)).stdout
  assert.equal(await said(path, 'ptrace'), `ptrace(), 101 of x86_64: ALLOW\n  ${path}: syscalls[1]\n`)
  assert.match(await said(path, 'read'), new RegExp(`ALLOW\\n  ${placeIn('strict')}\\n$`))
  const { stdout } = await stator('seccomp', 'diff', ...x86, 'strict', path)
  const place = `${path}: syscalls\\[1\\]`
  assert.match(
    stdout,
    new RegExp(`^ptrace \\(101\\)\\n  - ERRNO EPERM: ${placeIn('strict')}\\n  \\+ ALLOW: ${place}\\n`),
  )
})

test('a policy is what it is on a machine that has the architecture', { skip }, async (t) => {
  const said = async (...words: string[]) => await stator('seccomp', 'explain', '--arch', ...words)
  for (const [arch, number] of [
    ['x86_64', 0],
    ['x86', 3],
    ['aarch64', 63],
    ['arm', 3],
  ] as const) {
    assert.match(
      (await said(arch, 'default', 'read')).stdout,
      new RegExp(`^read\\(\\), ${number} of ${arch}: ALLOW\\n`),
    )
  }
  // strict has the machine's own architecture, and no 32-bit one.
  assert.match((await said('aarch64', 'strict', 'read')).stdout, /^read\(\), 63 of aarch64: ALLOW\n/)
  assert.match(
    (await said('arm', 'strict', 'read')).stdout,
    /of arm: KILL_THREAD\n {2}an architecture that is not in the/,
  )
  const { code, stderr } = await said('riscv64', 'default', 'read')
  assert.equal(code, 1)
  assert.match(stderr, /: --arch riscv64: a policy is for machines of x86_64 and aarch64, and what runs on them /)
  const config = file(t, { ...annotated({ defaultAction: 'SCMP_ACT_ALLOW' }) })
  assert.match((await said('aarch64', config, 'read')).stdout, /^read\(\), 63 of aarch64: ALLOW\n/)
})

/** A configuration that a container may be made of. */
function annotated(profile: object | undefined) {
  const config = defineConfig({ args: ['true'], rootfs: '/' })
  const { seccomp: _, ...linux } = config.linux ?? {}
  return {
    ...config,
    linux: { ...linux, ...(profile === undefined ? {} : { seccomp: profile }) },
    annotations: { 'org.stator.seccomp.policy': 'strict' },
  }
}

test("the annotation's policy is loaded besides, and the strictest of both is said", { skip }, async (t) => {
  const syscalls = [
    { names: ['mkdir'], action: 'SCMP_ACT_ERRNO' },
    { names: ['ptrace'], action: 'SCMP_ACT_KILL_PROCESS' },
  ]
  const path = file(t, annotated({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }))
  const said = async (...words: string[]) => (await stator('seccomp', 'explain', ...x86, path, ...words)).stdout
  assert.match(await said('mkdir'), /ERRNO EPERM\n {2}linux\.seccomp\.syscalls\[0\]\n$/)
  assert.match(await said('ptrace'), /KILL_PROCESS\n {2}linux\.seccomp\.syscalls\[1\]\n$/)
  assert.match(
    await said('clone'),
    new RegExp(`: by its arguments\\n  ALLOW if .*\\n  ERRNO ENOSYS otherwise: ${policies}strict`),
  )
  assert.match(await said('mount'), new RegExp(`ERRNO EPERM\\n  ${placeIn('strict')}\\n$`))
  const { stdout } = await stator('seccomp', 'diff', ...x86, '--format', 'json', path, 'strict')
  assert.deepEqual(
    (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name),
    ['mkdir', 'ptrace'],
  )
  const alone = file(t, annotated(undefined))
  assert.equal((await stator('seccomp', 'diff', ...x86, alone, 'strict')).stdout, '')
  // As with create.
  const off = file(t, { ...annotated(undefined), annotations: { 'org.stator.seccomp.policy': 'unconfined' } })
  assert.match((await stator('seccomp', 'explain', off, 'read')).stderr, /may only tighten: "unconfined" would not\n$/)
})

test('a bundle is its config.json', { skip }, async (t) => {
  const path = file(t, '{}')
  writeFileSync(join(dirname(path), 'config.json'), JSON.stringify({ ociVersion: '1.2.0', linux: { seccomp } }))
  const { stdout } = await stator('seccomp', 'explain', ...x86, dirname(path), 'read')
  assert.equal(stdout, 'read(), 0 of x86_64: ALLOW\n  linux.seccomp.syscalls[0]\n')
})

test('diff ends as diff(1) does: 1 where there are differences, 2 where it cannot say', { skip }, async (t) => {
  const code = async (...words: string[]) => (await stator('seccomp', 'diff', ...words)).code
  const path = file(t, seccomp)
  assert.equal(await code(path, path), 0)
  assert.equal(await code(path, 'strict'), 1)
  assert.equal(await code('--format', 'json', path, 'strict'), 1)
  assert.equal(await code(path, 'nosuch'), 2)
  assert.equal(await code(path), 2)
  assert.equal(await code('--frob', path, path), 2)
  assert.equal(await code('--help'), 0)
})

test(
  'names that libseccomp does not know are warned of in one line; those of the package are not',
  { skip },
  async (t) => {
    const line = (path: string) =>
      new RegExp(
        `^stator: warning: ${path}: names of system calls that libseccomp [\\d.]+ does not know, and so no rules for them: "raed", "wriet" \\(misspelt, or newer\\)\\n$`,
      )
    const syscalls = [
      { names: ['raed', 'write', 'wriet'], action: 'SCMP_ACT_ALLOW' },
      { names: ['raed'], action: 'SCMP_ACT_LOG' },
    ]
    const path = file(t, { defaultAction: 'SCMP_ACT_ERRNO', syscalls })
    assert.match((await stator('seccomp', 'explain', path, 'read')).stderr, line(path))
    const own = file(t, { extends: 'strict', syscalls })
    assert.match((await stator('seccomp', 'diff', 'strict', own)).stderr, line(own))
    assert.equal((await stator('seccomp', 'explain', 'default', 'read')).stderr, '')
  },
)

test('what cannot be answered', { skip }, async (t) => {
  const path = file(t, seccomp)
  const said = async (...words: string[]) => {
    const { code, stderr } = await stator('seccomp', ...words)
    assert.equal(code, 1)
    return stderr
  }
  assert.match(await said('explain', path, 'frob'), /^stator: seccomp explain frob: "frob" is no system call of /)
  assert.match(await said('explain', path, 'read', 'x'), /"x" is no number of 64 bits, decimal or 0x hexadecimal\n$/)
  assert.match(await said('explain', path, 'read', '0x10000000000000000'), /is no number of 64 bits/)
  assert.match(await said('explain', path, '4294967296'), /"4294967296" is no number of 32 bits\n$/)
  assert.match(await said('explain', path, 'read', ...Array<string>(7).fill('1')), /at most 6 arguments\n$/)
  assert.match(await said('explain', '/nowhere/p.json', 'read'), /open "\/nowhere\/p\.json": ENOENT\n$/)
  const neither =
    /"nosuch": there is neither such a file nor such a policy \(there are audit, build, default, strict\)\n$/
  assert.match(await said('explain', 'nosuch', 'read'), neither)
  assert.match(await said('explain', file(t, '{'), 'read'), /line 1, column 2/)
  const wrong = file(t, { ...seccomp, defaultAction: 'SCMP_ACT_FROB' })
  assert.match(
    await said('explain', wrong, 'read'),
    /profile\.json: seccomp\.defaultAction: must be one of SCMP_ACT_KILL, /,
  )
  assert.match(await said('frob'), /^stator: unknown command 'frob'\n$/)
})

test('a configuration without a filter refuses nothing, and can be compared', { skip }, async (t) => {
  const none = file(t, { ociVersion: '1.2.0' })
  const explained = await stator('seccomp', 'explain', ...x86, none, 'mount')
  assert.equal(explained.stdout, 'mount(), 165 of x86_64: ALLOW\n  the profile asks for no filter\n')
  assert.equal((await stator('seccomp', 'diff', ...x86, none, none)).code, 0)
  const { code, stdout } = await stator('seccomp', 'diff', ...x86, none, 'strict')
  assert.equal(code, 1)
  assert.match(stdout, /^ptrace \(101\)\n {2}- ALLOW: the profile asks for no filter\n {2}\+ ERRNO EPERM: /m)
})

test('the errno of the default action is that of the file which gives it', { skip }, async (t) => {
  const path = file(t, { extends: 'strict', defaultErrno: 'EACCES' })
  const { stdout } = await stator('seccomp', 'explain', ...x86, path, 'afs_syscall')
  assert.match(stdout, new RegExp(`ERRNO EACCES\\n  ${path}: defaultErrno\\n$`))
})

test('the group says what is in it', async () => {
  const { code, stdout } = await stator('seccomp', '--help')
  assert.equal(code, 0)
  assert.match(stdout, /^Usage: stator seccomp <command>\n[^]*\n {2}explain .*\n {2}diff /)
})
