// Streams of programs whose stdio is `pipe`, in the process that made them: what becomes of them when the program, its
// container or the runtime has ended. A stream that nobody reads to its end would stay open for ever.

import type { Live } from '../actors/process/live.ts'

type Streams = Live['streams']

/** The program has ended: nobody will read what is written. What it has printed may still be read. */
export function endInput({ stdin }: Streams): void {
  stdin?.destroy()
}

/** The container is gone: what nobody has begun to read is closed; who reads gets all of it. */
export function closeUnread({ stdin, stdout, stderr }: Streams): void {
  stdin?.destroy()
  for (const stream of [stdout, stderr]) if (stream?.readableFlowing === null) stream.destroy()
}

export function closeStreams({ stdin, stdout, stderr }: Streams): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy()
}
