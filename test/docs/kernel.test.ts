// docs/kernel.md against the code: the system calls that are made stand in it, those of plans in both directions; and each rule that
// applies is named by a test.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { syscalls } from '../../src/native/syscalls.ts'

const page = readFileSync(new URL('../../docs/kernel.md', import.meta.url), 'utf8')
const numbers = syscalls.x86_64

/** Names of system calls among the string literals of a folder. */
function called(folder: string, pattern: RegExp): Set<string> {
  const root = new URL(`../../src/${folder}/`, import.meta.url)
  const files = (readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'))
  const names = files.flatMap((name) =>
    [...readFileSync(new URL(name, root), 'utf8').matchAll(pattern)].map(([, found = '']) => found),
  )
  return new Set(names.filter((name) => numbers[name] !== undefined))
}

/** The names in the first column of a table that begins after this line. */
function documented(after: string): Set<string> {
  const start = page.indexOf(after)
  assert.notEqual(start, -1, after)
  const table = page.slice(start).split('\n\n')[1] ?? ''
  const cells = table.split('\n').map((line) => line.split('|')[1] ?? '')
  const words = cells.flatMap((cell) => [...cell.matchAll(/`([a-z_0-9]+)/g)].map(([, found = '']) => found))
  return new Set(words.filter((name) => numbers[name] !== undefined))
}

const sorted = (names: Set<string>) => [...names].sort()

test('the calls of plans', () => {
  const words = called('plan/compile', /'([a-z_0-9]+)'/g)
  // Namespaces, file systems, options and labels that have the name of a call.
  for (const name of ['mount', 'bind', 'exit', 'sysfs', 'time', 'statfs', 'sync', 'open', 'pipe']) words.delete(name)
  assert.deepEqual(sorted(documented('By the plan, in the order')), sorted(words))
})

test('the calls of the runtime', () => {
  const made = new Set([
    ...called('native', /syscall(?:Result)?\(\s*'([a-z_0-9]+)'/g),
    ...called('actors', /syscall(?:Result)?\(\s*'([a-z_0-9]+)'/g),
    ...called('runtime', /syscall(?:Result)?\(\s*'([a-z_0-9]+)'/g),
  ])
  // What doctor tries, and what tests and plans share, stands in the other table.
  const known = new Set([...documented('By the plan, in the order'), ...documented('By the runtime:')])
  assert.deepEqual(
    sorted(made).filter((name) => !known.has(name) && !small.has(name)),
    [],
  )
})

/** Of no interest to who asks which kernel is needed. */
const small = new Set([
  'getpid',
  'kill',
  'statfs',
  'sched_getaffinity',
  'sched_setaffinity',
  'pidfd_getfd',
  'readlinkat',
])

const rules = new URL('../e2e/kernel-rules.test.ts', import.meta.url)

test(
  'each rule that applies is named by a test',
  { skip: existsSync(rules) ? false : 'test/e2e/kernel-rules.test.ts' },
  () => {
    const tests = new URL('../', import.meta.url)
    const titles = (readdirSync(tests, { recursive: true }) as string[])
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(new URL(name, tests), 'utf8'))
      .join('\n')
    const applying = [...page.matchAll(/^\| (\d+) \|.*\| (.*) \|$/gm)].filter(([, , files = '']) => files !== '')
    assert.ok(applying.length >= 20)
    for (const [, number] of applying) assert.match(titles, new RegExp(`rule ${number}\\b`), `rule ${number}`)
  },
)
