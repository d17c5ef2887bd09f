// What a program says of a call: an interpreter of classic BPF. The oracle of the tests, and what `stator seccomp` asks.

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
import { DATA_BYTES, type Program } from './program.ts'

/**
 * Runs a program that the kernel would take (refusalOf).
 *
 * @param data of {@link callData}
 * @param trace gets the number of every instruction on the way
 * @returns what seccomp makes of it: SECCOMP_RET_* and 16 bits of data
 */
export function evaluate(program: Program, data: Uint32Array, trace?: number[]): number {
  const { code, jt, jf, k } = program
  const memory = new Uint32Array(BPF_MEMWORDS)
  let a = 0
  let x = 0
  for (let pc = 0; pc < program.length; pc++) {
    trace?.push(pc)
    const value = k[pc]!
    switch (code[pc]!) {
      case BPF_LD | BPF_W | BPF_ABS:
        a = data[value >>> 2]!
        break
      case BPF_JMP | BPF_JEQ | BPF_K:
        pc += a === value ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JGE | BPF_K:
        pc += a >= value ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JGT | BPF_K:
        pc += a > value ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JSET | BPF_K:
        pc += (a & value) !== 0 ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JEQ | BPF_X:
        pc += a === x ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JGE | BPF_X:
        pc += a >= x ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JGT | BPF_X:
        pc += a > x ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JSET | BPF_X:
        pc += (a & x) !== 0 ? jt[pc]! : jf[pc]!
        break
      case BPF_JMP | BPF_JA:
        pc += value
        break
      case BPF_RET | BPF_K:
        return value
      case BPF_RET | BPF_A:
        return a
      case BPF_LD | BPF_W | BPF_LEN:
        a = DATA_BYTES
        break
      case BPF_LDX | BPF_W | BPF_LEN:
        x = DATA_BYTES
        break
      case BPF_LD | BPF_IMM:
        a = value
        break
      case BPF_LDX | BPF_IMM:
        x = value
        break
      case BPF_LD | BPF_MEM:
        a = memory[value]!
        break
      case BPF_LDX | BPF_MEM:
        x = memory[value]!
        break
      case BPF_ST:
        memory[value] = a
        break
      case BPF_STX:
        memory[value] = x
        break
      case BPF_MISC | BPF_TAX:
        x = a
        break
      case BPF_MISC | BPF_TXA:
        a = x
        break
      case BPF_ALU | BPF_NEG:
        a = -a >>> 0
        break
      case BPF_ALU | BPF_DIV | BPF_X:
        // The program ends there, with 0: kill the thread.
        if (x === 0) return 0
        a = Math.floor(a / x)
        break
      default:
        a = computed(code[pc]!, a, (code[pc]! & BPF_X) === 0 ? value : x)
    }
  }
  throw new RangeError('bpf: the program has no end')
}

/** 32 bits, unsigned. A shift takes the low five bits of its count, as the machine does to which the kernel translates it. */
function computed(code: number, a: number, operand: number): number {
  switch (code & ~BPF_X) {
    case BPF_ALU | BPF_ADD:
      return (a + operand) >>> 0
    case BPF_ALU | BPF_SUB:
      return (a - operand) >>> 0
    case BPF_ALU | BPF_MUL:
      return Math.imul(a, operand) >>> 0
    case BPF_ALU | BPF_DIV:
      return Math.floor(a / operand)
    case BPF_ALU | BPF_AND:
      return (a & operand) >>> 0
    case BPF_ALU | BPF_OR:
      return (a | operand) >>> 0
    case BPF_ALU | BPF_XOR:
      return (a ^ operand) >>> 0
    case BPF_ALU | BPF_LSH:
      return (a << operand) >>> 0
    case BPF_ALU | BPF_RSH:
      return a >>> operand
    default:
      throw new RangeError(`bpf: code 0x${code.toString(16)} is not one of seccomp's`)
  }
}
