// The ENOSYS stub against instructions written by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callData } from '../../../src/actors/seccomp/bpf/data.ts'
import { evaluate } from '../../../src/actors/seccomp/bpf/evaluate.ts'
import { assemble, parse, refusalOf, type Instruction } from '../../../src/actors/seccomp/bpf/program.ts'
import { enosysStub, type LargestNumbers } from '../../../src/actors/seccomp/enosys-stub.ts'

const X86_64 = 0xc000003e
const X32 = 0x4000003e
const I386 = 0x40000003
const S390X = 0x80000016

function largest(...archs: [audit: number, ...abis: [token: number, number: number][]][]): LargestNumbers {
  return new Map(archs.map(([audit, ...abis]) => [audit, new Map(abis)]))
}

/** `code jt jf k`, as bpf_dbg prints it. */
function text(instructions: readonly Instruction[]): string[] {
  const names: Record<number, string> = { 0x20: 'ld', 0x15: 'jeq', 0x25: 'jgt', 0x45: 'jset', 0x05: 'ja', 0x06: 'ret' }
  return instructions.map(({ code, jt, jf, k }) => `${names[code]} ${jt} ${jf} 0x${k.toString(16)}`)
}

test('one architecture', () => {
  assert.deepEqual(text(enosysStub(largest([I386, [I386, 400]]))), [
    'ld 0 0 0x4',
    'jeq 1 0 0x40000003',
    'ja 0 0 0x5',
    'ld 0 0 0x0',
    'jgt 2 0 0x190',
    'ja 0 0 0x2',
    'ja 0 0 0x1',
    'ret 0 0 0x50026',
  ])
})

test('x86_64 alone does not judge calls of x32, nor the other way round', () => {
  assert.equal(text(enosysStub(largest([X86_64, [X86_64, 435]])))[4], 'jset 1 0 0x40000000')
  assert.equal(text(enosysStub(largest([X86_64, [X32, 0x400001b3]])))[4], 'jset 0 1 0x40000000')
})

test('x86_64 and x32, with a largest number each', () => {
  assert.deepEqual(text(enosysStub(largest([X86_64, [X86_64, 435], [X32, 0x400001b3]]))).slice(3), [
    'ld 0 0 0x0',
    'jset 1 0 0x40000000',
    'jgt 3 1 0x1b3',
    'jgt 2 0 0x400001b3',
    'ja 0 0 0x2',
    'ja 0 0 0x1',
    'ret 0 0 0x50026',
  ])
})

test('s390x: setup(2) is no call, and has its own return', () => {
  assert.deepEqual(text(enosysStub(largest([S390X, [S390X, 435]]))).slice(3, 6), [
    'ld 0 0 0x0',
    'jeq 0 1 0x0',
    'ret 0 0 0x50026',
  ])
})

test('nothing where no number is known', () => {
  assert.deepEqual(enosysStub(largest()), [])
  assert.deepEqual(enosysStub(largest([I386])), [])
})

test('ABIs that nobody can tell apart are an error', () => {
  const wanted = { code: 'ERR_STATOR_UNSUPPORTED', message: /^seccomp: \d ABIs share the architecture 0x/ }
  assert.throws(() => enosysStub(largest([I386, [I386, 1], [X32, 2]])), wanted)
  assert.throws(() => enosysStub(largest([X86_64, [X86_64, 1], [X32, 2], [I386, 3]])), wanted)
})

/** Behind it a filter that allows. */
function judged(numbers: LargestNumbers, arch: number, nr: number): 'ENOSYS' | 'filter' {
  const program = parse(assemble([...enosysStub(numbers), { code: 6, jt: 0, jf: 0, k: 0x7fff0000 }]))
  assert.equal(refusalOf(program), null)
  const value = evaluate(program, callData({ arch, nr }))
  assert.ok(value === 0x7fff0000 || value === 0x50026)
  return value === 0x50026 ? 'ENOSYS' : 'filter'
}

test('with many architectures the jumps get long, and mean the same', () => {
  const many = Array.from({ length: 120 }, (_, index): [number, [number, number]] => [
    index + 1,
    [index + 1, 100 + index],
  ])
  // x86_64 first and last, as its section is short behind and long before the others; and s390x.
  for (const x86 of [0, 60, 120]) {
    const archs = many.toSpliced(x86, 0, [X86_64, [X86_64, 435], [X32, 0x400001b3]] as never)
    const numbers = largest(...archs, [S390X, [S390X, 450]])
    assert.ok(enosysStub(numbers).some(({ code, k }) => code === 5 && k > 255))
    for (const [arch, last] of [
      [1, 100],
      [60, 159],
      [120, 219],
      [X86_64, 435],
      [X86_64, 0x400001b3],
      [S390X, 450],
    ] as const) {
      assert.equal(judged(numbers, arch, last), 'filter', `${arch} ${last}`)
      assert.equal(judged(numbers, arch, last + 1), 'ENOSYS', `${arch} ${last + 1}`)
    }
    assert.equal(judged(numbers, S390X, 0), 'ENOSYS')
    assert.equal(judged(numbers, 0x999, 9999), 'filter')
  }
  for (const one of [X86_64, X32]) {
    const numbers = largest([X86_64, [one, one === X32 ? 0x40000005 : 5]], ...many)
    assert.equal(judged(numbers, X86_64, 6), one === X32 ? 'filter' : 'ENOSYS')
    assert.equal(judged(numbers, X86_64, 0x40000006), one === X32 ? 'ENOSYS' : 'filter')
  }
})
