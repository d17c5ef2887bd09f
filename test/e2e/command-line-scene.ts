// A root and the command line on it, for tests of what goes wrong.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { TestContext } from 'node:test'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { groupsOf, processesOf } from './bed.ts'
import { call, type CallOptions, launcher, reapAll, type Said } from './calls.ts'
import { added, bundle, config, machine, makeRootfs, ownMountNamespace } from './support.ts'

export interface Scene {
  readonly folder: string
  readonly root: string
  /** Of a program that sleeps. */
  readonly bundle: string
  stator(...argv: readonly string[]): Promise<Said>
  /** A call that must do what it was asked for, without a word but what it prints. */
  done(...argv: readonly string[]): Promise<string>
  /** A call that must fail with one line: what follows `stator: `. */
  refused(...argv: readonly string[]): Promise<string>
  as(options: CallOptions, ...argv: readonly string[]): Promise<Said>
  /** Makes a container of the sleeping program. */
  create(id: string): Promise<void>
  /** Makes and starts it. */
  run(id: string): Promise<void>
}

/** A root, of which nothing is left when the test is over. */
export function scene(t: TestContext, { size }: { readonly size?: string } = {}): Scene {
  reapAll()
  ownMountNamespace()
  launcher()
  const before = machine()
  const folder = mkdtempSync(join(tmpdir(), 'stator-faults-'))
  chmodSync(folder, 0o755)
  const [state, rootfs] = [join(folder, 'state'), join(folder, 'rootfs')]
  const root = join(state, 'root')
  mkdirSync(state)
  if (size !== undefined) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', state])
  makeRootfs(rootfs)
  const sleeping = bundle({ folder }, config({ rootfs }, ['sleep', '1000']))
  const as = (options: CallOptions, ...argv: readonly string[]) => call(['--root', root, ...argv], options)
  const stator = (...argv: readonly string[]) => as({}, ...argv)
  const done = async (...argv: readonly string[]) => {
    const { code, stdout, stderr } = await stator(...argv)
    assert.deepEqual([code, stderr], [0, ''], argv.join(' '))
    return stdout
  }
  const refused = async (...argv: readonly string[]) => oneError(await stator(...argv), argv.includes('exec') ? 255 : 1)
  const create = async (id: string) => void (await done('create', '--stdio', 'ignore', '--bundle', sleeping, id))
  const run = async (id: string) => void (await done('run', '-d', '--stdio', 'ignore', '--bundle', sleeping, id))
  t.after(async () => {
    // Of a test that has failed.
    for (const id of existsSync(root) ? readdirSync(root) : [])
      if (existsSync(join(root, id, 'state.json'))) await stator('delete', '--force', id)
    if (size !== undefined) execFileSync('umount', [state])
    rmSync(folder, { recursive: true, force: true })
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  return { folder, root, bundle: sleeping, stator, done, refused, as, create, run }
}

/** @param expected what an exec that fails ends with is told from a program's own 1 */
export function oneError({ code, stdout, stderr }: Said, expected = 1): string {
  const [, line] = /^stator: ([^\n]*)\n$/.exec(stderr) ?? []
  assert.deepEqual([code, stdout], [expected, ''], stderr)
  assert.ok(line !== undefined, `one line: ${stderr}`)
  assert.doesNotMatch(line, /bug of Stator/)
  return line
}

/** What is left of a container on this machine and in its root. */
export async function leftOf({ root }: Scene, id: string): Promise<string[]> {
  const entries = readdirSync(root).filter((name) => !['attached', 'journal', 'seccomp', 'settle'].includes(name))
  return [...(await processesOf(id)), ...groupsOf(id), ...entries]
}

export interface Shown {
  readonly status: string
  readonly pid: number
}

export async function stateOf(at: Scene, id: string): Promise<Shown> {
  const { status, pid } = JSON.parse(await at.done('state', id)) as Shown
  return { status, pid }
}

/** As it is stored: what no command says. */
export function stored({ root }: Scene, id: string): { context: { init: ProcessName; keeper: ProcessName } } {
  return JSON.parse(readFileSync(join(root, id, 'state.json'), 'utf8')) as never
}

interface ProcessName {
  readonly pid: number
  readonly startTime: string
}

export function edit({ root }: Scene, id: string, change: (text: string) => string): void {
  const path = join(root, id, 'state.json')
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

/** Ends a process that is not this one's child, and waits until it has ended. */
export async function end(pid: number): Promise<void> {
  using fd = pidfdOpen(pid)
  const release = hold()
  const ended = new Promise<void>((resolve) => {
    const subscription = readable(fd).subscribe(() => {
      subscription.unsubscribe()
      resolve()
    })
  })
  process.kill(pid, 'SIGKILL')
  await ended.finally(release)
}

/** Of one call, in milliseconds: points of time are spread over as long. */
export async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}
