// What a call was given, checked: who writes JavaScript has no compiler that says it. What config.json may hold is oci/'s.

import { isRegExp } from 'node:util/types'
import { StatorError } from '../errors.ts'
import { configOptions } from '../oci/default-config.ts'
import { noSuch } from '../oci/names.ts'

/** Says what a value must be; null: it is. Not asked for one that is undefined: it counts as not given. */
type Rule = (value: unknown) => string | null

/** The options of a call, by name. */
export type Options = ReadonlyMap<string, Rule>

/**
 * @param what for the message: `create "web"`
 * @throws {StatorError} ERR_STATOR_CONFIG
 */
export function checkOptions(what: string, given: unknown, known: Options): void {
  if (!isRecord(given)) throw wrong(what, `options must be an object, not ${shown(given)}`)
  for (const name of Object.keys(given)) {
    const rule = known.get(name)
    if (rule === undefined) throw wrong(what, `"${name}": ${noSuch('option', name, known.keys())}`)
    const value = given[name]
    if (value !== undefined) checkValue(what, name, value, rule)
  }
}

/** One argument. @throws {StatorError} ERR_STATOR_CONFIG */
export function checkValue(what: string, name: string, value: unknown, rule: Rule): void {
  const must = rule(value)
  if (must !== null) throw wrong(what, `${name} must be ${must}, not ${shown(value)}`)
}

function wrong(what: string, why: string): StatorError {
  return new StatorError('ERR_STATOR_CONFIG', `${what}: ${why}`)
}

/** Short, and whatever it is. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  const { constructor } = value
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name === '' || name === 'Object' ? 'an object' : `an object of ${name}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** By its looks: it may be of another realm, or of a package. */
function isSignal(value: unknown): boolean {
  return isRecord(value) && typeof value['aborted'] === 'boolean' && typeof value['addEventListener'] === 'function'
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isRecordOfStrings(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string')
}

const unless =
  (must: string, holds: (value: unknown) => boolean): Rule =>
  (value) =>
    holds(value) ? null : must

/** What is checked where it is read. */
const any: Rule = () => null
const boolean = unless('true or false', (value) => typeof value === 'boolean')
const path = unless('a path', (value) => typeof value === 'string' && value !== '')
const fileName = unless('the first part of a file name', (value) => typeof value === 'string' && !value.includes('/'))
const abortSignal = unless('an AbortSignal', isSignal)
const milliseconds = unless('a number from 0', (value) => typeof value === 'number' && value >= 0)
export const interval = unless('a number from 1', (value) => typeof value === 'number' && value >= 1)
const wholeNumber = unless('a whole number from 0', (value) => Number.isInteger(value) && Number(value) >= 0)
const program = unless('a list of strings, the program first', (value) => isStrings(value) && value.length > 0)
const labels = unless('an object of strings', isRecordOfStrings)
const launch: Rule = (value) => (isRecord(value) ? null : 'an object')
const env = unless(
  'a list of strings, or an object of strings',
  (value) => isStrings(value) || isRecordOfStrings(value),
)

const streams = new Set(['stdin', 'stdout', 'stderr'])
const stdio = unless(
  '"log", "pipe", "inherit", "ignore", or numbers of descriptors by stdin, stdout and stderr',
  (value) =>
    isRecord(value)
      ? Object.entries(value).every(
          ([name, fd]) => streams.has(name) && (fd === undefined || (Number.isInteger(fd) && Number(fd) >= 0)),
        )
      : value === 'log' || value === 'pipe' || value === 'inherit' || value === 'ignore',
)

/** A signal of the kernel: whether there is one of that name is said where it is sent. */
export const killSignal: Rule = (value) => {
  if (typeof value === 'string' || typeof value === 'number') return null
  return isSignal(value)
    ? 'the name or the number of a signal (give an AbortSignal as "abortSignal")'
    : 'the name or the number of a signal'
}

const statuses = ['creating', 'created', 'running', 'paused', 'stopped', 'deleted']
export const awaitedStatus = unless(`one of ${statuses.join(', ')}`, (value) => statuses.includes(value as string))

const limits: readonly (readonly [string, Rule])[] = [
  ['signal', abortSignal],
  ['timeoutMs', milliseconds],
]
const source: readonly (readonly [string, Rule])[] = [
  ['bundle', any],
  ['config', any],
  ['rootfs', any],
  ['args', program],
  ['env', unless('a list of strings', isStrings)],
]

export const limitsOptions: Options = new Map(limits)
export const runtimeOptions: Options = new Map([
  ['root', path],
  ['signal', abortSignal],
])
export const launchOptions: Options = new Map([
  ['parent', unless('"keeper" or "caller"', (value) => value === 'keeper' || value === 'caller')],
  // Below what a plan and its stub use themselves (layout.ts, PLAN_DESCRIPTOR).
  [
    'preserveFds',
    unless(
      'a whole number from 0 to 900',
      (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 900,
    ),
  ],
  ['pivotRoot', boolean],
  ['newKeyring', boolean],
  ['policyAnnotations', boolean],
  ['consoleSocket', path],
  ['pidfdSocket', path],
])
export const createOptions: Options = new Map([
  ...limits,
  ...source,
  ['id', any],
  ['stdio', stdio],
  ['labels', labels],
  ['launch', launch],
  [
    'policy',
    unless('the name of a policy, or the path of a file', (value) => typeof value === 'string' && value !== ''),
  ],
  ['notify', unless('a policy, its name or its path', (value) => typeof value === 'string' || isRecord(value))],
  ['onNotification', unless('a function', (value) => typeof value === 'function')],
])
export const runOptions: Options = new Map([
  ...createOptions,
  ['input', unless('a string or bytes', (value) => typeof value === 'string' || value instanceof Uint8Array)],
])
export const stopOptions: Options = new Map([
  ['signal', killSignal],
  ['timeoutMs', milliseconds],
  ['abortSignal', abortSignal],
])
export const killOptions: Options = new Map([...limits, ['all', boolean]])
export const deleteOptions: Options = new Map([...limits, ['force', boolean]])
export const execOptions: Options = new Map([
  ...limits,
  ['args', program],
  ['env', env],
  ['cwd', path],
  ['user', any],
  ['tty', boolean],
  ['stdio', stdio],
  ['capabilities', unless('a list of names of capabilities', isStrings)],
  ['noNewPrivileges', boolean],
  ['launch', launch],
  ['cgroup', labels],
  ['process', unless('an object, as "process" of config.json', isRecord)],
])
const cells = unless(
  'a whole number from 0 to 65535',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 65536,
)
export const windowOptions: Options = new Map([
  ['columns', cells],
  ['rows', cells],
])
export const logOptions: Options = new Map([
  ['follow', boolean],
  [
    'since',
    unless('a time', (value) => value instanceof Date || typeof value === 'number' || typeof value === 'string'),
  ],
  ['tail', any],
  ['signal', abortSignal],
])
export const eventsOptions: Options = new Map([
  ['since', wholeNumber],
  ['follow', boolean],
  ['signal', abortSignal],
])
/** The root file system is this machine's. */
const { rootfs: _rootfs, readonlyRootfs: _readonly, ...ofConfig } = configOptions
export const hostBundleOptions: Options = new Map([
  ...Object.keys(ofConfig).map((name) => [name, any] as const),
  ['folder', path],
  ['name', fileName],
])

const healthcheck: Options = new Map([
  ['args', program],
  ['intervalMs', milliseconds],
])
const readinesses: Options = new Map([
  ['log', unless('a string or a RegExp', (value) => typeof value === 'string' || isRegExp(value))],
  [
    'port',
    unless('a port, 1 to 65535', (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536),
  ],
  ['healthcheck', unless('an object with "args"', isRecord)],
])

/** One of log, port and healthcheck. @throws {StatorError} ERR_STATOR_CONFIG */
export function checkReadiness(what: string, readiness: unknown): void {
  const values = isRecord(readiness) ? Object.values(readiness) : []
  if (values.length !== 1 || values[0] === undefined) {
    throw wrong(what, `give one of "log", "port" and "healthcheck"`)
  }
  checkOptions(what, readiness, readinesses)
  const { healthcheck: check } = readiness as { readonly healthcheck?: unknown }
  if (check === undefined) return
  checkOptions(`${what}: healthcheck`, check, healthcheck)
  checkValue(`${what}: healthcheck`, 'args', (check as { args?: unknown }).args, program)
}
