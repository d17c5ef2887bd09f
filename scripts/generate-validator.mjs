// Makes the validators in src/oci/generated/ from the schemas: of config.json and of seccomp policies. Run it after a change of
// a schema; test/oci/generated.test.ts fails as long as the two differ.
//
//   node scripts/generate-validator.mjs

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Ajv from 'ajv-draft-04'
import { _, str } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { transform } from 'esbuild'
import { parse } from 'lossless-json'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** Of each module the schema, and what is exported, with the definition that it checks. */
export const modules = {
  'src/oci/generated/validate-config.js': {
    source: 'src/oci/schema/config.json',
    entries: {
      Spec: '#/definitions/spec',
      Process: '#/definitions/process',
      Resources: '#/definitions/resources',
      Seccomp: '#/definitions/seccomp',
    },
  },
  'src/oci/generated/validate-seccomp-policy.js': {
    source: 'policies/seccomp/seccomp.schema.json',
    entries: { SeccompPolicy: '#/definitions/policy' },
  },
}

/** A generated module as text. */
export async function generate(target) {
  const { source, entries } = modules[target]
  // Without loss, as the schema itself has limits that no double can hold.
  const schema = parse(readFileSync(`${repository}${source}`, 'utf8'), undefined, { parseNumber: BigInt })
  const ajv = new Ajv({
    code: { source: true, esm: true, lines: true },
    messages: false,
    inlineRefs: false,
    schemaId: 'id',
  })
  ajv.addKeyword(wholeNumber)
  // What an editor checks is the first definition.
  ajv.addSchema({ id: 'config', ...withWholeNumbers({ definitions: schema.definitions }) })
  const validators = standaloneCode(
    ajv,
    Object.fromEntries(Object.entries(entries).map(([name, at]) => [`validate${name}`, `config${at}`])),
  )
  if (/\brequire\(|^import /m.test(validators)) throw new Error('the validator needs a part of ajv at run time')

  const shapes = new Shapes(schema.definitions)
  const names = Object.entries(entries).map(([name, at]) => `${shapes.of({ $ref: at })} as shape${name}`)
  // Where in the schema a value failed is of no use to anyone who reads the error, and is a third of the text.
  const code = `${validators.replaceAll('"use strict";', '').replaceAll(/schemaPath:"[^"]*",/g, '')}\n${shapes.text}\nexport { ${names.join(', ')} }`
  const { code: compact } = await transform(code, { minify: true, lineLimit: 120, target: 'es2022' })
  return `${head(source)}${compact}`
}

const head = (
  source,
) => `// Generated from ${source} by scripts/generate-validator.mjs; not to be edited. The checks as ajv
// compiles them, and the shapes: \`fields\` by name, \`each\` member of a list, \`values\` of a map; \`wide\`: a 64-bit
// integer; \`blank\`: a string that counts as absent when it is empty.
// @ts-nocheck
/* eslint-disable */
`

/**
 * An integer as number or as bigint, with exact limits. ajv's own `type: integer` knows no bigint, and its `minimum`
 * and `maximum` compare doubles.
 */
const wholeNumber = {
  keyword: 'wholeNumber',
  schemaType: 'object',
  error: {
    message: str``,
    params: ({ schema }) => _`{minimum: ${schema.minimum}, maximum: ${schema.maximum}}`,
  },
  code(context) {
    const { data, schema } = context
    const minimum = BigInt(schema.minimum)
    const maximum = BigInt(schema.maximum)
    const limits = _`${data} >= ${literal(minimum)} && ${data} <= ${literal(maximum)}`
    // A number that is not a safe integer has lost digits on its way here.
    context.pass(_`(typeof ${data} === "bigint" || Number.isSafeInteger(${data})) && ${limits}`)
  },
}

/** `4n`, for ajv's generator, which knows no bigint either. JavaScript compares a number with it exactly. */
function literal(value) {
  return _`BigInt(${String(value)})`
}

/** The schema with each `type: integer` as the keyword above, and without what is there to be read. */
function withWholeNumbers(schema) {
  if (Array.isArray(schema)) return schema.map(withWholeNumbers)
  if (typeof schema !== 'object' || schema === null) return schema
  if (schema.type === 'integer') {
    return { wholeNumber: { minimum: String(schema.minimum), maximum: String(schema.maximum) } }
  }
  const parts = Object.entries(schema).filter(([key, value]) => key !== 'description' || typeof value !== 'string')
  return Object.fromEntries(parts.map(([key, value]) => [key, withWholeNumbers(value)]))
}

/** The definitions as shapes, each a constant below those it needs. */
class Shapes {
  text = ''
  #definitions
  #made = new Set()

  constructor(definitions) {
    this.#definitions = definitions
  }

  /** The shape of a schema as an expression. */
  of(schema) {
    if (schema.$ref !== undefined) return this.#constant(schema.$ref.split('/').at(-1))
    if (schema.type === 'integer') return schema.maximum > BigInt(Number.MAX_SAFE_INTEGER) ? '{ wide: true }' : '{}'
    if (schema.type === 'array') return `{ each: ${this.of(schema.items)} }`
    if (schema.additionalProperties !== undefined && schema.properties === undefined)
      return `{ values: ${this.of(schema.additionalProperties)} }`
    if (schema.properties === undefined) return schema.default === '' ? '{ blank: true }' : '{}'
    const fields = Object.entries(schema.properties).map(([name, value]) => `${name}: ${this.of(value)}`)
    return `{ fields: { ${fields.join(', ')} } }`
  }

  #constant(name) {
    const constant = `${name}Shape`
    if (!this.#made.has(name)) {
      this.#made.add(name)
      const value = this.of(this.#definitions[name])
      this.text += `const ${constant} = ${value}\n`
    }
    return constant
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const target of Object.keys(modules)) writeFileSync(`${repository}${target}`, await generate(target))
}
