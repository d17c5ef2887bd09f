// The bytes of a plan, read back as the stub reads them.

import { syscalls } from '../../src/native/syscalls.ts'
import type { Plan } from '../../src/plan/builder.ts'
import * as layout from '../../src/plan/layout.ts'

export interface DecodedStep {
  readonly op: keyof typeof layout.op
  readonly flags: number
  readonly width: number
  readonly result: number
  /** Which arguments name registers, by their index. */
  readonly registers: readonly boolean[]
  readonly tries: number
  readonly number: number
  readonly target: number
  readonly errnos: readonly number[]
  readonly retry: readonly number[]
  readonly expect: bigint
  readonly arguments: readonly bigint[]
}

export interface DecodedPlan {
  readonly header: Readonly<Record<'magic' | 'version' | 'count' | 'bytes' | 'data' | 'scratch', number>>
  readonly steps: readonly DecodedStep[]
  /** What is at an address of the data section, as it is mapped. */
  readonly at: (address: bigint | number, bytes: number) => Buffer
  /** A NUL-ended string. */
  readonly string: (address: bigint | number) => string
}

export function decode({ bytes }: Pick<Plan, 'bytes'>): DecodedPlan {
  const word = (offset: number) => bytes.readUInt32LE(offset)
  const { magic, version, count, bytes: size, data, scratch } = layout.header
  const header = {
    magic: word(magic),
    version: word(version),
    count: word(count),
    bytes: word(size),
    data: word(data),
    scratch: word(scratch),
  }
  const names = Object.entries(layout.op) as [keyof typeof layout.op, number][]
  const steps = Array.from({ length: header.count }, (_, index): DecodedStep => {
    const at = layout.header.size + index * layout.step.size
    const field = layout.step
    const op = names.find(([, number]) => number === bytes[at + field.op])
    if (op === undefined) throw new RangeError(`step ${index} has no op`)
    const registers = bytes.readUInt16LE(at + field.registers)
    const list = (from: number) =>
      [0, 2, 4, 6].map((n) => bytes.readUInt16LE(at + from + n)).filter((errno) => errno !== 0)
    return {
      op: op[0],
      flags: bytes[at + field.flags] ?? 0,
      width: bytes[at + field.width] ?? 0,
      result: bytes[at + field.result] ?? 0,
      registers: Array.from({ length: 6 }, (_, n) => (registers & (1 << n)) !== 0),
      tries: bytes.readUInt16LE(at + field.tries),
      number: word(at + field.number),
      target: word(at + field.target),
      errnos: list(field.errnos),
      retry: list(field.retry),
      expect: bytes.readBigInt64LE(at + field.expect),
      arguments: Array.from({ length: 6 }, (_, n) => bytes.readBigUInt64LE(at + field.arguments + n * 8)),
    }
  })
  const place = (address: bigint | number) => Number(BigInt(address) - BigInt(layout.PLAN_BASE))
  return {
    header,
    steps,
    at: (address, size) => bytes.subarray(place(address), place(address) + size),
    string: (address) => bytes.toString('utf8', place(address), bytes.indexOf(0, place(address))),
  }
}

/** The number of a system call on x86_64. */
export function numberOf(name: string): number {
  const number = syscalls.x86_64[name]
  if (number === undefined) throw new RangeError(name)
  return number
}
