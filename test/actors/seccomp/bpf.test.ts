// The interpreter and the kernel's checks, one instruction after the other. Whole filters: random.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callData } from '../../../src/actors/seccomp/bpf/data.ts'
import { evaluate } from '../../../src/actors/seccomp/bpf/evaluate.ts'
import { assemble, instructionAt, parse, refusalOf, type Instruction } from '../../../src/actors/seccomp/bpf/program.ts'
import { verdictOf, verdictText } from '../../../src/actors/seccomp/bpf/verdict.ts'

const at = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
const program = (...instructions: Instruction[]) => parse(assemble(instructions))
// linux/bpf_common.h, by hand.
const LD_IMM = 0x00
const LDX_IMM = 0x01
const LD_ABS = 0x20
const LD_MEM = 0x60
const LDX_MEM = 0x61
const LD_LEN = 0x80
const LDX_LEN = 0x81
const ST = 0x02
const STX = 0x03
const JA = 0x05
const RET_K = 0x06
const RET_A = 0x16
const TAX = 0x07
const TXA = 0x87
const nothing = callData({ arch: 0xc000003e, nr: 0 })

/** What is in A after the instructions. */
function left(...instructions: Instruction[]): number {
  const whole = program(...instructions, at(RET_A))
  assert.equal(refusalOf(whole), null)
  return evaluate(whole, nothing)
}

test('arithmetic is unsigned, of 32 bits', () => {
  const computed: [code: number, a: number, k: number, result: number][] = [
    [0x04, 0xffffffff, 2, 1],
    [0x14, 1, 2, 0xffffffff],
    [0x24, 0xffffffff, 0xffffffff, 1],
    [0x34, 0xffffffff, 2, 0x7fffffff],
    [0x44, 0x80000000, 1, 0x80000001],
    [0x54, 0xffffffff, 0x80000000, 0x80000000],
    [0xa4, 0xffffffff, 1, 0xfffffffe],
    [0x64, 3, 31, 0x80000000],
    [0x74, 0x80000000, 31, 1],
  ]
  for (const [code, a, operand, result] of computed) {
    assert.equal(left(at(LD_IMM, a), at(code, operand)), result, `0x${code.toString(16)} with k`)
    assert.equal(left(at(LDX_IMM, operand), at(LD_IMM, a), at(code | 8)), result, `0x${code.toString(16)} with x`)
  }
  assert.equal(left(at(LD_IMM, 1), at(0x84)), 0xffffffff)
  // The count of a shift by X is taken modulo 32, and a division by X = 0 ends the program with 0.
  assert.equal(left(at(LDX_IMM, 33), at(LD_IMM, 1), at(0x6c)), 2)
  assert.equal(left(at(LD_IMM, 5), at(0x3c), at(LD_IMM, 7)), 0)
})

test('registers, memory, and the length of the data', () => {
  assert.equal(left(at(LD_IMM, 7), at(TAX), at(LD_IMM, 1), at(TXA)), 7)
  assert.equal(left(at(LD_IMM, 7), at(ST, 15), at(LD_IMM, 1), at(LD_MEM, 15)), 7)
  assert.equal(left(at(LDX_IMM, 7), at(STX, 3), at(LDX_MEM, 3), at(TXA)), 7)
  assert.equal(left(at(LD_LEN)), 64)
  assert.equal(left(at(LDX_LEN), at(TXA)), 64)
})

test('jumps compare without signs', () => {
  const taken = (code: number, a: number, k: number) =>
    evaluate(program(at(LD_IMM, a), at(code, k, 1, 0), at(RET_K, 0), at(RET_K, 1)), nothing) === 1
  assert.ok(taken(0x15, 0xffffffff, 0xffffffff) && !taken(0x15, 1, 2))
  assert.ok(taken(0x25, 0x80000000, 1) && !taken(0x25, 1, 1))
  assert.ok(taken(0x35, 1, 1) && !taken(0x35, 0, 0x80000000))
  assert.ok(taken(0x45, 0x80000001, 0x80000000) && !taken(0x45, 2, 1))
  const byX = program(at(LDX_IMM, 5), at(LD_IMM, 6), at(0x2d, 0, 1, 0), at(RET_K, 0), at(RET_K, 1))
  assert.equal(evaluate(byX, nothing), 1)
  assert.equal(evaluate(program(at(JA, 1), at(RET_K, 0), at(RET_K, 1)), nothing), 1)
})

test('the fields of a call, whose halves stand as in the memory of its architecture', () => {
  const args = [0x1122334455667788n, 1n, 2n, 3n, 4n, 0xffffffff00000000n]
  const word = (arch: number, offset: number) => {
    const data = callData({ arch, nr: 257, args, instructionPointer: 0x7fff00001234n })
    return evaluate(program(at(LD_ABS, offset), at(RET_A)), data)
  }
  assert.deepEqual(
    [0, 4, 8, 12].map((offset) => word(0xc000003e, offset)),
    [257, 0xc000003e, 0x1234, 0x7fff],
  )
  assert.deepEqual(
    [16, 20, 56, 60].map((offset) => word(0xc000003e, offset)),
    [0x55667788, 0x11223344, 0, 0xffffffff],
  )
  assert.deepEqual(
    [16, 20, 56, 60].map((offset) => word(0x80000016, offset)),
    [0x11223344, 0x55667788, 0xffffffff, 0],
  )
})

test('what the kernel refuses', () => {
  const end = at(RET_K)
  const refused: [instructions: Instruction[], words: RegExp][] = [
    [[], /^has 0 instructions/],
    [Array.from({ length: 4097 }, () => end), /^has 4097 instructions/],
    [[at(LD_ABS, 64), end], /^instruction 0 loads offset 64/],
    [[at(LD_ABS, 2), end], /loads offset 2/],
    [[at(0x30), end], /code 0x30/],
    [[at(0x94, 2), end], /code 0x94/],
    [[at(0x34, 0), end], /divides by 0/],
    [[at(0x64, 32), end], /shifts by 32/],
    [[at(LD_MEM, 16), end], /uses word 16/],
    [[at(LD_MEM, 0), end], /reads word 0/],
    [[at(0x15, 0, 1, 0), at(ST, 0), at(LD_MEM, 0), end], /instruction 2 reads word 0/],
    [[at(JA, 1), end], /jumps behind the end/],
    [[at(JA, 0xffffffff), end], /jumps behind the end/],
    [[at(0x15, 0, 0, 1), end], /jumps behind the end/],
    [[end, at(LD_IMM)], /does not end with a return/],
  ]
  for (const [instructions, words] of refused) assert.match(refusalOf(program(...instructions)) ?? 'null', words)
  assert.equal(refusalOf(program(at(ST, 0), at(0x15, 0, 1, 0), at(LD_IMM), at(LD_MEM, 0), end)), null)
  assert.throws(() => parse(new Uint8Array(9)), {
    code: 'ERR_STATOR_CONFIG',
    message: 'bpf: 9 bytes are not whole instructions',
  })
})

test('taken apart and put together again it is the same', () => {
  const instruction = fc.record(
    {
      code: fc.nat(0xffff),
      jt: fc.nat(0xff),
      jf: fc.nat(0xff),
      k: fc.nat(0xffffffff),
    },
    { noNullPrototype: true },
  )
  const property = fc.property(fc.array(instruction), (instructions) => {
    const parsed = parse(assemble(instructions))
    assert.deepEqual(
      instructions.map((_, pc) => instructionAt(parsed, pc)),
      instructions,
    )
  })
  fc.assert(property)
  assert.deepEqual(instructionAt(parse(Uint8Array.of(0, 0x15, 1, 2, 0, 0, 0, 3), 'big'), 0), at(0x15, 3, 1, 2))
})

test('the path says which instructions were run', () => {
  const path: number[] = []
  evaluate(program(at(JA, 1), at(RET_K), at(LD_LEN), at(RET_A)), nothing, path)
  assert.deepEqual(path, [0, 2, 3])
})

test('what is returned, in words', () => {
  const texts = [0x80000000, 0, 0x30000, 0x50001, 0x5ffff, 0x7fc00000, 0x7ff00007, 0x7ffc0000, 0x7fff0000, 0x12340000]
  assert.deepEqual(
    texts.map((value) => verdictText(verdictOf(value))),
    [
      ...['KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO EPERM', 'ERRNO E4095', 'NOTIFY', 'TRACE 7', 'LOG', 'ALLOW'],
      'KILL_PROCESS',
    ],
  )
})
