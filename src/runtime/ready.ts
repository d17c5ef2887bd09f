// Waiting until a container is ready for use, as its own log, its ports or a check inside it say.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatorError } from '../errors.ts'
import { reasonOf } from './limits.ts'
import type { LogLine } from './logs.ts'

/** A process in the container that exits with 0 once it is ready. */
export interface Healthcheck {
  readonly args: readonly string[]
  /** Between two tries; default 500. */
  readonly intervalMs?: number | undefined
}

export type Readiness =
  /** A line that matches, or contains the string. */
  | { readonly log: RegExp | string }
  /** A TCP port that something listens on in the container's network namespace. */
  | { readonly port: number }
  | { readonly healthcheck: Healthcheck }

/** The first line of a log that matches. @throws {StatorError} ERR_STATOR_STATUS: the log has ended without one */
export async function lineIn(lines: AsyncIterable<LogLine>, wanted: RegExp | string, what: string): Promise<LogLine> {
  for await (const line of lines) {
    if (typeof wanted === 'string' ? line.text.includes(wanted) : line.text.search(wanted) >= 0) return line
  }
  throw new StatorError('ERR_STATOR_STATUS', `${what}: the container has ended and printed no such line`)
}

/** How often the kernel is asked whether a port is listened on: it has no way to tell us. */
const portMs = 20

/** Asks until it is so. */
export async function repeated(
  isReady: () => boolean | Promise<boolean>,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    if (signal.aborted) throw reasonOf(signal)
    if (await isReady()) return
    await sleep(intervalMs, undefined, { signal }).catch(() => {})
  }
}

/** Resolves when something listens on a TCP port in the network namespace of a process. */
export function portOpen(pid: number, port: number, signal: AbortSignal): Promise<void> {
  return repeated(() => isListened(pid, port), portMs, signal)
}

/** @see proc_pid_net(5): /proc/PID/net/tcp shows the sockets of the process's namespace; state 0A is TCP_LISTEN */
function isListened(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['tcp', 'tcp6'].some((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .some((line) => {
        const [, local, , state] = line.trim().split(/\s+/)
        return state === '0A' && local?.endsWith(suffix)
      }),
  )
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // the process has ended, or the kernel has no IPv6
  }
}
