// What a filter notifies of (SCMP_ACT_NOTIFY), answered for real containers: by whoever subscribes, by a policy, by an agent, and
// by a runtime that comes later.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { firstValueFrom } from 'rxjs'
import type { SeccompNotification } from '../../src/actors/seccomp/notification.ts'
import { type Container, openRuntime, type RuntimeEvent, StatorError } from '../../src/index.ts'
import { errnos } from '../../src/native/errno.ts'
import { mkfifo } from '../../src/native/pipe.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import type { Seccomp } from '../../src/oci/config.ts'
import { type RawCall, rawCalls, results } from './raw-calls.ts'
import { bundle, type Change, config, freshId, missing, type Place, place, refused, running } from './support.ts'

const launcher = fileURLToPath(new URL('../../bin/stator', import.meta.url))
const skip = missing !== false ? missing : architecture() === 'x86_64' ? false : 'machine code of x86_64'
const numbers = syscalls.x86_64

function notifying(names: string, noNewPrivileges = true, others: Partial<Seccomp> = {}): Change {
  return ({ process, linux, root }) => {
    root.readonly = false
    process.noNewPrivileges = noNewPrivileges
    const syscalls = [{ names: names.split(' '), action: 'SCMP_ACT_NOTIFY' }]
    linux!.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls, ...others } as never
  }
}

const mkdir: RawCall = { number: numbers['mkdir']!, args: ['/tmp/made', 0o755] }
const getppid: RawCall = { number: numbers['getppid']! }

function addCalls({ rootfs }: Pick<Place, 'rootfs'>, ...calls: readonly RawCall[]): string {
  writeFileSync(join(rootfs, 'bin/calls'), rawCalls(calls), { mode: 0o755 })
  return '/bin/calls'
}

/** What the calls of a container that is created returned. */
async function returned(container: Container): Promise<number[]> {
  await container.start()
  const [written, { code }] = await Promise.all([buffer(container.stdout!), container.wait()])
  assert.equal(code, 0)
  await container.delete()
  return results(written)
}

async function told(at: Place, type: RuntimeEvent['type']): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of at.runtime.events({ since: 0, follow: false })) if (event.type === type) events.push(event)
  return events
}

for (const noNewPrivileges of [true, false]) {
  const how = noNewPrivileges ? 'with no_new_privs' : 'without no_new_privs'

  test(`${how}: who subscribes answers, and sees what is asked`, { skip }, async (t) => {
    const at = await place(t)
    const seen: SeccompNotification[] = []
    const answers = [
      (asked: SeccompNotification) => asked.deny('EACCES'),
      (asked: SeccompNotification) => asked.returnValue(7),
      (asked: SeccompNotification) => asked.continue(),
    ]
    const subscription = at.runtime.notifications$.subscribe((asked) => {
      seen.push(asked)
      void answers[seen.length - 1]?.(asked)
    })
    const spec = config(at, [addCalls(at, mkdir, mkdir, mkdir)], notifying('mkdir', noNewPrivileges))
    const id = freshId()
    const container = await at.runtime.create({ id, config: spec, rootfs: at.rootfs, stdio: 'pipe' })
    const { pid } = container
    assert.deepEqual(await returned(container), [-errnos.EACCES, 7, 0])
    subscription.unsubscribe()
    assert.ok(existsSync(join(at.rootfs, 'tmp/made')), 'the third went on')
    assert.deepEqual(
      seen.map(({ container, syscall, pid, architecture, args }) => [container, syscall, pid, architecture, args[1]]),
      [1, 2, 3].map(() => [id, 'mkdir', pid, 'x86_64', 0o755n]),
    )
    const asked = await told(at, 'seccomp.notify')
    assert.deepEqual(
      asked.map(
        (event) => event.type === 'seccomp.notify' && [event.container, event.syscall, event.decoded?.['path']],
      ),
      [1, 2, 3].map(() => [id, 'mkdir', '/tmp/made']),
    )
  })
}

test("init's own calls are answered, too: from the load on", { skip }, async (t) => {
  const at = await place(t)
  const seen = new Set<string>()
  const onNotification = (asked: SeccompNotification) => {
    seen.add(asked.syscall)
    return asked.continue()
  }
  const calls = 'capset setresuid openat read close_range execve exit_group'
  const spec = config(at, ['true'], notifying(calls, false))
  const done = await at.runtime.run({ config: spec, rootfs: at.rootfs, onNotification })
  assert.equal(done.exitCode, 0)
  for (const name of calls.split(' ')) assert.ok(seen.has(name), name)
})

test('the first answer wins', { skip }, async (t) => {
  const at = await place(t)
  const outcomes: string[] = []
  const onNotification = async (asked: SeccompNotification) => {
    for (const answer of [asked.deny('EBUSY'), asked.returnValue(1), asked.continue()])
      await answer.then(
        () => outcomes.push('won'),
        (error: unknown) => outcomes.push(error instanceof StatorError ? error.code : String(error)),
      )
  }
  const spec = config(at, [addCalls(at, mkdir)], notifying('mkdir'))
  const how = { id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe', onNotification } as const
  assert.deepEqual(await returned(await at.runtime.create(how)), [-errnos.EBUSY])
  assert.deepEqual(outcomes, ['won', 'ERR_STATOR_ANSWERED', 'ERR_STATOR_ANSWERED'])
})

test(
  'a subscriber that throws is warned of with the call, and another one answers; watch tells of both',
  { skip },
  async (t) => {
    const at = await place(t)
    const failing = at.runtime.notifications$.subscribe(() => {
      throw new Error('boom')
    })
    const answering = at.runtime.notifications$.subscribe((asked) => void asked.deny('EBUSY'))
    const warned = once(process, 'warning') as Promise<[Error]>
    const id = freshId()
    const spec = config(at, [addCalls(at, mkdir)], notifying('mkdir'))
    const container = await at.runtime.create({ id, config: spec, rootfs: at.rootfs, stdio: 'pipe' })
    assert.deepEqual(await returned(container), [-errnos.EBUSY])
    for (const subscription of [failing, answering]) subscription.unsubscribe()
    const [{ message }] = await warned
    assert.equal(message, `container "${id}", mkdir: a subscriber of notifications$ has failed: boom`)
    const argv = [launcher, '--root', at.root, 'watch', '--since', '0', '--no-follow']
    const watch = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [printed] = await Promise.all([buffer(watch.stdout), once(watch, 'close')])
    const lines = printed.toString().split('\n')
    assert(lines.some((line) => line.endsWith(`${id} seccomp.notify mkdir "/tmp/made"`)))
    assert(lines.some((line) => line.endsWith(`${id} seccomp.answered mkdir EBUSY (asked)`)))
  },
)

test('a policy answers by rule, and at its deadline for who says nothing', { skip }, async (t) => {
  const at = await place(t)
  const spec = config(at, [addCalls(at, mkdir, getppid)], notifying('mkdir getppid'))
  const notify = {
    name: 'some',
    rules: [
      { names: ['mkdir'], args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 5n }], answer: 'continue' },
      { names: ['mkdir'], path: { prefix: '/tmp/' }, answer: { errno: 'ENOSPC' } },
    ],
    deadlineMs: 50,
    onDeadline: { returnValue: 42 },
  } as const
  const onNotification = () => new Promise(() => {})
  const how = { id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe', notify, onNotification } as const
  assert.deepEqual(await returned(await at.runtime.create(how)), [-errnos.ENOSPC, 42])
})

test('a process of exec asks for itself', { skip }, async (t) => {
  const at = await place(t)
  const program = addCalls(at, mkdir)
  const asked: (string | undefined)[] = []
  const subscription = at.runtime.notifications$.subscribe((notification) => {
    asked.push(notification.exec)
    void notification.deny('ENOSPC')
  })
  t.after(() => subscription.unsubscribe())
  const container = await running(t, at, notifying('mkdir'))
  const session = await container.exec({ args: [program] })
  assert.deepEqual(results(await buffer(session.stdout!)), [-errnos.ENOSPC])
  assert.deepEqual(asked, [session.id])
  await session.wait()
})

test('where nobody would answer, neither a container is made nor a process started', { skip }, async (t) => {
  const at = await place(t)
  const subscription = at.runtime.notifications$.subscribe((notification) => void notification.continue())
  const container = await running(t, at, notifying('mkdir'))
  subscription.unsubscribe()
  const message = /nobody would answer SCMP_ACT_NOTIFY/
  await refused(container.exec({ args: ['true'] }), { code: 'ERR_STATOR_CONFIG', message })
})

test('a program that asks nobody any more gets ENOSYS, and does not hang', { skip }, async (t) => {
  const at = await place(t)
  const subscription = at.runtime.notifications$.subscribe()
  const spec = config(at, [addCalls(at, mkdir)], notifying('mkdir'))
  const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
  subscription.unsubscribe()
  assert.deepEqual(await returned(container), [-errnos.ENOSYS])
})

for (const [what, when] of [
  ['before anything is asked', 'started'],
  ['while it was asked, and had not answered', 'asked'],
] as const) {
  test(`a runtime that is killed ${what}: the next runtime answers`, { skip, timeout: 60_000 }, async (t) => {
    const at = await place(t)
    const program = addCalls(at, mkdir, mkdir)
    const path = bundle(at, config(at, ['sh', '-c', `read -r _ </tmp/go; ${program} >/tmp/out`], notifying('mkdir')))
    const go = join(at.rootfs, 'tmp/go')
    mkfifo(go, 0o600)
    const id = freshId()
    const made = await maker(at, path, id)
    assert.equal(await made.next(), 'started')
    if (when === 'asked') {
      writeFileSync(go, '\n')
      assert.equal(await made.next(), 'asked')
    }
    await made.kill()
    if (when === 'started') writeFileSync(go, '\n')
    await using runtime = await openRuntime({ root: at.root })
    const asked: string[] = []
    const subscription = runtime.notifications$.subscribe((notification) => {
      asked.push(notification.syscall)
      void notification.deny('ENOTDIR')
    })
    const container = await runtime.get(id)
    await container.wait()
    subscription.unsubscribe()
    assert.deepEqual(results(readFileSync(join(at.rootfs, 'tmp/out'))), [-errnos.ENOTDIR, -errnos.ENOTDIR])
    assert.deepEqual(asked, ['mkdir', 'mkdir'])
    await container.delete()
  })
}

/** Fifos in the container's /tmp: one to let it go on, one to hear from it. */
function fifos({ rootfs }: Place): { readonly go: string; readonly over: string } {
  const [go, over] = [join(rootfs, 'tmp/go'), join(rootfs, 'tmp/over')]
  for (const path of [go, over]) mkfifo(path, 0o600)
  return { go, over }
}

/** A runtime of another process, which does what the fixture does until it is killed. */
async function maker(at: Place, path: string, id: string, ...how: readonly string[]) {
  const argv = ['--import', 'tsx', fixture('notified.ts'), at.root, path, id, ...how]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value as string | undefined
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    child.stdout.destroy()
  }
  return { next, kill }
}

test(
  'a runtime that is killed before the start: the next one starts, and answers what that asks',
  { skip, timeout: 60_000 },
  async (t) => {
    const at = await place(t)
    const id = freshId()
    const made = await maker(at, bundle(at, config(at, ['true'], notifying('execve'))), id, 'create')
    assert.equal(await made.next(), 'created')
    await made.kill()
    await using runtime = await openRuntime({ root: at.root })
    const container = await runtime.get(id)
    const asked: string[] = []
    const subscription = runtime.notifications$.subscribe((notification) => {
      asked.push(notification.syscall)
      void notification.continue()
    })
    await container.start({ timeoutMs: 20_000 })
    assert.equal((await container.wait()).code, 0)
    subscription.unsubscribe()
    assert.deepEqual(asked, ['execve'])
    await container.delete()
  },
)

test(
  'a runtime that is killed: the next one answers what its process of exec asks',
  { skip, timeout: 60_000 },
  async (t) => {
    const at = await place(t)
    const program = addCalls(at, mkdir)
    const { go, over } = fifos(at)
    const id = freshId()
    const path = bundle(at, config(at, ['sleep', '600'], notifying('mkdir')))
    const made = await maker(at, path, id, 'exec', `read -r _ </tmp/go; ${program} >/tmp/out; echo >/tmp/over`)
    assert.equal(await made.next(), 'started')
    await made.kill()
    await using runtime = await openRuntime({ root: at.root })
    const container = await runtime.get(id)
    const asked: (readonly [string, boolean])[] = []
    const subscription = runtime.notifications$.subscribe((notification) => {
      asked.push([notification.syscall, notification.exec === undefined])
      void notification.deny('ENOTDIR')
    })
    writeFileSync(go, '\n')
    await readFile(over)
    subscription.unsubscribe()
    assert.deepEqual(results(readFileSync(join(at.rootfs, 'tmp/out'))), [-errnos.ENOTDIR])
    assert.deepEqual(asked, [['mkdir', false]])
    await container.delete({ force: true })
  },
)

test(
  'calls that cannot be interrupted: the one that was asked is lost, what comes next is answered',
  { skip, timeout: 60_000 },
  async (t) => {
    const at = await place(t)
    const program = addCalls(at, mkdir)
    const id = freshId()
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] as const
    const script = `${program} & read -r _ </tmp/go; ${program} >/tmp/out; echo >/tmp/over`
    const { go, over } = fifos(at)
    const made = await maker(at, bundle(at, config(at, ['sh', '-c', script], notifying('mkdir', true, { flags }))), id)
    const said = new Set([await made.next(), await made.next()])
    assert.deepEqual(said, new Set(['asked', 'started']))
    await made.kill()
    await using runtime = await openRuntime({ root: at.root })
    const container = await runtime.get(id)
    const warned = once(process, 'warning') as Promise<[Error]>
    const subscription = runtime.notifications$.subscribe((notification) => void notification.deny('ENOTDIR'))
    writeFileSync(go, '\n')
    await readFile(over)
    subscription.unsubscribe()
    assert.match((await warned)[0].message, /calls that wait: .*not frozen after 1000 ms/)
    assert.deepEqual(results(readFileSync(join(at.rootfs, 'tmp/out'))), [-errnos.ENOTDIR])
    await container.delete({ force: true })
  },
)

test('a runtime that is closed, and whose process lives on, is replaced too', { skip }, async (t) => {
  const at = await place(t)
  const maker = await openRuntime({ root: at.root })
  const first = maker.notifications$.subscribe((notification) => void notification.deny('EXDEV'))
  const program = addCalls(at, mkdir)
  const spec = config(at, ['sh', '-c', `read -r _ </tmp/go; ${program} >/tmp/out`], notifying('mkdir'))
  const go = join(at.rootfs, 'tmp/go')
  mkfifo(go, 0o600)
  const id = freshId()
  await (await maker.create({ id, config: spec, rootfs: at.rootfs })).start()
  const container = await at.runtime.get(id)
  first.unsubscribe()
  await maker.close()
  const subscription = at.runtime.notifications$.subscribe((notification) => void notification.deny('ENOTDIR'))
  writeFileSync(go, '\n')
  await container.wait()
  subscription.unsubscribe()
  assert.deepEqual(results(readFileSync(join(at.rootfs, 'tmp/out'))), [-errnos.ENOTDIR])
})

// An agent: another process, which the OCI gives the listener.

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
}

interface Agent extends AsyncDisposable {
  readonly socket: string
  /** The next line that it prints. */
  next(): Promise<Record<string, unknown>>
}

async function agent(at: Place, ...how: readonly string[]): Promise<Agent> {
  const socket = join(at.folder, 'agent.sock')
  const child = spawn(process.execPath, ['--import', 'tsx', fixture('seccomp-agent.ts'), socket, ...how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>
  assert.deepEqual(await next(), { listening: socket })
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    child.stdout.destroy()
    rmSync(socket, { force: true })
  }
  return { socket, next, [Symbol.asyncDispose]: end }
}

const withAgent = (socket: string, names = 'mkdir') =>
  notifying(names, true, { listenerPath: socket, listenerMetadata: 'of the test' })

test(
  'an agent gets the listener with the state of the process, for create and for exec, and its answers count',
  { skip },
  async (t) => {
    const at = await place(t)
    const program = addCalls(at, mkdir)
    await using first = await agent(at, 'deny', 'mkdir', 'EXDEV')
    const container = await running(t, at, (spec) => {
      withAgent(first.socket)(spec)
      spec.annotations = { 'org.example.test': 'agent' }
    })
    const { id, pid, bundle } = container
    const state = {
      ociVersion: container.state.ociVersion,
      id,
      pid,
      bundle,
      annotations: { 'org.example.test': 'agent' },
    }
    const process = { ociVersion: state.ociVersion, fds: ['seccompFd'], metadata: 'of the test' }
    assert.deepEqual(await first.next(), {
      state: { ...process, pid, state: { ...state, status: 'creating' } },
      hasListener: true,
    })
    await first[Symbol.asyncDispose]()
    await using second = await agent(at, 'deny', 'mkdir', 'EXDEV')
    const session = await container.exec({ args: [program] })
    const got = await second.next()
    assert.deepEqual(got['state'], {
      ...process,
      pid: (got['state'] as { pid: number }).pid,
      state: { ...state, status: 'running' },
    })
    assert.notEqual((got['state'] as { pid: number }).pid, pid)
    assert.deepEqual(results(await buffer(session.stdout!)), [-errnos.EXDEV])
    await session.wait()
  },
)

for (const [how, expected] of [
  [['late', '200'], 0],
  [['die'], -errnos.ENOSYS],
] as const) {
  test(`an agent that does "${how[0]}": the call ends as the kernel says, and nothing hangs`, { skip }, async (t) => {
    const at = await place(t)
    await using dumb = await agent(at, ...how)
    const spec = config(at, [addCalls(at, mkdir)], withAgent(dumb.socket))
    const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
    assert.deepEqual(await returned(container), [expected])
  })
}

test('an agent that never answers: the container can be killed and deleted', { skip }, async (t) => {
  const at = await place(t)
  await using dumb = await agent(at, 'never')
  const spec = config(at, [addCalls(at, mkdir)], withAgent(dumb.socket))
  const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
  await container.start()
  const exit = container.wait()
  await container.kill('SIGKILL')
  assert.equal((await exit).signal, 'SIGKILL')
  await container.delete()
})

test('an agent that is not there is an error of create, and nothing is left', { skip }, async (t) => {
  const at = await place(t)
  const socket = join(at.folder, 'nobody.sock')
  const how = { id: freshId(), config: config(at, ['true'], withAgent(socket)), rootfs: at.rootfs }
  await refused(at.runtime.create(how), {
    code: 'ERR_STATOR_STAGE',
    errno: 'ENOENT',
    pointer: 'linux.seccomp.listenerPath',
  })
})

test('notifications$ completes when the runtime is closed', { skip }, async (t) => {
  const at = await place(t)
  const runtime = await openRuntime({ root: join(at.folder, 'other') })
  const first = firstValueFrom(runtime.notifications$, { defaultValue: 'completed' })
  await runtime.close()
  assert.equal(await first, 'completed')
})
