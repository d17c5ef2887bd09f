// Processes that are killed in the middle of everything, and what the next one makes of it. Real processes, real locks,
// played actors.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs, { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { filter, firstValueFrom } from 'rxjs'
import { ofType, type RuntimeEvent } from '../../src/bus/event.ts'
import { hold } from '../../src/native/poller.ts'
import { processStartTime } from '../../src/native/process-stat.ts'
import { makingStates } from '../../src/runtime/actors.ts'
import { listSessions } from '../../src/runtime/exec-store.ts'
import { readState, writeState } from '../../src/runtime/store.ts'
import { history, inNextClaim, left, open, options, type Stage, stage, steps } from './fakes.ts'

interface Player {
  readonly child: ChildProcess
  /** The next thing it has done; null: it has ended. */
  next(): Promise<string | null>
  /** What it has done before it ended. */
  rest(): Promise<string[]>
}

function playerArguments({ root, host, rootfs }: Stage, moment: string, commands: readonly string[]): string[] {
  const fixture = fileURLToPath(new URL('../fixtures/runtime-player.ts', import.meta.url))
  return [...process.execArgv, fixture, root, host, rootfs, moment, ...commands]
}

/** Plays while nothing else happens in this process, which sees only what has come of it. */
function playUnseen(at: Stage, moment: string, ...commands: string[]): string[] {
  const { stdout } = spawnSync(process.execPath, playerArguments(at, moment, commands), {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  return stdout.split('\n').filter(Boolean)
}

function play(t: TestContext, at: Stage, moment: string, ...commands: string[]): Player {
  const child = spawn(process.execPath, playerArguments(at, moment, commands), {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => {
    const { done, value } = await lines.next()
    return done === true ? null : value
  }
  return {
    child,
    next,
    async rest() {
      const said: string[] = []
      for (let line = await next(); line !== null; line = await next()) said.push(line)
      await ended
      return said
    },
  }
}

/** The processes of the container, whoever stored them. */
function processesOf({ root }: Stage): { pid: number; startTime: string }[] {
  const { init, keeper } = readState(join(root, 'web'))?.state.context ?? {}
  return [init, keeper].filter((process) => process !== null && process !== undefined)
}

const isAlive = ({ pid, startTime }: { pid: number; startTime: string }) => processStartTime(pid) === startTime

const stages = makingStates.flatMap((state) =>
  state === 'cloning' ? ['cloning/files', 'cloning/process'] : [`${state}/files`],
)
const createMoments = [
  ...stages.flatMap((name) => [`before ${name}`, `after ${name}`]),
  'hook prestart',
  'hook createRuntime',
  // Who was cloned; that it was created.
  'write 1',
  'write 2',
]

for (const moment of createMoments) {
  test(`killed in create, ${moment}: the next runtime takes it back, and nothing is left`, async (t) => {
    const at = stage(t)
    assert.deepEqual(await play(t, at, moment, 'create').rest(), [])
    const processes = processesOf(at)
    const runtime = await open(at)
    // A clone that nobody came to hear of is the actor's to end by itself, which ours does not play.
    const stray = moment === 'after cloning/process' || moment === 'write 1'
    assert.deepEqual(left(at), [])
    if (!stray) assert.deepEqual(processes.filter(isAlive), [])
    await assert.rejects(runtime.get('web'), { code: 'ERR_STATOR_NOT_FOUND' })
    const told = await history(runtime, 'web')
    assert.equal(told.at(-1)?.type, 'lifecycle.failed')
    assert.equal(told.filter(({ type }) => type === 'runtime.recovered').length, 1)
    await runtime.create(options(at, 'web'))
  })
}

test('killed when it had the id, and nothing was told: nothing is left, and of no container an end is told', async (t) => {
  const at = stage(t)
  assert.deepEqual(await play(t, at, 'claimed', 'create').rest(), [])
  assert.equal(readState(join(at.root, 'web'))?.state.status, 'creating')
  const runtime = await open(at)
  assert.deepEqual(left(at), [])
  const told = await history(runtime, 'web')
  assert.deepEqual(steps(told), [])
  assert.equal(told.at(-1)?.type, 'runtime.recovered')
  await runtime.create(options(at, 'web'))
})

test('killed in the undo of a create: the next runtime goes on with it', async (t) => {
  const at = stage(t)
  const fail = async (moment: string) => {
    assert.deepEqual(await play(t, at, moment, 'create').rest(), [])
  }
  await fail('before gating/files')
  assert.notDeepEqual(left(at), [])
  // One that recovers is killed as well.
  const runtime = await open(at)
  assert.deepEqual(left(at), [])
  assert.deepEqual(steps(await history(runtime, 'web')).at(-1), 'failed')
})

test('killed in start before the gate was opened: created as before, and it can be started', async (t) => {
  const at = stage(t)
  assert.deepEqual(await play(t, at, 'before starting', 'create', 'start').rest(), ['create'])
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'created')
  await web.start()
  await web.delete({ force: true })
})

for (const moment of ['after starting', 'write 4']) {
  test(`killed in start after the gate was opened (${moment}): it runs, which is told once`, async (t) => {
    const at = stage(t)
    assert.deepEqual(await play(t, at, moment, 'create', 'start').rest(), ['create'])
    const runtime = await open(at)
    const web = await runtime.get('web')
    assert.equal(web.status, 'running')
    const told = steps(await history(runtime, 'web'))
    assert.deepEqual(told, ['creating', 'created', 'starting', 'running'])
    await web.delete({ force: true })
    assert.deepEqual(left(at), [])
  })
}

for (const [moment, back] of [
  ['write 3', []],
  ['before starting', ['starting', 'created']],
] as const) {
  test(`killed in start before the gate was opened (${moment}): what was told and has not come is taken back`, async (t) => {
    const at = stage(t)
    assert.deepEqual(await play(t, at, moment, 'create', 'start').rest(), ['create'])
    const runtime = await open(at)
    const web = await runtime.get('web')
    assert.equal(web.status, 'created')
    const told = await history(runtime, 'web')
    assert.deepEqual(steps(told), ['creating', 'created', ...back])
    const last = told.findLast((event) => 'transition' in event)
    if (back.length > 0) assert.deepEqual(last?.transition, { from: 'starting', to: 'created', cause: 'recovery' })
    await web.start()
    await web.delete({ force: true })
  })
}

test('killed while a poststart hook ran: it runs', async (t) => {
  const at = stage(t)
  assert.deepEqual(await play(t, at, 'hook poststart', 'create', 'start').rest(), ['create'])
  assert.equal(readState(join(at.root, 'web'))?.state.command?.name, 'start')
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'running')
  assert.equal(readState(join(at.root, 'web'))?.state.command, null)
  await web.delete({ force: true })
})

test('killed between the journal and state.json at the end: the end is told once', async (t) => {
  const at = stage(t)
  // 1 cloned, 2 created, 3 a start, 4 running, 5 the stop has let go of the lock, 6 stopped
  assert.deepEqual(await play(t, at, 'write 6', 'create', 'start', 'stop').rest(), ['create', 'start'])
  assert.equal(readState(join(at.root, 'web'))?.state.status, 'running')
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'stopped')
  assert.deepEqual(steps(await history(runtime, 'web')).slice(-2), ['stopping', 'stopped'])
  await web.delete()
})

for (const moment of [
  'undo gating/files',
  'undo cloning/process',
  'undo sealing/files',
  'hook poststop',
  'write 7',
  'write 8',
]) {
  test(`killed in delete (${moment}): the next runtime completes it`, async (t) => {
    const at = stage(t)
    const commands = ['create', 'start', 'stop', 'delete']
    assert.deepEqual(await play(t, at, moment, ...commands).rest(), commands.slice(0, -1))
    const runtime = await open(at)
    // Before it was stored that a delete is under way, nothing has been.
    if (moment === 'write 7') await (await runtime.get('web')).delete()
    assert.deepEqual(left(at), [])
    const told = steps(await history(runtime, 'web'))
    assert.equal(told.at(-1), 'deleted')
    assert.equal(told.filter((step) => step === 'deleted').length, 1)
  })
}

for (const moment of ['before signal', 'after signal']) {
  test(`killed in a delete that ends the program first (${moment}): its end is told before the delete is completed`, async (t) => {
    const at = stage(t)
    assert.deepEqual(await play(t, at, 'hooks never', 'create', 'start').rest(), ['create', 'start'])
    const [watching, web] = await open(at).then(async (runtime) => [runtime, await runtime.get('web')] as const)
    const ended = Promise.all([web.wait(), web.until('deleted')])
    assert.deepEqual(await play(t, at, moment, 'end').rest(), [])
    const [{ signal }] = await ended
    // A played keeper leaves no record: of an init that has ended before anybody looks nobody knows how.
    if (moment === 'before signal') assert.equal(signal, 'SIGKILL')
    assert.deepEqual(left(at), [])
    const told = await history(watching, 'web')
    assert.deepEqual(steps(told).slice(-4), ['stopping', 'stopped', 'deleting', 'deleted'])
    assert.equal(told.filter((event) => event.type === 'hook.finished' && event.kind === 'poststop').length, 1)
  })
}

test('and killed again when the end was told, and nothing undone: the delete goes on', async (t) => {
  const at = stage(t)
  await play(t, at, 'hooks before signal', 'create', 'start', 'end').rest()
  await play(t, at, 'undo gating/files', 'end').rest()
  const { status, command } = readState(join(at.root, 'web'))?.state ?? assert.fail()
  assert.deepEqual([status, command?.name], ['stopped', 'delete'])
  const runtime = await open(at)
  assert.deepEqual(left(at), [])
  assert.deepEqual(steps(await history(runtime, 'web')).slice(-4), ['stopping', 'stopped', 'deleting', 'deleted'])
})

test('killed when a delete was told and its folder was still there: nothing is done again, and nothing told', async (t) => {
  const at = stage(t)
  const commands = ['create', 'start', 'stop', 'delete']
  assert.deepEqual(await play(t, at, 'hooks remove', ...commands).rest(), commands.slice(0, -1))
  assert.ok(existsSync(join(at.root, 'web')))
  const runtime = await open(at)
  assert.deepEqual(left(at), [])
  const told = await history(runtime, 'web')
  assert.equal(told.at(-1)?.type, 'lifecycle.deleted')
  assert.equal(told.filter((event) => event.type === 'hook.started' && event.kind === 'poststop').length, 1)
})

test('killed when a poststop hook had ended: it does not run again', async (t) => {
  const at = stage(t)
  const commands = ['create', 'start', 'stop', 'delete']
  assert.deepEqual(await play(t, at, 'after hook poststop', ...commands).rest(), commands.slice(0, -1))
  const runtime = await open(at)
  assert.deepEqual(left(at), [])
  const told = await history(runtime, 'web')
  assert.equal(told.at(-1)?.type, 'lifecycle.deleted')
  assert.equal(told.filter((event) => event.type === 'hook.started' && event.kind === 'poststop').length, 1)
})

test('a runtime that is killed leaves its containers running; the next one sees their end', async (t) => {
  const at = stage(t)
  const player = play(t, at, 'wait before isolating/files', 'create')
  assert.equal(await player.next(), 'there')
  player.child.stdin?.write('\n')
  assert.equal(await player.next(), 'create')
  await player.rest()

  const killed = play(t, at, 'after starting', 'start')
  await killed.rest()
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'running')
  const waiting = web.wait()
  process.kill(web.pid ?? 0, 'SIGKILL')
  await waiting
  await web.delete()
})

test('while another process is in the middle of a create, its container is busy, and it is there when that is done', async (t) => {
  const at = stage(t)
  const player = play(t, at, 'wait hook prestart', 'create')
  assert.equal(await player.next(), 'there')
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'creating')
  await assert.rejects(web.start(), { code: 'ERR_STATOR_BUSY', message: new RegExp(`process ${player.child.pid}`) })
  await assert.rejects(web.delete({ force: true }), { code: 'ERR_STATOR_BUSY' })
  await assert.rejects(runtime.create(options(at, 'web')), { code: 'ERR_STATOR_EXISTS' })
  const created = web.until('created')
  player.child.stdin?.write('\n')
  await created
  assert.deepEqual(await player.rest(), ['create'])
  await web.start()
  await web.delete({ force: true })
})

test('a container of another process appears, goes through its life and goes, without being asked for', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const told: string[] = []
  runtime.events$.pipe(filter((event) => 'transition' in event)).subscribe(({ type }) => void told.push(type.slice(10)))
  const player = play(t, at, 'wait before starting', 'create', 'start', 'stop', 'delete')
  assert.equal(await player.next(), 'create')
  assert.equal(await player.next(), 'there')
  const web = await runtime.get('web')
  const states: string[] = []
  web.snapshot$.subscribe((snapshot) => void states.push([...snapshot.tags].join()))
  const [deleted] = [web.until('deleted'), player.child.stdin?.write('\n')]
  await deleted
  assert.deepEqual(await player.rest(), ['start', 'stop', 'delete'])
  assert.equal(states.at(0), 'created')
  assert.equal(states.at(-1), 'stopped')
  assert.deepEqual(told, ['creating', 'created', 'starting', 'running', 'stopping', 'stopped', 'deleting', 'deleted'])
  assert.deepEqual(left(at), [])
})

test('a container of another process that was started, ended and deleted while we did not look: how it ended is known', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  assert.deepEqual(playUnseen(at, 'never', 'create'), ['create'])
  const web = await runtime.get('web')
  const states: string[] = []
  web.snapshot$.subscribe((snapshot) => void states.push([...snapshot.tags].join()))
  const [waiting, stopped] = [web.wait(), web.until('stopped')]
  assert.deepEqual(playUnseen(at, 'never', 'start', 'stop', 'delete', 'create'), ['start', 'stop', 'delete', 'create'])
  assert.equal((await waiting).signal, 'SIGKILL')
  await stopped
  assert.deepEqual([...new Set(states)], ['created', 'stopped'])
  assert.equal((await web.wait()).signal, 'SIGKILL')
  await assert.rejects(web.start(), { code: 'ERR_STATOR_NOT_FOUND' })
  assert.equal((await runtime.get('web')).status, 'created')
})

test('what a killed process has left cannot be stored, as the disk is full: a warning, and the next who looks does it', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  assert.deepEqual(playUnseen(at, 'hooks never', 'create'), ['create'])
  const web = await runtime.get('web')
  // Its writes: that it lets go of the lock; that the program runs.
  assert.deepEqual(playUnseen(at, 'hooks write 2', 'start'), [])
  const { writeSync } = fs
  let refused = 0
  const full = (file: number, ...more: [never]): number => {
    // Of more than a few tries one succeeds: a test that fails has an end.
    const isJournal = readlinkSync(`/proc/self/fd/${file}`).startsWith(join(at.root, 'journal'))
    if (!isJournal || refused >= 50) return writeSync(file, ...more)
    refused++
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  }
  const restore = () => {
    fs.writeSync = writeSync
    syncBuiltinESMExports()
  }
  t.after(restore)
  const warned = once(process, 'warning') as Promise<[Error]>
  fs.writeSync = full as typeof writeSync
  syncBuiltinESMExports()
  const release = hold()
  const [{ name, message }] = await warned.finally(release)
  assert.equal(name, 'StatorWarning')
  assert.match(message, /container "web": .*ENOSPC/)
  assert.ok(refused < 5, `${refused} tries`)
  restore()
  assert.equal(await web.refresh(), 'running')
  assert.deepEqual(steps(await history(runtime, 'web')), ['creating', 'created', 'starting', 'running'])
})

test('the end of a container whose maker is gone is noticed by whoever is attached, and told once by all of them', async (t) => {
  const at = stage(t)
  const one = await open(at)
  const two = await open(at)
  await play(t, at, 'never', 'create', 'start').rest()
  const seen = await Promise.all([one, two].map((runtime) => runtime.get('web')))
  const waiting = seen.map((web) => web.wait())
  process.kill(seen[0]?.pid ?? 0, 'SIGKILL')
  const [first, second] = await Promise.all(waiting)
  assert.equal(first?.pid, second?.pid)
  assert.equal(steps(await history(one, 'web')).filter((step) => step === 'stopped').length, 1)
})

const exits = (events: readonly RuntimeEvent[]) =>
  events.flatMap((event) => (event.type === 'exec.exited' ? event : []))

for (const moment of ['after exec', 'exec']) {
  test(`killed with an exec session (${moment}): its end is told, once, by those who were attached before`, async (t) => {
    const at = stage(t)
    const runtimes = [await open(at), await open(at)]
    const seen = runtimes.map(({ events$ }) => firstValueFrom(events$.pipe(filter(ofType('exec.exited')))))
    await play(t, at, 'never', 'create', 'start').rest()
    await play(t, at, moment, 'exec').rest()
    const [session] = listSessions(join(at.root, 'web'))
    const { init } = session?.processes ?? assert.fail()
    process.kill(init.pid, 'SIGKILL')
    const release = hold()
    const [one, two] = await Promise.all(seen).finally(release)
    assert.deepEqual([one?.exec, one?.seq], [session?.id, two?.seq])
    const third = await open(at)
    assert.equal(exits(await history(third, 'web')).length, 1)
  })
}

test('a session whose runtime was killed, and that a delete ends: the delete tells its end', async (t) => {
  const at = stage(t)
  await play(t, at, 'never', 'create', 'start').rest()
  await play(t, at, 'exec', 'exec').rest()
  const runtime = await open(at)
  const deleted = (await runtime.get('web')).until('deleted')
  await play(t, at, 'never', 'end').rest()
  await deleted
  const told = await history(runtime, 'web')
  assert.equal(exits(told).length, 1)
  assert.equal(told.at(-1)?.type, 'lifecycle.deleted')
  assert.deepEqual(left(at), [])
})

test('two runtimes of one process do not take each other’s commands for their own', async (t) => {
  const at = stage(t)
  let go = () => {}
  const one = await open(at, {
    at: (now) => (now === 'hook prestart' ? new Promise<void>((resolve) => (go = resolve)) : undefined),
  })
  const two = await open(at)
  const creating = one.create(options(at, 'web', { hooks: true }))
  await firstValueFrom(one.events$.pipe(filter(({ type }) => type === 'hook.started')))
  const web = await two.get('web')
  await assert.rejects(web.start(), { code: 'ERR_STATOR_BUSY' })
  go()
  await creating
  await web.until('created')
  await web.start()
  assert.equal((await one.get('web')).status, 'running')
})

test('a container that another process has deleted and made anew is another container', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const old = await runtime.create(options(at, 'web'))
  assert.deepEqual(await play(t, at, 'never', 'delete', 'create').rest(), ['delete', 'create'])
  const web = await runtime.get('web')
  assert.notEqual(web, old)
  assert.notEqual(web.pid, old.pid)
  assert.equal(web.status, 'created')
  await assert.rejects(old.start(), { code: 'ERR_STATOR_NOT_FOUND' })
  await web.start()
})

test('an id is claimed in the moment in which the container that had it is deleted: its end is not told of the new one', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  assert.deepEqual(playUnseen(at, 'never', 'create'), ['create'])
  inNextClaim(at.root, () => assert.deepEqual(playUnseen(at, 'never', 'delete'), ['delete']))
  const web = await runtime.create(options(at, 'web'))
  const told: string[] = []
  web.events$.pipe(filter((event) => 'transition' in event)).subscribe(({ type }) => void told.push(type.slice(10)))
  await web.start()
  await web.delete({ force: true })
  const all = steps(await history(runtime, 'web'))
  assert.deepEqual(all.slice(0, 4), ['creating', 'created', 'deleting', 'deleted'])
  assert.deepEqual(told, all.slice(4))
})

test('as another process makes it: who looks meanwhile is not told of the old one’s end', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  assert.deepEqual(playUnseen(at, 'never', 'create'), ['create'])
  const player = play(t, at, 'wait anew hook prestart', 'create')
  assert.equal(await player.next(), 'delete')
  assert.equal(await player.next(), 'there')
  const web = await runtime.get('web')
  assert.equal(web.status, 'creating')
  const first = firstValueFrom(web.events$)
  player.child.stdin?.write('\n')
  assert.deepEqual(await player.rest(), ['create'])
  assert.equal((await first).type, 'lifecycle.creating')
})

for (const moment of ['before sealing/files', 'write 1']) {
  test(`and killed in the middle of that (${moment}): the next runtime takes it back`, async (t) => {
    const at = stage(t)
    assert.deepEqual(playUnseen(at, 'never', 'create'), ['create'])
    assert.deepEqual(await play(t, at, `anew ${moment}`, 'create').rest(), ['delete'])
    const runtime = await open(at)
    assert.deepEqual(left(at), [])
    const told = await history(runtime, 'web')
    assert.deepEqual(steps(told).slice(-3), ['deleted', 'creating', 'failed'])
    assert.equal(told.filter(({ type }) => type === 'runtime.recovered').length, 1)
  })
}

test('after a boot everything that ran has ended, and nobody knows how', async (t) => {
  const at = stage(t)
  const first = await open(at)
  const made = await first.create(options(at, 'web'))
  await made.start()
  const pid = made.pid ?? 0
  await first.close()
  const folder = join(at.root, 'web')
  const { state } = readState(folder) ?? assert.fail()
  writeState(folder, { ...state, bootId: 'an earlier one' })
  const runtime = await open(at)
  const web = await runtime.get('web')
  assert.equal(web.status, 'stopped')
  const { code, signal, exitCode } = await web.wait()
  assert.deepEqual([code, signal, exitCode], [null, null, null])
  writeState(folder, { ...(readState(folder)?.state ?? state), bootId: state.bootId })
  process.kill(pid, 'SIGKILL')
})

test('what was being made or removed by a process that was killed is swept away', async (t) => {
  const at = stage(t)
  await play(t, at, 'before sealing/files', 'create').rest()
  await open(at)
  assert.deepEqual(
    readdirSync(at.root).filter((name) => name.startsWith('~')),
    [],
  )
  assert.ok(existsSync(join(at.root, 'journal')))
  assert.equal(readFileSync(join(at.root, 'attached'), 'utf8'), '')
})
