// The listener for an agent: another process that answers (`linux.seccomp.listenerPath`). It gets the descriptor and who it is for, and no reply is
// read. From then on the calls are its own to answer.

import { StatorError, toStatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import type { Descriptor } from '../../native/fd.ts'
import { sendDescriptorWithin } from '../../native/scm-rights.ts'
import { ociVersion, type OciState } from '../../oci/state.ts'

/** @see config-linux.md, "The Container Process State" */
export interface ContainerProcessState {
  readonly ociVersion: string
  /** What each descriptor of the message is. */
  readonly fds: readonly ['seccompFd']
  /** Of the process with the filter: init, or that of the exec session. */
  readonly pid: number
  /** `listenerMetadata`, as it stands in the config. */
  readonly metadata?: string
  /** `creating` for init; `running` for an exec, and its pid is init's. */
  readonly state: OciState
}

const pointer = 'linux.seccomp.listenerPath'
/** How long an agent may take to accept and read. */
const PATIENCE_MS = 5000

/**
 * @param pid of the process with the filter
 * @param state the container's, with init's pid
 */
export function processState(pid: number, state: OciState, metadata?: string): ContainerProcessState {
  return { ociVersion, fds: ['seccompFd'], pid, ...(metadata === undefined ? {} : { metadata }), state }
}

/**
 * Hands the listener over. The descriptor stays the caller's, who closes it: a duplicate that is kept would keep calls waiting when the agent dies,
 * which otherwise get ENOSYS.
 *
 * An agent that listens and does not accept has a queue: what is sent waits there, and counts as handed over. When that, or the socket's
 * buffer, is full, this waits for a while, without blocking.
 *
 * @param withinMs for all of it
 * @throws {StatorError} ERR_STATOR_STAGE with `path` and `pointer`: ENOENT, ECONNREFUSED: nobody listens; EACCES; EPROTOTYPE: no stream socket;
 *   EPIPE: it hung up; ERR_STATOR_TIMEOUT: nobody accepts or reads
 */
export async function handToAgent(
  path: string,
  listener: Descriptor,
  state: ContainerProcessState,
  withinMs = PATIENCE_MS,
): Promise<void> {
  try {
    await sendDescriptorWithin(path, listener, JSON.stringify(state), withinMs)
  } catch (error) {
    throw failure(path, error)
  }
}

function failure(path: string, error: unknown): StatorError {
  const what = `hand the seccomp listener to the agent at ${JSON.stringify(path)}`
  const place = { path, pointer }
  if (!(error instanceof SyscallError)) return toStatorError(error, 'ERR_STATOR_STAGE', place)
  const { code: errno, syscall } = error
  const isLate = errno === 'EAGAIN'
  const why = isLate ? 'nobody accepts or reads' : errno === 'ECONNREFUSED' ? `${errno} (nobody listens)` : errno
  const code = isLate ? 'ERR_STATOR_TIMEOUT' : 'ERR_STATOR_STAGE'
  return new StatorError(code, `${what}: ${why}`, { ...place, syscall, errno }, { cause: error })
}
