// What may stand where the cursor is, from the definitions and a list of containers.

import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import { complete, fitting, type Completion } from '../../src/cli/completing.ts'
import { definitions } from '../../src/cli/definitions.ts'
import { verbs } from '../../src/cli/verb.ts'
import { capabilities } from '../../src/native/uapi.ts'
import type { Outline } from '../../src/runtime/outline.ts'

const containers: readonly Outline[] = [
  { id: 'made', status: 'created' },
  { id: 'web', status: 'running' },
  { id: 'held', status: 'paused' },
  { id: 'over', status: 'stopped' },
  { id: 'changing', status: null },
]

/** The last word is being typed. */
async function at(...words: readonly string[]): Promise<Completion & { roots: (string | undefined)[] }> {
  const roots: (string | undefined)[] = []
  const found = await complete(await definitions(''), words, {
    define: async (name) => (await definitions(name)).commands.find((command) => command.name() === name)!,
    containers(root) {
      roots.push(root)
      return containers
    },
  })
  return { ...found, roots }
}

async function wordsAt(...words: readonly string[]): Promise<string[]> {
  const found = await at(...words)
  assert.equal(found.kind, 'words')
  return found.kind === 'words' ? found.words.map(({ value }) => value) : []
}

test('the commands, without those that are not for people, with what they do', async () => {
  const found = await at('')
  assert.deepEqual(
    found.kind === 'words' && found.words,
    verbs.filter(({ hidden }) => hidden !== true).map(({ name, summary }) => ({ value: name, description: summary })),
  )
  assert.deepEqual(await wordsAt('--debug', '--root', '/r', ''), await wordsAt(''))
})

test('every flag of every command, and the global ones before it, but for hidden ones', async () => {
  const program = await definitions()
  const long = (command: typeof program) =>
    command
      .createHelp()
      .visibleOptions(command)
      .map((option) => option.long)
  assert.deepEqual(await wordsAt('-'), long(program))
  assert.ok(!(await wordsAt('-')).includes('--criu'))
  for (const command of program.commands) {
    if (verbs.find(({ name }) => name === command.name())?.hidden === true) continue
    assert.deepEqual(await wordsAt(command.name(), '--'), long(command), command.name())
  }
})

test('commands of a group, and what each of them takes', async () => {
  assert.deepEqual(await wordsAt('seccomp', ''), ['explain', 'diff', 'record'])
  assert.deepEqual(await wordsAt('seccomp', 'explain', '--format', ''), ['text', 'json'])
  assert.equal((await at('seccomp', 'diff', '')).kind, 'files')
  assert.deepEqual(await wordsAt('seccomp', 'frob', ''), [])
})

test('a flag that stands there already is not offered again, unless it has a value', async () => {
  const flags = await wordsAt('exec', '--tty', '-d', '--env', 'A=1', '-')
  assert.ok(!flags.includes('--tty') && !flags.includes('--detach'))
  assert.ok(flags.includes('--env'))
})

test('values of a flag: its choices, files, folders, signals, capabilities', async () => {
  assert.deepEqual(await wordsAt('--log-format', ''), ['text', 'json'])
  assert.deepEqual(await wordsAt('--log-format=j'), ['text', 'json'])
  assert.deepEqual(await wordsAt('plan', '--role', ''), ['keeper', 'stage', 'init'])
  assert.deepEqual(await wordsAt('chart', '--format='), ['mermaid', 'json'])
  assert.equal((await at('--root', '')).kind, 'folders')
  assert.equal((await at('--log=')).kind, 'files')
  assert.equal((await at('run', '-b', '')).kind, 'folders')
  assert.equal((await at('exec', '--pid-file', '')).kind, 'files')
  assert.equal((await at('exec', '--console-socket=')).kind, 'files')
  assert.deepEqual(await wordsAt('stop', '--signal', ''), Object.keys(constants.signals))
  assert.deepEqual(await wordsAt('exec', '--cap', ''), capabilities)
  // A folder of the container.
  assert.deepEqual(await wordsAt('exec', '--cwd', ''), [])
  assert.deepEqual(await wordsAt('exec', '--user', ''), [])
})

test('values of an argument', async () => {
  assert.deepEqual(await wordsAt('chart', ''), ['container', 'exec'])
  assert.deepEqual(await wordsAt('completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(await wordsAt('kill', 'web', ''), Object.keys(constants.signals))
  assert.equal((await at('plan', '')).kind, 'folders')
  assert.deepEqual(await wordsAt('kill', 'web', 'TERM', ''), ['--all', '--help'])
})

test('containers in a status that fits the command, of the root that is typed before', async () => {
  const cases: [words: string[], ids: string[]][] = [
    [['start'], ['made']],
    [['exec'], ['made', 'web']],
    [
      ['exec', '-u', '0:0', '-t'],
      ['made', 'web'],
    ],
    [
      ['kill', '--all'],
      ['made', 'web', 'held'],
    ],
    [['resume'], ['held']],
    [['delete'], ['made', 'over']],
    [
      ['delete', '--force'],
      ['made', 'web', 'held', 'over'],
    ],
    [['logs'], ['made', 'web', 'held', 'over']],
    [
      ['watch', 'web'],
      ['made', 'held', 'over'],
    ],
  ]
  for (const [words, ids] of cases) assert.deepEqual(await wordsAt(...words, ''), [...ids, 'changing'], words.join(' '))
  const { roots } = await at('--root', '/some/where', 'start', '')
  assert.deepEqual(roots, ['/some/where'])
  assert.deepEqual((await at('start', '')).roots, [undefined])
})

test('a new name is nobody’s to guess, and the program is the container’s', async () => {
  for (const words of [['create'], ['run'], ['restore'], ['exec', 'web'], ['exec', 'web', 'ls'], ['run', 'new']])
    assert.deepEqual(await wordsAt(...words, ''), [], words.join(' '))
  assert.deepEqual(await wordsAt('exec', 'web', 'ls', '-'), [])
  assert.deepEqual(await wordsAt('exec', '--', '-'), ['made', 'web', 'changing'])
})

test('what is wrong already has no continuation', async () => {
  assert.deepEqual(await wordsAt('nosuch', ''), [])
  assert.deepEqual(await wordsAt('plan', '--nosuch='), [])
  // Not a number, not a choice: it is not complete that is asked to judge.
  assert.deepEqual(await wordsAt('--log-format', 'loud', 'run', '--preserve-fds', 'many', '--stdio', ''), [
    'inherit',
    'log',
    'ignore',
  ])
})

test('the table of statuses knows no command that does not exist', () => {
  for (const name of Object.keys(fitting))
    assert.ok(
      verbs.some((verb) => verb.name === name),
      name,
    )
})
