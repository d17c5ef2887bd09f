// man/ against the command line's own definitions, and as those who read it render it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { definitions } from '../../src/cli/definitions.ts'
import { verbs } from '../../src/cli/verb.ts'

const script = new URL('../../scripts/generate-man.mjs', import.meta.url)
const { generate, listed } = (await import(script.href)) as {
  generate: () => Promise<Map<string, string>>
  listed: (pages: Map<string, string>) => string[]
}
const folder = fileURLToPath(new URL('../../man/', import.meta.url))
const names = readdirSync(folder)
const pages = names.map((name) => `${folder}${name}`)
const again = 'run `node --import tsx scripts/generate-man.mjs`'

function missing(program: string): string | false {
  return spawnSync(program, ['--version']).error === undefined ? false : `${program} is missing`
}

test('the pages are what the definitions give', async () => {
  const current = Object.fromEntries(names.map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')]))
  assert.deepEqual(current, Object.fromEntries(await generate()), again)
})

test('the package lists them', async () => {
  const { man, files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    man: string[]
    files: string[]
  }
  assert.deepEqual(man, listed(await generate()), again)
  assert.ok(files.includes('man'))
})

test('a page of its own for every command that is for people', () => {
  const commands = verbs
    .filter(({ hidden }) => hidden !== true)
    .flatMap((entry) => ('verbs' in entry ? entry.verbs.map(({ name }) => `${entry.name}-${name}`) : [entry.name]))
    .map((name) => `stator-${name}.8`)
  assert.deepEqual(names.sort(), ['stator.8', ...commands].sort())
})

/** As a terminal shows it, in lines of 200 letters, without bold and underlined ones. */
function rendered(page: string): string {
  const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=200', page], { encoding: 'utf8' })
  // Struck over: a letter, a backspace, a letter.
  const [last = '', ...parts] = stdout.split('\b').reverse()
  return [...parts.reverse().map((part) => part.slice(0, -1)), last].join('')
}

test('mandoc has nothing to say of them', { skip: missing('mandoc') }, () => {
  const { stdout, stderr, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages], {
    encoding: 'utf8',
  })
  assert.deepEqual({ stdout, stderr, status }, { stdout: '', stderr: '', status: 0 })
})

test('man has nothing to say of them', { skip: missing('man') }, () => {
  for (const page of pages) {
    const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-l', page], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', LC_ALL: 'C.UTF-8', MANWIDTH: '80' },
    })
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 }, page)
    assert.match(stdout, /NAME/)
  }
})

test(
  'every argument and every flag stands on the page, with its description',
  { skip: missing('mandoc') },
  async () => {
    const program = await definitions()
    const visible = program.createHelp().visibleCommands(program)
    const commands = visible.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]))
    for (const command of [program, ...commands]) {
      const group = visible.includes(command) ? '' : `${command.parent?.name()}-`
      const name = command === program ? 'stator' : `stator-${group}${command.name()}`
      const text = rendered(`${folder}${name}.8`)
      const flat = text.replace(/\s+/g, ' ')
      for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'SEE ALSO'])
        assert.match(text, new RegExp(`^${section}$`, 'm'), name)
      for (const { short, long, description } of command.createHelp().visibleOptions(command)) {
        assert.ok(flat.includes(short ? `${short}, ${long}` : `${long}`), `${name} ${long}`)
        const words = description.slice(1).replaceAll('`', '"').replace(/\s+/g, ' ')
        assert.ok(flat.includes(words), `${name} ${long}: ${words}`)
      }
      for (const { description } of command.registeredArguments) assert.ok(flat.includes(description.slice(1)), name)
    }
  },
)

test('what macros would take for something else is text', { skip: missing('mandoc') }, () => {
  const text = rendered(`${folder}stator-exec.8`)
  assert.match(text, /--cgroup \[controller,…:\]path$/m)
  assert.match(text, /--user uid\[:gid\]$/m)
  assert.match(rendered(`${folder}stator-update.8`), /--cpu-idle 0\|1$/m)
})
