// openRuntime: the root, with the real actors.

import { StatorError } from '../errors.ts'
import { linuxActors } from './linux.ts'
import { checkOptions, runtimeOptions } from './options.ts'
import { Runtime, type RuntimeOptions } from './runtime.ts'
import { settleCommand } from './settle-command.ts'

/**
 * Opens a root: recovers what an interrupted process has left, watches the containers that run, and hears of what other
 * processes do on it. Being open does not keep the process running; what is awaited does.
 *
 * @example
 *   await using runtime = await openRuntime()
 *   for (const { id, status } of await runtime.list()) console.log(id, status)
 * @throws {StatorError} ERR_STATOR_PLATFORM: not Linux, or the folder cannot be used; ERR_STATOR_STATE: it is of a later
 *   version
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return openRuntimeFor('all', options)
}

/** For one command on one container: the others are left to those who are asked for them. */
export async function openRuntimeFor(
  adopt: 'all' | 'asked',
  options: RuntimeOptions = {},
  { attach = true } = {},
): Promise<Runtime> {
  checkOptions('open', options, runtimeOptions)
  if (process.platform !== 'linux') {
    throw new StatorError('ERR_STATOR_PLATFORM', `open: containers need Linux, and this is ${process.platform}`)
  }
  return Runtime.open({ ...options, actors: linuxActors, settle: settleCommand(), adopt, attach })
}
