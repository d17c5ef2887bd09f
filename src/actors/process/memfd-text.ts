// Text in a memfd that a hook reads or writes at an offset of its own.

import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import type { Fd } from '../../native/fd.ts'

/** What hooks printed is quoted in errors and events: this much of it. */
const LONGEST = 65536

export function writeAll(file: Fd, text: string): void {
  ftruncateSync(file.number, 0)
  writeSync(file.number, text, 0)
}

export function readAll(file: Fd): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(file.number).size, LONGEST))
  readSync(file.number, bytes, 0, bytes.length, 0)
  return bytes.toString('utf8')
}
