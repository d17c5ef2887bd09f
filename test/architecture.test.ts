// The rows of the source tree: which file may import which, and that importing a file does nothing else. The import lines are
// read here, with the compiler's own parser, for a graph tool that cannot parse the sources passes in silence.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** From the top to the bottom: a file imports its own row and those below. src/errors.ts is below all. */
const rows = ['index', 'cli', 'studio', 'runtime', 'machines', 'actors', 'bus', 'plan', 'oci', 'native', 'errors']

interface Import {
  readonly line: number
  readonly specifier: string
  /** Gone at run time. */
  readonly typeOnly: boolean
}

type Sources = ReadonlyMap<string, string>

/** Every import and re-export of a module, dynamic ones and those of types too. */
function importsOf(path: string, text: string): Import[] {
  const found: Import[] = []
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    found.push({
      line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      specifier: specifier.text,
      typeOnly,
    })
  }
  const visit = (node: ts.Node): void => {
    // `import { type A }` is not type-only: verbatimModuleSyntax keeps `import {}`, which runs the module.
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true)
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression
      const isRequire = ts.isIdentifier(callee) && /^(require|createRequire)$/.test(callee.text)
      const isMadeRequire = ts.isCallExpression(callee) && /^createRequire\b/.test(callee.getText())
      if (callee.kind === ts.SyntaxKind.ImportKeyword || isRequire || isMadeRequire) add(node, node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** What breaks the rows, one line each. Paths are relative to src/. */
function violations(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text).flatMap(({ line, specifier, typeOnly }) => {
      const reason = refusal(path, specifier, typeOnly, sources)
      return reason === undefined ? [] : [`src/${path}:${line} imports ${specifier}: ${reason}`]
    }),
  )
}

function refusal(path: string, specifier: string, typeOnly: boolean, sources: Sources): string | undefined {
  const from = rowOf(path)
  if (!specifier.startsWith('.')) {
    if (specifier === 'koffi' && from !== 'native') return 'only native/ calls C'
    if (from === 'machines' && specifier.startsWith('node:') && !typeOnly) return 'a chart does no I/O'
    return undefined
  }
  const target = posix.join(posix.dirname(path), specifier)
  if (target.startsWith('../')) return specifier.endsWith('.json') ? undefined : 'it is outside src/'
  if (!sources.has(target)) return specifier.endsWith('.json') ? undefined : 'there is no such file'
  const to = rowOf(target)
  if (rows.indexOf(to) < rows.indexOf(from)) return `${from} is below ${to}`
  if (from === 'errors') return 'errors.ts is a leaf'
  if (from === 'machines' && to !== 'machines' && to !== 'errors' && !typeOnly)
    return `machines takes only types from ${to}`
  if (from === 'actors' && to === 'actors') {
    const [, folder, file] = path.split('/')
    const [, other, inOther] = target.split('/')
    if (inOther !== undefined && file === undefined) return 'what all stages share knows none of them'
    if (inOther !== undefined && folder !== other) return `a stage does not import another one (${other})`
  }
  return undefined
}

function rowOf(path: string): string {
  const row = path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '')
  assert.ok(rows.includes(row), `src/${path} is in no row of the architecture`)
  return row
}

function readSources(): Sources {
  // Generated modules are JavaScript with a declaration beside them.
  const all = readdirSync(`${repository}src`, { recursive: true, encoding: 'utf8' })
  const paths = all.filter((path) => /\.[jt]s$/.test(path) && !path.endsWith('.d.ts'))
  return new Map(paths.sort().map((path) => [path, readFileSync(`${repository}src/${path}`, 'utf8')]))
}

test('imports run downward only, and not from stage to stage', () => {
  const sources = readSources()
  assert.ok(sources.size > 0)
  assert.deepEqual(violations(sources), [])
})

test('an import that breaks the rows is named, however it is written', () => {
  const tree = (files: Record<string, string>): Sources => new Map(Object.entries(files))
  const native = { 'native/fd.ts': '', 'errors.ts': '' }
  const bad: [files: Record<string, string>, expected: RegExp][] = [
    [
      { 'native/fd.ts': "import { x } from '../plan/step.ts'", 'plan/step.ts': '' },
      /native\/fd\.ts:1 .*native is below plan/,
    ],
    [{ 'oci/state.ts': "import type { X } from '../bus/event.ts'", 'bus/event.ts': '' }, /oci is below bus/],
    [{ 'bus/bus.ts': "export * from '../runtime/store.ts'", 'runtime/store.ts': '' }, /bus is below runtime/],
    [
      { 'plan/a.ts': "\nconst x = await import('../cli/main.ts')", 'cli/main.ts': '' },
      /plan\/a\.ts:2 .*plan is below cli/,
    ],
    [{ 'oci/a.ts': "type X = import('../plan/b.ts').X", 'plan/b.ts': '' }, /oci is below plan/],
    [{ 'errors.ts': "import './native/fd.ts'", 'native/fd.ts': '' }, /errors is below native/],
    [{ ...native, 'machines/a.ts': "import { x } from '../native/fd.ts'" }, /only types from native/],
    [{ ...native, 'machines/a.ts': "import { type X } from '../native/fd.ts'" }, /only types from native/],
    [{ 'machines/a.ts': "import { readFileSync } from 'node:fs'" }, /a chart does no I\/O/],
    [
      { 'actors/hooks/a.ts': "import '../rootfs/b.ts'", 'actors/rootfs/b.ts': '' },
      /does not import another one \(rootfs\)/,
    ],
    [{ 'actors/exit.ts': "import './hooks/a.ts'", 'actors/hooks/a.ts': '' }, /knows none of them/],
    [{ 'bus/a.ts': "import koffi from 'koffi'" }, /only native\/ calls C/],
    [{ 'bus/a.ts': "createRequire(import.meta.url)('koffi')" }, /only native\/ calls C/],
    [{ 'bus/a.ts': "import '../../test/x.ts'" }, /outside src\//],
    [{ 'bus/a.ts': "import './missing.ts'" }, /no such file/],
  ]
  for (const [files, expected] of bad) assert.match(violations(tree(files)).join('\n'), expected)

  const good = [
    {
      ...native,
      'machines/a.ts': "import type { X } from '../native/fd.ts'\nimport { StatorError } from '../errors.ts'",
    },
    { 'actors/hooks/a.ts': "import './b.ts'\nimport '../stage.ts'", 'actors/hooks/b.ts': '', 'actors/stage.ts': '' },
    { 'index.ts': "export * from './runtime/a.ts'", 'runtime/a.ts': "import '../machines/a.ts'", 'machines/a.ts': '' },
    { ...native, 'native/fd.ts': "import koffi from 'koffi'" },
  ]
  for (const files of good) assert.deepEqual(violations(tree(files)), [])
})

test('a module does nothing when it is imported', () => {
  const probe = (...files: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, ['--import', 'tsx', `${repository}test/import-probe.ts`, ...files], {
        encoding: 'utf8',
      }),
    )
  assert.deepEqual(probe(...[...readSources().keys()].map((path) => `${repository}src/${path}`)), [])
})

test('what a module does at import is named', () => {
  const found = execFileSync(
    process.execPath,
    ['--import', 'tsx', `${repository}test/import-probe.ts`, `${repository}test/fixtures/eager.ts`],
    { encoding: 'utf8' },
  )
  for (const effect of [
    'process.env.HOME',
    'fs.readFileSync',
    'setTimeout',
    'child_process.spawnSync',
    'process.on',
    'process.dlopen',
  ]) {
    assert.ok(found.includes(effect), `${effect} in ${found}`)
  }
})
