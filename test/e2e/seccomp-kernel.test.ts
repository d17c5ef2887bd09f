// Random profiles in real containers: the kernel does with a program's calls what the interpreter says that our filter does. What the
// profiles mean is test/actors/seccomp/random.test.ts's to say.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import fc from 'fast-check'
import { architectureOf } from '../../src/actors/seccomp/architectures.ts'
import { callData } from '../../src/actors/seccomp/bpf/data.ts'
import { evaluate } from '../../src/actors/seccomp/bpf/evaluate.ts'
import { parse, type Program } from '../../src/actors/seccomp/bpf/program.ts'
import { verdictOf } from '../../src/actors/seccomp/bpf/verdict.ts'
import { compileFilter } from '../../src/actors/seccomp/filter.ts'
import { errnoNumber, errnos } from '../../src/native/errno.ts'
import { resolveName } from '../../src/native/libseccomp.ts'
import { architecture } from '../../src/native/syscalls.ts'
import type { Seccomp } from '../../src/oci/config.ts'
import { interestingValues, profilesOf, randomOf } from '../actors/seccomp/random-profiles.ts'
import { type RawCall, rawCalls, results } from './raw-calls.ts'
import { config, freshId, missing, type Place, place } from './support.ts'

const skip = missing !== false ? missing : architecture() === 'x86_64' ? false : 'machine code of x86_64'

const PROFILES = 40
const CALLS = 500

/** What none of the calls below fails with by itself. */
const ownErrnos: readonly number[] = (
  ['ELIBBAD', 'ERESTART', 'EADDRNOTAVAIL', 'ECONNABORTED', 'EHOSTDOWN', 'EUCLEAN', 'EREMOTEIO', 'EHWPOISON'] as const
).map((name) => errnos[name])

/** Calls that change nothing outside the program, whatever their arguments, and that every kernel has. */
const harmless = [
  ...['getpid', 'getppid', 'gettid', 'getuid', 'geteuid', 'getgid', 'getegid', 'getuid32', 'getgid32'],
  ...['getpgrp', 'getpgid', 'getsid', 'getpriority', 'umask'],
  ...['sched_yield', 'sched_getscheduler', 'sched_get_priority_max', 'sched_get_priority_min'],
  ...['eventfd2', 'epoll_create1', 'pidfd_open'],
]

/** On i386 these are made by one number each, and its first argument says which. */
const multiplexed = ['socket', 'connect', 'accept4', 'sendmsg', 'semget', 'semop', 'semtimedop', 'shmat']
const SOCKETCALL = 102
const IPC = 117
/** The calls of ipc(2) that end at once. */
const ipcCalls = [1n, 2n, 4n, 21n]

const architectures = {
  x86_64: architectureOf('SCMP_ARCH_X86_64'),
  i386: architectureOf('SCMP_ARCH_X86'),
} as const

type Abi = keyof typeof architectures

const profileOf = profilesOf({
  names: [...harmless, ...multiplexed, 'socketcall', 'ipc', 'no_such_call'],
  actions: ['SCMP_ACT_ERRNO', 'SCMP_ACT_ALLOW', 'SCMP_ACT_TRACE', 'SCMP_ACT_LOG'],
  errnos: ownErrnos,
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  natives: ['SCMP_ARCH_X86_64'],
})

/** What the program needs: to be started, to tell, and to end. */
const needed = {
  names: ['openat', 'read', 'close', 'prlimit64', 'execve', 'write', 'exit_group'],
  action: 'SCMP_ACT_ALLOW',
} as const

interface MadeCall extends RawCall {
  readonly abi: Abi
  readonly args: readonly bigint[]
  /** The kernel has no such call: what is allowed is ENOSYS. */
  readonly unknown: boolean
}

function callsFor(profile: Seccomp, seed: number): MadeCall[] {
  const random = randomOf(seed)
  const values = interestingValues(profile)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const numbers = (['x86_64', 'i386'] as const).map((abi) => {
    const all = harmless.map((name) => resolveName(architectures[abi].token, name) ?? -1)
    return [abi, all.filter((number) => number >= 0)] as const
  })
  return Array.from({ length: CALLS }, () => {
    const [abi, known] = pick(numbers)
    const wide = Array.from({ length: 6 }, () => pick(values))
    const args = abi === 'i386' ? wide.map((value) => BigInt.asUintN(32, value)) : wide
    const kind = random(8)
    if (kind === 0) return { abi, number: pick([600, 4095, 0x3fffffff, 600 + random(0x1000000)]), args, unknown: true }
    if (kind > 2 || abi === 'x86_64') return { abi, number: pick(known), args, unknown: false }
    const [number, first] = kind === 1 ? [SOCKETCALL, BigInt(1 + random(20))] : [IPC, pick(ipcCalls)]
    return { abi, number, args: [first, ...args.slice(1)], unknown: false }
  })
}

/** An errno; `allowed`; null: the program would be ended. */
type Outcome = number | 'allowed' | null

function predicted(program: Program, { abi, number, args, unknown }: MadeCall): Outcome {
  const verdict = verdictOf(evaluate(program, callData({ arch: architectures[abi].audit, nr: number, args })))
  switch (verdict.action) {
    case 'ERRNO':
      return errnoNumber(verdict.errno)!
    case 'TRACE':
      return errnos.ENOSYS // there is no tracer
    case 'ALLOW':
    case 'LOG':
      return unknown ? errnos.ENOSYS : 'allowed'
    default:
      return null
  }
}

/** What a call that returned this was: of what is allowed only, that it was not refused. */
function seen(returned: number): Outcome {
  return returned === -errnos.ENOSYS || ownErrnos.includes(-returned) ? -returned : 'allowed'
}

async function returned(at: Place, seccomp: Seccomp, calls: readonly RawCall[]): Promise<number[]> {
  writeFileSync(join(at.rootfs, 'bin/calls'), rawCalls(calls), { mode: 0o755 })
  const spec = config(at, ['/bin/calls'], ({ process, linux }) => {
    process.noNewPrivileges = true
    linux!.seccomp = structuredClone(seccomp) as never
  })
  const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
  try {
    await container.start()
    const [written, { code, signal }] = await Promise.all([buffer(container.stdout!), container.wait()])
    assert.deepEqual([code, signal], [0, null])
    return results(written)
  } finally {
    await container.delete({ force: true })
  }
}

function text({ abi, number, args }: MadeCall): string {
  return `${abi} ${number}(${args.map((value) => `0x${value.toString(16)}`).join(', ')})`
}

test(
  `${PROFILES} random profiles: the kernel does what the interpreter says`,
  { skip, timeout: 120_000 },
  async (t) => {
    const at = await place(t)
    const made = new Map<string, number>()
    const count = (what: string) => made.set(what, (made.get(what) ?? 0) + 1)
    const agrees = fc.asyncProperty(profileOf, fc.integer({ min: 1, max: 0x7fffffff }), async (random, seed) => {
      const profile = { ...random.profile, syscalls: [...random.profile.syscalls!, needed] }
      const program = parse(compileFilter(profile)!.program)
      const calls = callsFor(profile, seed).filter((call) => predicted(program, call) !== null)
      const got = await returned(at, profile, calls)
      assert.equal(got.length, calls.length)
      for (const [index, call] of calls.entries()) {
        const expected = predicted(program, call)
        assert.equal(seen(got[index]!), expected, text(call))
        const outcome = typeof expected === 'number' && expected !== errnos.ENOSYS ? 'errno' : expected
        count(`${call.abi} ${outcome}`)
      }
    })
    // A container for each try to make it smaller would take long.
    await fc.assert(agrees, { numRuns: PROFILES, endOnFailure: true })
    t.diagnostic([...made].map(([what, calls]) => `${calls} ${what}`).join(', '))
    // Nothing is there by accident only.
    for (const abi of ['x86_64', 'i386'])
      for (const what of ['errno', errnos.ENOSYS, 'allowed'])
        assert.ok((made.get(`${abi} ${what}`) ?? 0) > 100, `${abi} ${what}`)
  },
)
