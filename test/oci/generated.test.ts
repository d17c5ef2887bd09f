import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the checked-in validator is what the schema generates', async () => {
  const script = new URL('../../scripts/generate-validator.mjs', import.meta.url)
  const { generate } = (await import(script.href)) as { generate: () => Promise<string> }
  const target = new URL('../../src/oci/generated/validate-config.js', import.meta.url)
  assert.ok(
    (await generate()) === readFileSync(target, 'utf8'),
    'src/oci/generated/validate-config.js is out of date: run `node scripts/generate-validator.mjs`',
  )
})

test('it needs nothing at run time', () => {
  const text = readFileSync(new URL('../../src/oci/generated/validate-config.js', import.meta.url), 'utf8')
  assert.doesNotMatch(text, /\brequire\(|\bimport\b/)
})
