// What a keeper becomes when its container has ended and nobody is attached: the ends of all containers of the root are put
// into the journal, so that none is silent.
//
// Who settles holds `attached` exclusively, so there is one at a time, and no runtime; runtimes that want to open wait a
// moment. A keeper that comes meanwhile finds the lock held and leaves its record. So after letting go we look again: what
// was left in between is ours if we get the lock once more, and else whose it is now.

import { join } from 'node:path'
import { StatorError, toStatorError } from '../errors.ts'
import { Inotify } from '../native/inotify.ts'
import type { Actors } from './actors.ts'
import { linuxActors } from './linux.ts'
import { limited, never } from './limits.ts'
import { type Held, lock, tryLock } from './lock.ts'
import { ContainerRecord } from './record.ts'
import { Root } from './root.ts'
import { hasInit } from './phase.ts'
import { listIds, readState } from './store.ts'
import { View } from './view.ts'

export interface SettleOptions {
  /** Tests put others here. */
  readonly actors?: Actors
}

/**
 * Journals the end of every container of a root that has ended unnoticed, and recovers what was interrupted. What cannot be is
 * left to who opens the root next: one container that somebody holds must not keep the others waiting.
 *
 * @param path the root
 * @returns how many ends were found; 0 also when somebody is attached, who will find them
 * @throws {StatorError} ERR_STATOR_PLATFORM, ERR_STATOR_STATE: the root cannot be opened
 */
export async function settle(path: string, { actors = linuxActors }: SettleOptions = {}): Promise<number> {
  const left = new Set<string>()
  let settled = 0
  let isAnyFree = false
  do {
    const attached = tryAttach(path)
    if (attached === null) return settled
    const { found, held } = await drain(path, actors, attached, left)
    settled += found
    // Nobody is kept from attaching meanwhile.
    isAnyFree = false
    for (const id of held) {
      if (await comesFree(join(path, id, 'lock'))) isAnyFree = true
      else left.add(id)
    }
  } while (isAnyFree || isAnyUnsettled(path, actors, left))
  return settled
}

function tryAttach(path: string): Held | null {
  try {
    return tryLock(join(path, 'attached'))
  } catch (thrown) {
    if (thrown instanceof StatorError && thrown.code === 'ERR_STATOR_NOT_FOUND') return null
    throw thrown
  }
}

/** @returns false: it is held by one process for too long, or cannot be looked at; true also when it is gone */
async function comesFree(path: string): Promise<boolean> {
  const watch = new Inotify()
  try {
    const held = await lock(path, watch)
    held.release()
    return true
  } catch (thrown) {
    return thrown instanceof StatorError && thrown.code === 'ERR_STATOR_NOT_FOUND'
  } finally {
    watch.close()
  }
}

/** How long a container's lock may keep who holds the whole root. */
const HELD_MS = 200

/**
 * Lets go of the lock in the end.
 *
 * @param left not tried again; gets those that failed
 * @returns how many ends were found, and whose lock another holds
 */
async function drain(
  path: string,
  actors: Actors,
  attached: Held,
  left: Set<string>,
): Promise<{ readonly found: number; readonly held: readonly string[] }> {
  const root = await Root.open(path, { actors, settle: [], attached })
  const held: string[] = []
  let found = 0
  try {
    for (const id of listIds(path).filter((id) => !left.has(id))) {
      try {
        if (await settleOne(root, id)) found++
      } catch (thrown) {
        const error = toStatorError(thrown, 'ERR_STATOR_STATE')
        if (error.code === 'ERR_STATOR_NOT_FOUND') continue
        if (error.code === 'ERR_STATOR_TIMEOUT') held.push(id)
        else {
          left.add(id)
          root.tell({ type: 'runtime.stateIgnored', container: id, path: root.folderOf(id), error: error.toJSON() })
        }
      }
    }
  } finally {
    root.detach()
    root.close()
  }
  return { found, held }
}

async function settleOne(root: Root, id: string): Promise<boolean> {
  const found = readState(root.folderOf(id))
  if (found === null) return false
  const view = new View(new ContainerRecord(root, found.state, found.text, { isShared: true }))
  root.views.set(id, view)
  using limit = limited(`settle "${id}"`, { timeoutMs: HELD_MS }, never)
  try {
    await view.refresh(limit.signal)
    await view.adoptSessions()
    return hasInit(found.state.status) && !hasInit(view.phase)
    // Hooks on the end of a container will run here, with the view's exit.
  } finally {
    view.close()
  }
}

/** Whether a keeper has left a record that nobody has read. */
function isAnyUnsettled(path: string, actors: Actors, left: ReadonlySet<string>): boolean {
  return listIds(path).some((id) => {
    if (left.has(id)) return false
    try {
      const folder = join(path, id)
      const state = readState(folder)?.state
      if (state === undefined || !hasInit(state.status)) return false
      return actors.readExit(folder)?.pid === state.context.init?.pid
    } catch {
      return false // not a container's folder, or no more
    }
  })
}
