import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const script = new URL('../../scripts/generate-validator.mjs', import.meta.url)
const { generate, modules } = (await import(script.href)) as {
  generate: (target: string) => Promise<string>
  modules: Record<string, unknown>
}
const textOf = (target: string) => readFileSync(new URL(`../../${target}`, import.meta.url), 'utf8')

for (const target of Object.keys(modules)) {
  test(`${target} is what its schema generates`, async () => {
    assert.ok(
      (await generate(target)) === textOf(target),
      `${target} is out of date: run \`node scripts/generate-validator.mjs\``,
    )
  })

  test(`${target} needs nothing at run time`, () => {
    assert.doesNotMatch(textOf(target), /\brequire\(|\bimport\b/)
  })
}
