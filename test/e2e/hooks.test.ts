// hooks: when each kind runs, in which namespaces, with which state on stdin, and what becomes of one that fails.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openRuntime } from '../../src/index.ts'
import type { OciState } from '../../src/oci/state.ts'
import { config, freshId, missing, namespaceOf, place, refused, type Change, type Place } from './support.ts'

const skip = missing
const kinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const

interface Said {
  readonly kind: string
  readonly state: OciState
  readonly mount: string
  readonly pid: string
  readonly env: string
}

/** A hook that writes one line of JSON about itself into a file that is seen under the same path inside and outside. */
function journal(at: Place): { readonly file: string; readonly change: Change; said(): Said[] } {
  const folder = join(at.folder, 'hooks')
  mkdirSync(folder)
  chmodSync(folder, 0o777)
  const script = join(folder, 'hook.sh')
  const file = join(folder, 'log')
  writeFileSync(
    script,
    `#!/bin/sh\nstate=$(cat)\nprintf '{"kind":"%s","state":%s,"mount":"%s","pid":"%s","env":"%s"}\\n' "$1" "$state" "$(readlink /proc/self/ns/mnt)" "$(readlink /proc/self/ns/pid)" "$MARK" >> ${file}\n`,
  )
  chmodSync(script, 0o755)
  const change: Change = (made) => {
    made.mounts?.push({ destination: folder, type: 'bind', source: folder, options: ['bind'] })
    made.hooks = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        [1, 2].map((n) => ({
          path: script,
          args: ['hook', `${kind} ${n}`],
          env: [`MARK=${kind}`, 'PATH=/usr/bin:/bin'],
        })),
      ]),
    )
  }
  const said = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Said)
  return { file, change, said }
}

test('all six kinds run in order, each at its moment, with the state on stdin', { skip }, async (t) => {
  const at = await place(t)
  const { change, said } = journal(at)
  const id = freshId()
  const annotate: Change = (made) => {
    change(made)
    made.annotations = { 'org.example.key': 'value' }
  }
  const container = await at.runtime.create({ id, config: config(at, ['sleep', '1000'], annotate), rootfs: at.rootfs })
  const kindsSoFar = () => said().map(({ kind }) => kind)
  const twice = (...some: string[]) => some.flatMap((kind) => [`${kind} 1`, `${kind} 2`])
  assert.deepEqual(kindsSoFar(), twice('prestart', 'createRuntime', 'createContainer'))
  const pid = container.pid ?? 0
  const inside = { mount: namespaceOf(pid, 'mnt'), pid: namespaceOf(pid, 'pid') }
  const host = { mount: namespaceOf('self', 'mnt'), pid: namespaceOf('self', 'pid') }

  await container.start()
  assert.deepEqual(kindsSoFar().slice(6), twice('startContainer', 'poststart'))
  await container.delete({ force: true })
  assert.deepEqual(kindsSoFar().slice(10), twice('poststop'))

  const statuses: Record<string, string> = {
    prestart: 'creating',
    createRuntime: 'creating',
    createContainer: 'creating',
    startContainer: 'created',
    poststart: 'running',
    poststop: 'stopped',
  }
  for (const { kind: name, state, mount, pid: pidNamespace, env } of said()) {
    const kind = name.split(' ')[0] ?? ''
    assert.equal(state.id, id, name)
    assert.equal(state.status, statuses[kind], name)
    assert.equal(state.bundle, container.bundle, name)
    assert.deepEqual(state.annotations, { 'org.example.key': 'value' }, name)
    if (kind === 'poststop') assert.ok(!state.pid, name)
    else assert.equal(state.pid, pid, `${name}: ${JSON.stringify(state)}`)
    // Only these two run inside.
    const expected = kind === 'createContainer' || kind === 'startContainer' ? inside : host
    assert.deepEqual({ mount, pid: pidNamespace }, expected, name)
    assert.equal(env, kind, 'its own environment')
  }
})

/** The events of hooks from now on, as one line each: how it went, which one, how it has ended, and what it printed. */
function hookEvents({ events$ }: Place['runtime']): string[] {
  const lines: string[] = []
  events$.subscribe((event) => {
    const { type } = event
    if (type === 'hook.started') lines.push(`started ${event.kind} ${event.index}`)
    if (type !== 'hook.finished' && type !== 'hook.failed') return
    assert.ok(event.durationMs >= 0 && event.path.startsWith('/'))
    const exit = event.exit === null ? 'never started' : (event.exit.signal ?? event.exit.code)
    const printed = JSON.stringify(event.stdout + event.stderr)
    lines.push(`${type.slice(5)} ${event.kind} ${event.index}: ${exit} ${printed}`)
  })
  return lines
}

test('a hook gets exactly its environment', { skip }, async (t) => {
  const at = await place(t)
  process.env['STATOR_TEST_LEAK'] = 'yes'
  t.after(() => delete process.env['STATOR_TEST_LEAK'])
  const said: string[] = []
  const subscription = at.runtime.events$.subscribe((event) => {
    if (event.type === 'hook.finished') said.push(event.stdout)
  })
  await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['true'], (made) => {
      const env = ['ONE=1', 'TWO=a=b']
      made.hooks = {
        createRuntime: [
          { path: '/bin/busybox', args: ['env'], env },
          { path: '/bin/busybox', args: ['env'] },
        ],
      }
    }),
  })
  subscription.unsubscribe()
  assert.deepEqual(said, ['ONE=1\nTWO=a=b\n', ''])
})

const failing = [
  ['prestart', 'create'],
  ['createRuntime', 'create'],
  ['createContainer', 'create'],
  ['startContainer', 'start'],
] as const

for (const [kind, when] of failing) {
  test(
    `a ${kind} hook that fails is the error of ${when}, with its exit code and what it printed`,
    { skip },
    async (t) => {
      const at = await place(t)
      const id = freshId()
      const made = config(at, ['sleep', '1000'], (spec) => {
        const hook = { path: '/bin/busybox', args: ['sh', '-c', 'echo to stdout; echo why >&2; exit 3'] }
        spec.hooks = {
          [kind]: [
            { path: '/bin/busybox', args: ['true'] },
            hook,
            { path: '/bin/busybox', args: ['touch', join(at.folder, 'third')] },
          ],
        }
      })
      const events = hookEvents(at.runtime)
      const create = at.runtime.create({ id, config: made, rootfs: at.rootfs })
      const error = await refused(when === 'create' ? create : create.then((container) => container.start()), {
        code: 'ERR_STATOR_HOOK',
        pointer: `hooks.${kind}[1]`,
        message: /failed with exit code 3/,
      })
      assert.match(error.message, /to stdout/)
      assert.match(error.message, /why/)
      assert.deepEqual(events, [
        `started ${kind} 0`,
        `finished ${kind} 0: 0 ""`,
        `started ${kind} 1`,
        `failed ${kind} 1: 3 "to stdout\\nwhy\\n"`,
      ])
      assert.ok(!existsSync(join(at.folder, 'third')), 'hooks after it do not run')
      if (when === 'create') assert.ok(!existsSync(join(at.root, id)), 'nothing of the container stays')
      else {
        const container = await at.runtime.get(id)
        await container.until('stopped')
        assert.equal(container.status, 'stopped')
      }
    },
  )

  test(`a ${kind} hook that takes too long is ended, and is the error of ${when}`, { skip }, async (t) => {
    const at = await place(t)
    const made = config(at, ['sleep', '1000'], (spec) => {
      spec.hooks = { [kind]: [{ path: '/bin/busybox', args: ['sleep', '1000'], timeout: 1 }] }
    })
    const events = hookEvents(at.runtime)
    const create = at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
    await refused(when === 'create' ? create : create.then((container) => container.start()), {
      code: 'ERR_STATOR_HOOK',
      pointer: `hooks.${kind}[0]`,
      message: /took more than 1 s/,
    })
    assert.deepEqual(events, [`started ${kind} 0`, `failed ${kind} 0: SIGKILL ""`])
  })

  test(`a ${kind} hook that is not there is the error of ${when}`, { skip }, async (t) => {
    const at = await place(t)
    const made = config(at, ['sleep', '1000'], (spec) => {
      spec.hooks = { [kind]: [{ path: '/no/such/hook' }] }
    })
    const events = hookEvents(at.runtime)
    const create = at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
    await refused(when === 'create' ? create : create.then((container) => container.start()), {
      code: 'ERR_STATOR_HOOK',
      pointer: `hooks.${kind}[0]`,
      errno: 'ENOENT',
    })
    assert.deepEqual(events, [`started ${kind} 0`, `failed ${kind} 0: never started ""`])
  })
}

const print = (text: string) => ({ path: '/bin/busybox', args: ['echo', text] })

test('hooks are events wherever they run: started, finished with what each has printed', { skip }, async (t) => {
  const at = await place(t)
  const events = hookEvents(at.runtime)
  const steps: string[] = []
  at.runtime.events$.subscribe(({ type }) => {
    if (type.startsWith('lifecycle.')) steps.push(type.slice(10))
    if (type === 'hook.started') steps.push('hook')
  })
  await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['true'], (made) => {
      made.hooks = Object.fromEntries(kinds.map((kind) => [kind, [print(`one ${kind}`), print(`two ${kind}`)]]))
    }),
  })
  const expected = kinds.flatMap((kind) =>
    ['one', 'two'].flatMap((n, index) => [
      `started ${kind} ${index}`,
      `finished ${kind} ${index}: 0 "${n} ${kind}\\n"`,
    ]),
  )
  // The program may have ended before poststart hooks have.
  assert.deepEqual(events, expected)
  const six = ['hook', 'hook', 'hook', 'hook', 'hook', 'hook']
  assert.deepEqual(steps.slice(0, 12), ['creating', ...six, 'created', 'starting', 'hook', 'hook', 'running'])
})

test(
  'a container that another process has made: what its startContainer hooks print is told all the same',
  { skip },
  async (t) => {
    const at = await place(t)
    const made = config(at, ['sleep', '1000'], (spec) => {
      const fails = { path: '/bin/busybox', args: ['sh', '-c', 'echo why >&2; kill -9 $$'] }
      spec.hooks = { startContainer: [print('one'), fails] }
    })
    const { id } = await at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
    await using other = await openRuntime({ root: at.root })
    const events = hookEvents(other)
    const container = await other.get(id)
    await refused(container.start(), { code: 'ERR_STATOR_HOOK', message: /was ended by a signal 9 .*: why/ })
    assert.deepEqual(events, [
      'started startContainer 0',
      'finished startContainer 0: 0 "one\\n"',
      'started startContainer 1',
      'failed startContainer 1: SIGKILL "why\\n"',
    ])
  },
)

test('a start that is killed while a startContainer hook runs: the program runs', { skip }, async (t) => {
  const at = await place(t)
  const folder = join(at.folder, 'shared')
  mkdirSync(folder)
  for (const name of ['begun', 'go']) execFileSync('mkfifo', [join(folder, name)])
  const made = config(at, ['sleep', '1000'], (spec) => {
    // As pid 1 of a namespace it could not be ended by a SIGPIPE.
    spec.linux!.namespaces = spec.linux!.namespaces!.filter(({ type }) => type !== 'pid')
    spec.mounts?.push({ destination: folder, type: 'bind', source: folder, options: ['bind'] })
    const script = `echo > ${folder}/begun; read x < ${folder}/go`
    spec.hooks = { startContainer: [{ path: '/bin/busybox', args: ['sh', '-c', script] }] }
  })
  const container = await at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
  const library = new URL('../../src/index.ts', import.meta.url).href
  const program = `import { openRuntime } from ${JSON.stringify(library)}
    const runtime = await openRuntime({ root: ${JSON.stringify(at.root)} })
    await (await runtime.get(${JSON.stringify(container.id)})).start()`
  const start = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(start, 'exit')
  await readFile(join(folder, 'begun'))
  start.kill('SIGKILL')
  await ended
  await writeFile(join(folder, 'go'), '\n')
  const { pid } = container
  // Until the hook has ended init is still the stub.
  while (readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'sleep\n') await nextTurn()
  assert.equal(await container.refresh(), 'running')
})

test(
  'a poststop hook that fails keeps neither those after it from running nor the container from going',
  { skip },
  async (t) => {
    const at = await place(t)
    const id = freshId()
    const mark = join(at.folder, 'second')
    const made = config(at, ['true'], (spec) => {
      spec.hooks = {
        poststop: [
          { path: '/bin/busybox', args: ['false'] },
          { path: '/bin/busybox', args: ['touch', mark] },
        ],
      }
    })
    await at.runtime.run({ id, config: made, rootfs: at.rootfs })
    assert.equal(existsSync(mark), true)
    assert.ok(!existsSync(join(at.root, id)))
  },
)

test('a runtime that closes while a poststop hook runs waits for it, and for those after it', { skip }, async (t) => {
  const at = await place(t)
  for (const name of ['begun', 'go']) execFileSync('mkfifo', [join(at.folder, name)])
  const script = `echo > ${at.folder}/begun; read x < ${at.folder}/go; echo $x`
  const made = config(at, ['true'], (spec) => {
    spec.hooks = { poststop: [{ path: '/bin/busybox', args: ['sh', '-c', script] }, print('two')] }
  })
  const closing = await openRuntime({ root: at.root })
  const events = hookEvents(closing)
  const container = await closing.create({ id: freshId(), config: made, rootfs: at.rootfs })
  const deleted = container.delete({ force: true })
  await readFile(join(at.folder, 'begun'))
  const closed = closing.close()
  // Open for reading too: that the hook is no more must not keep us here.
  await writeFile(join(at.folder, 'go'), 'one\n', { flag: 'r+' })
  await Promise.all([deleted, closed])
  assert.deepEqual(events, [
    'started poststop 0',
    'finished poststop 0: 0 "one\\n"',
    'started poststop 1',
    'finished poststop 1: 0 "two\\n"',
  ])
  assert.ok(!existsSync(join(at.root, container.id)))
})

const limits = {
  'its AbortSignal': ['ERR_STATOR_ABORTED', (_, controller) => controller.abort(new Error('no more need'))],
  'a close': ['ERR_STATOR_CLOSED', (runtime) => void runtime.close()],
} as const satisfies Record<string, [string, (runtime: Place['runtime'], controller: AbortController) => void]>

for (const [kind, when, how] of [
  ['prestart', 'create', 'its AbortSignal'],
  ['createRuntime', 'create', 'a close'],
  ['poststart', 'start', 'its AbortSignal'],
] as const) {
  test(`${how} ends a ${kind} hook: the error of ${when} says so, and which hook`, { skip }, async (t) => {
    const at = await place(t)
    await using runtime = await openRuntime({ root: at.root })
    const id = freshId()
    const made = config(at, ['sleep', '1000'], (spec) => {
      spec.hooks = { [kind]: [{ path: '/bin/busybox', args: ['sleep', '1000'] }, print('never')] }
    })
    const [code, end] = limits[how]
    const controller = new AbortController()
    const { signal } = controller
    const events = hookEvents(runtime)
    runtime.events$.subscribe(({ type }) => void (type === 'hook.started' && end(runtime, controller)))
    const create = runtime.create({ id, config: made, rootfs: at.rootfs, ...(when === 'create' ? { signal } : {}) })
    const error = await refused(when === 'create' ? create : create.then((container) => container.start({ signal })), {
      code,
      pointer: `hooks.${kind}[0]`,
    })
    assert.match(error.message, new RegExp(`${kind} hook /bin/busybox was running`))
    assert.deepEqual(events, [`started ${kind} 0`, `failed ${kind} 0: SIGKILL ""`])
    if (when === 'create') assert.ok(!existsSync(join(at.root, id)), 'nothing of the container stays')
    else assert.equal((await runtime.get(id)).status, 'stopped')
  })
}

test('a start that is aborted while a startContainer hook runs: the container has ended', { skip }, async (t) => {
  const at = await place(t)
  const made = config(at, ['sleep', '1000'], (spec) => {
    spec.hooks = { startContainer: [{ path: '/bin/busybox', args: ['sleep', '1000'] }] }
  })
  const container = await at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
  const controller = new AbortController()
  at.runtime.events$.subscribe(({ type }) => void (type === 'hook.started' && controller.abort()))
  await refused(container.start({ signal: controller.signal }), { code: 'ERR_STATOR_ABORTED' })
  assert.equal(container.status, 'stopped')
})
