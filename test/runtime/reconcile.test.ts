import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../src/actors/exit.ts'
import { judge, type Truth, type Verdict } from '../../src/runtime/reconcile.ts'
import type { StoredPhase } from '../../src/runtime/phase.ts'
import type { StoredState } from '../../src/runtime/store.ts'

const init = { pid: 20, startTime: '200' }
const keeper = { pid: 10, startTime: '100' }
const owner = { pid: 5, startTime: '50', root: 1 }
const exit: Exit = { code: 3, signal: null, exitCode: 3, oomKilled: false, at: '2026-01-01T00:00:00.000Z', pid: 20 }

function stored(status: StoredPhase, more: Partial<StoredState> = {}): StoredState {
  const context = { id: 'web', init, keeper, exit: null, failure: null, image: null, stop: null }
  return {
    schema: 1,
    id: 'web',
    bundle: '/b',
    rootfs: '/r',
    ociVersion: '1.3.0',
    created: '',
    stdio: 'log',
    launch: {},
    labels: {},
    annotations: {},
    bootId: 'now',
    claim: '',
    since: 0,
    seq: 0,
    status,
    context,
    command: null,
    keeperLost: false,
    receipts: {},
    ...more,
  }
}

/** A kernel in which these are alive, and the gate is shut or not. */
function kernel(alive: readonly { readonly pid: number }[], more: Partial<Truth> = {}): Truth {
  return {
    bootId: 'now',
    isAtWork: () => false,
    isAlive: ({ pid }) => alive.some((process) => process.pid === pid),
    atGate: () => true,
    readExit: () => null,
    zombieEnd: () => null,
    ...more,
  }
}

const cases: readonly [string, StoredState, Truth, Verdict][] = [
  ['created, and init waits at the gate', stored('created'), kernel([init, keeper]), { is: 'valid' }],
  [
    'created, and the program runs',
    stored('created'),
    kernel([init, keeper], { atGate: () => false }),
    { is: 'started' },
  ],
  ['running, and so it is', stored('running'), kernel([init, keeper], { atGate: () => false }), { is: 'valid' }],
  ['running, though its keeper is gone', stored('running'), kernel([init]), { is: 'valid' }],
  [
    'running, and the keeper has left its record',
    stored('running'),
    kernel([], { readExit: () => exit }),
    { is: 'ended', exit },
  ],
  [
    'running, and the record is that of an earlier init',
    stored('running'),
    kernel([init, keeper], { readExit: () => ({ ...exit, pid: 7 }) }),
    { is: 'valid' },
  ],
  [
    'running, and the keeper is about to leave its record',
    stored('running'),
    kernel([keeper]),
    { is: 'ending', processes: { init, keeper } },
  ],
  ['running, and nobody is left', stored('running'), kernel([]), { is: 'ended-unseen' }],
  [
    'running before the last boot',
    stored('running', { bootId: 'then' }),
    kernel([init, keeper]),
    { is: 'ended-unseen' },
  ],
  [
    'running before the last boot, and it had ended before that',
    stored('running', { bootId: 'then' }),
    kernel([], { readExit: () => exit }),
    { is: 'ended', exit },
  ],
  ['paused', stored('paused'), kernel([init, keeper]), { is: 'valid' }],
  ['stopped, whoever has the pid now', stored('stopped'), kernel([init, keeper]), { is: 'valid' }],
  ['failed', stored('failed'), kernel([]), { is: 'valid' }],
  [
    'creating, and nobody is at work',
    stored('creating', { command: { name: 'create', owner } }),
    kernel([]),
    { is: 'half-made' },
  ],
  [
    'creating, before the last boot',
    stored('creating', { bootId: 'then', command: { name: 'create', owner } }),
    kernel([], { isAtWork: () => true }),
    { is: 'half-made' },
  ],
  [
    'creating, and its maker is at work',
    stored('creating', { command: { name: 'create', owner } }),
    kernel([], { isAtWork: () => true }),
    { is: 'busy', command: { name: 'create', owner } },
  ],
  [
    'a delete that nobody will finish',
    stored('stopped', { command: { name: 'delete', owner } }),
    kernel([]),
    { is: 'half-deleted' },
  ],
  [
    'a delete that nobody will finish, and init still lives',
    stored('created', { command: { name: 'delete', owner } }),
    kernel([init, keeper]),
    { is: 'half-deleted' },
  ],
  [
    'a delete that nobody will finish, and the program still runs',
    stored('running', { command: { name: 'delete', owner } }),
    kernel([init, keeper]),
    { is: 'half-ended', processes: { init, keeper } },
  ],
  [
    'a delete that nobody will finish, and that has ended the program',
    stored('running', { command: { name: 'delete', owner } }),
    kernel([], { readExit: () => exit }),
    { is: 'ended', exit },
  ],
  [
    'a stop that nobody will finish',
    stored('running', { command: { name: 'stop', owner } }),
    kernel([init, keeper]),
    { is: 'abandoned', command: { name: 'stop', owner } },
  ],
  [
    'a stop that nobody will finish, and that has worked',
    stored('running', { command: { name: 'stop', owner } }),
    kernel([], { readExit: () => exit }),
    { is: 'ended', exit },
  ],
  [
    'a start that nobody will finish, and that has come to the program',
    stored('created', { command: { name: 'start', owner } }),
    kernel([init, keeper], { atGate: () => false }),
    { is: 'started' },
  ],
]

for (const [title, state, truth, verdict] of cases) {
  test(`${title}: ${verdict.is}`, () => assert.deepEqual(judge(state, truth), verdict))
}

test('the keeper leaves its record and ends between two questions: its record counts', () => {
  let asked = 0
  const truth = kernel([], { readExit: () => (asked++ === 0 ? null : exit) })
  assert.deepEqual(judge(stored('running'), truth), { is: 'ended', exit })
})
