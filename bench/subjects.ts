// What is measured: one container, from nothing to nothing, by each of those that are compared.

import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'
import type { Runtime } from '../src/index.ts'
import { BenchError, type Place } from './place.ts'

/** One who makes containers. */
export interface Subject extends AsyncDisposable {
  readonly name: string
  /** Milliseconds of one container. */
  once(id: string): Promise<number>
}

/** The parts of a cycle of the library, in milliseconds. */
export interface Parts {
  readonly create: number
  readonly start: number
  readonly wait: number
  readonly delete: number
}

/** The library: the same cycle as the others, and its parts. */
export class Library implements Subject {
  readonly name: string
  readonly parts: Parts[] = []
  readonly #runtime: Runtime
  readonly #bundle: string
  readonly #policy: string | undefined

  /** @param policy a seccomp policy; without one no call is filtered */
  constructor(runtime: Runtime, bundle: string, policy?: string) {
    this.name = policy === undefined ? 'stator' : 'stator, filtered'
    this.#policy = policy
    this.#runtime = runtime
    this.#bundle = bundle
  }

  async once(id: string): Promise<number> {
    const begun = performance.now()
    const container = await this.#runtime.create({ id, bundle: this.#bundle, stdio: 'ignore', policy: this.#policy })
    const created = performance.now()
    await container.start()
    const started = performance.now()
    const { exitCode } = await container.wait()
    const ended = performance.now()
    await container.delete()
    const deleted = performance.now()
    if (exitCode !== 0) throw new BenchError(`stator: /bin/true has ended with ${exitCode}`)
    this.parts.push({
      create: created - begun,
      start: started - created,
      wait: ended - started,
      delete: deleted - ended,
    })
    return deleted - begun
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The floor tells its own time, without its start. */
export function floor({ floor: program, rootfs }: Place): Subject {
  const run = promisify(execFile)
  return {
    name: 'floor',
    async once() {
      const { stdout } = await run('unshare', ['-m', '--propagation', 'private', program, rootfs, '1'])
      const [, mean] = /mean ([\d.]+) ms/.exec(stdout) ?? []
      if (mean === undefined) throw new BenchError(`floor: ${stdout.trim()}`)
      return Number(mean)
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** runc or crun, from its start to its end. */
export function commandLine(name: 'runc' | 'crun', place: Place, bundle: string): Subject {
  const root = `${place.folder}/${name}`
  const watch = new Stopwatch(name, place, [name, '--root', root, 'run', '--bundle', bundle, '@'])
  return {
    name,
    once: async (id) => (await watch.once(id)).ms,
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  }
}

/** One call of a command. */
export interface Call {
  readonly ms: number
  /** Of the processor: user and system. */
  readonly cpuMs: number
}

/** Calls a command again and again, from its start to its end; `@` is the id. */
export class Stopwatch implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(name: string, place: Place, command: readonly string[], env = process.env) {
    this.#name = name
    const [program = '', ...args] = within(command[0], [place.stopwatch, ...command])
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2000)
    })
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
  }

  async once(id: string): Promise<Call> {
    this.#child.stdin.write(`${id}\n`)
    const { value, done } = (await this.#lines.next()) as { value: string; done?: boolean }
    const [took, status, used] = done === true ? [] : value.split(' ')
    if (status !== '0') throw new BenchError(`${this.#name} failed: ${this.#errors.trim() || 'without a word'}`)
    return { ms: Number(took) / 1e6, cpuMs: Number(used) / 1e6 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }
}

/** crun refuses the mixed layout of versions 1 and 2: it gets a mount namespace in which only version 2 is mounted. */
export function within(name: string | undefined, command: readonly string[]): readonly string[] {
  if (name !== 'crun' || isUnified()) return command
  const own = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', own, 'sh', ...command]
}

function isUnified(): boolean {
  return / \/sys\/fs\/cgroup [^\n]* - cgroup2 /.test(readFileSync('/proc/self/mountinfo', 'utf8'))
}
