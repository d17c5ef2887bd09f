// What a promise of Stator rejects with. A leaf: it imports nothing, so every row may import it.

/** The stable codes of StatorError, and what each means to a caller. */
export const errorCodes = {
  ERR_STATOR_CONFIG: 'config.json, or an argument of the call, is not valid; `pointer` says where',
  ERR_STATOR_UNSUPPORTED: 'the field or the call is known and not available yet; `pointer` names the field',
  ERR_STATOR_PLATFORM: 'this machine cannot run containers, or lacks what this container needs',
  ERR_STATOR_ID: 'the container id is empty, too long or has a character outside [A-Za-z0-9_+.-]',
  ERR_STATOR_EXISTS: 'a container with this id exists',
  ERR_STATOR_NOT_FOUND: 'no container (or exec session) with this id exists',
  ERR_STATOR_STATUS: 'the container is in a state in which the command has no meaning',
  ERR_STATOR_BUSY: 'another live process is in the middle of a command on this container',
  ERR_STATOR_STAGE: 'a stage failed: `stage`, `step`, `syscall`, `errno` and `pointer` say where',
  ERR_STATOR_PROGRAM: 'the program of the container (or of exec) cannot be started',
  ERR_STATOR_HOOK: 'a hook failed or took too long',
  ERR_STATOR_KEEPER: 'the keeper of the container is gone, so what it knew is unknown',
  ERR_STATOR_STATE: 'the state folder holds something that Stator did not write',
  ERR_STATOR_TIMEOUT: 'the time limit of the call ran out, or another process has kept a lock for too long: `path`',
  ERR_STATOR_ANSWERED: 'the system call that a seccomp notification tells of has an answer: the first one wins',
  ERR_STATOR_ABORTED: 'the call was aborted by its AbortSignal',
  ERR_STATOR_CLOSED: 'the runtime was closed',
} as const

export type StatorErrorCode = keyof typeof errorCodes

/** Where an error comes from, as data. Absent fields do not apply. */
export interface ErrorPlace {
  /** The stage (a state of the machine): `cloning`, `confining`, … */
  readonly stage?: string
  /** The label of the plan's step, and its number. */
  readonly step?: string
  readonly stepIndex?: number
  /** The role that ran the step: keeper, stage, init. */
  readonly role?: string
  /** The system call's name, as the kernel spells it. */
  readonly syscall?: string
  /** The errno's name: `EPERM`. */
  readonly errno?: string
  readonly path?: string
  /** Into config.json: `mounts[3]`, `process.rlimits[0].hard`. */
  readonly pointer?: string
  /** What an undo could not take away. */
  readonly left?: readonly string[]
}

const placeFields = [
  'stage',
  'step',
  'stepIndex',
  'role',
  'syscall',
  'errno',
  'path',
  'pointer',
  'left',
] as const satisfies readonly (keyof ErrorPlace)[]

/** Those that apply, and nothing else that the object has. */
function fieldsOf(place: ErrorPlace): ErrorPlace {
  return Object.fromEntries(placeFields.flatMap((name) => (place[name] === undefined ? [] : [[name, place[name]]])))
}

/** What every promise of the library rejects with. */
export class StatorError extends Error {
  declare readonly name: 'StatorError'
  readonly code: StatorErrorCode
  declare readonly stage?: string
  declare readonly step?: string
  declare readonly stepIndex?: number
  declare readonly role?: string
  declare readonly syscall?: string
  declare readonly errno?: string
  declare readonly path?: string
  declare readonly pointer?: string
  declare readonly left?: readonly string[]

  static {
    // Of all errors: else each would show it as a field of its own, and their stacks would begin with `Error`.
    Object.defineProperty(this.prototype, 'name', { value: 'StatorError', writable: true, configurable: true })
  }

  constructor(code: StatorErrorCode, message: string, place: ErrorPlace = {}, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
    Object.assign(this, fieldsOf(place))
  }

  /** The same error with a place that was not known where it was made; what is known already stays. */
  at(place: ErrorPlace): StatorError {
    return new StatorError(this.code, this.message, { ...place, ...this.place() }, { cause: this.cause })
  }

  /** The same error in other words; what it said is its cause. */
  saying(message: string): StatorError {
    return new StatorError(this.code, message, this.place(), { cause: this })
  }

  /** Where it comes from: the fields that apply. */
  place(): ErrorPlace {
    return fieldsOf(this)
  }

  /** All fields, for a log, an event or a snapshot. */
  toJSON(): ErrorRecord {
    const { code, message, cause } = this
    return { code, message, ...this.place(), ...(cause === undefined ? {} : { cause: describe(cause) }) }
  }
}

/** StatorError as plain JSON. */
export interface ErrorRecord extends ErrorPlace {
  readonly code: StatorErrorCode
  readonly message: string
  readonly cause?: string
}

/** StatorError from its JSON. */
export function errorFromRecord(record: ErrorRecord): StatorError {
  const { code, message, cause, ...place } = record
  return new StatorError(code, message, place, cause === undefined ? {} : { cause })
}

/** What to do when a limit of this process or of the machine is used up. */
function wayOut({ errno, syscall }: ErrorPlace): string | undefined {
  if (errno === 'EMFILE') {
    return syscall === 'inotify_init1'
      ? 'raise the sysctl fs.inotify.max_user_instances, or RLIMIT_NOFILE'
      : 'too many files are open in this process: raise RLIMIT_NOFILE (ulimit -n, LimitNOFILE= of systemd)'
  }
  if (errno === 'ENFILE') return 'too many files are open on this machine: raise the sysctl fs.file-max'
  if (errno === 'ENOSPC' && syscall === 'inotify_add_watch') return 'raise the sysctl fs.inotify.max_user_watches'
  if (errno === 'ENOSPC' && syscall === 'epoll_ctl') return 'raise the sysctl fs.epoll.max_user_watches'
  return undefined
}

function withWayOut(error: StatorError): StatorError {
  const way = wayOut(error)
  return way === undefined || error.message.includes(way) ? error : error.saying(`${error.message} (${way})`)
}

/** Anything thrown, as a StatorError: a StatorError stays what it is. */
export function toStatorError(thrown: unknown, code: StatorErrorCode, place: ErrorPlace = {}): StatorError {
  if (thrown instanceof StatorError) return withWayOut(thrown.at(place))
  const fields = thrown as { syscall?: unknown; code?: unknown; path?: unknown } | null
  const found: { -readonly [K in keyof ErrorPlace]: ErrorPlace[K] } = { ...place }
  if (typeof fields?.syscall === 'string') found.syscall ??= fields.syscall
  if (typeof fields?.code === 'string' && /^E[A-Z0-9]+$/.test(fields.code)) found.errno ??= fields.code
  if (typeof fields?.path === 'string') found.path ??= fields.path
  return withWayOut(new StatorError(code, inOurWords(thrown, found), found, { cause: thrown }))
}

/**
 * `write "/run/stator/web/state.json": ENOSPC`. Node.js says `ENOSPC: no space left on device, write`, and no path where it has
 * but a descriptor.
 */
function inOurWords(thrown: unknown, { path }: ErrorPlace): string {
  const message = describe(thrown)
  const { code, syscall, path: own = path } = thrown as { code?: string; syscall?: string; path?: string }
  const isOfNode = code !== undefined && syscall !== undefined && message.startsWith(`${code}: `)
  return isOfNode ? `${syscall}${own === undefined ? '' : ` "${own}"`}: ${code}` : message
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
