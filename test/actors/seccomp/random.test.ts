// Random profiles: what the interpreter says of our program, stub included, against a reading of the profile that knows
// nothing of BPF. Rules of one call do not contradict each other but for one without conditions, which is before all others.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '../../../src/actors/seccomp/bpf/evaluate.ts'
import { parse, refusalOf } from '../../../src/actors/seccomp/bpf/program.ts'
import { compile } from '../../../src/actors/seccomp/filter.ts'
import { resolveName } from '../../../src/native/libseccomp.ts'
import type {
  Seccomp,
  SeccompAction,
  SeccompArchitecture,
  SeccompArgument,
  SeccompRule,
} from '../../../src/oci/config.ts'
import { interestingValues, profilesOf, randomOf } from './random-profiles.ts'
import { withoutLibseccomp } from './support.ts'

const PROFILES = 300
const CALLS = 10_000

/** Token of libseccomp, what the filter sees, and the width of what is compared. */
const archs: Record<
  SeccompArchitecture,
  { token: number; audit: number; bits: 32 | 64; direct?: Record<string, number> }
> = {
  SCMP_ARCH_X86_64: { token: 0xc000003e, audit: 0xc000003e, bits: 64 },
  SCMP_ARCH_X32: { token: 0x4000003e, audit: 0xc000003e, bits: 32 },
  SCMP_ARCH_X86: {
    token: 0x40000003,
    audit: 0x40000003,
    bits: 32,
    direct: { socket: 359, connect: 362, sendmsg: 370, accept4: 364, semget: 393, shmat: 397, msgsnd: 400 },
  },
  SCMP_ARCH_AARCH64: { token: 0xc00000b7, audit: 0xc00000b7, bits: 64 },
  SCMP_ARCH_ARM: { token: 0x40000028, audit: 0x40000028, bits: 32 },
  SCMP_ARCH_RISCV64: { token: 0xc00000f3, audit: 0xc00000f3, bits: 64 },
  SCMP_ARCH_PPC64LE: {
    token: 0xc0000015,
    audit: 0xc0000015,
    bits: 64,
    direct: {
      ...{ socket: 326, connect: 328, accept: 330, recv: 336, sendmsg: 341, accept4: 344 },
      ...{ semtimedop: 392, semget: 393, shmat: 397, msgsnd: 400 },
    },
  },
  SCMP_ARCH_S390X: {
    token: 0x80000016,
    audit: 0x80000016,
    bits: 64,
    direct: {
      ...{ socket: 359, connect: 362, sendmsg: 370, accept4: 364 },
      ...{ semtimedop: 392, semget: 393, shmat: 397, msgsnd: 400 },
    },
  },
}

/** linux/net.h and linux/ipc.h: what the first argument of 102 (socketcall) and 117 (ipc) says. */
const sockets: Record<string, number> = { socket: 1, connect: 3, accept: 5, recv: 10, sendmsg: 16, accept4: 18 }
const ipcs: Record<string, number> = { semop: 1, semget: 2, semtimedop: 4, msgsnd: 11, shmat: 21 }

const names = [
  ...[
    'read',
    'write',
    'open',
    'openat',
    'openat2',
    'close',
    'clone',
    'clone3',
    'ioctl',
    'personality',
    'getpid',
    'fork',
  ],
  ...[
    'mmap',
    'mmap2',
    'stat',
    'statx',
    'futex',
    'futex_time64',
    'execve',
    'execveat',
    'unshare',
    'setns',
    'bpf',
    'ptrace',
  ],
  ...['set_tls', 'cacheflush', 'arch_prctl', 'setup', 'riscv_flush_icache', 'faccessat2', 'close_range', 'prlimit64'],
  ...['socketcall', 'ipc', ...Object.keys(sockets), ...Object.keys(ipcs)],
  ...['no_such_call', 'rseq', 'io_uring_setup', 'keyctl', 'sendfile', 'umount', 'umount2', 'chown32', 'fcntl64'],
]

const actions: Partial<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_ALLOW: 0x7fff0000,
}

const profileOf = profilesOf({
  names,
  actions: Object.keys(actions) as SeccompAction[],
  errnos: [undefined, 1, 2, 13, 38, 95, 4094],
  architectures: Object.keys(archs) as SeccompArchitecture[],
  natives: Object.keys(archs) as SeccompArchitecture[],
})

// ---- the reading

interface Reading {
  readonly action: number
  readonly conditions: readonly SeccompArgument[]
}

interface Read {
  readonly bits: 32 | 64
  readonly byNumber: Map<number, Reading[]>
  readonly largest: number
}

function word(action: SeccompAction, errno = 1): number {
  return (actions[action]! | (/ERRNO|TRACE/.test(action) ? errno : 0)) >>> 0
}

function reading({ defaultAction, defaultErrnoRet, syscalls = [] }: Seccomp, name: SeccompArchitecture): Read {
  const { token, bits, direct } = archs[name]
  const byNumber = new Map<number, Reading[]>()
  const add = (number: number, entry: Reading) => byNumber.set(number, [...(byNumber.get(number) ?? []), entry])
  let largest = -1
  // Of one call: what has no conditions is alone.
  const base = word(defaultAction as SeccompAction, defaultErrnoRet)
  const alone = new Map<string, SeccompRule>()
  for (const rule of syscalls) {
    if ((rule.args ?? []).length > 0 || word(rule.action, rule.errnoRet) === base) continue
    for (const call of rule.names) if (!alone.has(call)) alone.set(call, rule)
  }
  for (const rule of syscalls) {
    const { names, action, errnoRet, args = [] } = rule
    const indexes = args.map(({ index }) => index)
    const alternatives = new Set(indexes).size < indexes.length ? args.map((each) => [each]) : [args]
    for (const call of names) {
      const number = resolveName(token, call)
      largest = Math.max(largest, number ?? -1)
      const done = word(action, errnoRet)
      if (number === null || done === base || (alone.get(call) ?? rule) !== rule) continue
      for (const conditions of alternatives) {
        if (number >= 0) add(number, { action: done, conditions })
        if (number >= 0 || direct === undefined) continue
        const selector = sockets[call] ?? ipcs[call]
        if (selector === undefined) continue
        const first: SeccompArgument = { index: 0, op: 'SCMP_CMP_EQ', value: BigInt(selector) }
        const others = conditions.filter(({ index }) => index !== 0)
        add(sockets[call] === undefined ? 117 : 102, { action: done, conditions: [first, ...others] })
        if (direct[call] !== undefined) add(direct[call], { action: done, conditions })
      }
    }
  }
  return { bits, byNumber, largest }
}

function holds({ index, op, value, valueTwo = 0n }: SeccompArgument, args: readonly bigint[], mask: bigint): boolean {
  const argument = args[index]! & mask
  const given = value & mask
  if (op === 'SCMP_CMP_EQ') return argument === given
  if (op === 'SCMP_CMP_NE') return argument !== given
  if (op === 'SCMP_CMP_LT') return argument < given
  if (op === 'SCMP_CMP_LE') return argument <= given
  if (op === 'SCMP_CMP_GT') return argument > given
  if (op === 'SCMP_CMP_GE') return argument >= given
  return (argument & given) === (valueTwo & given)
}

const masks = { 32: 0xffffffffn, 64: 0xffffffffffffffffn } as const

function isAlways({ conditions }: Reading, bits: 32 | 64): boolean {
  return conditions.every(({ op, value }) => op === 'SCMP_CMP_MASKED_EQ' && (value & masks[bits]) === 0n)
}

const ENOSYS = 0x50000 | 38
const KILLED = 0

/** What happens, by the profile. */
function expected(
  { defaultAction, defaultErrnoRet }: Seccomp,
  byArch: ReadonlyMap<SeccompArchitecture, Read>,
  arch: number,
  nr: number,
  args: readonly bigint[],
): number {
  const ofX86 = arch === 0xc000003e
  const [x86, x32] = [byArch.has('SCMP_ARCH_X86_64'), byArch.has('SCMP_ARCH_X32')]
  const byBit = (isX32: boolean): SeccompArchitecture | undefined =>
    ofX86
      ? isX32
        ? 'SCMP_ARCH_X32'
        : 'SCMP_ARCH_X86_64'
      : [...byArch.keys()].find((each) => archs[each].audit === arch)
  const judged = byArch.get(byBit((nr & 0x40000000) !== 0) ?? 'SCMP_ARCH_X86')
  if (judged !== undefined && archs[byBit(false) ?? 'SCMP_ARCH_X86'].audit === arch) {
    const unknown = judged.largest >= 0 && (nr > judged.largest || (arch === 0x80000016 && nr === 0))
    if (unknown && !/ALLOW|LOG|TRACE/.test(defaultAction)) return ENOSYS
  }
  // libseccomp's own border is a number. A tracer's -1 is neither's, and without x32 it is let through to the default action.
  const above = nr >= 0x40000000
  if (ofX86 && !x32 && nr === 0xffffffff && x86) return word(defaultAction as SeccompAction, defaultErrnoRet)
  const name = byBit(above)
  if (name === undefined || !byArch.has(name)) {
    // Without a filter for x86_64 or x32 there is none for the two; with both there is no border.
    return KILLED
  }
  const { bits, byNumber } = byArch.get(name)!
  const rules = byNumber.get(nr) ?? []
  const always = rules.find((rule) => isAlways(rule, bits))
  if (always !== undefined) return always.action
  const found = rules.find(({ conditions }) => conditions.every((each) => holds(each, args, masks[bits])))
  return found?.action ?? word(defaultAction as SeccompAction, defaultErrnoRet)
}

test(
  `${PROFILES} random profiles: the program does what the profile says, for ${CALLS} calls each`,
  { skip: withoutLibseccomp },
  (t) => {
    const verdicts = new Map<number, number>()
    let calls = 0
    const property = fc.property(profileOf, fc.integer({ min: 1, max: 0x7fffffff }), ({ profile, native }, seed) => {
      const { program: bytes } = compile(profile, { native: archs[native].token, hasFlag: () => true })!
      const program = parse(bytes)
      assert.equal(refusalOf(program), null)
      const names = new Set([native, ...profile.architectures!])
      const byArch = new Map([...names].map((name) => [name, reading(profile, name)]))
      const numbers = [...byArch.values()].flatMap(({ byNumber, largest }) => [
        ...byNumber.keys(),
        ...byNumber.keys(),
        largest,
      ])
      const audits = [
        ...[...names].map((name) => archs[name].audit),
        ...Object.values(archs).map(({ audit }) => audit),
        0x16,
      ]
      const values = interestingValues(profile)
      const random = randomOf(seed)
      const data = new Uint32Array(16)
      const args = [0n, 0n, 0n, 0n, 0n, 0n]
      for (let count = 0; count < CALLS; count++) {
        const arch = random(4) === 0 ? audits[random(audits.length)]! : archs[[...names][random(names.size)]!].audit
        const nr = numberOf(random, numbers)
        data[0] = nr
        data[1] = arch
        const big = arch < 0xc0000000 && (arch & 0x40000000) === 0 ? 1 : 0
        for (let index = 0; index < 6; index++) {
          const value = values[random(values.length)]!
          args[index] = value
          data[4 + 2 * index + big] = Number(value & masks[32])
          data[5 + 2 * index - big] = Number(value >> 32n)
        }
        const found = evaluate(program, data)
        const wanted = expected(profile, byArch, arch, nr, args)
        if (found !== wanted) {
          const call = `${arch.toString(16)} ${nr} (${args.map((value) => `0x${value.toString(16)}`).join(', ')})`
          assert.fail(`${call}: 0x${found.toString(16)} and not 0x${wanted.toString(16)}`)
        }
        verdicts.set(found & 0xffff0000, (verdicts.get(found & 0xffff0000) ?? 0) + 1)
        calls++
      }
    })
    fc.assert(property, { numRuns: PROFILES })
    assert.equal(calls, PROFILES * CALLS)
    // None of the actions is there by accident only.
    for (const [name, number] of Object.entries(actions)) assert.ok((verdicts.get(number | 0) ?? 0) > 1000, name)
    t.diagnostic(`${calls} calls`)
  },
)

function numberOf(random: (below: number) => number, numbers: readonly number[]): number {
  const some = numbers[random(numbers.length)] ?? 0
  switch (random(8)) {
    case 0:
      return random(500)
    case 1:
      return (some + random(3) - 1) >>> 0
    case 2:
      return (some ^ 0x40000000) >>> 0
    case 3:
      return [0, 102, 117, 0xffffffff, 0x80000000, 0x7fffffff, 0x40000000, 0xfffffffe][random(8)]!
    default:
      return some >>> 0
  }
}
