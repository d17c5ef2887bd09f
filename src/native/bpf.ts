// Programs in the kernel: loaded, and attached to cgroups.

import { SyscallError, Word } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { setPointer, syscallResult } from './libc.ts'
import {
  BPF_F_QUERY_EFFECTIVE,
  BPF_F_REPLACE,
  BPF_OBJ_GET_INFO_BY_FD,
  BPF_OBJ_NAME_LEN,
  BPF_PROG_ATTACH,
  BPF_PROG_DETACH,
  BPF_PROG_GET_FD_BY_ID,
  BPF_PROG_LOAD,
  BPF_PROG_QUERY,
} from './uapi.ts'

/** sizeof(struct bpf_insn). */
const INSTRUCTION_BYTES = 8
/** The verifier's log; it stops there, and its last lines say what was wrong with a small program. */
const LOG_BYTES = 65536

const commands = {
  BPF_PROG_LOAD,
  BPF_PROG_ATTACH,
  BPF_PROG_DETACH,
  BPF_PROG_QUERY,
  BPF_PROG_GET_FD_BY_ID,
  BPF_OBJ_GET_INFO_BY_FD,
} as const

/** bpf(2) with one of its attribute structures. The kernel takes a shorter one, and what is missing as 0. */
function bpf(command: keyof typeof commands, attributes: Buffer): number {
  return syscallResult('bpf', commands[command], attributes, attributes.byteLength)
}

function refuse(command: keyof typeof commands, result: number, detail?: string): never {
  throw new SyscallError('bpf', -result, [new Word(command)], detail)
}

export interface BpfProgram {
  /** BPF_PROG_TYPE_*. */
  readonly type: number
  /** struct bpf_insn, 8 bytes each, in this machine's byte order. */
  readonly instructions: Uint8Array
  /** For bpftool and other observers: at most 15 of `A-Za-z0-9_.`. */
  readonly name: string
  /** BPF_CGROUP_*, for the types that want to know at load time. */
  readonly expectedAttachType?: number
  /** What the licence allows to be called; default `Apache-2.0`, so no function that is for GPL programs. */
  readonly license?: string
}

/**
 * Checks a program and makes it one of the kernel's. It lives while it has a descriptor, or is attached.
 *
 * @returns close-on-exec, as the kernel makes it
 * @throws {SyscallError} EPERM: no CAP_BPF (and CAP_NET_ADMIN or CAP_PERFMON by type); EINVAL, EACCES, E2BIG: the verifier refuses it;
 *   the end of its log stands in the message
 * @see bpf(2), BPF_PROG_LOAD
 */
export function bpfProgLoad({
  type,
  instructions,
  name,
  expectedAttachType = 0,
  license = 'Apache-2.0',
}: BpfProgram): Fd {
  if (instructions.byteLength % INSTRUCTION_BYTES !== 0) {
    throw new RangeError(`bpf: ${instructions.byteLength} bytes are not whole instructions`)
  }
  const licenseText = Buffer.from(`${license}\0`)
  // union bpf_attr: prog_type 0, insn_cnt 4, insns 8, license 16, log_level 24, log_size 28, log_buf 32, kern_version 40,
  // prog_flags 44, prog_name 48 (16 bytes), prog_ifindex 64, expected_attach_type 68.
  const attributes = Buffer.alloc(72)
  attributes.writeUInt32LE(type, 0)
  attributes.writeUInt32LE(instructions.byteLength / INSTRUCTION_BYTES, 4)
  setPointer(attributes, 8, instructions)
  setPointer(attributes, 16, licenseText)
  attributes.write(name, 48, BPF_OBJ_NAME_LEN - 1, 'latin1')
  attributes.writeUInt32LE(expectedAttachType, 68)
  const quiet = bpf('BPF_PROG_LOAD', attributes)
  if (quiet >= 0) return new Fd(quiet)
  // Once more with the log: it costs time, and a program that loads needs none.
  const log = Buffer.alloc(LOG_BYTES)
  attributes.writeUInt32LE(1, 24)
  attributes.writeUInt32LE(log.byteLength, 28)
  setPointer(attributes, 32, log)
  const result = bpf('BPF_PROG_LOAD', attributes)
  if (result >= 0) return new Fd(result)
  const text = log.toString('latin1', 0, log.indexOf(0)).trimEnd()
  refuse('BPF_PROG_LOAD', result, text === '' ? undefined : lastLines(text))
}

/** The verifier ends with statistics; what was wrong is above them. */
function lastLines(log: string): string {
  const lines = log.split('\n').filter((line) => !/^(processed \d|verification time|stack depth)/.test(line))
  return lines.slice(-3).join('; ')
}

/**
 * Attaches a program to a cgroup v2 folder.
 *
 * @param attachType BPF_CGROUP_*
 * @param options.flags BPF_F_ALLOW_MULTI (as every container manager does), BPF_F_ALLOW_OVERRIDE
 * @param options.replace the attached program whose place this one takes at once, so that there is never none; Linux 5.6
 * @throws {SyscallError} EPERM: a group above allows no programs below it, or no CAP_NET_ADMIN; EBADF: not a cgroup v2 folder; ENOENT: the
 *   one to replace is not there; E2BIG: 64 programs
 * @see bpf(2), BPF_PROG_ATTACH
 */
export function bpfProgAttach(
  cgroup: Descriptor,
  program: Descriptor,
  attachType: number,
  { flags = 0, replace }: { readonly flags?: number; readonly replace?: Descriptor } = {},
): void {
  // union bpf_attr: target_fd 0, attach_bpf_fd 4, attach_type 8, attach_flags 12, replace_bpf_fd 16.
  const attributes = Buffer.alloc(20)
  attributes.writeInt32LE(numberOf(cgroup), 0)
  attributes.writeInt32LE(numberOf(program), 4)
  attributes.writeUInt32LE(attachType, 8)
  attributes.writeUInt32LE(flags | (replace === undefined ? 0 : BPF_F_REPLACE), 12)
  if (replace !== undefined) attributes.writeInt32LE(numberOf(replace), 16)
  const result = bpf('BPF_PROG_ATTACH', attributes)
  if (result < 0) refuse('BPF_PROG_ATTACH', result)
}

/**
 * @throws {SyscallError} ENOENT: not attached there
 * @see bpf(2), BPF_PROG_DETACH
 */
export function bpfProgDetach(cgroup: Descriptor, program: Descriptor, attachType: number): void {
  const attributes = Buffer.alloc(20)
  attributes.writeInt32LE(numberOf(cgroup), 0)
  attributes.writeInt32LE(numberOf(program), 4)
  attributes.writeUInt32LE(attachType, 8)
  const result = bpf('BPF_PROG_DETACH', attributes)
  if (result < 0) refuse('BPF_PROG_DETACH', result)
}

/**
 * The programs attached to a cgroup v2 folder, by id, in the order in which they run.
 *
 * @param options.effective those of the groups above it, too
 * @throws {SyscallError} EBADF: not a cgroup v2 folder; EPERM
 * @see bpf(2), BPF_PROG_QUERY
 */
export function bpfProgQuery(
  cgroup: Descriptor,
  attachType: number,
  { effective = false }: { readonly effective?: boolean } = {},
): number[] {
  // The kernel allows 64 programs a group (BPF_CGROUP_MAX_PROGS); effective ones of several groups can be more.
  const ids = Buffer.alloc(4 * 1024)
  // union bpf_attr: target_fd 0, attach_type 4, query_flags 8, attach_flags 12, prog_ids 16, prog_cnt 24.
  const attributes = Buffer.alloc(32)
  attributes.writeInt32LE(numberOf(cgroup), 0)
  attributes.writeUInt32LE(attachType, 4)
  attributes.writeUInt32LE(effective ? BPF_F_QUERY_EFFECTIVE : 0, 8)
  setPointer(attributes, 16, ids)
  attributes.writeUInt32LE(ids.byteLength / 4, 24)
  const result = bpf('BPF_PROG_QUERY', attributes)
  if (result < 0) refuse('BPF_PROG_QUERY', result)
  return Array.from({ length: attributes.readUInt32LE(24) }, (_, index) => ids.readUInt32LE(index * 4))
}

/**
 * A descriptor for a loaded program, attached or not.
 *
 * @throws {SyscallError} ENOENT: no such program; EPERM: no CAP_SYS_ADMIN
 * @see bpf(2), BPF_PROG_GET_FD_BY_ID
 */
export function bpfProgGetFdById(id: number): Fd {
  const attributes = Buffer.alloc(12)
  attributes.writeUInt32LE(id, 0)
  const result = bpf('BPF_PROG_GET_FD_BY_ID', attributes)
  if (result < 0) refuse('BPF_PROG_GET_FD_BY_ID', result)
  return new Fd(result)
}

/** What the kernel tells of a loaded program. */
export interface BpfProgramInfo {
  readonly type: number
  readonly id: number
  readonly name: string
}

/**
 * @throws {SyscallError} EBADF, EINVAL: not a program
 * @see bpf(2), BPF_OBJ_GET_INFO_BY_FD
 */
export function bpfProgInfo(program: Descriptor): BpfProgramInfo {
  // struct bpf_prog_info: type 0, id 4, tag 8, jited_len 16, xlated_len 20, two pointers, load_time 40, created_by_uid 48,
  // nr_map_ids 52, map_ids 56, name 64 (16 bytes).
  const info = Buffer.alloc(80)
  const attributes = Buffer.alloc(16)
  attributes.writeInt32LE(numberOf(program), 0)
  attributes.writeUInt32LE(info.byteLength, 4)
  setPointer(attributes, 8, info)
  const result = bpf('BPF_OBJ_GET_INFO_BY_FD', attributes)
  if (result < 0) refuse('BPF_OBJ_GET_INFO_BY_FD', result)
  const name = info.toString('latin1', 64, 80)
  return { type: info.readUInt32LE(0), id: info.readUInt32LE(4), name: name.slice(0, name.indexOf('\0')) }
}
