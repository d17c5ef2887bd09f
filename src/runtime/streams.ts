// Streams of programs whose stdio is `pipe`, in the process that made them: what becomes of them when the program, its
// container or the runtime has ended. A stream that nobody reads to its end would stay open for ever.

import type { Live } from '../actors/process/live.ts'
import type { Fd } from '../native/fd.ts'

type Streams = Live['streams']

/** The program has ended: nobody will read what is written. What it has printed may still be read. */
export function endInput({ stdin }: Streams): void {
  stdin?.destroy()
}

/** The container is gone: what nobody has begun to read is closed; who reads gets all of it. */
function closeUnread({ stdin, stdout, stderr }: Streams): void {
  stdin?.destroy()
  for (const stream of [stdout, stderr]) if (stream?.readableFlowing === null) stream.destroy()
}

export function closeStreams({ stdin, stdout, stderr }: Streams): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy()
}

/** What outlives the making of a container in the process that made it: its streams, its terminal, the streams of its sessions. */
export class KeptStreams {
  streams: Streams = {}
  /** The master. */
  terminal: Fd | undefined
  readonly #ofSessions = new Set<Streams>()

  /** From here on they are closed here. */
  take(live: Live): void {
    this.streams = live.streams
    this.terminal = live.terminal
    live.terminal = undefined
  }

  takeSession(streams: Streams): void {
    const all = Object.values(streams)
    if (all.length === 0) return
    this.#ofSessions.add(streams)
    const look = () => void (all.every(({ destroyed }) => destroyed) && this.#ofSessions.delete(streams))
    for (const stream of all) stream.once('close', look)
  }

  /** The container is gone. */
  closeUnread(): void {
    this.#each(closeUnread)
  }

  /** The runtime closes. */
  close(): void {
    this.#each(closeStreams)
  }

  #each(close: (streams: Streams) => void): void {
    this.terminal?.close()
    for (const streams of [this.streams, ...this.#ofSessions]) close(streams)
  }
}
