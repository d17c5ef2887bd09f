// The runtime that a command works with: opened for that command, and for the containers that it names.

import { readFileSync } from 'node:fs'
import { StatorError } from '../errors.ts'
import { CAP_SYS_ADMIN } from '../native/uapi.ts'
import type { Container } from '../runtime/container.ts'
import type { Glance } from '../runtime/glance.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Log } from './log.ts'
import { errorLine } from './report.ts'
import type { Invocation } from './verb.ts'

/**
 * @param attach for a command that stays: the ends of other containers are then its to notice, see `settleRest`
 */
export async function open({ globals: { root }, log }: Invocation, { attach = false } = {}): Promise<Runtime> {
  const { openRuntimeFor } = await import('../runtime/open.ts')
  const runtime = await openRuntimeFor('asked', root === undefined ? {} : { root }, { attach })
  if (log.debugs) runtime.events$.subscribe((event) => log.debug(JSON.stringify(event)))
  return runtime
}

/** One container as it is stored; null: a runtime has to look at it first. Without loading what only a runtime needs. */
export async function glanceAt({ globals: { root, debug }, about }: Invocation, id: string): Promise<Glance | null> {
  about(id)
  // What a runtime does is to be seen then.
  if (debug === true) return null
  const { glance } = await import('../runtime/glance.ts')
  return glance(id, root)
}

/** One container, for one thing that is done with it. */
export async function withContainer<T>(
  invocation: Invocation,
  id: string,
  work: (container: Container) => T | Promise<T>,
): Promise<T> {
  invocation.about(id)
  await using runtime = await open(invocation)
  return await work(await runtime.get(id))
}

/** While a command was attached, the keepers of other containers have left it to us to journal their ends. */
export async function settleRest(root: string, log: Log): Promise<void> {
  const { settle } = await import('../runtime/settle.ts')
  // What is wrong with others is no reason for this command to fail.
  await settle(root).catch((error: unknown) => log.warn(errorLine(error, 'settle')))
}

/**
 * Before anything is made, as it would fail in the middle. Another user with the rights of root is let through: what is missing
 * then has its own error.
 *
 * @throws {StatorError} ERR_STATOR_PLATFORM
 */
export function refuseUser(): void {
  if (process.platform !== 'linux' || process.geteuid?.() === 0) return
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  if ((BigInt(`0x${effective}`) & (1n << BigInt(CAP_SYS_ADMIN))) !== 0n) return
  const message = 'containers need root (rootless ones are not available yet: see "stator doctor")'
  throw new StatorError('ERR_STATOR_PLATFORM', message)
}
