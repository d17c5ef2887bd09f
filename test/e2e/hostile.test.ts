// Malformed and hostile configurations: one clear error with its place, and nothing left behind.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StatorError } from '../../src/errors.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import {
  added,
  bundle,
  config,
  freshId,
  machine,
  missing,
  place,
  refused,
  refusedCreate,
  type Change,
  type Place,
  type Writable,
} from './support.ts'

const skip = missing

/** A create from the text of a config.json: must be refused with one StatorError, and leave nothing. */
async function refusedText(at: Place, text: string, pointer?: RegExp): Promise<StatorError> {
  const folder = mkdtempSync(join(at.folder, 'bundle-'))
  writeFileSync(join(folder, 'config.json'), text)
  const before = machine()
  const id = freshId()
  const error = await at.runtime.create({ id, bundle: folder }).then(
    () => assert.fail('resolved, and should have been refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof StatorError, `rejected with ${String(error)}`)
  assert.doesNotMatch(error.message, /\n/, 'one line')
  if (pointer !== undefined) assert.match(error.pointer ?? '', pointer, error.message)
  assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  assert.ok(!existsSync(join(at.root, id)), 'the folder is gone')
  return error
}

/** The text of a good config.json, changed as plain JSON: wrong types are what is wanted. */
function changed(at: Place, change: (json: any) => void): string {
  const json = JSON.parse(stringifyConfig(config(at, ['true']))) as unknown
  change(json)
  return JSON.stringify(json)
}

test('what is no JSON, no object, or nothing at all', { skip }, async (t) => {
  const at = await place(t)
  for (const text of ['', '{', '[]', 'null', '"x"', '42', '{"ociVersion": 1}', '\0', '{"a":'.repeat(5000)])
    assert.equal((await refusedText(at, text)).code, 'ERR_STATOR_CONFIG', text.slice(0, 20))
})

test('every required field, taken away', { skip }, async (t) => {
  const at = await place(t)
  await refusedText(
    at,
    changed(at, (json) => delete json.ociVersion),
    /^ociVersion$/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.root),
    /^root/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.root.path),
    /^root\.path$/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.process),
    /^process$/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.process.args),
    /^process\.args$/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.process.cwd),
    /^process\.cwd$/,
  )
  await refusedText(
    at,
    changed(at, (json) => delete json.mounts[1].destination),
    /^mounts\[1\]\.destination$/,
  )
})

test('every field of a wrong type', { skip }, async (t) => {
  const at = await place(t)
  const wrong: [RegExp, (json: any) => void][] = [
    [/^process\.args$/, (json) => (json.process.args = 'sh')],
    [/^process\.args\[0\]$/, (json) => (json.process.args = [1])],
    [/^process\.env/, (json) => (json.process.env = { A: 'b' })],
    [/^process\.user\.uid$/, (json) => (json.process.user = { uid: '0', gid: 0 })],
    [/^process\.cwd$/, (json) => (json.process.cwd = 7)],
    [/^mounts$/, (json) => (json.mounts = {})],
    [/^mounts\[0\]/, (json) => (json.mounts[0] = 'proc')],
    [/^linux$/, (json) => (json.linux = [])],
    [/^linux\.namespaces\[0\]\.type$/, (json) => (json.linux.namespaces[0].type = 'nope')],
    [/^linux\.maskedPaths\[0\]$/, (json) => (json.linux.maskedPaths = [true])],
    [
      /^process\.rlimits\[0\]\.soft$/,
      (json) => (json.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: -1, hard: 1 }]),
    ],
    [/^hooks\.prestart\[0\]\.path$/, (json) => (json.hooks = { prestart: [{ path: 1 }] })],
  ]
  for (const [pointer, change] of wrong) await refusedText(at, changed(at, change), pointer)
})

test('versions that nobody knows', { skip }, async (t) => {
  const at = await place(t)
  for (const version of ['', 'x', '2.0.0', '99.1.0', '1.0.0.0.0'])
    await refusedText(
      at,
      changed(at, (json) => (json.ociVersion = version)),
      /^ociVersion$/,
    )
})

test('NUL bytes, wherever a string goes to the kernel', { skip }, async (t) => {
  const at = await place(t)
  const nul: [string, Change][] = [
    ['process.args[0]', (made) => (made.process.args = ['tr\0ue'])],
    ['process.env[0]', (made) => (made.process.env = ['A=b\0c'])],
    ['process.cwd', (made) => (made.process.cwd = '/\0')],
    ['hostname', (made) => (made.hostname = 'a\0b')],
    ['root.path', (made) => (made.root.path = '/x\0')],
    ['linux.maskedPaths[0]', (made) => (made.linux!.maskedPaths = ['/a\0'])],
    ['linux.sysctl["net.ipv4.ip_forward"]', (made) => (made.linux!.sysctl = { 'net.ipv4.ip_forward': '1\0' })],
  ]
  for (const [pointer, change] of nul) {
    const error = await refused(
      at.runtime.create({ id: freshId(), bundle: bundle(at, config(at, ['true'], change)) }),
      { code: 'ERR_STATOR_CONFIG' },
    )
    assert.equal(error.pointer, pointer, error.message)
  }
})

test('2^64-1 everywhere a number may stand', { skip }, async (t) => {
  const at = await place(t)
  const most = '18446744073709551615'
  const places: ((json: any) => void)[] = [
    (json) => (json.process.user = { uid: 'N', gid: 0 }),
    (json) => (json.process.user = { uid: 0, gid: 'N' }),
    (json) => (json.process.user = { uid: 0, gid: 0, additionalGids: ['N'] }),
    (json) => (json.process.user = { uid: 0, gid: 0, umask: 'N' }),
    (json) => (json.process.oomScoreAdj = 'N'),
    (json) => (json.linux.devices = [{ path: '/dev/x', type: 'c', major: 'N', minor: 'N' }]),
    (json) => (json.linux.resources = { memory: { limit: 'N' } }),
    (json) => (json.linux.resources = { pids: { limit: 'N' } }),
    (json) => (json.process.scheduler = { policy: 'SCHED_OTHER', nice: 'N' }),
    (json) => (json.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 'N' }),
    (json) => (json.linux.uidMappings = [{ containerID: 'N', hostID: 'N', size: 'N' }]),
    (json) => (json.hooks = { prestart: [{ path: '/bin/true', timeout: 'N' }] }),
  ]
  for (const change of places) {
    const error = await refusedText(at, changed(at, change).replaceAll('"N"', most))
    assert.notEqual(error.pointer, undefined, error.message)
  }
  // Where it has a meaning it keeps every digit.
  const done = await at.runtime
    .run({
      id: freshId(),
      bundle: bundle(
        at,
        config(
          at,
          ['sh', '-c', 'ulimit -c'],
          (made) => (made.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0n, hard: 2n ** 64n - 1n }]),
        ),
      ),
    })
    .catch((error: unknown) => error)
  if (done instanceof StatorError) assert.equal(done.errno, 'EPERM', done.message)
  else assert.equal((done as { stdout: string }).stdout, '0\n')
})

test('a config.json that is not UTF-8, or names half a character', { skip }, async (t) => {
  const at = await place(t)
  const good = changed(at, (json) => (json.process.args = ['true', 'MARK']))
  const folder = mkdtempSync(join(at.folder, 'bundle-'))
  const [before = '', after = ''] = good.split('MARK')
  writeFileSync(join(folder, 'config.json'), Buffer.concat([Buffer.from(`\n\n${before}`), Buffer.from([0xff, 0x80]), Buffer.from(after)])) // prettier-ignore
  await refused(at.runtime.create({ id: freshId(), bundle: folder }), {
    code: 'ERR_STATOR_CONFIG',
    message: /^config\.json: line 3 is not UTF-8$/,
  })
  await refusedText(at, good.replace('MARK', '\\ud800'), /^process\.args\[1\]$/)
})

test('paths and lists that are longer than the kernel takes', { skip }, async (t) => {
  const at = await place(t)
  const path = '/x'.repeat(2048)
  const long: [string, Change][] = [
    ['root.path', (made) => (made.root.path = path)],
    ['process.cwd', (made) => (made.process.cwd = path)],
    ['mounts[7].destination', (made) => made.mounts?.push({ destination: path, type: 'tmpfs' })],
    ['mounts[7].source', (made) => made.mounts?.push({ destination: '/m', type: 'bind', source: path })],
    ['mounts[7].source', (made) => made.mounts?.push({ destination: '/m', type: 'tmpfs', source: path })],
    ['mounts[7].type', (made) => made.mounts?.push({ destination: '/m', type: 'x'.repeat(256) })],
    ['mounts[7].options[1]', (made) => made.mounts?.push({ destination: '/m', type: 'tmpfs', options: ['ro', path] })],
    ['linux.maskedPaths[0]', (made) => (made.linux!.maskedPaths = [path])],
    ['linux.readonlyPaths[0]', (made) => (made.linux!.readonlyPaths = [path])],
    ['linux.devices[0].path', (made) => (made.linux!.devices = [{ path, type: 'p' }])],
    ['linux.namespaces[0].path', (made) => (made.linux!.namespaces![0]!.path = path)],
    ['linux.cgroupsPath', (made) => (made.linux!.cgroupsPath = path)],
    ['hooks.prestart[0].path', (made) => (made.hooks = { prestart: [{ path }] })],
    ['process.user.additionalGids', (made) => (made.process.user = { uid: 0, gid: 0, additionalGids: Array<number>(65_537).fill(1) })], // prettier-ignore
  ]
  for (const [pointer, change] of long)
    await refused(at.runtime.create({ id: freshId(), bundle: bundle(at, config(at, ['true'], change)) }), {
      code: 'ERR_STATOR_CONFIG',
      pointer,
      message: /must have at most \d+/,
    })
  // What only the kernel knows.
  const name = 'n'.repeat(256)
  const errno = 'ENAMETOOLONG'
  const code = 'ERR_STATOR_STAGE'
  const tmpfs = { destination: `/${name}`, type: 'tmpfs' }
  await refusedCreate(at, (made) => made.mounts?.push(tmpfs), { code, errno, pointer: 'mounts[7]' })
  await refusedCreate(at, (made) => (made.process.cwd = `/${name}`), { code, errno, pointer: 'process.cwd' })
  const device: Change = (made) => (made.linux!.devices = [{ path: `/dev/${name}`, type: 'p' }])
  await refusedCreate(at, device, { code, errno, pointer: 'linux.devices[0]' })
  await refusedCreate(at, () => {}, { code: 'ERR_STATOR_PROGRAM', errno, pointer: 'process.args[0]' }, [name])
  const sysctl: Change = (made) => (made.linux!.sysctl = { 'net.ipv4.ip_forward': '1'.repeat(100_000) })
  const error = await refusedCreate(at, sysctl, {
    code,
    errno: 'EINVAL',
    pointer: 'linux.sysctl["net.ipv4.ip_forward"]',
  })
  assert.ok(error.message.length < 1200, `${error.message.length} characters`)
})

test('as deep as paths may be', { skip }, async (t) => {
  const at = await place(t)
  const destination = `/deep${'/d'.repeat(1000)}`
  const done = await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['sh', '-c', `cd ${destination} && echo there > file && cat file`], (made) =>
      made.mounts?.push({ destination, type: 'tmpfs', source: 'tmpfs' }),
    ),
  })
  assert.equal(done.stdout, 'there\n', done.stderr)
})

test('arguments and variables that are more than execve takes', { skip }, async (t) => {
  const at = await place(t)
  const most = 128 * 1024 - 1
  const all = Array.from({ length: 40 }, (_, index) => `A${index}=${'x'.repeat(100_000)}`)
  const big: [string, RegExp, Change][] = [
    ['process.env[1]', /a string of 131072 bytes/, (made) => made.process.env!.push(`A=${'x'.repeat(most - 1)}`)],
    ['process.args[1]', /a string of 131072 bytes/, (made) => made.process.args.push('x'.repeat(most + 1))],
    ['process', /args and env have 40\d{5} bytes together/, (made) => made.process.env!.push(...all)],
    ['process', /together/, (made) => (made.process.args = ['true', ...Array<string>(300_000).fill('')])],
  ]
  for (const [pointer, message, change] of big) {
    const id = freshId()
    const before = machine()
    const error = await refused(at.runtime.run({ id, rootfs: at.rootfs, config: config(at, ['true'], change) }), {
      code: 'ERR_STATOR_PROGRAM',
      errno: 'E2BIG',
      pointer,
      message,
    })
    assert.match(error.message, /^exec "true": E2BIG: /)
    // A stream closes with one of the next turns of the loop.
    for (let turn = 0; turn < 100 && added(before, machine()).length > 0; turn++) await nextTurn()
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  }
  const fits = config(at, ['sh', '-c', 'echo ${#A}'], (made) => made.process.env!.push(`A=${'x'.repeat(most - 2)}`))
  const done = await at.runtime.run({ id: freshId(), rootfs: at.rootfs, config: fits })
  assert.equal(done.stdout, `${most - 2}\n`)
})

test('a thousand devices, variables and entries of PATH', { skip }, async (t) => {
  const at = await place(t)
  const thousand = [...Array(1000).keys()]
  const done = await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['sh', '-c', 'ls /dev | grep -c made; env | grep -c ^V'], (made) => {
      made.linux!.devices = thousand.map((n) => ({ path: `/dev/made${n}`, type: 'c', major: 1n, minor: 3n }))
      made.process.env = [`PATH=${thousand.map((n) => `/p${n}`).join(':')}:/bin`, ...thousand.map((n) => `V${n}=`)]
    }),
  })
  assert.equal(done.stdout, '1000\n1000\n', done.stderr)
  const rlimits: Change = (made) =>
    (made.process.rlimits = thousand.map(() => ({ type: 'RLIMIT_CORE', soft: 0n, hard: 0n })))
  await refusedCreate(at, rlimits, { code: 'ERR_STATOR_CONFIG', pointer: 'process.rlimits[1].type' })
})

test('strings of no length', { skip }, async (t) => {
  const at = await place(t)
  const empty: [string, StatorError['code'], Change][] = [
    ['root.path', 'ERR_STATOR_CONFIG', (made) => (made.root.path = '')],
    ['process.args[0]', 'ERR_STATOR_CONFIG', (made) => (made.process.args = [''])],
    ['process.cwd', 'ERR_STATOR_CONFIG', (made) => (made.process.cwd = '')],
    ['process.env[0]', 'ERR_STATOR_CONFIG', (made) => (made.process.env = [''])],
    ['mounts[7].destination', 'ERR_STATOR_CONFIG', (made) => made.mounts?.push({ destination: '', type: 'tmpfs' })],
    ['mounts[7].type', 'ERR_STATOR_CONFIG', (made) => made.mounts?.push({ destination: '/m', type: '' })],
    ['mounts[7].source', 'ERR_STATOR_CONFIG', (made) => made.mounts?.push({ destination: '/m', type: 'bind', source: '' })], // prettier-ignore
    ['mounts[7]', 'ERR_STATOR_STAGE', (made) => made.mounts?.push({ destination: '/m', type: 'tmpfs', options: [''] })],
    ['linux.maskedPaths[0]', 'ERR_STATOR_CONFIG', (made) => (made.linux!.maskedPaths = [''])],
    ['linux.devices[0].path', 'ERR_STATOR_CONFIG', (made) => (made.linux!.devices = [{ path: '', type: 'p' }])],
    ['linux.devices[0]', 'ERR_STATOR_STAGE', (made) => (made.linux!.devices = [{ path: '/', type: 'p' }])],
    ['hooks.prestart[0].path', 'ERR_STATOR_CONFIG', (made) => (made.hooks = { prestart: [{ path: '' }] })],
  ]
  for (const [pointer, code, change] of empty)
    await refused(at.runtime.create({ id: freshId(), bundle: bundle(at, config(at, ['true'], change)) }), {
      code,
      pointer,
    })
})

test('ids that are paths, empty, or too long', { skip }, async (t) => {
  const at = await place(t)
  for (const id of ['', '.', '..', 'a/b', '../up', 'a b', 'a\0b', 'ä', '\n', '/', 'x'.repeat(2000)])
    await refused(at.runtime.create({ id, config: config(at, ['true']), rootfs: at.rootfs }), { code: 'ERR_STATOR_ID' })
})

for (const name of ['dev', 'proc', 'sys']) {
  test(`a root file system whose /${name} is a symbolic link`, { skip }, async (t) => {
    const at = await place(t)
    rmSync(join(at.rootfs, name), { recursive: true })
    mkdirSync(join(at.rootfs, 'elsewhere'))
    symlinkSync('/elsewhere', join(at.rootfs, name))
    const error = await refusedCreate(at, () => undefined, { code: 'ERR_STATOR_STAGE', errno: 'ELOOP' })
    assert.match(error.message, new RegExp(`/${name}`))
  })
}

test('links that lead out of the root file system stay in it', { skip }, async (t) => {
  const at = await place(t)
  const outside = join(at.folder, 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(at.rootfs, 'escape'))
  symlinkSync('../../../../../../../../', join(at.rootfs, 'up'))
  const done = await at.runtime
    .run({
      id: freshId(),
      rootfs: at.rootfs,
      config: config(at, ['true'], (made) => {
        made.mounts?.push(
          { destination: '/escape/made', type: 'tmpfs', source: 'tmpfs', options: [] },
          { destination: '/up/made-up', type: 'tmpfs', source: 'tmpfs', options: [] },
        )
      }),
    })
    .catch((error: unknown) => error)
  assert.ok(!existsSync(join(outside, 'made')), 'nothing is made outside')
  assert.ok(!existsSync('/made-up'), 'nothing is made on the host')
  if (done instanceof StatorError) assert.match(done.pointer ?? '', /^mounts\[/)
})

test('a link into procfs is no way to mount over it', { skip }, async (t) => {
  const at = await place(t)
  symlinkSync('/proc/sys', join(at.rootfs, 'innocent'))
  await refusedCreate(
    at,
    (made) => made.mounts?.push({ destination: '/innocent', type: 'tmpfs', source: 'tmpfs', options: [] }),
    { code: 'ERR_STATOR_STAGE', message: /leads into procfs/ },
  )
})

test('ten thousand mounts work, or say where they do not', { skip }, async (t) => {
  const at = await place(t)
  const many = 10_000
  const began = performance.now()
  const done = await at.runtime
    .run({
      id: freshId(),
      rootfs: at.rootfs,
      config: config(at, ['sh', '-c', 'wc -l < /proc/self/mountinfo'], (made) => {
        const mounts = made.mounts as Writable<NonNullable<typeof made.mounts>>
        for (let index = 0; index < many; index++)
          mounts.push({ destination: '/tmp', type: 'bind', source: '/tmp', options: ['bind'] })
      }),
    })
    .catch((error: unknown) => error)
  if (done instanceof StatorError) assert.match(done.pointer ?? '', /^mounts/, done.message)
  else assert.ok(Number((done as { stdout: string }).stdout) >= many, 'all are there')
  assert.ok(performance.now() - began < 60_000, 'in a minute')
})
