// What of a failure is said to be want of memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatorError } from '../../src/errors.ts'
import { defineConfig } from '../../src/index.ts'
import { explained } from '../../src/runtime/out-of-memory.ts'

const limited = defineConfig({ args: ['x'], rootfs: '/', memoryLimitBytes: 65536 })
const unlimited = defineConfig({ args: ['x'], rootfs: '/' })
const ended = new StatorError('ERR_STATOR_STAGE', 'init ended before it reached "ready" (killed?)', { role: 'init' })

function messageOf(thrown: unknown): string {
  assert.ok(thrown instanceof StatorError)
  return thrown.message
}

test('an end without a reason, of a container of which somebody was killed', () => {
  const error = explained(ended, limited, () => 1)
  assert.ok(error instanceof StatorError)
  const way = 'OOM-killed (memory limit too low? linux.resources.memory.limit is 65536)'
  assert.equal(error.message, `init ended before it reached "ready": ${way}`)
  assert.deepEqual([error.code, error.pointer, error.role], [ended.code, 'linux.resources.memory.limit', 'init'])
  assert.equal(error.cause, ended)
})

test('without a limit it is the machine that has too little', () => {
  assert.match(messageOf(explained(ended, unlimited, () => 1)), /: OOM-killed \(this machine, or a group above/)
})

test('nobody was killed, or the count cannot be read: the failure is as it was', () => {
  assert.equal(
    explained(ended, limited, () => 0),
    ended,
  )
  const unread = () => {
    throw new Error('ENODEV')
  }
  assert.equal(explained(ended, limited, unread), ended)
})

test('what a step has said stays, but for ENOMEM under a limit', () => {
  const step = new StatorError('ERR_STATOR_STAGE', 'mount x: EINVAL', { stepIndex: 3, errno: 'EINVAL' })
  assert.equal(
    explained(step, limited, () => 1),
    step,
  )
  const full = new StatorError('ERR_STATOR_STAGE', 'mount x: ENOMEM', { stepIndex: 3, errno: 'ENOMEM' })
  assert.equal(
    explained(full, unlimited, () => 0),
    full,
  )
  assert.match(messageOf(explained(full, limited, () => 0)), /^mount x: ENOMEM \(memory limit too low\? .* is 65536\)$/)
})
