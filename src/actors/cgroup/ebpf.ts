// Device rules as a program for the kernel: version 2 has no files for devices, it asks a program of type
// BPF_PROG_TYPE_CGROUP_DEVICE at every open and mknod. Pure: rules in, instructions out.

import {
  BPF_ALU64,
  BPF_AND,
  BPF_DEVCG_DEV_BLOCK,
  BPF_DEVCG_DEV_CHAR,
  BPF_EXIT,
  BPF_H,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_JSET,
  BPF_K,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_W,
} from '../../native/uapi.ts'
import { ALL_ACCESS, coversEverything, type Rule } from './devices.ts'

// Registers. R1 holds the context when the program starts.
const ANSWER = 0
const CONTEXT = 1
/** What is asked for and no rule has decided yet; BPF_DEVCG_ACC_*. */
const ASKED = 2
const SCRATCH = 3

/**
 * Fields of the context, struct bpf_cgroup_dev_ctx of linux/bpf.h: three u32, of which the first is (access << 16) | type.
 */
const field = {
  type: { size: BPF_H, offset: 0 },
  access: { size: BPF_H, offset: 2 },
  major: { size: BPF_W, offset: 4 },
  minor: { size: BPF_W, offset: 8 },
} as const

/**
 * The program that decides by these rules, 8 bytes an instruction: 1 permits, 0 is EPERM.
 *
 * The rules are tried from the last to the first. The first that covers the device decides the kinds of access it names: a
 * rule that forbids one of those asked for ends it; one that permits takes them off, until nothing is left to ask. What
 * no rule covers is forbidden.
 */
export function deviceProgram(rules: readonly Rule[]): Buffer {
  // What stands before a rule for everything is never asked, and the verifier refuses instructions that nothing reaches.
  const start = rules.findLastIndex(coversEverything)
  return Buffer.concat([
    load(ASKED, field.access),
    ...rules
      .slice(start + 1)
      .reverse()
      .map(block),
    ...answer(rules[start]?.allow ? 1 : 0),
  ])
}

function block({ allow, type, major, minor, access }: Rule): Buffer {
  const decision = access === ALL_ACCESS ? answer(allow ? 1 : 0) : allow ? permit(access) : forbid(access)
  const conditions: [field: Field, value: number][] = []
  if (type !== 'a') conditions.push([field.type, type === 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR])
  if (major !== null) conditions.push([field.major, major])
  if (minor !== null) conditions.push([field.minor, minor])
  const length = 2 * conditions.length + decision.length
  return Buffer.concat([
    // Loaded anew each time: the verifier follows all values that a register can have from rule to rule, and comparing a
    // register that lives on makes it take 4.5 ms for sixty rules instead of 1.
    // The comparison is the 32-bit one: the 64-bit one extends the sign of a number from 2^31 on.
    ...conditions.flatMap(([from, value], index) => [
      load(SCRATCH, from),
      // An offset counts from the next instruction; this one goes to the next rule.
      instruction(BPF_JMP32 | BPF_JNE | BPF_K, SCRATCH, 0, length - 2 * index - 2, value),
    ]),
    ...decision,
  ])
}

function permit(access: number): Buffer[] {
  return [
    instruction(BPF_ALU64 | BPF_AND | BPF_K, ASKED, 0, 0, ~access),
    instruction(BPF_JMP | BPF_JNE | BPF_K, ASKED, 0, 2, 0), // something is left: to the next rule
    ...answer(1),
  ]
}

function forbid(access: number): Buffer[] {
  return [
    instruction(BPF_JMP | BPF_JSET | BPF_K, ASKED, 0, 1, access),
    instruction(BPF_JMP | BPF_JA, 0, 0, 2), // nothing of it is asked for: to the next rule
    ...answer(0),
  ]
}

function answer(value: 0 | 1): Buffer[] {
  return [instruction(BPF_ALU64 | BPF_MOV | BPF_K, ANSWER, 0, 0, value), instruction(BPF_JMP | BPF_EXIT)]
}

type Field = (typeof field)[keyof typeof field]

function load(register: number, { size, offset }: Field): Buffer {
  return instruction(BPF_LDX | BPF_MEM | size, register, CONTEXT, offset)
}

/** struct bpf_insn: u8 code, u4 destination, u4 source, s16 offset, s32 immediate; little-endian on both architectures. */
function instruction(code: number, destination = 0, source = 0, offset = 0, immediate = 0): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt8(code, 0)
  bytes.writeUInt8(destination | (source << 4), 1)
  bytes.writeInt16LE(offset, 2)
  bytes.writeInt32LE(immediate | 0, 4)
  return bytes
}
