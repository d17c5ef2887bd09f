// Makes the kernel answer a call with an errno, as an older one would: for the fallbacks. Only in a process that ends soon after.

import { errnos } from '../../src/native/errno.ts'
import { setPointer, syscall } from '../../src/native/libc.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import {
  BPF_ABS,
  BPF_JEQ,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_RET,
  BPF_W,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_SET_MODE_FILTER,
} from '../../src/native/uapi.ts'

/**
 * From now on, for this thread and what it starts: the call fails when the (32-bit) argument has one of the bits, or is the value,
 * or always when no argument is named.
 *
 * @see seccomp(2)
 */
export function refuse(
  name: string,
  errno: keyof typeof errnos,
  when?: { readonly argument: number } & ({ readonly bits: number } | { readonly value: number }),
): void {
  const load = (offset: number) => instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset)
  // struct seccomp_data: nr 0, arch 4, instruction_pointer 8, args from 16; the lower half of each comes first.
  const condition = (test: NonNullable<typeof when>) =>
    'bits' in test ? jump(BPF_JSET, test.bits, 1) : jump(BPF_JEQ, test.value, 1)
  const argument = when === undefined ? [] : [load(16 + when.argument * 8), condition(when)]
  const program = Buffer.concat([
    load(0),
    jump(BPF_JEQ, syscalls[architecture()][name] ?? -1, argument.length + 1),
    ...argument,
    instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | errnos[errno]),
    instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
  ])
  // struct sock_fprog: len 0, filter 8.
  const filter = Buffer.alloc(16)
  filter.writeUInt16LE(program.byteLength / 8, 0)
  setPointer(filter, 8, program)
  syscall('seccomp', SECCOMP_SET_MODE_FILTER, 0, filter)
}

/** struct sock_filter: code, jump if true, jump if false, k. */
function instruction(code: number, ifTrue: number, ifFalse: number, k: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt8(ifTrue, 2)
  bytes.writeUInt8(ifFalse, 3)
  bytes.writeUInt32LE(k >>> 0, 4)
  return bytes
}

/** On to the next instruction when it is so, else past some. */
function jump(condition: number, k: number, otherwise: number): Buffer {
  return instruction(BPF_JMP | condition | BPF_K, 0, otherwise, k)
}
