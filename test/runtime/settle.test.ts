import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Exit } from '../../src/actors/exit.ts'
import { StatorError } from '../../src/errors.ts'
import { Runtime } from '../../src/runtime/runtime.ts'
import { isAlive } from '../../src/native/process-stat.ts'
import { tryLock } from '../../src/runtime/lock.ts'
import { settle } from '../../src/runtime/settle.ts'
import { readState, writeState } from '../../src/runtime/store.ts'
import { fakeActors, history, left, open, options, type Stage, stage, steps } from './fakes.ts'

/** A container that runs, and whose runtime was closed. */
async function unattended(at: Stage, id: string): Promise<number> {
  const runtime = await open(at)
  const container = await runtime.create(options(at, id))
  await container.start()
  const pid = container.pid ?? assert.fail()
  await runtime.close()
  return pid
}

/** Until the process is gone. */
async function kill(at: Stage, id: string, pid: number): Promise<void> {
  const { init } = readState(join(at.root, id))?.state.context ?? {}
  process.kill(pid, 'SIGKILL')
  const isThere = () => init !== null && init !== undefined && isAlive(init)
  while (isThere()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const statusOf = (at: Stage, id: string) => readState(join(at.root, id))?.state.status

test('settling journals the ends that nobody saw, and leaves alone what runs', async (t) => {
  const at = stage(t)
  const web = await unattended(at, 'web')
  await unattended(at, 'db')
  await kill(at, 'web', web)
  const actors = fakeActors(at)
  assert.equal(await settle(at.root, { actors }), 1)
  assert.equal(await settle(at.root, { actors }), 0)
  assert.equal(statusOf(at, 'web'), 'stopped')
  assert.equal(statusOf(at, 'db'), 'running')
  const runtime = await open(at)
  assert.deepEqual(steps(await history(runtime, 'web')).filter((step) => step === 'stopped').length, 1)
})

test('with a runtime attached there is nothing to settle: it sees the end itself', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  await kill(at, 'web', web.pid ?? 0)
  assert.equal(await settle(at.root, { actors: fakeActors(at) }), 0)
  await web.wait()
})

test('one settler is enough; where there is no root there is nothing to settle', async (t) => {
  const at = stage(t)
  await kill(at, 'web', await unattended(at, 'web'))
  const held = tryLock(join(at.root, 'attached'))
  assert.equal(await settle(at.root, { actors: fakeActors(at) }), 0)
  held?.release()
  assert.equal(await settle(at.root, { actors: fakeActors(at) }), 1)
  assert.equal(await settle(join(at.root, 'nowhere'), { actors: fakeActors(at) }), 0)
})

test('a record that a keeper left while we held the lock is settled by the second look', async (t) => {
  const at = stage(t)
  const pid = await unattended(at, 'web')
  const { init } = readState(join(at.root, 'web'))?.state.context ?? assert.fail()
  const exit: Exit = { code: 6, signal: null, exitCode: 6, oomKilled: false, at: new Date().toISOString(), pid }
  let looks = 0
  const actors = fakeActors(at)
  // Not there at the first look, which is the drain's; there at the second, after the lock was let go.
  const later = { ...actors, readExit: () => (++looks === 1 ? null : exit) }
  assert.equal(init?.pid, pid)
  assert.equal(await settle(at.root, { actors: later }), 1)
  assert.deepEqual(readState(join(at.root, 'web'))?.state.context.exit?.code, 6)
  process.kill(pid, 'SIGKILL')
})

test('a runtime that opens while somebody settles waits for that', async (t) => {
  const at = stage(t)
  await unattended(at, 'web')
  const held = tryLock(join(at.root, 'attached'))
  const abort = new AbortController()
  const refused = Runtime.open({
    root: at.root,
    actors: fakeActors(at),
    settle: [],
    adopt: 'all',
    signal: abort.signal,
  })
  abort.abort()
  await assert.rejects(refused, { code: 'ERR_STATOR_ABORTED' })
  const opening = open(at)
  held?.release()
  assert.equal((await opening).root, at.root)
})

test('settling takes back what an interrupted process has left', async (t) => {
  const at = stage(t)
  await unattended(at, 'web')
  const { state } = readState(join(at.root, 'web')) ?? assert.fail()
  const owner = { pid: 1, startTime: 'long gone', root: 1 }
  writeState(join(at.root, 'web'), { ...state, status: 'creating', command: { name: 'create', owner } })
  await settle(at.root, { actors: fakeActors(at) })
  assert.deepEqual(left(at), [])
})
test('a container whose lock another holds keeps neither the others nor who wants to attach', async (t) => {
  const at = stage(t)
  const pids = [await unattended(at, 'held'), await unattended(at, 'web')] as const
  await kill(at, 'held', pids[0])
  await kill(at, 'web', pids[1])
  const held = tryLock(join(at.root, 'held/lock')) ?? assert.fail()
  const settling = settle(at.root, { actors: fakeActors(at) })
  while (statusOf(at, 'web') !== 'stopped') await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(statusOf(at, 'held'), 'running')
  // The settler waits for the container without the root: others come in, and go.
  let attached = tryLock(join(at.root, 'attached'), 'shared')
  while (attached === null) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    attached = tryLock(join(at.root, 'attached'), 'shared')
  }
  attached.release()
  held.release()
  assert.equal(await settling, 2)
  assert.equal(statusOf(at, 'held'), 'stopped')
})

test('a container that cannot be settled is tried once, and not for ever', async (t) => {
  const at = stage(t)
  await kill(at, 'broken', await unattended(at, 'broken'))
  let looks = 0
  const actors = {
    ...fakeActors(at),
    readExit: () => {
      looks++
      throw new StatorError('ERR_STATOR_PLATFORM', 'read the exit record: EIO')
    },
  }
  assert.equal(await settle(at.root, { actors }), 0)
  assert.equal(looks, 1)
  assert.equal(await settle(at.root, { actors: fakeActors(at) }), 1)
})
