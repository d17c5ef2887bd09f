// The guides quote examples/: that they quote them as they are, and that these print what the guides say.
//
// Runs alone: it makes containers.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const script = new URL('../../scripts/generate-examples.mjs', import.meta.url)
const { withExamples } = (await import(script.href)) as { withExamples: (page: string) => string }
const repository = fileURLToPath(new URL('../../', import.meta.url))
const guides = readdirSync(join(repository, 'docs/guide')).map((name) => `docs/guide/${name}`)
const skip = process.platform === 'linux' && process.getuid?.() === 0 ? false : 'root'

for (const guide of guides) {
  const page = readFileSync(join(repository, guide), 'utf8')

  test(`${guide} quotes the examples as they are`, () => {
    assert.equal(page, withExamples(page), 'run `node --import tsx scripts/generate-examples.mjs`')
  })

  for (const [, example = '', printed = ''] of page.matchAll(/<!-- output: (\S+) -->\n```\n([^]*?)```/g)) {
    test(`${example} prints what ${guide} says`, { skip }, () => {
      const root = mkdtempSync(join(tmpdir(), 'example-'))
      try {
        const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', example, root], {
          cwd: repository,
          encoding: 'utf8',
          timeout: 60_000,
        })
        assert.equal(status, 0, stderr)
        assert.equal(withoutNumbers(stdout), withoutNumbers(printed))
      } finally {
        rmSync(root, { recursive: true })
      }
    })
  }
}

test('an example in JavaScript runs in every Node.js, as it is and without using', () => {
  const plain = readdirSync(join(repository, 'examples')).filter((name) => name.endsWith('.mjs'))
  assert.notDeepEqual(plain, [])
  for (const name of plain) {
    const path = join(repository, 'examples', name)
    // Who reads it is Node itself, without tsx. A newer one than 20 would take `await using`.
    const { status, stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(readFileSync(path, 'utf8').replace(/^\/\/.*$/gm, ''), /\busing\b/, name)
  }
})

test('README.md shows its example as it is', () => {
  const example = readFileSync(join(repository, 'examples/readme.ts'), 'utf8').replace(/^(\/\/.*\n)+\n/, '')
  assert.ok(readFileSync(join(repository, 'README.md'), 'utf8').includes(`\`\`\`ts\n${example}\`\`\`\n`))
})

test('an example begins with what it is for', () => {
  for (const name of readdirSync(join(repository, 'examples')))
    assert.match(readFileSync(join(repository, 'examples', name), 'utf8'), /^\/\/ [A-Z]/, name)
})

/** Times, durations and numbers of events differ from run to run. */
function withoutNumbers(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/\d+(\.\d+)?/g, 'N')
}
