// One hook as a child process of this one: its streams, its time limit, and how it has ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StatorError, toStatorError } from '../../errors.ts'
import type { Fd } from '../../native/fd.ts'
import { pipe } from '../../native/pipe.ts'
import type { Hook } from '../../oci/config.ts'
import type { HookResult } from '../hook.ts'

/** Of what a hook prints, this much is kept of each stream, in bytes. */
const KEPT_BYTES = 64 * 1024

/** 24 days; a longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1

export interface Ended extends HookResult {
  /** Why it has not been started; null: it has. */
  readonly notStarted: StatorError | null
  readonly killedFor: 'timeout' | 'abort' | null
}

interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** Resolves when it has ended, whoever holds its streams then. */
export async function runHook(hook: Hook, state: string, signal: AbortSignal): Promise<Ended> {
  const began = performance.now()
  const streams: Socket[] = []
  let killedFor: Ended['killedFor'] = null
  let exit: Exit = { code: null, signal: null }
  let notStarted: StatorError | null = null
  let printed = [() => '', () => '']
  try {
    const { child, stdin, stdout, stderr } = start(hook, streams)
    printed = [keep(stdout), keep(stderr)]
    // A hook need not read its state.
    stdin.on('error', () => undefined)
    stdin.end(state)
    const kill = (why: Ended['killedFor']) => {
      killedFor ??= why
      killGroup(child)
    }
    exit = await ended(child, hook, signal, kill)
    // What it printed is in the pipes: between two turns everything that can be read is.
    await nextTurn()
    await nextTurn()
  } catch (thrown) {
    notStarted = toStatorError(thrown, 'ERR_STATOR_HOOK')
  } finally {
    // A daemon that the hook leaves behind may hold them for ever.
    for (const stream of streams) stream.destroy()
  }
  const [stdout = '', stderr = ''] = printed.map((text) => text())
  return {
    durationMs: performance.now() - began,
    ...exit,
    stdout,
    stderr,
    notStarted,
    // One that ended by itself just before was not killed.
    killedFor: exit.code === null ? killedFor : null,
  }
}

interface Started {
  readonly child: ChildProcess
  readonly stdin: Socket
  readonly stdout: Socket
  readonly stderr: Socket
}

/** @param streams what is to be closed in the end, also when this throws */
function start(hook: Hook, streams: Socket[]): Started {
  // What Node.js makes by itself are sockets, which cannot be opened: `cat /dev/stdin` and `echo > /dev/stderr` would fail.
  using input = new Pipe()
  using output = new Pipe()
  using errors = new Pipe()
  const ours = (end: Fd, direction: 'readable' | 'writable') => {
    const stream = new Socket({
      fd: end.number,
      readable: direction === 'readable',
      writable: direction === 'writable',
    })
    end.take()
    streams.push(stream)
    return stream
  }
  const stdin = ours(input.write, 'writable')
  const stdout = ours(output.read, 'readable')
  const stderr = ours(errors.read, 'readable')
  const [argv0 = hook.path, ...args] = hook.args ?? []
  // A process group of its own: what the hook has started is ended with it when it takes too long.
  const child = spawn(hook.path, args, {
    argv0,
    env: environment(hook),
    detached: true,
    stdio: [input.read.number, output.write.number, errors.write.number],
  })
  return { child, stdin, stdout, stderr }
}

class Pipe implements Disposable {
  readonly read: Fd
  readonly write: Fd

  constructor() {
    ;[this.read, this.write] = pipe()
  }

  [Symbol.dispose](): void {
    this.read.close()
    this.write.close()
  }
}

/** @throws what keeps it from being started */
function ended(
  child: ChildProcess,
  hook: Hook,
  signal: AbortSignal,
  kill: (why: 'timeout' | 'abort') => void,
): Promise<Exit> {
  const onAbort = () => kill('abort')
  const limitMs = hook.timeout === undefined ? undefined : Math.min(hook.timeout * 1000, longestTimerMs)
  const timer = limitMs === undefined ? undefined : setTimeout(() => kill('timeout'), limitMs)
  signal.addEventListener('abort', onAbort)
  // Whoever is told that it starts may have aborted it.
  if (signal.aborted) onAbort()
  return new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    // `exit`, not `close`: that waits for everybody who has inherited the streams.
    child.once('exit', (code, by) => resolve({ code, signal: by }))
  }).finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** Keeps the beginning of what comes. All of it is read: a full pipe would hold up the hook. */
function keep(stream: Socket): () => string {
  const kept: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    if (bytes === KEPT_BYTES) return
    const part = chunk.subarray(0, KEPT_BYTES - bytes)
    kept.push(part)
    bytes += part.length
  })
  return () => Buffer.concat(kept).toString()
}

/** Exactly what the config says: nothing of this process's own. */
function environment({ env = [] }: Hook): NodeJS.ProcessEnv {
  return Object.fromEntries(
    env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}
