// What goes wrong around the command line: calls that are killed, containers that end at the wrong moment, pids of others, locks that
// nobody lets go, roots that are full, foreign or not to be written to. Each has its clear error, and nothing hangs (a call
// that takes a minute is killed, and its test fails).

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import test, { type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { isAlive, processStartTime } from '../../src/native/process-stat.ts'
import { groupsOf, processesOf } from './bed.ts'
import { begin, call, type CallOptions, launcher, reapAll, type Said } from './command-line.ts'
import { added, bundle, config, freshId, machine, makeRootfs, missing as skip, ownMountNamespace } from './support.ts'

interface Scene {
  readonly folder: string
  readonly root: string
  /** Of a program that sleeps. */
  readonly bundle: string
  stator(...argv: readonly string[]): Promise<Said>
  /** A call that must do what it was asked for, without a word but what it prints. */
  done(...argv: readonly string[]): Promise<string>
  /** A call that must fail with one line: what follows `stator: `. */
  refused(...argv: readonly string[]): Promise<string>
  as(options: CallOptions, ...argv: readonly string[]): Promise<Said>
  bundleOf(...args: readonly string[]): string
  /** Makes a container of the sleeping program. */
  create(id: string): Promise<void>
  /** Makes and starts it. */
  run(id: string): Promise<void>
}

/** A root, of which nothing is left when the test is over. */
function scene(t: TestContext, { size }: { readonly size?: string } = {}): Scene {
  reapAll()
  ownMountNamespace()
  launcher()
  const before = machine()
  const folder = mkdtempSync(join(tmpdir(), 'stator-faults-'))
  chmodSync(folder, 0o755)
  const [state, rootfs] = [join(folder, 'state'), join(folder, 'rootfs')]
  const root = join(state, 'root')
  mkdirSync(state)
  if (size !== undefined) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', state])
  makeRootfs(rootfs)
  const bundleOf = (...args: readonly string[]) => bundle({ folder }, config({ rootfs }, args))
  const sleeping = bundleOf('sleep', '1000')
  const as = (options: CallOptions, ...argv: readonly string[]) => call(['--root', root, ...argv], options)
  const stator = (...argv: readonly string[]) => as({}, ...argv)
  const done = async (...argv: readonly string[]) => {
    const { code, stdout, stderr } = await stator(...argv)
    assert.deepEqual([code, stderr], [0, ''], argv.join(' '))
    return stdout
  }
  const refused = async (...argv: readonly string[]) => oneError(await stator(...argv))
  const create = async (id: string) => void (await done('create', '--stdio', 'ignore', '--bundle', sleeping, id))
  const run = async (id: string) => void (await done('run', '-d', '--stdio', 'ignore', '--bundle', sleeping, id))
  t.after(async () => {
    // Of a test that has failed.
    for (const id of existsSync(root) ? readdirSync(root) : [])
      if (existsSync(join(root, id, 'state.json'))) await stator('delete', '--force', id)
    if (size !== undefined) execFileSync('umount', [state])
    rmSync(folder, { recursive: true, force: true })
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  return { folder, root, bundle: sleeping, stator, done, refused, as, bundleOf, create, run }
}

function oneError({ code, stdout, stderr }: Said): string {
  const [, line] = /^stator: ([^\n]*)\n$/.exec(stderr) ?? []
  assert.deepEqual([code, stdout], [1, ''], stderr)
  assert.ok(line !== undefined, `one line: ${stderr}`)
  assert.doesNotMatch(line, /bug of Stator/)
  return line
}

/** What is left of a container on this machine and in its root. */
async function leftOf({ root }: Scene, id: string): Promise<string[]> {
  const entries = readdirSync(root).filter((name) => !['attached', 'journal', 'settle'].includes(name))
  return [...(await processesOf(id)), ...groupsOf(id), ...entries]
}

interface Shown {
  readonly status: string
  readonly pid: number
}

async function stateOf(at: Scene, id: string): Promise<Shown> {
  const { status, pid } = JSON.parse(await at.done('state', id)) as Shown
  return { status, pid }
}

/** As it is stored: what no command says. */
function stored({ root }: Scene, id: string): { context: { init: ProcessName; keeper: ProcessName } } {
  return JSON.parse(readFileSync(join(root, id, 'state.json'), 'utf8')) as never
}

interface ProcessName {
  readonly pid: number
  readonly startTime: string
}

function edit({ root }: Scene, id: string, change: (text: string) => string): void {
  const path = join(root, id, 'state.json')
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

/** Ends a process that is not this one's child, and waits until it has ended. */
async function end(pid: number): Promise<void> {
  using fd = pidfdOpen(pid)
  const release = hold()
  const ended = new Promise<void>((resolve) => {
    const subscription = readable(fd).subscribe(() => {
      subscription.unsubscribe()
      resolve()
    })
  })
  process.kill(pid, 'SIGKILL')
  await ended.finally(release)
}

/** Of one call, in milliseconds: points of time are spread over as long. */
async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

// Calls that are killed.

test('a create that is killed at any time: delete --force clears it', { skip }, async (t) => {
  const at = scene(t)
  const argv = ['--root', at.root, 'create', '--stdio', 'log', '--bundle', at.bundle]
  const whole = freshId()
  const takesMs = await durationOf(() => call([...argv, whole]))
  await at.done('delete', '--force', whole)
  const points = 16
  let killed = 0
  for (let point = 0; point < points; point++) {
    const id = freshId()
    const { pid, ended } = begin([...argv, id])
    await pause((takesMs * (point + 4)) / (points + 4))
    process.kill(pid, 'SIGKILL')
    if ((await ended).signal === 'SIGKILL') killed++
    await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, id), [], `killed after ${point + 4}/${points + 4} of ${takesMs} ms`)
  }
  assert.ok(killed > 0, 'none was killed')
})

const cutting = fileURLToPath(new URL('../fixtures/cut-at.mjs', import.meta.url))

/** Calls that are killed before the nth change of a file; 0: never. */
function cut(verb: string, n: number, count?: string): CallOptions {
  const more = count === undefined ? {} : { STATOR_CUT_COUNT: count }
  const env = { NODE_OPTIONS: `--import=${cutting}`, STATOR_CUT_VERB: verb, STATOR_CUT_AT: String(n), ...more }
  return { env: { ...process.env, ...env } }
}

for (const [verb, before] of [
  ['create', []],
  ['start', ['create']],
  ['delete', ['create', 'start']],
] as const) {
  test(`a ${verb} that is killed before any change of a file: delete --force clears it`, { skip }, async (t) => {
    const at = scene(t)
    const argvOf = (what: string, id: string) =>
      what === 'create' ? ['create', '--stdio', 'log', '--bundle', at.bundle, id]
      : what === 'delete' ? ['delete', '--force', id] : [what, id] // prettier-ignore
    const count = join(at.folder, 'count')
    const prepare = async () => {
      const id = freshId()
      for (const what of before) await at.done(...argvOf(what, id))
      return id
    }
    const whole = await prepare()
    assert.equal((await at.as(cut(verb, 0, count), ...argvOf(verb, whole))).code, 0)
    await at.done('delete', '--force', whole)
    const changes = Number(readFileSync(count, 'utf8'))
    assert.ok(changes >= 4, `${changes} changes of files were seen`)
    let killed = 0
    for (let n = 1; n <= changes; n++) {
      const id = await prepare()
      const { signal } = await at.as(cut(verb, n), ...argvOf(verb, id))
      await at.done('delete', '--force', id)
      assert.deepEqual(await leftOf(at, id), [], `${verb}, killed before change ${n} of ${changes}`)
      if (signal === 'SIGKILL') killed++
    }
    // How many there are differs by some: what is told soon may be told with what comes next.
    assert.ok(killed > changes / 2, `${killed} of ${changes}`)
  })
}

// Containers that end at the wrong moment.

test('init is killed between create and start: start says that the container has stopped', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.create(id)
  await end((await stateOf(at, id)).pid)
  assert.equal(await at.refused('start', id), `start ${id}: start "${id}": cannot start a container that has stopped`)
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
        assert.ok((stderr === '' ? (words.length > 0 ? [0] : [7, 137]) : [1]).includes(code ?? -1), `${code} ${stderr}`)
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

/** flock(1), which holds a lock. */
async function holding(t: TestContext, path: string): Promise<ChildProcess> {
  const child = spawn('flock', ['--no-fork', path, 'sh', '-c', 'echo held; exec sleep 1000'])
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a lock whose holder is killed is free, also for those who wait', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.create(id)
  const first = await holding(t, join(at.root, id, 'lock'))
  first.kill('SIGKILL')
  await once(first, 'exit')
  await at.done('start', id)
  const second = await holding(t, join(at.root, id, 'lock'))
  const stopping = at.done('stop', '--timeout', '0', id)
  second.kill('SIGKILL')
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
    const holder = await holding(t, join(at.root, id, 'lock'))
    holder.kill('SIGSTOP')
    const why = new RegExp(`: lock "${at.root}/${id}/lock": for 20 s it has been held by process ${holder.pid} "sleep", which is stopped \\(kill -CONT ${holder.pid} lets it go on\\)$`) // prettier-ignore
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
    holder.kill('SIGKILL')
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
    writeFileSync(hook, '#!/bin/sh\nkill -STOP $PPID\nsleep 1000\n', { mode: 0o755 })
    const path = bundle({ folder: at.folder }, config({ rootfs: join(at.folder, 'rootfs') }, ['true'], (made) => (made.hooks = { createRuntime: [{ path: hook }] }))) // prettier-ignore
    const { pid, ended } = begin(['--root', at.root, 'create', '--stdio', 'ignore', '--bundle', path, id])
    const stopped = async () => {
      while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await pause(10)
    }
    await stopped()
    assert.equal((await stateOf(at, id)).status, 'creating')
    assert.match(await at.refused('delete', '--force', id), new RegExp(`process ${pid} is in the middle of a create$`))
    assert.match(await at.refused('start', id), new RegExp(`process ${pid} is in the middle of a create$`))
    process.kill(pid, 'SIGKILL')
    await ended
    await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, id), [])
  },
)

for (const [name, argv] of [
  ['journal/events-1.jsonl', ['state', 'nobody']],
  ['attached', ['watch', '--no-follow']],
] as const) {
  test(`"${name}" is locked by a stopped process: its error says so`, { skip }, async (t) => {
    const at = scene(t)
    await at.done('list')
    const path = join(at.root, name)
    const holder = await holding(t, path)
    holder.kill('SIGSTOP')
    const line = await at.refused(...argv)
    assert.ok(
      line.includes(`lock "${path}": for 20 s it has been held by process ${holder.pid} "sleep", which is stopped`),
      line,
    )
  })
}

// Full roots.

/** Until not a byte more can be written. */
function fill({ root }: Scene): () => void {
  const path = join(root, '../fill')
  for (const [index, size] of ['4k', '1'].entries()) {
    const [file, from] = [`of=${path}${index}`, 'if=/dev/zero']
    assert.throws(
      () => execFileSync('dd', [from, file, `bs=${size}`, 'count=10000'], { stdio: 'pipe' }),
      /No space left/,
    )
  }
  return () => [0, 1].forEach((index) => rmSync(`${path}${index}`))
}

test(
  'a root without room: each command says which file could not be written, and delete works when there is room',
  { skip },
  async (t) => {
    const at = scene(t, { size: '1m' })
    const [waits, runs, ends, none] = [freshId(), freshId(), freshId(), freshId()]
    await at.create(waits)
    await at.run(runs)
    await at.run(ends)
    const free = fill(at)
    const full = async (...argv: readonly string[]) => {
      const line = await at.refused(...argv)
      assert.match(line, new RegExp(`"${at.root}/[^"]+": ENOSPC`), argv.join(' '))
    }
    await full('create', '--stdio', 'ignore', '--bundle', at.bundle, none)
    assert.deepEqual([...groupsOf(none)], [])
    assert.ok(!existsSync(join(at.root, none)))
    await full('start', waits)
    await full('exec', runs, 'true')
    await full('exec', '-d', runs, 'true')
    // What is stored nowhere needs no room.
    await at.done('kill', runs, 'HUP')
    assert.equal((await stateOf(at, runs)).status, 'running')
    await end(stored(at, ends).context.init.pid)
    const state = await at.stator('state', ends)
    assert.equal((JSON.parse(state.stdout) as Shown).status, 'stopped')
    assert.match(state.stderr, /^$|^stator: warning: [^\n]*ENOSPC\n$/)
    await full('delete', ends)
    free()
    for (const id of [waits, runs, ends]) await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, runs), [])
    await at.run(runs)
    await at.done('delete', '--force', runs)
  },
)

test('a new root without room', { skip }, async (t) => {
  const at = scene(t, { size: '1m' })
  mkdirSync(at.root)
  const free = fill(at)
  for (const argv of [
    ['list'],
    ['state', 'web'],
    ['create', '--bundle', at.bundle, freshId()],
    ['watch', '--no-follow'],
  ])
    assert.match(await at.refused(...argv), new RegExp(`"${at.root}[^"]*": ENOSPC`), argv.join(' '))
  free()
  assert.equal(await at.done('list', '-q'), '')
})

// Roots that cannot be written to.

const anything = (at: Scene, id: string): readonly (readonly string[])[] => [
  ['list'],
  ['state', id],
  ['create', '--bundle', at.bundle, id],
  ['run', '-d', '--bundle', at.bundle, id],
  ['start', id],
  ['exec', id, 'true'],
  ['kill', id],
  ['stop', id],
  ['delete', id],
  ['delete', '--force', id],
  ['logs', id],
  ['watch', '--no-follow'],
]

test('a root that is read-only', { skip }, async (t) => {
  const at = scene(t, { size: '1m' })
  const id = freshId()
  await at.run(id)
  const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, join(at.root, '..')])
  remount('ro')
  t.after(() => remount('rw'))
  for (const argv of anything(at, id)) {
    const line = await at.refused(...argv)
    assert.match(line, new RegExp(`: open "${at.root}/attached": EROFS \\(give another "root", --root, or be root\\)$`))
  }
  remount('rw')
  await at.done('delete', '--force', id)
})

test('a root that is a file', { skip }, async (t) => {
  const at = scene(t)
  writeFileSync(at.root, 'of somebody')
  for (const argv of anything(at, 'web'))
    assert.match(
      await at.refused(...argv),
      new RegExp(`: make the root "${at.root}": EEXIST \\(it has to be a folder\\)$`),
    )
  assert.equal(readFileSync(at.root, 'utf8'), 'of somebody')
  rmSync(at.root)
})

test('a root of another user', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.run(id)
  const user = { uid: 1000, gid: 1000, env: { PATH: process.env.PATH } }
  for (const argv of anything(at, id)) {
    const line = oneError(await at.as(user, ...argv))
    assert.match(
      line,
      /: containers need root |: open "[^"]*\/attached": EACCES \(give another "root", --root, or be root\)$/,
    )
  }
  assert.equal((await stateOf(at, id)).status, 'running')
  await at.done('delete', '--force', id)
})

// State that this Stator has not written.

for (const [what, change, why] of [
  [
    'of a later version',
    (text: string) => text.replace('"schema":1,', '"schema":999,'),
    /: schema 999, and this Stator reads 1 \(delete the container with the version that made it\)$/,
  ],
  [
    'that is cut off',
    (text: string) => text.slice(0, 100),
    /: not JSON \(end what still runs of it, then remove the folder\)$/,
  ],
  ['that is empty', () => '', /: not JSON \(end what still runs of it, then remove the folder\)$/],
  [
    'of another program',
    () => '{"id":"web"}',
    /: not written by Stator \(end what still runs of it, then remove the folder\)$/,
  ],
] as const) /* prettier-ignore */ {
  test(`a state.json ${what}: each command says so, nothing is touched, and the others are shown`, { skip }, async (t) => {
    const at = scene(t)
    const [id, other] = [freshId(), freshId()]
    await at.run(id)
    await at.run(other)
    const path = join(at.root, id, 'state.json')
    const before = readFileSync(path, 'utf8')
    const { init } = stored(at, id).context
    edit(at, id, change)
    for (const [verb = '', ...words] of anything(at, id)) {
      if (['list', 'watch', 'create', 'run'].includes(verb)) continue
      const line = await at.refused(verb, ...words)
      assert.ok(line.startsWith(`${verb} ${id}: read "${path}": `), line)
      assert.match(line, why)
    }
    assert.match(await at.refused('create', '--bundle', at.bundle, id), /exists already$/)
    const list = await at.stator('list', '-q')
    assert.deepEqual([list.code, list.stdout], [0, `${other}\n`])
    assert.match(list.stderr, new RegExp(`^stator: warning: read "${path}": `))
    assert.equal(readFileSync(path, 'utf8'), change(before))
    assert.ok(isAlive(init))
    writeFileSync(path, before)
    await at.done('delete', '--force', id)
    await at.done('delete', '--force', other)
  })
}

test('a folder without a state.json is not a container', { skip }, async (t) => {
  const at = scene(t)
  await at.done('list')
  const folder = join(at.root, 'web')
  mkdirSync(folder)
  for (const argv of [
    ['state', 'web'],
    ['delete', 'web'],
    ['delete', '--force', 'web'],
  ]) {
    const line = await at.refused(...argv)
    assert.match(
      line,
      /: read "[^"]*\/web\/state.json": ENOENT \(not a folder that Stator has made: remove it to use the name\)$/,
    )
  }
  assert.match((await at.stator('list')).stderr, /^stator: warning: read "[^"]*\/web\/state.json": ENOENT /)
  assert.ok(existsSync(folder))
  rmSync(folder, { recursive: true })
})

test('a journal of a later version', { skip }, async (t) => {
  const at = scene(t)
  const id = freshId()
  await at.run(id)
  const path = join(at.root, 'journal/events-1.jsonl')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('"version":1', '"version":999'))
  for (const argv of anything(at, id)) {
    const line = await at.refused(...argv)
    assert.match(line, /version 999/, argv.join(' '))
    assert.ok(line.includes(path), line)
  }
  writeFileSync(path, text)
  await at.done('delete', '--force', id)
})
