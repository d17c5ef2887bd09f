// hooks: when each kind runs, in which namespaces, with which state on stdin, and what becomes of one that fails.

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
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
      const create = at.runtime.create({ id, config: made, rootfs: at.rootfs })
      const error = await refused(when === 'create' ? create : create.then((container) => container.start()), {
        code: 'ERR_STATOR_HOOK',
        pointer: `hooks.${kind}[1]`,
        message: /failed with exit code 3/,
      })
      if (kind !== 'startContainer') assert.match(error.message, /why/)
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
    const create = at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
    await refused(when === 'create' ? create : create.then((container) => container.start()), {
      code: 'ERR_STATOR_HOOK',
      pointer: `hooks.${kind}[0]`,
      message: /took more than 1 s/,
    })
  })

  test(`a ${kind} hook that is not there is the error of ${when}`, { skip }, async (t) => {
    const at = await place(t)
    const made = config(at, ['sleep', '1000'], (spec) => {
      spec.hooks = { [kind]: [{ path: '/no/such/hook' }] }
    })
    const create = at.runtime.create({ id: freshId(), config: made, rootfs: at.rootfs })
    await refused(when === 'create' ? create : create.then((container) => container.start()), {
      code: 'ERR_STATOR_HOOK',
      pointer: `hooks.${kind}[0]`,
      errno: 'ENOENT',
    })
  })
}

test('hooks of the runtime are events: started, finished with what they printed', { skip }, async (t) => {
  const at = await place(t)
  const events: unknown[] = []
  const subscription = at.runtime.events$.subscribe((event) => {
    if (event.type === 'hook.started' || event.type === 'hook.finished')
      events.push([event.type, event.kind, event.index])
  })
  await at.runtime.run({
    id: freshId(),
    rootfs: at.rootfs,
    config: config(at, ['true'], (made) => {
      made.hooks = { createRuntime: [{ path: '/bin/busybox', args: ['echo', 'hello'] }] }
    }),
  })
  subscription.unsubscribe()
  assert.deepEqual(events, [
    ['hook.started', 'createRuntime', 0],
    ['hook.finished', 'createRuntime', 0],
  ])
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
