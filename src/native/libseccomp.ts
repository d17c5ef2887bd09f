// libseccomp: filters of system calls from rules by name, for several architectures at once. Opened on first use, as most
// containers of a test bench have no filter. What a profile means belongs to actors/seccomp; here is only how it is told.

import { fstatSync, readSync } from 'node:fs'

import { StatorError } from '../errors.ts'
import { SyscallError, type ErrorArgument } from './errno.ts'
import { ffi } from './libc.ts'
import { memfdCreate } from './memfd.ts'

/** Filter of libseccomp, scmp_filter_ctx. */
type Context = object | bigint

/** Functions of libseccomp by their C names. */
interface Library {
  readonly seccomp_version: () => unknown
  readonly seccomp_api_get: () => number
  readonly seccomp_init: (action: number) => Context | null
  readonly seccomp_release: (context: Context) => void
  readonly seccomp_arch_native: () => number
  readonly seccomp_arch_add: (context: Context, arch: number) => number
  readonly seccomp_arch_remove: (context: Context, arch: number) => number
  readonly seccomp_attr_set: (context: Context, attribute: number, value: number) => number
  readonly seccomp_attr_get: (context: Context, attribute: number, value: Uint8Array) => number
  readonly seccomp_rule_add_array: (
    context: Context,
    action: number,
    number: number,
    count: number,
    conditions: Uint8Array | null,
  ) => number
  readonly seccomp_syscall_resolve_name_arch: (arch: number, name: string) => number
  readonly seccomp_syscall_resolve_num_arch: (arch: number, number: number) => string | null
  readonly seccomp_export_bpf: (context: Context, fd: number) => number
  /** libseccomp 2.6. */
  readonly seccomp_export_bpf_mem: ((context: Context, bytes: Uint8Array | null, size: Uint8Array) => number) | null
}

const declarations = {
  seccomp_version: 'const void *seccomp_version()',
  seccomp_api_get: 'unsigned int seccomp_api_get()',
  seccomp_init: 'void *seccomp_init(uint32_t)',
  seccomp_release: 'void seccomp_release(void *)',
  seccomp_arch_native: 'uint32_t seccomp_arch_native()',
  seccomp_arch_add: 'int seccomp_arch_add(void *, uint32_t)',
  seccomp_arch_remove: 'int seccomp_arch_remove(void *, uint32_t)',
  seccomp_attr_set: 'int seccomp_attr_set(void *, int, uint32_t)',
  seccomp_attr_get: 'int seccomp_attr_get(void *, int, void *)',
  seccomp_rule_add_array: 'int seccomp_rule_add_array(void *, uint32_t, int, unsigned int, void *)',
  seccomp_syscall_resolve_name_arch: 'int seccomp_syscall_resolve_name_arch(uint32_t, const char *)',
  seccomp_export_bpf: 'int seccomp_export_bpf(void *, int)',
} as const

let library: Library | undefined

function libseccomp(): Library {
  return (library ??= openLibseccomp())
}

/**
 * The library's functions.
 *
 * @param file as the dynamic linker looks for it; the major version is that of the ABI, which 2.5 and 2.6 share
 * @throws {StatorError} ERR_STATOR_PLATFORM: it is not there, or older than 2.5
 */
export function openLibseccomp(file = 'libseccomp.so.2'): Library {
  let opened
  try {
    opened = ffi().load(file)
  } catch (cause) {
    const words = `seccomp: ${file} cannot be opened (install libseccomp 2.5 or newer: package libseccomp2 of Debian)`
    throw new StatorError('ERR_STATOR_PLATFORM', words, {}, { cause })
  }
  const functions = Object.entries(declarations).map(([name, text]) => [name, opened.func(text)])
  // The text is the caller's to free.
  const text = ffi().disposable('str')
  const found = {
    ...Object.fromEntries(functions),
    seccomp_syscall_resolve_num_arch: opened.func('seccomp_syscall_resolve_num_arch', text, ['uint32_t', 'int']),
    seccomp_export_bpf_mem: null,
  } as Library
  const { major, minor, micro } = versionOf(found)
  if (major === 2 && minor < 5) {
    const words = `seccomp: libseccomp is ${major}.${minor}.${micro} (2.5 or newer is needed: package libseccomp2 of Debian)`
    throw new StatorError('ERR_STATOR_PLATFORM', words)
  }
  if (major === 2 && minor < 6) return found
  return {
    ...found,
    seccomp_export_bpf_mem: opened.func('int seccomp_export_bpf_mem(void *, void *, void *)'),
  }
}

export interface LibseccompVersion {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

/** struct scmp_version. */
function versionOf(of: Library): LibseccompVersion {
  const [major = 0, minor = 0, micro = 0] = ffi().decode(of.seccomp_version(), 'uint32_t', 3) as readonly number[]
  return { major, minor, micro }
}

/** @throws {StatorError} ERR_STATOR_PLATFORM: libseccomp is missing; so every other function here */
export function libseccompVersion(): LibseccompVersion {
  return versionOf(libseccomp())
}

/**
 * What library and kernel can do together: 1 to 7. 3 has LOG and KILL_PROCESS, 4 SPEC_ALLOW, 5 notifications.
 *
 * @see seccomp_api_get(3)
 */
export function libseccompApi(): number {
  return libseccomp().seccomp_api_get()
}

/** SCMP_ARCH_* of this machine. */
export function nativeArch(): number {
  return libseccomp().seccomp_arch_native()
}

/** __NR_SCMP_ERROR: no such name. */
const NR_SCMP_ERROR = -1

/**
 * A call's number on an architecture. Below 0 for a call that only others have, and for one that is made through another
 * (`socket` through `socketcall`): libseccomp's own numbers, which rules take.
 *
 * @param arch SCMP_ARCH_*
 * @returns null: no architecture has such a call, as far as this version of libseccomp knows
 * @see seccomp_syscall_resolve_name_arch(3)
 */
export function resolveName(arch: number, name: string): number | null {
  const number = libseccomp().seccomp_syscall_resolve_name_arch(arch, name)
  return number === NR_SCMP_ERROR ? null : number
}

/**
 * The name of a number.
 *
 * @param arch SCMP_ARCH_*
 * @returns null: this version of libseccomp knows no such call there
 * @see seccomp_syscall_resolve_num_arch(3)
 */
export function resolveNumber(arch: number, number: number): string | null {
  return libseccomp().seccomp_syscall_resolve_num_arch(arch, number | 0)
}

/** struct scmp_arg_cmp: one argument of a call compared with a value. */
export interface ScmpCondition {
  /** 0 to 5. */
  readonly index: number
  /** SCMP_CMP_*. */
  readonly op: number
  /** SCMP_CMP_MASKED_EQ: the mask. */
  readonly a: bigint
  /** SCMP_CMP_MASKED_EQ: the value. */
  readonly b: bigint
}

/** sizeof(struct scmp_arg_cmp). */
const CONDITION_BYTES = 24

/** A filter as libseccomp builds it. It has this machine's architecture from the beginning. */
export class ScmpFilter implements Disposable {
  #context: Context | null

  /**
   * @param action SCMP_ACT_* for what no rule is about
   * @throws {SyscallError} EINVAL: no action that this kernel has
   * @see seccomp_init(3)
   */
  constructor(action: number) {
    this.#context = libseccomp().seccomp_init(action)
    // It says nothing more.
    if (this.#context === null) throw new SyscallError('seccomp_init', 22, [action])
  }

  /** @throws {SyscallError} EEXIST: has it; EDOM: another byte order than those it has */
  addArch(arch: number): void {
    check('seccomp_arch_add', libseccomp().seccomp_arch_add(this.#open(), arch), arch)
  }

  /** @throws {SyscallError} EEXIST: does not have it */
  removeArch(arch: number): void {
    check('seccomp_arch_remove', libseccomp().seccomp_arch_remove(this.#open(), arch), arch)
  }

  /**
   * @param attribute SCMP_FLTATR_*
   * @throws {SyscallError} EINVAL: no such value; EOPNOTSUPP: not with this kernel
   * @see seccomp_attr_set(3)
   */
  setAttribute(attribute: number, value: number): void {
    check('seccomp_attr_set', libseccomp().seccomp_attr_set(this.#open(), attribute, value), attribute, value)
  }

  getAttribute(attribute: number): number {
    const value = Buffer.alloc(4)
    check('seccomp_attr_get', libseccomp().seccomp_attr_get(this.#open(), attribute, value), attribute)
    return new Uint32Array(value.buffer, value.byteOffset, 1)[0]!
  }

  /**
   * A rule for one call, on all architectures that have it.
   *
   * @param number as this machine's architecture numbers it, or libseccomp's own one below 0
   * @param conditions all hold; at most one for an argument
   * @throws {SyscallError} EACCES: the action is the default one; EINVAL; EEXIST: is there already
   * @see seccomp_rule_add_array(3)
   */
  addRule(action: number, number: number, conditions: readonly ScmpCondition[] = []): void {
    const list = conditions.length === 0 ? null : Buffer.alloc(conditions.length * CONDITION_BYTES)
    for (const [at, { index, op, a, b }] of conditions.entries()) {
      // unsigned int arg, enum scmp_compare op, two uint64_t. Little-endian as both architectures of Stator are.
      const offset = at * CONDITION_BYTES
      list!.writeUInt32LE(index, offset)
      list!.writeUInt32LE(op, offset + 4)
      list!.writeBigUInt64LE(a, offset + 8)
      list!.writeBigUInt64LE(b, offset + 16)
    }
    const { seccomp_rule_add_array: add } = libseccomp()
    check('seccomp_rule_add_array', add(this.#open(), action, number, conditions.length, list), action, number)
  }

  /**
   * The program, struct sock_filter[], in the byte order of its architectures.
   *
   * @throws {SyscallError} ENOMEM, E2BIG
   * @see seccomp_export_bpf(3)
   */
  exportBpf(): Buffer {
    const { seccomp_export_bpf: toFile, seccomp_export_bpf_mem: toMemory } = libseccomp()
    const context = this.#open()
    if (toMemory !== null) {
      const size = Buffer.alloc(8)
      check('seccomp_export_bpf_mem', toMemory(context, null, size))
      const bytes = Buffer.alloc(Number(size.readBigUInt64LE()))
      check('seccomp_export_bpf_mem', toMemory(context, bytes, size))
      return bytes
    }
    using file = memfdCreate('seccomp')
    check('seccomp_export_bpf', toFile(context, file.number), file.number)
    const bytes = Buffer.alloc(fstatSync(file.number).size)
    readSync(file.number, bytes, 0, bytes.byteLength, 0)
    return bytes
  }

  /** Closing twice is fine. */
  [Symbol.dispose](): void {
    if (this.#context !== null) libseccomp().seccomp_release(this.#context)
    this.#context = null
  }

  #open(): Context {
    if (this.#context === null) throw new SyscallError('seccomp', 9, [], 'the filter is released')
    return this.#context
  }
}

/** Functions of libseccomp return the negative errno. */
function check(name: string, result: number, ...args: readonly ErrorArgument[]): void {
  if (result < 0) throw new SyscallError(name, -result, args)
}
