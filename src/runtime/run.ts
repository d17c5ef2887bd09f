// A container from its creation to its end in one call, with what it has printed.

import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Exit } from '../actors/exit.ts'
import { StatorError } from '../errors.ts'
import type { Container } from './container.ts'
import type { Limits } from './limits.ts'
import type { CreateOptions } from './runtime.ts'

/** As for `create`; `timeoutMs` is for all of it, and its end kills the container. */
export type RunOptions = Omit<CreateOptions, 'id'> & {
  /** Default: one of its own. */
  readonly id?: string | undefined
  /** What the program reads; default nothing. */
  readonly input?: string | Uint8Array | undefined
}

export interface RunResult extends Pick<Exit, 'code' | 'signal' | 'exitCode' | 'oomKilled'> {
  readonly id: string
  /** UTF-8; empty with other stdio than `pipe`, which is the default here. */
  readonly stdout: string
  readonly stderr: string
  /** From `create` to the end of init. */
  readonly durationMs: number
}

/** Of a container that nobody has named. */
export function newId(): string {
  return `run-${randomBytes(6).toString('hex')}`
}

/** Creates, starts, waits and deletes. Whatever fails, nothing is left. */
export async function run(
  create: (options: CreateOptions) => Promise<Container>,
  { input, ...options }: RunOptions & { readonly id: string },
  limits: Limits,
): Promise<RunResult> {
  const began = performance.now()
  const { id } = options
  const container = await create({ ...options, stdio: options.stdio ?? 'pipe' } as CreateOptions)
  try {
    const stdout = collected(container, 'stdout', options.stdio)
    const stderr = collected(container, 'stderr', options.stdio)
    await container.start(limits)
    container.stdin?.on('error', ignoreUnread).end(input)
    const { code, signal, exitCode, oomKilled } = await container.wait(limits)
    const durationMs = Math.round((performance.now() - began) * 1000) / 1000
    // Before the rest of the output is awaited: who else has the pipe open would keep it open.
    await container.delete({ force: true })
    return { id, code, signal, exitCode, oomKilled, stdout: await stdout, stderr: await stderr, durationMs }
  } catch (thrown) {
    await container.delete({ force: true }).catch((left: unknown) => {
      if (thrown instanceof StatorError && left instanceof StatorError) {
        throw thrown.at({ left: left.left ?? [left.message] })
      }
    })
    throw thrown
  }
}

/** EPIPE: a program need not read what it is given. */
function ignoreUnread(): void {}

async function collected(
  container: Container,
  name: 'stdout' | 'stderr',
  stdio: CreateOptions['stdio'],
): Promise<string> {
  const stream: Readable | null = stdio === undefined || stdio === 'pipe' ? container[name] : null
  if (stream === null) return ''
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    stream.once('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
    stream.once('error', reject)
  })
}
