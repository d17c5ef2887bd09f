// What the stub reports, as an error: the step's number becomes its label, its call, and its place in config.json.

import { errnoName } from '../native/errno.ts'
import { StatorError, type StatorErrorCode } from '../errors.ts'
import type { Plan } from './builder.ts'
import type { Step } from './step.ts'
import { RECORD_MAGIC, record, recordKind } from './layout.ts'

/** A record of the stub, read. */
export interface StubRecord {
  readonly kind: keyof typeof recordKind
  readonly step: number
  readonly errno: number
  readonly value: number
  /** The kernel's own words, of a failure; the payload of a sync point. */
  readonly payload: Buffer
}

/** @returns null when the bytes are no record */
export function decodeRecord(bytes: Buffer): StubRecord | null {
  if (bytes.length < record.size || bytes.readUInt32LE(record.magic) !== RECORD_MAGIC) return null
  const kind = (Object.keys(recordKind) as (keyof typeof recordKind)[]).find(
    (name) => recordKind[name] === bytes.readUInt32LE(record.kind),
  )
  if (kind === undefined) return null
  const length = kind === 'failed' ? bytes.readUInt32LE(record.length) : bytes.length - record.size
  return {
    kind,
    step: bytes.readUInt32LE(record.step),
    errno: bytes.readInt32LE(record.errno),
    value: Number(bytes.readBigInt64LE(record.value)),
    payload: bytes.subarray(record.size, record.size + length),
  }
}

/** The error of a step that failed: `mount proc at /proc: EPERM (mounts[0])`. */
export function planFailure(
  plan: Pick<Plan, 'steps'>,
  { step: index, errno, value, payload }: StubRecord,
): StatorError {
  const step = plan.steps[index]
  const name = errnoName(errno)
  if (step === undefined)
    return new StatorError('ERR_STATOR_STAGE', `step ${index} of the plan: ${name}`, { stepIndex: index, errno: name })
  const said = payload
    .toString('utf8')
    .trim()
    .replace(/^[ewi] /, '')
  // A step that checks says itself what is wrong; a call that fails is named with its errno.
  const label = shortened(step.label)
  const what = step.op === 'fail' ? (step.args[0] === 0 ? label : `${label} ${value}`) : `${label}: ${name}`
  const place = [step.pointer, isFiltered(plan, index) && refusals.has(name) ? byFilter : ''].filter(Boolean).join('; ')
  const message = `${what}${said ? `: ${said}` : ''}${place ? ` (${place})` : ''}`
  return new StatorError(codeOf(step.pointer), message, {
    step: step.label,
    stepIndex: index,
    role: step.role,
    errno: name,
    ...(step.op === 'sys' ? { syscall: step.name } : {}),
    ...(step.pointer ? { pointer: step.pointer } : {}),
  })
}

/** What most filters answer with. */
const refusals: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'EACCES'])
const byFilter = 'linux.seccomp is loaded by then, and has to allow it'

/** Whether the program's own filter judges this step, too. */
function isFiltered({ steps }: Pick<Plan, 'steps'>, index: number): boolean {
  const step = steps[index]
  if (step?.op !== 'sys') return false
  return steps.slice(0, index).some((before) => before.role === step.role && loadsFilter(before))
}

/** Of a plan that has such a step init may be ended by what it has loaded. */
export function loadsFilter(step: Step): boolean {
  return step.op === 'sys' && step.name === 'seccomp'
}

/** A value may be very long. It stands in config.json, where the pointer leads. */
function shortened(label: string): string {
  return label.length > 1000 ? `${label.slice(0, 800)} … ${label.slice(-100)}` : label
}

function codeOf(pointer: string): StatorErrorCode {
  if (/^process($|\.args|\.env)/.test(pointer)) return 'ERR_STATOR_PROGRAM'
  if (pointer.startsWith('hooks.')) return 'ERR_STATOR_HOOK'
  return 'ERR_STATOR_STAGE'
}
