// Hooks of the runtime's own namespaces, without a container: when one is not started any more, what is taken of what it prints, and
// what is left of it afterwards.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HookEvent } from '../../../src/actors/hook.ts'
import { type HookRun, runHooks } from '../../../src/actors/hooks/index.ts'
import { StatorError } from '../../../src/errors.ts'
import type { Hook } from '../../../src/oci/config.ts'
import type { OciState } from '../../../src/oci/state.ts'

const skip = process.platform === 'linux' ? false : 'Linux'
const state: OciState = { ociVersion: '1.3.0', id: 'web', status: 'creating', bundle: '/bundle' }
const shell = (script: string, more: Partial<Hook> = {}): Hook => ({
  path: '/bin/sh',
  args: ['sh', '-c', script],
  env: ['PATH=/usr/bin:/bin'],
  ...more,
})

interface Outcome {
  readonly events: readonly HookEvent[]
  readonly error: StatorError | null
}

/** Runs createRuntime hooks; `onEvent` hears of each event before it is kept. */
async function outcome(hooks: readonly Hook[], run: Partial<HookRun> = {}, given = state): Promise<Outcome> {
  const events: HookEvent[] = []
  const onEvent = (event: HookEvent) => {
    run.onEvent?.(event)
    events.push(event)
  }
  const { signal = new AbortController().signal } = run
  try {
    await runHooks('createRuntime', hooks, given, { ...run, signal, onEvent })
    return { events, error: null }
  } catch (error) {
    assert.ok(error instanceof StatorError, String(error))
    return { events, error }
  }
}

const timeUp = new StatorError('ERR_STATOR_TIMEOUT', 'create "web": not done after 300 ms')

test('after an abort no hook is started', { skip }, async () => {
  const { events, error } = await outcome([shell('exit 3')], { signal: AbortSignal.abort(timeUp) })
  assert.deepEqual(events, [])
  assert.deepEqual(error?.toJSON(), timeUp.toJSON())
})

for (const all of [false, true]) {
  test(
    `an abort by whoever hears that a hook starts ends it, and no other is started (all: ${all})`,
    { skip },
    async () => {
      const controller = new AbortController()
      const onEvent = () => controller.abort(timeUp)
      const { events } = await outcome([shell('sleep 1000'), shell('exit 0')], {
        signal: controller.signal,
        onEvent,
        all,
      })
      assert.deepEqual(
        events.map(({ type, index }) => `${type} ${index}`),
        ['hook.started 0', 'hook.failed 0'],
      )
    },
  )
}

test(
  'a hook that an abort ends: the error is the reason of the abort, and says which hook it was',
  { skip },
  async () => {
    const controller = new AbortController()
    const why = new Error('no more need')
    const aborted = new StatorError('ERR_STATOR_ABORTED', 'create "web": aborted', {}, { cause: why })
    const onEvent = () => controller.abort(aborted)
    const { events, error } = await outcome([shell('sleep 1000')], { signal: controller.signal, onEvent })
    const record = {
      code: 'ERR_STATOR_ABORTED',
      message: 'create "web": aborted: createRuntime hook /bin/sh was running (hooks.createRuntime[0])',
      path: '/bin/sh',
      pointer: 'hooks.createRuntime[0]',
      cause: 'no more need',
    }
    assert.deepEqual(error?.toJSON(), record)
    assert.equal(error?.cause, why, 'what the AbortSignal was given')
    const last = events.at(-1)
    assert.ok(last?.type === 'hook.failed')
    assert.deepEqual([last.code, last.signal, last.error.code], [null, 'SIGKILL', 'ERR_STATOR_ABORTED'])
  },
)

test('a hook that fails by itself is the error, also when an abort follows', { skip }, async () => {
  const controller = new AbortController()
  const onEvent = ({ type }: HookEvent) => {
    if (type === 'hook.failed') controller.abort(timeUp)
  }
  const { error } = await outcome([shell('kill -9 $$')], { signal: controller.signal, onEvent })
  assert.equal(error?.code, 'ERR_STATOR_HOOK')
  assert.match(error?.message ?? '', /was ended by SIGKILL/)
})
