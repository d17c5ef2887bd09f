// A descriptor that is closed once, whoever closes it first.

import { fcntl, syscall } from './libc.ts'
import { F_DUPFD_CLOEXEC } from './uapi.ts'

/**
 * A descriptor of this process, which closes it. Every call of `src/native` that makes a descriptor gives one of these,
 * close-on-exec; `using` closes it on every way out.
 */
export class Fd implements Disposable {
  #number: number

  /** @param number an open descriptor, from now on owned by this object */
  constructor(number: number) {
    if (!Number.isInteger(number) || number < 0) throw new RangeError(`descriptor: ${number} is not one`)
    this.#number = number
  }

  /** -1 once closed or taken: the kernel answers EBADF, and never touches a stranger that got the number since. */
  get number(): number {
    return this.#number
  }

  get closed(): boolean {
    return this.#number === -1
  }

  /** Closing twice is fine. What close(2) says is not asked: the descriptor is gone whatever it says. */
  close(): void {
    if (this.#number === -1) return
    closeNumber(this.#number)
    this.#number = -1
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /**
   * Another descriptor of the same open file description (offset, flags and locks are shared), close-on-exec.
   *
   * @param atLeast the lowest number it may get
   * @throws {SyscallError} EBADF: closed; EMFILE: RLIMIT_NOFILE is reached
   * @see fcntl(2), F_DUPFD_CLOEXEC
   */
  dup(atLeast = 0): Fd {
    return new Fd(fcntl(this.#number, F_DUPFD_CLOEXEC, atLeast))
  }

  /** Gives the number away: the caller closes it, this object no longer does. */
  take(): number {
    const number = this.#number
    this.#number = -1
    return number
  }
}

/** Where a call only looks at a descriptor it takes either; it never closes it. */
export type Descriptor = Fd | number

/** The number behind a descriptor. */
export function numberOf(descriptor: Descriptor): number {
  return typeof descriptor === 'number' ? descriptor : descriptor.number
}

function closeNumber(number: number): void {
  try {
    syscall('close', number)
  } catch {
    // EIO and EINTR come after the descriptor is released, EBADF means that someone else released it: close(2).
  }
}
