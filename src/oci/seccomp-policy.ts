// A seccomp policy: a file in the profile format of the container engines (policies/seccomp/seccomp.schema.json). What it
// says, checked; where files are is runtime/policies.ts, what one means for a container resolve-policy.ts.

import { StatorError } from '../errors.ts'
import { errnoNumber } from '../native/errno.ts'
import { capabilities } from '../native/uapi.ts'
import type { SeccompAction, SeccompArchitecture, SeccompArgument, SeccompFlag } from './config.ts'
import { shapeSeccompPolicy, validateSeccompPolicy } from './generated/validate-seccomp-policy.js'
import { checked, parseJson } from './parse.ts'
import { invalid } from './pointer.ts'
import { copyPlaces, keepPlaces, keepRulePlace, toldOfPolicyFile } from './policy-places.ts'
import { checkSeccomp } from './validate-seccomp.ts'

/** A policy that is complete: what it extends is part of it. */
export interface SeccompPolicy {
  readonly name?: string
  readonly description?: string
  readonly defaultAction: SeccompAction
  readonly defaultErrnoRet?: number
  readonly architectures?: readonly SeccompArchitecture[]
  readonly archMap?: readonly ArchMapEntry[]
  readonly flags?: readonly SeccompFlag[]
  readonly listenerPath?: string
  readonly listenerMetadata?: string
  readonly syscalls?: readonly SeccompPolicyRule[]
}

/** Which architectures' calls a machine of one architecture takes. */
export interface ArchMapEntry {
  readonly architecture: string
  readonly subArchitectures?: readonly string[]
}

export interface SeccompPolicyRule {
  readonly names: readonly string[]
  readonly action: SeccompAction
  readonly errnoRet?: number
  readonly args?: readonly SeccompArgument[]
  /** The rule is there only if all of this is true. */
  readonly includes?: PolicyConditions
  /** The rule is not there if any of this is true. */
  readonly excludes?: PolicyConditions
}

export interface PolicyConditions {
  /** Names as `CAP_NET_ADMIN`. */
  readonly caps?: readonly string[]
  /** Machines as the engines call them: `amd64`. */
  readonly arches?: readonly string[]
  /** `5.7` */
  readonly minKernel?: string
}

/** As it is in the file: errno by name or by number, and what is there for the reader. */
interface PolicyFile extends Partial<SeccompPolicy> {
  readonly extends?: string
  readonly defaultErrno?: string
  readonly syscalls?: readonly (SeccompPolicyRule & { readonly errno?: string })[]
}

/**
 * A policy from its text. Unlike in config.json, a property that nobody knows is an error: `exclude` for `excludes` would
 * be a rule that holds for everybody.
 *
 * @param file as errors call it
 * @param base the policy of a name that is in `extends`
 * @throws {StatorError} ERR_STATOR_CONFIG with `pointer` into the file, and `path`
 */
export function parseSeccompPolicy(text: string, file: string, base: (name: string) => SeccompPolicy): SeccompPolicy {
  const json = parseJson(text, file)
  try {
    return complete(checkedFile(json), file, base)
  } catch (error) {
    if (!(error instanceof StatorError) || error.path !== undefined) throw error
    throw error.saying(`${file}: ${error.message}`).at({ path: file })
  }
}

function checkedFile(json: unknown): PolicyFile {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new StatorError('ERR_STATOR_CONFIG', 'must be an object')
  }
  const onIgnored = (pointer: string) => {
    throw invalid(pointer, 'is not a property of a seccomp policy')
  }
  const file = checked(json, '', shapeSeccompPolicy, validateSeccompPolicy, { onIgnored }) as PolicyFile
  if (file.architectures !== undefined && file.archMap !== undefined) {
    throw invalid('archMap', 'is instead of "architectures": give one of the two')
  }
  file.syscalls?.forEach((rule, index) => checkRule(rule, `syscalls[${index}]`))
  return file
}

function checkRule({ names, includes, excludes }: SeccompPolicyRule, at: string): void {
  if (names.length === 0) throw invalid(`${at}.names`, 'must name a system call')
  const empty = names.indexOf('')
  if (empty >= 0) throw invalid(`${at}.names[${empty}]`, 'must not be empty')
  if (includes !== undefined) checkConditions(includes, `${at}.includes`)
  if (excludes !== undefined) checkConditions(excludes, `${at}.excludes`)
}

function checkConditions({ caps, minKernel }: PolicyConditions, at: string): void {
  // A name that no capability has would never be true: an `excludes` that lets everybody through.
  const wrong = caps?.findIndex((name) => !capabilities.includes(name)) ?? -1
  if (wrong >= 0) {
    throw invalid(`${at}.caps[${wrong}]`, `must be the name of a capability as "CAP_SYS_ADMIN", not "${caps?.[wrong]}"`)
  }
  if (minKernel !== undefined && !/^\d{1,5}\.\d{1,5}(\.\d{1,5})?$/.test(minKernel)) {
    throw invalid(`${at}.minKernel`, 'must be a version of the kernel as "5.7"')
  }
}

function complete(content: PolicyFile, path: string, base: (name: string) => SeccompPolicy): SeccompPolicy {
  const { extends: extended, name, description, defaultErrno, defaultErrnoRet, syscalls, ...rest } = content
  const own = syscalls?.map(({ names, action, errno, errnoRet, args, includes, excludes }, index) => {
    const at = `syscalls[${index}]`
    const rule = { names, action, args, includes, excludes, errnoRet: errnoOf(errno, errnoRet, `${at}.errno`) }
    return keepRulePlace(present(rule), { path, pointer: at })
  })
  const errnoRet = errnoOf(defaultErrno, defaultErrnoRet, 'defaultErrno')
  const policy = { name, description, ...policyFields(rest), defaultErrnoRet: errnoRet, syscalls: own }
  const extendedPolicy = extended === undefined ? undefined : base(extended)
  const whole = extendedPolicy === undefined ? alone(policy) : extendedBy(extendedPolicy, policy)
  keepPlaces(whole, path, Object.keys(content), extendedPolicy)
  // As linux.seccomp is checked: with the rules that do not apply here, too.
  try {
    checkSeccomp(whole, 'policy', () => {})
  } catch (error) {
    throw toldOfPolicyFile(error, whole, 'policy')
  }
  return whole
}

function alone({ defaultAction, ...rest }: Present<Partial<SeccompPolicy>>): SeccompPolicy {
  if (defaultAction === undefined) throw invalid('defaultAction', 'is required')
  return present({ ...rest, defaultAction })
}

/** Those that mean something to the filter. */
function policyFields({ defaultAction, architectures, archMap, flags, listenerPath, listenerMetadata }: PolicyFile) {
  return { defaultAction, architectures, archMap, flags, listenerPath, listenerMetadata }
}

/** A call that the extension names in any rule is the extension's alone: one reads there what happens to it. */
function extendedBy(base: SeccompPolicy, own: Present<Partial<SeccompPolicy>>): SeccompPolicy {
  const named = new Set(own.syscalls?.flatMap(({ names }) => names))
  const kept = (base.syscalls ?? []).flatMap((rule) => {
    const names = rule.names.filter((name) => !named.has(name))
    return names.length === 0 ? [] : [copyPlaces({ ...rule, names }, rule)]
  })
  const { architectures, archMap, defaultAction, defaultErrnoRet, ...rest } = base
  // Each of these two pairs is one statement: with another action, the errno of the base means nothing.
  const arches = own.architectures === undefined && own.archMap === undefined ? { architectures, archMap } : {}
  const otherwise = own.defaultAction === undefined ? { defaultErrnoRet } : {}
  return present({
    ...{ ...rest, ...arches, ...otherwise, ...present(own) },
    defaultAction: own.defaultAction ?? defaultAction,
    syscalls: [...(own.syscalls ?? []), ...kept],
  })
}

/** By name, by number, or both, as the engines write it. */
function errnoOf(name: string | undefined, number: number | undefined, at: string): number | undefined {
  if (name === undefined) return number
  const found = errnoNumber(name)
  if (found === undefined) throw invalid(at, `must be the name of an errno as "EPERM", not "${name}"`)
  if (number !== undefined && number !== found) throw invalid(at, `is "${name}" (${found}), and ${at}Ret is ${number}`)
  return found
}

type Present<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** The fields that have a value. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
