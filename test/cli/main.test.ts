// argv to command: flags, help, errors, the log.

import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { verbs } from '../../src/cli/verb.ts'
import { folder, stator } from './support.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

test('--help lists the commands and the flags, and ends with 0', async () => {
  const { code, stdout, stderr } = await stator('--help')
  assert.equal(code, 0)
  assert.equal(stderr, '')
  for (const { name, hidden } of verbs) {
    assert.equal(new RegExp(`^  ${name} `, 'm').test(stdout), hidden !== true, name)
  }
  for (const flag of ['--root', '--log', '--log-format', '--debug', '--version']) assert.ok(stdout.includes(flag), flag)
})

test('no command: the help on stderr, and 1', async () => {
  const { code, stdout, stderr } = await stator()
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /^Usage: stator/)
})

test('help of one command, in both ways', async () => {
  const { code, stdout } = await stator('plan', '--help')
  assert.equal(code, 0)
  assert.match(stdout, /^Usage: stator plan .*\n(?:.*\n)*.*--role/)
  assert.deepEqual(await stator('help', 'plan'), { code, stdout, stderr: '' })
})

test('--version begins as engines read it', async () => {
  const { code, stdout } = await stator('--version')
  assert.equal(code, 0)
  const { version } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8')) as { version: string }
  assert.match(stdout, new RegExp(`^stator version ${version}\nspec: 1\\.\\d+\\.\\d+\nnode: v`))
})

test('a wrong command line is one line and 1', async () => {
  const cases: [argv: string[], line: string][] = [
    [['plna'], "stator: unknown command 'plna' (Did you mean plan?)\n"],
    [['pause', 'web'], 'stator: pause web: pause is not available yet\n'],
    [['--rot', 'x', 'plan'], "stator: unknown option '--rot' (Did you mean --root?)\n"],
    [['plan', '--jsno'], "stator: plan: unknown option '--jsno' (Did you mean --json?)\n"],
    [
      ['plan', '--role', 'x'],
      "stator: plan: option '--role <role>' argument 'x' is invalid. Allowed choices are keeper, stage, init\n",
    ],
    [['plan', 'a', 'b'], "stator: plan: too many arguments for 'plan'. Expected 1 argument but got 2\n"],
  ]
  for (const [argv, line] of cases) assert.deepEqual(await stator(...argv), { code: 1, stdout: '', stderr: line })
})

test('an error is one line on stderr', async (t) => {
  const bundle = folder(t)
  const { code, stdout, stderr } = await stator('plan', bundle)
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.equal(
    stderr,
    `stator: plan ${bundle}: read "${bundle}/config.json": ENOENT (a bundle is a folder with a config.json; "stator spec" writes one)\n`,
  )
})

test('--log-format json: the error with all its fields', async (t) => {
  const bundle = folder(t)
  writeFileSync(join(bundle, 'config.json'), '{"ociVersion":"1.0.2","root":{"path":"r"},"process":{"args":["x"]}}')
  const { stderr } = await stator('--log-format', 'json', 'plan', bundle)
  const { time, ...fields } = JSON.parse(stderr) as Record<string, string>
  assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 60_000)
  const message = 'process.cwd: is required'
  assert.equal(fields['level'], 'error')
  assert.equal(fields['msg'], `plan ${bundle}: ${fields['message']}`)
  assert.equal(fields['code'], 'ERR_STATOR_CONFIG')
  assert.equal(fields['pointer'], 'process.cwd')
  assert.ok(message.startsWith('process.cwd'))
})

test('--log: appended to the file, for its owner only, and the line on stderr all the same', async (t) => {
  const log = join(folder(t), 'log')
  const first = await stator('--log', log, 'plan', '/nowhere')
  await stator('--log', log, '--log-format', 'json', 'plan', '/nowhere')
  assert.equal(first.stderr, 'stator: plan /nowhere: read "/nowhere/config.json": ENOENT (there is no such folder)\n')
  const [text = '', json = '', end] = readFileSync(log, 'utf8').split('\n')
  assert.match(
    text,
    /^time="\d{4}-\d\d-.*Z" level=error msg="plan \/nowhere: read .*ENOENT \(there is no such folder\)"$/,
  )
  assert.equal((JSON.parse(json) as { errno: string }).errno, 'ENOENT')
  assert.equal(end, '')
  assert.equal(statSync(log).mode & 0o777, 0o600)
})

test('a log that cannot be written hides no error', async () => {
  const { code, stderr } = await stator('--log', '/nowhere/log', 'plan', '/nowhere')
  assert.equal(code, 1)
  assert.match(stderr, /^stator: plan: log to "\/nowhere\/log": ENOENT\n$/)
})

test('--debug says what was ignored, and where an error was made', async (t) => {
  const bundle = folder(t)
  await stator('spec', '--bundle', bundle)
  const file = join(bundle, 'config.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{ "unheardOf": 1,'))
  assert.equal((await stator('plan', bundle)).stderr, '')
  const { code, stderr } = await stator('--debug', 'plan', bundle)
  assert.equal(code, 0)
  assert.equal(stderr, 'stator: debug: config.json: unheardOf: not in the specification, ignored\n')
  assert.match(
    (await stator('--debug', 'plan', '/nowhere')).stderr,
    /ENOENT .*\nStatorError: .*\n +at (?:.*\n)+caused by/,
  )
})

test('global flags stand before the command, so that a program can have its own', async () => {
  const { code, stderr } = await stator('plan', '--debug')
  assert.equal(code, 1)
  assert.match(stderr, /unknown option '--debug'/)
})

/** The packages that importing a source file loads, its dynamic imports left out. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue
    const specifier = statement.moduleSpecifier
    const isType = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly
    if (specifier === undefined || !ts.isStringLiteral(specifier) || isType || specifier.text.startsWith('node:'))
      continue
    const inner = specifier.text.startsWith('.') ? packagesOf(resolve(dirname(file), specifier.text), seen) : []
    for (const name of specifier.text.startsWith('.') ? inner : [specifier.text]) packages.add(name)
  }
  return packages
}

test('each command loads what it needs, and only when it is asked for', () => {
  const loads = (file: string) => [...packagesOf(`${repository}src/cli/${file}`)].sort()
  assert.deepEqual(loads('main.ts'), ['commander'])
  assert.deepEqual(loads('commands/plan.ts'), ['commander', 'lossless-json'])
  for (const name of ['run', 'spec', 'chart', 'doctor', 'features', 'complete', 'completion']) {
    const packages = loads(`commands/${name}.ts`)
    assert.ok(!packages.includes('xstate') && !packages.includes('rxjs'), `${name}: ${packages.join(' ')}`)
  }
})
