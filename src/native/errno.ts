// The kernel's error numbers by name, the error of a call that failed, and which of them are fine at a call.

/** Names to numbers; x86_64 and aarch64 share them. Source: asm-generic/errno-base.h, asm-generic/errno.h; errno(3). */
// prettier-ignore
export const errnos = {
  EPERM: 1, ENOENT: 2, ESRCH: 3, EINTR: 4, EIO: 5, ENXIO: 6, E2BIG: 7, ENOEXEC: 8, EBADF: 9, ECHILD: 10,
  EAGAIN: 11, ENOMEM: 12, EACCES: 13, EFAULT: 14, ENOTBLK: 15, EBUSY: 16, EEXIST: 17, EXDEV: 18, ENODEV: 19,
  ENOTDIR: 20, EISDIR: 21, EINVAL: 22, ENFILE: 23, EMFILE: 24, ENOTTY: 25, ETXTBSY: 26, EFBIG: 27, ENOSPC: 28,
  ESPIPE: 29, EROFS: 30, EMLINK: 31, EPIPE: 32, EDOM: 33, ERANGE: 34, EDEADLK: 35, ENAMETOOLONG: 36, ENOLCK: 37,
  ENOSYS: 38, ENOTEMPTY: 39, ELOOP: 40, ENOMSG: 42, EIDRM: 43, ECHRNG: 44, EL2NSYNC: 45, EL3HLT: 46, EL3RST: 47,
  ELNRNG: 48, EUNATCH: 49, ENOCSI: 50, EL2HLT: 51, EBADE: 52, EBADR: 53, EXFULL: 54, ENOANO: 55, EBADRQC: 56,
  EBADSLT: 57, EBFONT: 59, ENOSTR: 60, ENODATA: 61, ETIME: 62, ENOSR: 63, ENONET: 64, ENOPKG: 65, EREMOTE: 66,
  ENOLINK: 67, EADV: 68, ESRMNT: 69, ECOMM: 70, EPROTO: 71, EMULTIHOP: 72, EDOTDOT: 73, EBADMSG: 74, EOVERFLOW: 75,
  ENOTUNIQ: 76, EBADFD: 77, EREMCHG: 78, ELIBACC: 79, ELIBBAD: 80, ELIBSCN: 81, ELIBMAX: 82, ELIBEXEC: 83,
  EILSEQ: 84, ERESTART: 85, ESTRPIPE: 86, EUSERS: 87, ENOTSOCK: 88, EDESTADDRREQ: 89, EMSGSIZE: 90, EPROTOTYPE: 91,
  ENOPROTOOPT: 92, EPROTONOSUPPORT: 93, ESOCKTNOSUPPORT: 94, EOPNOTSUPP: 95, EPFNOSUPPORT: 96, EAFNOSUPPORT: 97,
  EADDRINUSE: 98, EADDRNOTAVAIL: 99, ENETDOWN: 100, ENETUNREACH: 101, ENETRESET: 102, ECONNABORTED: 103,
  ECONNRESET: 104, ENOBUFS: 105, EISCONN: 106, ENOTCONN: 107, ESHUTDOWN: 108, ETOOMANYREFS: 109, ETIMEDOUT: 110,
  ECONNREFUSED: 111, EHOSTDOWN: 112, EHOSTUNREACH: 113, EALREADY: 114, EINPROGRESS: 115, ESTALE: 116, EUCLEAN: 117,
  ENOTNAM: 118, ENAVAIL: 119, EISNAM: 120, EREMOTEIO: 121, EDQUOT: 122, ENOMEDIUM: 123, EMEDIUMTYPE: 124,
  ECANCELED: 125, ENOKEY: 126, EKEYEXPIRED: 127, EKEYREVOKED: 128, EKEYREJECTED: 129, EOWNERDEAD: 130,
  ENOTRECOVERABLE: 131, ERFKILL: 132, EHWPOISON: 133,
  // Two names for one number; the kernel's own spelling comes first and is what errnoName gives.
  EWOULDBLOCK: 11, EDEADLOCK: 35, ENOTSUP: 95,
  // Not for user space, and still seen there: bpf(2) and some file systems let it out. Source: linux/errno.h.
  ENOTSUPP: 524,
} as const

let names: ReadonlyMap<number, string> | undefined

/** `1` is `EPERM`. A number without a name is `E` and the number. */
export function errnoName(errno: number): string {
  names ??= new Map(
    Object.entries(errnos)
      .reverse() // the first name of a number wins
      .map(([name, number]) => [number, name]),
  )
  return names.get(errno) ?? `E${errno}`
}

/**
 * `EPERM` is `1`.
 *
 * @returns undefined for what is not the name of an errno
 */
export function errnoNumber(name: string): number | undefined {
  const numbers: Readonly<Record<string, number>> = errnos
  return Object.hasOwn(numbers, name) ? numbers[name] : undefined
}

/**
 * A system call that failed. The message is the call as strace would print it: `pidfd_open(4242, 0): ESRCH`.
 * `code` and `syscall` are spelled as in Node's own errors, so that both kinds can be told apart by `code`.
 */
export class SyscallError extends Error {
  declare readonly name: 'SyscallError'
  /** As the kernel spells it. */
  readonly syscall: string
  /** Positive. */
  readonly errno: number
  /** The errno's name: `EPERM`. */
  readonly code: string
  /** What else is known, or the way out. */
  readonly detail: string | undefined

  static {
    // Of all errors, so that their stacks begin with it.
    Object.defineProperty(this.prototype, 'name', { value: 'SyscallError', writable: true, configurable: true })
  }

  /**
   * @param args for the message only
   * @param detail stands in parentheses after the errno
   */
  constructor(syscall: string, errno: number, args: readonly ErrorArgument[] = [], detail?: string) {
    const code = errnoName(errno)
    super(`${syscall}(${args.map(argumentText).join(', ')}): ${code}${detail === undefined ? '' : ` (${detail})`}`)
    this.syscall = syscall
    this.errno = errno
    this.code = code
    this.detail = detail
  }
}

/** What an argument of a call may be, for the text of an error. */
export type ErrorArgument = number | bigint | string | Uint8Array | Word | null

/** A word in the text of an error, where the value itself would say little: `OPEN_TREE_CLONE` and not `1`. */
export class Word {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Flags as `OPEN_TREE_CLONE|AT_RECURSIVE`; bits without a name stay a number.
 *
 * @param names each a name and its bits, as in `{ OPEN_TREE_CLONE, AT_RECURSIVE }`
 */
export function flagWord(flags: number, names: Readonly<Record<string, number>>): Word {
  const words: string[] = []
  let rest = flags
  for (const [name, bits] of Object.entries(names)) {
    if (bits === 0 || (rest & bits) !== bits) continue
    words.push(name)
    rest &= ~bits
  }
  if (rest !== 0 || words.length === 0) words.push(rest === 0 ? '0' : `0x${(rest >>> 0).toString(16)}`)
  return new Word(words.join('|'))
}

const AT_FDCWD = -100

/** The largest pid (PID_MAX_LIMIT); above it a number is a set of bits or an address, and hexadecimal says more. */
const PID_MAX = 4194304

function argumentText(value: ErrorArgument): string {
  if (value === null) return 'NULL'
  if (value === AT_FDCWD) return 'AT_FDCWD'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Word) return value.text
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`
  return value > PID_MAX ? `0x${value.toString(16)}` : String(value)
}

/**
 * For `catch` and `.catch`: swallows the errors with these codes and throws all others again. Takes Node's own system
 * errors too.
 *
 * @example await rm(path).catch(ignoring('ENOENT'))
 * @example try { pidfdSendSignal(pidfd, SIGKILL) } catch (error) { ignoring('ESRCH')(error) }
 */
export function ignoring(...codes: readonly string[]): (thrown: unknown) => undefined {
  return (thrown) => {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (typeof code === 'string' && codes.includes(code)) return undefined
    throw thrown
  }
}
