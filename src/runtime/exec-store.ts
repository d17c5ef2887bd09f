// The folders of exec sessions: <container's folder>/exec/<session>/, with session.json, the keeper's `exit` and its log.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Processes } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import { StatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import type { Actors } from './actors.ts'
import type { Owner } from './store.ts'

/** session.json */
export interface StoredSession {
  readonly id: string
  readonly args: readonly string[]
  readonly owner: Owner
  /** null: it is being launched, and goes on only when they are stored. */
  readonly processes: Processes | null
  /** Once its end has been told. */
  readonly exit: Exit | null
}

export function sessionFolder(folder: string, id: string): string {
  return join(folder, 'exec', id)
}

function makeOwn(path: string): void {
  try {
    mkdirSync(path, { mode: 0o711 })
  } catch (error) {
    ignoring('EEXIST')(error)
  }
}

export function makeSession(folder: string, session: StoredSession): string {
  const own = sessionFolder(folder, session.id)
  try {
    makeOwn(join(folder, 'exec'))
    makeOwn(own)
  } catch (error) {
    // Not recursive: the container may have been deleted, and its folder must not come back.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new StatorError('ERR_STATOR_NOT_FOUND', 'container does not exist', {}, { cause: error })
  }
  writeSession(folder, session)
  return own
}

/** Not renamed into place: who reads it while it is written finds no JSON, as before the first write. */
export function writeSession(folder: string, session: StoredSession): void {
  writeFileSync(join(sessionFolder(folder, session.id), 'session.json'), JSON.stringify(session), { mode: 0o600 })
}

export function removeSession(folder: string, id: string): void {
  rmSync(sessionFolder(folder, id), { recursive: true, force: true })
}

/** null: made just now, or half removed; nobody was launched, or everybody has ended. */
export function readSession(folder: string, id: string): StoredSession | null {
  try {
    return JSON.parse(readFileSync(join(sessionFolder(folder, id), 'session.json'), 'utf8')) as StoredSession
  } catch {
    return null
  }
}

/** What is stored of a container's sessions. */
export function listSessions(folder: string): StoredSession[] {
  const sessions = join(folder, 'exec')
  if (!existsSync(sessions)) return []
  return readdirSync(sessions).flatMap((id) => readSession(folder, id) ?? [])
}

/** The end of a session that was told. Its log is for who wants to read it, as long as the container is. */
export function finishSession(folder: string, session: StoredSession, exit: Exit): void {
  if (existsSync(join(sessionFolder(folder, session.id), 'log'))) writeSession(folder, { ...session, exit })
  else removeSession(folder, session.id)
}

/** Kills the processes of all sessions, and waits for their end. */
export async function endSessions(actors: Pick<Actors, 'endProcess'>, folder: string): Promise<void> {
  for (const { processes } of listSessions(folder)) {
    if (processes === null) continue
    await actors.endProcess(processes.init)
    await actors.endProcess(processes.keeper)
  }
}
