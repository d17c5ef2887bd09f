// System calls from TypeScript: the C library of this process, opened on first use.
// What each call means belongs to the file of its family (pidfd.ts, mount.ts, …); here is only how one is made.

import { createRequire } from 'node:module'

import { errnos, SyscallError } from './errno.ts'
import { architecture, syscalls } from './syscalls.ts'

type Koffi = typeof import('koffi')
type Library = ReturnType<Koffi['load']>

/** What a system call takes. A string goes as UTF-8 with a NUL, a Buffer as its address, null as 0. */
export type SyscallArgument = number | bigint | string | Uint8Array | null

type Call = (...args: readonly SyscallArgument[]) => number

let koffi: Koffi | undefined
let library: Library | undefined
let numbers: Readonly<Record<string, number>> | undefined
/** `syscall` of the C library, declared for each count of arguments: fewer are faster to convert. */
const calls: Call[] = []

/** koffi itself. `require`, because an import would load its binary with the module. */
export function ffi(): Koffi {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what require gives has no type
  koffi ??= createRequire(import.meta.url)('koffi') as Koffi
  return koffi
}

/** Whether anybody has called the C library: the first call loads it, which takes longer than many a command. */
export function isOpen(): boolean {
  return library !== undefined
}

/**
 * A function of the C library, declared as in its header. For what is not a system call; keep what it returns, with a type.
 *
 * @example const chdir: (path: string) => number = libcFunction('int chdir(const char *path)')
 */
export function libcFunction(declaration: string): ReturnType<Library['func']> {
  library ??= ffi().load(null)
  return library.func(declaration)
}

/** errno of the last call through libcFunction that reported failure; read it before any other call. */
export function lastErrno(): number {
  return ffi().errno()
}

/**
 * A system call, as the kernel answers: what it returns, or the negative errno. For calls whose failure is an everyday
 * answer (EAGAIN); all others are better served by {@link syscall}.
 *
 * Arguments go in registers as 64 bits, negative numbers sign-extended. The memory of a Buffer is the kernel's to read
 * and write until the call returns. It blocks this thread, and with it the event loop, for as long as the kernel does.
 *
 * @param name as the kernel spells it; a call this architecture does not have answers -ENOSYS
 */
export function syscallResult(name: string, ...args: readonly SyscallArgument[]): number {
  numbers ??= syscalls[architecture()]
  const number = numbers[name]
  if (number === undefined) return -errnos.ENOSYS
  for (const value of args) {
    if (typeof value === 'string' && value.includes('\0')) {
      throw new TypeError(`${name}: ${JSON.stringify(value)} contains a NUL, where the kernel would stop reading`)
    }
  }
  const call = (calls[args.length] ??= declare(args.length))
  const result = call(number, ...args)
  return result === -1 ? -lastErrno() : result
}

/**
 * A system call that throws when it fails.
 *
 * @throws {SyscallError} any; ENOSYS also when this architecture has no such call
 * @see syscall(2)
 */
export function syscall(name: string, ...args: readonly SyscallArgument[]): number {
  const result = syscallResult(name, ...args)
  if (result < 0) throw new SyscallError(name, -result, args)
  return result
}

/** fcntl(2) with a number as its argument. */
export function fcntl(fd: number, command: number, argument = 0): number {
  return syscall('fcntl', fd, command, argument)
}

/** What each structure points at. */
const targets = new WeakMap<Uint8Array, Uint8Array[]>()

/**
 * Writes a pointer into a structure for the kernel. The garbage collector does not see an address, so from now on the target
 * lives at least as long as the structure.
 */
export function setPointer(structure: Buffer, offset: number, target: Uint8Array): void {
  structure.writeBigUInt64LE(ffi().address(target), offset)
  const known = targets.get(structure)
  if (known === undefined) targets.set(structure, [target])
  else known.push(target)
}

/**
 * `syscall` is variadic in C, and declared here without: on both architectures the first seven integer arguments go
 * where a variadic function looks for them (System V AMD64 ABI 3.2.3, AAPCS64 6.4.2). koffi takes numbers, strings and
 * Buffers for `void *`, so one declaration serves all.
 */
function declare(count: number): Call {
  if (count > 6) throw new RangeError(`a system call has at most 6 arguments, not ${count}`)
  const parameters = Array.from({ length: count }, (_, index) => `, void *a${index}`).join('')
  return libcFunction(`long syscall(long number${parameters})`)
}
