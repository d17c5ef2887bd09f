// Folders with what is missing above them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeFolders } from '../../src/native/folder.ts'

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'stator-folder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('makes all that are missing, with their mode, and says which was the first', (t) => {
  const folder = scratch(t)
  assert.equal(makeFolders(join(folder, 'a/b/c'), 0o700), join(folder, 'a'))
  for (const made of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(folder, made)).mode & 0o777, 0o700)
  assert.equal(makeFolders(join(folder, 'a/b/c')), undefined)
  assert.equal(makeFolders(join(folder, 'a/x/../y')), join(folder, 'a/y'))
  assert.equal(makeFolders('/'), undefined)
})

test('a symbolic link to a folder is one; one that leads nowhere is not', (t) => {
  const folder = scratch(t)
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'link'))
  symlinkSync('nowhere', join(folder, 'broken'))
  assert.equal(makeFolders(join(folder, 'link/x')), join(folder, 'link/x'))
  assert.throws(() => makeFolders(join(folder, 'broken/x')), { code: 'ENOTDIR', syscall: 'mkdir' })
})

test('what cannot be made is an error with its folder, also where the kernel says ENOENT', (t) => {
  const folder = scratch(t)
  // Node's own recursive mkdir never returns from this one.
  assert.throws(() => makeFolders('/proc/stator/x'), { code: 'ENOENT', message: 'mkdir("/proc/stator"): ENOENT' })
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => makeFolders(join(folder, 'file')), { code: 'EEXIST' })
  assert.throws(() => makeFolders(join(folder, 'file/x')), { code: 'ENOTDIR', message: /file"\): ENOTDIR$/ })
})
