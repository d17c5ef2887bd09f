// One more process in a container that runs. It has a keeper of its own, which leaves its exit record in the session's folder.

import { constants, mkdirSync, openSync, readlinkSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import { Fd } from '../../native/fd.ts'
import { pidfdOpen } from '../../native/pidfd.ts'
import { isAlive } from '../../native/process-stat.ts'
import type { NamespaceType, Process, Spec } from '../../oci/config.ts'
import { compileExec, containerInit } from '../../plan/compile/exec.ts'
import { groupDescriptor } from '../../plan/compile/groups.ts'
import { isNewNamespace } from '../../plan/compile/compilation.ts'
import { initDescriptors } from '../../plan/compile/container.ts'
import { keeperDescriptors } from '../../plan/compile/keeper.ts'
import { isFilteredLast } from '../../plan/compile/seccomp.ts'
import { keyringName, keyringSlot } from '../../plan/compile/settings.ts'
import { fillSlots } from '../../plan/builder.ts'
import { namespaceFlags } from '../../plan/compile/namespaces.ts'
import type { Launch, Processes, Stdio } from '../creation.ts'
import { preserved, startStub } from './clone.ts'
import { endProcesses } from './end.ts'
import { fromOutside } from './from-outside.ts'
import { letGo } from './gate.ts'
import { handOverListener, keepsListener } from './listener.ts'
import { setLimits } from './limits.ts'
import { setOomScore } from './oom-score.ts'
import type { Live } from './live.ts'
import { keptStreams, openStdio } from './stdio.ts'
import { givePidfd, takeTerminal } from './handover.ts'
import { wishesOf } from './wishes.ts'

export interface ExecRequest {
  /** The session's folder, made by the caller: the exit record and the log go there. */
  readonly folder: string
  readonly container: {
    readonly id: string
    readonly config: Spec
    readonly rootfs: string
    readonly processes: Processes
  }
  readonly process: Process
  readonly stdio: Stdio
  readonly launch: Launch
  /** A live of the session's own, with the container's groups opened for joining. */
  readonly live: Live
  /** Stores who they are: called before the process goes on. */
  readonly cloned?: (processes: Processes) => void
}

/**
 * Resolves once the program runs.
 *
 * @throws {StatorError} ERR_STATOR_PROGRAM: it cannot be started; ERR_STATOR_STATUS: the container is not running
 */
export async function launchExec(request: ExecRequest, signal: AbortSignal): Promise<Processes> {
  const { folder, container, process, stdio, launch, live } = request
  const { host, groups } = live
  const init = openInit(container.processes)
  live.open.set(containerInit, init)
  const plan = compileExec(process, host.facts, {
    keeping: {
      ...keptStreams(stdio, process),
      attachedFile: host.attachedFile,
      settle: host.settle,
      watches: launch.parent === 'caller',
      listener: keepsListener(live),
    },
    groups: groups.tasks.length,
    intoGroup: groups.into !== null,
    namespaces: differingNamespaces(container.processes.init.pid),
    rootfs: isNewNamespace(container.config, 'mount') ? null : container.rootfs,
    personality: container.config.linux?.personality,
    wishes: wishesOf(launch),
    filters: live.filters,
  })
  live.plan = fillSlots(plan, { [keyringSlot]: keyringName(container.id) })
  live.open.set(keeperDescriptors.folder, new Fd(openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)))
  if (groups.into !== null) live.open.set(initDescriptors.group, groups.into)
  groups.tasks.forEach((fd, index) => live.open.set(groupDescriptor(index), fd))
  if (stdio === 'log') mkdirSync(`${folder}/log`, { recursive: true })
  const streams = openStdio(stdio, process, `${folder}/log/stdio`, live)
  for (const [name, fd] of streams.keeper) live.open.set(name, fd)

  const processes = await startStub(
    live.plan,
    new Map([...streams.child, ...preserved(launch)]),
    live,
    `keeper of exec in ${container.id}`,
    signal,
    streams.close,
  )
  try {
    request.cloned?.(processes)
    const link = live.link
    if (link === undefined) throw new StatorError('ERR_STATOR_STAGE', 'the keeper has not been started')
    fromOutside(live, 'isolated', () => {
      setLimits(processes.init.pid, process)
      setOomScore(processes.init.pid, process)
    })
    const isLast = isFilteredLast(process)
    if (!isLast) await handOverListener(live, signal)
    const ready = await link.reached('ready', signal)
    takeTerminal(process, ready, launch, live)
    givePidfd('setns', launch, live)
    if (!keepsListener(live)) await link.kept(signal)
    letGo(link, process, ready.payload)
    if (isLast) await handOverListener(live, signal)
    // The end of its control socket: execve(2) has closed it, or its end has, and then it has said why.
    while ((await link.next('init', signal)) !== null) continue
    link.rest()
    return processes
  } catch (error) {
    await endProcesses(processes)
    // An init that has failed is why nothing could be done to it.
    throw live.link?.failure() ?? error
  }
}

function openInit({ init }: Processes): Fd {
  try {
    using fd = pidfdOpen(init.pid)
    if (isAlive(init)) return new Fd(fd.take())
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== 'ESRCH') throw error
  }
  throw new StatorError('ERR_STATOR_STATUS', 'container not running')
}

const files: Readonly<Record<NamespaceType, string>> = {
  mount: 'mnt',
  cgroup: 'cgroup',
  uts: 'uts',
  ipc: 'ipc',
  user: 'user',
  pid: 'pid',
  network: 'net',
  time: 'time',
}

/** Joining one's own user namespace is EINVAL, so only what differs is joined. */
function differingNamespaces(pid: number): number {
  let flags = 0
  for (const [type, file] of Object.entries(files) as [NamespaceType, string][]) {
    if (inode(`/proc/${pid}/ns/${file}`) !== inode(`/proc/self/ns/${file}`)) flags |= namespaceFlags[type]
  }
  return flags
}

function inode(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // a kernel without this type (time: Linux 5.6)
  }
}
