// docs/reference/api.d.ts against the types that src/index.ts gives: a change of the public face is seen in review.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const script = new URL('../../scripts/generate-api-reference.mjs', import.meta.url)
const { generate } = (await import(script.href)) as { generate: () => string }
const page = readFileSync(new URL('../../docs/reference/api.d.ts', import.meta.url), 'utf8')

test('the page is what the code gives', () => {
  assert.equal(page, generate(), 'run `node scripts/generate-api-reference.mjs`')
})

test('nothing of the inside is on it', () => {
  assert.doesNotMatch(page, /@internal|(?:class|interface|type) (?:View|Journal|Bus|Actors|Fd|Live)\b/)
})
