// An error as one line, and as fields.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatorError } from '../../src/errors.ts'
import { errorFields, errorLine, errorStack, oneLine } from '../../src/cli/report.ts'

const place = { stage: 'confining', step: 'mount proc at /proc', stepIndex: 88, syscall: 'fsmount', errno: 'EPERM' }

test('what was asked for, what happened, and where it comes from', () => {
  const error = new StatorError('ERR_STATOR_STAGE', 'mount proc at /proc: EPERM', { ...place, pointer: 'mounts[0]' })
  assert.equal(errorLine(error, 'create web'), 'create web: mount proc at /proc: EPERM (mounts[0])')
})

test('nothing is said twice', () => {
  const error = new StatorError('ERR_STATOR_CONFIG', 'process.cwd: must be an absolute path', {
    pointer: 'process.cwd',
  })
  assert.equal(errorLine(error, 'plan'), 'plan: process.cwd: must be an absolute path')
  assert.equal(errorLine(new StatorError('ERR_STATOR_TIMEOUT', 'start web: late'), 'start web'), 'start web: late')
})

test('an error without a place has no brackets', () => {
  assert.equal(errorLine(new StatorError('ERR_STATOR_ID', 'id: empty'), 'run'), 'run: id: empty')
  assert.equal(errorLine(new StatorError('ERR_STATOR_ID', 'id: empty', { pointer: '' }), 'run'), 'run: id: empty')
})

test('what is no StatorError is called a bug', () => {
  assert.match(errorLine(new TypeError('x is not a function'), 'plan'), /^plan: TypeError: x is .* bug of Stator/)
  assert.match(errorLine('thrown text', 'plan'), /^plan: thrown text \(.*bug/)
})

test('all fields, for a program', () => {
  const cause = new Error('fsmount(3): EPERM')
  const error = new StatorError('ERR_STATOR_STAGE', 'mount', { ...place, pointer: 'mounts[0]', path: '/x' }, { cause })
  assert.deepEqual(errorFields(error), {
    code: 'ERR_STATOR_STAGE',
    message: 'mount',
    ...place,
    pointer: 'mounts[0]',
    path: '/x',
    cause: 'fsmount(3): EPERM',
  })
  assert.deepEqual(Object.keys(errorFields(new TypeError('x'))), ['message', 'stack'])
  assert.deepEqual(errorFields('text'), { message: 'text' })
})

test('where it was made, with its causes', () => {
  const error = new StatorError('ERR_STATOR_STAGE', 'outer', {}, { cause: new Error('inner', { cause: 'root' }) })
  assert.match(errorStack(error), /^StatorError: outer\n(?:.*\n)+caused by: Error: inner\n(?:.*\n)+caused by: 'root'$/)
})

test('one line, whatever it quotes', () => {
  assert.equal(oneLine('hook failed:\n  first\r\n\nsecond\n'), 'hook failed:; first; second')
  assert.equal(oneLine('a\u001b[2Jb\u0000\tc\u009b'), 'a\\x1b[2Jb\\x00\\x09c\\x9b')
  assert.equal(oneLine('grün — 木'), 'grün — 木')
})
