// Which groups are intended, on layouts that are made up: of folders that are there, and of some that are not.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { killAll, oomKills, openJoin, pids } from '../../../src/actors/cgroup/index.ts'
import { intendGroups, isRootOfMachine } from '../../../src/actors/cgroup/intent.ts'
import type { Hierarchy, Layout } from '../../../src/actors/cgroup/layout.ts'
import { StatorError } from '../../../src/errors.ts'
import type { Linux } from '../../../src/oci/config.ts'

const root = mkdtempSync(join(tmpdir(), 'stator-intent-'))
after(() => rmSync(root, { recursive: true }))

function hierarchy(version: 1 | 2, name: string, controllers: string[]): Hierarchy {
  const mount = join(root, name)
  mkdirSync(mount, { recursive: true })
  return { version, controllers, mount, own: mount }
}

function gone(version: 1 | 2, controllers: string[]): Hierarchy {
  return { version, controllers, mount: '/nowhere/cgroup', own: '/nowhere/cgroup' }
}

const v2 = hierarchy(2, 'unified', ['cpu', 'memory', 'pids'])
const unified: Layout = { kind: 'unified', unified: v2, legacy: [] }
const hybrid: Layout = {
  kind: 'hybrid',
  unified: hierarchy(2, 'beside', ['hugetlb']),
  legacy: ['name=systemd', 'pids', 'blkio', 'freezer', 'devices', 'memory', 'cpu'].map((name) =>
    hierarchy(1, name, [name]),
  ),
}
const none: Layout = { kind: 'none', unified: null, legacy: [] }

function intend(layout: Layout, linux: Linux = {}) {
  return intendGroups(layout, { id: 'web', config: { linux } })
}

/** Folder below the root of the test, and controllers. */
function summary(layout: Layout, linux: Linux = {}): string[] {
  return intend(layout, linux).groups.map(
    ({ folder, controllers }) => `${folder.slice(root.length)} ${controllers.join()}`,
  )
}

function refused(layout: Layout, linux: Linux, code: string, pointer: string): void {
  assert.throws(
    () => intend(layout, linux),
    (error: unknown) => error instanceof StatorError && error.code === code && error.pointer === pointer,
  )
}

test('version 2: one group, with what a container always has', () => {
  assert.deepEqual(summary(unified), ['/unified/stator-web pids,freezer,devices,memory'])
  assert.deepEqual(summary(unified, { resources: { cpu: { shares: 2n } } }), [
    '/unified/stator-web pids,freezer,devices,memory,cpu',
  ])
})

test('hybrid: one in each hierarchy that is used, the one of version 2 first', () => {
  const always = ['/beside/stator-web ', '/pids/stator-web pids', '/freezer/stator-web freezer', '/devices/stator-web devices', '/memory/stator-web memory'] // prettier-ignore
  assert.deepEqual(summary(hybrid), always)
  assert.deepEqual(summary(hybrid, { resources: { cpu: { shares: 2n } } }), [...always, '/cpu/stator-web cpu'])
})

test('a controller that the hybrid has on version 2 is used there', () => {
  const legacy = hybrid.legacy.filter(({ controllers: [name] }) => name !== 'pids' && name !== 'devices')
  const mixed: Layout = { ...hybrid, unified: { ...v2, controllers: ['pids'] }, legacy }
  assert.deepEqual(summary(mixed), ['/unified/stator-web pids,devices', '/freezer/stator-web freezer', '/memory/stator-web memory']) // prettier-ignore
})

test('controllers that are mounted together are one group', () => {
  const together = hierarchy(1, 'all', ['cpu', 'memory', 'pids', 'cpuacct'])
  assert.deepEqual(summary({ kind: 'legacy', unified: null, legacy: [together] }), ['/all/stator-web memory,pids'])
})

test('a receipt names the folders above that are not there; the default group has none above it', () => {
  mkdirSync(join(v2.mount, 'engine'))
  const [deep] = intend(unified, { cgroupsPath: '/engine/pod/web' }).groups
  assert.deepEqual(deep?.parents, [`${v2.mount}/engine/pod`])
  const [standard] = intend(unified).groups
  assert.deepEqual(standard?.parents, [])
  assert.equal(standard?.existed, false)
  mkdirSync(join(v2.mount, 'engine/pod'))
  const [existing] = intend(unified, { cgroupsPath: '/engine/pod' }).groups
  assert.deepEqual([existing?.existed, existing?.parents], [true, []])
})

test('no cgroups, and nothing asked of them: no group, and all that works on groups knows it', async () => {
  const receipt = intend(none)
  assert.deepEqual(receipt.groups, [])
  assert.equal(await killAll(receipt), false)
  assert.deepEqual(pids(receipt), [])
  assert.equal(oomKills(receipt), 0)
  assert.deepEqual(openJoin(receipt), { tasks: [], into: null })
})

test('a controller that is needed and not there is named, with what needs it', () => {
  refused(none, { resources: { memory: { limit: 1n } } }, 'ERR_STATOR_PLATFORM', 'linux.resources.memory.limit')
  refused(none, { resources: { pids: { limit: 1n } } }, 'ERR_STATOR_PLATFORM', 'linux.resources.pids.limit')
  refused(none, { cgroupsPath: '/x' }, 'ERR_STATOR_PLATFORM', 'linux.cgroupsPath')
  const withoutMemory: Layout = { ...unified, unified: { ...v2, controllers: ['pids'] } }
  refused(
    withoutMemory,
    { resources: { memory: { limit: 1n } } },
    'ERR_STATOR_PLATFORM',
    'linux.resources.memory.limit',
  )
  assert.deepEqual(summary(withoutMemory), ['/unified/stator-web pids,freezer,devices'])
})

test('rules for devices are needed by root alone', { skip: isRootOfMachine() ? false : 'root' }, () => {
  const linux: Linux = { resources: { devices: [{ allow: false, access: 'rwm' }] } }
  refused(none, linux, 'ERR_STATOR_PLATFORM', 'linux.resources.devices')
})

test('groups that cannot be made are done without where nothing needs them', () => {
  const unwritable: Layout = { ...unified, unified: gone(2, ['memory', 'pids']) }
  assert.deepEqual(summary(unwritable), [])
  refused(unwritable, { resources: { pids: { limit: 1n } } }, 'ERR_STATOR_PLATFORM', 'linux.resources.pids.limit')
  refused(unwritable, { cgroupsPath: '/x' }, 'ERR_STATOR_PLATFORM', 'linux.cgroupsPath')
  const partly: Layout = { ...hybrid, legacy: [gone(1, ['memory']), hierarchy(1, 'pids', ['pids'])] }
  assert.deepEqual(summary(partly), ['/beside/stator-web freezer,devices', '/pids/stator-web pids'])
})

test('what version 1 cannot say of devices is refused before anything is made', () => {
  const devices: NonNullable<NonNullable<Linux['resources']>['devices']> = [
    { allow: true, type: 'c', major: 11n, access: 'rw' },
    { allow: false, type: 'c', major: 11n, minor: 0n, access: 'rw' },
  ]
  refused(hybrid, { resources: { devices } }, 'ERR_STATOR_CONFIG', 'linux.resources.devices[1]')
  assert.equal(summary(unified, { resources: { devices } }).length, 1)
})
