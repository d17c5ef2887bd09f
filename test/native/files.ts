// Files for tests, gone with the test.

import { readlinkSync, mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { Fd } from '../../src/native/fd.ts'
import { syscall } from '../../src/native/libc.ts'

/** A file in memory. */
export function memfdOfBytes(t: TestContext, bytes: Uint8Array, name = 'stator-test'): { fd: number; path: string } {
  const file = new Fd(syscall('memfd_create', name, 1))
  t.after(() => file.close())
  writeSync(file.number, bytes)
  return { fd: file.number, path: readlinkSync(`/proc/self/fd/${file.number}`) }
}

/** A folder. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-native-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
