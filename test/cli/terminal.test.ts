import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { syscall } from '../../src/native/libc.ts'
import { terminalStream, type TerminalStream } from '../../src/native/terminal-stream.ts'
import { setWindowSize } from '../../src/native/terminal.ts'
import { ECHO, ICANON, ISIG, TIOCGPGRP } from '../../src/native/uapi.ts'
import { folder } from './support.ts'
import { inTerminal, modeOf, openPty, type Pty } from '../native/pty.ts'

const fixture = fileURLToPath(new URL('../fixtures/foreground.ts', import.meta.url))
const loader = process.execArgv.filter((argument) => !argument.startsWith('--test'))
const foreground = [process.execPath, ...loader, fixture]

/** Where somebody sits: sees what is shown, and types. */
class Seat {
  readonly pty: Pty
  readonly stream: TerminalStream
  seen = ''
  #taken = 0
  #wake = () => {}

  constructor(t: TestContext, size = { columns: 100, rows: 30 }) {
    this.pty = openPty(t)
    setWindowSize(this.pty.master, size)
    this.stream = terminalStream(this.pty.master)
    t.after(() => this.stream.destroy())
    this.stream.on('data', (bytes: Buffer) => {
      this.seen += bytes.toString('latin1')
      this.#wake()
    })
    this.stream.on('end', () => this.#wake())
  }

  type(text: string): void {
    this.stream.write(text)
  }

  /** What was shown up to these words, after the last time. */
  async until(words: string | RegExp): Promise<string> {
    for (;;) {
      const rest = this.seen.slice(this.#taken)
      const at = typeof words === 'string' ? rest.indexOf(words) : rest.search(words)
      if (at >= 0) {
        const end = at + (typeof words === 'string' ? words.length : (words.exec(rest)?.[0].length ?? 0))
        this.#taken += end
        return rest.slice(0, end)
      }
      if (this.stream.readableEnded) throw new Error(`the end, without ${words}: ${JSON.stringify(this.seen)}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  get mode() {
    return modeOf(this.pty.slave)
  }

  get isRaw(): boolean {
    return (this.mode.lflag & (ICANON | ECHO | ISIG)) === 0
  }
}

type Seated = Parameters<typeof inTerminal>[3]

/** A program shown at a seat. */
function show(t: TestContext, seat: Seat, program: readonly string[], options: Seated = {}): ChildProcess {
  return inTerminal(t, seat.pty, [...foreground, ...program], options)
}

async function exitOf(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode
}

/** Says that it is there, and tells what it reads as a list of bytes; ends at `q`. */
const echoes = [
  'sh',
  '-c',
  `stty raw -echo; printf 'ready\n'; while c=$(dd bs=1 count=1 2>/dev/null | od -An -tu1); do printf '<%s>' $c; [ $c = 115 ] && stty size; [ $c = 113 ] && exit 5; done`,
]

test('the program gets every byte that is typed, what it writes is shown, and then all is as before', async (t) => {
  const seat = new Seat(t)
  const before = seat.mode
  const child = show(t, seat, echoes)
  await seat.until('ready\r\n') // its own terminal makes no carriage return, this one does
  assert.equal(seat.isRaw, true)
  seat.type('a\x03\x1a\r\xc3')
  await seat.until('<97><3><26><13><195>')
  seat.type('q')
  await seat.until('restored at the end')
  assert.equal(await exitOf(child), 5)
  assert.deepEqual(seat.mode, before)
})

test('the program has the size of this terminal, and is told when it changes', async (t) => {
  const seat = new Seat(t, { columns: 91, rows: 37 })
  show(t, seat, ['sh', '-c', 'trap "stty size" WINCH; stty size; echo ready; while :; do read -r line; done'])
  await seat.until('37 91')
  await seat.until('ready')
  setWindowSize(seat.pty.master, { columns: 44, rows: 11 })
  await seat.until('11 44')
})

for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  test(`${signal} ends the process by the signal, and restores the terminal`, async (t) => {
    const seat = new Seat(t)
    const before = seat.mode
    // By /dev/tty: Node.js itself restores what is one of the standard streams, for two of the four.
    const child = show(t, seat, echoes, { redirect: '<&3 >&4 2>&4', more: ['pipe', 'pipe'] })
    await saying(child.stdio[4] as Readable, 'ready')
    assert.equal(seat.isRaw, true)
    child.kill(signal)
    assert.equal(await exitOf(child), signal)
    assert.deepEqual(seat.mode, before)
  })
}

async function saying(stream: Readable, words: string): Promise<void> {
  let seen = ''
  stream.on('data', (bytes: Buffer) => (seen += bytes.toString('latin1')))
  while (!seen.includes(words)) await once(stream, 'data')
}

for (const [how, code] of [
  ['throw', 1],
  ['exit', 7],
] as const) {
  test(`the terminal is restored after ${how === 'throw' ? 'an exception that nobody catches' : 'process.exit()'}`, async (t) => {
    const seat = new Seat(t)
    const child = show(t, seat, echoes, { env: { FOREGROUND: how } })
    await seat.until('ready')
    assert.equal(seat.isRaw, true)
    child.kill('SIGUSR2')
    await seat.until('restored at the end')
    assert.equal(await exitOf(child), code)
  })
}

test('a signal that is passed on to the program leaves the terminal to it, until it has ended', async (t) => {
  const seat = new Seat(t)
  const script = `trap 'echo asked; read -r line; exit 6' TERM; echo ready; while :; do sleep 1; done`
  const child = show(t, seat, ['sh', '-c', script], { env: { FOREGROUND: 'forward' } })
  await seat.until('ready')
  child.kill('SIGTERM')
  await seat.until('asked')
  assert.equal(seat.isRaw, true)
  seat.type('\r')
  await seat.until('restored at the end')
  assert.equal(await exitOf(child), 6)
})

test('all that the program wrote is shown before its end, also when the screen is slow', async (t) => {
  const seat = new Seat(t)
  const child = show(t, seat, ['sh', '-c', 'stty raw; seq 1 400000; printf end.'])
  const text = await seat.until('restored at the end')
  assert.equal(text.startsWith('1\r\n2\r\n'), true)
  const numbers = text.slice(0, text.indexOf('end.')).split('\r\n')
  assert.equal(numbers.length, 400_001)
  assert(numbers.slice(0, -1).every((number, index) => Number(number) === index + 1))
  assert.equal(await exitOf(child), 0)
})

test('a stdin that ends is not the end of the program, and stdout may be a pipe', async (t) => {
  const seat = new Seat(t)
  const before = seat.mode
  const child = show(t, seat, ['sh', '-c', 'read -r line; echo "got $line"; read -t 1 -r more || echo none'], {
    redirect: '<&3 >&4',
    more: ['pipe', 'pipe'],
  })
  const input = child.stdio[3]
  assert(input instanceof Socket)
  input.end('typed\n')
  await saying(child.stdio[4] as Readable, 'none')
  await seat.until('restored at the end')
  assert.equal(await exitOf(child), 0)
  assert.deepEqual(seat.mode, before)
})

for (const [what, redirect] of [
  ['nothing', '</dev/null'],
  ['a file', '</proc/version'],
  ['closed', '<&-'],
] as const) {
  test(`a stdin that is ${what} keeps nothing waiting`, async (t) => {
    const seat = new Seat(t)
    const child = show(t, seat, ['sh', '-c', 'echo shown'], { redirect })
    await seat.until('shown\r\n')
    await seat.until('restored at the end')
    assert.equal(await exitOf(child), 0)
  })
}

test('a stdout that nobody reads any more hangs up on the program', async (t) => {
  const seat = new Seat(t)
  const child = show(t, seat, ['sh', '-c', 'trap "" PIPE; while echo more; do :; done; exit 4'], {
    redirect: '>&3',
    more: ['pipe'],
  })
  const output = child.stdio[3] as Readable
  await once(output, 'data')
  output.destroy()
  await seat.until('restored at the end')
  await exitOf(child)
})

const bash = ['bash', '--norc', '--noprofile']

/** A shell with job control, as somebody has it. */
async function shell(t: TestContext, seat: Seat, argv: readonly string[] = bash): Promise<{ mode: string }> {
  const words = foreground.map((word) => `'${word}'`).join(' ')
  const env = { PS1: '', HISTFILE: '', INPUTRC: '/dev/null', TERM: 'dumb', ENV: '' }
  inTerminal(t, seat.pty, [...argv, '-i'], { env })
  const notify = argv === bash ? 'set -b; ' : ''
  await command(seat, `run() { ${words} "$@"; }; ${notify}PS1='prompt''> '`)
  return { mode: await modeSaid(seat) }
}

/** @returns what was shown up to the next prompt */
async function command(seat: Seat, line: string): Promise<string> {
  seat.type(`${line}\r`)
  return seat.until('prompt> ')
}

/** What a program that the shell starts finds. */
async function modeSaid(seat: Seat): Promise<string> {
  seat.type(`echo "mode"=$(stty -g)=\r`)
  const said = /mode=([0-9a-f:]+)=/.exec(await seat.until(/mode=[0-9a-f:]+=/))?.[1]
  await seat.until('prompt> ')
  return said ?? ''
}

const echoesForShell = `sh -c 'stty raw -echo; echo ready; while c=$(dd bs=1 count=1 2>/dev/null | od -An -tu1); do printf "<%s>" $c; [ $c = 115 ] && stty size; [ $c = 113 ] && exit 5; done'`

for (const signal of ['SIGSTOP', 'SIGTSTP'] as const) {
  test(`stopped by ${signal} and brought back, it is raw again, has its size, and ends well`, async (t) => {
    const seat = new Seat(t)
    const { mode } = await shell(t, seat)
    seat.type(`run ${echoesForShell}\r`)
    await seat.until('ready\r\n')
    seat.type('a')
    await seat.until('<97>')
    process.kill(foregroundOf(seat), signal)
    await seat.until('Stopped')
    await seat.until('prompt> ')
    assert.equal(await modeSaid(seat), mode)
    setWindowSize(seat.pty.master, { columns: 55, rows: 22 })
    seat.type('fg\r')
    await rawAgain(seat)
    seat.type('b\x03')
    await seat.until('<98><3>')
    seat.type('s')
    await seat.until('<115>22 55')
    seat.type('q')
    await seat.until('restored at the end')
    await seat.until('prompt> ')
    assert.equal(await modeSaid(seat), mode)
  })
}

for (const signal of ['SIGTSTP', 'SIGSTOP'] as const) {
  test(`a shell that does not care for the mode finds ${signal === 'SIGTSTP' ? 'its own' : 'it raw'} after ${signal}, and its own at the end`, async (t) => {
    const seat = new Seat(t)
    const before = seat.mode
    const script = `set -m; "$@"; echo 'back'; read -r line; fg >/dev/null; echo 'done'; read -r line`
    inTerminal(t, seat.pty, ['dash', '-c', script, 'dash', ...foreground, ...echoes])
    await seat.until('ready\r\n')
    process.kill(foregroundOf(seat), signal)
    await seat.until('back')
    if (signal === 'SIGTSTP') assert.deepEqual(seat.mode, before)
    else assert.equal(seat.isRaw, true)
    // ^J, as nothing makes one of ^M while it is raw.
    seat.type('\n')
    await rawAgain(seat)
    seat.type('d')
    await seat.until('<100>')
    seat.type('q')
    await seat.until('done')
    assert.deepEqual(seat.mode, before)
  })
}

// The second of the two keeps whatever mode it finds when a job has ended.
for (const argv of [bash, ['busybox', 'sh']]) {
  const [name = ''] = argv
  test(`started in the background of ${name} it stops, leaves the terminal alone, and goes on in the foreground`, async (t) => {
    const seat = new Seat(t)
    const { mode } = await shell(t, seat, argv)
    // Not before the shell has its line editor's mode again: that must never be taken for the terminal's own.
    const prompted = join(folder(t), 'prompted')
    await command(seat, `mkfifo ${prompted}`)
    await command(seat, `(read -r line <${prompted}; run ${echoesForShell}) &`)
    await writeFile(prompted, '\n')
    // A shell tells of its jobs with its prompt.
    for (let said = ''; !said.includes('Stopped');) said = await command(seat, '')
    assert.equal(await modeSaid(seat), mode)
    seat.type('fg\r')
    await seat.until('ready\r\n')
    seat.type('c')
    await seat.until('<99>')
    seat.type('q')
    await seat.until('at the end')
    await seat.until('prompt> ')
    assert.equal(await modeSaid(seat), mode)
  })
}

/** A job of the shell that was stopped behind its back. */
async function stopped(t: TestContext, environment = ''): Promise<{ seat: Seat; mode: string }> {
  const seat = new Seat(t)
  const { mode } = await shell(t, seat)
  seat.type(`${environment}run ${echoesForShell}\r`)
  await seat.until('ready\r\n')
  process.kill(foregroundOf(seat), 'SIGSTOP')
  await seat.until('Stopped')
  await seat.until('prompt> ')
  return { seat, mode }
}

test('killed by the shell while it is stopped it ends, and does not stop again', async (t) => {
  const { seat, mode } = await stopped(t)
  seat.type('kill %1\r')
  await seat.until('Terminated')
  assert.equal(await modeSaid(seat), mode)
})

test('continued in the background, and asked to end just then, it ends', async (t) => {
  const { seat, mode } = await stopped(t)
  seat.type('kill -CONT %1; kill -TERM %1\r')
  await seat.until('Terminated')
  assert.equal(await modeSaid(seat), mode)
})

test("killed by the shell while it is stopped, and the signal is the program's: it ends with the program", async (t) => {
  const { seat, mode } = await stopped(t, 'FOREGROUND=forward ')
  seat.type('kill %1\r')
  await seat.until('at the end')
  await seat.until('Exit 1')
  assert.equal(await modeSaid(seat), mode)
})

test("what is typed for the shell after the end is the shell's", async (t) => {
  const seat = new Seat(t)
  await shell(t, seat)
  seat.type(`run ${echoesForShell}\r`)
  await seat.until('ready\r\n')
  seat.type('q')
  await seat.until('restored at the end')
  seat.type('echo "for" the shell\r')
  await seat.until('for the shell\r\n')
})

/** The process group that the terminal belongs to now. */
function foregroundOf({ pty }: Seat): number {
  const group = Buffer.alloc(4)
  syscall('ioctl', pty.master.number, TIOCGPGRP, group)
  return -group.readInt32LE()
}

/** The mode changes with no event to wait for: a key that the program answers is one. */
async function rawAgain(seat: Seat): Promise<void> {
  while (!seat.isRaw) await new Promise((resolve) => setImmediate(resolve))
}
