// docs/reference/cli.md against the command line's own definitions.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { verbs } from '../../src/cli/verb.ts'

const script = new URL('../../scripts/generate-cli-reference.mjs', import.meta.url)
const { generate } = (await import(script.href)) as { generate: () => Promise<string> }
const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8')

test('the page is what the definitions give', async () => {
  assert.equal(page, await generate(), 'run `node --import tsx scripts/generate-cli-reference.mjs`')
})

test('every command is on it, and what is not for people is not', () => {
  const sections = [...page.matchAll(/^## stator (.+)$/gm)].map(([, name]) => name)
  assert.deepEqual(
    sections,
    verbs
      .filter(({ hidden }) => hidden !== true)
      .flatMap((entry) => ('verbs' in entry ? entry.verbs.map(({ name }) => `${entry.name} ${name}`) : [entry.name])),
  )
})

test('each flag says what it means', () => {
  for (const [, name, meaning] of page.matchAll(/^\| (`[^`]*`) \| (.*) \|$/gm))
    assert.notEqual(meaning?.trim(), '', name)
})
