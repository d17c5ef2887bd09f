// StatorError as data: the fields that apply, and no others.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { errorFromRecord, StatorError, toStatorError } from '../src/errors.ts'
import { SyscallError } from '../src/native/errno.ts'

test('has the fields that apply, and no others', () => {
  const place: object = { stage: 'cloning', path: undefined, more: 1 }
  const error = new StatorError('ERR_STATOR_STAGE', 'x', place)
  assert.deepEqual(Object.keys(error).sort(), ['code', 'stage'])
  assert.equal('left' in error, false)
  assert.equal('path' in error.at({ step: 'y' }), false)
  assert.deepEqual(error.place(), { stage: 'cloning' })
  const again = errorFromRecord({ ...error.toJSON(), cause: 'z' })
  assert.deepEqual(Object.keys(again).sort(), ['code', 'stage'])
  assert.equal(again.cause, 'z')
  // What is known already stays.
  assert.equal(toStatorError(error, 'ERR_STATOR_STATE', { stage: 'gating' }).stage, 'cloning')
})

test('is called by its name in a stack and by console.log, whatever a bundler makes of its class', () => {
  for (const error of [new StatorError('ERR_STATOR_ID', 'x'), new SyscallError('open', 2)]) {
    assert.equal(Object.hasOwn(error, 'name'), false)
    assert.ok(error.stack?.startsWith(`${error.name}: ${error.message}\n`), error.stack)
    assert.ok(inspect(error).startsWith(`${error.name}: `), inspect(error))
  }
  assert.equal(new StatorError('ERR_STATOR_ID', 'x').name, 'StatorError')
})
