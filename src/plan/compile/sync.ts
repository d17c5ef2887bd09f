// Sync points: init tells the runtime that it is there, and goes on when told to. Anything else that is read (the end of the
// stream, another number) is a failure, never a go-on.

import { MSG_NOSIGNAL } from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import { RECORD_MAGIC, record, recordKind } from '../layout.ts'
import type { Address, Operand, Register } from '../step.ts'

/** The sync points of init, in the order in which they come, and the keeper's. */
export const syncPoint = {
  /** The runtime has done what it does from outside: ID maps, the state stored. Init only waits. */
  isolated: 1,
  /** The mounts are made: prestart and createRuntime hooks run now. */
  hooks: 2,
  /** A hook inside the container has ended: hook-end.ts says how. Init does not wait. */
  hookEnded: 3,
  /** All that may fail has been done; the payload is the container's /etc/passwd, the answer HOME. */
  ready: 4,
  /** The keeper has made itself ready to keep. It does not wait. */
  kept: 5,
  /** The runtime has set the limits of resources; comes before `ready`. Init only waits, where it has limits. */
  limited: 6,
  /** A filter that notifies is loaded; the record has the number of its listener, for the runtime and the keeper to take. */
  filtered: 7,
} as const

export type SyncPoint = keyof typeof syncPoint

/** @param payloadBytes room for what is put in while the plan runs */
export function constantRecord(
  plan: PlanBuilder,
  kind: keyof typeof recordKind,
  number: number,
  payloadBytes = 0,
): Address {
  const bytes = Buffer.alloc(record.size + payloadBytes)
  bytes.writeUInt32LE(RECORD_MAGIC, record.magic)
  bytes.writeUInt32LE(recordKind[kind], record.kind)
  bytes.writeUInt32LE(number, record.step)
  bytes.writeUInt32LE(payloadBytes, record.length)
  return plan.bytes(bytes, `{${kind} ${number}}`)
}

/** Tells the runtime that a sync point is reached; `value` goes into the record. */
export function reach(plan: PlanBuilder, control: Operand, point: SyncPoint, value?: Register): void {
  const bytes = constantRecord(plan, 'reached', syncPoint[point])
  if (value !== undefined) plan.store(bytes.plus(record.value), 8, value, 'put it into the record')
  // write(2), as a seccomp filter may be loaded: what a program needs anyway. Whoever is ended by SIGPIPE had to end.
  plan.sys('write', [control, bytes, record.size], `tell the runtime: ${point}`, { expect: record.size })
}

/** Waits for the go-on of a sync point. `reply` has room for a record and `payloadBytes` after it. */
export function awaitGoOn(
  plan: PlanBuilder,
  control: Operand,
  point: SyncPoint,
  reply: Address,
  payloadBytes = 0,
): void {
  const wrong = plan.label('wrong')
  const right = plan.label('right')
  const got = plan.sys('read', [control, reply, record.size + payloadBytes], `wait for the runtime: ${point}`)
  plan.if(got, '<', record.size, wrong, 'the end of the stream is a failure')
  plan.if(plan.load(reply.plus(record.kind), 4, 'what it says'), '!=', recordKind.goOn, wrong, 'it must say go on')
  plan.if(plan.load(reply.plus(record.step), 4, 'for which sync point'), '==', syncPoint[point], right, 'for this one')
  plan.place(wrong)
  plan.fail('EPIPE', `the runtime went away before it said go on (${point})`)
  plan.place(right)
}

/** A record made while the plan runs: `value` goes into its value field. */
export function tell(
  plan: PlanBuilder,
  control: Operand,
  kind: keyof typeof recordKind,
  value: Operand,
  label: string,
  tolerate = false,
): void {
  const bytes = constantRecord(plan, kind, 0)
  plan.store(bytes.plus(record.value), 8, value, 'put it into the record')
  plan.sys(
    'sendto',
    [control, bytes, record.size, MSG_NOSIGNAL, 0, 0],
    label,
    tolerate ? { tolerate: 'any' } : { expect: record.size },
  )
}
