import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errnos } from '../../src/native/errno.ts'
import { PlanBuilder } from '../../src/plan/builder.ts'
import { decodeExitRecord, exitRecord } from '../../src/plan/exit-record.ts'
import { decodeRecord, planFailure, type StubRecord } from '../../src/plan/failure.ts'
import { RECORD_MAGIC, record, recordKind } from '../../src/plan/layout.ts'
import type { StatorErrorCode } from '../../src/errors.ts'

/** A plan of one step, and the error of its failure. */
function failing(pointer: string, write: (plan: PlanBuilder) => void, said: Partial<StubRecord>) {
  const plan = new PlanBuilder('x86_64')
  plan.role('init')
  plan.at(pointer, () => write(plan))
  return planFailure(plan.build(), { kind: 'failed', step: 0, errno: 0, value: 0, payload: Buffer.alloc(0), ...said })
}

const mountProc = (plan: PlanBuilder) => plan.sys('move_mount', [3, '', 4, '', 0], 'mount proc at /proc')

test('a call that failed is named by its label, its errno and its place in config.json', () => {
  const error = failing('mounts[0]', mountProc, { errno: errnos.EPERM, value: -errnos.EPERM })
  assert.equal(error.message, 'mount proc at /proc: EPERM (mounts[0])')
  const { code, step, stepIndex, role, errno, syscall, pointer } = error
  assert.deepEqual(
    { code, step, stepIndex, role, errno, syscall, pointer },
    {
      code: 'ERR_STATOR_STAGE',
      step: 'mount proc at /proc',
      stepIndex: 0,
      role: 'init',
      errno: 'EPERM',
      syscall: 'move_mount',
      pointer: 'mounts[0]',
    },
  )
})

test('what comes from no part of config.json has no pointer', () => {
  const error = failing('', mountProc, { errno: errnos.EPERM })
  assert.equal(error.message, 'mount proc at /proc: EPERM')
  assert.equal(error.pointer, undefined)
})

test("the kernel's own words stand behind the errno, without their level", () => {
  const create = (plan: PlanBuilder) => plan.sys('fsconfig', [3, 6, null, null, 0], 'create it', { explain: true })
  const message = (payload: string) => failing('mounts[1]', create, { errno: errnos.EINVAL, payload: Buffer.from(payload) }).message // prettier-ignore
  assert.equal(message("e tmpfs: Bad value for 'size'\n"), "create it: EINVAL: tmpfs: Bad value for 'size' (mounts[1])")
  assert.equal(message('w something is odd'), 'create it: EINVAL: something is odd (mounts[1])')
  assert.equal(message(''), 'create it: EINVAL (mounts[1])')
})

test('a step that checks says itself what is wrong, with the value it found', () => {
  const hook = 'createContainer hook /bin/false failed with exit code'
  const plain = failing('root', (plan) => plan.fail('ENODEV', 'the /dev/null of the host is none'), { errno: errnos.ENODEV }) // prettier-ignore
  assert.equal(plain.message, 'the /dev/null of the host is none (root)')
  assert.equal(plain.syscall, undefined)
  const valued = failing(
    'hooks.createContainer[2]',
    (plan) => plan.fail('ECANCELED', hook, plan.set(0, 'its status')),
    // The register is step 0.
    { step: 1, errno: errnos.ECANCELED, value: 3 },
  )
  assert.equal(valued.message, `${hook} 3 (hooks.createContainer[2])`)
  assert.equal(valued.code, 'ERR_STATOR_HOOK')
})

test('the code says whose failure it is', () => {
  const codes: [string, StatorErrorCode][] = [
    ['process.args', 'ERR_STATOR_PROGRAM'],
    ['process.args[0]', 'ERR_STATOR_PROGRAM'],
    ['process.env[7]', 'ERR_STATOR_PROGRAM'],
    ['process', 'ERR_STATOR_PROGRAM'],
    ['hooks.startContainer[0]', 'ERR_STATOR_HOOK'],
    ['hooks.createContainer[11]', 'ERR_STATOR_HOOK'],
    ['process.cwd', 'ERR_STATOR_STAGE'],
    ['linux.maskedPaths[3]', 'ERR_STATOR_STAGE'],
    ['', 'ERR_STATOR_STAGE'],
  ]
  for (const [pointer, code] of codes)
    assert.equal(failing(pointer, mountProc, { errno: errnos.ENOENT }).code, code, pointer)
})

test('a step that the plan does not have is still an error', () => {
  const error = failing('', mountProc, { step: 4711, errno: errnos.EPERM })
  assert.equal(error.message, 'step 4711 of the plan: EPERM')
  assert.equal(error.stepIndex, 4711)
})

test('an errno without a name is a number', () => {
  assert.equal(failing('', mountProc, { errno: 4000 }).message, 'mount proc at /proc: E4000')
})

function bytesOf(kind: number, fields: Partial<Record<'step' | 'errno' | 'length', number>>, payload = ''): Buffer {
  const bytes = Buffer.alloc(record.size + payload.length)
  bytes.writeUInt32LE(RECORD_MAGIC, record.magic)
  bytes.writeUInt32LE(kind, record.kind)
  bytes.writeUInt32LE(fields.step ?? 0, record.step)
  bytes.writeInt32LE(fields.errno ?? 0, record.errno)
  bytes.writeBigInt64LE(-7n, record.value)
  bytes.writeUInt32LE(fields.length ?? 0, record.length)
  bytes.write(payload, record.size)
  return bytes
}

test('a record of a failure has as much text as it says; any other has all that came', () => {
  assert.deepEqual(decodeRecord(bytesOf(recordKind.failed, { step: 9, errno: 1, length: 3 }, 'abcdef')), {
    kind: 'failed',
    step: 9,
    errno: 1,
    value: -7,
    payload: Buffer.from('abc'),
  })
  const reached = decodeRecord(bytesOf(recordKind.reached, { step: 4 }, 'root:x:0:0'))
  assert.equal(reached?.kind, 'reached')
  assert.equal(reached?.payload.toString(), 'root:x:0:0')
})

test('bytes that are no record are none', () => {
  const good = bytesOf(recordKind.cloned, {})
  assert.notEqual(decodeRecord(good), null)
  assert.equal(decodeRecord(good.subarray(0, record.size - 1)), null)
  assert.equal(decodeRecord(Buffer.alloc(0)), null)
  assert.equal(decodeRecord(bytesOf(99, {})), null)
  const foreign = Buffer.from(good)
  foreign.writeUInt32LE(RECORD_MAGIC + 1, record.magic)
  assert.equal(decodeRecord(foreign), null)
  // It says more than there is.
  assert.equal(decodeRecord(bytesOf(recordKind.failed, { length: 9999 }, 'abc'))?.payload.toString(), 'abc')
})

test('an exit record says how, and when to the millisecond', () => {
  const bytes = Buffer.alloc(exitRecord.size)
  assert.equal(decodeExitRecord(bytes), null)
  bytes.writeUInt32LE(exitRecord.magicValue, exitRecord.magic)
  bytes.writeUInt32LE(2, exitRecord.code)
  bytes.writeInt32LE(9, exitRecord.status)
  bytes.writeInt32LE(4242, exitRecord.pid)
  bytes.writeBigInt64LE(1_700_000_000n, exitRecord.realtime)
  bytes.writeBigInt64LE(999_999_999n, exitRecord.realtime + 8)
  assert.deepEqual(decodeExitRecord(bytes), { code: 2, status: 9, pid: 4242, atMs: 1_700_000_000_999 })
  assert.equal(decodeExitRecord(bytes.subarray(1)), null)
  assert.equal(decodeExitRecord(Buffer.concat([bytes, Buffer.alloc(1)])), null)
})
