// The making of a container by the flags of create and run.

import { StatorError } from '../errors.ts'
import type { Container } from '../runtime/container.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { checkConsole, type CreateOptions, launchOf } from './launch-options.ts'
import type { GlobalFlags } from './flags.ts'
import { listenEnv } from './listen-fds.ts'
import type { Log } from './log.ts'
import { writePidFile } from './pid-file.ts'

export interface Making {
  readonly id: string
  readonly options: CreateOptions
  /** In place of those in config.json. */
  readonly args?: readonly string[]
  /** Nobody stays with it: it is this process's child, and so its subreaper's. */
  readonly detach: boolean
  readonly globals: GlobalFlags
  readonly log: Log
  readonly signal?: AbortSignal
}

/** Makes it, and writes the pid file; if that fails, it is as if nothing had been made. */
export async function make(
  runtime: Runtime,
  { id, options, args, detach, globals, log, signal }: Making,
): Promise<Container> {
  if (globals.systemdCgroup)
    throw new StatorError('ERR_STATOR_UNSUPPORTED', '--systemd-cgroup: not available yet (set the engine to cgroupfs)')
  // An asserting function wants its type said.
  const { checkId }: { checkId: (id: unknown) => void } = await import('../runtime/store.ts')
  checkId(id)
  const { bundle, pidFile, stdio, consoleSocket } = options
  const { readBundle } = await import('../runtime/bundle.ts')
  // Also for its warnings: `create` has nobody to tell, and does not parse the same text again.
  const { config } = readBundle({ bundle }, bundle, log.notes)
  const { terminal } = config.process
  checkConsole(terminal, detach, consoleSocket)
  if (terminal && !detach) (await import('./sit.ts')).demandTerminal()
  if (terminal && stdio === 'log')
    throw new StatorError('ERR_STATOR_CONFIG', '--stdio log: a terminal has no log (process.terminal)')
  if (options.policy !== undefined) await tellUnknownNames(options.policy, log)
  const container = await runtime.create({
    id,
    bundle,
    args: args?.length ? args : undefined,
    env: listenEnv(process.env, process.pid),
    ...(terminal ? {} : { stdio }),
    policy: options.policy,
    launch: launchOf(options, detach ? 'caller' : 'keeper'),
    signal,
  })
  try {
    if (pidFile !== undefined) writePidFile(pidFile, container.pid ?? 0)
  } catch (error) {
    await container.delete({ force: true })
    throw error
  }
  return container
}

/**
 * A person names the file of a policy, and wants to know what is misspelt there. An engine writes config.json, with names that are
 * newer than many a libseccomp: a line for each container would hide others, and with --debug there are the events.
 */
async function tellUnknownNames(policy: string, log: Log): Promise<void> {
  if (!policy.includes('/')) return
  const { unknownNames } = await import('./unknown-names.ts')
  const { seccompPolicy } = await import('../runtime/policies.ts')
  const unknown = unknownNames(policy, [seccompPolicy(policy)])
  if (unknown !== undefined) log.warn(unknown)
}
