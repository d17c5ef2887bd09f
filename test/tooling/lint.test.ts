// The linter is set up to find what it is there for: a rule that is off, or that needs types it does not get, is silent.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

const faults = {
  'typescript(no-floating-promises)': 'export const floating = () => { Promise.resolve() }',
  'typescript(no-misused-promises)': 'export const misused = (list: number[]) => list.forEach(async () => {})',
  'typescript(switch-exhaustiveness-check)':
    "export const cases = (x: 'a' | 'b') => { let y = 0; switch (x) { case 'a': y = 1 } return y }",
  'typescript(only-throw-error)': "export const thrower = () => { throw 'text' }",
  'eslint(no-console)': "export const loud = () => console.log('x')",
  'import(no-cycle)': "import './other.ts'",
  'import(no-default-export)': 'export default 1',
}

test('each rule that the project counts on finds its fault', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(repository, name), join(folder, name))
  mkdirSync(join(folder, 'src'))
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'src/faults.ts'), Object.values(faults).join('\n'))
  writeFileSync(join(folder, 'src/other.ts'), "import './faults.ts'")

  const oxlint = join(repository, 'node_modules/.bin/oxlint')
  const { status, stdout } = spawnSync(oxlint, ['--type-aware', '--format', 'unix'], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 1)
  for (const rule of Object.keys(faults)) assert.ok(stdout.includes(rule), `${rule} in\n${stdout}`)
})
