import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createActor, fromPromise, initialTransition, waitFor } from 'xstate'
import type { Processes } from '../../src/actors/creation.ts'
import { type ExecInput, execMachine, type ExecSnapshot } from '../../src/machines/exec.ts'
import { broken, processes, returned } from './examples.ts'
import { allNodes, declaredTransitions, describeTransition, follow, resultOf, walk } from './walk.ts'

const [starting] = initialTransition(execMachine, { id: '1', container: 'web' })
const exited = { type: 'process.exited', exit: returned } as const
const launched = resultOf('xstate.done.actor.launching', processes)
const failed = resultOf('xstate.error.actor.launching', broken)

test('its program runs, and ends', () => {
  const [running] = follow(execMachine, starting, launched)
  assert.equal(running?.value, 'running')
  assert.deepEqual(running?.context, { ...starting.context, process: processes.init, keeper: processes.keeper })
  const [stopped] = follow(execMachine, running as ExecSnapshot, exited)
  assert.equal(stopped?.value, 'stopped')
  assert.deepEqual(stopped?.output, { exit: returned, failure: null })
})

test('it cannot be started: failed, with the reason', () => {
  const [snapshot] = follow(execMachine, starting, failed)
  assert.equal(snapshot?.value, 'failed')
  assert.deepEqual(snapshot?.output, { exit: null, failure: { ...broken.toJSON(), stage: 'launching' } })
})

test('it has ended before it is known to run: running, then stopped; or failed, which says why', () => {
  const [ended] = follow(execMachine, starting, exited)
  assert.equal(ended?.value, 'starting')
  const seen = follow(execMachine, ended as ExecSnapshot, launched)
  assert.deepEqual(
    seen.map(({ value }) => value),
    ['running', 'stopped'],
  )
  assert.deepEqual(seen[1]?.output, { exit: returned, failure: null })
  const [snapshot] = follow(execMachine, ended as ExecSnapshot, failed)
  assert.equal(snapshot?.value, 'failed')
  assert.deepEqual(snapshot?.output?.exit, returned)
})

test('every state is reached, every transition is taken, and the context is plain JSON', () => {
  const { vertices, steps } = walk(execMachine, [{ id: '1', container: 'web' }], {
    'process.exited': [exited],
    'xstate.done.actor.launching': [launched],
  })
  const reached = new Set(vertices.flatMap(({ _nodes }) => _nodes.map(({ id }) => id)))
  assert.deepEqual(
    allNodes(execMachine).filter(({ id }) => !reached.has(id)),
    [],
  )
  const taken = new Set<unknown>(
    steps.flatMap(({ from, event }) => execMachine.getTransitionData(from as ExecSnapshot, event as typeof exited)),
  )
  const idle = declaredTransitions(execMachine).filter((declared) => !taken.has(declared))
  assert.deepEqual(idle.map(describeTransition), [])
  for (const { context } of vertices) assert.deepEqual(JSON.parse(JSON.stringify(context)), context)
})

test('as an actor: a place that nobody filled fails the session and nothing else', async () => {
  const actor = createActor(execMachine, { input: { id: '1', container: 'web' } })
  actor.subscribe({ error: () => assert.fail() })
  actor.start()
  const { output } = await waitFor(actor, ({ status }) => status === 'done')
  assert.equal(output?.failure?.code, 'ERR_STATOR_UNSUPPORTED')
})

test('as an actor: the launch hears which session it is, and that it is not wanted any more', async () => {
  let given: { input: ExecInput; signal: AbortSignal } | undefined
  const launching = fromPromise<Processes, ExecInput>(({ input, signal }) => {
    given = { input, signal }
    return new Promise(() => {})
  })
  const actor = createActor(execMachine.provide({ actors: { launching } }), {
    input: { id: '1', container: 'web' },
  }).start()
  assert.deepEqual(given?.input, { id: '1', container: 'web' })
  actor.stop()
  assert.equal(given?.signal.aborted, true)
})
