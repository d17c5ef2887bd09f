// Policies by name: the files in policies/ of the package, or one by its path. What a file says is oci/seccomp-policy.ts.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerPolicy } from '../actors/seccomp/answer-policy.ts'
import { StatorError, toStatorError } from '../errors.ts'
import type { NotifyPolicy } from '../oci/notify-policy.ts'
import { parseSeccompPolicy, type SeccompPolicy } from '../oci/seccomp-policy.ts'

/** Folders of policies/. */
type Kind = 'seccomp' | 'notify'

/** Those that have been asked for. The package's files do not change while it runs. */
const named = new Map<string, SeccompPolicy>()

/**
 * A policy by its name, as `default`, or, where there is a slash in it, the file of this path.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: there is none (the message lists those there are), or it is not valid: `path`, `pointer`
 */
export function seccompPolicy(name: string): SeccompPolicy {
  if (name.includes('/')) return read(name)
  let policy = named.get(name)
  if (policy === undefined) named.set(name, (policy = read(fileOf('seccomp', name))))
  return policy
}

/**
 * A policy that answers notifications, found as `seccompPolicy` finds its own.
 *
 * @throws {StatorError} as `seccompPolicy`
 */
export function notifyPolicy(name: string): NotifyPolicy {
  const file = name.includes('/') ? name : fileOf('notify', name)
  const text = textOf(file)
  try {
    const policy: unknown = JSON.parse(text)
    answerPolicy(policy)
    return policy as NotifyPolicy
  } catch (error) {
    const { message } = error as Error
    if (error instanceof StatorError) throw error.saying(`${file}: ${message}`).at({ path: file })
    throw new StatorError('ERR_STATOR_CONFIG', `${file}: ${message}`, { path: file }, { cause: error })
  }
}

/** The names that `seccompPolicy` knows, sorted. */
export function seccompPolicyNames(): readonly string[] {
  return namesIn('seccomp')
}

/** Whether a policy's file is one of the package. */
export function isOfPackage(path: string): boolean {
  return path.startsWith(folder('seccomp'))
}

function namesIn(kind: Kind): readonly string[] {
  return readdirSync(folder(kind))
    .flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? [])
    .sort()
}

function read(file: string): SeccompPolicy {
  return parseSeccompPolicy(textOf(file), file, (base) => {
    // By its name alone: what a file rests on comes with the package, and so cannot go round in a circle.
    if (base.includes('/')) {
      throw new StatorError('ERR_STATOR_CONFIG', `extends: must be a name, not the path "${base}"`, {
        pointer: 'extends',
      })
    }
    return seccompPolicy(base)
  })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const failed = toStatorError(error, 'ERR_STATOR_CONFIG', { path: file })
    throw failed.saying(`policy "${file}": ${failed.message}${isAbsolute(file) ? '' : ` (in ${process.cwd()})`}`)
  }
}

function fileOf(kind: Kind, name: string): string {
  const file = join(folder(kind), `${name}.json`)
  if (/^[a-z0-9-]+$/.test(name) && existsSync(file)) return file
  const known = namesIn(kind).join(', ')
  throw new StatorError(
    'ERR_STATOR_CONFIG',
    `${kind} policy "${name}": there is none (there are ${known}; a file needs a "/")`,
  )
}

/** In an installed package beside the bundle's folder, in a checkout at its top. */
function folder(kind: Kind): string {
  const packaged = new URL(`../policies/${kind}/`, import.meta.url)
  return fileURLToPath(existsSync(packaged) ? packaged : new URL(`../../policies/${kind}/`, import.meta.url))
}
