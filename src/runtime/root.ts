// An opened root: what all its containers share in this process. What is done with it is runtime.ts.

import { closeSync, constants, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessId } from '../actors/creation.ts'
import { Bus } from '../bus/bus.ts'
import type { EventDraft } from '../bus/event.ts'
import { type Batch, Journal } from '../bus/journal.ts'
import { StatorError, toStatorError } from '../errors.ts'
import type { ContainerMachine } from '../machines/container.ts'
import type { ExecMachine } from '../machines/exec.ts'
import { makeFolders } from '../native/folder.ts'
import { Inotify } from '../native/inotify.ts'
import { bootId, isAlive, processStartTime } from '../native/process-stat.ts'
import type { Actors, Place } from './actors.ts'
import type { ExecSession } from './exec-session.ts'
import { sharedController } from './limits.ts'
import { type Held, lock } from './lock.ts'
import { Notifications } from './notifications.ts'
import { provideExecStages, provideStages } from './stages.ts'
import { type Owner, sweep, temporaryName } from './store.ts'
import type { View } from './view.ts'

export interface RootOptions {
  readonly actors: Actors
  /** What a keeper becomes when nobody is attached: a program and its arguments. Empty: nothing. */
  readonly settle: readonly string[]
  readonly signal?: AbortSignal | undefined
  /** A settler's: it has the root for itself. null: nobody's, as for one command: keepers settle the ends of their containers. */
  readonly attached?: Held | null | undefined
}

/** Numbers the roots that this process opens, and says which are open: a command may belong to another of them. */
let lastRoot = 0
const openRoots = new Set<number>()

export class Root implements Place {
  /** Absolute. */
  readonly path: string
  readonly actors: Actors
  readonly settle: readonly string[]
  readonly journal: Journal
  readonly bus: Bus
  readonly watch: Inotify
  readonly bootId: string
  /** Who stands in state.json for a command of this runtime. */
  readonly owner: Owner
  readonly machine: ContainerMachine
  /** Who answers what filters notify of. */
  readonly notifications: Notifications
  /** By id: the containers that this process has looked at. */
  readonly views = new Map<string, View>()
  readonly execMachine: ExecMachine
  readonly sessions = new Map<string, ExecSession>()
  readonly #closing = sharedController()
  readonly #attached: Held | null
  #lastOwnSeq: number
  #sharesJournal = false

  /**
   * Opens a root, makes it if it is not there, and is attached to it from then on: the end of its containers is ours to
   * notice. Waits for a settler that is at work.
   *
   * @throws {StatorError} ERR_STATOR_PLATFORM: the folder cannot be made or written to; ERR_STATOR_STATE: see Journal.open
   */
  static async open(path: string, options: RootOptions): Promise<Root> {
    const watch = new Inotify()
    let { attached } = options
    try {
      makeRoot(path)
      if (attached === undefined)
        attached = await lock(join(path, 'attached'), watch, { kind: 'shared', signal: options.signal })
      if (options.settle.length > 0) writeSettle(path, options.settle)
      sweep(path)
      return new Root(path, options, watch, attached)
    } catch (error) {
      attached?.release()
      watch.close()
      throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
    }
  }

  private constructor(path: string, { actors, settle }: RootOptions, watch: Inotify, attached: Held | null) {
    this.path = path
    this.actors = actors
    this.settle = settle
    this.watch = watch
    this.#attached = attached
    this.bootId = bootId()
    this.owner = { ...self(), root: ++lastRoot }
    this.journal = Journal.open(join(path, 'journal'))
    this.bus = new Bus(this.journal)
    this.#lastOwnSeq = this.journal.lastSeq
    this.notifications = new Notifications(this)
    this.machine = provideStages(actors, (id) => {
      const view = this.views.get(id)
      if (view === undefined)
        throw new StatorError('ERR_STATOR_NOT_FOUND', `container "${id}": container does not exist`)
      return view
    })
    this.execMachine = provideExecStages((id) => {
      const session = this.sessions.get(id)
      if (session === undefined) throw new StatorError('ERR_STATOR_NOT_FOUND', `exec "${id}": no such session`)
      return session
    })
    openRoots.add(this.owner.root)
  }

  get attachedFile(): string {
    return join(this.path, 'attached')
  }

  /** Aborted with ERR_STATOR_CLOSED when the runtime closes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  folderOf(id: string): string {
    return join(this.path, id)
  }

  /** The first of the two steps of `Bus`: call `bus.deliver` with what it returns. */
  append(drafts: readonly EventDraft[]): Batch {
    const batch = this.bus.append(drafts)
    if (batch.start.seq !== this.#lastOwnSeq) this.#sharesJournal = true
    this.#lastOwnSeq = batch.end.seq
    return batch
  }

  publish(drafts: readonly EventDraft[]): void {
    this.bus.deliver(this.append(drafts))
  }

  /** For what must not throw at whoever happens to be here: a full disk is then a warning. */
  tell(draft: EventDraft): void {
    try {
      this.publish([draft])
    } catch (error) {
      process.emitWarning(`${JSON.stringify(draft)}, and ${(error as Error).message}`, 'StatorWarning')
    }
  }

  /** Whether anybody else has written to the journal since it was opened. */
  get sharesJournal(): boolean {
    this.journal.refresh()
    this.#sharesJournal ||= this.journal.lastSeq !== this.#lastOwnSeq
    return this.#sharesJournal
  }

  /** Whether this runtime is somebody else's, and still open. */
  isOpen({ root, ...owner }: Owner): boolean {
    if (owner.pid === this.owner.pid && owner.startTime === this.owner.startTime) {
      return root !== this.owner.root && openRoots.has(root)
    }
    return isAlive(owner)
  }

  /** The container is gone. There may be another of that name by now. */
  forget(view: View): void {
    if (this.views.get(view.id) === view) this.views.delete(view.id)
  }

  /** Everything that waits is rejected, and nothing new begins. */
  beginClose(): void {
    this.#closing.abort(new StatorError('ERR_STATOR_CLOSED', 'the runtime was closed'))
  }

  /** From now on a keeper that finds nobody attached settles. */
  detach(): void {
    this.#attached?.release()
  }

  close(): void {
    this.notifications.close()
    openRoots.delete(this.owner.root)
    this.bus.close()
    this.journal.close()
    this.watch.close()
  }
}

export function self(): ProcessId {
  const startTime = processStartTime(process.pid)
  if (startTime === null)
    throw new StatorError('ERR_STATOR_PLATFORM', 'read /proc/self/stat: this process is not in /proc')
  return { pid: process.pid, startTime }
}

/** 0711: the container's user passes through to its exec.fifo. */
function makeRoot(path: string): void {
  const attached = join(path, 'attached')
  let call = `make the root "${path}"`
  try {
    // Not for others: whoever can open exec.fifo can hold up a start.
    makeFolders(path, 0o700)
    call = `open "${attached}"`
    closeSync(openSync(attached, constants.O_RDWR | constants.O_CREAT, 0o600))
  } catch (error) {
    const { code = 'EIO', syscall = '' } = error as NodeJS.ErrnoException
    const way = ['EACCES', 'EPERM', 'EROFS'].includes(code)
      ? ' (give another "root", --root, or be root)'
      : ['EEXIST', 'ENOTDIR'].includes(code)
        ? ' (it has to be a folder)'
        : ''
    const place = { path: syscall === 'open' ? attached : path, errno: code, syscall }
    throw new StatorError('ERR_STATOR_PLATFORM', `${call}: ${code}${way}`, place, { cause: error })
  }
}

/** NUL-separated: arguments may contain anything else. */
function writeSettle(root: string, argv: readonly string[]): void {
  const path = join(root, 'settle')
  const text = argv.map((argument) => `${argument}\0`).join('')
  try {
    if (readFileSync(path, 'utf8') === text) return
  } catch {
    // not there yet
  }
  const next = temporaryName(root, self())
  try {
    writeFileSync(next, text, { mode: 0o600 })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
  }
}
