import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatorError } from '../../src/errors.ts'
import { limited, never, orAborted, reasonOf } from '../../src/runtime/limits.ts'

const closed = new StatorError('ERR_STATOR_CLOSED', 'the runtime was closed')

test('a time limit, the caller’s signal and the runtime’s close each give up with their own code', async () => {
  const closing = new AbortController()
  const caller = new AbortController()
  using timed = limited('start "web"', { timeoutMs: 1 }, closing.signal)
  await assert.rejects(orAborted(new Promise(() => setTimeout(() => {}, 50)), timed.signal), {
    code: 'ERR_STATOR_TIMEOUT',
    message: 'start "web": not done after 1 ms',
  })
  using aborted = limited('start "web"', { signal: caller.signal, timeoutMs: 10_000 }, closing.signal)
  caller.abort('enough')
  assert.deepEqual([reasonOf(aborted.signal).code, reasonOf(aborted.signal).cause], ['ERR_STATOR_ABORTED', 'enough'])
  using shut = limited('start "web"', { signal: never }, closing.signal)
  using bare = limited('start "web"', {}, closing.signal)
  closing.abort(closed)
  assert.equal(reasonOf(shut.signal), closed)
  assert.equal(reasonOf(bare.signal), closed)
  using late = limited('start "web"', { signal: caller.signal }, closing.signal)
  assert.equal(reasonOf(late.signal), closed)
})

test('an outer limit of ours is not told as an abort', () => {
  const caller = new AbortController()
  using inner = limited('create "web"', { signal: caller.signal }, never)
  caller.abort(new StatorError('ERR_STATOR_TIMEOUT', 'run "web": not done after 5 ms'))
  assert.equal(reasonOf(inner.signal).code, 'ERR_STATOR_TIMEOUT')
})

test('no limit is longer than a timer can be, and none is negative', () => {
  using forever = limited('wait', { timeoutMs: 2 ** 40 }, never)
  assert.equal(forever.signal.aborted, false)
  using infinite = limited('wait', { timeoutMs: Infinity }, never)
  assert.equal(infinite.signal, never)
  for (const timeoutMs of [-1, Number.NaN])
    assert.throws(() => limited('wait', { timeoutMs }, never), { code: 'ERR_STATOR_CONFIG' })
})

test('what has settled before the abort is not taken back', async () => {
  const caller = new AbortController()
  const promise = orAborted(Promise.resolve(7), caller.signal)
  assert.equal(await promise, 7)
  caller.abort()
  await assert.rejects(orAborted(Promise.resolve(7), caller.signal), { code: 'ERR_STATOR_ABORTED' })
  await assert.rejects(orAborted(Promise.reject(new Error('no')), undefined), /no/)
})
