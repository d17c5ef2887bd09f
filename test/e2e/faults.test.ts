// A failure at every step that a container's life executes, in every role, and at every stage: each is an error that names the
// step, or an end that is told, and leaves nothing behind.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, type Dirent, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { StatorError } from '../../src/errors.ts'
import type { Exit } from '../../src/actors/exit.ts'
import type { Live } from '../../src/actors/process/live.ts'
import type { RuntimeEvent } from '../../src/bus/event.ts'
import { ignoring } from '../../src/native/errno.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { readable } from '../../src/native/poller.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import type { Plan } from '../../src/plan/builder.ts'
import type { Role, Step } from '../../src/plan/step.ts'
import { type Actors, type AnyStage, makingStates, type MakingState } from '../../src/runtime/actors.ts'
import { linuxActors } from '../../src/runtime/linux.ts'
import { Runtime, type CreateOptions, type InternalOptions } from '../../src/runtime/runtime.ts'
import { failAt, Trace, traced } from './fault.ts'
import {
  added,
  bundle,
  type Change,
  config,
  freshId,
  holder,
  machine,
  missing as skip,
  ownMountNamespace,
} from './support.ts'

const EXIT_CODE = 7

/** What asks for a step of each kind. */
const everything: Change = (spec) => {
  const { process, mounts = [], linux = {} } = spec
  spec.root.readonly = true
  spec.domainname = 'example.org'
  spec.annotations = { 'org.example.test': 'faults' }
  spec.hooks = {
    prestart: [{ path: '/bin/true' }],
    createRuntime: [{ path: '/bin/true' }],
    createContainer: [{ path: '/bin/true' }, { path: '/bin/true', timeout: 60 }],
    startContainer: [{ path: '/bin/true' }, { path: '/bin/true', args: ['true', 'x'], env: ['A=1'], timeout: 60 }],
    poststart: [{ path: '/bin/true' }],
    poststop: [{ path: '/bin/true' }],
  }
  process.cwd = '/work/made'
  process.env = ['PATH=/nowhere:/bin', 'A=1']
  process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o027 }
  const some = ['CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_AUDIT_WRITE']
  process.capabilities = {
    bounding: some,
    effective: ['CAP_KILL'],
    permitted: some,
    inheritable: some,
    ambient: ['CAP_KILL'],
  }
  process.rlimits = [
    { type: 'RLIMIT_NOFILE', soft: 128n, hard: 128n },
    { type: 'RLIMIT_CORE', soft: 0n, hard: 0n },
  ]
  process.oomScoreAdj = 500
  process.scheduler = { policy: 'SCHED_BATCH', nice: 3 }
  process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 }
  linux.personality = { domain: 'LINUX' }
  linux.sysctl = { 'kernel.msgmax': '8192', 'net.ipv4.ip_forward': '1' }
  linux.rootfsPropagation = 'private'
  linux.devices = [
    { path: '/dev/made', type: 'c', major: 1n, minor: 5n, fileMode: 0o660, uid: 1000, gid: 1001 },
    { path: '/dev/deep/fifo', type: 'p' },
  ]
  linux.resources = { pids: { limit: 100n }, memory: { limit: 256n * 1024n * 1024n } }
  linux.maskedPaths = [...(linux.maskedPaths ?? []), '/etc/secret', '/nowhere']
  linux.readonlyPaths = [...(linux.readonlyPaths ?? []), '/etc']
  const shared = `${spec.root.path}/../shared`
  mounts.push(
    { destination: '/made/for/this', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'size=64k', 'mode=700'] },
    { destination: '/made/bind', type: 'bind', source: shared, options: ['rbind', 'ro', 'rslave'] },
    { destination: '/made/file', type: 'bind', source: `${shared}/file`, options: ['bind', 'rro', 'nodev'] },
  )
  spec.mounts = mounts
  spec.linux = linux
}

const inUserNamespace: Change = (spec) => {
  everything(spec)
  const { linux = {} } = spec
  linux.namespaces?.push({ type: 'user' })
  linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  linux.devices = []
}

interface Outcome {
  readonly id: string
  readonly failed: 'create' | 'start' | 'exec' | null
  readonly error?: unknown
  readonly exit?: Exit
  readonly events: readonly RuntimeEvent[]
}

async function life(runtime: Runtime, options: CreateOptions): Promise<Outcome> {
  const { id } = options
  const events: RuntimeEvent[] = []
  const subscription = runtime.events$.subscribe((event) => events.push(event))
  try {
    let container
    try {
      container = await runtime.create(options)
    } catch (error) {
      return { id, failed: 'create', error, events }
    }
    try {
      await container.start()
      const exit = await container.wait({ timeoutMs: 20_000 })
      await container.delete()
      return { id, failed: null, exit, events }
    } catch (error) {
      await container.delete({ force: true })
      return { id, failed: 'start', error, events }
    }
  } finally {
    subscription.unsubscribe()
  }
}

/** The machine, as far as one container at a time can change it: cheap enough to be looked at thousands of times. */
class Look {
  readonly #known: Set<string>
  readonly #mounts: string
  readonly #descriptors: Set<string>
  readonly #root: string
  readonly #entries: Set<string>
  readonly #groups: Set<string>

  /** @param container that stays */
  constructor(root: string, container = '') {
    this.#root = root
    this.#groups = new Set(groups('/sys/fs/cgroup', container))
    this.#known = new Set(readdirSync('/proc'))
    this.#mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    this.#descriptors = new Set(descriptors())
    this.#entries = new Set(readdirSync(root))
  }

  /** What is there that was not. */
  async left(id: string): Promise<string[]> {
    // A stream closes with the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    const found: string[] = []
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid) || this.#known.has(pid)) continue
      const what = await lingering(pid, id)
      if (what === null) this.#known.add(pid)
      else if (what !== 'gone') found.push(what)
    }
    if (readFileSync('/proc/self/mountinfo', 'utf8') !== this.#mounts) found.push('a mount')
    for (const open of descriptors()) if (!this.#descriptors.has(open)) found.push(`descriptor ${open}`)
    for (const name of readdirSync(this.#root)) if (!this.#entries.has(name)) found.push(`folder ${name}`)
    for (const group of groups('/sys/fs/cgroup', id)) if (!this.#groups.has(group)) found.push(`cgroup ${group}`)
    return found
  }
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${number}`)
      return /eventpoll|memfd:stator-init/.test(target) ? [] : [`${number} ${target}`]
    } catch {
      return []
    }
  })
}

function* groups(folder: string, id: string): Generator<string> {
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory()) continue
    if (entry.name.endsWith(id)) yield `${folder}/${entry.name}`
    yield* groups(`${folder}/${entry.name}`, id)
  }
}

/** None of one that somebody else has removed. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    ignoring('ENOENT')(error)
    return []
  }
}

/** A process that is ours: null when it is not, `gone` when it has ended, or ends by itself at once. */
async function lingering(pid: string, id: string): Promise<string | null> {
  const look = () => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const name = stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1)
      // A zombie of another's is for that one to reap.
      if (state === 'Z') return parent === String(process.pid) ? `zombie ${pid} ${name}` : 'gone'
      const said = ['cgroup', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')
      return said.includes(id) ? `process ${pid} ${name} ${state} of ${parent}` : null
    } catch {
      return 'gone'
    }
  }
  const found = look()
  if (found === null || found === 'gone' || found.startsWith('zombie')) return found
  try {
    using fd = pidfdOpen(Number(pid))
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        subscription.unsubscribe()
        resolve()
      }
      const timer = setTimeout(finish, 2000)
      const subscription = readable(fd).subscribe(finish)
    })
  } catch {
    return 'gone'
  }
  const after = look()
  if (after !== null && after !== 'gone') process.kill(Number(pid), 'SIGKILL')
  return after
}

interface Bed {
  readonly folder: string
  readonly root: string
  readonly rootfs: string
}

let used = 0

/** A root file system that lacks all that can be made. */
function freshRootfs({ rootfs, folder }: Bed, owner = 0): void {
  // Put aside: to remove a folder that a mount namespace has mounts on takes until that is gone.
  if (existsSync(rootfs)) renameSync(rootfs, join(folder, `used-${++used}`))
  for (const name of ['', 'bin', 'etc', 'proc']) mkdirSync(join(rootfs, name))
  linkSync(join(folder, 'busybox'), join(rootfs, 'bin/busybox'))
  for (const name of ['sh', 'true', 'sleep']) symlinkSync('busybox', join(rootfs, 'bin', name))
  writeFileSync(join(rootfs, 'etc/passwd'), 'user:x:1000:1000:user:/home/user:/bin/sh\n')
  writeFileSync(join(rootfs, 'etc/secret'), 'secret\n')
  if (owner !== 0) for (const name of ['', 'bin', 'etc', 'proc']) chownSync(join(rootfs, name), owner, owner)
}

function bed(t: TestContext): Bed {
  const folder = mkdtempSync(join(tmpdir(), 'stator-faults-'))
  ownMountNamespace()
  const before = machine()
  // A root as /run is; and thousands of folders are gone at once.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  t.after(() => {
    execFileSync('umount', [folder])
    rmdirSync(folder)
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'shared'))
  writeFileSync(join(folder, 'shared/file'), '')
  writeFileSync(join(folder, 'busybox'), readFileSync('/bin/busybox'), { mode: 0o755 })
  return { folder, root: join(folder, 'root'), rootfs: join(folder, 'rootfs') }
}

/** Actors whose plans are changed after they were compiled. */
class Faulty {
  /** As compiled. */
  plan: Plan | undefined
  change: (plan: Plan) => Plan = (plan) => plan
  trace: Trace | undefined
  readonly actors: Actors

  constructor() {
    const sealing = linuxActors.stages.sealing.map((stage) => {
      if (stage.subject !== 'plan') return stage
      const run = (...[receipt, creation, signal]: Parameters<typeof stage.run>) =>
        this.#seal(creation.live, () => stage.run(receipt, creation, signal))
      return { ...stage, run }
    })
    this.actors = {
      ...linuxActors,
      stages: { ...linuxActors.stages, sealing },
      // What runs outside of plans has no steps.
      runHooks: () => Promise.resolve(),
      launchExec: (launch, receipts, signal) => {
        let plan: Plan | undefined
        Object.defineProperty(launch.live, 'plan', {
          get: () => plan,
          set: (compiled: Plan) => {
            this.plan = compiled
            plan = this.change(compiled)
          },
        })
        return this.#traced(launch.live, () => linuxActors.launchExec(launch, receipts, signal))
      },
    }
  }

  async #seal(live: Live, seal: () => Promise<unknown>): Promise<unknown> {
    const output = await this.#traced(live, seal)
    this.plan = live.plan
    if (live.plan !== undefined) live.plan = this.change(live.plan)
    return output
  }

  #traced<T>(live: Live, compile: () => T): T {
    if (this.trace === undefined) return compile()
    live.open.set(Trace.descriptor, this.trace.open())
    return traced(compile)
  }
}

function openFaulty({ root }: Bed, { actors }: Faulty): Promise<Runtime> {
  // The command is never needed, but a part of every keeper's plan.
  return Runtime.open({ root, actors, settle: ['/bin/false'], adopt: 'all' })
}

interface Variant {
  readonly name: string
  readonly stdio: 'log' | 'pipe'
  readonly least: Partial<Record<Role, number>>
  readonly owner?: number
  readonly change: (t: TestContext) => Change
}

const variants: Variant[] = [
  { name: 'new namespaces', stdio: 'log', least: { keeper: 40, init: 600 }, change: () => everything },
  {
    name: 'joined namespaces and time offsets, so with a stage',
    stdio: 'pipe',
    least: { keeper: 40, stage: 15, init: 600 },
    change: (t) => {
      const { pid } = holder(t, ['--net', '--ipc', '--uts'])
      return (spec) => {
        everything(spec)
        delete spec.hostname
        delete spec.domainname
        const { linux = {} } = spec
        linux.timeOffsets = { monotonic: { secs: 1000n, nanosecs: 5 }, boottime: { secs: 1000n, nanosecs: 5 } }
        linux.namespaces = [
          { type: 'pid' },
          { type: 'mount' },
          { type: 'cgroup' },
          { type: 'time' },
          { type: 'network', path: `/proc/${pid}/ns/net` },
          { type: 'ipc', path: `/proc/${pid}/ns/ipc` },
          { type: 'uts', path: `/proc/${pid}/ns/uts` },
        ]
      }
    },
  },
  {
    name: 'a user namespace',
    stdio: 'log',
    least: { keeper: 40, init: 600 },
    owner: 100_000,
    change: () => inUserNamespace,
  },
]

/**
 * Lets each step fail that a life without faults executes: with an error that names it, or else an end that is told, and nothing left.
 *
 * @param run one life, of something that ends with EXIT_CODE; another text of the same is given to it once it is not traced any more
 */
async function failEverywhere(
  t: TestContext,
  faulty: Faulty,
  folder: string,
  least: Partial<Record<Role, number>>,
  newLook: () => Look,
  run: () => Promise<Outcome>,
): Promise<void> {
  faulty.trace = new Trace(join(folder, 'trace'))
  const tracedLife = await run()
  assert.equal(tracedLife.error, undefined)
  const executed = faulty.trace.executed()
  faulty.trace = undefined

  const life = await run()
  assert.equal(life.error, undefined)
  assert.equal(life.exit?.code, EXIT_CODE)
  const { steps } = faulty.plan!
  const roles: Partial<Record<Role, number>> = {}
  for (const index of executed) roles[steps[index]!.role] = (roles[steps[index]!.role] ?? 0) + 1
  for (const [role, count] of Object.entries(least) as [Role, number][])
    assert.ok((roles[role] ?? 0) >= count, `only ${roles[role]} steps of ${role} are executed`)

  const others = new Set(steps.keys())
  for (const index of executed) others.delete(index)
  faulty.change = (plan) => [...others].reduce((changed, index) => failAt(changed, index), plan)
  const unharmed = await run()
  assert.equal(unharmed.error, undefined, 'what is not executed cannot fail')
  assert.equal(unharmed.exit?.code, EXIT_CODE)

  const began = performance.now()
  const wrong: string[] = []
  let look = newLook()
  for (const index of executed) {
    faulty.change = (plan) => failAt(plan, index)
    const outcome = await run()
    const what = `step ${index} ${nameOf(steps[index]!)}`
    const told = judge(steps, index, outcome)
    if (told !== null) wrong.push(`${what}: ${told}`)
    const left = await look.left(outcome.id)
    if (left.length === 0) continue
    wrong.push(`${what} leaves ${left.join(', ')}`)
    look = newLook()
  }
  const ms = (performance.now() - began) / executed.length
  const counts = Object.entries(roles).map(([role, count]) => `${role} ${count}`)
  t.diagnostic(`${executed.length} of ${steps.length} steps: ${counts.join(', ')}; ${ms.toFixed(1)} ms each`)
  assert.deepEqual(wrong, [])
}

function nameOf(step: Step): string {
  return `(${step.role}, ${step.op === 'sys' ? step.name : step.op}: ${step.label})`
}

/** What is wrong with what came of a step's failure; null when nothing is. */
function judge(steps: readonly Step[], index: number, { failed, error, exit, events }: Outcome): string | null {
  const step = steps[index]!
  const supervise = steps.findIndex(({ op }) => op === 'supervise')
  if (failed !== null) {
    if (!(error instanceof StatorError)) return `${failed} was rejected with ${String(error)}`
    // Before the first step the keeper has nobody to tell. It cannot fail in earnest: it only sets a register.
    if (index === 0) return /the keeper ended before/.test(error.message) ? null : error.message
    if (error.stepIndex === index && error.step === step.label && error.role === step.role) return null
    return `${failed}: ${error.code} ${error.message} names step ${error.stepIndex}`
  }
  if (step.role !== 'keeper' || index < supervise) return 'nothing failed'
  if (index === supervise && !events.some(({ type }) => type === 'lifecycle.keeper-lost' || type === 'exec.exited'))
    return 'nobody was told that the keeper is lost'
  // By the keeper's record, or as the kernel knows it where there is none.
  if (exit?.code === EXIT_CODE) return null
  // Reaped by the keeper, and before anybody else looked: nobody knows any more.
  const record = steps.findIndex(({ label }) => label === 'put it in place')
  return index > supervise && index <= record && exit?.code === null && exit.signal === null
    ? null
    : `it ended with ${JSON.stringify(exit)}`
}

test('what a container leaves would be seen', { skip }, async (t) => {
  const at = bed(t)
  freshRootfs(at)
  await using runtime = await Runtime.open({ root: at.root, actors: linuxActors, settle: [], adopt: 'all' })
  const look = new Look(at.root)
  const id = freshId()
  await using container = await runtime.create({ id, config: config(at, ['sleep', '1000']), stdio: 'pipe' })
  await container.start()
  const kinds = new Set((await look.left(id)).map((line) => line.split(' ')[0]))
  assert.deepEqual(kinds, new Set(['process', 'descriptor', 'folder', 'cgroup']))
})

for (const { name, stdio, least, owner, change } of variants) {
  test(`a failure at any step of a container with ${name}`, { skip }, async (t) => {
    const at = bed(t)
    const faulty = new Faulty()
    await using runtime = await openFaulty(at, faulty)
    freshRootfs(at, owner)
    const spec = config(at, ['sh', '-c', `exit ${EXIT_CODE}`], change(t))
    const path = bundle(at, spec)
    await failEverywhere(
      t,
      faulty,
      at.folder,
      least,
      () => new Look(at.root),
      async () => {
        freshRootfs(at, owner)
        // A plan is compiled once for a text: not the one that is traced.
        writeFileSync(join(path, 'config.json'), stringifyConfig(spec, faulty.trace === undefined ? 1 : 2))
        return life(runtime, { id: freshId(), bundle: path, stdio })
      },
    )
  })
}

for (const stdio of ['pipe', 'log'] as const) {
  test(`a failure at any step of exec, with stdio "${stdio}"`, { skip }, async (t) => {
    const at = bed(t)
    const faulty = new Faulty()
    await using runtime = await openFaulty(at, faulty)
    freshRootfs(at, 100_000)
    const spec = config(at, ['sleep', '1000'], stdio === 'log' ? inUserNamespace : everything)
    const id = freshId()
    await using container = await runtime.create({ id, config: spec })
    await container.start()
    const folder = join(at.root, id, 'exec')
    await failEverywhere(
      t,
      faulty,
      at.folder,
      { keeper: 40, stage: 5, init: 40 },
      () => new Look(folder, id),
      async () => {
        const session = await container
          .exec({ args: ['sh', '-c', `exit ${EXIT_CODE}`], stdio })
          .catch((error: unknown) => error as Error)
        if (session instanceof Error) return { id, failed: 'exec', error: session, events: [] }
        const exit = await session.wait({ timeoutMs: 20_000 })
        session.stdin?.destroy()
        rmSync(join(folder, session.id), { recursive: true, force: true })
        return { id, failed: null, exit, events: [] }
      },
    )
    assert.equal(await container.refresh(), 'running')
  })
}

// Failures of the stages themselves, which are TypeScript.

type At = 'before' | 'after'

/** Actors one of whose stages fails, and one of whose undos fails the first time. */
function failingStage(fail: { readonly stage: string; readonly at: At } | null, undo: string | null): Actors {
  let hasFailed = false
  const wrap = (state: MakingState) =>
    linuxActors.stages[state].map((stage): AnyStage => {
      const key = `${state}/${stage.subject}`
      return {
        ...stage,
        async run(receipt, creation, signal) {
          if (fail?.stage === key && fail.at === 'before') throw new Error(`before ${key}`)
          const output: unknown = await stage.run(receipt, creation, signal)
          if (fail?.stage === key) throw new Error(`after ${key}`)
          return output
        },
        async undo(receipt, output) {
          if (undo === key && !hasFailed) {
            hasFailed = true
            throw new Error(`undo ${key}`)
          }
          await stage.undo(receipt, output)
        },
      }
    })
  const stages = Object.fromEntries(makingStates.map((state) => [state, wrap(state)])) as unknown as Actors['stages']
  return { ...linuxActors, stages }
}

const stageKeys = makingStates.flatMap((state) => linuxActors.stages[state].map(({ subject }) => `${state}/${subject}`))

test('a failure before or after any stage: create says which, and nothing is left', { skip }, async (t) => {
  const at = bed(t)
  for (const stdio of ['log', 'pipe'] as const) {
    for (const stage of stageKeys) {
      for (const place of ['before', 'after'] as const) {
        // Of those whom it has cloned only its output tells: where it fails, it has ended them itself (the tests above).
        if (stage === 'cloning/process' && place === 'after') continue
        freshRootfs(at)
        const options = { root: at.root, actors: failingStage({ stage, at: place }, null), settle: [], adopt: 'all' }
        await using runtime = await Runtime.open(options as InternalOptions)
        const look = new Look(at.root)
        const { id, failed, error } = await life(runtime, {
          id: freshId(),
          config: config(at, ['true'], everything),
          stdio,
        })
        assert.equal(failed, 'create', `${place} ${stage}`)
        assert.ok(error instanceof StatorError, String(error))
        assert.equal(error.message, `${place} ${stage}`)
        assert.equal(error.stage, stage.split('/')[0])
        assert.deepEqual(await look.left(id), [], `${place} ${stage}`)
      }
    }
  }
})

test(
  'an undo that fails: what is left is told, and the next delete takes it away, whoever asks',
  { skip },
  async (t) => {
    const at = bed(t)
    for (const stage of stageKeys) {
      for (const by of ['us', 'another'] as const) {
        freshRootfs(at)
        const open = (actors: Actors) => Runtime.open({ root: at.root, actors, settle: [], adopt: 'all' })
        const actors = failingStage({ stage: 'gating/process', at: 'after' }, stage)
        const runtime = await open(actors)
        const look = new Look(at.root)
        const id = freshId()
        const events: RuntimeEvent[] = []
        runtime.events$.subscribe((event) => events.push(event))
        const creation = runtime.create({ id, config: config(at, ['true'], everything) })
        const error = await creation.then(
          () => assert.fail('created'),
          (thrown: unknown) => thrown as StatorError,
        )
        assert.equal(error.message, 'after gating/process')
        assert.deepEqual(error.left, [`undo ${stage}`])
        const last = events.findLast(({ type }) => type.startsWith('lifecycle.'))
        assert.equal(last?.type, 'lifecycle.failed')
        assert.deepEqual(last.error.left, [`undo ${stage}`])

        if (by === 'another') await runtime.close()
        await using later = by === 'us' ? runtime : await open(linuxActors)
        const container = await later.get(id)
        assert.equal(container.status, 'stopped')
        assert.match(JSON.stringify(container.actor.getSnapshot().value), /failed/)
        await assert.rejects(container.start(), { code: 'ERR_STATOR_STATUS' })
        await container.delete()
        assert.deepEqual(await look.left(id), [], `undo ${stage}, then delete by ${by}`)
        await assert.rejects(later.get(id), { code: 'ERR_STATOR_NOT_FOUND' })
      }
    }
  },
)

test('a delete whose undo fails says what is left, and the next one takes it away', { skip }, async (t) => {
  const at = bed(t)
  for (const stage of stageKeys) {
    freshRootfs(at)
    const actors = failingStage(null, stage)
    await using runtime = await Runtime.open({ root: at.root, actors, settle: [], adopt: 'all' })
    const look = new Look(at.root)
    const id = freshId()
    const container = await runtime.create({ id, config: config(at, ['sleep', '1000'], everything) })
    await container.start()
    const error = await container.delete({ force: true }).then(
      () => assert.fail('deleted'),
      (thrown: unknown) => thrown as StatorError,
    )
    assert.deepEqual([error.message, error.left], [`undo ${stage}`, [`undo ${stage}`]])
    assert.equal(container.status, 'stopped')
    await container.delete()
    assert.deepEqual(await look.left(id), [], `undo ${stage}`)
  }
})

test('in a process with a thousand open files descriptors do not get in each other’s way', { skip }, async (t) => {
  const at = bed(t)
  freshRootfs(at)
  const path = bundle(at, config(at, ['sh', '-c', 'echo here']))
  const fixture = fileURLToPath(new URL('../fixtures/many-descriptors.ts', import.meta.url))
  // Of those that a stub gets the first is 1000.
  const outputs = [985, 990, 995, 1000].map((below) =>
    execFileSync(process.execPath, ['--import', 'tsx', fixture, at.root, path, String(below)], { encoding: 'utf8' }),
  )
  assert.deepEqual(outputs, Array(4).fill('here\n'))
})
