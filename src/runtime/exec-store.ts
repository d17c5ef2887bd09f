// The folders of exec sessions: <container's folder>/exec/<session>/, with session.json, the keeper's `exit` and its log.
//
// Beside them is exec/lock, which orders launches against the end of the container. An exec changes nothing that a command
// changes, so it stands in no line with start, stop and their hooks, nor with other execs:
//
//   exec     lock, shared ── state.json says running? ── keeper and process cloned, session.json names them ── unlock ── go on
//   delete   state.json says stopped ── lock, alone ── unlock ── every process that a session.json names is ended
//
// So a launch that delete does not find has still to look at state.json, and gives up.

import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import type { Processes } from '../actors/creation.ts'
import type { Exit } from '../actors/exit.ts'
import { StatorError, toStatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import type { Inotify } from '../native/inotify.ts'
import type { Actors, Receipts } from './actors.ts'
import { type Held, lock, tryLock } from './lock.ts'
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

/** Whose a session is that was left to the others: of no process that is alive. */
export const nobody: Owner = { pid: 0, startTime: '', root: 0 }

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

const launchLock = (folder: string) => join(folder, 'exec', 'lock')

/**
 * The right to launch, as far as other launches and a delete are concerned: state.json is to be looked at while it is held,
 * and the session to be made and its processes stored.
 *
 * @returns null: the container is being deleted
 * @throws {StatorError} ERR_STATOR_NOT_FOUND: it was
 */
export function beginLaunch(folder: string): Held | null {
  const path = launchLock(folder)
  try {
    // Not recursive: the container may have been deleted, and its folder must not come back.
    makeOwn(join(folder, 'exec'))
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new StatorError('ERR_STATOR_NOT_FOUND', 'container does not exist', {}, { cause: error })
  }
  // Only a delete takes it alone.
  return tryLock(path, 'shared')
}

/** Resolves when whoever launches has either stored its processes or given up; whoever comes next reads state.json. */
async function launchesDone(folder: string, watch: Inotify, signal: AbortSignal | undefined): Promise<void> {
  const path = launchLock(folder)
  if (!existsSync(path)) return
  const held = tryLock(path) ?? (await lock(path, watch, { signal }))
  held.release()
}

/** With the right to launch. */
export function makeSession(folder: string, session: StoredSession): string {
  const own = sessionFolder(folder, session.id)
  makeOwn(own)
  writeSession(folder, session)
  return own
}

/**
 * Not renamed into place: who reads it while it is written finds no JSON, as before the first write.
 *
 * @throws {StatorError} ERR_STATOR_PLATFORM: the file system is full
 */
export function writeSession(folder: string, session: StoredSession): void {
  const path = join(sessionFolder(folder, session.id), 'session.json')
  try {
    writeFileSync(path, JSON.stringify(session), { mode: 0o600 })
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
  }
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
  if (!existsSync(join(sessionFolder(folder, session.id), 'log'))) return removeSession(folder, session.id)
  try {
    writeSession(folder, { ...session, exit })
  } catch (error) {
    ignoring('ENOENT')((error as Error).cause) // deleted meanwhile
  }
}

/**
 * Kills the processes of all sessions, and waits for their end. From then on none will come: `state.json` must say by now that
 * the container does not run.
 *
 * @throws {StatorError} ERR_STATOR_TIMEOUT: one has not died
 */
export async function endSessions(
  actors: Pick<Actors, 'endProcesses'>,
  { folder, receipts }: { readonly folder: string; readonly receipts: Receipts },
  watch: Inotify,
  signal?: AbortSignal,
): Promise<void> {
  await launchesDone(folder, watch, signal)
  const ended = listSessions(folder).map(async ({ processes }) => {
    // Without: who launched was killed, and what it has cloned ends by itself when nobody lets it go on.
    if (processes === null) return
    await actors.endProcesses(processes, receipts)
  })
  await Promise.all(ended)
}
