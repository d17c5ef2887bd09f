// Names in a profile that libseccomp does not know, and that so have no rule: misspelt, or newer than this libseccomp. What
// libseccomp knows is known when it is loaded, and so this is imported where there is a profile.

import { libseccompVersion, nativeArch, resolveName } from '../native/libseccomp.ts'
import { placeIn } from '../oci/policy-places.ts'
import { isOfPackage } from '../runtime/policies.ts'

/** A profile, or a policy before it is resolved. */
export interface Named {
  readonly syscalls?: readonly { readonly names: readonly string[] }[]
}

/**
 * One line for all of them; undefined where all are known. What stands in a policy of the package is not misspelt, and not for its
 * reader to mend.
 *
 * @param where the file, or what else tells the reader where to look
 */
export function unknownNames(where: string, profiles: readonly Named[]): string | undefined {
  const names = profiles.flatMap((profile) =>
    (profile.syscalls ?? []).flatMap((rule, index) => {
      const path = placeIn(profile, `syscalls[${index}]`)?.path
      return path !== undefined && isOfPackage(path) ? [] : rule.names
    }),
  )
  const unknown = [...new Set(names)].filter((name) => resolveName(nativeArch(), name) === null)
  if (unknown.length === 0) return undefined
  const { major, minor, micro } = libseccompVersion()
  const list = unknown.map((name) => `"${name}"`).join(', ')
  return `${where}: names of system calls that libseccomp ${major}.${minor}.${micro} does not know, and so no rules for them: ${list} (misspelt, or newer)`
}
