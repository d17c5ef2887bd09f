// Which filters a container gets: linux.seccomp or the policy that the caller chose in its place, and what an annotation adds.

import { release } from 'node:os'
import type { Launch } from '../actors/creation.ts'
import { notifies, withAnnotation } from '../actors/seccomp/tighten.ts'
import { StatorError } from '../errors.ts'
import { architecture } from '../native/syscalls.ts'
import type { Seccomp, Spec } from '../oci/config.ts'
import { inPolicyFile } from '../oci/policy-places.ts'
import { resolvePolicy } from '../oci/resolve-policy.ts'
import { stringifyConfig } from '../oci/stringify.ts'
import type { Bundle } from './bundle.ts'
import { seccompPolicy } from './policies.ts'

/** What a policy is for the process of a container. @throws {StatorError} as seccompPolicy */
function resolved(name: string, { process }: Spec): Seccomp {
  const facts = { capabilities: process.capabilities, architecture: architecture(), kernelRelease: release() }
  return resolvePolicy(seccompPolicy(name), facts)
}

/** @throws {StatorError} as withPolicy */
export function configWithPolicy(config: Spec, policy: string): Spec {
  return { ...config, linux: { ...config.linux, seccomp: resolved(policy, config) } }
}

/** Many containers come from one configuration and one policy. */
const given = new WeakMap<Spec, { readonly policy: string; readonly config: Spec; readonly configText: string }>()

/**
 * The bundle with a policy in place of linux.seccomp: it is what the container keeps, whatever becomes of the policy.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: there is no such policy, or it is not valid
 */
export function withPolicy(bundle: Bundle, policy: string | undefined): Bundle {
  if (policy === undefined) return bundle
  const known = given.get(bundle.config)
  // A file may have changed since.
  if (known?.policy === policy && !policy.includes('/')) return { ...bundle, ...known }
  const config = configWithPolicy(bundle.config, policy)
  const made = { policy, config, configText: stringifyConfig(config) }
  given.set(bundle.config, made)
  return { ...bundle, config: made.config, configText: made.configText }
}

/**
 * In the order in which they are loaded.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: the annotation would loosen, names none, or cannot be loaded besides
 */
export function profilesOf(config: Spec, { policyAnnotations = false }: Launch): readonly Seccomp[] {
  const policy = (name: string) => resolved(name, config)
  return withAnnotation(config.linux?.seccomp, config.annotations, { mayLoosen: policyAnnotations, policy }).filters
}

/** What is asked for, and what helps where nobody would answer: first what the command line can do, then what a program can. */
const ways = {
  create:
    'name the socket of an agent in listenerPath, or choose a profile that does not notify (--policy); in a program give "notify" or ' +
    '"onNotification", or subscribe to notifications$ first',
  exec:
    'exec in the program that answers for the container, or make the container with "notify", or with the socket of an agent in ' +
    'listenerPath',
}

/**
 * A call that nobody answers hangs for ever, so somebody has to be there before anything is made.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG
 */
export function checkAnswered(
  command: keyof typeof ways,
  what: string,
  profiles: readonly Seccomp[],
  isAnswered: () => boolean,
): void {
  for (const profile of profiles) {
    if (!notifies(profile) || profile.listenerPath || isAnswered()) continue
    const index = profile.syscalls?.findIndex(({ action }) => action === 'SCMP_ACT_NOTIFY') ?? 0
    const at = 'linux.seccomp'
    const pointer = `${at}.syscalls[${index}].action`
    const { path, pointer: here } = inPolicyFile(profile, at, pointer) ?? { pointer }
    const place = path === undefined ? here : `${path}: ${here}`
    const message = `${what}: nobody would answer SCMP_ACT_NOTIFY: ${ways[command]} (${place})`
    throw new StatorError('ERR_STATOR_CONFIG', message, { pointer: here, ...(path === undefined ? {} : { path }) })
  }
}
