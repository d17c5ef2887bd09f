// What a seccomp policy means for one container: `linux.seccomp` of the OCI, with the rules that apply to its process, to
// this machine and to this kernel. Pure.

import type { Architecture } from '../native/syscalls.ts'
import type { Capabilities, Seccomp, SeccompRule } from './config.ts'
import { copyPlaces } from './policy-places.ts'
import type { PolicyConditions, SeccompPolicy, SeccompPolicyRule } from './seccomp-policy.ts'

/** What a policy depends on. */
export interface PolicyFacts {
  /** Of the container's process; undefined: it has none. */
  readonly capabilities: Capabilities | undefined
  readonly architecture: Architecture
  /** `6.1.0-18-amd64`, as uname(2) says it. */
  readonly kernelRelease: string
}

/** What libseccomp and the engines' profiles call a machine. */
const machines: Readonly<Record<Architecture, { readonly scmp: string; readonly engines: string }>> = {
  x86_64: { scmp: 'SCMP_ARCH_X86_64', engines: 'amd64' },
  aarch64: { scmp: 'SCMP_ARCH_AARCH64', engines: 'arm64' },
}

/** What was resolved before. A filter is looked up by the profile that it was made of, and so the same facts give the same one. */
const resolved = new WeakMap<SeccompPolicy, Map<string, Seccomp>>()

/**
 * The profile that a policy is for a container.
 *
 * A capability counts that the process has (effective) or that a program with file capabilities or the setuid bit could give it
 * (bounding); the engines look at the bounding set, which has the other one in it unless somebody took trouble.
 */
export function resolvePolicy(policy: SeccompPolicy, facts: PolicyFacts): Seccomp {
  const caps = mentioned(policy).filter((name) => has(facts.capabilities, name))
  const key = [facts.architecture, facts.kernelRelease, ...caps].join(' ')
  let profiles = resolved.get(policy)
  if (profiles === undefined) resolved.set(policy, (profiles = new Map()))
  let profile = profiles.get(key)
  if (profile === undefined) profiles.set(key, (profile = resolve(policy, facts, new Set(caps))))
  return profile
}

function has({ effective, bounding }: Capabilities = {}, name: string): boolean {
  return (effective?.includes(name) ?? false) || (bounding?.includes(name) ?? false)
}

const mentionedBy = new WeakMap<SeccompPolicy, readonly string[]>()

/** The capabilities that make a difference. */
function mentioned(policy: SeccompPolicy): readonly string[] {
  let names = mentionedBy.get(policy)
  if (names === undefined) {
    const conditions = (policy.syscalls ?? []).flatMap(({ includes, excludes }) => [includes, excludes])
    names = [...new Set(conditions.flatMap((condition) => condition?.caps ?? []))].sort()
    mentionedBy.set(policy, names)
  }
  return names
}

function resolve(policy: SeccompPolicy, facts: PolicyFacts, caps: ReadonlySet<string>): Seccomp {
  const { defaultAction, defaultErrnoRet, flags, listenerPath, listenerMetadata, syscalls } = policy
  const { engines } = machines[facts.architecture]
  const release = version(facts.kernelRelease)
  const holds = ({ includes = {}, excludes = {} }: SeccompPolicyRule): boolean =>
    tests(includes, caps, engines, release).every(Boolean) && !tests(excludes, caps, engines, release).some(Boolean)
  const architectures = architecturesOf(policy, facts.architecture)
  const profile: Seccomp = {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(architectures === undefined ? {} : { architectures }),
    ...(flags === undefined ? {} : { flags }),
    ...(listenerPath === undefined ? {} : { listenerPath }),
    ...(listenerMetadata === undefined ? {} : { listenerMetadata }),
    ...(syscalls === undefined ? {} : { syscalls: syscalls.filter(holds).map((rule) => copyPlaces(bare(rule), rule)) }),
  }
  return copyPlaces(profile, policy)
}

/** Each thing that the conditions ask for: is it so? Of machines any one will do, as there is but one. */
function tests(
  { caps = [], arches = [], minKernel }: PolicyConditions,
  has: ReadonlySet<string>,
  machine: string,
  release: Version,
): readonly boolean[] {
  return [
    ...caps.map((name) => has.has(name)),
    ...(arches.length === 0 ? [] : [arches.includes(machine)]),
    ...(minKernel === undefined ? [] : [isSince(release, version(minKernel))]),
  ]
}

/** undefined: those of this machine alone, without its 32-bit ones. */
function architecturesOf(policy: SeccompPolicy, architecture: Architecture): Seccomp['architectures'] {
  if (policy.archMap === undefined) return policy.architectures
  const entry = policy.archMap.find((entry) => entry.architecture === machines[architecture].scmp)
  // One that there is none of is refused with the profile.
  return entry && ([entry.architecture, ...(entry.subArchitectures ?? [])] as Seccomp['architectures'])
}

function bare({ names, action, errnoRet, args }: SeccompPolicyRule): SeccompRule {
  return {
    ...{ names, action },
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined ? {} : { args }),
  }
}

type Version = readonly [major: number, minor: number, patch: number]

function version(text: string): Version {
  const [, major = '0', minor = '0', patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return [Number(major), Number(minor), Number(patch)]
}

function isSince(release: Version, since: Version): boolean {
  const differs = release.findIndex((part, index) => part !== since[index])
  return differs < 0 || release[differs]! > since[differs]!
}
