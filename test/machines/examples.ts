// What the tests of the charts send, and what their stages answer.

import type { Exit } from '../../src/actors/exit.ts'
import type { Processes } from '../../src/actors/creation.ts'
import { type ErrorRecord, StatorError } from '../../src/errors.ts'
import { type Events, resultOf } from './walk.ts'

export const killed: Exit = {
  code: null,
  signal: 'SIGKILL',
  exitCode: 137,
  oomKilled: false,
  at: '2026-01-02T03:04:05.678Z',
  pid: 4242,
}

export const returned: Exit = { ...killed, code: 3, signal: null, exitCode: 3 }

export const processes: Processes = {
  init: { pid: 4242, startTime: '1234567' },
  keeper: { pid: 4241, startTime: '1234566' },
}

export const broken = new StatorError('ERR_STATOR_STAGE', 'mount proc at /proc: EPERM', {
  step: 'mount proc at /proc',
  stepIndex: 31,
  syscall: 'fsconfig',
  errno: 'EPERM',
  pointer: 'mounts[0]',
})

export const tooLate: ErrorRecord = { code: 'ERR_STATOR_TIMEOUT', message: 'create: 50 ms are over' }

/** Every event of the container's chart, in every form that makes a difference. */
export const containerEvents: Events = {
  start: [{ type: 'start' }],
  stop: [{ type: 'stop' }],
  pause: [{ type: 'pause' }],
  resume: [{ type: 'resume' }],
  checkpoint: [{ type: 'checkpoint' }],
  restore: [{ type: 'restore' }],
  delete: [{ type: 'delete' }, { type: 'delete', force: true } as { type: string }],
  abort: [{ type: 'abort', error: tooLate } as { type: string }],
  'init.exited': [{ type: 'init.exited', exit: killed } as { type: string }],
  'xstate.done.actor.cloning': [resultOf('xstate.done.actor.cloning', processes)],
  'xstate.done.actor.restoring': [resultOf('xstate.done.actor.restoring', processes)],
  'xstate.done.actor.checkpointing': [true, false].map((leftRunning) =>
    resultOf('xstate.done.actor.checkpointing', { imagePath: '/images/web', leftRunning }),
  ),
}
