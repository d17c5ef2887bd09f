// The end of a container whose processes somebody has frozen: on version 1 they do not die of SIGKILL before they are thawed.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { groupsIn } from '../../src/actors/cgroup/pids.ts'
import { layout } from '../../src/actors/cgroup/layout.ts'
import { processState } from '../../src/native/process-stat.ts'
import { type Change, config, freshId, missing, type Place, place, refused } from './support.ts'

const freezer = layout().legacy.find(({ controllers }) => controllers.includes('freezer'))
const skip = missing || (freezer === undefined ? 'the freezer of cgroup v1' : false)
/** Without what is tried here these tests would wait for ever. */
const options = { skip, timeout: 30_000 }

const withoutPidNamespace: Change = (made) => {
  made.linux!.namespaces = made.linux!.namespaces!.filter(({ type }) => type !== 'pid')
}

/** A folder in the freezer's tree. It is thawed with the test, before its containers are deleted. */
function group(t: TestContext, path: string): string {
  const folder = `${freezer!.mount}${path}`
  t.after(() => thaw(folder))
  return folder
}

function thaw(folder: string): void {
  try {
    writeFileSync(`${folder}/freezer.state`, 'THAWED', { flag: 'r+' })
  } catch {
    return // it is gone
  }
  for (const below of groupsIn(folder)) thaw(below)
}

/** Returns when all in it stand still. */
function freeze(folder: string): void {
  do writeFileSync(`${folder}/freezer.state`, 'FROZEN', { flag: 'r+' })
  while (readFileSync(`${folder}/freezer.state`, 'utf8') !== 'FROZEN\n')
}

async function create(at: Place, cgroupsPath: string, change: Change = () => {}) {
  const spec = config(at, ['sleep', '1000'], (made) => {
    made.linux!.cgroupsPath = cgroupsPath
    change(made)
  })
  return at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'ignore' })
}

test('stop ends it when its time is up', options, async (t) => {
  const folder = group(t, `/${freshId()}`)
  const at = await place(t)
  const container = await create(at, folder.slice(freezer!.mount.length))
  await container.start()
  freeze(folder)
  assert.equal((await container.stop({ timeoutMs: 1 })).signal, 'SIGKILL')
})

test('kill with SIGKILL ends it, and with another signal leaves it frozen', options, async (t) => {
  const folder = group(t, `/${freshId()}`)
  const at = await place(t)
  const container = await create(at, folder.slice(freezer!.mount.length))
  await container.start()
  freeze(folder)
  await container.kill('SIGTERM')
  assert.equal(readFileSync(`${folder}/freezer.state`, 'utf8'), 'FROZEN\n')
  await container.kill('SIGKILL')
  assert.equal((await container.wait()).signal, 'SIGKILL')
})

test('delete ends one that waits at its gate', options, async (t) => {
  const folder = group(t, `/${freshId()}`)
  const at = await place(t)
  const container = await create(at, folder.slice(freezer!.mount.length))
  freeze(folder)
  await container.delete()
})

test('delete with force ends it, and what was started in it beside init', options, async (t) => {
  const folder = group(t, `/${freshId()}`)
  const at = await place(t)
  const container = await create(at, folder.slice(freezer!.mount.length), withoutPidNamespace)
  await container.start()
  const { pid } = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  freeze(folder)
  await container.delete({ force: true })
  assert.equal(processState(pid!), null)
})

test('delete with force ends who was put into frozen groups below its own', options, async (t) => {
  const folder = group(t, `/${freshId()}`)
  const at = await place(t)
  const container = await create(at, folder.slice(freezer!.mount.length), withoutPidNamespace)
  await container.start()
  const sessions = [
    await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' }),
    await container.exec({ args: ['sh', '-c', 'sleep 1000 & wait'], stdio: 'ignore' }),
  ]
  for (const [index, pid] of [container.pid, ...sessions.map(({ pid }) => pid)].entries()) {
    mkdirSync(`${folder}/outer/${index}`, { recursive: true })
    writeFileSync(`${folder}/outer/${index}/cgroup.procs`, `${pid}`)
    freeze(`${folder}/outer/${index}`)
  }
  freeze(`${folder}/outer`)
  await container.delete({ force: true })
  for (const { pid, status } of sessions) assert.equal(pid === null || processState(pid) === null, true, status)
})

test(
  'frozen from above its own group: the error names it, and once thawed another delete ends it',
  options,
  async (t) => {
    const above = group(t, `/${freshId()}`)
    // There before the container, so it stays.
    mkdirSync(above)
    const at = await place(t)
    t.after(() => rmdirSync(above))
    const container = await create(at, `${above.slice(freezer!.mount.length)}/inner`)
    await container.start()
    const { pid } = container
    freeze(above)
    await refused(container.delete({ force: true }), {
      code: 'ERR_STATOR_TIMEOUT',
      message: new RegExp(`^end process ${pid}: still there 10000 ms after SIGKILL: .*control group above`),
    })
    assert.equal(container.status, 'running')
    thaw(above)
    await container.delete({ force: true })
  },
)
