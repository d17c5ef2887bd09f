// What is asked of a terminal: its size, its modes, its number. Both ends of a pseudo-terminal answer, for the same terminal.
// What goes through it is in terminal-stream.ts.

import { errnos, SyscallError, Word, type ErrorArgument } from './errno.ts'
import { numberOf, type Descriptor } from './fd.ts'
import { syscall, syscallResult, type SyscallArgument } from './libc.ts'
import * as uapi from './uapi.ts'
import {
  BRKINT,
  ECHO,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNBRK,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IXON,
  PARMRK,
} from './uapi.ts'

/** In characters, and in pixels where the terminal says so: 0 for unknown. */
export interface WindowSize {
  readonly columns: number
  readonly rows: number
  readonly widthPixels?: number
  readonly heightPixels?: number
}

// struct winsize: rows 0, columns 2, width 4, height 6; each u16.
const WINSIZE_BYTES = 8
// struct termios of the kernel: c_iflag 0, c_oflag 4, c_cflag 8, c_lflag 12, c_line 16, c_cc from 17.
const IFLAG = 0
const OFLAG = 4
const CFLAG = 8
const LFLAG = 12
const CC = 17

/**
 * N of /dev/pts/N, in the devpts instance that the master is of.
 *
 * @throws {SyscallError} ENOTTY: no master
 * @see TIOCGPTN in ioctl_tty(2)
 */
export function terminalNumber(master: Descriptor): number {
  const number = Buffer.alloc(4)
  ioctl(master, 'TIOCGPTN', number)
  return number.readUInt32LE()
}

/**
 * @throws {SyscallError} ENOTTY: no terminal; EIO: a terminal that is hung up
 * @see TIOCGWINSZ(2const)
 */
export function windowSize(terminal: Descriptor): Required<WindowSize> {
  const size = Buffer.alloc(WINSIZE_BYTES)
  ioctl(terminal, 'TIOCGWINSZ', size)
  return {
    columns: size.readUInt16LE(2),
    rows: size.readUInt16LE(0),
    widthPixels: size.readUInt16LE(4),
    heightPixels: size.readUInt16LE(6),
  }
}

/**
 * The programs in the foreground of the terminal get SIGWINCH, when it is another size than before.
 *
 * @throws {RangeError} a number that is not from 0 to 65535
 * @throws {SyscallError} ENOTTY, EIO
 * @see TIOCSWINSZ(2const)
 */
export function setWindowSize(terminal: Descriptor, size: WindowSize): void {
  const { columns, rows, widthPixels = 0, heightPixels = 0 } = size
  const bytes = Buffer.alloc(WINSIZE_BYTES)
  ;[rows, columns, widthPixels, heightPixels].forEach((value, index) => bytes.writeUInt16LE(value, index * 2))
  ioctl(terminal, 'TIOCSWINSZ', bytes)
}

/** False for everything else: files, pipes, what is not open, a terminal that is hung up. */
export function isTerminal(fd: Descriptor): boolean {
  return ioctlResult(fd, 'TCGETS', Buffer.alloc(uapi.TERMIOS_BYTES)) >= 0
}

/**
 * From now on a newline of the program leaves the master as it was written. A terminal of Linux begins with ONLCR, which makes
 * two characters of it; where another terminal shows what comes, that one adds the carriage return.
 *
 * @throws {SyscallError} ENOTTY, EIO
 * @see ONLCR in termios(3)
 */
export function clearOnlcr(terminal: Descriptor): void {
  const termios = modeOf(terminal)
  change(termios, OFLAG, { off: uapi.ONLCR })
  ioctl(terminal, 'TCSETS', termios)
}

/** The mode of a terminal, for {@link restoreMode}. */
export interface SavedMode {
  readonly termios: Uint8Array
  /** What it is since then. */
  readonly raw: Uint8Array
}

/**
 * Every byte that is typed is read as it is, at once, without an echo and without a signal: cfmakeraw(3). Only OPOST stays on, so
 * that a newline which a program has written with its own ONLCR off still begins at the left of this terminal.
 *
 * In the background of the caller's own terminal this stops the process by SIGTTOU, as for any program that changes its
 * terminal, and goes on when it has come to the foreground.
 *
 * @returns what it was before
 * @throws {SyscallError} ENOTTY; EIO: hung up, or in the background of a session that has nobody to bring it to the foreground
 * @see termios(3), "Raw mode"
 */
export function makeRaw(terminal: Descriptor): SavedMode {
  waitForForeground(terminal)
  const saved = modeOf(terminal)
  const raw = Buffer.from(saved)
  change(raw, IFLAG, { off: IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON })
  change(raw, OFLAG, { on: uapi.OPOST })
  change(raw, CFLAG, { off: uapi.CSIZE | uapi.PARENB, on: uapi.CS8 })
  change(raw, LFLAG, { off: ECHO | ECHONL | ICANON | ISIG | IEXTEN })
  raw[CC + uapi.VMIN] = 1
  raw[CC + uapi.VTIME] = 0
  ioctl(terminal, 'TCSETS', raw)
  // As the kernel has it: it decides some of the bits itself.
  return { termios: saved, raw: modeOf(terminal) }
}

/**
 * In the background it does nothing: the terminal is another's then, in a mode of theirs, and SIGTTOU would stop a process that is
 * about to end.
 *
 * @returns whether it was in the foreground
 * @throws {SyscallError} ENOTTY; EIO: hung up
 */
export function restoreMode(terminal: Descriptor, saved: SavedMode): boolean {
  if (!isForeground(terminal)) return false
  ioctl(terminal, 'TCSETS', saved.termios)
  return true
}

/** Whether this process may change a terminal: it is in the foreground there, or this is not its controlling terminal. */
export function isForeground(terminal: Descriptor): boolean {
  const group = Buffer.alloc(4)
  // ENOTTY: another session's, where nobody is in the back. EIO: hung up, which the next call tells.
  if (ioctlResult(terminal, 'TIOCGPGRP', group) < 0) return true
  return group.readInt32LE() === syscall('getpgid', 0)
}

/** Whether this is the controlling terminal of this process. */
export function isControlling(terminal: Descriptor): boolean {
  return ioctlResult(terminal, 'TIOCGPGRP', Buffer.alloc(4)) >= 0
}

/**
 * The mode that is there in the background is that of the shell's own line editor: it must not be read, and later be restored as the
 * mode of before. So first something that the kernel stops a process for, and that changes nothing: every request to change a
 * terminal is checked for the foreground, and then this one for its argument, which is none.
 *
 * @see tty_check_change() in drivers/tty/tty_jobctrl.c, n_tty_ioctl_helper() in drivers/tty/tty_ioctl.c
 */
function waitForForeground(terminal: Descriptor): void {
  const result = ioctlResult(terminal, 'TCXONC', -1)
  if (result < 0 && result !== -errnos.EINVAL) throw failed(terminal, 'TCXONC', -result, -1)
}

function modeOf(terminal: Descriptor): Buffer {
  const termios = Buffer.alloc(uapi.TERMIOS_BYTES)
  ioctl(terminal, 'TCGETS', termios)
  return termios
}

function change(termios: Buffer, at: number, { off = 0, on = 0 }: { readonly off?: number; readonly on?: number }) {
  termios.writeUInt32LE(((termios.readUInt32LE(at) & ~off) | on) >>> 0, at)
}

const requests = {
  TIOCGPTN: uapi.TIOCGPTN,
  TIOCGWINSZ: uapi.TIOCGWINSZ,
  TIOCSWINSZ: uapi.TIOCSWINSZ,
  TIOCGPGRP: uapi.TIOCGPGRP,
  TCGETS: uapi.TCGETS,
  TCSETS: uapi.TCSETS,
  TCXONC: uapi.TCXONC,
}
type Request = keyof typeof requests

function ioctl(fd: Descriptor, request: Request, argument: Uint8Array): void {
  const result = ioctlResult(fd, request, argument)
  if (result < 0) throw failed(fd, request, -result, argument)
}

/** Goes on after a signal: a process that is stopped for a terminal has one when it continues. */
function ioctlResult(fd: Descriptor, request: Request, argument: SyscallArgument): number {
  for (;;) {
    const result = syscallResult('ioctl', numberOf(fd), requests[request], argument)
    if (result !== -errnos.EINTR) return result
  }
}

function failed(fd: Descriptor, request: Request, errno: number, argument: ErrorArgument): SyscallError {
  return new SyscallError('ioctl', errno, [numberOf(fd), new Word(request), argument])
}
