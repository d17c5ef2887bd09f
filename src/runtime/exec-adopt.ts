// Exec sessions of runtimes that are no more: their processes live on in the container, and their end is told by one of those
// who are attached, or by the settler.

import type { WatchedEnd } from '../actors/process/end.ts'
import { isAlive } from '../native/process-stat.ts'
import { finishSession, listSessions, readSession, sessionFolder } from './exec-store.ts'
import type { Root } from './root.ts'

/** A view, as far as it matters here. */
export interface Adopting {
  readonly id: string
  readonly folder: string
  readonly root: Root
}

/**
 * @param attend does something under the container's lock, which makes one of all who are attached the one that tells
 * @returns the watches, to be closed with the view; and those ends that have come already, resolved when they are told
 */
export function adoptSessions(
  { id, folder, root }: Adopting,
  attend: (work: () => Promise<void>) => Promise<void>,
): { readonly ends: readonly WatchedEnd[]; readonly ended: readonly Promise<void>[] } {
  const ends: WatchedEnd[] = []
  const ended: Promise<void>[] = []
  for (const { id: session, owner, processes, exit } of listSessions(folder)) {
    if (processes === null || exit !== null || root.sessions.has(session) || root.isOpen(owner)) continue
    const end = root.actors.watchEnd({ folder: sessionFolder(folder, session), processes })
    const told = end.ended.then((exit) =>
      attend(async () => {
        const stored = readSession(folder, session)
        if (stored === null || stored.exit !== null) return
        root.publish([{ type: 'exec.exited', container: id, exec: session, exit }])
        finishSession(folder, stored, exit)
      }),
    )
    ends.push(end)
    if (!isAlive(processes.keeper)) ended.push(told)
  }
  return { ends, ended }
}
