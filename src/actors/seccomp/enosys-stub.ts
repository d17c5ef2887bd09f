// ENOSYS for system calls that are newer than the profile: a program before libseccomp's own. A C library that tries a new
// call first falls back to the old one on ENOSYS, and gives up on the EPERM that a profile has by default.
//
// As runc's patchbpf does it, to the instruction. Holes and late comers below the largest number get the default action.

import { StatorError } from '../../errors.ts'
import { errnos } from '../../native/errno.ts'
import {
  AUDIT_ARCH_S390X,
  AUDIT_ARCH_X86_64,
  BPF_ABS,
  BPF_JA,
  BPF_JEQ,
  BPF_JGT,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_RET,
  BPF_W,
  SECCOMP_RET_ERRNO,
} from '../../native/uapi.ts'
import { SCMP_ARCH_X32, X32_SYSCALL_BIT } from './architectures.ts'
import { field } from './bpf/data.ts'
import type { Instruction } from './bpf/program.ts'

/** AUDIT_ARCH_S390, whose rule S390X shares. */
const AUDIT_ARCH_S390 = 0x16

/** AUDIT_ARCH_* to SCMP_ARCH_* to the largest number of a call that the profile names there. */
export type LargestNumbers = ReadonlyMap<number, ReadonlyMap<number, number>>

/** The farthest that a condition jumps; `ja` has 32 bits. */
const FARTHEST = 255

/**
 * ```
 * ld [4]                       the architecture
 * jeq AUDIT_ARCH_*, section    (too far: jne, 1; ja section)
 * ja filter                    others are libseccomp's to judge
 * section:
 *   ld [0]                     the number
 *   jgt largest, enosys        (too far: jle largest, 1; ret enosys)
 *   ja filter
 * ja filter
 * enosys: ret ERRNO | ENOSYS
 * filter:
 * ```
 *
 * @returns empty where no architecture has a number
 * @throws {StatorError} ERR_STATOR_UNSUPPORTED: more ABIs share an AUDIT_ARCH_* than x86_64 and x32
 */
export function enosysStub(largest: LargestNumbers): Instruction[] {
  const known = [...largest].filter(([, abis]) => abis.size > 0)
  if (known.length === 0) return []
  // From the end to the beginning: jumps only go forward, and are counted in what is behind.
  let program = [ja(1), enosys]
  const lengths = new Map<number, number>()
  for (const [audit, abis] of known.toReversed()) {
    program = [...section(audit, abis, program.length - 1), ...program]
    lengths.set(audit, program.length)
  }
  program = [ja(program.length), ...program]
  for (const [audit] of known.toReversed()) {
    const far = program.length - lengths.get(audit)!
    program =
      far > FARTHEST ? [jump(BPF_JEQ, audit, 0, 1), ja(far), ...program] : [jump(BPF_JEQ, audit, far, 0), ...program]
  }
  return [load(field.arch), ...program]
}

/** @param toEnosys from the end of the section to the return of ENOSYS; one more is the filter */
function section(audit: number, abis: ReadonlyMap<number, number>, toEnosys: number): Instruction[] {
  const start = [load(field.nr)]
  // setup(2), the number 0, is what the kernel makes of an unknown large number of the multiplexer.
  if (audit === AUDIT_ARCH_S390X || audit === AUDIT_ARCH_S390) start.push(jump(BPF_JEQ, 0, 0, 1), enosys)
  if (abis.size === 1) {
    const [[token, number]] = [...abis] as [[number, number]]
    const body = oneAbi(number, toEnosys)
    // The calls of the other ABI are not this one's to judge: over all, to the last `ja`.
    if (audit === AUDIT_ARCH_X86_64) {
      const over = body.length - 1
      start.push(
        token === SCMP_ARCH_X32 ? jump(BPF_JSET, X32_SYSCALL_BIT, 0, over) : jump(BPF_JSET, X32_SYSCALL_BIT, over, 0),
      )
    }
    return [...start, ...body]
  }
  const x32 = abis.get(SCMP_ARCH_X32)
  const [x86] = [...abis].flatMap(([token, number]) => (token === SCMP_ARCH_X32 ? [] : [number]))
  if (audit !== AUDIT_ARCH_X86_64 || abis.size > 2 || x32 === undefined || x86 === undefined) {
    const words = `seccomp: ${abis.size} ABIs share the architecture 0x${audit.toString(16)}: no rule is known to tell them apart`
    throw new StatorError('ERR_STATOR_UNSUPPORTED', words)
  }
  return [...start, ...twoAbis(x86, x32, toEnosys)]
}

function oneAbi(number: number, toEnosys: number): Instruction[] {
  const filter = ja(toEnosys + 1)
  if (toEnosys + 1 <= FARTHEST) return [jump(BPF_JGT, number, toEnosys + 1, 0), filter]
  return [jump(BPF_JGT, number, 0, 1), enosys, filter]
}

function twoAbis(x86: number, x32: number, toEnosys: number): Instruction[] {
  const filter = ja(toEnosys + 1)
  if (toEnosys + 2 <= FARTHEST) {
    return [
      jump(BPF_JSET, X32_SYSCALL_BIT, 1, 0),
      jump(BPF_JGT, x86, toEnosys + 2, 1),
      jump(BPF_JGT, x32, toEnosys + 1, 0),
      filter,
    ]
  }
  return [jump(BPF_JSET, X32_SYSCALL_BIT, 1, 0), jump(BPF_JGT, x86, 1, 2), jump(BPF_JGT, x32, 0, 1), enosys, filter]
}

const enosys: Instruction = { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: SECCOMP_RET_ERRNO | errnos.ENOSYS }

function load(word: number): Instruction {
  return { code: BPF_LD | BPF_W | BPF_ABS, jt: 0, jf: 0, k: word * 4 }
}

function ja(far: number): Instruction {
  return { code: BPF_JMP | BPF_JA, jt: 0, jf: 0, k: far }
}

function jump(comparison: number, value: number, jt: number, jf: number): Instruction {
  return { code: BPF_JMP | comparison | BPF_K, jt, jf, k: value }
}
