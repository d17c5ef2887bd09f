// cloning: the keeper is started, and clones init into its namespaces. Init then waits: nothing of the container is made
// before the state folder knows who it is.

import { constants, openSync, readlinkSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import { ignoring, SyscallError } from '../../native/errno.ts'
import { Fd } from '../../native/fd.ts'
import { memfdCreate } from '../../native/memfd.ts'
import { openTree } from '../../native/mount.ts'
import { openNamespace } from '../../native/namespace.ts'
import { pidfdOpen, pidfdOpenIfAlive, waitPidfd } from '../../native/pidfd.ts'
import { hold, onReady } from '../../native/poller.ts'
import { processStartTime } from '../../native/process-stat.ts'
import { socketpair } from '../../native/socket.ts'
import { AT_RECURSIVE, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE } from '../../native/uapi.ts'
import type { Plan } from '../../plan/builder.ts'
import { initDescriptors } from '../../plan/compile/container.ts'
import { groupDescriptor } from '../../plan/compile/groups.ts'
import { keeperDescriptors } from '../../plan/compile/keeper.ts'
import { bindSource, bindSourceDescriptor, copiesUp, copyUpDescriptor, isBind } from '../../plan/compile/mounts.ts'
import { namespaceDescriptor, namespaceFlags } from '../../plan/compile/namespaces.ts'
import type { Creation, Launch, ProcessId, Processes } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { copyUp } from './copy-up.ts'
import { endProcess, endProcesses } from './end.ts'
import { StubLink } from './link.ts'
import type { Live } from './live.ts'
import { spawnStub } from './spawn.ts'
import { openStdio } from './stdio.ts'

export const clone = {
  name: 'cloning',
  subject: 'process',
  intend: () => null,
  async run(_receipt: null, creation: Creation<Live>, signal: AbortSignal): Promise<Processes> {
    const { folder, id, live, stdio, config, launch } = creation
    const plan = live.plan
    if (plan === undefined) throw new StatorError('ERR_STATOR_STAGE', 'the plan has not been sealed')
    await openForInit(creation, signal)
    const streams = openStdio(stdio, config.process, `${folder}/log/stdio`, live)
    for (const [name, fd] of streams.keeper) live.open.set(name, fd)
    const child = new Map([...streams.child, ...preserved(launch)])
    return startStub(plan, child, live, `keeper of ${id}`, signal, streams.close)
  },
  /** @param onKill lets go on what keeps a process from dying of SIGKILL */
  async undo(_receipt: null, processes: Processes | undefined, onKill?: () => void) {
    // Not told who they are: then init never got its go-on. Both end by themselves, and what is in the group is killed with it.
    if (processes === undefined) return
    await endProcesses(processes, onKill)
  },
} satisfies Stage<Creation<Live>, null, Processes>

/**
 * Descriptors of this process that the program gets, by number: those that it was started with, and none of Node.js's or of this
 * runtime's, among which are folders of the host (CVE-2024-21626).
 *
 * Everything is close-on-exec here, inherited or not. But numbers are given out from below, and the first that Node.js opens for
 * good is the epoll set of its loop: what is above it was not inherited without a gap.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: there are not so many
 */
export function preserved({ preserveFds = 0 }: Launch): Map<number, number> {
  const numbers = new Map<number, number>()
  for (let number = 3; number < 3 + preserveFds; number++) {
    const what = openFile(number)
    if (what === null || what === 'anon_inode:[eventpoll]') {
      const message = `preserve ${preserveFds} descriptors: number ${number} was not passed to this process`
      throw new StatorError('ERR_STATOR_CONFIG', message, { errno: 'EBADF' })
    }
    numbers.set(number, number)
  }
  return numbers
}

/** What is open under a number, as proc_pid_fd(5) names it. */
function openFile(number: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${number}`)
  } catch (error) {
    ignoring('ENOENT')(error)
    return null
  }
}

/** Starts a stub with what `live.open` holds, and waits until the keeper tells init's pid. */
export async function startStub(
  plan: Plan,
  stdio: ReadonlyMap<number, Fd | number>,
  live: Live,
  title: string,
  signal: AbortSignal,
  close: readonly Fd[],
): Promise<Processes> {
  const ends: Fd[] = []
  const childEnds: Fd[] = []
  const connect = () => {
    const [own, child] = socketpair()
    ends.push(own)
    childEnds.push(child)
    return { own, child }
  }
  let keeperEnd: Fd
  let initEnd: Fd
  let keeperPid: number
  try {
    const keeper = connect()
    const init = connect()
    keeperEnd = keeper.own
    initEnd = init.own
    const named = new Map(live.open)
      .set(keeperDescriptors.control, keeper.child)
      .set(initDescriptors.control, init.child)
    keeperPid = spawnStub(plan, stdio, named, title)
  } catch (error) {
    for (const fd of ends) fd.close()
    throw error
  } finally {
    // What only the stub needs is closed here at once: an end of a pipe held open would hide its end.
    for (const fd of [...childEnds, ...close, ...live.groups.tasks, live.groups.into]) fd?.close()
    for (const [name, fd] of live.open) {
      if (kept.has(name)) continue
      fd.close()
      live.open.delete(name)
    }
  }
  let link: StubLink | undefined
  try {
    link = live.link = new StubLink(plan, keeperEnd, initEnd)
    live.keeper = pidfdOpen(keeperPid)
    const keeper = identify(keeperPid)
    let cloned = await link.next('keeper', signal)
    if (cloned?.kind === 'staged') {
      await reapStage(cloned.value)
      cloned = await link.next('keeper', signal)
    }
    if (cloned?.kind !== 'cloned' || keeper === null) {
      throw (
        link.failure() ??
        new StatorError('ERR_STATOR_STAGE', 'the keeper ended before it cloned init (killed?)', { role: 'keeper' })
      )
    }
    live.init = pidfdOpenIfAlive(cloned.value) ?? undefined
    // One that has ended by now has failed at a step, and who waits for it is told. Its pid may be another's: then it has no start.
    const init = identify(cloned.value) ?? { pid: cloned.value, startTime: '' }
    return (live.processes = { keeper, init })
  } catch (error) {
    // Where no descriptor is left, these give those with which the end is waited for.
    for (const fd of [live.keeper, live.init]) fd?.close()
    // Nobody else will learn who they are. Hung up on, a stub ends by itself, and the keeper after its children.
    if (link === undefined) for (const fd of ends) fd.close()
    link?.hangUp()
    await endProcess(identify(keeperPid) ?? { pid: keeperPid, startTime: '' }, { graceMs: OWN_END_MS })
    await link?.initGone()
    throw error
  }
}

/** It has told init's pid, and is about to end. Where this process reaps whatever falls to it, it may have been reaped by now. */
async function reapStage(pid: number): Promise<void> {
  using stage = pidfdOpenIfAlive(pid)
  if (stage === null) return
  const release = hold()
  await new Promise<void>((resolve) => {
    const subscription = onReady(stage, () => {
      subscription.unsubscribe()
      resolve()
    })
  }).finally(release)
  try {
    waitPidfd(stage)
  } catch (error) {
    ignoring('ECHILD')(error)
  }
}

/** How long a stub may take to see that nobody is there. */
const OWN_END_MS = 1000

/** Of these the runtime keeps its side after the clone. */
const kept: ReadonlySet<string> = new Set([
  initDescriptors.hookState,
  initDescriptors.hookOutput,
  initDescriptors.startState,
  initDescriptors.startOutput,
])

function identify(pid: number): ProcessId | null {
  const startTime = processStartTime(pid)
  return startTime === null ? null : { pid, startTime }
}

/** Everything that init inherits besides its streams and the control sockets. */
async function openForInit(
  { folder, bundle, config, rootfs, live }: Creation<Live>,
  signal: AbortSignal,
): Promise<void> {
  const { open } = live
  open.set(keeperDescriptors.folder, new Fd(openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)))
  if (live.groups.into !== null) open.set(initDescriptors.group, live.groups.into)
  live.groups.tasks.forEach((fd, index) => open.set(groupDescriptor(index), fd))

  config.linux?.namespaces?.forEach(({ type, path }, index) => {
    if (!path) return
    try {
      open.set(namespaceDescriptor(type), openNamespace(path, namespaceFlags[type]))
    } catch (error) {
      const { code: errno, detail } = error instanceof SyscallError ? error : { code: undefined, detail: String(error) }
      const fact = [errno, detail].filter(Boolean).join(': ')
      throw new StatorError(
        'ERR_STATOR_STAGE',
        `join the ${type} namespace "${path}": ${fact} (linux.namespaces[${index}])`,
        { pointer: `linux.namespaces[${index}]`, path, ...(errno === undefined ? {} : { errno }) },
        { cause: error },
      )
    }
  })

  for (const [index, mount] of (config.mounts ?? []).entries())
    if (copiesUp(mount)) open.set(copyUpDescriptor(index), await copyUp(config, index, rootfs, signal))

  if (config.linux?.namespaces?.some(({ type }) => type === 'user')) {
    const cloneTree = (path: string, recursive: boolean, pointer: string) => {
      try {
        return openTree(path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0))
      } catch (error) {
        const errno = error instanceof SyscallError ? error.code : 'unknown'
        throw new StatorError(
          'ERR_STATOR_STAGE',
          `clone ${path}: ${errno} (${pointer})`,
          { path, pointer, errno, syscall: 'open_tree' },
          { cause: error },
        )
      }
    }
    open.set('rootfs', cloneTree(rootfs, true, 'root.path'))
    config.mounts?.forEach((mount, index) => {
      if (isBind(mount))
        open.set(
          bindSourceDescriptor(index),
          cloneTree(bindSource(mount, bundle), mount.options?.includes('rbind') ?? false, `mounts[${index}]`),
        )
    })
  }

  const { createContainer, startContainer } = config.hooks ?? {}
  if (createContainer?.length)
    for (const name of [initDescriptors.hookState, initDescriptors.hookOutput]) open.set(name, memfdCreate(name))
  if (startContainer?.length)
    for (const name of [initDescriptors.startState, initDescriptors.startOutput]) open.set(name, memfdCreate(name))
}
