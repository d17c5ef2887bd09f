// Actors that need no rights: what the stages make are files in a folder that plays the host, init is a `sleep` under a shell
// that plays the keeper. What is said of them is true for the kernel: pids, starts and ends are real.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { NEVER } from 'rxjs'
import type { Processes } from '../../src/actors/creation.ts'
import {
  createLive,
  endProcess,
  endProcesses,
  endsWithin,
  readExit,
  signalInit,
  watchEnd,
} from '../../src/actors/process/index.ts'
import type { RuntimeEvent } from '../../src/bus/event.ts'
import { StatorError } from '../../src/errors.ts'
import { processStartTime } from '../../src/native/process-stat.ts'
import { defineConfig } from '../../src/oci/default-config.ts'
import type { Actors, AnyStage, MakingState } from '../../src/runtime/actors.ts'
import { makingStates } from '../../src/runtime/actors.ts'
import { Runtime, type CreateOptions } from '../../src/runtime/runtime.ts'

/** A moment in the life of a container, at which a test may do something: `before sealing/plan`, `in starting/gate`. */
export type Moment = string

export interface FakeOptions {
  /** The folder that plays the host. */
  readonly host: string
  /** Throws to make the stage fail; ends the process to play a crash. */
  readonly at?: (moment: Moment, id: string) => void | Promise<void>
  /** Besides one stage for each state. */
  readonly more?: Partial<Record<MakingState, readonly AnyStage[]>>
}

/** Every state has a stage `files` that makes a file; `cloning` also has `process`. */
export function fakeActors({ host, at = () => {}, more = {} }: FakeOptions): Actors {
  const opened = ({ init }: Processes) => join(host, `opened.${init.pid}`)
  const waiting = new Map<string, () => void>()
  const files = (state: MakingState): AnyStage => ({
    name: state,
    subject: 'files',
    intend: ({ id }) => ({ path: join(host, `${id}.${state}`) }),
    async run({ path }: { path: string }, { id, live }) {
      await at(`before ${state}/files`, id)
      if (state === 'isolating') waiting.get(id)?.()
      writeFileSync(path, '')
      if (state === 'confining') await live.runHooks?.({ ociVersion: '1.3.0', id, status: 'creating', bundle: '/' })
      await at(`after ${state}/files`, id)
    },
    async undo({ path }: { path: string }) {
      await at(`undo ${state}/files`, path)
      rmSync(path, { force: true })
    },
  })
  const clone: AnyStage = {
    name: 'cloning',
    subject: 'process',
    intend: () => null,
    async run(_receipt, { id }) {
      await at('before cloning/process', id)
      const { processes, goOn } = await cloneSleep()
      waiting.set(id, goOn)
      await at('after cloning/process', id)
      return processes
    },
    async undo(_receipt, processes: Processes | undefined) {
      await at('undo cloning/process', '')
      if (processes === undefined) return
      rmSync(opened(processes), { force: true })
      await endProcesses(processes)
    },
  }
  const stages = Object.fromEntries(
    makingStates.map((state) => [
      state,
      [files(state), ...(state === 'cloning' ? [clone] : []), ...(more[state] ?? [])],
    ]),
  ) as unknown as Actors['stages']
  return {
    stages,
    createLive: ({ settle, attachedFile }) =>
      createLive({
        settle,
        attachedFile,
        groups: { tasks: 0, into: false },
        get facts(): never {
          throw new Error('nothing is compiled here')
        },
      }),
    async openGate({ id }, processes) {
      await at('before starting', id)
      writeFileSync(opened(processes), '')
      await at('after starting', id)
    },
    atGate: (processes) => !existsSync(opened(processes)),
    watchEnd,
    readExit,
    oomKills: () => 0,
    signalAll: () => 0,
    oomKills$: () => NEVER,
    stats: () => ({ pids: { current: 1, limit: null } }),
    pids: () => [],
    signalInit(processes, signal) {
      if (processStartTime(processes.init.pid) === null)
        throw new StatorError('ERR_STATOR_STATUS', 'container not running')
      void at('before signal', '')
      signalInit(processes, signal)
      void at('after signal', '')
    },
    async runHooks(kind, hooks, _state, { onEvent, ended }) {
      for (const [index, { path }] of (hooks ?? []).entries()) {
        if (ended?.has(index)) continue
        onEvent({ type: 'hook.started', kind, index, path })
        await at(`hook ${kind}`, path)
        onEvent({
          type: 'hook.finished',
          kind,
          index,
          path,
          durationMs: 0,
          code: 0,
          signal: null,
          stdout: '',
          stderr: '',
        })
        await at(`after hook ${kind}`, path)
      }
    },
    async launchExec({ id, cloned }) {
      const { processes, goOn } = await cloneSleep()
      cloned(processes)
      goOn()
      try {
        await at('after exec', id)
      } catch (error) {
        await endProcesses(processes)
        throw error
      }
      return processes
    },
    endProcess,
    keptListener: () => null,
    interruptCalls: async () => {},
    endProcesses: (processes) => endProcesses(processes),
    endsWithin,
  }
}

/**
 * A process that outlives us, and its parent, which waits for it. If we end before `goOn`, both end by themselves, as the
 * stub does.
 */
async function cloneSleep(): Promise<{ processes: Processes; goOn: () => void }> {
  const script = 'sleep 600 & echo $!; read go || kill -9 $!; wait'
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.destroy()
  child.unref()
  const identify = (pid: number) => ({ pid, startTime: processStartTime(pid) ?? '0' })
  const processes = { keeper: identify(child.pid ?? 0), init: identify(Number(line.toString())) }
  child.stdin.on('error', () => {})
  return { processes, goOn: () => void child.stdin.end('go\n') }
}

/** A root, a folder that plays the host, and a root file system that nobody looks into. */
export interface Stage {
  readonly root: string
  readonly host: string
  readonly rootfs: string
  /** Those that were opened here. */
  readonly runtimes: Runtime[]
}

/** A place to play. With the test its runtimes are closed, and its containers deleted. */
export function stage(t: TestContext): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'stator-runtime-'))
  const made: Stage = {
    root: join(folder, 'root'),
    host: join(folder, 'host'),
    rootfs: join(folder, 'rootfs'),
    runtimes: [],
  }
  mkdirSync(made.host)
  mkdirSync(made.rootfs)
  t.after(async () => {
    for (const runtime of made.runtimes) await runtime.close()
    const last = await Runtime.open({ root: made.root, actors: fakeActors(made), settle: [], adopt: 'all' })
    for (const container of await last.list()) await container.delete({ force: true })
    await last.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return made
}

/** A runtime with played actors. */
export async function open(at: Stage, options: Omit<FakeOptions, 'host'> = {}): Promise<Runtime> {
  const actors = fakeActors({ host: at.host, ...options })
  const runtime = await Runtime.open({ root: at.root, actors, settle: [], adopt: 'all' })
  at.runtimes.push(runtime)
  return runtime
}

/** With `hooks`, one of each kind that the runtime runs. */
export function options(
  { rootfs }: Pick<Stage, 'rootfs'>,
  id: string,
  { hooks, ...more }: Partial<CreateOptions> & { hooks?: boolean } = {},
): CreateOptions {
  const one = [{ path: '/hook' }]
  const all = { prestart: one, createRuntime: one, poststart: one, poststop: one }
  const config = defineConfig({ args: ['sleep'], rootfs, ...(hooks === true ? { hooks: all } : {}) })
  return { id, config, stdio: 'ignore', ...more } as CreateOptions
}

/** What a create has left: files of the host, entries of the root that are not the root's own. */
export function left({ root, host }: Stage): string[] {
  const own = new Set(['journal', 'attached', 'settle'])
  return [...readdirSync(host), ...readdirSync(root).filter((name) => !own.has(name))]
}

/** Does something in the middle of the claim on the id `web`: the journal has been looked at, and the folder not yet. */
export function inNextClaim(root: string, work: () => void): void {
  const { statSync } = fs
  const changed: { statSync: unknown } = fs
  changed.statSync = (path: string, ...more: [never]) => {
    if (path === join(root, 'web')) {
      changed.statSync = statSync
      syncBuiltinESMExports()
      work()
    }
    return statSync(path, ...more)
  }
  syncBuiltinESMExports()
}

/** The events of a root as `type`, in order, without those of stages unless asked for. */
export async function history(runtime: Runtime, container: string): Promise<RuntimeEvent[]> {
  const found: RuntimeEvent[] = []
  const { seq } = await runtime.snapshot()
  for await (const event of runtime.events({ since: 0 })) {
    if (event.container === container) found.push(event)
    if (event.seq >= seq) break
  }
  return found
}

export function steps(events: readonly RuntimeEvent[]): string[] {
  return events.filter((event) => 'transition' in event).map(({ type }) => type.replace('lifecycle.', ''))
}
