// What tests of container engines share: a place of one engine's own, the runtime as a program that an engine can start, a
// terminal, and a look at what was left. Everything of an engine lives in a temporary folder whose name is in its processes'
// arguments or environment, and its control groups below one that is named after this process: so they are found.
//
// STATOR_TEST_RUNTIME=/usr/sbin/runc drives another runtime: what fails there too is the test's fault, or the engine's.

import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { firstValueFrom, timeout } from 'rxjs'
import { ignoring } from '../../src/native/errno.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { readable } from '../../src/native/poller.ts'
import { builtLauncher } from '../built.ts'
import { makeRootfs, missing as missingForContainers, names } from '../e2e/support.ts'

/** For one call of an engine. Ten containers at once on a busy machine with two processors take their time. */
export const PATIENCE_MS = 120_000

/** Why tests of engines cannot run here; false when they can. */
export function missing(...programs: readonly string[]): string | false {
  if (missingForContainers !== false) return missingForContainers
  return programs.find((program) => spawnSync(program, ['--version']).error !== undefined) ?? false
}

export interface Place {
  /** A temporary folder, removed with the test; HOME and TMPDIR of the engine. */
  readonly folder: string
  readonly rootfs: string
  /** A folder of the host for containers to mount. */
  readonly shared: string
  /** The control group, by its path in every hierarchy, in which all of the test's are. */
  readonly group: string
  /** What an engine is started with. */
  readonly env: NodeJS.ProcessEnv
}

let count = 0

/**
 * A place, and after the test nothing of it: no process, mount, control group, and none of the files named.
 *
 * @param undo ends what the engine still has
 * @param remains files of the engine that should have gone by then, as lines
 */
export function place(t: TestContext, undo: (at: Place) => Promise<void>, remains: (at: Place) => string[]): Place {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))
  // Other users' programs run in it.
  chmodSync(folder, 0o755)
  const at = {
    folder,
    rootfs: join(folder, 'rootfs'),
    shared: join(folder, 'shared'),
    group: `/stator-engines-${process.pid}-${++count}`,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, TMPDIR: folder },
  }
  mkdirSync(at.shared)
  makeRootfs(at.rootfs)
  t.after(async () => {
    const left = []
    try {
      await undo(at)
    } catch (error) {
      left.push(String(error))
    }
    left.push(...(await processesLeft(at)), ...mountsLeft(at), ...remains(at), ...removeGroups(at))
    rmSync(folder, { recursive: true, force: true })
    assert.deepEqual(left, [], 'nothing is left behind')
  })
  return at
}

/** The processes that bear the place's name and do not end by themselves; they are ended. */
async function processesLeft({ folder, group }: Place): Promise<string[]> {
  const left = []
  // One that ends may start another: conmon has the engine clean up.
  for (let seen = true; seen;) {
    seen = false
    for (const pid of processes()) {
      const who = describe(pid, folder, group)
      if (who === null) continue
      seen = true
      if (await ended(pid, 20_000)) continue
      left.push(who)
      // It may end just now.
      spawnSync('kill', ['-KILL', String(pid)])
      await ended(pid)
    }
  }
  return left
}

/** A process of the place: by its arguments, its environment or its control group. */
function describe(pid: number, folder: string, group: string): string | null {
  if (pid === process.pid) return null
  try {
    const { state, name } = stat(pid)
    // A zombie is for its parent to reap, and has none of these.
    if (state === 'Z') return null
    const said = ['cmdline', 'environ', 'cgroup'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')
    return said.includes(folder) || said.includes(`${group}/`) ? `process ${pid} ${name} ${state}` : null
  } catch {
    return null // it has ended
  }
}

function processes(): number[] {
  return names('/proc').filter((name) => /^\d+$/.test(name)).map(Number) // prettier-ignore
}

/** What /proc says of a process's life. */
export function stat(pid: number): { name: string; state: string; parent: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), state, parent: Number(parent) }
}

/** Waits for the end of a process that need not be a child; false when it has not come. */
export async function ended(pid: number, patienceMs = PATIENCE_MS): Promise<boolean> {
  try {
    using pidfd = pidfdOpen(pid)
    await firstValueFrom(readable(pidfd).pipe(timeout(patienceMs)), { defaultValue: undefined })
    return true
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return false
    ignoring('ESRCH')(error)
    return true
  }
}

function mountsLeft({ folder }: Place): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((point) => point.startsWith(folder))
  // The last one may be on top of the others.
  for (const point of points.toReversed()) execFileSync('umount', ['--lazy', point])
  return points.map((point) => `mount ${point}`)
}

/** Removes the groups of a place. Engines leave those that they were given as parents; no runtime leaves its own. */
function removeGroups({ group }: Place): string[] {
  const left: string[] = []
  const remove = (path: string, depth: number): void => {
    for (const entry of names(path))
      if (existsSync(`${path}/${entry}/cgroup.procs`)) remove(`${path}/${entry}`, depth + 1)
    // Podman's own, for conmon.
    if (depth > 0 && !path.endsWith('/conmon')) left.push(`cgroup ${path}`)
    rmdirSync(path)
  }
  for (const hierarchy of hierarchies()) if (existsSync(hierarchy + group)) remove(hierarchy + group, 0)
  return left
}

/** Where the hierarchies of control groups are mounted. */
function hierarchies(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .flatMap((line) => line.split(' ')[4] ?? [])
}

/** What a file of a process's control group holds, in the hierarchy that has it. */
export function groupFile(pid: number, name: string): string {
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1)
    // A hierarchy that the runtime does not use: the process is where its caller was.
    if (path === '/' || path.endsWith('/conmon')) continue
    const found = hierarchies().find((hierarchy) => existsSync(join(hierarchy, path, name)))
    if (found !== undefined) return readFileSync(join(found, path, name), 'utf8')
  }
  assert.fail(`no control group of ${pid} has a file "${name}"`)
}

/** Whether the kernel holds a process still: freezer-subsystem.rst (version 1), cgroup-v2.rst. */
export function frozen(pid: number): boolean {
  const named = (name: string) => {
    try {
      return groupFile(pid, name)
    } catch {
      return ''
    }
  }
  return named('freezer.state').trim() === 'FROZEN' || /^frozen 1$/m.test(named('cgroup.events'))
}

/** Lines of /proc/PID/status, by their names. */
export function status(pid: number): Record<string, string> {
  const pairs = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n').map((line) => line.split(':\t')) // prettier-ignore
  return Object.fromEntries(pairs)
}

/** The capability sets of a process, as numbers: capabilities(7). */
export function capabilities(pid: number): Record<string, bigint> {
  const said = status(pid)
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']
  return Object.fromEntries(sets.map((set) => [set, BigInt(`0x${said[set]?.trim()}`)]))
}

/** A limit of a process, as /proc/PID/limits has it: soft, hard. */
export function limit(pid: number, name: string): string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'utf8').split('\n').find((line) => line.startsWith(name)) // prettier-ignore
  return line?.slice(name.length).trim().split(/\s+/).slice(0, 2) ?? []
}

/** What a process has mounted at a path: the options of the mount, and of the file system. */
export function mountAt(pid: number, point: string): { type: string; options: string[]; superOptions: string[] } {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n').map((line) => line.split(' ')) // prettier-ignore
  const fields = lines.findLast((fields) => fields[4] === point)
  assert.ok(fields, `"${point}" is a mount`)
  const [type = '', , superOptions = ''] = fields.slice(fields.indexOf('-') + 1)
  return { type, options: fields[5]?.split(',') ?? [], superOptions: superOptions.split(',') }
}

/** The runtime as one file that needs nothing of its environment: engines call some verbs with none. */
export function runtimeProgram({ folder }: Place, name: string, globalOptions: readonly string[] = []): string {
  const path = join(folder, name)
  const words = [...runtimeCommand(), ...globalOptions].map(quoted).join(' ')
  writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
  return path
}

function runtimeCommand(): readonly string[] {
  const other = process.env.STATOR_TEST_RUNTIME
  return other === undefined ? [process.execPath, builtLauncher()] : [other]
}

export interface Ran {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program with what it says, to its end. */
export function run(
  program: string,
  args: readonly string[],
  { env, cwd, input = '' }: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string | Buffer | undefined } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
    // A program need not read what it is given.
    child.stdin.on('error', ignoring('EPIPE')).end(input)
    child.on('error', reject)
    child.on('close', (code) => resolve({ exitCode: code, ...said }))
  })
}

/** A program on a terminal of its own, with somebody who types. */
export class Terminal {
  readonly #child
  #said = ''
  #exit: Promise<number | null>
  #woken = () => {}

  constructor(
    command: readonly string[],
    { env, cwd, rows, columns }: { env?: NodeJS.ProcessEnv; cwd?: string; rows: number; columns: number },
  ) {
    // The first line is the terminal's name. `exec`, so that the program has the terminal's signals for itself.
    const script = `tty; stty rows ${rows} cols ${columns}; exec ${command.map(quoted).join(' ')}`
    // Not the end of input until the end: script(1) would type an end of file.
    this.#child = spawn('script', ['--quiet', '--return', '--command', script, '/dev/null'], {
      env: { ...env, SHELL: '/bin/sh' },
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    })
    this.#child.stdin.on('error', ignoring('EPIPE'))
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      // Some engines leave the ends of lines to two terminals.
      this.#said += text.replaceAll('\r', '')
      this.#woken()
    })
    this.#exit = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', (code) => {
        resolve(code)
        this.#woken()
      })
    })
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** What was printed up to the pattern, once it has been. */
  async until(pattern: RegExp): Promise<string> {
    let over = false
    void this.#exit.then(() => (over = true))
    while (!pattern.test(this.#said)) {
      assert.ok(!over, `the program has ended, and printed no ${pattern}: ${this.#said}`)
      await new Promise<void>((resolve) => (this.#woken = resolve))
    }
    return this.#said
  }

  /** Gives the terminal another size, as a window does. */
  async resize(rows: number, columns: number): Promise<void> {
    const [name = ''] = /\/dev\/pts\/\d+/.exec(await this.until(/\/dev\/pts\/\d+\n/)) ?? []
    execFileSync('stty', ['-F', name, 'rows', String(rows), 'cols', String(columns)])
  }

  async end(): Promise<{ exitCode: number | null; said: string }> {
    const exitCode = await this.#exit
    return { exitCode, said: this.#said }
  }
}

/** What waits in a container until its terminal has a size, and then prints it: the engine sets it a moment after the start. */
export function sizeOf(rows: number, columns: number): string {
  return `until [ "$(stty size 2>/dev/null)" = '${rows} ${columns}' ]; do usleep 20000; done; stty size`
}

/** A named pipe in the shared folder: what a container writes to it ends the wait. */
export function fifo({ shared }: Place): { name: string; said: () => Promise<string> } {
  const name = `fifo-${randomBytes(4).toString('hex')}`
  execFileSync('mkfifo', ['--mode', '666', join(shared, name)])
  return {
    name,
    // A child, as opening a pipe that nobody writes to would hold one of our threads for ever.
    said: async () => (await run('cat', [join(shared, name)])).stdout,
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** A set of capabilities as the kernel numbers them: linux/capability.h. */
export function capabilitySet(...numbers: readonly number[]): bigint {
  return numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n)
}

/** What is in a folder that was not before, as lines. */
export function added(folder: string, before: readonly string[]): string[] {
  return existsSync(folder) ? readdirSync(folder).flatMap((name) => (before.includes(name) ? [] : [`file ${folder}/${name}`])) : [] // prettier-ignore
}
