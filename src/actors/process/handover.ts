// What the caller gets of a process by descriptor when all is ready: the master of its terminal, taken from init, and a pidfd.

import type { Process } from '../../oci/config.ts'
import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { pidfdGetfd } from '../../native/pidfd.ts'
import { sendDescriptor } from '../../native/scm-rights.ts'
import { terminalNumber } from '../../native/terminal.ts'
import { terminalStream } from '../../native/terminal-stream.ts'
import type { StubRecord } from '../../plan/failure.ts'
import type { Launch } from '../creation.ts'
import type { Live } from './live.ts'

/**
 * To the console socket, with the terminal's name in the container, as runc sends it; else to this process's streams.
 *
 * @param ready what init said when it was
 * @throws {StatorError} ERR_STATOR_CONFIG: the socket cannot be connected to
 */
export function takeTerminal({ terminal }: Process, ready: StubRecord, { consoleSocket }: Launch, live: Live): void {
  if (!terminal) return
  if (live.init === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
  using master = pidfdGetfd(live.init, ready.value)
  if (consoleSocket === undefined) {
    live.terminal = master.dup()
    const stream = terminalStream(master.dup())
    live.streams = { stdin: stream, stdout: stream }
    return
  }
  send('console socket', consoleSocket, master, `/dev/pts/${terminalNumber(master)}`)
}

/** @throws {StatorError} ERR_STATOR_CONFIG: the socket cannot be connected to */
export function givePidfd(kind: 'standard' | 'setns', { pidfdSocket }: Launch, { init }: Live): void {
  if (pidfdSocket !== undefined && init !== undefined) send('pidfd socket', pidfdSocket, init, kind)
}

function send(what: string, path: string, fd: Fd, text: string): void {
  try {
    sendDescriptor(path, fd, text)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const { code: errno, syscall } = error
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      `${what} "${path}": ${errno}`,
      { path, errno, syscall },
      { cause: error },
    )
  }
}
