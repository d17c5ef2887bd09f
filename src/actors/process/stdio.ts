// Where the program's standard streams lead, as descriptors for init (0, 1, 2), for the keeper, and for this process.

import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { Fd } from '../../native/fd.ts'
import { ignoring } from '../../native/errno.ts'
import { fcntl } from '../../native/libc.ts'
import { pipe } from '../../native/pipe.ts'
import { F_GETFL, F_SETFL, O_NONBLOCK } from '../../native/uapi.ts'
import { keeperDescriptors } from '../../plan/compile/keeper.ts'
import type { Process } from '../../oci/config.ts'
import type { Stdio } from '../creation.ts'
import type { Live } from './live.ts'

export interface StdioDescriptors {
  /** Of the child, by number. */
  readonly child: ReadonlyMap<number, Fd | number>
  /** For the keeper, by the name under which the plan inherits them. */
  readonly keeper: ReadonlyMap<string, Fd>
  /** To be closed once the keeper has been started. */
  readonly close: readonly Fd[]
}

/** Which streams the keeper has a part in. A terminal is one stream, and nobody's but its master's. */
export function keptStreams(stdio: Stdio, process: Process): { readonly log: boolean; readonly pipes: boolean } {
  return { log: stdio === 'log' && !process.terminal, pipes: stdio === 'pipe' && !process.terminal }
}

/** @param logFile the keeper's log, when stdio is `log` */
export function openStdio(stdio: Stdio, process: Process, logFile: string, live: Live): StdioDescriptors {
  const close: Fd[] = []
  try {
    return openAll(process.terminal ? 'ignore' : stdio, logFile, live, close)
  } catch (error) {
    for (const fd of close) fd.close()
    throw error
  }
}

/** @param close gets what it opens as it opens it */
function openAll(stdio: Stdio, logFile: string, live: Live, close: Fd[]): StdioDescriptors {
  const nothing = () => {
    const devNull = new Fd(openSync('/dev/null', constants.O_RDWR))
    close.push(devNull)
    return devNull
  }
  const keeper = new Map<string, Fd>()
  const child = new Map<number, Fd | number>()
  const { stdout, stderr, log } = keeperDescriptors

  if (stdio === 'inherit') for (const number of [0, 1, 2]) block(number)
  if (stdio === 'inherit') return { child: new Map([[0, 0], [1, 1], [2, 2]]), keeper, close } // prettier-ignore
  if (typeof stdio === 'object') {
    for (const number of [stdio.stdin, stdio.stdout, stdio.stderr]) if (number !== undefined) block(number)
    const devNull = nothing()
    return { child: new Map([[0, stdio.stdin ?? devNull], [1, stdio.stdout ?? devNull], [2, stdio.stderr ?? devNull]]), keeper, close } // prettier-ignore
  }
  if (stdio === 'ignore') {
    const devNull = nothing()
    return { child: new Map([[0, devNull], [1, devNull], [2, devNull]]), keeper, close } // prettier-ignore
  }

  for (const [number, name] of [
    [1, stdout],
    [2, stderr],
  ] as const) {
    const [read, write] = pipe()
    close.push(read, write)
    child.set(number, write)
    keeper.set(name, read)
    // The keeper reads what is left when init has ended, without waiting for more.
    fcntl(read.number, F_SETFL, fcntl(read.number, F_GETFL) | O_NONBLOCK)
    if (stdio === 'pipe')
      live.streams[number === 1 ? 'stdout' : 'stderr'] = stream(read.dup(), { readable: true, writable: false })
  }
  if (stdio === 'pipe') {
    const [read, write] = pipe()
    close.push(read)
    child.set(0, read)
    live.streams.stdin = stream(write, { readable: false, writable: true })
  } else {
    child.set(0, nothing())
    const file = new Fd(openSync(logFile, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600))
    close.push(file)
    keeper.set(log, file)
  }
  return { child, keeper, close }
}

/** The stream closes the descriptor, from when there is one. */
function stream(fd: Fd, direction: { readonly readable: boolean; readonly writable: boolean }): Socket {
  using own = fd
  const socket = new Socket({ fd: own.number, ...direction })
  own.take()
  return socket
}

/**
 * Node.js makes the pipes that it has opened as its own streams non-blocking, and the flag is the open file's, not the
 * descriptor's: a program would get EAGAIN from a reader that is slow, and lose what it wrote. libuv does the same for its children.
 */
function block(number: number): void {
  try {
    const flags = fcntl(number, F_GETFL)
    if ((flags & O_NONBLOCK) !== 0) fcntl(number, F_SETFL, flags & ~O_NONBLOCK)
  } catch (error) {
    ignoring('EBADF')(error) // spawning tells
  }
}
