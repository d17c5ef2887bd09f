// One program of several, each for an architecture. libseccomp could make one of them all, and then gets calls wrong that one of
// the architectures does not have (on-architecture.ts), and takes twice the time. Pure.

import {
  BPF_ABS,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  BPF_W,
  SECCOMP_RET_KILL_THREAD,
} from '../../native/uapi.ts'
import { SCMP_ARCH_X32, X32_SYSCALL_BIT, type Architecture } from './architectures.ts'
import { field } from './bpf/data.ts'
import { assemble, INSTRUCTION_BYTES, type Instruction } from './bpf/program.ts'

export interface Part {
  readonly architecture: Architecture
  /** It kills what is not of its architecture. */
  readonly program: Uint8Array
}

/**
 * ```
 * ld [4]                       the architecture
 * jeq AUDIT_ARCH_*, 0, 1
 * ja program
 * jeq AUDIT_ARCH_X86_64, 0, 4  where there is x32 as well
 *   ld [0]
 *   jge 0x40000000, 0, 1
 *   ja program of x32
 *   ja program of x86_64
 * ret KILL_THREAD              as libseccomp answers an architecture that it does not have
 * ```
 */
export function join(parts: readonly Part[]): Uint8Array {
  if (parts.length === 1) return parts[0]!.program
  const head: (Instruction | Part)[] = [at(BPF_LD | BPF_W | BPF_ABS, field.arch * 4)]
  for (const audit of new Set(parts.map(({ architecture }) => architecture.audit))) {
    const [first, second] = parts.filter(({ architecture }) => architecture.audit === audit)
    if (second === undefined) {
      head.push(at(BPF_JMP | BPF_JEQ | BPF_K, audit, 1), first!)
      continue
    }
    const [x32, x86] = first!.architecture.token === SCMP_ARCH_X32 ? [first!, second] : [second, first!]
    head.push(at(BPF_JMP | BPF_JEQ | BPF_K, audit, 4), at(BPF_LD | BPF_W | BPF_ABS, field.nr * 4))
    head.push(at(BPF_JMP | BPF_JGE | BPF_K, X32_SYSCALL_BIT, 1), x32, x86)
  }
  head.push(at(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD))
  const starts = new Map<Part, number>()
  let length = head.length
  for (const part of parts) {
    starts.set(part, length)
    length += part.program.byteLength / INSTRUCTION_BYTES
  }
  const instructions = head.map((each, pc) =>
    'program' in each ? at(BPF_JMP | BPF_JA, starts.get(each)! - pc - 1) : each,
  )
  return Buffer.concat([assemble(instructions), ...parts.map(({ program }) => program)])
}

function at(code: number, k: number, jf = 0): Instruction {
  return { code, jt: 0, jf, k }
}
