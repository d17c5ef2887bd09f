// The keeper of a container whose end is no longer waited for, as others have told of it: a child of ours is still reaped.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { watchEnd, type WatchedEnd } from '../../../src/actors/process/end.ts'
import { pidfdOpen, pidfdSendSignal } from '../../../src/native/pidfd.ts'
import type { Fd } from '../../../src/native/fd.ts'
import { hold, onReady } from '../../../src/native/poller.ts'
import { processStartTime, processState } from '../../../src/native/process-stat.ts'
import { spawn } from '../../../src/native/spawn.ts'
import { SIGKILL } from '../../../src/native/uapi.ts'

interface Played {
  readonly pid: number
  readonly fd: Fd
  readonly end: WatchedEnd
}

/** A child that plays the keeper, and init too: who that is does not matter here. Not Node's own, which Node would reap. */
function keeper(t: TestContext): Played {
  const pid = spawn({ path: '/bin/sleep', argv: ['sleep', '600'], env: [] })
  const fd = pidfdOpen(pid)
  const id = { pid, startTime: processStartTime(pid) ?? '' }
  const end = watchEnd({ folder: '/nonexistent', processes: { init: id, keeper: id } })
  t.after(() => {
    end.close()
    if (processState(pid) !== null) pidfdSendSignal(fd, SIGKILL)
    fd.close()
  })
  return { pid, fd, end }
}

/** It is a zombie by then, or reaped. */
async function ended(fd: Fd): Promise<void> {
  const release = hold()
  await new Promise<void>((resolve) => {
    const subscription = onReady(fd, () => {
      subscription.unsubscribe()
      resolve()
    })
  }).finally(release)
}

test('one that has ended, and nobody has noticed yet, is reaped at once', (t) => {
  const { pid, fd, end } = keeper(t)
  pidfdSendSignal(fd, SIGKILL)
  while (processState(pid) !== 'Z');
  end.dismiss()
  assert.equal(processState(pid), null)
})

test('one that ends later is reaped then', async (t) => {
  const { pid, fd, end } = keeper(t)
  end.dismiss()
  end.dismiss()
  assert.notEqual(processState(pid), null)
  pidfdSendSignal(fd, SIGKILL)
  await ended(fd)
  for (let turn = 0; turn < 100 && processState(pid) !== null; turn++) await nextTurn()
  assert.equal(processState(pid), null)
})
