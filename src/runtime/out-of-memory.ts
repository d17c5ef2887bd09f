// An end that nobody can explain, but for the kernel's count of those that it has killed for want of memory.

import { StatorError } from '../errors.ts'
import type { Spec } from '../oci/config.ts'

const pointer = 'linux.resources.memory.limit'

/**
 * A failure, with the memory limit as its reason where it is that: a process of the container was killed for it, or got
 * ENOMEM. What a step has said of itself stays.
 *
 * @param kills how many were killed; asked only where it matters
 */
export function explained(thrown: unknown, { linux }: Spec, kills: () => number): unknown {
  if (!(thrown instanceof StatorError)) return thrown
  const limit = linux?.resources?.memory?.limit ?? 0n
  const { code, message, errno, stepIndex } = thrown
  if (errno === 'ENOMEM') {
    return limit > 0n ? thrown.saying(`${message} (memory limit too low? ${pointer} is ${limit})`) : thrown
  }
  if (stepIndex !== undefined || errno !== undefined || !wereKilled(kills)) return thrown
  const what = message.replace(/ \(killed\?[^)]*\)$/, '')
  return limit > 0n
    ? new StatorError(
        code,
        `${what}: OOM-killed (memory limit too low? ${pointer} is ${limit})`,
        { ...thrown.place(), pointer },
        { cause: thrown },
      )
    : thrown.saying(`${what}: OOM-killed (this machine, or a group above the container's, is out of memory)`)
}

/** An end with the kernel's reason for it. */
export function wereKilled(kills: () => number, before = 0): boolean {
  try {
    return kills() > before
  } catch {
    return false // the group is gone, or cannot be read: then it stays unexplained
  }
}
