// docs/reference/events.md against src/bus/event.ts, in both directions: types, their fields, and which are not told yet.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { eventTypes } from '../../src/bus/event.ts'

const page = readFileSync(new URL('../../docs/reference/events.md', import.meta.url), 'utf8')
const source = new URL('../../src/', import.meta.url)

interface Documented {
  readonly fields: readonly string[]
  readonly when: string
}

/** The rows of the tables: | `type` | `field`, `field` | when | */
const documented = new Map<string, Documented>(
  [...page.matchAll(/^\| `([a-z]+\.[a-zA-Z-]+)` \| (.*?) \| (.*) \|$/gm)].map(
    ([, type = '', fields = '', when = '']) => [
      type,
      { fields: [...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field).sort(), when },
    ],
  ),
)

/** What each type has besides the envelope, as the compiler sees the interface EventData. */
function declared(): Map<string, readonly string[]> {
  const file = fileURLToPath(new URL('bus/event.ts', source))
  const program = ts.createProgram([file], { strict: true, noEmit: true, allowImportingTsExtensions: true })
  const checker = program.getTypeChecker()
  const data = program
    .getSourceFile(file)
    ?.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'EventData')
  assert.ok(data !== undefined && ts.isInterfaceDeclaration(data))
  return new Map(
    checker
      .getTypeAtLocation(data)
      .getProperties()
      .map((type) => {
        const fields = checker.getPropertiesOfType(checker.getTypeOfSymbol(type)).map(({ name }) => name)
        return [type.name, fields.filter((name) => name !== 'container').sort()]
      }),
  )
}

test('every type of the code is on the page, and every type of the page in the code', () => {
  assert.deepEqual([...documented.keys()].sort(), Object.keys(eventTypes).sort())
})

test('each has the fields that the page says', () => {
  const types = declared()
  assert.equal(types.size, Object.keys(eventTypes).length)
  for (const [type, fields] of types) assert.deepEqual(documented.get(type)?.fields, fields, type)
})

test('what the page says is not told yet is told nowhere, and all else somewhere', () => {
  const files = (readdirSync(source, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'))
  const code = files
    .filter((name) => name !== 'bus/event.ts')
    .map((name) => readFileSync(new URL(name, source), 'utf8'))
    .join('\n')
  for (const [type, { when }] of documented) {
    // The steps of the chart are told by its states: src/runtime/states.ts. Which are not available, test/machines knows.
    if (type.startsWith('lifecycle.') && type !== 'lifecycle.keeper-lost') continue
    const told = code.includes(`type: '${type}'`)
    assert.equal(told, !when.startsWith('not yet'), type)
  }
})
