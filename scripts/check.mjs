// `npm run check`: everything about the sources that can be said without running them. All of it, two at a time, also when
// something has failed.
//
//   node scripts/check.mjs [NAME ...]     only these: types lint format unused package rows

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => `node_modules/.bin/${name}`
const scratch = mkdtempSync(join(tmpdir(), 'stator-check-'))

// The longest first.
const checks = {
  types: () => run(bin('tsc'), '-p', '.'),
  unused: () => run(bin('knip'), '--no-progress', '--treat-config-hints-as-errors'),
  format: () => run(bin('prettier'), '--check', '--log-level', 'warn', '.'),
  package: async () => {
    const packed = await run(process.execPath, 'scripts/package.mjs', scratch)
    if (packed.status !== 0) return packed
    return run(bin('publint'), 'run', '--strict', packed.output.trim().split('\n').at(-1))
  },
  lint: () => run(bin('oxlint'), '--type-aware', '--deny-warnings', '--quiet'),
  rows: () => run(process.execPath, '--import', 'tsx', '--test-reporter', 'spec', 'test/architecture.test.ts'),
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks)
const unknown = wanted.find((name) => !Object.hasOwn(checks, name))
if (unknown !== undefined) {
  console.error(`check: no check "${unknown}" (${Object.keys(checks).join(' ')})`)
  process.exit(2)
}

let failed = 0
const queue = [...wanted]
await Promise.all(
  [1, 2].map(async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const start = performance.now()
      const { status, output } = await checks[name]()
      const time = `${((performance.now() - start) / 1000).toFixed(1)} s`
      console.log(status === 0 ? `✔ ${name} (${time})` : `✖ ${name} (${time})\n${output.trim().replace(/^/gm, '    ')}`)
      if (status !== 0) failed++
    }
  }),
)
rmSync(scratch, { recursive: true })
console.log(failed === 0 ? 'check: all passed' : `check: ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run(program, ...args) {
  return new Promise((resolve) => {
    // An outer test runner's variable would change how the rows are reported.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => resolve({ status: 1, output: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}
