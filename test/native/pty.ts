// Pseudo-terminals, and programs that have one as their controlling terminal.

import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { Fd } from '../../src/native/fd.ts'
import { syscall } from '../../src/native/libc.ts'
import { openat } from '../../src/native/mount.ts'
import { terminalNumber } from '../../src/native/terminal.ts'
import { O_NOCTTY, O_RDWR, TCGETS, TCSETS, TERMIOS_BYTES, TIOCSPTLCK } from '../../src/native/uapi.ts'

export interface Pty {
  readonly master: Fd
  /** Open, so that the terminal does not end between two programs; the test closes it when it shall. */
  readonly slave: Fd
  readonly path: string
}

/** @param t what closes it */
export function openPty(t: Pick<TestContext, 'after'>): Pty {
  const master = openat('/dev/ptmx', O_RDWR | O_NOCTTY)
  t.after(() => master.close())
  syscall('ioctl', master.number, TIOCSPTLCK, Buffer.alloc(4))
  const path = `/dev/pts/${terminalNumber(master)}`
  const slave = openat(path, O_RDWR | O_NOCTTY)
  t.after(() => slave.close())
  return { master, slave, path }
}

/** The mode of a terminal, as the kernel has it; and a way to compare it. */
export function modeOf(terminal: Fd): { iflag: number; oflag: number; cflag: number; lflag: number; cc: string } {
  const bytes = Buffer.alloc(TERMIOS_BYTES)
  syscall('ioctl', terminal.number, TCGETS, bytes)
  const [iflag = 0, oflag = 0, cflag = 0, lflag = 0] = [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at))
  return { iflag, oflag, cflag, lflag, cc: bytes.subarray(17).toString('hex') }
}

/** Nothing between the two ends: every byte comes out as it went in, and none comes back. */
export function plain(terminal: Fd): void {
  const bytes = Buffer.alloc(TERMIOS_BYTES)
  syscall('ioctl', terminal.number, TCGETS, bytes)
  for (const at of [0, 4, 12]) bytes.writeUInt32LE(0, at)
  syscall('ioctl', terminal.number, TCSETS, bytes)
}

/**
 * A program in a session of its own, whose terminal this is, and its three streams. Killed with the test.
 *
 * @param options.redirect words of the shell, as `<&3 2>&4`
 * @param options.more what descriptors 3, 4, … are
 */
export function inTerminal(
  t: Pick<TestContext, 'after'>,
  { path }: Pty,
  argv: readonly string[],
  { redirect = '', more = [], env = {} }: InTerminal = {},
): ChildProcess {
  const terminal = openSync(path, O_RDWR | O_NOCTTY)
  const child = spawn('setsid', ['--ctty', 'sh', '-c', `exec "$@" ${redirect}`, 'sh', ...argv], {
    stdio: [terminal, terminal, terminal, ...more],
    env: { ...process.env, ...env },
  })
  closeSync(terminal)
  t.after(() => {
    // Stopped or not.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  return child
}

interface InTerminal {
  readonly redirect?: string
  readonly more?: readonly 'pipe'[]
  readonly env?: NodeJS.ProcessEnv
}
