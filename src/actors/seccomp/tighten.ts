// Whose word counts when an annotation names a seccomp policy. An annotation comes with the bundle, and so from less trusted
// hands than what the caller gives: it may make a container's filter tighter, and nothing else.
//
// To tighten is to load both. The kernel runs every filter that a process has and does the strictest thing that one of them
// says (seccomp(2): KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF, TRACE, LOG, ALLOW), so no filter can allow what
// another refuses, whatever is in it: nothing has to be compared. It also holds for the architectures (one that a filter does
// not know is killed) and for speculation (a filter loaded without SPEC_ALLOW switches it off, and none switches it on).
//
// Two things need care:
//   order    The second filter is loaded under the first, which therefore has to allow seccomp(2). Where both say
//            ERRNO, the errno is that of the one loaded last, so the caller's is last where it can be.
//   NOTIFY   A process has one listener (EBUSY for a second one). And a supervisor can do for a process what the kernel would
//            not: to be answered is more than to be allowed. So the annotation's policy may not notify.

import { isDeepStrictEqual } from 'node:util'
import { StatorError } from '../../errors.ts'
import { errnos } from '../../native/errno.ts'
import type { Seccomp } from '../../oci/config.ts'
import { seccompPolicyAnnotation } from '../../oci/annotations.ts'
import { isOff } from '../../oci/validate-seccomp.ts'

/** The value that asks for no filter at all. */
const unconfined = 'unconfined'

const pointer = `annotations["${seccompPolicyAnnotation}"]`

/** What a container gets. */
export interface ChosenFilters {
  /** In the order in which they are loaded. Empty: none. At most one notifies. */
  readonly filters: readonly Seccomp[]
  /** The annotation's policy, when it has a part in it. */
  readonly annotated?: string
}

export interface AnnotationOptions {
  /** The caller lets annotations have their way: what they name is instead of what is given. */
  readonly mayLoosen: boolean
  /** The profile of a policy by its name, for this container. */
  readonly policy: (name: string) => Seccomp
}

/**
 * The filters of a container: what the caller gave (linux.seccomp, or a policy), and what the annotation says of it.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG with the annotation's `pointer`: it would loosen, it is no name of a policy, both cannot be
 *   loaded, or its policy notifies
 */
export function withAnnotation(
  given: Seccomp | undefined,
  annotations: Readonly<Record<string, string>> | undefined,
  { mayLoosen, policy }: AnnotationOptions,
): ChosenFilters {
  const name = annotations?.[seccompPolicyAnnotation]
  if (name === undefined) return { filters: given === undefined ? [] : [given] }
  if (name === unconfined) {
    if (mayLoosen) return { filters: [], annotated: name }
    throw refused(`may only tighten: "${unconfined}" would not`)
  }
  // Not a path, not even where it may loosen: a bundle would choose which file of the host is read.
  if (!/^[a-z0-9-]+$/.test(name)) throw refused(`must be the name of a policy, not "${name}"`)
  const own = named(policy, name)
  if (mayLoosen) return { filters: [own], annotated: name }
  if (notifies(own)) throw refused(`policy "${name}" has SCMP_ACT_NOTIFY, whose answers could loosen what is given`)
  return {
    filters: given === undefined || isOff(given) || isDeepStrictEqual(given, own) ? [own] : inOrder(given, own, name),
    annotated: name,
  }
}

function named(policy: AnnotationOptions['policy'], name: string): Seccomp {
  try {
    return policy(name)
  } catch (error) {
    if (!(error instanceof StatorError)) throw error
    // An error's place in the policy's file is its own; without one it is about the name.
    throw error.saying(`${pointer}: ${error.message}`).at({ pointer })
  }
}

function inOrder(given: Seccomp, own: Seccomp, name: string): readonly Seccomp[] {
  if (allows(own, 'seccomp')) return [own, given]
  if (allows(given, 'seccomp')) return [given, own]
  throw refused(`policy "${name}" and the profile that is given cannot both be loaded: neither allows seccomp(2)`)
}

/** A profile that may ask user space. */
export function notifies({ defaultAction, syscalls = [] }: Seccomp): boolean {
  return defaultAction === 'SCMP_ACT_NOTIFY' || syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY')
}

/** What an ERRNO without errnoRet is. */
const { EPERM } = errnos

const harmless: ReadonlySet<string> = new Set(['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'])

/**
 * The call goes through whatever its arguments are. libseccomp goes by the first rule without conditions, and forgets those with
 * conditions then; a rule that says what happens anyway is left out before it sees it.
 */
function allows({ defaultAction, defaultErrnoRet = EPERM, syscalls = [] }: Seccomp, call: string): boolean {
  const rules = syscalls.filter(
    ({ names, action, errnoRet = EPERM }) =>
      names.includes(call) && (action !== defaultAction || errnoRet !== defaultErrnoRet),
  )
  const decided = rules.find(({ args = [] }) => args.length === 0)
  if (decided !== undefined) return harmless.has(decided.action)
  return harmless.has(defaultAction) && rules.every(({ action }) => harmless.has(action))
}

function refused(words: string): StatorError {
  return new StatorError('ERR_STATOR_CONFIG', `${pointer}: ${words}`, { pointer })
}
