// A process that was entered into a pid namespace, and whose keeper was killed: who reaps it, and what is said when nobody does.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import test, { type TestContext } from 'node:test'
import { endProcess, endProcesses } from '../../src/actors/process/index.ts'
import type { ProcessId } from '../../src/actors/creation.ts'
import { isAlive, isEnding, parentOf, processStartTime, processState } from '../../src/native/process-stat.ts'
import { StatorError } from '../../src/errors.ts'
import { becomeSubreaper } from './bed.ts'
import { holder, missing as skip } from './support.ts'

interface Unreaped {
  /** The first of the pid namespace. */
  readonly first: ProcessId
  /** Entered into it; its parent, which is no more. */
  readonly entered: ProcessId
  readonly keeper: ProcessId
}

/** An orphan that has fallen to this process, as if it were pid 1. */
async function unreaped(t: TestContext): Promise<Unreaped> {
  becomeSubreaper()
  const { pid } = holder(t, ['--pid'])
  const keeper = spawn('nsenter', ['--target', String(pid), '--pid', 'sh', '-c', 'echo here; exec sleep 1000'])
  await once(keeper.stdout, 'data')
  const id = (pid: number): ProcessId => ({ pid, startTime: processStartTime(pid) ?? '' })
  const [child] = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8').split(' ')
  const result = { first: id(pid), entered: id(Number(child)), keeper: id(keeper.pid!) }
  keeper.kill('SIGKILL')
  await once(keeper, 'exit')
  assert.equal(parentOf(result.entered.pid), process.pid)
  t.after(() => endProcesses({ init: result.entered, keeper: result.keeper }))
  return result
}

test('it falls to this process, which reaps it', { skip }, async (t) => {
  const { first, entered, keeper } = await unreaped(t)
  await endProcesses({ init: entered, keeper })
  assert.equal(processState(entered.pid), null)
  await endProcess(first)
})

test('nobody has reaped it: the first of its pid namespace does not end, and why is said', { skip }, async (t) => {
  const { first, entered, keeper } = await unreaped(t)
  assert.equal(isEnding(first), false)
  process.kill(entered.pid, 'SIGKILL')
  const error: unknown = await endProcess(first, { withinMs: 500 }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof StatorError)
  assert.equal(error.code, 'ERR_STATOR_TIMEOUT')
  const who = `process ${entered.pid} of its pid namespace has ended, and its parent ${process.pid} "node" does not reap it`
  assert.ok(
    error.message.startsWith(`end process ${first.pid}: still there 500 ms after SIGKILL: ${who} (`),
    error.message,
  )
  assert.deepEqual([isAlive(first), isEnding(first)], [true, true], 'there, and about to end')
  await endProcesses({ init: entered, keeper })
  await endProcess(first)
})
