import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defineConfig } from '../../src/oci/default-config.ts'
import { normalizeConfig, parseConfig } from '../../src/oci/parse.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import { thrownBy } from './examples.ts'

test('the default is valid, whole and narrow', () => {
  const config = defineConfig({ args: ['true'] })
  assert.deepEqual(normalizeConfig(config), config)
  assert.deepEqual(parseConfig(stringifyConfig(config)), config)
  assert.equal(config.process.terminal, false)
  assert.equal(config.process.noNewPrivileges, true)
  assert.deepEqual(config.root, { path: 'rootfs', readonly: true })
  assert.deepEqual(
    config.linux?.namespaces?.map(({ type }) => type),
    ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'],
  )
  const three = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
  assert.deepEqual(config.process.capabilities, { bounding: three, effective: three, permitted: three })
})

test('options end where they belong', () => {
  const config = defineConfig({
    args: ['server', '-v'],
    env: { MODE: 'fast' },
    cwd: '/srv',
    user: { uid: 7, gid: 8, umask: 0o27, additionalGids: [9] },
    rootfs: '/images/web',
    readonlyRootfs: false,
    hostname: 'web',
    mounts: [
      { destination: '/data', source: '/var/data', options: ['rbind', 'ro'] },
      { destination: '/dev/shm', type: 'tmpfs', options: ['size=1g'] },
    ],
    capabilities: ['CAP_CHOWN'],
    memoryLimitBytes: 2 ** 20,
    pidsLimit: 64n,
    cpuShares: 512,
    namespaces: { network: false, time: true, pid: '/proc/1/ns/pid' },
    timeOffsets: { boottime: { secs: 60 } },
    hooks: { poststop: [{ path: '/bin/true', timeout: 5 }] },
  })
  assert.deepEqual(config.process.env, [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'MODE=fast',
  ])
  assert.deepEqual(config.process.user, { uid: 7, gid: 8, umask: 0o27, additionalGids: [9] })
  assert.deepEqual(config.root, { path: '/images/web', readonly: false })
  assert.deepEqual(config.linux?.resources, {
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: 2n ** 20n },
    pids: { limit: 64n },
    cpu: { shares: 512n },
  })
  assert.deepEqual(config.linux.namespaces, [
    { type: 'pid', path: '/proc/1/ns/pid' },
    { type: 'ipc' },
    { type: 'uts' },
    { type: 'mount' },
    { type: 'cgroup' },
    { type: 'time' },
  ])
  const destinations = config.mounts?.map(({ destination }) => destination)
  assert.deepEqual(destinations?.slice(-2), ['/data', '/dev/shm'])
  assert.equal(destinations.filter((destination) => destination === '/dev/shm').length, 1)
})

test('PATH is added only where it is missing', () => {
  assert.deepEqual(defineConfig({ args: ['a'], env: ['PATH=/bin', 'A=1'] }).process.env, ['PATH=/bin', 'A=1'])
  assert.equal(defineConfig({ args: ['a'], env: ['MYPATH=1'] }).process.env?.length, 2)
})

test('mappings bring a user namespace, and a devpts without a group that is not mapped', () => {
  const one = [{ containerID: 0, hostID: 1000, size: 1 }]
  const config = defineConfig({ args: ['a'], uidMappings: one, gidMappings: one })
  assert.ok(config.linux?.namespaces?.some(({ type }) => type === 'user'))
  const options = (given: typeof config) => given.mounts?.find(({ type }) => type === 'devpts')?.options
  assert.ok(!options(config)?.includes('gid=5'))
  const many = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  assert.ok(options(defineConfig({ args: ['a'], uidMappings: many, gidMappings: many }))?.includes('gid=5'))
})

test('without a uts or mount namespace nothing is left that needs one', () => {
  const config = defineConfig({ args: ['a'], namespaces: { uts: false, mount: false } })
  assert.equal(config.hostname, undefined)
  assert.deepEqual(config.mounts, [])
  assert.equal(config.root.readonly, false)
})

test('what is wrong is named by its place in the configuration', () => {
  const thrown = thrownBy(() => defineConfig({ args: [] }))
  assert.equal(thrown, 'ERR_STATOR_CONFIG process.args: must name a program')
  assert.match(
    thrownBy(() => defineConfig({ args: ['a'], oomScoreAdj: 2000 }))!,
    /^ERR_STATOR_CONFIG process\.oomScoreAdj: /,
  )
})

const runc = 'runc'
const hasRunc = (() => {
  try {
    execFileSync(runc, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test('what `runc spec` writes is accepted', { skip: hasRunc ? false : 'runc is missing' }, () => {
  for (const flags of [[], ['--rootless']]) {
    const folder = mkdtempSync(join(tmpdir(), 'stator-spec-'))
    try {
      execFileSync(runc, ['spec', ...flags], { cwd: folder })
      const text = readFileSync(join(folder, 'config.json'), 'utf8')
      const config = parseConfig(text)
      assert.deepEqual(config.process.args, ['sh'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
})
