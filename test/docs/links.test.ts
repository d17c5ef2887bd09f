// Every page: relative links lead to files that are there and to headings that they have, and files that are named exist.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

const pages = [
  ...readdirSync(repository).filter((name) => name.endsWith('.md')),
  ...(readdirSync(join(repository, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** Of what a reader could open; `dist/` and `build/` are made. */
const folders = readdirSync(repository, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['dist', 'build', 'node_modules', '.git'].includes(entry.name))
  .map(({ name }) => name)

for (const page of pages) {
  const text = readFileSync(join(repository, page), 'utf8')
  const prose = withoutBlocks(text)

  test(`links of ${page}`, () => {
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', anchor] = target.split('#', 2)
      const file = path === '' ? page : join(dirname(page), path)
      assert.ok(existsSync(join(repository, file)), `${target}: no such file`)
      if (anchor !== undefined) {
        const headings = anchorsOf(readFileSync(join(repository, file), 'utf8'))
        assert.ok(headings.includes(anchor), `${target}: no such heading; there are ${headings.join(', ')}`)
      }
    }
  })

  test(`files that ${page} names`, () => {
    for (const [, name = ''] of prose.matchAll(/`([^`\n]+)`/g)) {
      if (looksLikePath(name)) assert.ok(existsSync(join(repository, name)), `\`${name}\`: no such file`)
    }
  })
}

test('a missing file and a missing heading are found', () => {
  assert.ok(looksLikePath('src/errors.ts') && looksLikePath('test/e2e/') && looksLikePath('docs/decisions'))
  for (const name of [
    'test/**/*.test.ts',
    'src/actors/<stage>/',
    'npm test',
    'exec/',
    '/proc/PID/exe',
    'src/a.ts src/b.ts',
  ])
    assert.ok(!looksLikePath(name), name)
  assert.deepEqual(anchorsOf('# The end\n\n```\n# not\n```\n## 5. `a` and *b*, c\n## The end\n'), [
    'the-end',
    '5-a-and-b-c',
    'the-end-1',
  ])
})

/** `src/errors.ts`, `test/e2e/`; not with wildcards or places to fill in. */
function looksLikePath(name: string): boolean {
  const [first = ''] = name.split('/', 1)
  return name.includes('/') && folders.includes(first) && /^[\w./@-]+$/.test(name)
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
    const anchor = plain.trim().replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

function withoutBlocks(text: string): string {
  return text.replace(/^(```|~~~)[^]*?^\1/gm, '')
}
