import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { StatorError } from '../../src/errors.ts'
import { Inotify } from '../../src/native/inotify.ts'
import { lock, lockNew, Queue, tryLock } from '../../src/runtime/lock.ts'

function lockFile(t: TestContext): { path: string; watch: Inotify } {
  const folder = mkdtempSync(join(tmpdir(), 'stator-lock-'))
  const watch = new Inotify()
  t.after(() => {
    watch.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'lock')
  writeFileSync(path, '')
  return { path, watch }
}

async function holder(t: TestContext, path: string): Promise<ChildProcessByStdio<Writable, Readable, null>> {
  const fixture = fileURLToPath(new URL('../fixtures/lock-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, fixture, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(said.toString(), 'held\n')
  return child
}

/** Empty: it was closed since the folder was read. */
function linkOf(number: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${number}`)
  } catch {
    return ''
  }
}

/** Settles in the order in which it was made, and says when. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

test('commands of one process take turns in the order they came, and a failure is no obstacle', async () => {
  const queue = new Queue()
  const order: string[] = []
  const gate = deferred()
  const first = queue.run(undefined, async () => {
    order.push('first')
    await gate.promise
    throw new Error('first failed')
  })
  const second = queue.run(undefined, async () => void order.push('second'))
  const third = queue.run(undefined, async () => void order.push('third'))
  assert.deepEqual(order, ['first'])
  assert.equal(queue.idle, false)
  gate.resolve()
  await assert.rejects(first, /first failed/)
  await Promise.all([second, third])
  assert.deepEqual(order, ['first', 'second', 'third'])
  assert.equal(queue.idle, true)
})

test('who gives up waiting in the queue does not let the next one pass too early', async () => {
  const queue = new Queue()
  const order: string[] = []
  const gate = deferred()
  const abort = new AbortController()
  const first = queue.run(undefined, async () => {
    await gate.promise
    order.push('first')
  })
  const second = queue.run(abort.signal, async () => void order.push('second'))
  const third = queue.run(undefined, async () => void order.push('third'))
  abort.abort(new StatorError('ERR_STATOR_TIMEOUT', 'too late'))
  await assert.rejects(second, { code: 'ERR_STATOR_TIMEOUT' })
  await turn()
  assert.deepEqual(order, [])
  gate.resolve()
  await Promise.all([first, third])
  assert.deepEqual(order, ['first', 'third'])
  await queue.drained()
})

test('a lock that is free is had at once, one that is held is not', async (t) => {
  const { path, watch } = lockFile(t)
  const held = await lock(path, watch)
  assert.equal(tryLock(path), null)
  held.release()
  held.release()
  const shared = tryLock(path, 'shared')
  const too = tryLock(path, 'shared')
  assert.ok(shared !== null && too !== null)
  assert.equal(tryLock(path), null)
  shared.release()
  too.release()
})

test('a new file is locked by who makes it', (t) => {
  const { path } = lockFile(t)
  const held = lockNew(`${path}-new`)
  assert.equal(tryLock(`${path}-new`), null)
  held.release()
  assert.throws(() => lockNew(`${path}-new`), { code: 'EEXIST' })
})

test('who waits for another process gets the lock when it is released', async (t) => {
  const { path, watch } = lockFile(t)
  const child = await holder(t, path)
  const waiting = lock(path, watch)
  assert.equal(await Promise.race([waiting, turn('waits')]), 'waits')
  child.stdin.write('\n')
  const held = await waiting
  assert.equal(tryLock(path), null)
  held.release()
})

test('who waits gets the lock when its holder is killed', async (t) => {
  const { path, watch } = lockFile(t)
  for (let round = 0; round < 3; round++) {
    const child = await holder(t, path)
    const waiting = lock(path, watch)
    await turn()
    child.kill('SIGKILL')
    const held = await waiting
    held.release()
  }
})

test('waiting ends with its signal, and the lock stays whose it is', async (t) => {
  const { path, watch } = lockFile(t)
  const held = tryLock(path)
  const abort = new AbortController()
  const waiting = lock(path, watch, { signal: abort.signal })
  abort.abort(new StatorError('ERR_STATOR_ABORTED', 'enough'))
  await assert.rejects(waiting, { code: 'ERR_STATOR_ABORTED', message: 'enough' })
  await assert.rejects(lock(path, watch, { signal: abort.signal }), { code: 'ERR_STATOR_ABORTED' })
  assert.equal(tryLock(path), null)
  held?.release()
})

test('waiting ends with the watch, and leaves no descriptor open', async (t) => {
  const { path } = lockFile(t)
  const held = tryLock(path)
  const watch = new Inotify()
  const waiting = lock(path, watch)
  watch.close()
  await assert.rejects(waiting, { code: 'ERR_STATOR_CLOSED' })
  const open = readdirSync('/proc/self/fd').filter((number) => linkOf(number) === path)
  assert.equal(open.length, 1)
  held?.release()
})

test('a lock whose file was removed while we waited is no lock: there is nothing any more, or another file', async (t) => {
  const { path, watch } = lockFile(t)
  const held = tryLock(path)
  const waiting = lock(path, watch)
  rmSync(path)
  held?.release()
  await assert.rejects(waiting, { code: 'ERR_STATOR_NOT_FOUND' })

  writeFileSync(path, '')
  const old = tryLock(path)
  const waitingForNew = lock(path, watch)
  rmSync(path)
  writeFileSync(path, '')
  old?.release()
  const got = await waitingForNew
  assert.equal(tryLock(path), null)
  got.release()
})

for (const [how, shared] of [
  ['each with its own watch', false],
  ['all with one watch', true],
] as const) {
  test(`many waiters in one process, ${how}, all get their turn`, { timeout: 20_000 }, async (t) => {
    const { path } = lockFile(t)
    using one = new Inotify()
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        using own = new Inotify()
        for (let round = 0; round < 5; round++) {
          using _held = await lock(path, shared ? one : own)
          most = Math.max(most, ++inside)
          await turn()
          inside--
        }
      }),
    )
    assert.equal(most, 1)
  })
}
