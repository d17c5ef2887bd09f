// The command line as its callers have it: a process, with what it says, to its end.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { subscribe } from 'node:diagnostics_channel'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'
import type { Fd } from '../../src/native/fd.ts'
import { pidfdOpen, type WaitResult, waitPidfd } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { processState } from '../../src/native/process-stat.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import { builtLauncher } from '../built.ts'
import { becomeSubreaper } from './bed.ts'
import { added, type Change, config, machine, makeRootfs, type Ran } from './support.ts'

/** A command that hangs fails here. */
const PATIENCE_MS = 120_000

export interface Call {
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Descriptors from 3 on. */
  readonly more?: readonly number[]
}

export interface CommandLine {
  /** Of the containers; the runtime's. */
  readonly root: string
  readonly folder: string
  readonly rootfs: string
  /** A bundle with this program. */
  bundle(args: readonly string[], change?: Change): string
  /** To its end. */
  call(argv: readonly string[], options?: Call): Promise<Ran>
  /** To its end, which must be 0, with nothing on stderr. @returns what it printed */
  said(argv: readonly string[], options?: Call): Promise<string>
  /** To its end, which must be 1 (255 of an exec that has begun), with one line on stderr. @returns that, without `stator: ` */
  refused(argv: readonly string[], options?: Call): Promise<string>
  /** The same as a program and its arguments. */
  words(argv: readonly string[]): readonly string[]
  /** Goes on while the test does. */
  start(argv: readonly string[], stdio: StdioOptions): ChildProcess
}

/** Children that Node.js waits for, and reaps. */
const own = new Set<ChildProcess>()
subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess }
  own.add(child)
  // Its number is another's only when Node.js has told of its end.
  child.on('exit', () => own.delete(child))
})

/** Orphans that a test waits for. */
const awaited = new Set<number>()

/**
 * As an engine's monitor: what `create` leaves falls to this process, which reaps whatever nobody asks for. No runtime is open
 * in it, which would do the same.
 */
function becomeMonitor(): void {
  if (process.listenerCount('SIGCHLD') > 0) return
  becomeSubreaper()
  process.on('SIGCHLD', () => {
    if (!isReaping) return
    for (const pid of orphans()) if (!awaited.has(pid) && processState(pid) === 'Z') reap(pid)
  })
}

let isReaping = true

/** While it goes on, orphans stay as they end: a monitor that has not come to them, or never does. */
export async function withoutReaping<T>(work: () => Promise<T>): Promise<T> {
  isReaping = false
  try {
    return await work()
  } finally {
    isReaping = true
    process.emit('SIGCHLD', 'SIGCHLD')
  }
}

function orphans(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'ascii')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  const known = new Set([...own].map(({ pid }) => pid))
  return children.filter((pid) => !known.has(pid))
}

function reap(pid: number): WaitResult | null {
  using fd = pidfdOpen(pid)
  return waitPidfd(fd)
}

/** The end of an orphan, as an engine waits for it. To be asked for while it lives. */
export async function reaped(pid: number): Promise<WaitResult> {
  awaited.add(pid)
  try {
    using fd = pidfdOpen(pid)
    await ended(fd)
    const end = waitPidfd(fd)
    assert.ok(end !== null)
    return end
  } finally {
    awaited.delete(pid)
  }
}

/** The end of a process, whoever reaps it. */
export async function ended(process: Fd): Promise<void> {
  const release = hold()
  await firstValueFrom(readable(process)).finally(release)
}

/** With a root, a root file system of busybox and all that is left taken away with the test. */
export async function commandLine(t: TestContext): Promise<CommandLine> {
  becomeMonitor()
  const before = machine()
  const folder = mkdtempSync(join(tmpdir(), 'stator-e2e-'))
  // Another user's programs run in it.
  chmodSync(folder, 0o755)
  const rootfs = join(folder, 'rootfs')
  makeRootfs(rootfs)
  const at = { folder, rootfs, root: join(folder, 'root') }
  t.after(async () => {
    for (const id of (await command.said(['list', '-q'])).split('\n').filter(Boolean)) {
      await command.said(['delete', '--force', id])
    }
    // Keepers and settlers end by themselves.
    for (let pid = orphans()[0]; pid !== undefined; pid = orphans()[0]) await reaped(pid)
    const left = readdirSync(at.root).filter((name) => !['attached', 'journal', 'seccomp', 'settle'].includes(name))
    rmSync(folder, { recursive: true })
    assert.deepEqual(left, [], 'the root is empty when all containers are deleted')
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  const launcher = builtLauncher()
  const start = (argv: readonly string[], stdio: StdioOptions, { env, cwd }: Call = {}) => {
    const all = { ...process.env, ...env }
    return spawn(launcher, ['--root', at.root, ...argv], {
      stdio,
      env: all,
      ...(cwd === undefined ? {} : { cwd }),
    })
  }
  const call = (argv: readonly string[], options: Call = {}) =>
    new Promise<Ran>((resolve, reject) => {
      // Files: what a container in the background holds open would never end.
      const paths = ['stdout', 'stderr'].map((name) => join(mkdtempSync(join(at.folder, 'said-')), name))
      const [out = 1, err = 2] = paths.map((path) => openSync(path, 'a'))
      const child = start(argv, ['pipe', out, err, ...(options.more ?? [])], options)
      closeSync(out)
      closeSync(err)
      const said = () => paths.map((path) => readFileSync(path, 'utf8'))
      const late = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`${argv.join(' ')}: not done after ${PATIENCE_MS} ms; it said ${said().join('')}`))
      }, PATIENCE_MS)
      // A program need not read what it is given.
      child.stdin!.on('error', () => {}).end(options.input ?? '')
      child.on('error', reject)
      child.on('exit', (exitCode) => {
        clearTimeout(late)
        const [stdout = '', stderr = ''] = said()
        resolve({ exitCode, stdout, stderr })
      })
    })
  const command: CommandLine = {
    root: at.root,
    folder: at.folder,
    rootfs: at.rootfs,
    bundle(args, change) {
      const folder = mkdtempSync(join(at.folder, 'bundle-'))
      writeFileSync(join(folder, 'config.json'), stringifyConfig(config(at, args, change), 2))
      return folder
    },
    call,
    words: (argv) => [process.execPath, launcher, '--root', at.root, ...argv],
    async said(argv, options) {
      const { exitCode, stdout, stderr } = await call(argv, options)
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' }, argv.join(' '))
      return stdout
    },
    async refused(argv, options) {
      const { exitCode, stdout, stderr } = await call(argv, options)
      // An exec that has begun is told from a program's own 1.
      const isExec = argv.includes('exec') && exitCode === 255
      assert.deepEqual({ exitCode: isExec ? 1 : exitCode, stdout }, { exitCode: 1, stdout: '' }, argv.join(' '))
      assert.match(stderr, /^stator: [^\n]+\n$/, argv.join(' '))
      return stderr.slice('stator: '.length, -1)
    },
    start: (argv, stdio) => {
      const child = start(argv, stdio)
      t.after(() => child.kill('SIGKILL'))
      return child
    },
  }
  return command
}
