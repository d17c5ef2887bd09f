// A profile from a file: what stands in `linux.seccomp` of a configuration, by itself or where it is.

import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { resolve } from 'node:path'
import { Option } from 'commander'
import { architectures } from '../../../actors/seccomp/architectures.ts'
import type { Decider } from '../../../actors/seccomp/explain.ts'
import { StatorError, toStatorError } from '../../../errors.ts'
import { architecture } from '../../../native/syscalls.ts'
import { defineConfig } from '../../../oci/default-config.ts'
import { resolvePolicy } from '../../../oci/resolve-policy.ts'
import { seccompPolicy, seccompPolicyNames } from '../../../runtime/policies.ts'
import type { Seccomp, SeccompArchitecture } from '../../../oci/config.ts'
import { configText, normalizeSeccomp, parseJson, type ParseNotes } from '../../../oci/parse.ts'

export interface GivenProfile {
  readonly profile: Seccomp
  /** What pointers begin with. */
  readonly at: string
}

/** @throws {StatorError} ERR_STATOR_CONFIG, ERR_STATOR_UNSUPPORTED: with `path`, and `pointer` */
export function readProfile(path: string, notes: ParseNotes): GivenProfile {
  try {
    // As everywhere, a name is a policy of the package; a file of this name is `./NAME`.
    if (/^[a-z0-9-]+$/.test(path) && seccompPolicyNames().includes(path)) return resolved(path, `policy ${path}`)
    const input = parseJson(configText(readFileSync(path)), path) as Record<string, unknown> | null
    if (isPolicy(input)) return resolved(resolve(path), 'policy')
    if (typeof input !== 'object' || input === null || !('linux' in input || 'ociVersion' in input)) {
      return { profile: normalizeSeccomp(input, 'seccomp', notes), at: 'seccomp' }
    }
    const at = 'linux.seccomp'
    const { seccomp } = (input['linux'] ?? {}) as { seccomp?: unknown }
    if (seccomp === undefined || seccomp === null) {
      throw new StatorError('ERR_STATOR_CONFIG', `"${path}" has no linux.seccomp: every system call is allowed`)
    }
    return { profile: normalizeSeccomp(seccomp, at, notes), at }
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_CONFIG', { path })
  }
}

/** Pointers are those of the profile that comes of it. */
function resolved(policy: string, at: string): GivenProfile {
  // Of an ordinary process: rules for capabilities are for those that have more.
  const { capabilities } = defineConfig({ args: ['true'], rootfs: '/' }).process
  const facts = { capabilities, architecture: architecture(), kernelRelease: release() }
  return { profile: resolvePolicy(seccompPolicy(policy), facts), at }
}

/** What only a policy has: it depends on whose it is. */
function isPolicy(input: Record<string, unknown> | null): boolean {
  const { syscalls, ...rest } = input ?? {}
  const rules = Array.isArray(syscalls) ? (syscalls as readonly object[]) : []
  return 'archMap' in rest || 'extends' in rest || rules.some((rule) => 'includes' in rule || 'excludes' in rule)
}

/** `x86_64` is `SCMP_ARCH_X86_64`. */
export function architectureOption(): Option {
  const names = architectures.map(({ name }) => shortName(name))
  return new Option('--arch <arch>', "whose calls; this machine's unless told").choices(names)
}

export function architectureNamed(word: unknown): { architecture?: SeccompArchitecture } {
  const found = architectures.find(({ name }) => shortName(name) === word)
  return found === undefined ? {} : { architecture: found.name }
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
