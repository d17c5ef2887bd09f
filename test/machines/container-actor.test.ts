// The chart as the runtime runs it: an actor, and promises in the places of the stages. No kernel.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createActor, fromPromise, type PromiseActorLogic, waitFor } from 'xstate'
import type { Processes } from '../../src/actors/creation.ts'
import {
  type ContainerContext,
  containerMachine,
  type ContainerSnapshot,
  snapshotAt,
  type StableState,
  stableState,
  type StageInput,
  stateName,
  type StoppingInput,
} from '../../src/machines/container.ts'
import { broken, killed, processes, returned, tooLate } from './examples.ts'

const ok = fromPromise<void, StageInput>(async () => {})

/** Stages that do nothing and succeed; what a test gives instead. */
function machineWith(stages: Parameters<typeof containerMachine.provide>[0]['actors'] = {}) {
  return containerMachine.provide({
    actors: {
      sealing: ok,
      cloning: fromPromise<Processes, StageInput>(async () => processes),
      isolating: ok,
      networking: ok,
      confining: ok,
      gating: ok,
      undoing: ok,
      starting: ok,
      stopping: ok as PromiseActorLogic<void, StoppingInput>,
      deleting: ok,
      ...stages,
    },
  })
}

/** A started actor, and the names of the states it has been seen in. What is thrown where nobody listens fails the test. */
function run(
  t: TestContext,
  machine: typeof containerMachine,
  from?: StableState,
  context: Partial<ContainerContext> = {},
) {
  const known = { id: 'web', ...processes, exit: null, failure: null, image: null, stop: null, ...context }
  const actor =
    from === undefined
      ? createActor(machine, { input: { id: 'web' } })
      : createActor(machine, { input: { id: 'web' }, snapshot: snapshotAt(machine, from, known) })
  const seen: string[] = []
  const thrown: unknown[] = []
  const onThrown = (error: unknown) => thrown.push(error)
  process.on('uncaughtException', onThrown)
  process.on('unhandledRejection', onThrown)
  t.after(async () => {
    actor.stop()
    await settled()
    process.off('uncaughtException', onThrown)
    process.off('unhandledRejection', onThrown)
    assert.deepEqual(thrown, [])
  })
  actor.subscribe({
    next: (snapshot) => {
      const name = stateName(snapshot)
      if (seen.at(-1) !== name) seen.push(name)
    },
    error: onThrown,
  })
  actor.start()
  return {
    actor,
    seen,
    rest: () => waitFor(actor, atRest),
    gone: () => waitFor(actor, ({ status }) => status === 'done'),
  }
}

function atRest(snapshot: ContainerSnapshot): boolean {
  return stableState(snapshot) !== null || snapshot.status === 'done'
}

/** After all that is due: XState throws what nobody handles from a timer. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve)))
}

/** A stage that waits to be told how it ends. */
function waiting<Output = void, Input extends StageInput = StageInput>() {
  const calls: {
    input: Input
    signal: AbortSignal
    resolve: (output: Output) => void
    reject: (error: unknown) => void
  }[] = []
  const logic = fromPromise<Output, Input>(
    ({ input, signal }) => new Promise((resolve, reject) => calls.push({ input, signal, resolve, reject })),
  )
  return { logic, calls }
}

test('a whole life, and every state of it is seen', async (t) => {
  const stopping = waiting<void, StoppingInput>()
  const web = run(t, machineWith({ stopping: stopping.logic }))
  await web.rest()
  web.actor.send({ type: 'start' })
  await waitFor(web.actor, (snapshot) => snapshot.matches({ alive: { started: 'running' } }))
  web.actor.send({ type: 'stop', signal: 'SIGINT', timeoutMs: 0 })
  web.actor.send({ type: 'init.exited', exit: returned })
  assert.equal(stopping.calls[0]?.input.signal, 'SIGINT')
  stopping.calls[0]?.resolve()
  await waitFor(web.actor, (snapshot) => snapshot.matches('stopped'))
  web.actor.send({ type: 'delete' })
  const { output } = await web.gone()
  assert.deepEqual(output, { exit: returned, failure: null })
  assert.deepEqual(web.seen, [
    'creating.sealing',
    'creating.cloning',
    'creating.isolating',
    'creating.networking',
    'creating.confining',
    'creating.gating',
    'created',
    'starting',
    'running',
    'stopping.signalling',
    'stopped',
    'deleting',
    'gone',
  ])
})

test('delete with force is seen to stop first', async (t) => {
  const web = run(t, machineWith(), 'running')
  web.actor.send({ type: 'delete', force: true })
  web.actor.send({ type: 'init.exited', exit: killed })
  const { output } = await web.gone()
  assert.deepEqual(output, { exit: killed, failure: null })
  assert.deepEqual(web.seen, ['running', 'stopping.signalling', 'stopped', 'deleting', 'gone'])
})

test('a program that has ended before start is done is seen to run', async (t) => {
  const starting = waiting()
  const web = run(t, machineWith({ starting: starting.logic }), 'created')
  web.actor.send({ type: 'start' })
  web.actor.send({ type: 'init.exited', exit: returned })
  web.actor.subscribe((snapshot) => {
    // Whoever acts upon `running` at once comes after the end.
    if (stateName(snapshot) === 'running') web.actor.send({ type: 'pause' })
  })
  starting.calls[0]?.resolve()
  const stopped = await web.rest().then(() => waitFor(web.actor, (snapshot) => snapshot.matches('stopped')))
  assert.deepEqual(web.seen, ['created', 'starting', 'running', 'stopped'])
  assert.deepEqual(stopped.context.exit, returned)
  assert.equal(stopped.context.failure, null)
})

test('places that nobody filled: the create fails with ERR_STATOR_UNSUPPORTED, and nothing is thrown', async (t) => {
  const web = run(t, containerMachine)
  const stopped = await web.rest()
  assert.equal(stateName(stopped), 'failed')
  assert.equal(stopped.context.failure?.code, 'ERR_STATOR_UNSUPPORTED')
  assert.equal(stopped.context.failure?.message, 'sealing: not available yet')
  assert.deepEqual(stopped.context.failure?.left, ['undoing: not available yet'])
})

test('pause, resume, checkpoint and restore that are not there yet: back where it came from', async (t) => {
  for (const [from, type, stage] of [
    ['running', 'pause', 'pausing'],
    ['restored', 'pause', 'pausing'],
    ['paused', 'resume', 'resuming'],
    ['running', 'checkpoint', 'checkpointing'],
    ['paused', 'checkpoint', 'checkpointing'],
    ['checkpointed', 'restore', 'restoring'],
  ] as const) {
    const image = from === 'checkpointed' ? { path: '/images/web', own: true } : null
    const web = run(t, machineWith(), from, { image })
    web.actor.send({ type })
    const back = await waitFor(web.actor, (snapshot) => snapshot.context.failure !== null && atRest(snapshot))
    assert.equal(stateName(back), from)
    assert.deepEqual(back.context.failure, {
      code: 'ERR_STATOR_UNSUPPORTED',
      message: `${stage}: not available yet`,
      stage,
    })
  }
})

test('a stage that throws before it returns a promise has failed like any other', async (t) => {
  const sealing = fromPromise<void, StageInput>(() => {
    throw broken
  })
  const { output } = await run(t, machineWith({ sealing })).gone()
  assert.equal(output?.failure?.message, 'mount proc at /proc: EPERM')
})

test('whatever a stage throws becomes a record in plain JSON', async (t) => {
  const circle: Record<string, unknown> = { message: 'a circle' }
  circle['self'] = circle
  for (const thrown of [
    circle,
    undefined,
    null,
    'text',
    7n,
    Symbol('s'),
    new Error('no', { cause: circle }),
    Object.create(null),
  ]) {
    const networking = fromPromise<void, StageInput>(() => Promise.reject(thrown as Error))
    const { output } = await run(t, machineWith({ networking })).gone()
    assert.equal(output?.failure?.code, 'ERR_STATOR_STAGE')
    assert.equal(output?.failure?.stage, 'networking')
    assert.deepEqual(JSON.parse(JSON.stringify(output?.failure)), output?.failure)
  }
})

test('abort: the stage hears it, what it answers later is ignored, and the undo runs', async (t) => {
  const networking = waiting()
  const undoing = waiting()
  const web = run(t, machineWith({ networking: networking.logic, undoing: undoing.logic }))
  await waitFor(web.actor, () => networking.calls.length === 1)
  web.actor.send({ type: 'abort', error: tooLate })
  assert.equal(networking.calls[0]?.signal.aborted, true)
  assert.equal(undoing.calls.length, 1)
  networking.calls[0]?.reject(new Error('aborted in the middle'))
  await settled()
  undoing.calls[0]?.resolve()
  const { output } = await web.gone()
  assert.deepEqual(output?.failure, tooLate)
})

test('an actor that is stopped while a stage runs: the stage hears it, and its rejection disturbs nobody', async (t) => {
  const confining = waiting()
  const web = run(t, machineWith({ confining: confining.logic }))
  await waitFor(web.actor, () => confining.calls.length === 1)
  web.actor.stop()
  assert.equal(confining.calls[0]?.signal.aborted, true)
  confining.calls[0]?.reject(new Error('aborted in the middle'))
  await settled()
  assert.equal(stateName(web.actor.getSnapshot()), 'creating.confining')
})

test('init exits while pausing: the stage hears it, and cannot bring the container back', async (t) => {
  const pausing = waiting()
  const web = run(t, machineWith({ pausing: pausing.logic }), 'running')
  web.actor.send({ type: 'pause' })
  web.actor.send({ type: 'init.exited', exit: killed })
  assert.equal(pausing.calls[0]?.signal.aborted, true)
  pausing.calls[0]?.resolve()
  await settled()
  assert.equal(stateName(web.actor.getSnapshot()), 'stopped')
})

test('a stable state, stored by XState itself, comes back without stages', async (t) => {
  const web = run(t, machineWith(), 'paused')
  const stored = JSON.parse(JSON.stringify(web.actor.getPersistedSnapshot())) as ContainerSnapshot
  const again = createActor(machineWith(), { input: { id: 'web' }, snapshot: stored })
  again.subscribe({ error: () => assert.fail() })
  again.start()
  t.after(() => again.stop())
  assert.equal(stateName(again.getSnapshot()), 'paused')
  assert.equal(again.getSnapshot().can({ type: 'resume' }), true)
  assert.deepEqual(Object.keys(again.getSnapshot().children), [])
})

test('a create that was undone a second time fails no more: delete from failed', async (t) => {
  let attempts = 0
  const deleting = fromPromise<void, StageInput>(async () => {
    if (++attempts === 1) throw broken.at({ left: ['cgroup web'] })
  })
  const web = run(t, machineWith({ deleting }), 'failed', {
    failure: { ...broken.toJSON(), left: ['cgroup web', 'veth'] },
  })
  web.actor.send({ type: 'delete' })
  const failed = await waitFor(web.actor, (snapshot) => snapshot.matches('failed'))
  assert.deepEqual(failed.context.failure?.left, ['cgroup web'])
  web.actor.send({ type: 'delete' })
  assert.deepEqual((await web.gone()).output, { exit: null, failure: null })
})
