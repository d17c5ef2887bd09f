// linux.resources and linux.cgroupsPath: the container's own groups, as the kernel sees them.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { layout } from '../../src/actors/cgroup/layout.ts'
import { type Container, openRuntime, StatorError } from '../../src/index.ts'
import {
  added,
  config,
  freshId,
  machine,
  missing,
  output,
  place,
  refused,
  run,
  running,
  type Change,
  type Place,
} from './support.ts'

const skip = missing
const { kind, unified, legacy } = layout()
const mountOf = (controller: string) =>
  legacy.find(({ controllers }) => controllers.includes(controller))?.mount ??
  (unified?.controllers.includes(controller) ? unified.mount : undefined)
const without = (controller: string) =>
  skip || (mountOf(controller) === undefined ? `the ${controller} controller` : false)

/** The folder of a process's group in the hierarchy of a controller. */
function groupOf(pid: number, controller: string): string {
  const v1 = legacy.some(({ controllers }) => controllers.includes(controller))
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
  const line = lines.find((entry) =>
    v1 ? (entry.split(':')[1] ?? '').split(',').includes(controller) : entry.startsWith('0::'),
  )
  return `${mountOf(controller)}${line?.split(':')[2] ?? ''}`
}

test('a group of its own in each hierarchy that is used, gone after the delete', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const folders = ['pids', 'devices', 'memory']
    .filter((controller) => mountOf(controller) !== undefined)
    .map((controller) => groupOf(container.pid ?? 0, controller))
  assert.notEqual(folders.length, 0)
  for (const folder of folders) {
    assert.ok(folder.includes(container.id), folder)
    assert.ok(existsSync(folder), folder)
  }
  await container.delete({ force: true })
  for (const folder of folders) assert.ok(!existsSync(folder), folder)
})

test('the id of a container that runs: it exists, whatever its group says', { skip }, async (t) => {
  const at = await place(t)
  const { id } = await running(t, at)
  const before = machine()
  const message = `container id "${id}": a container with this id exists already`
  for (const more of [{ config: config(at, ['true']), rootfs: at.rootfs }, { bundle: '/nowhere' }]) {
    const error = await refused(at.runtime.create({ id, ...more }), { code: 'ERR_STATOR_EXISTS' })
    assert.equal(error.message, message)
  }
  assert.deepEqual(added(before, machine()), [])
  assert.equal(await (await at.runtime.get(id)).refresh(), 'running')
})

test('the same id in two roots: two containers, each in groups of its own', { skip: without('pids') }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  await using elsewhere = await openRuntime({ root: join(at.folder, 'elsewhere') })
  const options = { id: container.id, config: config(at, ['sleep', '1000']), rootfs: at.rootfs }
  await using other = await elsewhere.create(options)
  await other.start()
  const [ours, theirs] = [container, other].map(({ pid }) => groupOf(pid ?? 0, 'pids'))
  assert.notEqual(ours, theirs)
  await other.delete({ force: true })
  assert.equal(await container.refresh(), 'running')
})

test('a group that is in use: who is in it, and what to do', { skip: without('pids') }, async (t) => {
  const at = await place(t)
  const path = `/e2e-${process.pid}-used`
  const change: Change = (made) => (made.linux!.cgroupsPath = path)
  const container = await running(t, at, change)
  const before = machine()
  const options = { id: freshId(), config: config(at, ['true'], change), rootfs: at.rootfs }
  const error = await refused(at.runtime.create(options), {
    code: 'ERR_STATOR_STAGE',
    errno: 'EBUSY',
    pointer: 'linux.cgroupsPath',
  })
  const who = `process ${container.pid} "sleep" is in it`
  assert.ok(error.message.endsWith(`'s group: EBUSY (${who}: give another linux.cgroupsPath)`), error.message)
  assert.deepEqual(added(before, machine()), [])
  assert.equal(await container.refresh(), 'running')
})

test('cgroupsPath names the group', { skip: without('pids') }, async (t) => {
  const at = await place(t)
  const path = `/e2e-${process.pid}-path/inner`
  const container = await running(t, at, (made) => (made.linux!.cgroupsPath = path))
  const folder = groupOf(container.pid ?? 0, 'pids')
  assert.equal(folder, `${mountOf('pids')}${path}`)
  await container.delete({ force: true })
  assert.equal(existsSync(folder), false)
  assert.ok(!existsSync(`${mountOf('pids')}/e2e-${process.pid}-path`), 'what was made above it is gone too')
})

test('pids.limit: the fork after it fails', { skip: without('pids') }, async (t) => {
  const at = await place(t)
  const done = await run(at, ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo all'], (made) => {
    made.linux!.resources = { ...made.linux!.resources, pids: { limit: 4n } }
  })
  assert.notEqual(done.exitCode, 0)
  assert.match(done.stderr, /can't fork|Resource temporarily unavailable/)
})

test('memory.limit: what goes beyond is killed, and the exit says so', { skip: without('memory') }, async (t) => {
  const at = await place(t)
  // `tail` of /dev/zero keeps all of it, as there is no line in it.
  const done = await at.runtime.run({
    id: `e2e-${process.pid}-oom`,
    rootfs: at.rootfs,
    config: configWithMemory(at),
  })
  assert.deepEqual([done.exitCode, done.signal, done.oomKilled], [137, 'SIGKILL', true])
})

function configWithMemory(at: Place, limit = 16n << 20n, args: readonly string[] = ['tail', '/dev/zero']) {
  return config(at, args, (made) => {
    made.linux!.resources = { ...made.linux!.resources, memory: { limit } }
  })
}

test('memory.limit: too low for init, and create says so', { skip: without('memory') }, async (t) => {
  const at = await place(t)
  const before = machine()
  const id = freshId()
  const error = await refused(at.runtime.create({ id, config: configWithMemory(at, 16n << 10n), rootfs: at.rootfs }), {
    code: 'ERR_STATOR_STAGE',
    pointer: 'linux.resources.memory.limit',
    message: /: OOM-killed \(memory limit too low\? linux\.resources\.memory\.limit is 16384\)$/,
  })
  assert.ok(error.stage !== undefined)
  assert.deepEqual(added(before, machine()), [])
})

test(
  'memory.limit: too low for the program, or for another in it: the end says so',
  { skip: without('memory') },
  async (t) => {
    const at = await place(t)
    // Where the kernel counts how much differs by version; from somewhere on it is enough.
    const reasons: string[] = []
    for (let limit = 32n << 10n; limit < 1n << 20n; limit += 32n << 10n) {
      const spec = configWithMemory(at, limit, ['sleep', '1000'])
      const id = freshId()
      let container: Container | null = null
      try {
        container = await at.runtime.create({ id, config: spec, rootfs: at.rootfs })
        await container.start()
        // Six of a shell need more than the one program that is in it.
        const session = await container.exec({ args: ['sh', '-c', 'sh -c "sh -c \\"sh -c true; true\\"; true"; true'] })
        const exit = await session.wait({ timeoutMs: 20_000 })
        if (exit.signal === 'SIGKILL') reasons.push(`exec ${exit.oomKilled}`)
        for (const stream of [session.stdin, session.stdout, session.stderr]) stream?.destroy()
        if (exit.code === 0) break
      } catch (error) {
        assert.ok(error instanceof StatorError)
        if (container === null) reasons.push(`create ${/OOM-killed|ENOMEM/.test(error.message)}`)
        else if (await endedBy(container)) reasons.push('start true')
        else reasons.push(error.message)
      } finally {
        await container?.delete({ force: true })
      }
    }
    assert.notDeepEqual(reasons, [])
    for (const reason of reasons) assert.match(reason, /^(?:create|start|exec) true$/)
  },
)

/** Whether its init was killed for want of memory. */
async function endedBy(container: Container): Promise<boolean> {
  return (await container.wait({ timeoutMs: 20_000 })).oomKilled
}

test('without an out-of-memory kill the exit does not speak of one', { skip }, async (t) => {
  const at = await place(t)
  const done = await at.runtime.run({
    id: `e2e-${process.pid}-killed`,
    rootfs: at.rootfs,
    config: config(at, ['true']),
  })
  assert.equal(done.oomKilled, false)
})

test('cpu.shares: the weight of the group', { skip: without('cpu') }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (made) => {
    made.linux!.resources = { ...made.linux!.resources, cpu: { shares: 512n } }
  })
  const group = groupOf(container.pid ?? 0, 'cpu')
  if (kind === 'unified') assert.ok(Number(readFileSync(`${group}/cpu.weight`, 'utf8')) < 100)
  else assert.equal(readFileSync(`${group}/cpu.shares`, 'utf8'), '512\n')
})

test('devices: what is not allowed cannot be opened, by root either', { skip: without('devices') }, async (t) => {
  const at = await place(t)
  const out = await output(
    at,
    'mknod /tmp/fuse c 10 229 && (: < /tmp/fuse) 2>&1; head -c 1 < /dev/zero | wc -c; echo x > /dev/null && echo null',
    (made) => {
      made.mounts?.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [] })
      for (const set of ['bounding', 'effective', 'permitted'] as const)
        made.process.capabilities?.[set]?.push('CAP_MKNOD')
      made.linux!.resources = { devices: [{ allow: false, access: 'rwm' }] }
    },
  )
  assert.match(out, /Operation not permitted/)
  assert.match(out, /^1$/m)
  assert.match(out, /^null$/m)
})

test('devices: one that is allowed can', { skip: without('devices') }, async (t) => {
  const at = await place(t)
  const out = await output(at, 'mknod /tmp/fuse c 10 229 && (: < /tmp/fuse) && echo opened', (made) => {
    made.mounts?.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [] })
    for (const set of ['bounding', 'effective', 'permitted'] as const)
      made.process.capabilities?.[set]?.push('CAP_MKNOD')
    made.linux!.resources = {
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 10n, minor: 229n, access: 'rw' },
      ],
    }
  })
  assert.match(out, /opened/)
})
