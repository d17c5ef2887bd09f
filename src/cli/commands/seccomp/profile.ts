// A profile from a file: what stands in `linux.seccomp` of a configuration, by itself or where it is.

import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'
import { architectures } from '../../../actors/seccomp/architectures.ts'
import type { Decider, ExplainOptions, PlacedProfile } from '../../../actors/seccomp/explain.ts'
import { withAnnotation } from '../../../actors/seccomp/tighten.ts'
import { seccompPolicyAnnotation } from '../../../oci/annotations.ts'
import { StatorError, toStatorError } from '../../../errors.ts'
import { type Architecture, architecture } from '../../../native/syscalls.ts'
import type { Capabilities, Seccomp, SeccompArchitecture, Spec } from '../../../oci/config.ts'
import { defineConfig } from '../../../oci/default-config.ts'
import { configText, normalizeConfig, normalizeSeccomp, parseJson, type ParseNotes } from '../../../oci/parse.ts'
import { inPolicyFile } from '../../../oci/policy-places.ts'
import { resolvePolicy } from '../../../oci/resolve-policy.ts'
import type { Log } from '../../log.ts'
import { unknownNames } from '../../unknown-names.ts'
import { seccompPolicy, seccompPolicyNames } from '../../../runtime/policies.ts'

export interface GivenProfile {
  /** What a process would load, in this order; at least one. */
  readonly filters: readonly PlacedProfile[]
  /** Whose calls, and on which machine; this one's where it is not said. */
  readonly options: Pick<ExplainOptions, 'architecture' | 'machine'>
}

/**
 * @param word the architecture of --arch
 * @throws {StatorError} ERR_STATOR_CONFIG, ERR_STATOR_UNSUPPORTED: with `path`, and `pointer`
 */
export function readProfile(path: string, word: unknown, log: Log): GivenProfile {
  const given = read(path, word, log.notes)
  const unknown = unknownNames(
    path,
    given.filters.map(({ profile }) => profile),
  )
  if (unknown !== undefined) log.warn(unknown)
  return given
}

function read(path: string, word: unknown, notes: ParseNotes): GivenProfile {
  const { name } = architectures.find(({ name }) => shortName(name) === word) ?? {}
  const asked = name === undefined ? {} : { architecture: name }
  try {
    // As everywhere, a name is a policy of the package; a file of this name is `./NAME`.
    if (/^[a-z0-9-]+$/.test(path) && seccompPolicyNames().includes(path)) return ofPolicy(path, asked)
    const input = parseJson(textOf(path), path) as Record<string, unknown> | null
    if (isPolicy(input)) return ofPolicy(path.includes('/') ? path : `./${path}`, asked)
    if (typeof input !== 'object' || input === null || !('linux' in input || 'ociVersion' in input)) {
      return { filters: [{ profile: normalizeSeccomp(input, 'seccomp', notes), at: 'seccomp' }], options: asked }
    }
    if (isAnnotated(input)) return ofConfig(normalizeConfig(input, notes), asked)
    const at = 'linux.seccomp'
    const { seccomp } = (input['linux'] ?? {}) as { seccomp?: unknown }
    // Without a filter nothing is refused, and that can be compared, too.
    if (seccomp === undefined || seccomp === null)
      return { filters: [{ profile: { defaultAction: '' }, at }], options: asked }
    return { filters: [{ profile: normalizeSeccomp(seccomp, at, notes), at }], options: asked }
  } catch (thrown) {
    const error = toStatorError(thrown, 'ERR_STATOR_CONFIG', { path })
    // There may be two files, and a pointer is into one of them.
    throw error.message.includes(path) ? error : error.saying(`${path}: ${error.message}`)
  }
}

function textOf(path: string): string {
  try {
    return configText(readFileSync(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') return textOf(join(path, 'config.json'))
    if (code !== 'ENOENT' || path.includes('/')) throw error
    const words = `"${path}": there is neither such a file nor such a policy (there are ${seccompPolicyNames().join(', ')})`
    throw new StatorError('ERR_STATOR_CONFIG', words, { path, errno: code }, { cause: error })
  }
}

type Asked = Pick<ExplainOptions, 'architecture'>

function ofPolicy(policy: string, asked: Asked): GivenProfile {
  const machine = machineOf(asked)
  // Of an ordinary process: rules for capabilities are for those that have more.
  const { capabilities } = defineConfig({ args: ['true'], rootfs: '/' }).process
  return { filters: [{ profile: resolved(policy, capabilities, machine), at: 'policy' }], options: on(machine, asked) }
}

/** The annotation is for a container that is made without --policy-annotations: both filters are loaded. */
function ofConfig({ linux, process, annotations }: Spec, asked: Asked): GivenProfile {
  const machine = machineOf(asked)
  const { filters } = withAnnotation(linux?.seccomp, annotations, {
    mayLoosen: false,
    policy: (name) => resolved(name, process.capabilities, machine),
  })
  const placed = filters.map((profile) => ({ profile, at: profile === linux?.seccomp ? 'linux.seccomp' : 'policy' }))
  return { filters: placed, options: on(machine, asked) }
}

function isAnnotated({ annotations }: Record<string, unknown>): boolean {
  return typeof annotations === 'object' && annotations !== null && seccompPolicyAnnotation in annotations
}

function resolved(policy: string, capabilities: Capabilities | undefined, machine: Architecture): Seccomp {
  return resolvePolicy(seccompPolicy(policy), { capabilities, architecture: machine, kernelRelease: release() })
}

const families: Partial<Record<SeccompArchitecture, Architecture>> = {
  SCMP_ARCH_X86_64: 'x86_64',
  SCMP_ARCH_X86: 'x86_64',
  SCMP_ARCH_X32: 'x86_64',
  SCMP_ARCH_AARCH64: 'aarch64',
  SCMP_ARCH_ARM: 'aarch64',
}

/** A policy is another one on each machine, so it is asked of one that makes such calls. */
function machineOf({ architecture: name }: Asked): Architecture {
  if (name === undefined) return architecture()
  const machine = families[name]
  if (machine !== undefined) return machine
  const words = `--arch ${shortName(name)}: a policy is for machines of x86_64 and aarch64, and what runs on them (x86, x32, arm)`
  throw new StatorError('ERR_STATOR_UNSUPPORTED', words)
}

function on(machine: Architecture, asked: Asked): GivenProfile['options'] {
  const name = machine === 'x86_64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64'
  return machine === architecture() ? asked : { ...asked, machine: name }
}

/** Where it is said: `linux.seccomp.syscalls[1]`, or, of a policy, its file and the place there. */
export function placeText({ filters }: GivenProfile, pointer: string): string {
  for (const { profile, at } of filters) {
    const place = inPolicyFile(profile, at, pointer)
    if (place !== undefined) return `${place.path}: ${place.pointer}`
  }
  return pointer
}

/** The same decider, with places as `placeText` says them. */
export function placed(given: GivenProfile, decider: Decider): Decider {
  if ('pointer' in decider) return { ...decider, pointer: placeText(given, decider.pointer) }
  return 'pointers' in decider
    ? { ...decider, pointers: decider.pointers.map((each) => placeText(given, each)) }
    : decider
}

/** What only a policy has: it depends on whose it is. */
function isPolicy(input: Record<string, unknown> | null): boolean {
  const { syscalls, ...rest } = input ?? {}
  const rules = Array.isArray(syscalls) ? (syscalls as readonly object[]) : []
  const has = (part: object, ...names: readonly string[]) => names.some((name) => name in part)
  if (has(rest, 'archMap', 'extends', 'defaultErrno', 'name')) return true
  return rules.some((rule) => has(rule, 'includes', 'excludes', 'errno'))
}

/** What a profile may be, for help. */
export const profileWords =
  'a policy, by its name (default, strict, build, audit) or as a file; or a file of what stands in linux.seccomp, a config.json, or its bundle'

/** `x86_64` is `SCMP_ARCH_X86_64`. */
export function architectureOption(): Option {
  const names = architectures.map(({ name }) => shortName(name))
  return new Option('--arch <arch>', "whose calls; this machine's unless told").choices(names)
}

export function shortName(name: SeccompArchitecture): string {
  return name.replace('SCMP_ARCH_', '').toLowerCase()
}

/** What decides, in words. */
export function deciderText(decider: Decider): string {
  switch (decider.by) {
    case 'rule':
    case 'default':
      return decider.pointer
    case 'enosys-stub':
      return decider.largest === null
        ? 'no number that a call can have'
        : `newer than the profile: the largest number that it names is ${decider.largest}`
    case 'architecture':
      return 'an architecture that is not in the profile'
    case 'nothing':
      return 'the profile asks for no filter'
    case 'libseccomp':
      return `libseccomp, which has mixed ${decider.pointers.join(', ')}`
  }
}
