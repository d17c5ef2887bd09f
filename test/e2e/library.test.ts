// The library's face on real containers: what a pipeline does with it.

import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { filter, firstValueFrom, map, take, toArray } from 'rxjs'
import { openRuntime, type RuntimeEvent, StatorError } from '../../src/index.ts'
import { hold } from '../../src/native/poller.ts'
import { config, created, freshId, missing as skip, place, refused, running } from './support.ts'

test('waitFor a line of the log: printed before or after', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at, ['sh', '-c', 'echo early; sleep 0.1; echo server is ready; exec sleep 1000'])
  await web.start()
  await Promise.all([web.waitFor({ log: 'early' }), web.waitFor({ log: /^server is (ready|up)$/ })])
  await web.waitFor({ log: 'early' })
  await refused(web.waitFor({ log: 'never' }, { timeoutMs: 20 }), { code: 'ERR_STATOR_TIMEOUT' })
  const waiting = web.waitFor({ log: 'never' })
  await web.stop({ signal: 'SIGKILL' })
  await refused(waiting, { code: 'ERR_STATOR_STATUS', message: /no such line/ })
})

test('who follows the log hears what comes after a waitFor of it is over', { skip, timeout: 20_000 }, async (t) => {
  const at = await place(t)
  const script = 'trap "echo asked" USR1; echo ready; while :; do sleep 1000 & wait; done'
  const web = await created(t, at, ['sh', '-c', script])
  await web.start()
  const follower = web.logs({ follow: true })
  assert.equal((await follower.next()).value?.text, 'ready')
  const waiting = web.waitFor({ log: 'asked' })
  const first = follower.next()
  await web.kill('SIGUSR1')
  await waiting
  assert.equal((await first).value?.text, 'asked')
  // The end of a watch wakes as well, so one line proves nothing.
  for (let time = 0; time < 2; time++) {
    const next = follower.next()
    await web.kill('SIGUSR1')
    assert.equal((await next).value?.text, 'asked')
  }
  await follower.return()
})

test('waitFor a port in the container’s own network namespace', { skip }, async (t) => {
  const at = await place(t)
  const listening = ['sh', '-c', 'sleep 0.1; while :; do nc -l -p 8080 -e true; done']
  const web = await created(t, at, ['/bin/busybox', ...listening])
  await web.start()
  await web.waitFor({ port: 8080 }, { timeoutMs: 20_000 })
  await refused(web.waitFor({ port: 8081 }, { timeoutMs: 30 }), { code: 'ERR_STATOR_TIMEOUT' })
  const waiting = web.waitFor({ port: 8081 })
  await web.stop({ signal: 'SIGKILL' })
  await refused(waiting, { code: 'ERR_STATOR_STATUS', message: /container not running/ })
})

test('waitFor a check that succeeds in the container', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at, ['sh', '-c', 'mkdir /dev/shm/x; sleep 0.2; touch /dev/shm/x/up; exec sleep 1000'])
  await web.start()
  const healthcheck = (path: string) => ({ healthcheck: { args: ['test', '-e', path], intervalMs: 20 } })
  await web.waitFor(healthcheck('/dev/shm/x/up'), { timeoutMs: 20_000 })
  await refused(web.waitFor(healthcheck('/nothing'), { timeoutMs: 200 }), { code: 'ERR_STATOR_TIMEOUT' })
  await refused(web.waitFor({ healthcheck: { args: ['/no/such/program'] } }), { code: 'ERR_STATOR_PROGRAM' })
})

test('with stdio "log" stdout is a stream of all that was and will be printed', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at, ['sh', '-c', 'echo one; echo error >&2; sleep 0.1; printf two'])
  await web.start()
  await web.waitFor({ log: 'one' })
  const [stdout, stderr] = await Promise.all([text(web.stdout!), text(web.stderr!), web.wait()])
  assert.deepEqual([stdout, stderr], ['one\ntwo', 'error\n'])
})

test(
  'logs of a container that is deleted: who reads gets all of them, who comes later is told that it does not exist',
  { skip },
  async (t) => {
    const at = await place(t)
    const web = await created(t, at, ['sh', '-c', 'echo one; exec sleep 1000'])
    await web.start()
    const session = await web.exec({ args: ['sh', '-c', 'echo inner; exec sleep 1000'], stdio: 'log' })
    const followed = [web.logs({ follow: true }), session.logs({ follow: true })]
    for (const [index, printed] of ['one', 'inner'].entries()) {
      const { value } = await followed[index]!.next()
      assert.equal(value?.text, printed)
    }
    const never = web.waitFor({ log: 'never' })
    // Nobody has begun to read it.
    const { stdout } = web
    await Promise.all([
      web.delete({ force: true }),
      refused(never, { code: 'ERR_STATOR_STATUS', message: /has ended and printed no such line/ }),
    ])
    for (const reader of followed) assert.equal((await reader.next()).done, true)
    await session.wait()
    const gone = {
      code: 'ERR_STATOR_NOT_FOUND',
      message: new RegExp(`container "${web.id}": container does not exist`),
    } as const
    for (const follow of [false, true]) {
      await refused(web.logs({ follow }).next(), gone)
      await refused(session.logs({ follow }).next(), gone)
    }
    await refused(web.waitFor({ log: 'one' }), gone)
    await refused(text(stdout!), gone)
  },
)

test('logs that are followed end with the container, and have all of it', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at, ['sh', '-c', 'for n in $(seq 500); do echo $n; done; sleep 0.1; echo end'])
  await web.start()
  const lines: string[] = []
  for await (const line of web.logs({ follow: true })) lines.push(line.text)
  assert.deepEqual(lines, [...Array.from({ length: 500 }, (_, index) => `${index + 1}`), 'end'])
  assert.equal(web.status, 'stopped')
})

test('a signal that the program handles changes no state', { skip }, async (t) => {
  const at = await place(t)
  const script = 'trap "echo reloaded" HUP; trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.05; done'
  const web = await created(t, at, ['sh', '-c', script])
  await web.start()
  await web.waitFor({ log: 'up' })
  await web.kill('SIGHUP')
  await web.waitFor({ log: 'reloaded' })
  assert.equal(await web.refresh(), 'running')
  const exit = await web.stop({ timeoutMs: 10_000 })
  assert.deepEqual([exit.code, exit.signal, exit.exitCode], [9, null, 9])
})

test('stop ends a program that ignores SIGTERM when its time is up', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at, ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'])
  await web.start()
  await web.waitFor({ log: 'up' })
  const exit = await web.stop({ timeoutMs: 100 })
  assert.deepEqual([exit.code, exit.signal, exit.exitCode], [null, 'SIGKILL', 137])
})

test('a signal to a container that was only created ends it', { skip }, async (t) => {
  const at = await place(t)
  const web = await created(t, at)
  const waiting = web.wait()
  await web.kill('SIGTERM')
  assert.equal((await waiting).signal, 'SIGKILL')
  await refused(web.start(), { code: 'ERR_STATOR_STATUS' })
})

test('a container whose memory was used up says so', { skip }, async (t) => {
  const at = await place(t)
  const done = await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['sh', '-c', 'x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done'], (spec) => {
      spec.linux ??= {}
      spec.linux.resources = { ...spec.linux.resources, memory: { limit: 16n * 1024n * 1024n } }
    }),
  })
  assert.equal(done.oomKilled, true)
  assert.deepEqual([done.signal, done.exitCode], ['SIGKILL', 137])
})

test(
  'run gives the program its input, and what it prints back; a limit ends it and leaves nothing',
  { skip },
  async (t) => {
    const at = await place(t)
    const ask = (args: string[], more: object = {}) =>
      at.runtime.run({ id: freshId(), config: config(at, args), rootfs: at.rootfs, ...more })
    const big = 'x'.repeat(300_000)
    const { stdout, exitCode, durationMs } = await ask(['cat'], { input: big })
    assert.equal(stdout, big)
    assert.equal(exitCode, 0)
    assert.ok(durationMs > 0)
    // Not read by the program, which is no error.
    assert.equal((await ask(['true'], { input: big })).exitCode, 0)
    await refused(ask(['sleep', '1000'], { timeoutMs: 100 }), { code: 'ERR_STATOR_TIMEOUT' })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    await refused(ask(['sleep', '1000'], { signal: abort.signal }), { code: 'ERR_STATOR_ABORTED' })
    await refused(ask(['/no/such/program']), { code: 'ERR_STATOR_PROGRAM' })
  },
)

test('a container and a runtime are disposed of at the end of their block', { skip }, async (t) => {
  const at = await place(t)
  const id = freshId()
  {
    await using runtime = await openRuntime({ root: at.root })
    await using web = await runtime.create({ id, config: config(at, ['sleep', '1000']), rootfs: at.rootfs })
    await web.start()
    assert.equal((await at.runtime.get(id)).status, 'running')
  }
  await refused(at.runtime.get(id), { code: 'ERR_STATOR_NOT_FOUND' })
})

test('an exec session is killed, waited for, disposed of, and keeps its log', { skip }, async (t) => {
  const at = await place(t)
  const web = await running(t, at)
  const session = await web.exec({ args: ['sh', '-c', 'echo hello; exec sleep 1000'], stdio: 'log' })
  for await (const line of session.logs({ follow: true })) {
    assert.equal(line.text, 'hello')
    break
  }
  await refused(session.wait({ timeoutMs: 10 }), { code: 'ERR_STATOR_TIMEOUT' })
  await session.kill('SIGTERM')
  assert.equal((await session.wait()).signal, 'SIGTERM')
  assert.equal(session.status, 'stopped')
  await refused(session.kill(), { code: 'ERR_STATOR_STATUS' })
  await refused(session.resize({ columns: 80, rows: 24 }), { code: 'ERR_STATOR_STATUS' })
  {
    await using sleeper = await web.exec({ args: ['sleep', '1000'] })
    assert.equal(sleeper.status, 'running')
  }
  assert.equal(await web.refresh(), 'running')
})

test('events of a container: by itself from its creation, and from a snapshot on', { skip }, async (t) => {
  const at = await place(t)
  const release = hold()
  t.after(release)
  const web = await running(t, at)
  const { seq, containers } = await at.runtime.snapshot()
  assert.equal(containers.find(({ id }) => id === web.id)?.status, 'running')
  const lifecycle = (event: RuntimeEvent) => 'transition' in event
  const since = firstValueFrom(
    web.events$.pipe(filter(lifecycle), map(({ type }) => type), take(6), toArray()), // prettier-ignore
  )
  await web.stop({ signal: 'SIGKILL' })
  assert.deepEqual(
    (await since).map((type) => type.slice(10)),
    ['creating', 'created', 'starting', 'running', 'stopping', 'stopped'],
  )
  const next: string[] = []
  for await (const { type, container } of at.runtime.events({ since: seq })) {
    if (container === web.id) next.push(type)
    if (type === 'lifecycle.stopped') break
  }
  assert.deepEqual(next, ['lifecycle.stopping', 'lifecycle.stopped'])
})

test('labels stay with the container', { skip }, async (t) => {
  const at = await place(t)
  const id = freshId()
  const options = { id, config: config(at, ['true']), rootfs: at.rootfs, labels: { 'org.example.tier': 'front' } }
  await at.runtime.create(options)
  await using other = await openRuntime({ root: at.root })
  const web = await other.get(id)
  assert.deepEqual(web.labels, { 'org.example.tier': 'front' })
  assert.equal(web.bundle, `${at.root}/${id}`)
  assert.ok(Date.parse(web.created) > 0)
})

test('what does not exist is a StatorError, never a string', { skip }, async (t) => {
  const at = await place(t)
  const error = await at.runtime.get('nobody').catch((thrown: unknown) => thrown)
  assert.ok(error instanceof StatorError)
  assert.deepEqual(error.toJSON(), {
    code: 'ERR_STATOR_NOT_FOUND',
    message: 'container "nobody": container does not exist',
  })
  await refused(at.runtime.restore({}), { code: 'ERR_STATOR_UNSUPPORTED' })
})
