// A keeper that is killed: told at once, once; its container goes on, its end is noticed, and how it ended is known or said to
// be unknown, never made up.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { filter, firstValueFrom } from 'rxjs'
import type { Exit } from '../../src/actors/exit.ts'
import { type EventOf, ofType } from '../../src/bus/event.ts'
import { pidfdExitStatus, pidfdOpen, waitPidfd } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { processState } from '../../src/native/process-stat.ts'
import type { Container } from '../../src/runtime/container.ts'
import { openRuntime } from '../../src/runtime/open.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { readState } from '../../src/runtime/store.ts'
import { atLeast } from '../native/observe.ts'
import { becomeSubreaper, bed, type Bed, freshRootfs, Look } from './bed.ts'
import { config, freshId, missing as skip, place, running } from './support.ts'

/** A container that ends with 7 when `end` is called. */
async function made(at: Bed, runtime: Runtime): Promise<{ container: Container; end: () => void }> {
  freshRootfs(at)
  const gate = join(at.rootfs, 'gate')
  execFileSync('mkfifo', [gate])
  const container = await runtime.create({ id: freshId(), config: config(at, ['sh', '-c', 'read x < /gate; exit 7']) })
  return { container, end: () => closeSync(openSync(gate, 'w')) }
}

function keeperOf({ root }: Bed, { id }: Container): number {
  return readState(join(root, id))?.state.context.keeper?.pid ?? assert.fail('there is no keeper')
}

/** Kills a process, and waits until it is no more. */
async function killed(pid: number): Promise<void> {
  using fd = pidfdOpen(pid)
  const release = hold()
  try {
    process.kill(pid, 'SIGKILL')
    await firstValueFrom(readable(fd))
  } finally {
    release()
  }
}

/** Kills the keeper while a runtime is attached; resolves with what that one tells. */
async function lose(at: Bed, runtime: Runtime, container: Container): Promise<EventOf<'lifecycle.keeper-lost'>> {
  const pid = keeperOf(at, container)
  const release = hold()
  try {
    const told = firstValueFrom(
      runtime.events$.pipe(
        filter(ofType('lifecycle.keeper-lost')),
        filter((event) => event.container === container.id),
      ),
    )
    process.kill(pid, 'SIGKILL')
    const event = await told
    assert.equal(event.pid, pid)
    return event
  } finally {
    release()
  }
}

/** How many times it was told. */
async function timesLost(runtime: Runtime): Promise<number> {
  const { seq } = await runtime.snapshot()
  let count = 0
  for await (const { type, seq: at } of runtime.events({ since: 0 })) {
    if (type === 'lifecycle.keeper-lost') count++
    if (at >= seq) break
  }
  return count
}

const unknown = { code: null, signal: null, exitCode: null }

/** It ended so, and that is known; before Linux 6.15 only to who asks before pid 1 has reaped it. */
function endedWith({ code, signal, exitCode }: Exit, wanted: Partial<Exit>): void {
  if (!atLeast(6, 15) && code === null && signal === null && exitCode === null) return
  assert.deepEqual({ code, signal, exitCode }, { ...unknown, ...wanted })
}

const seven = { code: 7, exitCode: 7 }

test('the container goes on; its end is noticed, with its exit code', { skip }, async (t) => {
  const at = bed(t)
  await using runtime = await openRuntime({ root: at.root })
  const look = new Look(at.root)
  const { container, end } = await made(at, runtime)
  await container.start()
  await lose(at, runtime, container)
  assert.equal(await container.refresh(), 'running')
  const waiting = container.wait()
  end()
  endedWith(await waiting, seven)
  assert.equal(container.status, 'stopped')
  assert.equal(await timesLost(runtime), 1)
  await container.delete()
  assert.deepEqual(await look.left(container.id), [])
})

test('a signal that ends the container is known too', { skip }, async (t) => {
  const at = bed(t)
  await using runtime = await openRuntime({ root: at.root })
  const { container } = await made(at, runtime)
  await container.start()
  await lose(at, runtime, container)
  const exit = await container.stop({ signal: 'SIGKILL' })
  endedWith(exit, { signal: 'SIGKILL', exitCode: 137 })
  await container.delete()
})

test('in "created": the container can be started, or deleted', { skip }, async (t) => {
  const at = bed(t)
  await using runtime = await openRuntime({ root: at.root })
  const look = new Look(at.root)
  const { container, end } = await made(at, runtime)
  await lose(at, runtime, container)
  assert.equal(await container.refresh(), 'created')
  await container.start()
  const waiting = container.wait()
  end()
  endedWith(await waiting, seven)
  await container.delete()
  assert.deepEqual(await look.left(container.id), [])

  const other = (await made(at, runtime)).container
  await lose(at, runtime, other)
  await other.delete({ force: true })
  assert.deepEqual(await look.left(other.id), [])
})

test('while nobody is attached: the next open tells it, and only that one', { skip }, async (t) => {
  const at = bed(t)
  const first = await openRuntime({ root: at.root })
  const { container, end } = await made(at, first)
  await container.start()
  const { id } = container
  await first.close()
  await killed(keeperOf(at, container))

  for (let opened = 0; opened < 2; opened++) {
    await using runtime = await openRuntime({ root: at.root })
    const again = await runtime.get(id)
    for await (const { type } of runtime.events({ since: 0 })) if (type === 'lifecycle.keeper-lost') break
    assert.equal(again.status, 'running')
    assert.equal(await timesLost(runtime), 1)
  }
  await using runtime = await openRuntime({ root: at.root })
  const again = await runtime.get(id)
  const waiting = again.wait()
  end()
  endedWith(await waiting, seven)
  await again.delete()
})

test('keeper and container both end while nobody is attached: how is unknown, and not 0', { skip }, async (t) => {
  becomeSubreaper()
  const at = bed(t)
  const first = await openRuntime({ root: at.root })
  const { container, end } = await made(at, first)
  await container.start()
  const { id, pid } = container
  await first.close()
  await killed(keeperOf(at, container))
  using fd = pidfdOpen(pid ?? 0)
  const release = hold()
  end()
  // Reaped by whom it has fallen to: nobody can ask for its status any more.
  await firstValueFrom(readable(fd))
  assert.notEqual(waitPidfd(fd), null)
  release()
  assert.equal(pidfdExitStatus(fd) ?? 7 << 8, 7 << 8)

  await using runtime = await openRuntime({ root: at.root })
  const again = await runtime.get(id)
  assert.equal(again.status, 'stopped')
  endedWith(await again.wait(), unknown)
  await again.delete()
})

test('a keeper that is killed while its container is being stopped', { skip }, async (t) => {
  const at = bed(t)
  await using runtime = await openRuntime({ root: at.root })
  const { container, end } = await made(at, runtime)
  await container.start()
  // The shell is pid 1 and has no handler: the signal does nothing, and the stop waits.
  const stopping = container.stop({ signal: 'SIGTERM', timeoutMs: Infinity })
  await container.until('running')
  await killed(keeperOf(at, container))
  end()
  endedWith(await stopping, seven)
  await container.delete()
})

test('the keeper of an exec session: the session goes on, and its end is noticed', { skip }, async (t) => {
  becomeSubreaper()
  const at = bed(t)
  await using runtime = await openRuntime({ root: at.root })
  const look = new Look(at.root)
  const { container } = await made(at, runtime)
  const path = join(at.rootfs, 'exec')
  execFileSync('mkfifo', [path])
  await container.start()
  const session = await container.exec({ args: ['sh', '-c', 'read x < /exec; exit 5'] })
  const { keeper } = session.actor.getSnapshot().context
  await killed(keeper?.pid ?? 0)
  assert.equal(session.status, 'running')
  const waiting = session.wait()
  closeSync(openSync(path, 'w'))
  endedWith(await waiting, { code: 5, exitCode: 5 })
  await container.delete({ force: true })
  assert.deepEqual(await look.left(container.id), [])
})

test('a container that another process has deleted leaves no zombie here', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const { keeper } = readState(join(at.root, container.id))?.state.context ?? {}
  const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)
  const program = `
    const { openRuntime } = await import(${index})
    const runtime = await openRuntime(${JSON.stringify({ root: at.root })})
    await (await runtime.get(${JSON.stringify(container.id)})).delete({ force: true })
    await runtime.close()`
  // This process sees nothing of it before it is over.
  const { status } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', program], {
    stdio: 'inherit',
  })
  assert.equal(status, 0)
  await assert.rejects(container.start(), { code: 'ERR_STATOR_NOT_FOUND' })
  assert.equal(processState(keeper?.pid ?? 0), null)
})
