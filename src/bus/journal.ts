// The journal of a root: every event, in order, numbered without a gap, whoever wrote it and whoever was killed meanwhile.
// Who hears of an event is bus.ts. Why there is no checksum, no fsync and no index: docs/decisions/0015-the-journal.md.
//
// One file, <root>/journal/events-1.jsonl; the number is the `seq` of its first event.
//
//   {"stator":"journal","version":1,"journal":"8f14e45fceea","first":1}
//   {"seq":1,"id":"8f14e45fceea-1","time":"…","container":"web","type":"lifecycle.creating",…}
//
// A line is an event when its newline is there: JSON text never contains one, and a write that a SIGKILL cuts short leaves
// a beginning. Whoever writes holds the file's lock exclusively for a few microseconds. So under the lock, shared or not, what
// follows the last newline was left by a writer that is gone. The next writer cuts it off.

import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Observable, share } from 'rxjs'
import { StatorError, toStatorError } from '../errors.ts'
import { flock, flockSync } from '../native/flock.ts'
import { makeFolders } from '../native/folder.ts'
import { Inotify } from '../native/inotify.ts'
import { IN_ATTRIB, IN_MODIFY, IN_ONESHOT } from '../native/uapi.ts'
import type { EventDraft, RuntimeEvent } from './event.ts'

/** Raised when a line's meaning changes so that an older Stator would read it wrongly. */
const version = 1
const chunkBytes = 64 * 1024
/** Most lines are shorter. */
const probeBytes = 1024
const newline = 0x0a
/** The longest time for which an event of another process goes unnoticed. */
const restMs = 3

interface Header {
  readonly stator: 'journal'
  readonly version: number
  readonly journal: string
  readonly first: number
}

/** A place between two events. Opaque, and valid only in the journal that gave it. */
export interface Position {
  /** Of the next event's line. */
  readonly offsetBytes: number
  /** Of the event before it. */
  readonly seq: number
}

/** Events that one append wrote, and where they are. */
export class Batch {
  readonly start: Position
  readonly end: Position
  readonly #lines: readonly string[]
  #events: readonly RuntimeEvent[] | undefined

  constructor(lines: readonly string[], start: Position, end: Position) {
    this.#lines = lines
    this.start = start
    this.end = end
  }

  /** Parsed back, so that a listener here gets what a reader elsewhere gets; and only when somebody asks, as mostly nobody does. */
  get events(): readonly RuntimeEvent[] {
    return (this.#events ??= this.#lines.map((line) => Object.freeze(JSON.parse(line) as RuntimeEvent)))
  }
}

export interface ReadOptions {
  /** Events after this number; 0 (the default) for all. */
  readonly since?: number
  /** Only events of this container. */
  readonly container?: string
}

export class Journal {
  readonly path: string
  /** What the journal's opening cut off: an event that a killed process had not finished. Usually 0. */
  readonly cutBytes: number
  /** Emits when another process has appended. Own appends are known, and skipped; while nobody subscribes nothing is watched. */
  readonly grown$: Observable<void>
  readonly #id: string
  readonly #descriptor: number
  readonly #first: Position
  /** The end of the last event we know of. What lies before it never changes again. */
  #end: Position
  #buffer = Buffer.allocUnsafeSlow(chunkBytes)
  /** How often others' events were found, whoever asked. */
  #found = 0
  #closed = false
  /** Readers that go on after close, and the journal itself. */
  #users = 1

  /**
   * Opens the journal of a root, or begins it. Cuts off a torn last line.
   *
   * @param folder `<root>/journal`
   * @throws {StatorError} ERR_STATOR_STATE: the file is not a journal, or of a later version; ERR_STATOR_PLATFORM: the
   *   folder cannot be written to
   */
  static open(folder: string): Journal {
    const path = join(folder, 'events-1.jsonl')
    try {
      makeFolders(folder, 0o700)
      return new Journal(path, openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600))
    } catch (error) {
      throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path })
    }
  }

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
    try {
      flockSync(descriptor, 'exclusive', path)
      try {
        const header = this.#readHeader() ?? this.#writeHeader()
        this.#id = header.journal
        this.#first = { offsetBytes: header.bytes, seq: header.first - 1 }
        this.#end = this.#first
        const { size } = fstatSync(descriptor)
        this.#learn(size)
        this.cutBytes = size - this.#end.offsetBytes
        if (this.cutBytes > 0) ftruncateSync(descriptor, this.#end.offsetBytes)
      } finally {
        flock(descriptor, 'unlock')
      }
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
    this.grown$ = this.#watch().pipe(share())
  }

  /** The end of what is known: after an append, a `refresh`, or a `grown$`. */
  get end(): Position {
    return this.#end
  }

  /** The number of the last event known; 0 while there is none. */
  get lastSeq(): number {
    return this.#end.seq
  }

  /** Where the oldest event is. */
  get begin(): Position {
    return this.#first
  }

  /**
   * Numbers the events and writes them, all with one write. Synchronous; it may wait for another process that is in the
   * middle of the same. Returns when the kernel has them.
   *
   * If it throws, nothing was written. If this process is killed meanwhile, a first part of the events may have been.
   *
   * @throws {StatorError} ERR_STATOR_PLATFORM: the file system is full (ENOSPC, EDQUOT, EFBIG) or broken; ERR_STATOR_STATE:
   *   the file was removed or is damaged; ERR_STATOR_CLOSED
   */
  append(drafts: readonly EventDraft[]): Batch {
    if (this.#closed) throw this.#closedError()
    // Outside of the lock: a draft that cannot be written (a bigint, a cycle) throws here.
    const bodies = drafts.map(toBody)
    if (bodies.length === 0) return new Batch([], this.#end, this.#end)
    flockSync(this.#descriptor, 'exclusive', this.path)
    try {
      this.#catchUp('cut')
      const start = this.#end
      const time = new Date().toISOString()
      const lines = bodies.map((body, index) => {
        const seq = start.seq + index + 1
        return `{"seq":${seq},"id":"${this.#id}-${seq}","time":"${time}",${body}`
      })
      const written = this.#write(lines.join('\n') + '\n', start.offsetBytes)
      this.#end = { offsetBytes: start.offsetBytes + written, seq: start.seq + lines.length }
      return new Batch(lines, start, this.#end)
    } finally {
      flock(this.#descriptor, 'unlock')
    }
  }

  /**
   * Looks for events of other processes, and moves `end` behind them.
   *
   * @throws {StatorError} ERR_STATOR_STATE: the file was removed or is damaged
   */
  refresh(): void {
    if (this.#closed) return
    const { size, nlink } = fstatSync(this.#descriptor)
    if (size === this.#end.offsetBytes && nlink > 0) return
    flockSync(this.#descriptor, 'shared', this.path)
    try {
      this.#catchUp('leave')
    } finally {
      flock(this.#descriptor, 'unlock')
    }
  }

  /**
   * Where the events after `since` begin. Found by halving the file, as it has no index: each line begins with its number.
   *
   * @throws {StatorError} ERR_STATOR_CONFIG: no such event yet, so the number is of another root, or of one that was removed
   */
  after(since: number): Position {
    if (!Number.isSafeInteger(since) || since < 0) {
      throw new StatorError('ERR_STATOR_CONFIG', `read events since ${since}: not the number of an event`)
    }
    if (since > this.#end.seq) this.refresh()
    if (since > this.#end.seq) {
      const message = `read events since ${since}: the last event here is ${this.#end.seq} (the number is of another root?)`
      throw new StatorError('ERR_STATOR_CONFIG', message, { path: this.path })
    }
    if (since === this.#end.seq) return this.#end
    let low = this.#first
    let highBytes = this.#end.offsetBytes
    while (low.seq < since && highBytes - low.offsetBytes > chunkBytes) {
      const middle = low.offsetBytes + Math.floor((highBytes - low.offsetBytes) / 2)
      const lineBytes = this.#lineAfter(middle, highBytes)
      if (lineBytes === null) {
        highBytes = middle
        continue
      }
      const seq = this.#seqAt(lineBytes)
      if (seq <= since + 1) low = { offsetBytes: lineBytes, seq: seq - 1 }
      else highBytes = middle
    }
    while (low.seq < since) low = this.chunk(low, this.#end, { since, stopAt: since }).next
    return low
  }

  /**
   * Reads events up to a limit, about 64 KiB of them and at least one if there is one. The way of everyone who reads
   * by cursor: what is not read yet stays in the file, not in memory.
   *
   * @param limit a place no later than `end`
   * @throws {StatorError} ERR_STATOR_STATE: a line is no event, or its number is wrong
   */
  chunk(
    from: Position,
    limit: Position,
    { since = 0, container, stopAt = Infinity }: ReadOptions & { readonly stopAt?: number } = {},
  ): { readonly events: RuntimeEvent[]; readonly next: Position } {
    const events: RuntimeEvent[] = []
    const needle = container === undefined ? null : Buffer.from(`"container":${JSON.stringify(container)},`)
    const bytes = this.#wholeLines(from.offsetBytes, limit.offsetBytes)
    let start = 0
    let { seq } = from
    while (start < bytes.length && seq < stopAt) {
      const end = bytes.indexOf(newline, start)
      const line = bytes.subarray(start, end)
      start = end + 1
      seq++
      // The text is searched before it is parsed: that is what makes the events of one among a thousand containers cheap.
      if (seq <= since || (needle && !line.includes(needle))) continue
      const event = this.#parse(line, seq, from.offsetBytes + start)
      if (container === undefined || event.container === container) events.push(event)
    }
    return { events, next: { offsetBytes: from.offsetBytes + start, seq } }
  }

  /** The events that are there when it begins, at most about 64 KiB of them in memory. Other work goes on between them. */
  async *read(options: ReadOptions = {}): AsyncGenerator<RuntimeEvent, void, undefined> {
    const release = this.retain()
    try {
      this.refresh()
      const limit = this.#end
      let position = this.after(options.since ?? 0)
      while (position.offsetBytes < limit.offsetBytes) {
        const { events, next } = this.chunk(position, limit, options)
        position = next
        yield* events
        await nextTurn()
      }
    } finally {
      release()
    }
  }

  /** As `read`, without giving way: for a few events, such as those that are newer than a state.json. */
  *readSync(options: ReadOptions = {}): Generator<RuntimeEvent, void, undefined> {
    const release = this.retain()
    try {
      this.refresh()
      const limit = this.#end
      let position = this.after(options.since ?? 0)
      while (position.offsetBytes < limit.offsetBytes) {
        const { events, next } = this.chunk(position, limit, options)
        position = next
        yield* events
      }
    } finally {
      release()
    }
  }

  /** Closed, and the last reader has ended. */
  get closed(): boolean {
    return this.#users === 0
  }

  /** Keeps the file readable past `close`, for a reader that has not come to the end. Returns its release. */
  retain(): () => void {
    if (this.#users === 0) throw this.#closedError()
    this.#users++
    let held = true
    return () => {
      if (held) this.#release()
      held = false
    }
  }

  /** Ends appending. Twice is fine. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#release()
  }

  #release(): void {
    if (--this.#users === 0) closeSync(this.#descriptor)
  }

  /** Under the exclusive lock. null: the file is new, or whoever began it was killed within the first line. */
  #readHeader(): (Header & { readonly bytes: number }) | null {
    const bytes = Buffer.alloc(256)
    const text = bytes.toString('utf8', 0, readSync(this.#descriptor, bytes, 0, bytes.length, 0))
    const end = text.indexOf('\n')
    if (end < 0) {
      // Only what we would write ourselves may be cut off.
      const begin = '{"stator":"journal","version":'
      if (!text.startsWith(begin.slice(0, text.length)) || text.length > 128) throw this.#damaged('not a journal', 0)
      return null
    }
    const header = parseJson(text.slice(0, end))
    if (!isHeader(header)) throw this.#damaged('not a journal', 0)
    if (header.version !== version) {
      throw this.#damaged(`it has version ${header.version}, this Stator reads ${version}`, 0)
    }
    return { ...header, bytes: end + 1 }
  }

  #writeHeader(): Header & { readonly bytes: number } {
    ftruncateSync(this.#descriptor, 0)
    const header: Header = { stator: 'journal', version, journal: randomBytes(6).toString('hex'), first: 1 }
    return { ...header, bytes: this.#write(JSON.stringify(header) + '\n', 0) }
  }

  /** Writes at the end, whole or not at all, under the exclusive lock. Returns the bytes. */
  #write(text: string, startBytes: number): number {
    // A UTF-16 unit takes at most three bytes.
    if (text.length * 3 > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(text.length * 3)
    const length = this.#buffer.write(text, 'utf8')
    let written = 0
    try {
      written = writeSync(this.#descriptor, this.#buffer, 0, length, null)
      // The file system filled up within the text: the rest of it says why.
      while (written < length) written += writeSync(this.#descriptor, this.#buffer, written, length - written, null)
      return length
    } catch (error) {
      // Unlocked readers do not exist, so nobody has seen the beginning.
      if (written > 0) ftruncateSync(this.#descriptor, startBytes)
      const { errno, message } = toStatorError(error, 'ERR_STATOR_PLATFORM')
      throw new StatorError(
        'ERR_STATOR_PLATFORM',
        `append to the journal "${this.path}": ${errno ?? message}`,
        { syscall: 'write', ...(errno === undefined ? {} : { errno }), path: this.path },
        { cause: error },
      )
    }
  }

  /** Learns what others appended, under the lock. Only a writer may cut off what a dead one began. */
  #catchUp(torn: 'cut' | 'leave'): void {
    const { size, nlink } = fstatSync(this.#descriptor)
    if (nlink === 0) throw this.#damaged('it was removed while it was open', this.#end.offsetBytes)
    if (size === this.#end.offsetBytes) return
    if (size < this.#end.offsetBytes) throw this.#damaged('somebody cut it', size)
    this.#learn(size)
    if (torn === 'cut' && size > this.#end.offsetBytes) ftruncateSync(this.#descriptor, this.#end.offsetBytes)
  }

  /** Moves the known end to the last newline before `sizeBytes`: only the last whole line is looked at. */
  #learn(sizeBytes: number): void {
    const last = this.#newlineBefore(sizeBytes)
    if (last === null) return
    const before = this.#newlineBefore(last)
    const lineBytes = before === null ? this.#end.offsetBytes : before + 1
    const seq = this.#seqAt(lineBytes)
    if (seq <= this.#end.seq) throw this.#damaged(`event ${seq} after ${this.#end.seq}`, lineBytes)
    this.#end = { offsetBytes: last + 1, seq }
    this.#found++
  }

  /** The offset of the last newline in what is not known yet, before `limitBytes`. */
  #newlineBefore(limitBytes: number): number | null {
    const floor = this.#end.offsetBytes
    for (let high = limitBytes; high > floor;) {
      const low = Math.max(floor, high - chunkBytes)
      const found = this.#bytes(low, high).lastIndexOf(newline)
      if (found >= 0) return low + found
      high = low
    }
    return null
  }

  /** The offset of the first line that begins after `fromBytes` and before `limitBytes`. */
  #lineAfter(fromBytes: number, limitBytes: number): number | null {
    for (let low = fromBytes; low < limitBytes; low += probeBytes) {
      const found = this.#bytes(low, Math.min(limitBytes, low + probeBytes)).indexOf(newline)
      if (found >= 0) return low + found + 1 < limitBytes ? low + found + 1 : null
    }
    return null
  }

  /** The number of the event whose line begins here. */
  #seqAt(offsetBytes: number): number {
    const text = this.#bytes(offsetBytes, offsetBytes + 32).toString('latin1')
    const seq = /^\{"seq":(\d+),/.exec(text)?.[1]
    if (seq === undefined) throw this.#damaged('no event begins here', offsetBytes)
    return Number(seq)
  }

  /** About a chunk from here, up to the last newline in it; longer only for a line that is longer. */
  #wholeLines(fromBytes: number, limitBytes: number): Buffer {
    for (let length = chunkBytes; ; length *= 2) {
      const bytes = this.#bytes(fromBytes, Math.min(limitBytes, fromBytes + length))
      const last = bytes.lastIndexOf(newline)
      if (last >= 0 || fromBytes + length >= limitBytes) return bytes.subarray(0, last + 1)
    }
  }

  #bytes(fromBytes: number, toBytes: number): Buffer {
    const bytes = Buffer.allocUnsafe(toBytes - fromBytes)
    let length = 0
    while (length < bytes.length) {
      const count = readSync(this.#descriptor, bytes, length, bytes.length - length, fromBytes + length)
      if (count === 0) break
      length += count
    }
    return bytes.subarray(0, length)
  }

  #parse(line: Buffer, seq: number, endBytes: number): RuntimeEvent {
    const event = parseJson(line.toString('utf8'))
    if (!isEvent(event, seq)) throw this.#damaged(`event ${seq} was expected`, endBytes - line.length - 1)
    return Object.freeze(event)
  }

  #watch(): Observable<void> {
    return new Observable<void>((subscriber) => {
      const inotify = new Inotify()
      subscriber.add(() => inotify.close())
      let found = this.#found
      let rest: NodeJS.Timeout | undefined
      subscriber.add(() => clearTimeout(rest))
      const look = () => {
        this.refresh()
        if (found === this.#found) return
        found = this.#found
        subscriber.next()
      }
      const orError = (run: () => void) => () => {
        try {
          run()
        } catch (error) {
          subscriber.error(error)
        }
      }
      const arm = orError(() => {
        // IN_ATTRIB: its last name was removed.
        inotify.add(this.path, (IN_MODIFY | IN_ATTRIB | IN_ONESHOT) >>> 0)
        // What was appended before the watch stood.
        look()
      })
      // Own appends wake us, too, and most of the time there are no others: so one wake, then a rest.
      const wake = orError(() => {
        look()
        rest ??= setTimeout(() => {
          rest = undefined
          arm()
        }, restMs).unref()
      })
      subscriber.add(inotify.events$.subscribe({ next: wake, error: (error: unknown) => subscriber.error(error) }))
      arm()
    })
  }

  #damaged(fact: string, offsetBytes: number): StatorError {
    const message = `read the journal "${this.path}": ${fact} (at byte ${offsetBytes}; move the file away to begin a new one)`
    return new StatorError('ERR_STATOR_STATE', message, { path: this.path })
  }

  #closedError(): StatorError {
    return new StatorError('ERR_STATOR_CLOSED', `use the journal "${this.path}": it is closed`)
  }
}

/** All of a line but its number, id and time. These three are the journal's, even if the draft was an event before. */
function toBody(draft: EventDraft): string {
  const { container, type, ...data } = draft
  const { seq, id, time, ...kept } = data as typeof data & { seq?: unknown; id?: unknown; time?: unknown }
  return JSON.stringify({ container, type, ...kept }).slice(1)
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false
  const { stator, version, journal, first }: Partial<Record<keyof Header, unknown>> = value
  return stator === 'journal' && typeof version === 'number' && typeof journal === 'string' && typeof first === 'number'
}

/** Only the number is checked: the rest was written by a Stator of this version of the journal. */
function isEvent(value: unknown, seq: number): value is RuntimeEvent {
  return typeof value === 'object' && value !== null && 'seq' in value && value.seq === seq
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
