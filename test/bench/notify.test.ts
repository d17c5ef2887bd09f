import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureNotify } from '../../bench/notify.ts'

test('round trips of notifications are measured by who calls, and none is lost', async () => {
  const { calls, answered, medianUs, ninetiethUs, perSecond } = await measureNotify(500)
  assert.deepEqual([calls, answered], [500, 500])
  assert.ok(medianUs > 0 && medianUs <= ninetiethUs && perSecond > 0)
})
