// What a call is given by somebody without a compiler: each wrong thing is a StatorError that names it, and nothing is begun.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { StatorError } from '../../src/errors.ts'
import { defineConfig } from '../../src/oci/default-config.ts'
import { hostBundle } from '../../src/runtime/host-bundle.ts'
import { openRuntime } from '../../src/runtime/open.ts'
import { left, open, options, stage } from './fakes.ts'

/** Whatever JavaScript allows. */
const untyped = (value: unknown): any => value

async function refused(call: () => unknown, message: RegExp): Promise<void> {
  await assert.rejects(
    async () => call(),
    (thrown) => {
      assert.ok(thrown instanceof StatorError, inspect(thrown))
      assert.equal(thrown.code, 'ERR_STATOR_CONFIG', thrown.message)
      assert.match(thrown.message, message)
      return true
    },
  )
}

test('open: a root that is no path, one that cannot be made, an option that there is not', async () => {
  await refused(() => openRuntime({ root: '' }), /^open: root must be a path, not ""$/)
  await refused(() => openRuntime(untyped({ root: 7 })), /root must be a path, not 7/)
  await refused(() => openRuntime(untyped({ Root: '/x' })), /"Root": no such option \(did you mean "root"\?\)/)
  await refused(() => openRuntime(untyped('/x')), /options must be an object, not "\/x"/)
  await refused(() => openRuntime(untyped({ root: '/x', signal: 'SIGTERM' })), /signal must be an AbortSignal/)
  await assert.rejects(openRuntime({ root: '/proc/stator' }), {
    code: 'ERR_STATOR_PLATFORM',
    errno: 'ENOENT',
    path: '/proc/stator',
    message: 'make the root "/proc/stator": ENOENT',
  })
})

test('create, run, events', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const create = (more?: object) =>
    runtime.create(untyped(more === undefined ? more : { ...options(at, 'web'), ...more }))
  await refused(() => create(), /^create: options must be an object, not undefined$/)
  await refused(() => create({ stdio: 'foo' }), /stdio must be "log", .*, not "foo"/)
  await refused(() => create({ stdio: { stdin: 'x' } }), /stdio must be/)
  await refused(() => create({ stdio: { stdint: 0 } }), /stdio must be/)
  await refused(() => create({ stdioo: 'log' }), /"stdioo": no such option \(did you mean "stdio"\?\)/)
  await refused(() => create({ policy: '' }), /policy must be the name of a policy, or the path of a file, not ""/)
  await refused(() => create({ labels: { a: 1 } }), /labels must be an object of strings/)
  await refused(() => create({ timeoutMs: '100' }), /timeoutMs must be a number from 0, not "100"/)
  await refused(() => create({ timeoutMs: NaN }), /timeoutMs/)
  await refused(
    () => create({ signal: new AbortController() }),
    /signal must be an AbortSignal, not an object of Abort/,
  )
  await refused(() => runtime.run(untyped(undefined)), /^run: options must be an object/)
  await refused(() => runtime.run(untyped({ ...options(at, 'web'), input: 7 })), /input must be a string or bytes/)
  await refused(() => runtime.run(untyped({ ...options(at, 'web'), timeout: 7 })), /did you mean "timeoutMs"\?/)
  await refused(() => runtime.events(untyped({ since: '0' })), /since must be a whole number from 0, not "0"/)
  await refused(() => runtime.events(untyped({ sinse: 0 })), /did you mean "since"\?/)
  await assert.rejects(runtime.get(untyped(undefined)), { code: 'ERR_STATOR_ID' })
  await assert.rejects(runtime.run(untyped({ ...options(at, 'web'), id: {} })), { code: 'ERR_STATOR_ID' })
  assert.deepEqual(left(at), [])
})

test('what a container is asked for', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = untyped(await runtime.create(options(at, 'web')))
  await refused(() => web.waitFor(), /^wait for "web": give one of "log", "port" and "healthcheck"$/)
  await refused(() => web.waitFor({}), /give one of/)
  await refused(() => web.waitFor({ log: 'a', port: 1 }), /give one of/)
  await refused(() => web.waitFor({ log: undefined }), /give one of/)
  await refused(() => web.waitFor({ log: 7n }), /log must be a string or a RegExp, not 7/)
  await refused(() => web.waitFor({ port: 99999999 }), /port must be a port, 1 to 65535, not 99999999/)
  await refused(() => web.waitFor({ port: '80' }), /port must be a port, 1 to 65535, not "80"/)
  await refused(() => web.waitFor({ prot: 80 }), /"prot": no such option/)
  await refused(() => web.waitFor({ healthcheck: {} }), /healthcheck: args must be a list of strings/)
  await refused(() => web.waitFor({ healthcheck: { args: ['x'], intervalMs: -1 } }), /intervalMs must be/)
  await refused(() => web.until('bogus'), /must be one of creating, .*, not "bogus"/)
  await refused(() => web.until('running', 100), /options must be an object, not 100/)
  await refused(() => web.exec(), /^exec in "web": options must be an object, not undefined$/)
  await refused(() => web.exec({}), /args must be a list of strings, the program first, not undefined/)
  await refused(() => web.exec({ args: 'ls' }), /args must be a list of strings, the program first, not "ls"/)
  await refused(() => web.exec({ args: ['ls'], env: { A: 1 } }), /env must be/)
  await refused(() => web.kill({}), /^kill "web": signal must be the name or the number of a signal, not an object$/)
  await refused(() => web.kill('SIGTERM', { timeoutMs: '1' }), /timeoutMs/)
  await refused(() => web.stop({ signal: AbortSignal.timeout(1) }), /give an AbortSignal as "abortSignal"/)
  await refused(() => web.stop(null), /options must be an object, not null/)
  await refused(() => web.delete({ force: 1 }), /force must be true or false, not 1/)
  await refused(() => web.logs({ folow: true }).next(), /^logs of "web": "folow": .*did you mean "follow"/)
  assert.equal(web.status, 'created')
})

test('a configuration and a host bundle', async () => {
  await refused(() => hostBundle(untyped(undefined)), /^host bundle: options must be an object, not undefined$/)
  await refused(
    () => hostBundle(untyped({ args: ['x'], foldr: '/x' })),
    /"foldr": no such option \(did you mean "folder"/,
  )
  await refused(() => hostBundle(untyped({ args: ['x'], rootfs: '/x' })), /"rootfs": no such option/)
  await refused(() => hostBundle({ args: ['x'], folder: '' }), /folder must be a path, not ""/)
  await refused(() => defineConfig(untyped(undefined)), /options must be an object/)
  await refused(() => defineConfig(untyped({ args: ['x'], memoryLimit: 1 })), /"memoryLimit": no such option/)
})

test('kill takes limits as everything else does', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web'))
  await assert.rejects(web.kill('SIGKILL', { signal: AbortSignal.abort() }), {
    code: 'ERR_STATOR_ABORTED',
    message: 'kill "web": aborted',
  })
  assert.equal(web.status, 'created')
})

test('console.log and JSON show what they are', async (t) => {
  const at = stage(t)
  const runtime = await open(at)
  const web = await runtime.create(options(at, 'web', { labels: { a: 'b' } }))
  assert.equal(
    inspect(web, { breakLength: Infinity }),
    `Container { id: 'web', status: 'created', pid: ${web.pid}, bundle: '${web.bundle}' }`,
  )
  assert.deepEqual(JSON.parse(JSON.stringify({ web })), { web: (await runtime.snapshot()).containers[0] })
  assert.deepEqual(web.toJSON().labels, { a: 'b' })
  assert.equal(inspect(runtime, { breakLength: Infinity }), `Runtime { root: '${at.root}', containers: [ 'web' ] }`)
})

test('messages say which container they are about', async (t) => {
  const at = stage(t)
  const runtime = await open(at, {
    at(moment) {
      // As the gate says it of an init that has been killed.
      if (moment === 'before starting')
        throw new StatorError('ERR_STATOR_STATUS', 'container not running: its init has ended')
    },
  })
  const web = await runtime.create(options(at, 'web', { stdio: 'log' }))
  await assert.rejects(web.start(), {
    code: 'ERR_STATOR_STATUS',
    message: 'start "web": container not running: its init has ended',
  })
  const timed = runtime.run({ ...untyped(options(at, 'x')), id: undefined, timeoutMs: 0 })
  await assert.rejects(timed, { code: 'ERR_STATOR_TIMEOUT', message: /^run "run-[0-9a-f]{12}": not done after 0 ms$/ })
})
