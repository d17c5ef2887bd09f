// The types of events: filters, and the table of meanings.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filter, firstValueFrom, from } from 'rxjs'
import { eventTypes, ofType, type EventOf, type RuntimeEvent } from '../../src/bus/event.ts'

const envelope = { id: 'a-1', seq: 1, time: '2024-01-01T00:00:00.000Z' }
const stopped: RuntimeEvent = {
  ...envelope,
  type: 'lifecycle.stopped',
  container: 'web',
  transition: { from: 'running', to: 'stopped', cause: 'init.exited' },
  exit: { code: 3, signal: null, exitCode: 3, oomKilled: false, at: envelope.time, pid: 7 },
}
const opened: RuntimeEvent = { ...envelope, type: 'runtime.opened', container: null, pid: 7 }

test('ofType lets its types through, and narrows them', async () => {
  const one: EventOf<'lifecycle.stopped'> = await firstValueFrom(
    from([opened, stopped]).pipe(filter(ofType('lifecycle.stopped'))),
  )
  assert.equal(one.exit.exitCode, 3)
  assert.deepEqual([opened, stopped].filter(ofType('runtime.opened', 'lifecycle.stopped')), [opened, stopped])
  assert.deepEqual([opened, stopped].filter(ofType('lifecycle.created')), [])
})

test('every type has a family, a name and a meaning', () => {
  for (const [type, meaning] of Object.entries(eventTypes)) {
    assert.match(type, /^(lifecycle|stage|hook|exec|seccomp|runtime)\.[a-z]+([A-Z-][a-z]+)*$/)
    assert.ok(meaning.length > 10, type)
  }
})
