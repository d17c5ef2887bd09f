// The state folder of a container: state.json, its copy of config.json, and how the folder comes and goes.
// Who may write is lock.ts; whether what is stored is still true, reconcile.ts.
//
//   <root>/<id>/             0711; made under another name and renamed, so whoever sees it sees it whole
//     state.json             replaced as a whole, under the container's lock
//     config.json            written once
//     lock                   lock.ts
//     exec.fifo exit log/ exec/   of the actors
//   <root>/~…                a folder that is not there yet, or no more. The name says who is at work on it.
//   <root>/journal/ attached settle
//
// Nothing is synced to the disk: what the folder describes (processes, mounts, namespaces) does not outlive the boot, and the
// kernel's memory of the files does not end before that. A state from another boot is a container that has stopped.

import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json } from '../actors/stage.ts'
import type { Launch, ProcessId } from '../actors/creation.ts'
import { StatorError, toStatorError } from '../errors.ts'
import type { ContainerContext } from '../machines/container.ts'
import { errnos, ignoring, SyscallError } from '../native/errno.ts'
import { syscallResult } from '../native/libc.ts'
import { isAlive } from '../native/process-stat.ts'
import { statfs } from '../native/statfs.ts'
import { AT_FDCWD, RENAME_EXCHANGE, RENAME_NOREPLACE, TMPFS_MAGIC } from '../native/uapi.ts'
import type { StoredPhase } from './phase.ts'

/** Raised when an older Stator would read a state.json of this one wrongly. */
const schema = 1

/** Of `stdio`, what a later process can know. */
export type StoredStdio = 'log' | 'pipe' | 'inherit' | 'ignore' | 'descriptors'

/** What one stage was going to make, and what it has told since. */
export type StoredReceipt = {
  readonly receipt: Json
  /** Absent: `run` has not come so far. */
  readonly output?: Json
}

/** A runtime: a process may have opened a root more than once. */
export type Owner = ProcessId & { readonly root: number }

/** Who is in the middle of what. Nobody need hold the lock meanwhile: a hook runs, or a stop waits. */
export type CommandUnderWay = {
  readonly name: 'create' | 'start' | 'stop' | 'delete'
  readonly owner: Owner
}

/** state.json */
export type StoredState = {
  readonly schema: typeof schema
  readonly id: string
  /** Absolute. */
  readonly bundle: string
  readonly rootfs: string
  readonly ociVersion: string
  /** ISO 8601. */
  readonly created: string
  readonly stdio: StoredStdio
  readonly launch: Launch
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Of the boot in which everything below is true. */
  readonly bootId: string
  /** Of this container and no other of its name; its `lifecycle.creating` has it too. */
  readonly claim: string
  /**
   * The journal's last event before the container's first. As the claim stores it, it may be an earlier one: one that had the
   * name before may have come to its end in between.
   */
  readonly since: number
  /** The journal's last event that this state accounts for. */
  readonly seq: number
  /** The state of the chart; while a command is under way, the one it began in. */
  readonly status: StoredPhase
  readonly context: ContainerContext
  readonly command: CommandUnderWay | null
  /** That the keeper has ended before init has been told. */
  readonly keeperLost: boolean
  /** By `stage/subject`, in the order in which they were to be made. */
  readonly receipts: Readonly<Record<string, StoredReceipt>>
}

/** What a root keeps for itself, so that no container can have the name. */
const ownNames: ReadonlySet<string> = new Set(['journal', 'attached', 'settle', 'seccomp'])
const longestBytes = 1024

/**
 * @throws {StatorError} ERR_STATOR_ID
 * @see runc and crun, which take the same characters
 */
export function checkId(id: unknown): asserts id is string {
  const refuse = (why: string): never => {
    throw new StatorError('ERR_STATOR_ID', `container id ${JSON.stringify(id)}: ${why}`)
  }
  if (typeof id !== 'string' || id === '') return refuse('must be a string of at least one character')
  if (!/^[A-Za-z0-9_+.-]+$/.test(id)) return refuse('has a character outside of A-Z, a-z, 0-9 and _+.-')
  if (id === '.' || id === '..') return refuse('names a folder, not a container')
  if (id.length > longestBytes) return refuse(`has more than ${longestBytes} bytes`)
  // The folder's name. `mkdir` would say ENAMETOOLONG.
  if (id.length > 255) return refuse('is longer than the name of a file may be (255 bytes)')
  if (ownNames.has(id)) refuse('is a name that the root keeps for itself')
}

/** The ids of the folders of a root. Whether there is a state in them is not looked at. */
export function listIds(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('~') && !ownNames.has(entry.name))
    .map(({ name }) => name)
}

/**
 * A state as it is stored, and its text: two reads gave the same if the texts are equal.
 *
 * @returns null: no such container
 * @throws {StatorError} ERR_STATOR_STATE: something is there that this Stator has not written
 */
export function readState(folder: string): { readonly state: StoredState; readonly text: string } | null {
  const text = readStateText(folder)
  if (text === null) return null
  return { state: parseState(folder, text), text }
}

/** As `readState`, without looking into it. */
export function readStateText(folder: string): string | null {
  const path = join(folder, 'state.json')
  let seen: number | undefined
  for (;;) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw toStatorError(error, 'ERR_STATOR_STATE', { path })
      const there = statSync(folder, { throwIfNoEntry: false })?.ino
      if (there === undefined) return null
      // It was deleted, and one of the same name has been made since we looked: that one is whole.
      if (there !== seen) {
        seen = there
        continue
      }
      const message = `read "${path}": ${code} (not a folder that Stator has made: remove it to use the name)`
      throw new StatorError('ERR_STATOR_STATE', message, { path, errno: code, syscall: 'open' }, { cause: error })
    }
  }
}

/** Nobody knows whose the processes and groups are that may have been made for it. */
const wayOut = 'end what still runs of it, then remove the folder'

export function parseState(folder: string, text: string): StoredState {
  const path = join(folder, 'state.json')
  const refuse = (why: string): StatorError => new StatorError('ERR_STATOR_STATE', `read "${path}": ${why}`, { path })
  let state: Partial<StoredState>
  try {
    state = (JSON.parse(text) as StoredState | null) ?? {}
  } catch {
    throw refuse(`not JSON (${wayOut})`)
  }
  if (state.schema !== schema) {
    const found = JSON.stringify(state.schema)
    if (found === undefined) throw refuse(`not written by Stator (${wayOut})`)
    throw refuse(
      `schema ${found}, and this Stator reads ${schema} (delete the container with the version that made it)`,
    )
  }
  if (folder !== join(folder, '..', String(state.id)) || typeof state.status !== 'string' || !state.context) {
    throw refuse(`not the state of this container (${wayOut})`)
  }
  return state as StoredState
}

/** The container's own copy of config.json: the bundle's may have changed since. */
export function readConfigText(folder: string): string {
  const path = join(folder, 'config.json')
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_STATE', { path })
  }
}

/** @throws {StatorError} ERR_STATOR_EXISTS: the id is taken, so that nothing else need be looked at */
export function checkFree(root: string, id: string): void {
  if (isThere(join(root, id))) throw exists(id)
}

/**
 * Makes a container's folder: the claim on its id. Everything is in it before anybody can see it.
 *
 * @param prepare is given the folder under its temporary name, and may put more into it
 * @returns what `prepare` returned
 * @throws {StatorError} ERR_STATOR_EXISTS; ERR_STATOR_PLATFORM: the root cannot be written to
 */
export function claimFolder<T>(
  root: string,
  state: StoredState,
  configText: string,
  self: ProcessId,
  prepare: (folder: string) => T,
): T {
  const folder = join(root, state.id)
  const prepared = temporaryName(root, self)
  try {
    mkdirSync(prepared, { mode: 0o711 })
    // Whatever this process's umask: init opens exec.fifo in it as the container's user.
    chmodSync(prepared, 0o711)
    for (const [name, text] of [
      ['config.json', configText],
      ['state.json', toText(state)],
    ] as const) {
      try {
        writeFile(join(prepared, name), text)
      } catch (error) {
        // What it is called while it is made helps nobody.
        throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path: join(folder, name) })
      }
    }
    const result = prepare(prepared)
    const renamed = syscallResult('renameat2', AT_FDCWD, prepared, AT_FDCWD, folder, RENAME_NOREPLACE)
    if (renamed === -errnos.EEXIST) throw exists(state.id)
    if (renamed < 0) throw new SyscallError('renameat2', -renamed, [prepared, folder])
    return result
  } catch (error) {
    try {
      removeTree(prepared)
    } catch {
      // A later sweep does. What is wrong is said by the error that there is.
    }
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path: folder })
  }
}

/**
 * Replaces state.json. A reader sees the old one or the new one.
 *
 * @returns its text
 * @throws {StatorError} ERR_STATOR_PLATFORM: the file system is full; the old one is still there
 */
export function writeState(folder: string, state: StoredState): string {
  const path = join(folder, 'state.json')
  const next = join(folder, '.state.json')
  const text = toText(state)
  try {
    writeFile(next, text)
    if (!writesOutOnRename(folder)) renameSync(next, path)
    else exchange(next, path)
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
  }
  return text
}

/** As rename(2), but the old file gets the new one's name, and is removed then. */
function exchange(next: string, path: string): void {
  const result = syscallResult('renameat2', AT_FDCWD, next, AT_FDCWD, path, RENAME_EXCHANGE)
  if (result === 0) unlinkSync(next)
  else if (result === -errnos.EINVAL || result === -errnos.ENOENT) renameSync(next, path)
  else throw new SyscallError('renameat2', -result, [next, path])
}

/** By root: asked once. */
const writesOut = new Map<string, boolean>()

/**
 * ext4 starts to write a file out when it is renamed over another (auto_da_alloc, ext4(5)), which takes four times as long
 * and protects from what does not matter here. A tmpfs, where state is kept most of the time, does nothing of the kind.
 */
function writesOutOnRename(folder: string): boolean {
  const root = dirname(folder)
  let known = writesOut.get(root)
  if (known === undefined) writesOut.set(root, (known = statfs(root).type !== TMPFS_MAGIC))
  return known
}

/** Gives the id free at once, then removes what is left. What cannot be removed now is by a later `sweep`. */
export function removeFolder(root: string, id: string, self: ProcessId): void {
  const gone = temporaryName(root, self)
  try {
    renameSync(join(root, id), gone)
  } catch (error) {
    ignoring('ENOENT')(error)
    return
  }
  try {
    removeTree(gone)
  } catch (error) {
    ignoring('EMFILE', 'ENFILE')(error)
    // The folder's lock is still held. A turn later its descriptor is there to look into the folder with.
    setImmediate(() => {
      try {
        removeTree(gone)
      } catch {
        // A later sweep does.
      }
    })
  }
}

/** Removes what a process which is no more was making or removing. */
export function sweep(root: string): void {
  for (const name of readdirSync(root)) {
    const [, pid, startTime] = /^~(\d+)-(\d+)-\d+$/.exec(name) ?? []
    if (pid === undefined || startTime === undefined) continue
    if (!isAlive({ pid: Number(pid), startTime })) removeTree(join(root, name))
  }
}

let lastTemporary = 0

/** A name that `sweep` knows. */
export function temporaryName(root: string, { pid, startTime }: ProcessId): string {
  return join(root, `~${pid}-${startTime}-${++lastTemporary}`)
}

export function notFound(id: string): StatorError {
  return new StatorError('ERR_STATOR_NOT_FOUND', `container "${id}": container does not exist`)
}

function exists(id: string): StatorError {
  return new StatorError('ERR_STATOR_EXISTS', `container id "${id}": a container with this id exists already`)
}

/** An answer, where an exception for a folder that is not there would cost ten times as much. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** The receipts are the most of it, and change only while a container is made. */
const receiptTexts = new WeakMap<StoredState['receipts'], string>()

function toText(state: StoredState): string {
  const { receipts } = state
  let text = receiptTexts.get(receipts)
  if (text === undefined) receiptTexts.set(receipts, (text = JSON.stringify(receipts)))
  return `${JSON.stringify({ ...state, receipts: undefined }).slice(0, -1)},"receipts":${text}}\n`
}

/** `writeFileSync`, in half of its time. */
function writeFile(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    const bytes = Buffer.from(text)
    let written = 0
    while (written < bytes.length) written += writeSync(file, bytes, written)
  } finally {
    closeSync(file)
  }
}

/** A tree of our own making, or a file. `rmSync` asks the kernel five times as much. */
function removeTree(folder: string): void {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    ignoring('ENOENT', 'ENOTDIR')(error)
    unlink(folder)
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeTree(path)
    else unlink(path)
  }
  try {
    rmdirSync(folder)
  } catch (error) {
    ignoring('ENOENT')(error)
  }
}

function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    ignoring('ENOENT')(error)
  }
}
