// The end of a container's init: noticed by pidfds, told by the keeper's exit record, and where the keeper is gone, by what
// the kernel still knows.

import type { Subscription } from 'rxjs'
import { ignoring } from '../../native/errno.ts'
import type { Fd } from '../../native/fd.ts'
import { pidfdExitStatus, pidfdOpenIfAlive, pidfdSendSignal, waitPidfd } from '../../native/pidfd.ts'
import { hold, onReady } from '../../native/poller.ts'
import { isAlive, processState } from '../../native/process-stat.ts'
import { SIGKILL } from '../../native/uapi.ts'
import type { ProcessId, Processes } from '../creation.ts'
import type { Exit } from '../exit.ts'
import { endOf, exitOf, readExit, zombieEnd } from './exit-file.ts'
import { DIES_WITHIN_MS, survivor } from './survivor.ts'

export interface WatchedEnd {
  readonly ended: Promise<Exit>
  /** Resolves only when the keeper is gone and init is not: from then on nobody keeps its output, and its exit code may be lost. */
  readonly keeperLost: Promise<void>
  close(): void
  /** Closes, of a container that has ended: its keeper, if it is our child, is still reaped, now or when it ends. */
  dismiss(): void
}

/** How long the end of an init without its keeper may wait to be reaped. */
const REAPED_WITHIN_MS = 1000

export interface EndOf {
  readonly folder: string
  readonly processes: Processes
  /** Where this process holds them already; they stay the caller's. */
  readonly pidfds?: { readonly init: Fd | undefined; readonly keeper: Fd | undefined } | undefined
  /** Init is another's to reap: of one that waits for that the end is known at once. */
  readonly isWatched?: boolean
}

/**
 * Waits for the end without keeping this process alive: whoever awaits `ended` holds the loop (poller.ts, `hold`).
 *
 * @throws {SyscallError} EMFILE: nothing is watched. Without the keeper `ended` may reject so, and nothing is watched any more.
 */
export function watchEnd({ folder, processes, pidfds, isWatched = false }: EndOf): WatchedEnd {
  const { keeper, init } = processes
  const subscriptions: Subscription[] = []
  const descriptors: Fd[] = []
  /** Until it has ended. */
  let keeperAlive: Fd | null = null
  let lost!: () => void
  const keeperLost = new Promise<void>((resolve) => (lost = resolve))
  let late: NodeJS.Timeout | undefined
  const close = () => {
    clearTimeout(late)
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
    for (const fd of descriptors.splice(0)) fd.close()
  }

  let settle!: { readonly resolve: (exit: Exit) => void; readonly reject: (error: unknown) => void }
  const ended = new Promise<Exit>((resolve, reject) => (settle = { resolve, reject }))
  const finish = (exit: Exit) => {
    close()
    settle.resolve(exit)
  }
  const watch = (fd: Fd, events: 'in' | 'hup', then: () => void) => {
    const ready = () => {
      subscription.unsubscribe()
      try {
        then()
      } catch (error) {
        close()
        settle.reject(error)
      }
    }
    const subscription = onReady(fd, ready, { events })
    subscriptions.push(subscription)
  }
  try {
    const initFd = held(pidfds?.init, descriptors) ?? open(init, descriptors)
    const keeperGone = () => {
      const exit = readExit(folder)
      if (exit !== null) return finish(exit)
      if (initFd === null) return finish(unknownEnd(null, init.pid))
      if (isAlive(init)) lost()
      watch(initFd, 'in', () => {
        const exit = zombieEnd(init)
        // Init has fallen to pid 1 or a subreaper, and that may be this process. Who detached it has it from us, unreaped.
        if (!isWatched) reap(initFd)
        if (exit !== null) return finish(exit)
        // The kernel keeps it from the moment its new parent has reaped it. A pid 1 that never does must not hide the end.
        late = setTimeout(() => finish(unknownEnd(initFd, init.pid)), REAPED_WITHIN_MS).unref()
        watch(initFd, 'hup', () => finish(unknownEnd(initFd, init.pid)))
      })
    }
    const keeperFd = held(pidfds?.keeper, descriptors) ?? open(keeper, descriptors)
    keeperAlive = keeperFd
    if (keeperFd === null) keeperGone()
    else {
      if (isWatched && initFd !== null)
        watch(initFd, 'in', () => {
          const exit = zombieEnd(init)
          // Reaped already: the keeper is told by the kernel, and tells us.
          if (exit !== null) finish(exit)
        })
      watch(keeperFd, 'in', () => {
        keeperAlive = null
        reap(keeperFd)
        keeperGone()
      })
    }
  } catch (error) {
    close()
    throw error
  }
  const dismiss = () => {
    const left = keeperAlive
    keeperAlive = null
    try {
      if (left !== null && left.number >= 0) reapAtEnd(left)
    } finally {
      close()
    }
  }
  return { ended, keeperLost, close, dismiss }
}

/** Nobody else can: it stays a zombie until this process takes its status. */
function reapAtEnd(fd: Fd): void {
  try {
    if (waitPidfd(fd) !== null) return
  } catch (error) {
    ignoring('ECHILD')(error)
    return
  }
  let own: Fd | undefined
  try {
    // It is about to end. `fd` is closed by then.
    const held = (own = fd.dup())
    const subscription = onReady(held, () => {
      subscription.unsubscribe()
      reap(held)
      held.close()
    })
  } catch (error) {
    own?.close()
    ignoring('EMFILE', 'ENFILE')(error)
  }
}

export interface EndProcess {
  /** How long it may take to end by itself before SIGKILL is sent. */
  readonly graceMs?: number
  /** Is called when SIGKILL was sent: lets go on what keeps a process from dying of it. */
  readonly onKill?: (() => void) | undefined
  /** How long it may take to die of SIGKILL. */
  readonly withinMs?: number
}

/**
 * Sends SIGKILL, and waits for the end. A process that is gone, or another that got its pid, is left alone.
 *
 * @throws {StatorError} ERR_STATOR_TIMEOUT: it is still there
 */
export async function endProcess(process: ProcessId, how: EndProcess = {}): Promise<void> {
  const held: Fd[] = []
  try {
    const fd = open(process, held)
    if (fd !== null) await endHeld(fd, process.pid, how)
  } finally {
    for (const fd of held) fd.close()
  }
}

/**
 * Waits for the end of a process that nobody sends anything to.
 *
 * @returns whether it has ended by then
 */
export async function endsWithin(process: ProcessId, ms: number): Promise<boolean> {
  const held: Fd[] = []
  const release = hold()
  let timer: NodeJS.Timeout | undefined
  let subscription: Subscription | undefined
  try {
    const fd = open(process, held)
    if (fd === null) return true
    return await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
      subscription = onReady(fd, () => resolve(true))
    })
  } finally {
    clearTimeout(timer)
    subscription?.unsubscribe()
    for (const fd of held) fd.close()
    release()
  }
}

/** How long a keeper may take to say how its process has ended. */
const OWN_END_MS = 1000

/**
 * Sends SIGKILL to init, and waits for the end of both. The keeper is given time to reap init: while it is not, the pid namespace
 * that it was in cannot end. Where it cannot, that is left to whom init falls; this process does it, if it is that one.
 *
 * @throws {StatorError} ERR_STATOR_TIMEOUT: one is still there
 */
export async function endProcesses({ init, keeper }: Processes, onKill?: () => void): Promise<void> {
  const held: Fd[] = []
  try {
    const fd = open(init, held)
    if (fd !== null) await endHeld(fd, init.pid, { onKill })
    await endProcess(keeper, { graceMs: OWN_END_MS })
    if (fd !== null) reap(fd)
  } finally {
    for (const fd of held) fd.close()
  }
}

async function endHeld(
  fd: Fd,
  pid: number,
  { graceMs = 0, onKill, withinMs = DIES_WITHIN_MS }: EndProcess,
): Promise<void> {
  const release = hold()
  let timer: NodeJS.Timeout | undefined
  let subscription: Subscription | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const kill = () => {
        // A loop that was blocked for so long may not have been told yet of an end: it is before the next setImmediate.
        timer = setTimeout(() => setImmediate(() => reject(survivor(pid, withinMs))), withinMs)
        try {
          sendKill(fd)
          onKill?.()
        } catch (error) {
          reject(error)
        }
      }
      if (graceMs === 0) kill()
      else timer = setTimeout(kill, graceMs)
      subscription = onReady(fd, resolve)
    })
    reap(fd)
  } finally {
    clearTimeout(timer)
    subscription?.unsubscribe()
    release()
  }
}

function sendKill(fd: Fd): void {
  try {
    pidfdSendSignal(fd, SIGKILL)
  } catch (error) {
    ignoring('ESRCH')(error)
  }
}

function held(fd: Fd | undefined, into: Fd[]): Fd | null {
  if (fd === undefined || fd.number < 0) return null
  const own = fd.dup()
  into.push(own)
  return own
}

/** A pidfd of just this process; null when it has ended. */
function open({ pid, startTime }: ProcessId, into: Fd[]): Fd | null {
  const fd = pidfdOpenIfAlive(pid)
  if (fd === null) return null
  into.push(fd)
  // The pid may have been given to another between the record and the open. A zombie still has its pid, and no start
  // time is asked of it: its end is there to be read.
  return isAlive({ pid, startTime }) || processState(pid) === 'Z' ? fd : null
}

/** Takes the status of one that is this process's child: else it stays a zombie. */
function reap(fd: Fd): void {
  try {
    waitPidfd(fd)
  } catch (error) {
    ignoring('ECHILD')(error)
  }
}

/** The keeper could not tell: the kernel may (Linux 6.15), while a pidfd from before the end is held. Never a made-up 0. */
function unknownEnd(fd: Fd | null, pid: number): Exit {
  const status = fd === null ? null : pidfdExitStatus(fd)
  return status === null ? exitOf(null, null, pid, Date.now()) : endOf(status, pid)
}
