// docs/reference/errors.md against src/errors.ts, and the codes against the code: each is thrown somewhere.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorCodes } from '../../src/errors.ts'

const script = new URL('../../scripts/generate-errors-reference.mjs', import.meta.url)
const { generate } = (await import(script.href)) as { generate: () => string }
const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
const source = new URL('../../src/', import.meta.url)

test('the page is what the code gives', () => {
  assert.equal(page, generate(), 'run `node --import tsx scripts/generate-errors-reference.mjs`')
})

test('every code is on it', () => {
  const documented = [...page.matchAll(/^\| `(ERR_\w+)` \|/gm)].map(([, code]) => code)
  assert.deepEqual(documented, Object.keys(errorCodes))
})

test('every code is used, and no other', () => {
  const files = (readdirSync(source, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'))
  const code = files.filter((name) => name !== 'errors.ts').map((name) => readFileSync(new URL(name, source), 'utf8'))
  const used = new Set(code.flatMap((text) => [...text.matchAll(/'(ERR_STATOR_\w+)'/g)].map(([, name = '']) => name)))
  assert.deepEqual(
    [...used].sort((a, b) => a.localeCompare(b)),
    Object.keys(errorCodes).sort((a, b) => a.localeCompare(b)),
  )
})
