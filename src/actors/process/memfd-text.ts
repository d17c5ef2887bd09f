// Text in a memfd that a hook reads or writes at an offset of its own.

import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import type { Fd } from '../../native/fd.ts'

export function writeAll(file: Fd, text: string): void {
  ftruncateSync(file.number, 0)
  writeSync(file.number, text, 0)
}

/** From one place to another, or to where it ends; at most so many bytes. */
export function readText(file: Fd, from: number, to: number, longestBytes: number): string {
  const end = Math.min(to, fstatSync(file.number).size)
  const bytes = Buffer.alloc(Math.max(0, Math.min(end - from, longestBytes)))
  const count = readSync(file.number, bytes, 0, bytes.length, from)
  return bytes.toString('utf8', 0, count)
}
