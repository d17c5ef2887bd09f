// What is measured: one container, from nothing to nothing, by each of those that are compared.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
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
  readonly name = 'stator'
  readonly parts: Parts[] = []
  readonly #runtime: Runtime
  readonly #bundle: string

  constructor(runtime: Runtime, bundle: string) {
    this.#runtime = runtime
    this.#bundle = bundle
  }

  async once(id: string): Promise<number> {
    const begun = performance.now()
    const container = await this.#runtime.create({ id, bundle: this.#bundle, stdio: 'ignore' })
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
  const command = [place.stopwatch, name, '--root', root, 'run', '--bundle', bundle, '@']
  // crun refuses the mixed layout of versions 1 and 2: it gets a mount namespace in which only version 2 is mounted.
  const own = ['-m', '--propagation', 'private', 'sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', 'sh']
  const [program = '', ...args] = name === 'crun' && !isUnified() ? ['unshare', ...own, ...command] : command
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    name,
    async once(id) {
      child.stdin.write(`${id}\n`)
      const { value, done } = (await lines.next()) as { value: string; done?: boolean }
      const [nanoseconds, status] = done === true ? [] : value.split(' ')
      if (status !== '0') throw new BenchError(`${name} run failed: ${errors.trim() || 'without a word'}`)
      return Number(nanoseconds) / 1e6
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

function isUnified(): boolean {
  return / \/sys\/fs\/cgroup [^\n]* - cgroup2 /.test(readFileSync('/proc/self/mountinfo', 'utf8'))
}
