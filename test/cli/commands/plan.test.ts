// stator plan: the plan of any bundle, for anybody.

import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withoutLibseccomp } from '../../actors/seccomp/support.ts'
import { folder, stator } from '../support.ts'

interface Step {
  readonly step: number
  readonly role: string
  readonly op: string
  readonly syscall?: string
  readonly args?: readonly unknown[]
  readonly pointer: string
}

type Json = Record<string, unknown>

async function bundle(t: Parameters<typeof folder>[0], change: (config: Json) => void = () => {}) {
  const path = folder(t)
  await stator('spec', '--bundle', path, '--', 'sh', '-c', 'id')
  const file = join(path, 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as Json
  change(config)
  writeFileSync(file, JSON.stringify(config))
  return path
}

test('the plan by its roles, and how long it is', async (t) => {
  const { code, stdout, stderr } = await stator('plan', await bundle(t))
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /^keeper:\n +0  /)
  assert.match(stdout, /\n\ninit:\n/)
  assert.match(stdout, /clone3\(.*CLONE_NEWPID/)
  assert.match(stdout, /# mounts\[0\]\n/)
  assert.match(stdout, /execve\(.*\["sh", "-c", "id"\]/)
  assert.match(stdout, /\n\n\d+ steps: keeper \d+, init \d+\n\n +\d+  what every container needs\n/)
})

test('the bundle is an argument, a flag, or the current folder', async (t) => {
  const path = await bundle(t)
  const { stdout } = await stator('plan', path)
  assert.equal((await stator('plan', '--bundle', path)).stdout, stdout)
  const cwd = process.cwd()
  t.after(() => process.chdir(cwd))
  process.chdir(path)
  assert.equal((await stator('plan')).stdout, stdout)
})

test('the summary counts the steps below each heading, those of a list together', async (t) => {
  const path = await bundle(t)
  const { stdout } = await stator('plan', path)
  const steps = JSON.parse((await stator('plan', '--json', path)).stdout) as Step[]
  const summary = stdout.slice(stdout.indexOf(' steps: keeper'))
  const counts = [...summary.matchAll(/^ +(\d+) {2}(?:# ([^,\n]+))?/gm)].map(([, count, name = '']) => [
    name,
    Number(count),
  ])
  const expected = new Map<string, number>()
  for (const { pointer } of steps) {
    const [name = ''] = pointer.split('[')
    expected.set(name, (expected.get(name) ?? 0) + 1)
  }
  assert.deepEqual(counts, [...expected])
  assert.match(summary, /# mounts, 7 of them\n/)
})

test('--pointer: only what comes from one part of config.json', async (t) => {
  const path = await bundle(t)
  const { stdout } = await stator('plan', '--pointer', 'mounts[1]', path)
  assert.deepEqual(stdout.match(/# .*/g), ['# mounts[1]'])
  assert.match(stdout, /^init:\n\n +# mounts\[1\]\n[^]*\n\d+ of \d+ steps: keeper \d+, init \d+\n$/)
  const json = async (...flags: string[]) =>
    JSON.parse((await stator('plan', '--json', ...flags, path)).stdout) as Step[]
  const all = await json()
  for (const [prefix, belongs] of [
    ['mounts', /^mounts/],
    ['mounts[1]', /^mounts\[1\]$/],
    ['process.capabilities', /^process\.capabilities(?:\.|$)/],
  ] as const) {
    const expected = all.filter(({ pointer }) => belongs.test(pointer))
    assert.notDeepEqual(expected, [])
    assert.deepEqual(await json('--pointer', prefix), expected)
  }
  const none = await stator('plan', '--pointer', 'mount', path)
  assert.deepEqual([none.code, none.stdout], [1, ''])
  assert.match(none.stderr, /: --pointer "mount": no step comes from there \(there are parts of .*mounts.*\)\n$/)
})

test('what a keeper becomes is the launcher that runs, for the root that was given', async (t) => {
  const path = await bundle(t)
  const launcher = fileURLToPath(new URL('../../../bin/stator', import.meta.url))
  const argv = (root: string) =>
    JSON.stringify([process.execPath, launcher, '--root', root, 'settle']).replaceAll(',', ', ')
  // Lines break where they are long; each argument is in one piece.
  const { stdout } = await stator('--root', 'here', 'plan', '--role', 'keeper', path)
  const call = stdout.slice(stdout.indexOf('execve(')).replace(/\n +/g, ' ')
  assert.ok(call.startsWith(`execve("${process.execPath}", ${argv(join(process.cwd(), 'here'))}`), call)
})

test('config.json itself in place of its folder', async (t) => {
  const path = await bundle(t)
  const { code, stderr } = await stator('plan', join(path, 'config.json'))
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`: read ".*": ENOTDIR \\(give the folder: "${path}"\\)\n$`))
})

test('a capability that there is not is a warning', async (t) => {
  const path = await bundle(t, (config) => {
    const { capabilities } = config['process'] as { capabilities: Record<string, string[]> }
    for (const set of ['bounding', 'permitted']) capabilities[set]!.push('CAP_FOO')
  })
  const { code, stderr } = await stator('plan', path)
  assert.equal(code, 0)
  assert.match(
    stderr,
    /^stator: warning: config\.json: process\.capabilities\.\w+\[\d+\]: "CAP_FOO" is no capability, .*\n$/,
  )
})

test('--role: only what one process does', async (t) => {
  const { stdout } = await stator('plan', '--role', 'keeper', await bundle(t))
  assert.match(stdout, /^keeper:\n/)
  assert.doesNotMatch(stdout, /\ninit:/)
  assert.match(stdout, /supervise\(/)
})

test('--json: an object a step, numbers as numbers, jumps by their step', async (t) => {
  const path = await bundle(t)
  const steps = JSON.parse((await stator('plan', '--json', path)).stdout) as Step[]
  assert.deepEqual(
    steps.map(({ step }) => step),
    steps.map((_, index) => index),
  )
  const clone = steps.find(({ syscall }) => syscall === 'clone3')
  assert.deepEqual([clone?.role, clone?.pointer], ['keeper', 'linux.namespaces'])
  for (const step of steps as (Step & { to?: number })[]) if (step.to !== undefined) assert.ok(step.to > step.step)
  const init = JSON.parse((await stator('plan', '--json', '--role', 'init', path)).stdout) as Step[]
  assert.deepEqual(
    init,
    steps.filter(({ role }) => role === 'init'),
  )
})

test('64-bit numbers keep every digit', async (t) => {
  const path = await bundle(t)
  const file = join(path, 'config.json')
  // 2^64-1, which JSON.stringify cannot write.
  const text = readFileSync(file, 'utf8').replace(/"hard":1024/, '"hard":18446744073709551615')
  writeFileSync(file, text)
  assert.match((await stator('plan', path)).stdout, /RLIM_INFINITY|18446744073709551615/)
})

test('a user sees what root sees, also where the rootfs is not for them', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('root')
  const path = await bundle(t, (config) => {
    const linux = config['linux'] as { resources: Record<string, unknown> }
    linux.resources['memory'] = { limit: 64 << 20 }
  })
  mkdirSync(join(path, 'rootfs'), { mode: 0o700 })
  chmodSync(path, 0o755)
  const root = await stator('plan', path)
  assert.equal(root.code, 0)
  process.seteuid?.(65534)
  try {
    assert.deepEqual(await stator('plan', path), root)
  } finally {
    process.seteuid?.(0)
  }
})

test('nothing is touched, and a rootfs need not be there', async (t) => {
  const path = await bundle(t)
  const before = statSync(path).mtimeMs
  assert.equal((await stator('--root', join(path, 'root'), 'plan', path)).code, 0)
  assert.deepEqual(readdirSync(path), ['config.json'])
  assert.equal(statSync(path).mtimeMs, before)
  assert.equal(existsSync(join(path, 'root')), false)
})

test('the rootfs is named as it is, without symbolic links', async (t) => {
  const path = await bundle(t)
  mkdirSync(join(path, 'real'))
  symlinkSync('real', join(path, 'rootfs'))
  assert.match((await stator('plan', path)).stdout, new RegExp(`"${path}/real"`))
})

test('a bind source counts from the bundle', async (t) => {
  const path = await bundle(t, (config) => {
    const mounts = config['mounts'] as object[]
    mounts.push({ destination: '/data', source: 'data', options: ['rbind'] })
  })
  assert.match((await stator('plan', path)).stdout, new RegExp(`open_tree\\(AT_FDCWD, "${path}/data"`))
})

test('a stage is there when a namespace is joined', async (t) => {
  const path = await bundle(t, (config) => {
    const { namespaces } = config['linux'] as { namespaces: { type: string; path?: string }[] }
    for (const namespace of namespaces) if (namespace.type === 'network') namespace.path = '/proc/1/ns/net'
  })
  assert.match((await stator('plan', '--role', 'stage', path)).stdout, /^stage:\n(?:.*\n)*.*setns\(/)
})

test('a wrong config.json is one error with its pointer', async (t) => {
  const path = await bundle(t, (config) => {
    const process = config['process'] as { cwd: string }
    process.cwd = 'here'
  })
  const { code, stdout, stderr } = await stator('plan', path)
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.equal(stderr, `stator: plan ${path}: process.cwd: must be an absolute path\n`)
})

test('--policy is in place of linux.seccomp, as with run', { skip: withoutLibseccomp }, async (t) => {
  const path = await bundle(t)
  const filter = ['--pointer', 'linux.seccomp', '--json']
  const loads = async (...words: string[]) => {
    const { stdout } = await stator('plan', ...filter, ...words, path)
    return (JSON.parse(stdout) as Step[]).map(({ syscall }) => syscall)
  }
  assert.deepEqual(await loads('--policy', 'strict'), ['seccomp'])
  assert.match(
    (await stator('plan', path, '--policy', 'x')).stderr,
    /seccomp policy "x": there is none \(there are audit/,
  )
  assert.match(
    (await stator('plan', path, '--policy', '')).stderr,
    /'--policy <name>' argument '' is invalid\. must be the name of a policy, or the path of a file\n$/,
  )
})

test('names of system calls that libseccomp does not know are warned of', { skip: withoutLibseccomp }, async (t) => {
  const syscalls = [{ names: ['read', 'raed'], action: 'SCMP_ACT_LOG' }]
  const path = await bundle(t, (config) => {
    config['linux'] = { ...(config['linux'] as Json), seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls } }
  })
  const warning = /^stator: warning: config\.json: linux\.seccomp: names of .*: "raed" \(misspelt, or newer\)\n$/
  assert.match((await stator('plan', path)).stderr, warning)
  assert.equal((await stator('plan', '--policy', 'default', path)).stderr, '')
})
