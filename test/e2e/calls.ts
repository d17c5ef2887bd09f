// The command line as an engine has it: built, installed in a folder of its own, and each call a process.

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, fork, spawn, type SpawnOptions } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ignoring } from '../../src/native/errno.ts'
import { pidfdOpenIfAlive, waitPidfd } from '../../src/native/pidfd.ts'
import { processState } from '../../src/native/process-stat.ts'
import { builtLauncher } from '../built.ts'
import { becomeSubreaper } from './bed.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Its launcher. */
export const launcher = builtLauncher

/** What a call has said and how it ended. */
export interface Said {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  /** Resolves when it has ended: whoever has its streams after that is not waited for. */
  readonly ended: Promise<Said>
  /** SIGKILL, unless it has ended. */
  kill(): void
}

export interface CallOptions extends Pick<SpawnOptions, 'uid' | 'gid' | 'env' | 'cwd'> {
  /** In front of the launcher: `prlimit --fsize=0`. */
  readonly through?: readonly string[]
  /** After which it hangs: it is killed, and what it was doing is in the error. Default a minute. */
  readonly withinMs?: number
}

let calls = 0

/** Begins a call. */
export function begin(argv: readonly string[], options: CallOptions = {}): Running {
  const { through = [], withinMs = 60_000, ...how } = options
  const [program = '', ...words] = [...through, launcher(), ...argv]
  calls++
  const files = ['out', 'err'].map((name) => join(launcher(), '../..', `${calls}.${name}`))
  const streams = files.map((path) => openSync(path, 'w', 0o666))
  const child = spawn(program, words, { ...how, stdio: ['ignore', ...streams] })
  for (const stream of streams) closeSync(stream)
  const pid = child.pid ?? assert.fail(`${program} cannot be started`)
  let hung: string | undefined
  const limit = setTimeout(() => {
    hung = doing(pid)
    child.kill('SIGKILL')
  }, withinMs)
  const ended = new Promise<Said>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(limit)
      const [stdout = '', stderr = ''] = files.map((path) => readFileSync(path, 'utf8'))
      for (const path of files) rmSync(path)
      if (hung === undefined) resolve({ code, signal, stdout, stderr })
      else reject(new Error(`stator ${argv.join(' ')}: not done after ${withinMs} ms: ${hung} ${stdout} ${stderr}`))
    })
  })
  return { pid, ended, kill: () => void child.kill('SIGKILL') }
}

/** A process that does calls one after the other: each costs no start. */
export class Player implements Disposable {
  #child: ChildProcess | null = null

  /** As `begin`; one at a time. If its process is killed meanwhile, the next call has a new one. */
  begin(argv: readonly string[], withinMs = 60_000): Running {
    const child = (this.#child ??= this.#start())
    const pid = child.pid ?? assert.fail('a player cannot be started')
    const ended = new Promise<Said>((resolve, reject) => {
      const limit = setTimeout(() => {
        reject(new Error(`stator ${argv.join(' ')}: not done after ${withinMs} ms: ${doing(pid)}`))
      }, withinMs)
      const finish = (said: Said) => {
        clearTimeout(limit)
        child.off('message', answered).off('exit', exited)
        resolve(said)
      }
      const answered = (said: Omit<Said, 'signal'>) => finish({ ...said, signal: null })
      const exited = (code: number | null, signal: NodeJS.Signals | null) => {
        finish({ code, signal, stdout: '', stderr: '' })
      }
      child.on('message', answered).on('exit', exited)
    })
    child.send(argv)
    return { pid, ended, kill: () => void child.kill('SIGKILL') }
  }

  /** SIGKILL. */
  [Symbol.dispose](): void {
    const child = this.#child
    this.#child = null
    child?.kill('SIGKILL')
  }

  #start(): ChildProcess {
    const child = fork(player(), { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('exit', () => {
      if (this.#child === child) this.#child = null
    })
    // It may be killed while it is asked: then it has not done what it was asked for.
    child.on('error', () => {})
    return child
  }
}

let builtPlayer: string | undefined

/** One file, which lies where the command line's own do: it finds what they find. */
function player(): string {
  if (builtPlayer !== undefined) return builtPlayer
  const path = join(launcher(), '../../dist/player.mjs')
  const js = "import { createRequire as making } from 'node:module'; const require = making(import.meta.url)"
  const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20', '--external:koffi', `--banner:js=${js}`, `--outfile=${path}`] // prettier-ignore
  const source = fileURLToPath(new URL('../fixtures/command-player.ts', import.meta.url))
  execFileSync('node_modules/.bin/esbuild', [source, '--log-level=warning', ...options], {
    cwd: repository,
  })
  return (builtPlayer = path)
}

/** A call to its end. */
export function call(argv: readonly string[], options?: CallOptions): Promise<Said> {
  return begin(argv, options).ended
}

/** Of a process that does not end. */
function doing(pid: number): string {
  const read = (name: string) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim()
    } catch (error) {
      return String(error)
    }
  }
  return `state ${processState(pid)}, in ${read('wchan')}: ${read('stack').replaceAll('\n', '; ')}`
}

/**
 * What of containers loses its parent falls to this process, which reaps it, as an engine's monitor does: here pid 1 may reap nobody.
 * For the rest of the test file.
 */
export function reapAll(): void {
  if (reaps) return
  reaps = true
  becomeSubreaper()
  // What Node.js has started it reaps itself, and would never hear of the end of one that is gone.
  const first = new Set(children())
  const handles = new Set<ChildProcess>()
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess }
    handles.add(child)
    child.once('exit', () => handles.delete(child))
  })
  process.on('SIGCHLD', () => {
    const own = new Set([...first, ...[...handles].map(({ pid }) => pid)])
    for (const pid of children()) {
      if (own.has(pid) || processState(pid) !== 'Z') continue
      using fd = pidfdOpenIfAlive(pid)
      try {
        if (fd !== null) waitPidfd(fd)
      } catch (error) {
        ignoring('ECHILD')(error)
      }
    }
  })
}

let reaps = false

function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/children`, 'ascii').split(' ').filter(Boolean).map(Number)
    } catch {
      return [] // a thread that has ended
    }
  })
}
