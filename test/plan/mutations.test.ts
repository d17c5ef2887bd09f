// Configurations with random damage: each compiles to a plan, or is refused with a code and a place. Nothing of the kernel's.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StatorError } from '../../src/errors.ts'
import { parseConfig } from '../../src/oci/parse.ts'
import { compileContainer } from '../../src/plan/compile/container.ts'
import { printPlan } from '../../src/plan/print.ts'

/** With something in every field that a plan is made of. */
const whole = {
  ociVersion: '1.3.0',
  root: { path: 'rootfs', readonly: true },
  hostname: 'web',
  domainname: 'example.org',
  process: {
    args: ['sh', '-c', 'true'],
    cwd: '/work',
    env: ['PATH=/bin:/usr/bin', 'A=1'],
    user: { uid: 1000, gid: 1000, umask: 18, additionalGids: [5, 7] },
    capabilities: {
      bounding: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_KILL'],
      permitted: ['CAP_KILL'],
      inheritable: ['CAP_KILL'],
      ambient: ['CAP_KILL'],
    },
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 64, hard: 128 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 18446744073709551615n },
    ],
    oomScoreAdj: 100,
    noNewPrivileges: true,
    scheduler: { policy: 'SCHED_BATCH', nice: 3 },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 },
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['mode=755', 'size=64k'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] },
    { destination: '/data', type: 'bind', source: '/srv', options: ['rbind', 'rro', 'rslave', 'noatime'] },
    {
      destination: '/o',
      type: 'overlay',
      source: 'o',
      options: ['lowerdir=/a:/b\\:c::/d', 'upperdir=/u', 'workdir=/w'],
    },
  ],
  hooks: {
    prestart: [{ path: '/bin/true' }],
    createContainer: [{ path: '/bin/true', args: ['true', 'x'], env: ['A=1'], timeout: 5 }],
    startContainer: [{ path: '/bin/true', timeout: 5 }],
    poststop: [{ path: '/bin/true' }],
  },
  annotations: { 'org.example.a': 'b' },
  linux: {
    namespaces: [
      { type: 'mount' },
      { type: 'pid' },
      { type: 'uts' },
      { type: 'ipc' },
      { type: 'network', path: '/proc/1/ns/net' },
      { type: 'cgroup' },
      { type: 'user' },
      { type: 'time' },
    ],
    uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    timeOffsets: { monotonic: { secs: 5, nanosecs: 7 }, boottime: { secs: -5 } },
    devices: [
      { path: '/dev/made', type: 'c', major: 1, minor: 5, fileMode: 438, uid: 0, gid: 5 },
      { path: '/dev/deep/fifo', type: 'p' },
    ],
    cgroupsPath: '/a/b',
    resources: {
      devices: [{ allow: false, access: 'rwm' }],
      memory: { limit: 1048576 },
      pids: { limit: 10 },
      cpu: { shares: 512 },
    },
    sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '8192' },
    maskedPaths: ['/proc/kcore', '/etc/secret'],
    readonlyPaths: ['/proc/sys'],
    rootfsPropagation: 'rslave',
    personality: { domain: 'LINUX32' },
  },
}

const words = [
  '', '/', '.', '..', '/..', '//', '/a/../../b', 'a', '=', 'A=', ' ', '\0', '\n', '\ud800', 'ä', '💥', '%s', '__proto__', 'constructor', 'toString',
  'bind', 'rbind', 'remount', 'ro', 'rw', 'idmap', 'private', 'tmpfs', 'proc', 'sysfs', 'cgroup2', 'mqueue', 'devpts', 'overlay', '/proc', '/proc/self/fd/3',
  '/dev', '/dev/null', '/dev/pts/0', '/sys', 'c', 'b', 'p', 'u', 'time', 'user', 'CAP_SYS_ADMIN', 'CAP_', 'RLIMIT_AS', 'SCHED_DEADLINE', 'SCHED_FIFO', 'unbindable',
  'lowerdir=', 'lowerdir=:', 'x'.repeat(300), '/' + 'x/'.repeat(300),
] // prettier-ignore
const value = fc.oneof(
  fc.constantFrom<unknown>(...words),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [{}], [null], ['']),
  fc.constantFrom<unknown>(0, 1, -1, 255, 4096, 2 ** 31, 2 ** 32, 2 ** 53, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), 1e300),
  fc.string({ maxLength: 20 }),
  fc.integer(),
) // prettier-ignore

/** A place, as numbers that choose among what is there; and what happens to it. */
const damage = fc.record({
  way: fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
  how: fc.constantFrom('replace', 'remove', 'add', 'repeat', 'move'),
  value,
  name: fc.constantFrom(...words, 'path', 'type', 'source', 'options', 'destination', 'uid', 'uidMappings', 'umask'),
})
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never

function damaged(config: unknown, all: readonly Damage[]): unknown {
  const copy = structuredClone(config)
  let taken: unknown = 'nothing'
  for (const { way, how, value: given, name } of all) {
    const value = structuredClone(given)
    let place = copy as Record<string, unknown>
    for (const [depth, number] of way.entries()) {
      const keys = Object.keys(place)
      if (keys.length === 0) break
      const key = keys[number % keys.length] as string
      const next = place[key]
      if (depth < way.length - 1 && typeof next === 'object' && next !== null) {
        place = next as Record<string, unknown>
        continue
      }
      if (how === 'replace') place[key] = value
      else if (how === 'remove') {
        taken = next
        if (Array.isArray(place)) place.splice(Number(key), 1)
        else delete place[key]
      } else if (how === 'add') {
        if (Array.isArray(place)) place.push(value)
        else Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true })
      } else if (how === 'repeat' && Array.isArray(place)) place.push(...structuredClone(place.slice(0, 20)))
      else if (how === 'move') place[key] = structuredClone(taken)
      break
    }
  }
  return copy
}

function text(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${text(inner)}`).join(',')}}` // prettier-ignore
  return JSON.stringify(value) ?? 'null'
}

/** Null where it compiles. */
function outcome(json: string): unknown {
  try {
    const config = parseConfig(json)
    const layout = 'unified' as const
    const plan = compileContainer(
      config,
      {
        architecture: 'x86_64',
        lastCapability: 40,
        hasKcore: true,
        openFiles: { soft: 1024n, hard: 4096n },
        cgroup: { layout, hierarchies: [], unifiedGroup: '/sys/fs/cgroup/x' },
      },
      {
        bundle: '/bundle',
        rootfs: '/bundle/rootfs',
        keeping: { log: true, pipes: false, attachedFile: '/run/attached', settle: [] },
        groups: 0,
        intoGroup: true,
      },
    )
    printPlan(plan)
    return null
  } catch (error) {
    return error
  }
}

test('the configuration that is damaged compiles', () => {
  assert.equal(outcome(text(whole)), null)
})

// MUTATIONS=20000 looks further.
test('a damaged configuration compiles, or is refused with a code and a place', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (all) => {
      const error = outcome(text(damaged(whole, all)))
      const what = error instanceof StatorError ? error.code : String(error)
      seen.set(what, (seen.get(what) ?? 0) + 1)
      if (error === null) return
      assert.ok(error instanceof StatorError, error instanceof Error ? error.stack : 'no error at all')
      assert.match(error.code, /^ERR_STATOR_(CONFIG|UNSUPPORTED)$/)
      assert.doesNotMatch(error.message, /[\n\0]/, 'one line')
      assert.ok(error.pointer !== undefined || error.message.startsWith('config.json'), error.message)
    }),
    { numRuns: Number(process.env['MUTATIONS'] ?? 500) },
  )
  assert.ok((seen.get('null') ?? 0) > 20 && (seen.get('ERR_STATOR_CONFIG') ?? 0) > 20, 'both happen')
})
