// docs/reference/plan.md against the code: what it quotes, and the operations, policies, roles and sync points that it explains.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { syncPoint } from '../../src/plan/compile/sync.ts'
import { op } from '../../src/plan/layout.ts'

const page = readFileSync(new URL('../../docs/reference/plan.md', import.meta.url), 'utf8')

test('the excerpts are what the printer prints', async () => {
  const script = new URL('../../scripts/generate-excerpts.mjs', import.meta.url)
  const { withExcerpts } = (await import(script.href)) as { withExcerpts: (page: string) => string }
  assert.equal(page, withExcerpts(page), 'run `node --import tsx scripts/generate-excerpts.mjs`')
})

test('every operation is explained, and no other', () => {
  const table = page.slice(page.indexOf('| operation |')).split('\n\n')[0] ?? ''
  const explained = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
  assert.deepEqual(explained.sort(), Object.keys(op).sort())
})

test('every sync point is named, with its number', () => {
  for (const [name, number] of Object.entries(syncPoint)) assert.ok(page.includes(`*${name}* (${number})`), name)
})
