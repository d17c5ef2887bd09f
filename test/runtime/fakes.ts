// Actors that need no rights: what the stages make are files in a folder that plays the host, init is a `sleep` under a shell
// that plays the keeper. What is said of them is true for the kernel: pids, starts and ends are real.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Processes } from '../../src/actors/creation.ts'
import { createLive, endProcess, readExit, signalInit, watchEnd } from '../../src/actors/process/index.ts'
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
  const files = (state: MakingState): AnyStage => ({
    name: state,
    subject: 'files',
    intend: ({ id }) => ({ path: join(host, `${id}.${state}`) }),
    async run({ path }: { path: string }, { id }) {
      await at(`before ${state}/files`, id)
      writeFileSync(path, '')
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
      const processes = await cloneSleep()
      await at('after cloning/process', id)
      return processes
    },
    async undo(_receipt, processes: Processes | undefined) {
      await at('undo cloning/process', '')
      if (processes === undefined) return
      rmSync(opened(processes), { force: true })
      await endProcess(processes.init)
      await endProcess(processes.keeper)
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
    wasOomKilled: () => false,
    signalInit(processes, signal) {
      if (processStartTime(processes.init.pid) === null)
        throw new StatorError('ERR_STATOR_STATUS', 'container not running')
      signalInit(processes, signal)
    },
    async runHooks(kind, hooks, _state, { onEvent }) {
      for (const [index, { path }] of (hooks ?? []).entries()) {
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
      }
    },
    launchExec: () => Promise.reject(new StatorError('ERR_STATOR_UNSUPPORTED', 'not played here')),
    endProcess,
  }
}

/** A process that outlives us, and its parent, which waits for it. Neither survives the end of the other for long. */
async function cloneSleep(): Promise<Processes> {
  const child = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.destroy()
  child.unref()
  const identify = (pid: number) => ({ pid, startTime: processStartTime(pid) ?? '0' })
  return { keeper: identify(child.pid ?? 0), init: identify(Number(line.toString())) }
}

/** A root, a folder that plays the host, and a root file system that nobody looks into. */
export interface Stage {
  readonly root: string
  readonly host: string
  readonly rootfs: string
}

export function stage(t: TestContext): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'stator-runtime-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const made = { root: join(folder, 'root'), host: join(folder, 'host'), rootfs: join(folder, 'rootfs') }
  mkdirSync(made.host)
  mkdirSync(made.rootfs)
  return made
}

/** A runtime with played actors, closed with the test; what is still there is deleted. */
export async function open(
  t: TestContext,
  { root, host }: Stage,
  options: Omit<FakeOptions, 'host'> = {},
): Promise<Runtime> {
  const runtime = await Runtime.open({ root, actors: fakeActors({ host, ...options }), settle: [], adopt: 'all' })
  t.after(async () => {
    await runtime.close()
    const again = await Runtime.open({ root, actors: fakeActors({ host }), settle: [], adopt: 'all' })
    for (const container of await again.list()) await container.delete({ force: true })
    await again.close()
  })
  return runtime
}

export function options({ rootfs }: Stage, id: string, more: Partial<CreateOptions> = {}): CreateOptions {
  return { id, config: defineConfig({ args: ['sleep'], rootfs }), stdio: 'ignore', ...more } as CreateOptions
}

/** What a create has left: files of the host, entries of the root that are not the root's own. */
export function left({ root, host }: Stage): string[] {
  const own = new Set(['journal', 'attached', 'settle'])
  return [...readdirSync(host), ...readdirSync(root).filter((name) => !own.has(name))]
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
