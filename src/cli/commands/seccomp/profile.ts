// A profile from a file: what stands in `linux.seccomp` of a configuration, by itself or where it is.

import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import { architectures } from '../../../actors/seccomp/architectures.ts'
import type { Decider } from '../../../actors/seccomp/explain.ts'
import { StatorError, toStatorError } from '../../../errors.ts'
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
    const input = parseJson(configText(readFileSync(path)), path) as Record<string, unknown> | null
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
