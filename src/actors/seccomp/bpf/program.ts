// Programs of classic BPF as seccomp takes them: struct sock_filter[] to typed arrays and back, and the kernel's checks.
// What one does with a call is evaluate.ts's to say.

import { StatorError } from '../../../errors.ts'
import {
  BPF_A,
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_AND,
  BPF_DIV,
  BPF_IMM,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_LSH,
  BPF_MAXINSNS,
  BPF_MEM,
  BPF_MEMWORDS,
  BPF_MISC,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RET,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_TAX,
  BPF_TXA,
  BPF_W,
  BPF_X,
  BPF_XOR,
} from '../../../native/uapi.ts'

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k. */
export interface Instruction {
  readonly code: number
  /** How many instructions to skip where a condition holds, and where it does not. */
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** sizeof(struct sock_filter). */
export const INSTRUCTION_BYTES = 8

/** sizeof(struct seccomp_data). */
export const DATA_BYTES = 64

export type ByteOrder = 'little' | 'big'

/** This machine's; both architectures of Stator have it. */
export const hostOrder: ByteOrder = 'little'

/** A program taken apart, for the interpreter to run many times. */
export interface Program {
  readonly length: number
  readonly code: Uint16Array
  readonly jt: Uint8Array
  readonly jf: Uint8Array
  readonly k: Uint32Array
}

/**
 * @param order in which the bytes are; a filter of a foreign architecture may have the other one
 * @throws {StatorError} ERR_STATOR_CONFIG: no whole instructions
 */
export function parse(bytes: Uint8Array, order: ByteOrder = hostOrder): Program {
  if (bytes.byteLength % INSTRUCTION_BYTES !== 0) {
    throw new StatorError('ERR_STATOR_CONFIG', `bpf: ${bytes.byteLength} bytes are not whole instructions`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.byteLength / INSTRUCTION_BYTES
  const little = order === 'little'
  const program = {
    length,
    code: new Uint16Array(length),
    jt: new Uint8Array(length),
    jf: new Uint8Array(length),
    k: new Uint32Array(length),
  }
  for (let pc = 0; pc < length; pc++) {
    const offset = pc * INSTRUCTION_BYTES
    program.code[pc] = view.getUint16(offset, little)
    program.jt[pc] = view.getUint8(offset + 2)
    program.jf[pc] = view.getUint8(offset + 3)
    program.k[pc] = view.getUint32(offset + 4, little)
  }
  return program
}

/** In the host's byte order, as seccomp(2) takes it. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES)
  const view = new DataView(bytes.buffer)
  const little = hostOrder === 'little'
  for (const [pc, { code, jt, jf, k }] of instructions.entries()) {
    const offset = pc * INSTRUCTION_BYTES
    view.setUint16(offset, code, little)
    view.setUint8(offset + 2, jt)
    view.setUint8(offset + 3, jf)
    view.setUint32(offset + 4, k, little)
  }
  return bytes
}

export function instructionAt({ code, jt, jf, k }: Program, pc: number): Instruction {
  return { code: code[pc]!, jt: jt[pc]!, jf: jf[pc]!, k: k[pc]! }
}

const operations = [BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH]
const comparisons = [BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET]

/** What seccomp_check_filter() of the kernel's seccomp.c lets through. No BPF_MOD, and no load of a byte. */
const allowed: ReadonlySet<number> = new Set([
  BPF_LD | BPF_W | BPF_ABS,
  BPF_LD | BPF_W | BPF_LEN,
  BPF_LDX | BPF_W | BPF_LEN,
  BPF_LD | BPF_IMM,
  BPF_LDX | BPF_IMM,
  BPF_LD | BPF_MEM,
  BPF_LDX | BPF_MEM,
  BPF_ST,
  BPF_STX,
  BPF_RET | BPF_K,
  BPF_RET | BPF_A,
  BPF_MISC | BPF_TAX,
  BPF_MISC | BPF_TXA,
  BPF_ALU | BPF_NEG,
  ...operations.flatMap((operation) => [BPF_ALU | operation | BPF_K, BPF_ALU | operation | BPF_X]),
  BPF_JMP | BPF_JA,
  ...comparisons.flatMap((comparison) => [BPF_JMP | comparison | BPF_K, BPF_JMP | comparison | BPF_X]),
])

/**
 * Why the kernel would refuse it with EINVAL, or null: bpf_check_classic() of net/core/filter.c and seccomp_check_filter().
 * What passes ends, as jumps only go forward, and reads nothing outside the call.
 */
export function refusalOf(program: Program): string | null {
  const { length } = program
  if (length === 0 || length > BPF_MAXINSNS) return `has ${length} instructions: 1 to ${BPF_MAXINSNS} are possible`
  for (let pc = 0; pc < length; pc++) {
    const words = refusalAt(program, pc)
    if (words !== null) return `instruction ${pc} ${words}`
  }
  const last = program.code[length - 1]!
  if (last !== (BPF_RET | BPF_K) && last !== (BPF_RET | BPF_A)) return 'does not end with a return'
  return refusalOfMemory(program)
}

function refusalAt(program: Program, pc: number): string | null {
  const { code, jt, jf, k } = instructionAt(program, pc)
  if (!allowed.has(code)) return `has the code 0x${code.toString(16)}, which seccomp does not allow`
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return k >= DATA_BYTES || (k & 3) !== 0 ? `loads offset ${k} of ${DATA_BYTES} bytes` : null
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
      return k >= BPF_MEMWORDS ? `uses word ${k} of ${BPF_MEMWORDS}` : null
    case BPF_ALU | BPF_DIV | BPF_K:
      return k === 0 ? 'divides by 0' : null
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      return k >= 32 ? `shifts by ${k}` : null
    case BPF_JMP | BPF_JA:
      return k >= program.length - pc - 1 ? 'jumps behind the end' : null
    default:
      return (code & 7) === BPF_JMP && pc + 1 + Math.max(jt, jf) >= program.length ? 'jumps behind the end' : null
  }
}

/** check_load_and_stores(): a word is read only where every way there has written it. */
function refusalOfMemory({ length, code, jt, jf, k }: Program): string | null {
  const all = 2 ** BPF_MEMWORDS - 1
  /** Words that all ways to an instruction have written, of those that jump there. */
  const written = new Uint32Array(length).fill(all)
  const jump = (from: number, by: number, words: number) => (written[from + 1 + by]! &= words)
  let words = 0
  for (let pc = 0; pc < length; pc++) {
    words &= written[pc]!
    switch (code[pc]!) {
      case BPF_ST:
      case BPF_STX:
        words |= 1 << k[pc]!
        break
      case BPF_LD | BPF_MEM:
      case BPF_LDX | BPF_MEM:
        if ((words & (1 << k[pc]!)) === 0) return `instruction ${pc} reads word ${k[pc]!}, which nothing has written`
        break
      case BPF_JMP | BPF_JA:
        jump(pc, k[pc]!, words)
        words = all
        break
      default:
        if ((code[pc]! & 7) !== BPF_JMP) break
        jump(pc, jt[pc]!, words)
        jump(pc, jf[pc]!, words)
        words = all
    }
  }
  return null
}
