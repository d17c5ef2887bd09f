// Which file says what of a seccomp policy: a policy may rest on another one, and what is resolved of it has other indices. It is
// kept beside the objects, as it makes no difference to the filter.

import { StatorError } from '../errors.ts'

/** A part of a policy's file. */
export interface PolicyPlace {
  readonly path: string
  /** `syscalls[3].action`; empty: all of it. */
  readonly pointer: string
}

const rules = new WeakMap<object, PolicyPlace>()
/** The file of each field of a policy; that of the empty name is the policy's own. */
const fields = new WeakMap<object, ReadonlyMap<string, string>>()

/** @param names the fields that this file has; others are those of the policy that it extends */
export function keepPlaces(policy: object, path: string, names: readonly string[], base?: object): void {
  fields.set(
    policy,
    new Map([...((base && fields.get(base)) ?? []), ...['', ...names].map((name) => [name, path] as const)]),
  )
}

export function keepRulePlace<T extends object>(rule: T, place: PolicyPlace): T {
  rules.set(rule, place)
  return rule
}

/** For what is made of a policy, or of one of its rules. */
export function copyPlaces<T extends object>(made: T, source: object): T {
  const [ofRule, ofFields] = [rules.get(source), fields.get(source)]
  if (ofRule !== undefined) rules.set(made, ofRule)
  if (ofFields !== undefined) fields.set(made, ofFields)
  return made
}

/**
 * Where a part of a policy, or of what was resolved of it, stands.
 *
 * @param pointer within it: `syscalls[3].action`
 * @returns undefined: it comes from no policy
 */
export function placeIn(policy: { readonly syscalls?: readonly object[] }, pointer: string): PolicyPlace | undefined {
  const [, index, rest = ''] = /^syscalls\[(\d+)\](.*)$/.exec(pointer) ?? []
  const rule = index === undefined ? undefined : policy.syscalls?.[Number(index)]
  if (rule !== undefined) {
    const place = rules.get(rule)
    return place && { ...place, pointer: `${place.pointer}${rest}` }
  }
  const [field = ''] = /^\w+/.exec(pointer) ?? []
  const files = fields.get(policy)
  // Where a policy has a map of architectures, they come from there.
  const isMapped = field === 'architectures' && !files?.has(field) && files?.has('archMap')
  const own = files?.get('')
  // A file that gives another errno to the default action of the policy that it extends.
  const errno = ['defaultErrno', 'defaultErrnoRet'].find((name) => files?.has(name) && files.get(name) === own)
  if (field === 'defaultAction' && own !== undefined && errno !== undefined && files?.get(field) !== own)
    return { path: own, pointer: errno }
  const path = files?.get(isMapped ? 'archMap' : field) ?? files?.get('')
  return path === undefined ? undefined : { path, pointer: isMapped ? 'archMap' : pointer }
}

/** `web.json: syscalls[3]` for `linux.seccomp.syscalls[1]`, where the profile at `linux.seccomp` comes from a policy. */
export function inPolicyFile(
  policy: { readonly syscalls?: readonly object[] },
  at: string,
  pointer: string,
): PolicyPlace | undefined {
  if (pointer !== at && !pointer.startsWith(`${at}.`)) return undefined
  return placeIn(policy, pointer.slice(at.length + 1))
}

/** An error with a pointer into a profile, in terms of the file that says so; the same error where none does. */
export function toldOfPolicyFile(
  thrown: unknown,
  policy: { readonly syscalls?: readonly object[] },
  at: string,
): unknown {
  if (!(thrown instanceof StatorError) || thrown.pointer === undefined) return thrown
  const place = inPolicyFile(policy, at, thrown.pointer)
  if (place === undefined) return thrown
  const words =
    place.pointer === ''
      ? thrown.message.replace(`${thrown.pointer}: `, '')
      : thrown.message.replaceAll(thrown.pointer, place.pointer)
  const { pointer: _, ...others } = thrown.place()
  const here = place.pointer === '' ? {} : { pointer: place.pointer }
  return new StatorError(
    thrown.code,
    `${place.path}: ${words}`,
    { ...others, path: place.path, ...here },
    { cause: thrown },
  )
}
