import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizeSeccomp } from '../../src/oci/parse.ts'

const base = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] as unknown[] }

function said(seccomp: object, recording = false): { error: string | null; warnings: string[] } {
  const warnings: string[] = []
  const onWarning = (pointer: string, message: string) => void warnings.push(`${pointer}: ${message}`)
  try {
    normalizeSeccomp({ ...base, ...seccomp }, 's', { onWarning }, { recording })
    return { error: null, warnings }
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return { error: `${code.replace('ERR_STATOR_', '')} ${message}`, warnings }
  }
}

const call = (rule: object) => ({ syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', ...rule }] })
const argument = (fields: object) => call({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ', ...fields }] })

test('words that nobody knows, and architectures that are not ours', () => {
  const cases: [object, RegExp][] = [
    [{ defaultAction: 'SCMP_ACT_FROB' }, /^CONFIG s\.defaultAction: must be one of SCMP_ACT_KILL, /],
    [{ defaultAction: '', ...call({}) }, /^CONFIG s\.defaultAction: must be one of /],
    [call({ action: 'ALLOW' }), /^CONFIG s\.syscalls\[0\]\.action: must be one of SCMP_ACT_KILL, /],
    [argument({ op: 'EQ' }), /^CONFIG s\.syscalls\[0\]\.args\[0\]\.op: must be one of SCMP_CMP_NE, /],
    [{ architectures: ['SCMP_ARCH_X86', 'X86'] }, /^CONFIG s\.architectures\[1\]: must be one of SCMP_ARCH_X86_64, /],
    [
      { architectures: ['SCMP_ARCH_MIPS64N32'] },
      /^UNSUPPORTED s\.architectures\[0\]: "SCMP_ARCH_MIPS64N32" is not supported$/,
    ],
    [{ flags: ['LOG'] }, /^CONFIG s\.flags\[0\]: must be one of SECCOMP_FILTER_FLAG_TSYNC, /],
  ]
  for (const [seccomp, words] of cases) assert.match(said(seccomp).error ?? 'null', words)
})

test('numbers out of range', () => {
  const cases: [object, string | null][] = [
    [{ defaultErrnoRet: 4094 }, null],
    [{ defaultErrnoRet: 4095 }, 'CONFIG s.defaultErrnoRet: must be an integer from 0 to 4094'],
    [
      call({ action: 'SCMP_ACT_ERRNO', errnoRet: 5000 }),
      'CONFIG s.syscalls[0].errnoRet: must be an integer from 0 to 4094',
    ],
    [call({ action: 'SCMP_ACT_TRACE', errnoRet: 65535 }), null],
    [
      call({ action: 'SCMP_ACT_TRACE', errnoRet: 65536 }),
      'CONFIG s.syscalls[0].errnoRet: must be an integer from 0 to 65535',
    ],
    [argument({ index: 6 }), 'CONFIG s.syscalls[0].args[0].index: must be an integer from 0 to 5'],
    [argument({ valueTwo: 1 }), null],
    [argument({ valueTwo: 1, op: 'SCMP_CMP_MASKED_EQ' }), null],
    [call({ names: [] }), 'CONFIG s.syscalls[0].names: must name a system call'],
    [{ listenerMetadata: 'x' }, 'CONFIG s.listenerMetadata: needs listenerPath'],
    [{ listenerMetadata: 'x', listenerPath: '/s' }, null],
    [{ defaultAction: '' }, null],
  ]
  for (const [seccomp, error] of cases) assert.equal(said(seccomp).error, error)
})

test('notifications are not for everything, but for who records', () => {
  const byDefault = { defaultAction: 'SCMP_ACT_NOTIFY' }
  const ofWrite = call({ names: ['read', 'write'], action: 'SCMP_ACT_NOTIFY' })
  assert.match(said(byDefault).error!, /^CONFIG s\.defaultAction: must not be SCMP_ACT_NOTIFY/)
  assert.match(said(ofWrite).error!, /^CONFIG s\.syscalls\[0\]\.names\[1\]: must not be "write"/)
  for (const seccomp of [byDefault, ofWrite]) assert.equal(said(seccomp, true).error, null)
})

test('what has no effect is a warning', () => {
  assert.deepEqual(said(call({ errnoRet: 2 })).warnings, ['s.syscalls[0].errnoRet: has no effect with SCMP_ACT_ALLOW'])
  assert.deepEqual(said(argument({ valueTwo: 1 })).warnings, [
    's.syscalls[0].args[0].valueTwo: has no effect with SCMP_CMP_EQ',
  ])
  assert.deepEqual(said(argument({ op: 'SCMP_CMP_MASKED_EQ', value: 1, valueTwo: 3 })).warnings, [
    's.syscalls[0].args[0].valueTwo: has bits that are not in the mask "value": they are left out',
  ])
})
