import assert from 'node:assert/strict'
import { openSync, readSync, writeSync } from 'node:fs'
import { test } from 'node:test'

import { pipe } from '../../src/native/pipe.ts'
import {
  clearOnlcr,
  isForeground,
  isTerminal,
  makeRaw,
  restoreMode,
  setWindowSize,
  terminalNumber,
  windowSize,
} from '../../src/native/terminal.ts'
import { ECHO, ECHONL, ICANON, ICRNL, IEXTEN, ISIG, IXON, ONLCR, OPOST, VMIN, VTIME } from '../../src/native/uapi.ts'
import { inTerminal, modeOf, openPty } from './pty.ts'

test('the number is that of the file in /dev/pts, and only a master has one', (t) => {
  const { master, slave, path } = openPty(t)
  assert.equal(`/dev/pts/${terminalNumber(master)}`, path)
  assert.throws(() => terminalNumber(slave), {
    name: 'SyscallError',
    code: 'ENOTTY',
    message: `ioctl(${slave.number}, TIOCGPTN, <4 bytes>): ENOTTY`,
  })
})

test('a size that is set at one end is there at the other', (t) => {
  const { master, slave } = openPty(t)
  assert.deepEqual(windowSize(slave), { columns: 0, rows: 0, widthPixels: 0, heightPixels: 0 })
  setWindowSize(master, { columns: 132, rows: 43 })
  assert.deepEqual(windowSize(slave), { columns: 132, rows: 43, widthPixels: 0, heightPixels: 0 })
  setWindowSize(slave, { columns: 65535, rows: 1, widthPixels: 800, heightPixels: 600 })
  assert.deepEqual(windowSize(master), { columns: 65535, rows: 1, widthPixels: 800, heightPixels: 600 })
  for (const columns of [-1, 65536]) {
    assert.throws(() => setWindowSize(master, { columns, rows: 1 }), RangeError, String(columns))
  }
})

test('a terminal is one at both ends, and nothing else is', (t) => {
  const { master, slave } = openPty(t)
  const [read, write] = pipe()
  assert.deepEqual([master, slave].map(isTerminal), [true, true])
  assert.deepEqual([read, write, openSync('/dev/null', 'r'), 99_999].map(isTerminal), [false, false, false, false])
  read.close()
  write.close()
  assert.equal(isTerminal(read), false)
})

test('without ONLCR a newline comes out as it was written, and nothing else has changed', (t) => {
  const { master, slave } = openPty(t)
  const before = modeOf(slave)
  assert.notEqual(before.oflag & ONLCR, 0)
  clearOnlcr(master)
  assert.deepEqual(modeOf(slave), { ...before, oflag: before.oflag & ~ONLCR })
  writeSync(slave.number, 'a\nb')
  const bytes = Buffer.alloc(10)
  assert.equal(bytes.toString('latin1', 0, readSync(master.number, bytes)), 'a\nb')
})

test('raw: what is typed comes at once, as it is, with no echo; what is written still begins at the left', (t) => {
  const { master, slave } = openPty(t)
  const before = modeOf(slave)
  const saved = makeRaw(slave)
  const raw = modeOf(slave)
  assert.equal(raw.lflag & (ECHO | ECHONL | ICANON | ISIG | IEXTEN), 0)
  assert.equal(raw.iflag & (ICRNL | IXON), 0)
  assert.equal(raw.oflag, before.oflag | OPOST)
  assert.deepEqual([raw.cc.slice(VMIN * 2, VMIN * 2 + 2), raw.cc.slice(VTIME * 2, VTIME * 2 + 2)], ['01', '00'])
  const typed = Buffer.from('\x03\x04\r\x1a\x13\x7f\xff', 'latin1')
  writeSync(master.number, typed)
  const bytes = Buffer.alloc(20)
  assert.deepEqual(bytes.subarray(0, readSync(slave.number, bytes)), typed)
  writeSync(slave.number, '\n')
  assert.equal(bytes.toString('latin1', 0, readSync(master.number, bytes)), '\r\n')
  assert.equal(restoreMode(slave, saved), true)
  assert.deepEqual(modeOf(slave), before)
})

test('what is no terminal has no modes', () => {
  const [read, write] = pipe()
  for (const act of [() => makeRaw(read), () => clearOnlcr(read), () => windowSize(read)]) {
    assert.throws(act, { name: 'SyscallError', syscall: 'ioctl', code: 'ENOTTY' })
  }
  read.close()
  write.close()
})

test('the terminal of another session has no foreground that this process could be out of', (t) => {
  const { slave } = openPty(t)
  assert.equal(isForeground(slave), true)
})

test('the foreground programs of a terminal are told of its new size, and see it', async (t) => {
  const pty = openPty(t)
  const script = 'trap "stty size" WINCH; echo ready; while :; do read -r line; done'
  const { stdio } = inTerminal(t, pty, ['sh', '-c', script])
  assert.equal(stdio[0], null)
  const bytes = Buffer.alloc(1000)
  const until = (text: string) => {
    let seen = ''
    while (!seen.includes(text)) seen += bytes.toString('latin1', 0, readSync(pty.master.number, bytes))
  }
  until('ready')
  setWindowSize(pty.master, { columns: 81, rows: 27 })
  until('27 81')
})
