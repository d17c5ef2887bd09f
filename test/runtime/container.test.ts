// The handle and its view, with played actors: commands, their order, what is stored and told when.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filter, firstValueFrom, toArray } from 'rxjs'
import { StatorError } from '../../src/errors.ts'
import { stateName } from '../../src/machines/container.ts'
import { defineConfig } from '../../src/oci/default-config.ts'
import { Runtime } from '../../src/runtime/runtime.ts'
import { readState } from '../../src/runtime/store.ts'
import { fakeActors, history, left, open, options, stage, steps } from './fakes.ts'

test('from create to delete: each step is told once, in order, and nothing is left', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const told: string[] = []
  runtime.events$.subscribe(({ type }) => void told.push(type))
  const web = await runtime.create(options(at, 'web'))
  assert.equal(web.status, 'created')
  assert.equal(web.state.pid, web.pid)
  await web.start()
  assert.equal(web.status, 'running')
  await web.kill('SIGKILL')
  assert.equal((await web.wait()).pid, (await web.wait()).pid)
  assert.equal(web.status, 'stopped')
  assert.equal(web.pid, null)
  await web.delete()
  assert.deepEqual(left(at), [])
  assert.deepEqual(
    told.filter((type) => type.startsWith('lifecycle.')).map((type) => type.slice(10)),
    ['creating', 'created', 'starting', 'running', 'stopped', 'deleting', 'deleted'],
  )
  const stages = told.filter((type) => type.startsWith('stage.'))
  assert.equal(stages.filter((type) => type === 'stage.started').length, 7)
  assert.equal(stages.filter((type) => type === 'stage.finished').length, 7)
  assert.equal(stages.filter((type) => type === 'stage.undone').length, 7)
  assert.deepEqual(
    (await history(runtime, 'web')).map(({ type }) => type),
    told,
  )
})

test('what a stage is going to make is stored before the first stage runs, and who was cloned before the next', async (t) => {
  const at = stage(t)
  const seen = new Map<string, ReturnType<typeof readState>>()
  const runtime = await open(at, {
    at: (moment, id) => void seen.set(moment, readState(join(at.root, id))),
  })
  await runtime.create(options(at, 'web'))
  const first = seen.get('before sealing/files')?.state
  assert.equal(first?.status, 'creating')
  assert.equal(first.command?.name, 'create')
  assert.deepEqual(Object.keys(first.receipts), [
    'sealing/files',
    'cloning/files',
    'cloning/process',
    'isolating/files',
    'networking/files',
    'confining/files',
    'gating/files',
  ])
  assert.equal(seen.get('after cloning/process')?.state.context.init, null)
  const known = seen.get('before isolating/files')?.state
  assert.deepEqual(known?.receipts['cloning/process']?.output, {
    keeper: known?.context.keeper,
    init: known?.context.init,
  })
})

test('a step is in the journal before it is in state.json, which names it, and both before it is told', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const seqs: [number, number][] = []
  runtime.events$
    .pipe(filter(({ type }) => ['lifecycle.created', 'lifecycle.running', 'lifecycle.stopped'].includes(type)))
    .subscribe((event) => {
      seqs.push([event.seq, readState(join(at.root, 'web'))?.state.seq ?? 0])
    })
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  await web.stop({ signal: 'SIGKILL' })
  assert.equal(seqs.length, 3)
  for (const [told, stored] of seqs) assert.equal(told, stored)
})

const moments = [
  'sealing/files',
  'cloning/files',
  'cloning/process',
  'isolating/files',
  'networking/files',
  'confining/files',
  'gating/files',
]
for (const moment of moments.flatMap((name) => [`before ${name}`, `after ${name}`])) {
  test(`a create that fails ${moment} is undone completely, and says where`, async (t) => {
    const at = stage(t)
    const cause = new Error('no')
    const runtime = await open(at, {
      at(now) {
        if (now === moment) throw cause
      },
    })
    const error = await runtime.create(options(at, 'web')).then(
      () => assert.fail('it was created'),
      (thrown: StatorError) => thrown,
    )
    assert.ok(error instanceof StatorError)
    assert.equal(error.code, 'ERR_STATOR_STAGE')
    assert.equal(error.stage, moment.split(/[ /]/)[1])
    assert.equal(error.cause, cause)
    // Killed by its undo; where `run` did not come to tell who it is, it is the played clone's to end.
    if (moment !== 'after cloning/process') assert.deepEqual(left(at), [])
    assert.deepEqual(steps(await history(runtime, 'web')), ['creating', 'undoing', 'failed'])
    await assert.rejects(runtime.get('web'), { code: 'ERR_STATOR_NOT_FOUND' })
  })
}

test('a stage that is refused to others than root: that is why', async (t) => {
  const at = stage(t)
  const runtime = await open(at, {
    at(now) {
      if (now === 'before cloning/process') throw Object.assign(new Error('clone: EPERM'), { code: 'EPERM' })
    },
  })
  const create = (id: string) => runtime.create(options(at, id)).catch((error: unknown) => (error as Error).message)
  const { geteuid } = process
  t.after(() => Object.assign(process, { geteuid }))
  process.geteuid = () => 1000
  const why = 'this user is not root, and without it is not available yet'
  assert.equal(await create('web'), `clone: EPERM: ${why}`)
  process.geteuid = () => 0
  assert.equal(await create('web'), 'clone: EPERM')
})

test('a root that cannot be made: what was to be made, and why', async (t) => {
  const at = stage(t)
  const actors = fakeActors({ host: at.host })
  const openAt = (root: string) => Runtime.open({ root, actors, settle: [], adopt: 'all' })
  const file = join(at.host, 'file')
  writeFileSync(file, '')
  const cases: [root: string, errno: string, way?: string][] = [
    [file, 'EEXIST', ' (it has to be a folder)'],
    [join(file, 'below'), 'ENOTDIR', ' (it has to be a folder)'],
    // Where mkdir(2) says that what is there is not there.
    ['/proc/nothing/can/be/made', 'ENOENT'],
  ]
  for (const [root, errno, way = ''] of cases) {
    const message = `make the root "${root}": ${errno}${way}`
    await assert.rejects(openAt(root), { code: 'ERR_STATOR_PLATFORM', message, errno, path: root })
  }
  const deep = join(at.host, 'a/b/c')
  await (await openAt(deep)).close()
  assert.equal(statSync(join(at.host, 'a')).mode & 0o777, 0o700)
})

test('an undo that fails goes on, lists what is left, and a delete tries again', async (t) => {
  const at = stage(t)
  let isStuck = true
  const runtime = await open(at, {
    at(now) {
      if (now === 'after confining/files') throw new StatorError('ERR_STATOR_STAGE', 'mount proc: EPERM')
      if (now === 'undo networking/files' && isStuck)
        throw new StatorError('ERR_STATOR_STAGE', 'remove it: EBUSY', { left: ['veth1'] })
    },
  })
  const failed = await runtime.create(options(at, 'web')).then(
    () => assert.fail('it was created'),
    (thrown: StatorError) => thrown,
  )
  assert.match(failed.message, /mount proc: EPERM/)
  assert.deepEqual(failed.left, ['veth1'])
  assert.deepEqual(left(at), ['web.networking', 'web'])
  const web = await runtime.get('web')
  assert.equal(web.status, 'stopped')
  await assert.rejects(web.delete(), { left: ['veth1'] })
  isStuck = false
  await web.delete()
  assert.deepEqual(left(at), [])
  assert.deepEqual(steps(await history(runtime, 'web')), [
    'creating',
    'undoing',
    'failed',
    'deleting',
    'failed',
    'deleting',
    'deleted',
  ])
})

test('an aborted create is undone, one that takes too long as well', async (t) => {
  const at = stage(t)
  const abort = new AbortController()
  const runtime = await open(at, {
    at(now, id) {
      if (now === 'after networking/files' && id === 'web') abort.abort(new Error('enough'))
      if (now === 'after networking/files' && id === 'slow') return new Promise((resolve) => setTimeout(resolve, 20))
      return undefined
    },
  })
  const aborted = runtime.create(options(at, 'web', { signal: abort.signal }))
  await assert.rejects(aborted, { code: 'ERR_STATOR_ABORTED', stage: 'confining' })
  await assert.rejects(runtime.create(options(at, 'slow', { timeoutMs: 5 })), { code: 'ERR_STATOR_TIMEOUT' })
  await assert.rejects(runtime.create(options(at, 'never', { signal: abort.signal })), { code: 'ERR_STATOR_ABORTED' })
  assert.deepEqual(left(at), [])
})

test('what is wrong with the options is said before anything is begun', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const refused = async (more: object, code: string) => {
    await assert.rejects(runtime.create({ ...options(at, 'web'), ...more }), { code }, Object.keys(more).join())
  }
  await refused({ id: 'a/b' }, 'ERR_STATOR_ID')
  await refused({ bundle: at.rootfs }, 'ERR_STATOR_CONFIG')
  await refused({ config: undefined, rootfs: undefined, bundle: at.rootfs }, 'ERR_STATOR_CONFIG')
  await refused({ config: 7 }, 'ERR_STATOR_CONFIG')
  await refused({ config: { ...defineConfig({ args: ['x'] }), root: { path: 'relative' } } }, 'ERR_STATOR_CONFIG')
  await refused({ rootfs: '/nowhere' }, 'ERR_STATOR_CONFIG')
  await refused({ timeoutMs: -1 }, 'ERR_STATOR_CONFIG')
  assert.deepEqual(left(at), [])
  await runtime.create(options(at, 'web'))
  await refused({}, 'ERR_STATOR_EXISTS')
  assert.deepEqual(steps(await history(runtime, 'web')), ['creating', 'created'])
})

test('a command that has no meaning now is refused in words that engines know', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await assert.rejects(web.stop(), { code: 'ERR_STATOR_STATUS' })
  await assert.rejects(web.exec({ args: ['x'] }), { code: 'ERR_STATOR_STATUS', message: /container not running/ })
  await web.start()
  await assert.rejects(web.start(), { code: 'ERR_STATOR_STATUS' })
  await assert.rejects(web.delete(), { code: 'ERR_STATOR_STATUS', message: /not stopped/ })
  await web.stop({ signal: 'SIGKILL' })
  await assert.rejects(web.start(), { code: 'ERR_STATOR_STATUS', message: /cannot start a container that has stopped/ })
  await assert.rejects(web.kill(), { code: 'ERR_STATOR_STATUS', message: /container not running/ })
  for (const refused of [web.pause(), web.resume(), web.checkpoint(), web.update()]) {
    await assert.rejects(refused, { code: 'ERR_STATOR_UNSUPPORTED', message: /not available yet/ })
  }
  await web.delete()
  const missing = { code: 'ERR_STATOR_NOT_FOUND', message: /container does not exist/ }
  await assert.rejects(web.delete(), missing)
  await web.delete({ force: true })
  await assert.rejects(web.start(), missing)
  await assert.rejects(web.refresh(), missing)
  await assert.rejects(runtime.get('web'), missing)
})

test('an exec whose process was killed before the init of its container was: the end of the container is the reason', async (t) => {
  const at = stage(t)
  let end = () => {}
  const runtime = await open(at, {
    at(moment) {
      if (moment !== 'after exec') return
      setImmediate(() => end())
      throw new StatorError('ERR_STATOR_STAGE', 'init ended before it was let go on from "ready" (killed?)')
    },
  })
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const { pid } = web
  assert(pid !== null)
  end = () => process.kill(pid, 'SIGKILL')
  await assert.rejects(web.exec({ args: ['x'] }), {
    code: 'ERR_STATOR_STATUS',
    message: 'exec in "web": container not running',
  })
})

test('statistics and processes: of a container that has an init, and streams of them end with it', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  assert.deepEqual(await web.stats(), { pids: { current: 1, limit: null } })
  assert.deepEqual(await web.processes(), [])
  await web.start()
  const rare = firstValueFrom(web.stats$(2 ** 40).pipe(toArray()))
  const often = firstValueFrom(web.stats$(1).pipe(toArray()))
  const kills = firstValueFrom(web.oomKills$.pipe(toArray()))
  await firstValueFrom(web.stats$(1000))
  await web.stop({ signal: 'SIGKILL' })
  assert.equal((await rare).length, 1, 'at once, and a time that no timer takes later never')
  assert.ok((await often).length >= 1)
  assert.deepEqual(await kills, [], 'nobody has counted')
  const notRunning = { code: 'ERR_STATOR_STATUS', message: /"web": container not running/ }
  await assert.rejects(web.stats(), notRunning)
  await assert.rejects(web.processes(), notRunning)
  await assert.rejects(firstValueFrom(web.stats$(1)), notRunning)
  assert.throws(() => web.stats$(0), { code: 'ERR_STATOR_CONFIG' })
})

test('statistics end with the runtime too', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const all = firstValueFrom(web.stats$(1000).pipe(toArray()))
  await firstValueFrom(web.stats$(1000))
  await Promise.all([runtime.close(), assert.rejects(all, { code: 'ERR_STATOR_CLOSED' })])
})

test('stop sends its signal, then SIGKILL; a second stop resolves with the same end', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  // Ignored by nobody here, so the time limit is what a stop without effect waits for.
  const exit = await web.stop({ signal: 'SIGWINCH', timeoutMs: 10 })
  assert.deepEqual(await web.stop(), exit)
  assert.deepEqual(await web.wait(), exit)
  assert.deepEqual(steps(await history(runtime, 'web')).slice(-3), ['running', 'stopping', 'stopped'])
})

test('an aborted stop leaves the container running', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const abort = new AbortController()
  const stopping = web.stop({ signal: 'SIGWINCH', timeoutMs: Infinity, abortSignal: abort.signal })
  await web.until('running')
  await firstValueFrom(web.snapshot$.pipe(filter((snapshot) => stateName(snapshot).startsWith('stopping'))))
  assert.equal(readState(join(at.root, 'web'))?.state.command?.name, 'stop')
  abort.abort()
  await assert.rejects(stopping, { code: 'ERR_STATOR_ABORTED' })
  assert.equal(web.status, 'running')
  assert.equal(readState(join(at.root, 'web'))?.state.command, null)
})

test('delete with force kills what runs, and ends a stop that waits', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const stopping = web.stop({ signal: 'SIGWINCH', timeoutMs: Infinity })
  await web.until('running')
  await firstValueFrom(web.snapshot$.pipe(filter((snapshot) => stateName(snapshot).startsWith('stopping'))))
  await web.delete({ force: true })
  await stopping
  const other = await runtime.create(options(at, 'other'))
  await other.start()
  await other.delete({ force: true })
  assert.deepEqual(steps(await history(runtime, 'other')).slice(-4), ['stopping', 'stopped', 'deleting', 'deleted'])
  assert.deepEqual(left(at), [])
})

test('a start that fails ends the container, and the error is what the program’s start said', async (t) => {
  const at = stage(t)
  const cause = new StatorError('ERR_STATOR_PROGRAM', 'execve /bin/nothing: ENOENT', { errno: 'ENOENT' })
  const runtime = await open(at, {
    at(now) {
      if (now === 'before starting') throw cause
    },
  })
  const web = await runtime.create(options(at, 'web'))
  await assert.rejects(web.start(), { code: 'ERR_STATOR_PROGRAM', message: cause.message, errno: 'ENOENT' })
  assert.equal(web.status, 'stopped')
  assert.deepEqual(steps(await history(runtime, 'web')), ['creating', 'created', 'starting', 'stopping', 'stopped'])
  await web.delete()
})

test('until resolves with the status, at once or later, and rejects when it cannot come any more', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.until('created')
  const running = web.until('running')
  const paused = web.until('paused')
  const deleted = web.until('deleted')
  await web.start()
  await running
  await assert.rejects(web.until('created'), { code: 'ERR_STATOR_STATUS', message: /it is running/ })
  await assert.rejects(web.until('stopped', { timeoutMs: 5 }), { code: 'ERR_STATOR_TIMEOUT' })
  await web.stop({ signal: 'SIGKILL' })
  await assert.rejects(paused, { code: 'ERR_STATOR_STATUS' })
  await web.until('stopped')
  await web.delete()
  await deleted
  await assert.rejects(web.until('running'), { code: 'ERR_STATOR_STATUS', message: /it is deleted/ })
})

test('wait on a container that is deleted before it was started rejects', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  const waiting = web.wait()
  await web.delete()
  await waiting.then(
    // The end of init by its undo may be noticed in time.
    ({ pid }) => assert.ok(pid > 0),
    (thrown: StatorError) => assert.equal(thrown.code, 'ERR_STATOR_NOT_FOUND'),
  )
})

test('an end that nobody asked for is noticed and told', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const stopped = firstValueFrom(runtime.events$.pipe(filter(({ type }) => type === 'lifecycle.stopped')))
  process.kill(web.pid ?? 0, 'SIGKILL')
  // Being subscribed keeps nobody alive; waiting does.
  const [event] = await Promise.all([stopped, web.until('stopped')])
  assert.equal(
    event.type === 'lifecycle.stopped' && event.exit.pid,
    readState(join(at.root, 'web'))?.state.context.exit?.pid,
  )
  assert.equal(web.status, 'stopped')
})

test('commands of one process wait for each other', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await Promise.all([web.start(), web.stop({ signal: 'SIGKILL' }), web.delete()])
  assert.deepEqual(steps(await history(runtime, 'web')).slice(2), [
    'starting',
    'running',
    'stopping',
    'stopped',
    'deleting',
    'deleted',
  ])
})

test('ten containers at once', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const ids = Array.from({ length: 10 }, (_, index) => `c${index}`)
  await Promise.all(
    ids.map(async (id) => {
      const container = await runtime.create(options(at, id))
      await container.start()
      await container.stop({ signal: 'SIGKILL' })
      await container.delete()
    }),
  )
  assert.deepEqual(left(at), [])
  for (const id of ids)
    assert.equal((await history(runtime, id)).filter(({ type }) => type.startsWith('lifecycle.')).length, 8)
})

test('a container’s own events begin with its creation, and snapshots follow its machine', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  await (await runtime.create(options(at, 'other'))).delete()
  const web = await runtime.create(options(at, 'web'))
  const states: string[] = []
  web.snapshot$.subscribe({
    next: (snapshot) => void states.push(stateName(snapshot)),
    complete: () => void states.push('over'),
  })
  await web.start()
  await web.delete({ force: true })
  const first = await firstValueFrom(web.events$)
  assert.deepEqual([first.type, first.container], ['lifecycle.creating', 'web'])
  assert.deepEqual(
    [...new Set(states)],
    ['created', 'starting', 'running', 'stopping.signalling', 'stopped', 'deleting', 'gone', 'over'],
  )
})

test('hooks run without the lock, in their states, and their failure fails the command', async (t) => {
  const at = stage(t)
  const ran: string[] = []
  const runtime = await open(at, {
    at(now, path) {
      if (!now.startsWith('hook')) return
      const { command, status } = readState(join(at.root, 'web'))?.state ?? {}
      ran.push(`${now.slice(5)} ${status} ${command?.name}`)
      if (path === '/bad') throw new StatorError('ERR_STATOR_HOOK', 'poststart hook /bad failed')
    },
  })
  const hooks = { poststart: [{ path: '/good' }], poststop: [{ path: '/good' }] }
  const create = (poststart: string) =>
    runtime.create(
      options(at, 'web', {
        config: defineConfig({ args: ['x'], rootfs: at.rootfs, hooks: { ...hooks, poststart: [{ path: poststart }] } }),
      }),
    )
  const web = await create('/good')
  await web.start()
  await web.delete({ force: true })
  assert.deepEqual(ran, ['poststart running start', 'poststop stopped delete'])

  const bad = await create('/bad')
  await assert.rejects(bad.start(), { code: 'ERR_STATOR_HOOK' })
  assert.equal(bad.status, 'stopped')
  await bad.delete()
  assert.deepEqual(left(at), [])
})

test('close rejects what waits, takes back a create under way, leaves containers running, and opens again', async (t) => {
  const at = stage(t)
  let making = () => {}
  const isMaking = new Promise<void>((resolve) => (making = resolve))
  const runtime = await open(at, {
    async at(now, id) {
      if (now !== 'before confining/files' || id !== 'half') return
      making()
      await new Promise((resolve) => setTimeout(resolve, 10))
    },
  })
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const waiting = [
    web.wait(),
    web.until('stopped'),
    web.stop({ signal: 'SIGWINCH', timeoutMs: Infinity }),
    runtime.create(options(at, 'half')),
  ]
  const settled = Promise.allSettled(waiting)
  await isMaking
  await runtime.close()
  await runtime.close()
  for (const result of await settled) {
    assert.equal(result.status === 'rejected' && (result.reason as StatorError).code, 'ERR_STATOR_CLOSED')
  }
  const closed = { code: 'ERR_STATOR_CLOSED' }
  await assert.rejects(runtime.create(options(at, 'late')), closed)
  await assert.rejects(runtime.list(), closed)
  await assert.rejects(web.start(), closed)
  await assert.rejects(web.kill(), closed)
  assert.deepEqual(
    left(at).filter((name) => name.startsWith('half')),
    [],
  )

  const again = await open(at)
  const same = await again.get('web')
  assert.equal(same.status, 'running')
  assert.equal(same.pid, readState(join(at.root, 'web'))?.state.context.init?.pid)
  await same.delete({ force: true })
})

test('a folder that Stator did not write is told of, not listed, and not touched', async (t) => {
  const at = stage(t)
  const first = await open(at)
  await (await first.create(options(at, 'web'))).delete()
  await first.close()
  const folder = join(at.root, 'web')
  const { mkdirSync } = await import('node:fs')
  mkdirSync(folder)
  writeFileSync(join(folder, 'precious'), 'text')
  const runtime = await open(at)
  const events: string[] = []
  for await (const event of runtime.events({ since: 0 })) {
    events.push(`${event.type} ${event.container}`)
    if (event.type === 'runtime.stateIgnored') break
  }
  assert.deepEqual(await runtime.list(), [])
  await assert.rejects(runtime.get('web'), { code: 'ERR_STATOR_STATE' })
  await assert.rejects(runtime.create(options(at, 'web')), { code: 'ERR_STATOR_EXISTS' })
  assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'text')
  rmSync(folder, { recursive: true })
})

test('a snapshot of a runtime names its containers and where to follow on', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  await runtime.create(options(at, 'web', { labels: { tier: 'front' } }))
  const { containers, seq } = await runtime.snapshot()
  assert.deepEqual(
    containers.map(({ id, status, labels }) => ({ id, status, labels })),
    [{ id: 'web', status: 'created', labels: { tier: 'front' } }],
  )
  const next = runtime.events({ since: seq }).next()
  await (await runtime.get('web')).start()
  assert.equal((await next).value?.type, 'lifecycle.starting')
  assert.ok(existsSync(join(at.root, 'web')))
  assert.deepEqual(readdirSync(at.host).sort().length > 0, true)
})

test('a hundred may wait at once, and nobody is warned of them', async (t) => {
  const at = stage(t)
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await web.start()
  const waiting = Array.from({ length: 100 }, () => [web.wait(), web.until('stopped', { timeoutMs: 60_000 })]).flat()
  await web.stop({ signal: 'SIGKILL' })
  await Promise.all(waiting)
  process.off('warning', onWarning)
  assert.deepEqual(warnings, [])
})
