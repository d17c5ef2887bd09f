import assert from 'node:assert/strict'
import { StatorError } from '../../src/errors.ts'

/** What is thrown, which has to be one of ours. */
export function failure(action: () => unknown): StatorError {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof StatorError, String(error))
    return error
  }
  return assert.fail('no error')
}
