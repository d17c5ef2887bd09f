// A system call that waits for an answer: what is asked, and the four ways to answer it. The first answer wins. Where the calls come from:
// listener.ts. Who is asked, in which order: server.ts.

import { StatorError, toStatorError } from '../../errors.ts'
import { errnoName, errnoNumber, errnos, SyscallError } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import {
  notifyAddFd,
  notifyIdValid,
  notifySend,
  readMemory,
  readString,
  type SeccompRequest,
  type SeccompResponse,
} from '../../native/seccomp-notify.ts'
import { architecture, syscalls } from '../../native/syscalls.ts'
import { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_I386, AUDIT_ARCH_X86_64 } from '../../native/uapi.ts'
import { decodeArguments, type Decoded } from './decode.ts'

export interface AddFdOptions {
  /** Its number in the caller; what is open there under it is closed. Without, the lowest that is free. */
  readonly target?: number
  /** Default false. */
  readonly closeOnExec?: boolean
  /** The call returns the number: this is its answer. Default false: it still waits for one. */
  readonly answer?: boolean
}

/**
 * A system call of a container that waits for an answer.
 *
 * Who decides by what `decode()` shows and then says `continue()` decides nothing: another thread of the caller can change that memory
 * before the kernel reads it again (seccomp_unotify(2)). That is fine for watching and for answering a well-meant program; what must not
 * happen is for `deny`, or for the filter.
 *
 * An answer to a call whose caller is gone (killed, or interrupted by a signal: then it may ask again) is no error of the answerer: the
 * promise resolves, and nobody hears it.
 */
export interface SeccompNotification {
  readonly container: string
  /** The exec session whose process listens; absent for the container's own. */
  readonly exec?: string
  /** Of the thread that calls, as this process numbers it; 0 if it cannot see it. */
  readonly pid: number
  /** Its name; the number as text where it has none, or is a call of another architecture than this machine's (i386 on x86_64). */
  readonly syscall: string
  readonly number: number
  /** As `uname -m` has it: x86_64, i386, aarch64, arm; another one `0x…`, AUDIT_ARCH_*. */
  readonly architecture: string
  /** All six registers, unsigned. */
  readonly args: readonly bigint[]
  /** Names this call among all of its listener. */
  readonly id: string
  /**
   * The arguments by name, paths and strings read from the caller's memory, at the first call and never again. null: the call is not one of the usual ones
   * or is of another architecture, or its caller is gone.
   *
   * Reading waits for the caller's page, and this thread with it: nothing for memory and files of a disk, but whoever may mount FUSE in the container
   * can put a page there that never comes.
   */
  decode(): Decoded | null
  /** The kernel does it, as if nobody had been asked. @throws {StatorError} ERR_STATOR_ANSWERED; ERR_STATOR_CLOSED: it is no longer listened to */
  continue(): Promise<void>
  /** It fails. @param errno `EACCES`, or its number. @throws {StatorError} as `continue`; ERR_STATOR_CONFIG: no errno */
  deny(errno: string | number): Promise<void>
  /** It returns this without being done. @throws {StatorError} as `continue`; ERR_STATOR_CONFIG: no whole number of 64 bits */
  returnValue(value: number | bigint): Promise<void>
  /**
   * Opens a duplicate of one of this process's descriptors in the caller.
   *
   * @returns its number there; -1: the caller is gone
   * @throws {StatorError} as `continue`; ERR_STATOR_STAGE with errno EBADF (`fd` is not open), EMFILE (the caller's RLIMIT_NOFILE)
   */
  addFd(fd: number, options?: AddFdOptions): Promise<number>
  /**
   * Aborts when it is over: answered, or nobody waits for an answer any more. The kernel does not tell of a caller that has gone: it is
   * asked a few times a second while the call is open.
   */
  readonly signal: AbortSignal
}

/** What became of a call. null: nobody waits any more. */
export type Answer = 'continue' | { readonly errno: string } | { readonly returnValue: string } | null

const architectures: ReadonlyMap<number, string> = new Map([
  [AUDIT_ARCH_X86_64, 'x86_64'],
  [AUDIT_ARCH_I386, 'i386'],
  [AUDIT_ARCH_AARCH64, 'aarch64'],
  [AUDIT_ARCH_ARM, 'arm'],
])

let names: ReadonlyMap<number, string> | undefined

function nameOf(number: number): string | undefined {
  names ??= new Map(Object.entries(syscalls[architecture()]).map(([name, number]) => [number, name]))
  return names.get(number)
}

/** `closed`: it is no longer listened to, and who waits may be asked about by another. */
type OnOver = (question: Question, answer: Answer, state: 'answered' | 'gone' | 'closed') => void

export interface Asked {
  readonly container: string
  readonly exec?: string | undefined
  readonly listener: Fd
}

/** A notification of this process's own listener. There may be tens of thousands a second: what is not asked for is not made. */
export class Question implements SeccompNotification {
  readonly container: string
  declare readonly exec?: string
  readonly pid: number
  readonly syscall: string
  readonly number: number
  readonly architecture: string
  readonly args: readonly bigint[]
  readonly #listener: Fd
  readonly #id: bigint
  readonly #onOver: OnOver
  #state: 'waiting' | 'answered' | 'gone' | 'closed' = 'waiting'
  #decoded: Decoded | null | undefined
  #over: AbortController | undefined

  /** @param onOver is called once */
  constructor({ container, exec, listener }: Asked, request: SeccompRequest, onOver: OnOver) {
    this.container = container
    if (exec !== undefined) this.exec = exec
    this.pid = request.pid
    this.number = request.number
    this.architecture = architectures.get(request.arch) ?? `0x${request.arch.toString(16)}`
    const name = this.architecture === architecture() ? nameOf(request.number) : undefined
    this.syscall = name ?? String(request.number)
    this.args = request.args
    this.#listener = listener
    this.#id = request.id
    this.#onOver = onOver
  }

  get id(): string {
    return String(this.#id)
  }

  /** Whether it still can be answered, as far as is known. */
  get isOpen(): boolean {
    return this.#state === 'waiting'
  }

  get signal(): AbortSignal {
    if (this.#over === undefined) {
      this.#over = new AbortController()
      if (!this.isOpen) this.#over.abort()
    }
    return this.#over.signal
  }

  decode(): Decoded | null {
    return this.#decoded === undefined ? (this.#decoded = this.#decode()) : this.#decoded
  }

  #decode(): Decoded | null {
    if (this.architecture !== architecture() || this.#state !== 'waiting') return null
    let hasRead = false
    const decoded = decodeArguments(this.syscall, this.args, {
      string: (address, limit) => {
        hasRead = true
        return readString(this.pid, address, limit)
      },
      bytes: (address, count) => {
        hasRead = true
        return readMemory(this.pid, address, count)
      },
    })
    // Afterwards: only if it still waits was that its own memory, and not that of another who got its pid.
    return hasRead && !this.check() ? null : decoded
  }

  /** Asks the kernel whether somebody waits. */
  check(): boolean {
    if (this.#state !== 'waiting') return false
    if (this.#listener.closed) this.close()
    else if (!notifyIdValid(this.#listener, this.#id)) this.#end('gone', null)
    return this.isOpen
  }

  /** No answer will reach it any more: its caller is gone with all others, or gets ENOSYS from the kernel. */
  close(state: 'gone' | 'closed' = 'closed'): void {
    if (this.#state === 'waiting') this.#end(state, null)
  }

  continue(): Promise<void> {
    return this.#answer('continue', 'continue')
  }

  deny(errno: string | number): Promise<void> {
    const number = typeof errno === 'number' ? errno : errnoNumber(errno)
    // MAX_ERRNO: the C libraries take what is below it for a result.
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > 4095)
      return Promise.reject(new StatorError('ERR_STATOR_CONFIG', `deny: ${JSON.stringify(errno)} is not an errno`))
    return this.#answer({ errno: number }, { errno: errnoName(number) })
  }

  returnValue(value: number | bigint): Promise<void> {
    const given: unknown = value
    const isWhole = typeof given === 'bigint' ? BigInt.asIntN(64, given) === given : Number.isSafeInteger(given)
    if (!isWhole) {
      const message = `returnValue: ${value} is not a whole number of 64 bits`
      return Promise.reject(new StatorError('ERR_STATOR_CONFIG', message))
    }
    return this.#answer({ value: BigInt(value) }, { returnValue: String(value) })
  }

  addFd(fd: number, { target, closeOnExec = false, answer = false }: AddFdOptions = {}): Promise<number> {
    const refusal = this.#refusal()
    if (refusal !== null) return refusal === 'gone' ? Promise.resolve(-1) : refuse(refusal)
    try {
      const number = notifyAddFd(this.#listener, this.#id, fd, { target, closeOnExec, send: answer })
      if (number === null) this.#end('gone', null)
      else if (answer) this.#end('answered', { returnValue: String(number) })
      return Promise.resolve(number ?? -1)
    } catch (error) {
      // The listener itself is open.
      if (error instanceof SyscallError && error.errno === errnos.EBADF) {
        const place = { errno: 'EBADF', syscall: error.syscall }
        const words = `addFd: this process has no descriptor ${fd}`
        return refuse(new StatorError('ERR_STATOR_STAGE', words, place, { cause: error }))
      }
      return refuse(this.#failure(error, 'add a descriptor'))
    }
  }

  #answer(response: SeccompResponse, answer: Answer): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== null) return refusal === 'gone' ? resolved : refuse(refusal)
    try {
      if (notifySend(this.#listener, this.#id, response)) this.#end('answered', answer)
      else this.#end('gone', null)
      return resolved
    } catch (error) {
      return refuse(this.#failure(error, 'answer'))
    }
  }

  #refusal(): StatorError | 'gone' | null {
    if (this.#state === 'waiting' && this.#listener.closed) this.close()
    switch (this.#state) {
      case 'waiting':
        return null
      case 'gone':
        return 'gone'
      case 'answered':
        return new StatorError('ERR_STATOR_ANSWERED', `answer ${this.syscall} of process ${this.pid}: it has an answer`)
      case 'closed':
        return new StatorError('ERR_STATOR_CLOSED', `answer ${this.syscall} of process ${this.pid}: nobody listens`)
    }
  }

  #failure(error: unknown, what: string): StatorError {
    if (error instanceof SyscallError && error.errno === errnos.EINPROGRESS) {
      // By one who has a duplicate of the listener. What it was, the kernel does not say.
      this.#end('answered', null)
      return this.#refusal() as StatorError
    }
    return toStatorError(error, 'ERR_STATOR_STAGE', { step: `${what}: ${this.syscall}` })
  }

  #end(state: 'answered' | 'gone' | 'closed', answer: Answer): void {
    this.#state = state
    this.#onOver(this, answer, state)
    this.#over?.abort()
  }
}

const resolved = Promise.resolve()

/** Who does not look whether its answer came first, or too late, is no reason to end the process: the promise counts as looked after. */
function refuse(refusal: StatorError): Promise<never> {
  const rejected = Promise.reject(refusal)
  if (refusal.code === 'ERR_STATOR_ANSWERED' || refusal.code === 'ERR_STATOR_CLOSED') rejected.catch(() => {})
  return rejected
}
