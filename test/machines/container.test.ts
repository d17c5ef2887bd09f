import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventObject, initialTransition, transition } from 'xstate'
import {
  type ContainerContext,
  type ContainerEvent,
  containerMachine,
  type ContainerSnapshot,
  ociStatus,
  snapshotAt,
  stableState,
  stableStates,
  type StableState,
  stateName,
} from '../../src/machines/container.ts'
import { broken, containerEvents, killed, processes, returned, tooLate } from './examples.ts'
import { allNodes, declaredTransitions, describeTransition, follow, resultOf, walk } from './walk.ts'

const [fresh] = initialTransition(containerMachine, { id: 'web' })
const [fromImage] = initialTransition(containerMachine, { id: 'web', image: '/images/web' })

/** Through these events, from a state or a snapshot. `done` and `error` are results of the stage that is under way. */
type Step = ContainerEvent | 'done' | 'error' | { readonly done: unknown } | { readonly error: unknown }

function go(from: ContainerSnapshot | StableState, ...steps: Step[]): ContainerSnapshot {
  let snapshot = typeof from === 'string' ? at(from) : from
  for (const step of steps) {
    const event = eventOf(snapshot, step)
    const declared = containerMachine.getTransitionData(snapshot, event)
    assert.notEqual(declared.length, 0, `${stateName(snapshot)} takes no ${event.type}`)
    snapshot = follow(containerMachine, snapshot, event).at(-1) as ContainerSnapshot
  }
  return snapshot
}

function eventOf(snapshot: ContainerSnapshot, step: Step): ContainerEvent {
  if (typeof step === 'object' && 'type' in step) return step
  const kind = typeof step === 'string' ? step : 'done' in step ? 'done' : 'error'
  const children = Object.keys(snapshot.children)
  assert.equal(children.length, 1, `${stateName(snapshot)} has no stage`)
  const given = typeof step === 'string' ? defaults[`${children[0]}`]?.[kind] : Object.values(step)[0]
  return resultOf(`xstate.${kind}.actor.${children[0]}`, given ?? (kind === 'error' ? broken : undefined)) as never
}

const defaults: Record<string, { done?: unknown; error?: unknown }> = {
  cloning: { done: processes },
  restoring: { done: processes },
  checkpointing: { done: { imagePath: '/images/web', leftRunning: false } },
}

/** As recovery begins. */
function at(state: StableState, context: Partial<ContainerContext> = {}): ContainerSnapshot {
  const ended = state === 'stopped' || state === 'checkpointed'
  return snapshotAt(containerMachine, state, {
    ...fresh.context,
    ...processes,
    exit: ended ? killed : null,
    image: state === 'checkpointed' ? { path: '/images/web', own: true } : null,
    ...context,
  })
}

/** What the stage that begins is told. */
function inputOf(actions: readonly { type: string }[]): unknown {
  const begun = actions.find(({ type }) => type === 'xstate.spawnChild')
  return (begun as { params?: { input?: unknown } } | undefined)?.params?.input
}

const start = { type: 'start' } as const
const stop = { type: 'stop' } as const
const pause = { type: 'pause' } as const
const resume = { type: 'resume' } as const
const checkpoint = { type: 'checkpoint' } as const
const restore = { type: 'restore' } as const
const remove = { type: 'delete' } as const
const force = { type: 'delete', force: true } as const
const abort = { type: 'abort', error: tooLate } as const
const exited = { type: 'init.exited', exit: killed } as const

/** What a command is about to undo. */
const stage = { ...broken.toJSON() }

// ---- create

test('the stages of a create follow one another to created', () => {
  const names = [fresh]
  for (let n = 0; n < 6; n++) names.push(go(names.at(-1)!, 'done'))
  assert.deepEqual(names.map(stateName), [
    'creating.sealing',
    'creating.cloning',
    'creating.isolating',
    'creating.networking',
    'creating.confining',
    'creating.gating',
    'created',
  ])
  assert.deepEqual(names[6]?.context, { ...fresh.context, ...processes })
})

test('a stage that fails: everything is undone, nothing is left, and the output says why', () => {
  for (let before = 0; before < 6; before++) {
    const steps = Array.from({ length: before }, () => 'done' as const)
    const failed = go(go(fresh, ...steps), 'error')
    assert.equal(stateName(failed), 'undoing')
    assert.deepEqual(failed.context.failure, { ...stage, stage: stateName(go(fresh, ...steps)).split('.')[1] })
    const gone = go(failed, 'done')
    assert.equal(stateName(gone), 'gone')
    assert.equal(gone.status, 'done')
    assert.deepEqual(gone.output, { exit: null, failure: failed.context.failure })
  }
})

test('an undo that fails: failed, which says what is left and why there was something to undo', () => {
  const left = broken.at({ left: ['cgroup /sys/fs/cgroup/web', 'veth st1234'] })
  const failed = go(fresh, 'done', 'error', { error: left })
  assert.equal(stateName(failed), 'failed')
  assert.deepEqual(failed.context.failure, { ...stage, stage: 'cloning', left: left.left })
  assert.equal(failed.status, 'active')
})

test('an undo that fails without a list: its message is what is left', () => {
  const { failure } = go(fresh, 'error', { error: new Error('rmdir web: EBUSY') }).context
  assert.deepEqual(failure, { ...stage, stage: 'sealing', left: ['rmdir web: EBUSY'] })
})

test('abort while creating: undone, with the reason it brings', () => {
  for (let before = 0; before < 6; before++) {
    const undoing = go(fresh, ...Array.from({ length: before }, () => 'done' as const), abort)
    assert.equal(stateName(undoing), 'undoing')
    assert.deepEqual(undoing.context.failure, tooLate)
  }
  assert.equal(go(fresh, { type: 'abort' }).context.failure?.code, 'ERR_STATOR_ABORTED')
})

test('init exits while creating: the stage says why', () => {
  for (const before of [1, 2, 3, 4, 5]) {
    const dead = go(fresh, ...Array.from({ length: before }, () => 'done' as const), exited)
    assert.ok(dead.hasTag('creating'))
    assert.deepEqual(dead.context.exit, killed)
    const undoing = go(dead, 'error')
    assert.equal(stateName(undoing), 'undoing')
    assert.equal(undoing.context.failure?.message, 'mount proc at /proc: EPERM')
  }
})

test('init exits while creating and the stage has not noticed: undone all the same', () => {
  // `confining` waits for it, and knows more: the two before it go on.
  for (const [before, after, message] of [
    [1, 1, 'cloning: init SIGKILL'],
    [2, 3, 'confining: init SIGKILL'],
    [3, 2, 'confining: init SIGKILL'],
    [4, 1, 'confining: init SIGKILL'],
    [5, 1, 'gating: init SIGKILL'],
  ] as const) {
    const done = (count: number) => Array.from({ length: count }, () => 'done' as const)
    const undoing = go(fresh, ...done(before), exited, ...done(after))
    assert.equal(stateName(undoing), 'undoing')
    assert.equal(undoing.context.failure?.message, message)
    assert.deepEqual(undoing.context.exit, killed)
  }
})

test('init exits while its create is undone: recorded', () => {
  const undoing = go(fresh, 'done', 'done', 'error', exited)
  assert.equal(stateName(undoing), 'undoing')
  assert.deepEqual(go(undoing, 'done').output?.exit, killed)
})

// ---- start

test('start: the program runs', () => {
  const starting = go('created', start)
  assert.equal(stateName(starting), 'starting')
  assert.equal(ociStatus(starting), 'created')
  assert.equal(stateName(go(starting, 'done')), 'running')
})

test('a program that ends before start has heard that it runs: running, then stopped', () => {
  const starting = go('created', start, exited)
  assert.equal(stateName(starting), 'starting')
  const seen = follow(containerMachine, starting, eventOf(starting, 'done')) as ContainerSnapshot[]
  assert.deepEqual(seen.map(stateName), ['running', 'stopped'])
  assert.deepEqual(seen[1]?.context.exit, killed)
  assert.equal(seen[1]?.context.failure, null)
})

test('a start that fails while init lives: it is killed, then stopped, and the failure stays', () => {
  const stopping = go('created', start, 'error')
  assert.equal(stateName(stopping), 'stopping.signalling')
  assert.equal(stopping.context.stop?.signal, 'SIGKILL')
  assert.equal(stopping.context.stop?.command, 'start')
  const stopped = go(stopping, exited, 'done')
  assert.equal(stateName(stopped), 'stopped')
  assert.deepEqual(stopped.context.failure, { ...stage, stage: 'starting' })
  assert.deepEqual(stopped.context.exit, killed)
  assert.equal(stopped.context.stop, null)
})

test('a start that fails after init has ended: stopped at once', () => {
  const stopped = go('created', start, { ...exited, exit: returned }, 'error')
  assert.equal(stateName(stopped), 'stopped')
  assert.deepEqual(stopped.context.failure, { ...stage, stage: 'starting' })
  assert.deepEqual(stopped.context.exit, returned)
})

test('a start that fails, and init cannot be killed: it may be running, and the first failure is the one that is told', () => {
  const running = go('created', start, 'error', { error: new Error('kill: EPERM') })
  assert.equal(stateName(running), 'running')
  assert.equal(running.context.failure?.message, 'mount proc at /proc: EPERM')
})

// ---- init exits

test('init exits where no stage knows better: stopped, with its exit', () => {
  for (const [from, steps] of [
    ['created', []],
    ['running', []],
    ['restored', []],
    ['paused', []],
    ['running', [pause]],
    ['restored', [pause]],
    ['paused', [resume]],
  ] as const) {
    const stopped = go(from, ...steps, exited)
    assert.equal(stateName(stopped), 'stopped')
    assert.deepEqual(stopped.context.exit, killed)
    assert.deepEqual(Object.keys(stopped.children), [])
  }
})

// ---- stop

test('stop: the signal and the time of the kill, by the wall clock', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') })
  const given = (event: ContainerEvent) => go('running', event).context.stop
  assert.deepEqual(given(stop), { signal: 'SIGTERM', killAt: '2026-01-01T00:00:10.000Z', command: 'stop' })
  assert.deepEqual(given({ type: 'stop', signal: 37, timeoutMs: 1500 }), {
    signal: 37,
    killAt: '2026-01-01T00:00:01.500Z',
    command: 'stop',
  })
  assert.equal(given({ type: 'stop', timeoutMs: Infinity })?.killAt, null)
  assert.equal(given({ type: 'stop', timeoutMs: Number.MAX_VALUE })?.killAt, null)
  assert.deepEqual(given(force), { signal: 'SIGKILL', killAt: '2026-01-01T00:00:00.000Z', command: 'delete' })
})

test('stop: the stage hears how', () => {
  const [, actions] = transition(containerMachine, at('running'), {
    type: 'stop',
    signal: 'SIGQUIT',
    timeoutMs: Infinity,
  })
  assert.deepEqual(inputOf(actions), { id: 'web', signal: 'SIGQUIT', killAt: null, command: 'stop' })
})

test('stop ends when both the stage and the exit are there, whichever comes first', () => {
  for (const from of ['running', 'restored', 'paused'] as const) {
    const stopping = go(from, stop)
    assert.equal(ociStatus(stopping), 'running')
    const exitFirst = go(stopping, exited)
    assert.equal(stateName(exitFirst), 'stopping.signalling')
    const doneFirst = go(stopping, 'done')
    assert.equal(stateName(doneFirst), 'stopping.ending')
    for (const stopped of [go(exitFirst, 'done'), go(doneFirst, exited)]) {
      assert.equal(stateName(stopped), 'stopped')
      assert.deepEqual(stopped.context, { ...stopping.context, exit: killed, stop: null })
    }
  }
})

test('a stop that fails: back where it came from, with the failure', () => {
  for (const from of ['running', 'restored', 'paused'] as const) {
    const back = go(from, stop, 'error')
    assert.equal(stateName(back), from)
    assert.deepEqual(back.context.failure, { ...stage, stage: 'stopping' })
    assert.equal(back.context.stop, null)
    assert.equal(go(back, stop).context.failure, null)
  }
})

test('a stop that fails after init has ended: stopped', () => {
  const stopped = go('running', stop, exited, 'error')
  assert.equal(stateName(stopped), 'stopped')
  assert.equal(stopped.context.failure?.stage, 'stopping')
})

// ---- pause, resume, checkpoint, restore

test('pause and resume: the status changes when the kernel has confirmed', () => {
  const pausing = go('running', pause)
  assert.deepEqual([stateName(pausing), ociStatus(pausing)], ['pausing', 'running'])
  const paused = go(pausing, 'done')
  assert.deepEqual([stateName(paused), ociStatus(paused)], ['paused', 'paused'])
  const resuming = go(paused, resume)
  assert.deepEqual([stateName(resuming), ociStatus(resuming)], ['resuming', 'paused'])
  assert.deepEqual([stateName(go(resuming, 'done')), ociStatus(go(resuming, 'done'))], ['running', 'running'])
})

test('a pause, a resume or a checkpoint that fails: back where it came from, with the failure', () => {
  for (const [from, command, name] of [
    ['running', pause, 'pausing'],
    ['restored', pause, 'pausing'],
    ['paused', resume, 'resuming'],
    ['running', checkpoint, 'checkpointing'],
    ['restored', checkpoint, 'checkpointing'],
    ['paused', checkpoint, 'checkpointing'],
  ] as const) {
    const back = go(from, command, 'error')
    assert.equal(stateName(back), from)
    assert.deepEqual(back.context.failure, { ...stage, stage: name })
    assert.equal(go(back, command).context.failure, null)
  }
})

test('a checkpoint: the container lives on in its image, and its end is known by then or later', () => {
  for (const [from, status] of [
    ['running', 'running'],
    ['restored', 'running'],
    ['paused', 'paused'],
  ] as const) {
    const checkpointing = go(from, checkpoint)
    assert.equal(ociStatus(checkpointing), status)
    assert.equal(stateName(go(checkpointing, exited)), stateName(checkpointing))
    for (const checkpointed of [go(checkpointing, exited, 'done'), go(checkpointing, 'done', exited)]) {
      assert.equal(stateName(checkpointed), 'checkpointed')
      assert.deepEqual(checkpointed.context.image, { path: '/images/web', own: true })
      assert.deepEqual(checkpointed.context.exit, killed)
    }
  }
})

test('a checkpoint that leaves it running: back where it came from', () => {
  const left = { done: { imagePath: '/images/web', leftRunning: true } }
  for (const from of ['running', 'restored', 'paused'] as const) {
    const back = go(from, checkpoint, left)
    assert.equal(stateName(back), from)
    assert.equal(back.context.image, null)
    assert.equal(stateName(go(from, checkpoint, exited, left)), 'stopped')
  }
})

test('a checkpoint that fails and ends init: stopped', () => {
  const stopped = go('running', checkpoint, exited, 'error')
  assert.equal(stateName(stopped), 'stopped')
  assert.equal(stopped.context.failure?.stage, 'checkpointing')
  assert.equal(stopped.context.image, null)
})

test('a restore of a checkpointed container: restored, without its image and its old end', () => {
  const restoring = go('checkpointed', restore)
  assert.deepEqual([stateName(restoring), ociStatus(restoring)], ['restoring', 'creating'])
  const restored = go(restoring, 'done')
  assert.deepEqual([stateName(restored), ociStatus(restored)], ['restored', 'running'])
  assert.deepEqual(restored.context, { ...fresh.context, ...processes })
})

test('a restore of a checkpointed container that fails: undone, and checkpointed as before', () => {
  const before = at('checkpointed')
  for (const step of ['error', abort, exited] as const) {
    const undoing = go(before, restore, step)
    assert.deepEqual([stateName(undoing), ociStatus(undoing)], ['undoing', 'creating'])
    assert.notEqual(undoing.context.failure, null)
    const back = go(undoing, 'done')
    assert.equal(stateName(back), 'checkpointed')
    assert.deepEqual({ ...back.context, failure: null }, before.context)
  }
})

test('a new container from an image: restoring at once, and gone when that fails', () => {
  assert.equal(stateName(fromImage), 'restoring')
  assert.equal(stateName(go(fromImage, 'done')), 'restored')
  for (const step of ['error', abort, exited] as const) {
    assert.equal(stateName(go(fromImage, step)), 'undoing')
    assert.equal(stateName(go(fromImage, step, 'done')), 'gone')
    assert.equal(stateName(go(fromImage, step, 'error')), 'failed')
  }
})

test('the stages of checkpoint and restore hear the options', () => {
  for (const [from, type] of [
    ['running', 'checkpoint'],
    ['checkpointed', 'restore'],
  ] as const) {
    const [, actions] = transition(containerMachine, at(from), { type, options: { tcpEstablished: true } })
    assert.deepEqual((inputOf(actions) as { options: unknown }).options, { tcpEstablished: true })
  }
})

// ---- delete

test('delete: from where nothing runs, and from created', () => {
  for (const from of ['created', 'stopped', 'checkpointed', 'failed'] as const) {
    const deleting = go(from, remove)
    assert.deepEqual([stateName(deleting), ociStatus(deleting)], ['deleting', 'stopped'])
    assert.equal(stateName(go(deleting, exited)), 'deleting')
    const gone = go(deleting, exited, 'done')
    assert.equal(stateName(gone), 'gone')
    assert.deepEqual(gone.output, { exit: killed, failure: null })
  }
})

test('delete with force while the program runs: stopping, stopped, deleting', () => {
  for (const from of ['running', 'restored', 'paused'] as const) {
    const stopping = go(from, force)
    assert.equal(stateName(stopping), 'stopping.signalling')
    for (const [last, before] of [
      [eventOf(stopping, 'done'), go(stopping, exited)],
      [exited, go(stopping, 'done')],
      [eventOf(stopping, 'error'), go(stopping, exited)],
    ] as const) {
      const seen = follow(containerMachine, before, last) as ContainerSnapshot[]
      assert.deepEqual(seen.map(stateName), ['stopped', 'deleting'])
      assert.equal(seen[1]?.context.stop, null)
    }
    const back = go(stopping, 'error')
    assert.equal(stateName(back), from)
    assert.equal(back.context.failure?.stage, 'stopping')
  }
})

test('a delete that fails: failed, and delete tries again', () => {
  const left = broken.at({ left: ['cgroup /sys/fs/cgroup/web'] })
  const failed = go('stopped', remove, { error: left })
  assert.deepEqual([stateName(failed), ociStatus(failed)], ['failed', 'stopped'])
  assert.deepEqual(failed.context.failure, { ...stage, stage: 'deleting', left: left.left })
  assert.equal(stateName(go(failed, exited)), 'failed')
  const again = go(failed, remove)
  assert.equal(again.context.failure, null)
  assert.equal(stateName(go(again, 'done')), 'gone')
})

// ---- can

test('`can` says in every stable state which commands have a meaning', () => {
  const commands = {
    start,
    stop,
    pause,
    resume,
    checkpoint,
    restore,
    delete: remove,
    'delete with force': force,
    abort,
  }
  const table: Record<StableState, string[]> = {
    created: ['start', 'delete', 'delete with force'],
    running: ['stop', 'pause', 'checkpoint', 'delete with force'],
    restored: ['stop', 'pause', 'checkpoint', 'delete with force'],
    paused: ['stop', 'resume', 'checkpoint', 'delete with force'],
    stopped: ['delete', 'delete with force'],
    checkpointed: ['restore', 'delete', 'delete with force'],
    failed: ['delete', 'delete with force'],
  }
  for (const [state, expected] of Object.entries(table)) {
    const snapshot = at(state as StableState)
    const able = Object.entries(commands).filter(([, event]) => snapshot.can(event))
    assert.deepEqual(
      able.map(([name]) => name),
      expected,
      state,
    )
  }
})

test('while a command is under way no other has a meaning, but abort while something is made', () => {
  const { vertices } = walked()
  for (const snapshot of vertices) {
    if (stableState(snapshot) !== null) continue
    const able = [start, stop, pause, resume, checkpoint, restore, remove, force].filter((event) => snapshot.can(event))
    assert.deepEqual(able, [], stateName(snapshot))
    assert.equal(snapshot.can(abort), /^(creating\.|restoring)/.test(stateName(snapshot)), stateName(snapshot))
  }
})

test('what has no meaning changes nothing', () => {
  for (const state of Object.keys(stableStates) as StableState[]) {
    const snapshot = at(state)
    for (const event of Object.values(containerEvents).flat() as ContainerEvent[]) {
      if (event.type.startsWith('xstate.') || snapshot.can(event)) continue
      const [after, actions] = transition(containerMachine, snapshot, event)
      assert.deepEqual([after.value, after.context, actions], [snapshot.value, snapshot.context, []])
    }
  }
})

// ---- the whole chart

/** An exit that starting has recorded comes next, whatever else is sent. */
function underWay(snapshot: { context: unknown; value: unknown }): EventObject | undefined {
  const { exit } = snapshot.context as ContainerContext
  const name = stateName(snapshot as ContainerSnapshot)
  return name === 'running' && exit !== null ? ({ type: 'init.exited', exit } as EventObject) : undefined
}

let found: ReturnType<typeof walk> | undefined
function walked() {
  found ??= walk(containerMachine, [{ id: 'web' }, { id: 'web', image: '/images/web' }], containerEvents, underWay)
  return found as {
    vertices: ContainerSnapshot[]
    steps: { from: ContainerSnapshot; event: ContainerEvent; to: ContainerSnapshot }[]
  }
}

test('every state is reached, and every transition is taken', () => {
  const { vertices, steps } = walked()
  const reached = new Set(vertices.flatMap(({ _nodes }) => _nodes.map(({ id }) => id)))
  const passed = ['container.beginning', 'container.alive.started.last']
  const missed = allNodes(containerMachine).filter(({ id }) => !reached.has(id))
  assert.deepEqual(missed.map(({ id }) => id).sort(), passed.sort())

  const taken = new Set<unknown>(steps.flatMap(({ from, event }) => containerMachine.getTransitionData(from, event)))
  const idle = declaredTransitions(containerMachine).filter((declared) => !taken.has(declared))
  assert.deepEqual(idle.map(describeTransition), [])
})

test('from everywhere there is a way to the end, and none leads into an error', () => {
  const { vertices, steps } = walked()
  const key = ({ value }: ContainerSnapshot) => JSON.stringify(value)
  const ways = new Set(['"gone"'])
  for (let size = 0; size !== ways.size;) {
    size = ways.size
    for (const { from, to } of steps) if (ways.has(key(to))) ways.add(key(from))
  }
  assert.deepEqual(vertices.filter((snapshot) => !ways.has(key(snapshot))).map(stateName), [])
  for (const snapshot of vertices) assert.equal(snapshot.status, stateName(snapshot) === 'gone' ? 'done' : 'active')
})

test('every stage has its place, its name as id, and a way out for both results', () => {
  const sources: string[] = []
  for (const node of allNodes(containerMachine)) {
    for (const { id, src, onDone, onError } of node.invoke) {
      assert.equal(typeof src, 'string')
      assert.equal(id, src)
      assert.ok(onDone !== undefined && onError !== undefined, `${node.id} invokes ${id}`)
      sources.push(id)
    }
  }
  assert.deepEqual(sources.sort(), Object.keys(containerMachine.implementations.actors).sort())
})

test('the OCI status of every state is that of the design', () => {
  const table = {
    creating: [
      'creating.sealing',
      'creating.cloning',
      'creating.isolating',
      'creating.networking',
      'creating.confining',
      'creating.gating',
      'restoring',
      'undoing',
    ],
    created: ['created', 'starting'],
    running: ['running', 'restored', 'pausing', 'checkpointing.running', 'stopping.signalling', 'stopping.ending'],
    paused: ['paused', 'resuming', 'checkpointing.paused'],
    stopped: ['stopped', 'checkpointed', 'deleting', 'failed', 'gone'],
  }
  const actual: Record<string, Set<string>> = {}
  for (const snapshot of walked().vertices) {
    assert.equal(snapshot.tags.size, 1, stateName(snapshot))
    ;(actual[ociStatus(snapshot)] ??= new Set()).add(stateName(snapshot))
  }
  for (const [status, names] of Object.entries(table))
    assert.deepEqual([...(actual[status] ?? [])].sort(), names.sort())
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(table).sort())
})

test('wherever init exits, it is recorded, and with the results of stages alone the container comes to rest', () => {
  const ends = new Set<string>()
  for (const snapshot of walked().vertices) {
    const name = stateName(snapshot)
    if (!snapshot.can(exited)) {
      // It has ended before; or is not there yet.
      assert.ok(['stopped', 'gone'].includes(name), name)
      continue
    }
    const queue = [follow(containerMachine, snapshot, exited).at(-1) as ContainerSnapshot]
    const seen = new Set<string>()
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [stage] = Object.keys(next.children)
      if (stage === undefined) {
        ends.add(stateName(next))
        assert.equal(ociStatus(next), 'stopped', `${name}: init has exited, and it came to ${stateName(next)}`)
        continue
      }
      const key = JSON.stringify([next.value, next.context])
      if (seen.has(key)) continue
      seen.add(key)
      for (const result of ['done', 'error'] as const) {
        queue.push(follow(containerMachine, next, eventOf(next, result)).at(-1) as ContainerSnapshot)
      }
    }
  }
  assert.deepEqual([...ends].sort(), ['checkpointed', 'failed', 'gone', 'stopped'])
})

test('a stopped container always has its exit', () => {
  for (const snapshot of walked().vertices) {
    if (stateName(snapshot) === 'stopped') assert.notEqual(snapshot.context.exit, null)
  }
})

test('a command clears the failure of the one before', () => {
  for (const state of Object.keys(stableStates) as StableState[]) {
    const snapshot = at(state, { failure: tooLate })
    for (const event of [start, stop, pause, resume, checkpoint, restore, remove, force]) {
      if (snapshot.can(event)) assert.equal(go(snapshot, event).context.failure, null, `${state} ${event.type}`)
    }
  }
})

test('the context is plain JSON everywhere', () => {
  for (const { context } of walked().vertices) assert.deepEqual(JSON.parse(JSON.stringify(context)), context)
})

test('a stable state is begun from its name and its stored context, and goes on as if it had never been left', () => {
  for (const state of Object.keys(stableStates) as StableState[]) {
    const stored = JSON.parse(JSON.stringify(at(state).context)) as ContainerContext
    const snapshot = snapshotAt(containerMachine, state, stored)
    assert.equal(stateName(snapshot), state)
    assert.equal(stableState(snapshot), state)
    assert.deepEqual(snapshot.context, at(state).context)
    const reached = walked().vertices.find((vertex) => stateName(vertex) === state)
    assert.deepEqual(snapshot.value, reached?.value)
    assert.deepEqual([...snapshot.tags], [...(reached?.tags ?? [])])
  }
})
