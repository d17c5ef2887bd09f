// Exec sessions of other runtimes: their processes live on in the container when the runtime that began them is no more, and
// their end is told by one of those who are attached, by the settler, or by the delete that ends them.

import type { ProcessId } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import type { WatchedEnd } from '../actors/process/end.ts'
import { pidfdOpenIfAlive } from '../native/pidfd.ts'
import { onReady } from '../native/poller.ts'
import { isAlive } from '../native/process-stat.ts'
import { finishSession, listSessions, readSession, sessionFolder, type StoredSession } from './exec-store.ts'
import { sharedController } from './limits.ts'
import type { Receipts } from './actors.ts'
import type { Root } from './root.ts'
import { unknownExit } from './states.ts'

/** A view, as far as it matters here. */
export interface Adopting {
  readonly id: string
  readonly receipts: Receipts
  interruptCalls(): Promise<void>
  readonly folder: string
  readonly root: Root
}

export class AdoptedSessions {
  readonly #view: Adopting
  readonly #attend: (work: () => void) => Promise<void>
  readonly #warn: (thrown: unknown) => void
  readonly #ends = new Map<string, WatchedEnd>()
  readonly #over = sharedController()
  /** Processes that have sessions here, and may end before them. */
  readonly #owners = new Map<string, () => void>()

  /** @param attend does something that only one of all who are attached is to do at a time; never throws */
  constructor(view: Adopting, attend: (work: () => void) => Promise<void>, warn: (thrown: unknown) => void) {
    this.#view = view
    this.#attend = attend
    this.#warn = warn
  }

  /** Sees to those that are there. Resolves when the ends that have come already are told. */
  async look(): Promise<void> {
    const { folder, root } = this.#view
    const told: Promise<void>[] = []
    for (const session of listSessions(folder)) {
      const { id, owner, processes, exit } = session
      if (exit !== null || root.sessions.has(id) || this.#ends.has(id)) continue
      if (root.isOpen(owner)) this.watchOwner(owner)
      else if (processes !== null) {
        const end = root.actors.watchEnd({ folder: sessionFolder(folder, id), processes })
        this.#ends.set(id, end)
        this.#adoptListener(id, processes.keeper)
        const telling = end.ended.then((exit) => this.#attend(() => tellEnd(this.#view, id, exit)), this.#warn)
        if (!isAlive(processes.keeper)) told.push(telling)
      }
    }
    await Promise.all(told)
  }

  #adoptListener(exec: string, keeper: ProcessId): void {
    const { id: container, folder: ofContainer, root } = this.#view
    const folder = sessionFolder(ofContainer, exec)
    if (!root.notifications.adopts(folder)) return
    root.notifications
      .adopt(
        { container, exec, folder },
        () => root.actors.keptListener(keeper),
        () => this.#view.interruptCalls(),
        this.#over.signal,
      )
      .catch((thrown: unknown) => this.#warn(thrown))
  }

  /** A process that has begun a session, or is about to: when it ends, its sessions are ours to see to. Twice is fine. */
  watchOwner(owner: ProcessId): void {
    const { pid, startTime } = owner
    const key = `${pid}-${startTime}`
    if (pid === process.pid || this.#owners.has(key)) return
    const fd = pidfdOpenIfAlive(pid)
    try {
      // The pid may be another's by now: what the descriptor names is known only after it was opened.
      if (fd === null || !isAlive(owner)) return this.#lookAgain()
      const ended = () => {
        this.#owners.get(key)?.()
        this.#owners.delete(key)
        this.#lookAgain()
      }
      const subscription = onReady(fd, ended)
      this.#owners.set(key, () => subscription.unsubscribe())
    } finally {
      fd?.close()
    }
  }

  close(): void {
    this.#over.abort()
    for (const end of this.#ends.values()) end.close()
    for (const close of this.#owners.values()) close()
    this.#ends.clear()
    this.#owners.clear()
  }

  #lookAgain(): void {
    this.look().catch(this.#warn)
  }
}

/** With the right to: the ends of sessions that a delete has ended, and whose runtimes are no more. */
export function tellEnds(view: Adopting): void {
  const { folder, root } = view
  for (const { id, owner, processes, exit } of listSessions(folder)) {
    if (exit !== null || processes === null || root.sessions.has(id) || root.isOpen(owner)) continue
    const found = root.actors.readExit(sessionFolder(folder, id))
    tellEnd(view, id, found ?? unknownExit(processes.init.pid))
  }
}

function tellEnd({ id, folder, root }: Adopting, session: string, exit: Exit): void {
  const stored: StoredSession | null = readSession(folder, session)
  if (stored === null || stored.exit !== null) return
  root.tell({ type: 'exec.exited', container: id, exec: session, exit })
  finishSession(folder, stored, exit)
}
