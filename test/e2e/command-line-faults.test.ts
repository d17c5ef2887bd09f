// What goes wrong around the command line: containers that end at the wrong moment, pids of others, locks that nobody lets go. Each
// has its clear error, and nothing hangs (a call that takes a minute is killed, and its test fails).

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive, processStartTime } from '../../src/native/process-stat.ts'
import { begin, type Said } from './calls.ts'
import { durationOf, edit, end, leftOf, scene, type Scene, stateOf, stored } from './command-line-scene.ts'
import { bundle, config, freshId, missing as skip } from './support.ts'

// Containers that end at the wrong moment.

test('init is killed between create and start: start says that the container has stopped', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.create(id)
  await end((await stateOf(at, id)).pid)
  assert.equal(await at.refused('start', id), `start ${id}: cannot start a container that has stopped`)
  assert.deepEqual(await stateOf(at, id), { status: 'stopped', pid: 0 })
  assert.match(await at.refused('exec', id, 'true'), /container not running$/)
  assert.match(await at.refused('kill', id), /container not running$/)
  await at.done('delete', id)
  assert.deepEqual(await leftOf(at, id), [])
})

test('init and keeper are killed between create and start: the same', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.create(id)
  const { init, keeper } = stored(at, id).context
  await end(keeper.pid)
  await end(init.pid)
  assert.match(await at.refused('start', id), /cannot start a container that has stopped$/)
  await at.done('delete', id)
  assert.deepEqual(await leftOf(at, id), [])
})

test(
  'a container ends while start runs: it was started, or was not, and nothing is left of either',
  { skip },
  async (t) => {
    const at = scene(t)
    await spread(t, at, {
      begun: (id) => at.create(id),
      argv: (id) => ['start', id],
      look: async (id, { code, stderr }) => {
        if (code !== 0)
          assert.match(
            stderr,
            /^stator: start .*(cannot start a container that has stopped|container not running.*)\n$/,
          )
        assert.deepEqual(await stateOf(at, id), { status: 'stopped', pid: 0 })
        await at.done('delete', id)
      },
    })
  },
)

test('a container ends during exec: the program has ended, was killed, or was refused', { skip }, async (t) => {
  const at = scene(t)
  for (const words of [[], ['-d']]) {
    await spread(t, at, {
      begun: (id) => at.run(id),
      argv: (id) => ['exec', ...words, id, 'sh', '-c', 'exit 7'],
      look: async (id, { code, stderr }) => {
        if (stderr !== '') assert.match(stderr, /^stator: exec .*: container not running\n$/)
        assert.ok(
          (stderr === '' ? (words.length > 0 ? [0] : [7, 137]) : [255]).includes(code ?? -1),
          `${code} ${stderr}`,
        )
        assert.deepEqual(await stateOf(at, id), { status: 'stopped', pid: 0 })
        await at.done('delete', id)
      },
    })
  }
})

test('a container ends during delete: it is deleted, or was still running', { skip }, async (t) => {
  const at = scene(t)
  for (const words of [[], ['--force']]) {
    await spread(t, at, {
      begun: (id) => at.run(id),
      argv: (id) => ['delete', ...words, id],
      look: async (id, { code, stderr }) => {
        if (code === 0) return assert.equal(stderr, '')
        assert.match(
          stderr,
          /^stator: delete .*: cannot delete container that is not stopped: running \(or use force\)\n$/,
        )
        await at.done('delete', id)
      },
    })
  }
})

/** Kills init at times that are spread over a call, each of a container of its own, and looks that nothing is left. */
async function spread(
  t: TestContext,
  at: Scene,
  how: {
    begun(id: string): Promise<void>
    argv(id: string): readonly string[]
    look(id: string, said: Said): Promise<void>
  },
): Promise<void> {
  const points = 8
  const whole = freshId()
  await how.begun(whole)
  const takesMs = await durationOf(() => at.stator(...how.argv(whole)))
  await at.done('delete', '--force', whole)
  for (let point = 0; point < points; point++) {
    const id = freshId()
    await how.begun(id)
    const { pid } = stored(at, id).context.init
    const { ended } = begin(['--root', at.root, ...how.argv(id)])
    await pause((takesMs * (point + 2)) / (points + 2))
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Deleted with --force by now.
    }
    await how.look(id, await ended)
    assert.deepEqual(await leftOf(at, id), [], `ended after ${point + 2}/${points + 2} of ${takesMs} ms`)
  }
}

// Pids of others.

function stranger(t: TestContext): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  return child as ChildProcess & { readonly pid: number }
}

for (const status of ['created', 'running'] as const) {
  test(
    `pids that were given to others, of a container that was ${status}: nobody gets a signal`,
    { skip },
    async (t) => {
      const at = scene(t)
      const [id, other] = [freshId(), stranger(t)]
      await (status === 'created' ? at.create(id) : at.run(id))
      const { init, keeper } = stored(at, id).context
      await end(keeper.pid)
      await end(init.pid)
      // What the keeper would have written, had it not been killed first.
      rmSync(join(at.root, id, 'exit'), { force: true })
      edit(at, id, (text) => text.replaceAll(`"pid":${init.pid},`, `"pid":${other.pid},`).replaceAll(`"pid":${keeper.pid},`, `"pid":${other.pid},`)) // prettier-ignore
      assert.equal(stored(at, id).context.init.pid, other.pid)
      assert.match(await at.refused('kill', id, 'KILL'), /container not running$/)
      assert.deepEqual(await stateOf(at, id), { status: 'stopped', pid: 0 })
      assert.match(await at.refused('exec', id, 'true'), /container not running$/)
      await at.done('stop', '--timeout', '0', id)
      await at.done('delete', '--force', id)
      assert.ok(isAlive({ pid: other.pid, startTime: processStartTime(other.pid) ?? '' }), 'the stranger lives')
      assert.deepEqual([other.exitCode, other.signalCode], [null, null])
      assert.deepEqual(await leftOf(at, id), [])
    },
  )
}

test('the command of a process whose pid another has got is one that was interrupted', { skip }, async (t) => {
  const at = scene(t)
  const [id, other] = [freshId(), stranger(t)]
  await at.create(id)
  const owner = `{"name":"start","owner":{"pid":${other.pid},"startTime":"1","root":1}}`
  edit(at, id, (text) => text.replace('"command":null', `"command":${owner}`))
  await at.done('start', id)
  assert.equal((await stateOf(at, id)).status, 'running')
  await at.done('delete', '--force', id)
  assert.deepEqual([other.exitCode, other.signalCode], [null, null])
})

// Locks.

interface Holder extends AsyncDisposable {
  readonly pid: number
  stop(): void
}

/** flock(1), which holds a lock until it is disposed of. */
async function holding(path: string): Promise<Holder> {
  const child = spawn('flock', ['--no-fork', path, 'sh', '-c', 'echo held; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  return {
    pid: child.pid ?? 0,
    stop: () => void child.kill('SIGSTOP'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

test('a lock whose holder is killed is free, also for those who wait', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.create(id)
  const path = join(at.root, id, 'lock')
  await (await holding(path))[Symbol.asyncDispose]()
  await at.done('start', id)
  const second = await holding(path)
  const stopping = at.done('stop', '--timeout', '0', id)
  await second[Symbol.asyncDispose]()
  await stopping
  await at.done('delete', id)
})

test(
  'a lock that a stopped process holds: who wants it is told who that is, and the others go on',
  { skip },
  async (t) => {
    const at = scene(t)
    const [id, free] = [freshId(), freshId()]
    await at.run(id)
    await at.run(free)
    await using holder = await holding(join(at.root, id, 'lock'))
    holder.stop()
    const why = new RegExp(`: lock "${at.root}/${id}/lock": for 20 s it has been held by process ${holder.pid} "\\w+", which is stopped \\(kill -CONT ${holder.pid} lets it go on\\)$`) // prettier-ignore
    // What changes nothing needs no lock.
    assert.equal((await stateOf(at, id)).status, 'running')
    await at.done('exec', id, 'true')
    await at.done('kill', id, 'HUP')
    await at.done('delete', '--force', free)
    const lines = await Promise.all([
      at.refused('stop', id),
      at.refused('start', id),
      at.refused('delete', id),
      at.refused('delete', '--force', id),
    ])
    for (const line of lines) assert.match(line, why)
    await holder[Symbol.asyncDispose]()
    await at.done('delete', '--force', id)
  },
)

test(
  'a create that is stopped in the middle: who wants the container is told of it, and can delete it after',
  { skip },
  async (t) => {
    const at = scene(t)
    const id = freshId()
    // A hook of its own stops it: what runs a hook has let go of the lock, and is in the middle of a command.
    const hook = join(at.folder, 'hook.sh')
    writeFileSync(hook, '#!/bin/sh\nkill -STOP $PPID\n', { mode: 0o755 })
    const path = bundle({ folder: at.folder }, config({ rootfs: join(at.folder, 'rootfs') }, ['true'], (made) => (made.hooks = { createRuntime: [{ path: hook }] }))) // prettier-ignore
    const { pid, ended, kill } = begin(['--root', at.root, 'create', '--stdio', 'ignore', '--bundle', path, id])
    const stopped = async () => {
      while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await pause(10)
    }
    await stopped()
    assert.equal((await stateOf(at, id)).status, 'creating')
    assert.match(await at.refused('delete', '--force', id), new RegExp(`process ${pid} is in the middle of a create$`))
    assert.match(await at.refused('start', id), new RegExp(`process ${pid} is in the middle of a create$`))
    kill()
    await ended
    await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, id), [])
  },
)

for (const [name, argv] of [
  ['journal/events-1.jsonl', ['delete', 'nobody']],
  ['attached', ['watch', '--no-follow']],
] as const) {
  test(`"${name}" is locked by a stopped process: its error says so`, { skip }, async (t) => {
    const at = scene(t)
    await at.done('list')
    const path = join(at.root, name)
    await using holder = await holding(path)
    holder.stop()
    const line = await at.refused(...argv)
    assert.ok(line.includes(`lock "${path}": for 20 s it has been held by process ${holder.pid} "`), line)
    assert.match(line, /", which is stopped \(kill -CONT \d+ lets it go on\)$/)
  })
}
