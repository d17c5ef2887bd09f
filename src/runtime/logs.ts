// What a container has printed, from the log that its keeper writes: <folder>/log/stdio.
//
// Frames, little-endian: u64 seconds, u64 nanoseconds (CLOCK_REALTIME), u32 stream (1 stdout, 2 stderr), u32 length, the
// bytes. One writer; a last frame that is torn (the keeper was killed) is as good as not there.

import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import { filter } from 'rxjs'
import { StatorError, toStatorError } from '../errors.ts'
import type { Inotify } from '../native/inotify.ts'
import { hold } from '../native/poller.ts'
import { IN_MODIFY } from '../native/uapi.ts'
import { reasonOf } from './limits.ts'
import { checkOptions, logOptions } from './options.ts'

/** One line of what the container has printed, without its newline. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr'
  /** When its first byte was printed: ISO 8601 with milliseconds. */
  readonly time: string
  /** UTF-8; what is not valid is U+FFFD. `bytes` has what there is. */
  readonly text: string
  readonly bytes: Buffer
}

/** A piece of output, as the keeper got it from the pipe. */
export interface LogFrame {
  readonly stream: 'stdout' | 'stderr'
  readonly timeMs: number
  readonly bytes: Buffer
}

export interface LogOptions {
  /** Goes on until the container has ended. Default: what there is. */
  readonly follow?: boolean | undefined
  /** Lines from then on: a Date, milliseconds since the epoch, or what Date.parse takes. */
  readonly since?: Date | number | string | undefined
  /** Of what there is already, the last so many lines. */
  readonly tail?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Where a log is, and when it is complete. */
export interface LogSource {
  /** For messages: `logs of "web"`. */
  readonly what: string
  readonly path: string
  /** False: nothing is, as the container has other streams. */
  readonly kept: boolean
  /** Why there is no such file. */
  readonly missing: () => StatorError
  readonly watch: Inotify
  /** Aborted when nobody may wait any more. */
  readonly closing: AbortSignal
  /** Whether nothing will be added. */
  hasEnded(): boolean
  /** Calls when `hasEnded` may have changed; returns a way to forget that. */
  onEnd(wake: () => void): () => void
}

const headerBytes = 24
const chunkBytes = 64 * 1024

/**
 * The lines of a log. Whoever has begun to read gets all of it, also when the container is deleted meanwhile.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: an option; ERR_STATOR_NOT_FOUND: the container was deleted before; ERR_STATOR_STATUS:
 *   nothing is kept; the reason of an abort
 */
export async function* readLines(source: LogSource, options: LogOptions): AsyncGenerator<LogLine, void, undefined> {
  const { what } = source
  checkOptions(what, options, logOptions)
  const { follow = false, since, tail = Infinity, signal } = options
  if (tail !== Infinity && !(Number.isInteger(tail) && tail >= 0)) {
    throw new StatorError('ERR_STATOR_CONFIG', `${what}: tail must be a whole number from 0, not ${tail}`)
  }
  using file = new LogFile(source)
  const lines = new Lines(since === undefined ? -Infinity : timeOf(since, what))
  if (tail === Infinity) {
    for (const frame of file.frames()) yield* lines.add(frame)
  } else {
    const last: LogLine[] = []
    const keep = (found: readonly LogLine[]) => {
      last.push(...found)
      last.splice(0, last.length - tail)
    }
    for (const frame of file.frames()) keep(lines.add(frame))
    if (!follow) keep(lines.end())
    yield* last
  }
  if (follow) for await (const frame of followed(file, source, signal)) yield* lines.add(frame)
  yield* lines.end()
}

/** What one stream has printed and will print, for a Readable. */
export async function* readBytes(
  source: LogSource,
  stream: LogFrame['stream'],
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  using file = new LogFile(source)
  for (const frame of file.frames()) if (frame.stream === stream) yield frame.bytes
  for await (const frame of followed(file, source, signal)) if (frame.stream === stream) yield frame.bytes
}

/** Frames as they are added, until nothing will be added. Waiting for one keeps the process alive. */
async function* followed(
  file: LogFile,
  source: LogSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogFrame, void, undefined> {
  let wake = () => {}
  const { what, watch, closing } = source
  // Not by its path, which may be gone by now.
  const watched = watch.add(file.ownPath, IN_MODIFY)
  const subscription = watch.events$.pipe(filter(({ wd }) => wd === watched || wd === -1)).subscribe(() => wake())
  const forget = source.onEnd(() => wake())
  const stop = () => wake()
  closing.addEventListener('abort', stop)
  signal?.addEventListener('abort', stop)
  try {
    for (;;) {
      for (const by of [signal, closing]) if (by?.aborted) throw reasonOf(by, what)
      const changed = new Promise<void>((resolve) => (wake = resolve))
      // Asked before the last look: what was printed before the end is there then.
      const isLast = source.hasEnded()
      yield* file.frames()
      if (isLast) return
      const release = hold()
      await changed
      release()
    }
  } finally {
    closing.removeEventListener('abort', stop)
    signal?.removeEventListener('abort', stop)
    forget()
    subscription.unsubscribe()
    watch.remove(watched)
  }
}

/** @param gone what is said of a container that was deleted */
export function missingLog(folder: string, gone: StatorError): StatorError {
  if (!existsSync(folder)) return gone
  return new StatorError('ERR_STATOR_STATUS', `read the log in "${folder}": nothing is printed before it is created`)
}

/** One reader's place in the log. */
class LogFile implements Disposable {
  readonly #file: number
  #rest = Buffer.alloc(0)

  /** @throws {StatorError} ERR_STATOR_STATUS: nothing is kept of this container; `missing` */
  constructor({ path, kept, missing }: LogSource) {
    if (!kept)
      throw new StatorError(
        'ERR_STATOR_STATUS',
        `read "${path}": nothing is kept (stdio "log" does, --stdio log of a command)`,
        { path },
      )
    try {
      this.#file = openSync(path, constants.O_RDONLY)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing()
      throw toStatorError(error, 'ERR_STATOR_STATUS', { path })
    }
  }

  get ownPath(): string {
    return `/proc/self/fd/${this.#file}`
  }

  /** Those that are there and were not read yet. */
  *frames(): Generator<LogFrame, void, undefined> {
    for (;;) {
      const bytes = Buffer.allocUnsafe(chunkBytes)
      const count = readSync(this.#file, bytes, 0, chunkBytes, null)
      if (count === 0) return
      const read = bytes.subarray(0, count)
      this.#rest = this.#rest.length === 0 ? read : Buffer.concat([this.#rest, read])
      for (let frame = this.#take(); frame !== null; frame = this.#take()) yield frame
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #take(): LogFrame | null {
    const rest = this.#rest
    if (rest.length < headerBytes) return null
    const end = headerBytes + rest.readUInt32LE(20)
    if (rest.length < end) return null
    this.#rest = rest.subarray(end)
    return {
      timeMs: Number(rest.readBigUInt64LE(0)) * 1000 + Math.floor(Number(rest.readBigUInt64LE(8)) / 1e6),
      stream: rest.readUInt32LE(16) === 2 ? 'stderr' : 'stdout',
      bytes: rest.subarray(headerBytes, end),
    }
  }
}

/** Frames to lines: each stream has its own. */
class Lines {
  readonly #sinceMs: number
  readonly #begun = new Map<LogFrame['stream'], { readonly timeMs: number; readonly parts: Buffer[] }>()

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs
  }

  add({ stream, timeMs, bytes }: LogFrame): LogLine[] {
    const found: LogLine[] = []
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#append(stream, timeMs, bytes.subarray(start, end))
      found.push(...this.#finish(stream))
      start = end + 1
    }
    if (start < bytes.length) this.#append(stream, timeMs, bytes.subarray(start))
    return found
  }

  /** Those without a newline at their end. */
  end(): LogLine[] {
    return [...this.#begun.keys()].flatMap((stream) => this.#finish(stream))
  }

  #append(stream: LogFrame['stream'], timeMs: number, bytes: Buffer): void {
    const begun = this.#begun.get(stream)
    if (begun === undefined) this.#begun.set(stream, { timeMs, parts: [bytes] })
    else begun.parts.push(bytes)
  }

  #finish(stream: LogFrame['stream']): LogLine[] {
    const begun = this.#begun.get(stream)
    this.#begun.delete(stream)
    if (begun === undefined || begun.timeMs < this.#sinceMs) return []
    const bytes = Buffer.concat(begun.parts)
    return [{ stream, time: new Date(begun.timeMs).toISOString(), text: bytes.toString('utf8'), bytes }]
  }
}

function timeOf(since: Date | number | string, what: string): number {
  const ms = typeof since === 'number' ? since : typeof since === 'string' ? Date.parse(since) : since.getTime()
  if (Number.isNaN(ms))
    throw new StatorError('ERR_STATOR_CONFIG', `${what}: since ${JSON.stringify(since)} is not a time`)
  return ms
}
