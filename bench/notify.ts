// How long a system call takes that somebody here answers: from the caller's call to its return, with `continue` from a subscriber.

import { Subject } from 'rxjs'
import type { SeccompNotification } from '../src/actors/seccomp/notification.ts'
import { serve } from '../src/actors/seccomp/server.ts'
import { filteredChild } from '../test/native/seccomp-child.ts'
import { BenchError } from './place.ts'

export interface RoundTrips {
  readonly calls: number
  /** As the caller measures it, in microseconds. */
  readonly medianUs: number
  readonly ninetiethUs: number
  /** One after the other, from one thread. */
  readonly perSecond: number
  /** Asked and answered here; less than were made would be a loss. */
  readonly answered: number
}

/** Before what counts: the code of both sides has been compiled. */
const warmUps = 5000

/** In JavaScript itself: `process.ppid` asks the kernel each time. */
const caller = `
const calls = Number(process.argv[1])
for (let i = 0; i < ${warmUps}; i++) process.ppid
const times = new Float64Array(calls)
const begun = process.hrtime.bigint()
for (let i = 0; i < calls; i++) {
  const before = process.hrtime.bigint()
  process.ppid
  times[i] = Number(process.hrtime.bigint() - before) / 1000
}
const seconds = Number(process.hrtime.bigint() - begun) / 1e9
times.sort()
console.log(JSON.stringify({ medianUs: times[calls >> 1], ninetiethUs: times[Math.floor(calls * 0.9)], perSecond: calls / seconds }))`

/** @throws {BenchError} a call was lost */
export async function measureNotify(calls = 20_000): Promise<RoundTrips> {
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', caller, String(calls)])
  const subscribers = new Subject<SeccompNotification>()
  let answered = 0
  subscribers.subscribe((notification) => {
    answered++
    void notification.continue()
  })
  const failed: unknown[] = []
  // With events: a flood is told of in a few, and what they cost belongs to it.
  const events: string[] = []
  const server = serve(child.listener, {
    container: 'bench',
    subscribers,
    emit: (event) => events.push(JSON.stringify(event)),
    onError: (error) => failed.push(error),
  })
  child.go()
  const output = await child.output()
  await server.ended
  const made = calls + warmUps
  if (failed.length > 0) throw new BenchError('notify: a call failed', { cause: failed[0] })
  if (answered !== made) throw new BenchError(`notify: ${answered} of ${made} calls were asked about`)
  return { calls, ...(JSON.parse(output) as Omit<RoundTrips, 'calls' | 'answered'>), answered: answered - warmUps }
}
