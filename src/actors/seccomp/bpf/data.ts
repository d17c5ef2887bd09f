// struct seccomp_data: a system call as a filter sees it.

import { DATA_BYTES } from './program.ts'
import type { ByteOrder } from './program.ts'

/** A system call. */
export interface Call {
  /** AUDIT_ARCH_*. */
  readonly arch: number
  /** With the bit 0x40000000 for a call of x32. */
  readonly nr: number
  /** As registers hold them, 64 bits each; those that are missing are 0. */
  readonly args?: readonly bigint[]
  readonly instructionPointer?: bigint
}

/** Where the fields stand, in words of 32 bits. */
export const field = { nr: 0, arch: 1, instructionPointer: 2, args: 4 } as const

/**
 * The words that `ld` reads, as the kernel keeps them: the halves of a 64-bit field are in the order of the architecture, so
 * the low one comes second on s390x.
 */
export function callData({ arch, nr, args = [], instructionPointer = 0n }: Call): Uint32Array {
  const data = new Uint32Array(DATA_BYTES / 4)
  data[field.nr] = nr
  data[field.arch] = arch
  const order = orderOf(arch)
  setWide(data, field.instructionPointer, instructionPointer, order)
  for (const [index, value] of args.entries()) setWide(data, field.args + 2 * index, value, order)
  return data
}

/** __AUDIT_ARCH_LE. */
const LITTLE_ENDIAN = 0x40000000

/** The byte order of an AUDIT_ARCH_*. */
export function orderOf(arch: number): ByteOrder {
  return (arch & LITTLE_ENDIAN) === 0 ? 'big' : 'little'
}

function setWide(data: Uint32Array, at: number, value: bigint, order: ByteOrder): void {
  const low = Number(BigInt.asUintN(32, value))
  const high = Number(BigInt.asUintN(32, value >> 32n))
  data[at] = order === 'little' ? low : high
  data[at + 1] = order === 'little' ? high : low
}
