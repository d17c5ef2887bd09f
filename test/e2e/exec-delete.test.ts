// An exec that is being launched while its container is deleted, by the same process or by another: the exec is refused, or its
// process has ended; nothing is left.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { filter, firstValueFrom } from 'rxjs'
import type { ProcessId, Processes } from '../../src/actors/creation.ts'
import { StatorError, type Container } from '../../src/index.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { processStartTime } from '../../src/native/process-stat.ts'
import type { Actors, Receipts } from '../../src/runtime/actors.ts'
import { linuxActors } from '../../src/runtime/linux.ts'
import { tryLock } from '../../src/runtime/lock.ts'
import { Runtime } from '../../src/runtime/runtime.ts'
import { beforeStored, heldExec, type Point, points } from './exec-points.ts'
import { type Change, missing, type Place, place, refused, running } from './support.ts'

const skip = missing

/** Here the end of init ends nobody else. */
const withoutPidNamespace: Change = (made) => {
  made.linux!.namespaces = made.linux!.namespaces!.filter(({ type }) => type !== 'pid')
}

const kinds = [
  ['with a pid namespace', () => {}],
  ['without a pid namespace', withoutPidNamespace],
] as const satisfies readonly (readonly [string, Change])[]

const sleep = { args: ['sleep', '1000'], stdio: 'ignore' } as const

/** How an exec went: the code it was refused with, or `ended`. */
async function outcome(exec: ReturnType<Container['exec']>): Promise<string> {
  try {
    await (await exec).wait()
    return 'ended'
  } catch (thrown) {
    return thrown instanceof StatorError ? thrown.code : `raw: ${String(thrown)}`
  }
}

const good = new Set(['ERR_STATOR_STATUS', 'ERR_STATOR_NOT_FOUND', 'ended'])

function assertNothingLeft(at: Place, id: string, processes: readonly ProcessId[]): void {
  assert.ok(!existsSync(join(at.root, id)), 'the folder is gone')
  const alive = processes.filter(({ pid, startTime }) => processStartTime(pid) === startTime)
  assert.deepEqual(alive, [], 'no process is left')
}

function openWith({ root }: Place, actors: Actors): Promise<Runtime> {
  return Runtime.open({ root, actors, settle: [], adopt: 'all' })
}

/** Resolves when the delete has begun to take the container away: its init has ended by then. */
function deleting({ events$ }: Runtime, id: string): Promise<unknown> {
  return firstValueFrom(
    events$.pipe(filter(({ type, container }) => type === 'lifecycle.deleting' && container === id)),
  )
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn()
}

/** Those of a container, with what is taken away noted. */
function noting(actors: Actors, note: (what: string) => void): Actors {
  const stages = Object.entries(actors.stages).map(([state, stages]) => {
    const noted = stages.map((stage) => ({
      ...stage,
      undo(receipt: never, output: never, receipts: Receipts) {
        note('undone')
        return stage.undo(receipt, output, receipts)
      },
    }))
    return [state, noted]
  })
  return { ...actors, stages: Object.fromEntries(stages) as Actors['stages'] }
}

for (const [kind, change] of kinds) {
  for (const who of ['its own runtime', 'another runtime']) {
    test(
      `deleted by ${who} at any point of an exec, ${kind}: refused or ended, nothing is left`,
      { skip },
      async (t) => {
        const at = await place(t)
        const outcomes: Partial<Record<Point, string>> = {}
        for (const point of points) {
          const container = await running(t, at, change)
          const { id } = container
          const processes: ProcessId[] = []
          const order: string[] = []
          let done: Promise<void> | undefined
          const actors = heldExec(linuxActors, (now, cloned?: Processes) => {
            if (cloned !== undefined) processes.push(cloned.init, cloned.keeper)
            if (now !== point || done !== undefined) return
            const begun = deleting(by, id)
            done = by.get(id).then((found) => found.delete({ force: true }))
            // Where the delete waits for the launch, the launch cannot wait for the delete.
            if (beforeStored.has(point)) return begun.then(someTurns).then(() => void order.push('goes on'))
            return done
          })
          const note = (what: string) => void order.push(what)
          await using mine = await openWith(at, noting(actors, note))
          await using another = await openWith(at, noting(linuxActors, note))
          const by = who === 'its own runtime' ? mine : another
          outcomes[point] = await outcome((await mine.get(id)).exec(sleep))
          await done
          assert.ok(processes.length > 0 || point === 'launching')
          if (point === 'launching') assert.deepEqual(order.slice(0, 2), ['goes on', 'undone'], 'delete waits for it')
          assertNothingLeft(at, id, processes)
        }
        t.diagnostic(JSON.stringify(outcomes))
        for (const [point, found] of Object.entries(outcomes)) assert.ok(good.has(found), `${point}: ${found}`)
      },
    )
  }
}

interface Player extends AsyncDisposable {
  readonly pid: number
  next(): Promise<{
    readonly at?: Point
    readonly processes?: Processes
    readonly code?: string
    readonly exit?: string
  }>
  goOn(): void
}

function play({ root }: Place, id: string, point: string): Player {
  const fixture = fileURLToPath(new URL('../fixtures/exec-player.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, fixture, root, id, point], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async next() {
      const { value } = await lines.next()
      return JSON.parse(value ?? '{}') as never
    },
    goOn: () => void child.stdin.end('\n'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
      child.stdin.destroy()
      child.stdout.destroy()
    },
  }
}

for (const [kind, change] of kinds) {
  for (const then of ['goes on', 'is killed']) {
    test(`deleted while another process execs, ${kind}, which then ${then}: nothing is left`, { skip }, async (t) => {
      const at = await place(t)
      const outcomes: Partial<Record<Point, string>> = {}
      for (const point of points) {
        const container = await running(t, at, change)
        const { id } = container
        await using player = play(at, id, point)
        const processes: ProcessId[] = []
        let said = await player.next()
        for (; said.at !== point; said = await player.next()) {
          if (said.processes !== undefined) processes.push(said.processes.init, said.processes.keeper)
          assert.ok(said.processes !== undefined, `${point}: ${JSON.stringify(said)}`)
        }
        let isDeleted = false
        const begun = deleting(at.runtime, id)
        const done = container.delete({ force: true }).then(() => (isDeleted = true))
        if (beforeStored.has(point)) {
          await begun
          await someTurns()
          assert.ok(!isDeleted && existsSync(join(at.root, id)), 'delete waits for the launch')
        } else {
          await done
        }
        if (then === 'is killed') process.kill(player.pid, 'SIGKILL')
        else player.goOn()
        await done
        if (then === 'goes on') {
          do said = await player.next()
          while (said.code === undefined && said.exit === undefined)
          outcomes[point] = said.code ?? 'ended'
          assert.ok(good.has(outcomes[point]), `${point}: ${JSON.stringify(said)}`)
        } else {
          // What was not let go on ends by itself.
          await Promise.all(processes.map(ended))
        }
        assertNothingLeft(at, id, processes)
      }
      t.diagnostic(JSON.stringify(outcomes))
    })
  }
}

/** Resolves when a process has ended. */
async function ended({ pid, startTime }: ProcessId): Promise<void> {
  if (processStartTime(pid) !== startTime) return
  const release = hold()
  try {
    using fd = pidfdOpen(pid)
    await firstValueFrom(readable(fd))
  } finally {
    release()
  }
}

test('many execs at once do not wait for one another, and a delete among them ends them all', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, withoutPidNamespace)
  const processes: ProcessId[] = []
  let launching = 0
  let go = () => {}
  const all = new Promise<void>((resolve) => (go = resolve))
  const actors = heldExec(linuxActors, (point, cloned) => {
    if (point === 'cloned' && cloned !== undefined) processes.push(cloned.init, cloned.keeper)
    // Goes on when all have come so far.
    if (point !== 'launching') return
    if (++launching === 8) go()
    return all
  })
  await using mine = await openWith(at, actors)
  const found = await mine.get(container.id)
  const outcomes = Array.from({ length: 8 }, () => outcome(found.exec(sleep)))
  await all
  await container.delete({ force: true })
  for (const how of await Promise.all(outcomes)) assert.ok(good.has(how), how)
  assertNothingLeft(at, container.id, processes)
})

test(
  'while the poststop hooks of a delete run, an exec is refused, and nobody waits at a lock',
  { skip },
  async (t) => {
    const at = await place(t)
    const fifo = join(at.folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const container = await running(t, at, (made) => {
      made.hooks = { poststop: [{ path: '/bin/sh', args: ['sh', '-c', `read x < ${fifo}`] }] }
    })
    const session = await container.exec(sleep)
    await using other = await openWith(at, linuxActors)
    const seen = await other.get(container.id)
    const started = firstValueFrom(
      at.runtime.events$.pipe(filter((event) => event.type === 'hook.started' && event.kind === 'poststop')),
    )
    const done = container.delete({ force: true })
    await started
    const { signal } = await session.wait()
    assert.equal(signal, 'SIGKILL')
    for (const it of [container, seen])
      await refused(it.exec(sleep), { code: 'ERR_STATOR_STATUS', message: /not running/ })
    for (const name of ['lock', 'exec/lock']) {
      using held = tryLock(join(at.root, container.id, name))
      assert.ok(held !== null, `${name} is free`)
    }
    closeSync(openSync(fifo, 'w'))
    await done
    await refused(container.exec(sleep), { code: 'ERR_STATOR_NOT_FOUND', message: /container does not exist/ })
  },
)

test('an exec works while a stop waits', { skip }, async (t) => {
  const at = await place(t)
  // As pid 1 it does not heed SIGTERM.
  const container = await running(t, at)
  await using other = await openWith(at, linuxActors)
  const stopping = firstValueFrom(at.runtime.events$.pipe(filter(({ type }) => type === 'lifecycle.stopping')))
  const stopped = container.stop({ timeoutMs: Infinity })
  await stopping
  for (const it of [container, await other.get(container.id)]) {
    const session = await it.exec({ args: ['true'], stdio: 'ignore' })
    assert.equal((await session.wait()).code, 0)
  }
  await container.kill('SIGKILL')
  await stopped
})
