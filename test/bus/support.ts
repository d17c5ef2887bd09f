// What the tests of the bus share: folders that go away, drafts, and processes that append to the same journal.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Bus, type BusOptions } from '../../src/bus/bus.ts'
import type { EventDraft, RuntimeEvent } from '../../src/bus/event.ts'
import { Journal } from '../../src/bus/journal.ts'

export const appenderPath = fileURLToPath(new URL('../fixtures/journal-appender.ts', import.meta.url))

const cleanups = new WeakMap<TestContext, (() => void)[]>()

/** As t.after, but the last comes first: what uses a thing ends before the thing. */
function atEnd(t: TestContext, cleanup: () => void): void {
  const known = cleanups.get(t)
  if (known) {
    known.push(cleanup)
    return
  }
  const all = [cleanup]
  cleanups.set(t, all)
  t.after(() => {
    for (const each of all.reverse()) each()
  })
}

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-bus-'))
  atEnd(t, () => rmSync(path, { recursive: true }))
  return path
}

export function openJournal(t: TestContext, path: string): Journal {
  const journal = Journal.open(path)
  atEnd(t, () => journal.close())
  return journal
}

export function openBus(t: TestContext, path: string, options?: BusOptions): { journal: Journal; bus: Bus } {
  const journal = Journal.open(path)
  const bus = new Bus(journal, options)
  atEnd(t, () => {
    bus.close()
    journal.close()
  })
  return { journal, bus }
}

/** A small event of a container. */
export function moved(container: string, cause = 'test'): EventDraft {
  return { type: 'lifecycle.running', container, transition: { from: 'starting', to: 'running', cause } }
}

/** An event with so much text. */
export function big(container: string, characters: number): EventDraft {
  const path = 'x'.repeat(characters)
  return { type: 'hook.started', container, kind: 'poststart', index: 0, path }
}

export function numbers(events: Iterable<RuntimeEvent>): number[] {
  return [...events].map(({ seq }) => seq)
}

/** first, first + 1, …, last */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Lets everything that was put off happen: microtasks, and what waits for a turn of the loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Whether this process has an inotify descriptor. */
export function watches(): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify'
    } catch {
      return false // the one that reads the folder
    }
  })
}

export interface Appender {
  readonly child: ChildProcess
  /** Appends: it has opened the journal before. */
  go(): void
  /** Its next line. */
  line(): Promise<string>
  /** How it ended. */
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Another process on the same journal; resolves when it has opened it. See the fixture for the arguments. */
export async function appender(t: TestContext, path: string, ...args: string[]): Promise<Appender> {
  const child = spawn(process.execPath, ['--import', 'tsx', appenderPath, path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  atEnd(t, () => child.kill('SIGKILL'))
  const exit = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
  }))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value }: { value?: string } = await lines.next()
    return value ?? ''
  }
  const ready = await line()
  if (ready !== 'open') throw new Error(`appender said "${ready}"`)
  return { child, go: () => child.stdin.write('go\n'), line, exit }
}
