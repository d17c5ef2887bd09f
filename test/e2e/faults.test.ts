// A failure at every step that a container's life executes, in every role, and at every stage: each is an error that names the
// step, or an end that is told, and leaves nothing behind.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Exit } from '../../src/actors/exit.ts'
import type { Live } from '../../src/actors/process/live.ts'
import type { RuntimeEvent } from '../../src/bus/event.ts'
import { StatorError } from '../../src/errors.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import type { Plan } from '../../src/plan/builder.ts'
import type { Role, Step } from '../../src/plan/step.ts'
import { type Actors, type AnyStage, makingStates, type MakingState } from '../../src/runtime/actors.ts'
import { linuxActors } from '../../src/runtime/linux.ts'
import { Runtime, type CreateOptions, type InternalOptions } from '../../src/runtime/runtime.ts'
import { atLeast } from '../native/observe.ts'
import { becomeSubreaper, bed, type Bed, everything, freshRootfs, inUserNamespace, Look } from './bed.ts'
import { failAt, Trace, traced } from './fault.ts'
import { bundle, type Change, config, freshId, holder, missing as skip } from './support.ts'

becomeSubreaper()

const EXIT_CODE = 7

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
  // Reaped by the keeper, and before anybody else looked: nobody knows any more. Before Linux 6.15 pid 1 may be as quick.
  const record = steps.findIndex(({ label }) => label === 'put it in place')
  return (index > supervise || !atLeast(6, 15)) && index <= record && exit?.code === null && exit.signal === null
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
        async undo(receipt, output, receipts) {
          if (undo === key && !hasFailed) {
            hasFailed = true
            throw new Error(`undo ${key}`)
          }
          await stage.undo(receipt, output, receipts)
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
        assert.ok(error instanceof StatorError)
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
