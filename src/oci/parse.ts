// config.json from text or from an object: lossless JSON, the schema, the rules (validate.ts), the refusals
// (unsupported.ts). What comes out holds nothing that was not checked.

import { isUtf8 } from 'node:buffer'
import { parse as parseLossless } from 'lossless-json'
import { StatorError } from '../errors.ts'
import type { Process, Resources, Seccomp, Spec } from './config.ts'
import {
  type SchemaError,
  type Shape,
  shapeProcess,
  shapeResources,
  shapeSeccomp,
  shapeSpec,
  validateProcess,
  validateResources,
  validateSeccomp,
  validateSpec,
  type Validator,
} from './generated/validate-config.js'
import { below, invalid, unsupported } from './pointer.ts'
import { ociVersion } from './state.ts'
import { refuseUnsupported, refuseUnsupportedProcess, refuseUnsupportedResources } from './unsupported.ts'
import { checkProcess, checkResources, checkSpec, type Warn } from './validate.ts'
import { checkSeccomp, type SeccompExceptions } from './validate-seccomp.ts'

/** What is worth a line in the log, and stops nothing. */
export interface ParseNotes {
  /** A property that runtime-spec 1.3 does not know. It is left out; the spec forbids an error. */
  readonly onIgnored?: (pointer: string) => void
  /** Something that has no effect, or is deprecated and taken as it was meant. */
  readonly onWarning?: (pointer: string, message: string) => void
}

/**
 * What is in a config.json.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: it is not UTF-8 (RFC 8259, 8.1), and names in it would become others
 */
export function configText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const line = bytes.toString('utf8').split('\ufffd', 1).join().split('\n').length
  throw new StatorError('ERR_STATOR_CONFIG', `config.json: line ${line} is not UTF-8`)
}

/**
 * A bundle's config.json. Every digit of a 64-bit number is kept. A property that is null counts as absent, as it
 * does for the runtimes written in Go.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: not JSON (with line and column), or not a valid configuration;
 *   ERR_STATOR_UNSUPPORTED: valid, but it asks for what Stator does not do yet. Both with `pointer`.
 */
export function parseConfig(text: string, notes: ParseNotes = {}): Spec {
  return normalizeConfig(parseJson(text, 'config.json'), notes)
}

/**
 * A configuration made by a program: as parseConfig, from an object whose integers are numbers or bigints. The object
 * is copied, never changed.
 */
export function normalizeConfig(input: unknown, notes: ParseNotes = {}): Spec {
  checkVersion(input)
  const config = checked(input, '', shapeSpec, validateSpec, notes) as Spec
  checkSpec(config, warning(notes))
  refuseUnsupported(config)
  return withAbsoluteDestinations(config, notes)
}

function warning(notes: ParseNotes): Warn {
  return (pointer, message) => notes.onWarning?.(pointer, message)
}

/** The process of an exec, from the text of `--process FILE`. Pointers begin with `process`. */
export function parseProcess(text: string, notes: ParseNotes = {}): Process {
  return normalizeProcess(parseJson(text, 'process.json'), notes)
}

/** The process of an exec. Pointers begin with `process`. */
export function normalizeProcess(input: unknown, notes: ParseNotes = {}): Process {
  const process = checked(input, 'process', shapeProcess, validateProcess, notes) as Process
  checkProcess(process, 'process', warning(notes))
  refuseUnsupportedProcess(process, 'process')
  return process
}

/** The limits of an update, from text. Pointers begin with `linux.resources`. */
export function parseResources(text: string, notes: ParseNotes = {}): Resources {
  return normalizeResources(parseJson(text, 'resources'), notes)
}

/** The limits of an update. Pointers begin with `linux.resources`. */
export function normalizeResources(input: unknown, notes: ParseNotes = {}): Resources {
  const resources = checked(input, 'linux.resources', shapeResources, validateResources, notes) as Resources
  checkResources(resources, 'linux.resources')
  refuseUnsupportedResources(resources, 'linux.resources')
  return resources
}

/**
 * A filter of system calls that stands for itself.
 *
 * @param at its pointer
 */
export function normalizeSeccomp(
  input: unknown,
  at: string,
  notes: ParseNotes = {},
  exceptions: SeccompExceptions = {},
): Seccomp {
  const seccomp = checked(input, at, shapeSeccomp, validateSeccomp, notes) as Seccomp
  checkSeccomp(seccomp, at, warning(notes), exceptions)
  return seccomp
}

/** JSON without loss: an integer that a double would round arrives as bigint. */
export function parseJson(text: string, name: string): unknown {
  // RFC 8259, 8.1: no program writes one. An editor did, and shows nothing of it.
  if (text.startsWith('\ufeff')) {
    const message = `${name}: line 1, column 1: a byte order mark (save the file without it)`
    throw new StatorError('ERR_STATOR_CONFIG', message)
  }
  try {
    return parseLossless(text, undefined, { parseNumber, onDuplicateKey: refuseDuplicate })
  } catch (error) {
    // The parser goes down with the nesting. A configuration has eight levels.
    if (error instanceof RangeError) throw new StatorError('ERR_STATOR_CONFIG', `${name}: nested too deeply`)
    throw new StatorError('ERR_STATOR_CONFIG', `${name}: ${described(error, text)}`, {}, { cause: error })
  }
}

function parseNumber(digits: string): number | bigint {
  const value = Number(digits)
  if (/^-?\d+$/.test(digits)) {
    // With more than 20 characters it is beyond any field, and a bigint of a million digits takes its time.
    return Number.isSafeInteger(value) || digits.length > 20 ? value : BigInt(digits)
  }
  // `1.0` and `1e3` are no integers, neither for draft-04 nor for runc: what they round to must not pass for one.
  return Number.isInteger(value) ? Number.NaN : value
}

/** Two parsers that read the same text must not see two configurations: JSON leaves open which of the values counts. */
function refuseDuplicate({ key, position }: { key: string; position: number }): never {
  throw new SyntaxError(`duplicate key ${JSON.stringify(key)} at position ${position}`)
}

/** `line 3, column 7: comma ',' expected after value but got '"'`, from the parser's own words. */
function described(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const found = / at position (\d+)$/.exec(message)
  if (found === null) return message
  const before = text.slice(0, Number(found[1])).split('\n')
  // The first letter of a sentence, but not of "JSON".
  const words = message.slice(0, found.index).replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: ${words}`
}

/** SemVer 2.0, as the specification wants it. */
const version = /^(0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/

/**
 * Before all else: what another major version calls wrong or right is not for this schema to say. Minor versions
 * extend each other, and the drafts before 1.0 are taken as far as they agree with it.
 */
function checkVersion(input: unknown): void {
  const given = (input as { ociVersion?: unknown } | null | undefined)?.ociVersion
  if (typeof given !== 'string') return // the schema says so
  const major = version.exec(given)?.[1]
  if (major === undefined) throw invalid('ociVersion', `must be a semantic version as "${ociVersion}"`)
  if (Number(major) > 1) {
    throw unsupported('ociVersion', `${given} is not supported (Stator follows runtime-spec ${ociVersion})`)
  }
}

/**
 * A copy that the schema accepts, of known fields only, with every 64-bit integer as bigint.
 *
 * @internal its types are not in the package
 */
export function checked(input: unknown, at: string, shape: Shape, validate: Validator, notes: ParseNotes): unknown {
  const copy = shaped(input, shape, new Place(at), notes)
  if (!validate(copy)) throw schemaError(validate.errors![0]!, copy, at)
  return copy
}

/** The way down to a value; its pointer is put together only where one is needed. */
class Place {
  readonly #root: string
  readonly #way: (string | number)[] = []

  constructor(root: string) {
    this.#root = root
  }

  enter(step: string | number): void {
    this.#way.push(step)
  }

  leave(): void {
    this.#way.pop()
  }

  get pointer(): string {
    return this.#way.reduce<string>(
      (at, step) => (typeof step === 'number' ? `${at}[${step}]` : below(at, step)),
      this.#root,
    )
  }
}

/** One without its other half, which UTF-8 cannot say: the kernel would be given another name than was checked. */
const surrogate = /\p{Surrogate}/u

function shaped(value: unknown, shape: Shape, place: Place, notes: ParseNotes): unknown {
  switch (typeof value) {
    case 'string':
      // No string of a configuration may have one: the kernel would end it there, and a check elsewhere would not.
      if (value.includes('\0')) throw invalid(place.pointer, 'must not contain a NUL byte')
      if (surrogate.test(value)) throw invalid(place.pointer, 'must be text: it has half of a surrogate pair')
      return value
    case 'number':
      return shape.wide === true && Number.isSafeInteger(value) ? BigInt(value) : value
    case 'bigint':
      // All other integers of a configuration have at most 32 bits.
      return shape.wide !== true && BigInt.asIntN(53, value) === value ? Number(value) : value
    case 'object':
      if (Array.isArray(value)) return shape.each === undefined ? value : shapedList(value, shape.each, place, notes)
      if (value === null || (shape.fields ?? shape.values) === undefined) return value
      return shapedObject(value as Record<string, unknown>, shape, place, notes)
    default:
      return value
  }
}

function shapedList(list: readonly unknown[], shape: Shape, place: Place, notes: ParseNotes): unknown[] {
  const copy: unknown[] = []
  for (let index = 0; index < list.length; index++) {
    place.enter(index)
    copy.push(shaped(list[index], shape, place, notes))
    place.leave()
  }
  return copy
}

function shapedObject(object: Record<string, unknown>, shape: Shape, place: Place, notes: ParseNotes): object {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const member = object[key]
    if (member === null || member === undefined) continue
    place.enter(key)
    if (key.includes('\0')) throw invalid(place.pointer, 'must not have a NUL byte in its name')
    if (surrogate.test(key)) throw invalid(place.pointer, 'must have text as its name: it has half of a surrogate pair')
    const known = shape.values ?? (Object.hasOwn(shape.fields!, key) ? shape.fields![key]! : undefined)
    if (known === undefined) notes.onIgnored?.(place.pointer)
    else if (member !== '' || known.blank !== true) {
      const value = shaped(member, known, place, notes)
      // An assignment to this one name would change the copy's prototype.
      if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true })
      else copy[key] = value
    }
    place.leave()
  }
  return copy
}

function schemaError({ instancePath, keyword, params }: SchemaError, root: unknown, at: string): StatorError {
  const pointer = fromJsonPointer(instancePath, root, at)
  const { type = '', missingProperty = '', minimum = '', maximum = '', allowedValues = [] } = params
  switch (keyword) {
    case 'required':
      return invalid(below(pointer, missingProperty), 'is required')
    case 'wholeNumber':
      return invalid(pointer, `must be an integer from ${minimum} to ${maximum}`)
    case 'enum':
      return invalid(pointer, `must be one of ${allowedValues.join(', ')}`)
    default:
      return invalid(pointer, `must be ${typeWords[type] ?? 'valid'}`)
  }
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
}

/** `/process/rlimits/0/hard` as `process.rlimits[0].hard`: which part is an index, only the value knows. */
function fromJsonPointer(path: string, root: unknown, at: string): string {
  let value = root
  let pointer = at
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    pointer = Array.isArray(value) ? `${pointer}[${key}]` : below(pointer, key)
    value = (value as Record<string, unknown> | undefined)?.[key]
  }
  return pointer
}

/** config.md, "Mounts": a relative destination is deprecated, and is relative to `/`. */
function withAbsoluteDestinations(config: Spec, notes: ParseNotes): Spec {
  if (config.mounts?.every(({ destination }) => destination.startsWith('/')) ?? true) return config
  const mounts = config.mounts!.map((mount, index) => {
    if (mount.destination.startsWith('/')) return mount
    notes.onWarning?.(`mounts[${index}].destination`, 'is relative, which is deprecated: taken as relative to "/"')
    return { ...mount, destination: `/${mount.destination}` }
  })
  return { ...config, mounts }
}
