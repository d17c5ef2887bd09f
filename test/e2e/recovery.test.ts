// Node.js is killed (SIGKILL) in the middle of everything, and while containers run: what the next runtime on the root finds, and
// what keepers do while there is none.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { firstValueFrom } from 'rxjs'
import { Bus } from '../../src/bus/bus.ts'
import type { EventOf, EventType, RuntimeEvent } from '../../src/bus/event.ts'
import { Journal } from '../../src/bus/journal.ts'
import { StatorError } from '../../src/errors.ts'
import { installedStub } from '../../src/native/init/stub.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { architecture } from '../../src/native/syscalls.ts'
import type { OciStatus } from '../../src/oci/state.ts'
import { linuxActors } from '../../src/runtime/linux.ts'
import { openRuntime } from '../../src/runtime/open.ts'
import { Runtime } from '../../src/runtime/runtime.ts'
import { readState } from '../../src/runtime/store.ts'
import { bed, type Bed, everything, freshRootfs, groupsOf, processesOf } from './bed.ts'
import { bundle, config, freshId, missing as skip } from './support.ts'

/** As one file it starts much sooner, and there are hundreds of it. Before any test: what esbuild opens for it stays open. */
function bundled(fixture: string): Uint8Array {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
  const js = "import { createRequire as making } from 'node:module'; const require = making(import.meta.url);"
  const { outputFiles } = buildSync({ entryPoints: [path], write: false, bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['koffi'], banner: { js } }) // prettier-ignore
  return outputFiles[0]?.contents ?? assert.fail()
}

const cutShort = skip === false ? bundled('cut-short.ts') : new Uint8Array()

/** The bundle, installed as a package is. */
function install({ folder }: Bed): string {
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  symlinkSync(installedStub(architecture()), join(folder, `stator-init-${architecture()}`))
  writeFileSync(join(folder, 'cut-short.mjs'), cutShort)
  return join(folder, 'cut-short.mjs')
}

/** What the next runtime may find, by the last thing that the one before has done to its end. */
const findings: Record<string, readonly (OciStatus | 'gone')[]> = {
  nothing: ['gone', 'created'],
  created: ['created', 'running'],
  started: ['running'],
  executed: ['running', 'stopped'],
  stopped: ['stopped', 'gone'],
  deleted: ['gone'],
}

const happens = ['creating', 'created', 'starting', 'running', 'stopping', 'stopped', 'deleting', 'deleted']

test('killed before any call that changes something: undone, or what it was', { skip, timeout: 280_000 }, async (t) => {
  const at = bed(t)
  freshRootfs(at)
  const path = bundle(at, config(at, ['sleep', '1000'], everything))
  const program = install(at)
  mkdirSync(at.root)

  const live = async (n: number) => {
    const id = freshId()
    const root = join(at.root, id)
    const child = spawn(process.execPath, [program, root, path, id, String(n)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
    return { id, root, said: said.trim().split('\n') }
  }
  const whole = await live(0)
  const changes = Number(whole.said.at(-1))
  assert.ok(changes > 100, `only ${changes} calls`)

  const found: Record<string, number> = {}
  const kill = async (n: number) => {
    const { id, root, said } = await live(n)
    const last = said.findLast((word) => word in findings) ?? 'nothing'
    const runtime = await Runtime.open({ root, actors: linuxActors, settle: [], adopt: 'all' })
    try {
      const status = await resume(runtime, id, last)
      const what = `${last}, then ${status}`
      found[what] = (found[what] ?? 0) + 1
      await checkJournal(runtime, id)
      // A zombie may be another lane's, to be reaped in a moment.
      const processes = (await processesOf(id)).filter((found) => !found.startsWith('zombie'))
      assert.deepEqual([...processes, ...groupsOf(id)], [])
      assert.deepEqual(
        readdirSync(root).filter((name) => name !== 'settle'),
        ['attached', 'journal'],
      )
    } catch (error) {
      throw new Error(`killed before change ${n}, "${last}" was the last it said: ${String(error)}`, { cause: error })
    } finally {
      await runtime.close()
    }
  }
  const queue = Array.from({ length: changes }, (_, index) => index + 1)
  const lanes = Array.from({ length: 3 }, async () => {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) await kill(n)
  })
  const failures = (await Promise.allSettled(lanes)).flatMap((lane) =>
    lane.status === 'rejected' ? [lane.reason] : [],
  )
  t.diagnostic(`${changes} changes; ${JSON.stringify(found)}`)
  assert.deepEqual(failures, [])
  assert.equal(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8'), '')
})

/** The container is what it may be, and can go on from there. */
async function resume(runtime: Runtime, id: string, last: string): Promise<OciStatus | 'gone'> {
  const container = await runtime.get(id).catch((error: unknown) => {
    if (error instanceof StatorError && error.code === 'ERR_STATOR_NOT_FOUND') return null
    throw error
  })
  const status = container?.status ?? 'gone'
  assert.ok(findings[last]?.includes(status), `it is ${status}`)
  if (container === null) return status
  if (status === 'created') await container.start()
  if (status === 'stopped') {
    const { code, signal, exitCode } = await container.wait()
    assert.deepEqual({ code, signal, exitCode }, { code: null, signal: 'SIGKILL', exitCode: 137 })
  } else {
    assert.equal(container.status, 'running')
    assert.match(readlinkSync(`/proc/${container.pid}/exe`), /busybox$/)
    const session = await container.exec({ args: ['sh', '-c', 'exit 4'] })
    assert.equal((await session.wait()).code, 4)
  }
  await container.delete({ force: true })
  return status
}

/** Numbers without a gap; the container's steps in their order, and each told once that can be only once. */
async function checkJournal(runtime: Runtime, id: string): Promise<void> {
  const events = await history(runtime)
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  )
  const steps = events
    .filter(({ container, transition }) => container === id && transition !== undefined)
    // The way back from a step that was told and did not come about.
    .filter(({ type, transition }) => type !== 'lifecycle.running' || transition?.cause !== 'recovery')
    .map(({ type }) => type.replace('lifecycle.', ''))
  if (steps.length === 0) return
  const once = steps.filter(
    (step, index) => !step.endsWith('ing') || step === 'running' || steps.indexOf(step) === index,
  )
  assert.deepEqual(once, steps.includes('failed') ? undone(steps) : happens.filter((step) => once.includes(step)))
  assert.match(steps.at(-1) ?? '', /^(deleted|failed)$/)
  if (steps.includes('running')) assert.equal(steps.filter((step) => step === 'stopped').length, 1)
}

function undone(steps: readonly string[]): string[] {
  // Made, and told of, but not stored: nobody has been given it.
  return ['creating', 'created', 'undoing', 'failed'].filter((step) => steps.includes(step))
}

async function history(runtime: Runtime): Promise<RuntimeEvent[]> {
  const { seq } = await runtime.snapshot()
  const events: RuntimeEvent[] = []
  if (seq === 0) return events
  for await (const event of runtime.events({ since: 0 })) {
    events.push(event)
    if (event.seq >= seq) break
  }
  return events
}

/** What somebody who is attached makes of a command that nobody will finish, by the last step that was told. */
const continuations: Partial<Record<EventType, EventType>> = {
  'lifecycle.creating': 'lifecycle.failed',
  'lifecycle.undoing': 'lifecycle.failed',
  'lifecycle.deleting': 'lifecycle.deleted',
}

test(
  'killed in a command while another runtime is attached: that one sees to it',
  { skip, timeout: 120_000 },
  async (t) => {
    const at = bed(t)
    freshRootfs(at)
    const path = bundle(at, config(at, ['sleep', '1000'], everything))
    const program = install(at)
    await using runtime = await Runtime.open({ root: at.root, actors: linuxActors, settle: [], adopt: 'all' })
    const seen: Record<string, number> = {}
    for (let n = 10; n < 160; n += 5) {
      const id = freshId()
      await once(spawn(process.execPath, [program, at.root, path, id, String(n)], { stdio: ['ignore', 'ignore', 'inherit'] }), 'close') // prettier-ignore
      const events = await history(runtime)
      const last = events.findLast((event) => event.container === id && event.transition !== undefined)?.type
      const next = last && continuations[last]
      seen[`${last}`] = (seen[`${last}`] ?? 0) + 1
      if (next !== undefined) {
        for await (const event of runtime.events({ since: events.length }))
          if (event.container === id && event.type === next) break
      }
      const container = await runtime.get(id).catch(() => null)
      if (next !== undefined) assert.equal(container, null, `${n}, ${last}`)
      else if (container !== null) assert.match(container.status, /^(created|running|stopped)$/)
      await container?.delete({ force: true })
      assert.deepEqual([...groupsOf(id)], [])
    }
    t.diagnostic(JSON.stringify(seen))
  },
)

interface Owner {
  /** Resolves when it has been killed. */
  kill(): Promise<void>
}

/** A process that makes containers of shell scripts, starts them, and would go on. What becomes of an end without it is real. */
async function owner(t: TestContext, { root, rootfs }: Bed, scripts: Readonly<Record<string, string>>): Promise<Owner> {
  const fixture = fileURLToPath(new URL('../fixtures/crash.ts', import.meta.url))
  const commands = Object.entries(scripts).flatMap(([id, script]) => [id, 'create', script, id, 'start'])
  const child = spawn(process.execPath, [...process.execArgv, fixture, root, rootfs, 'never', ...commands], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  let said = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += chunk as string
    if (said.includes(`start ${Object.keys(scripts).at(-1)}\n`)) break
  }
  return { kill }
}

/** A fifo in the root file system: who reads it in the container waits until it was opened and closed here. */
function barrier({ rootfs }: Bed, name: string): () => void {
  const path = join(rootfs, name)
  execFileSync('mkfifo', [path])
  return () => closeSync(openSync(path, 'w'))
}

test(
  'a container that prints while Node.js is killed: no line is lost, and its exit code is known',
  { skip },
  async (t) => {
    const at = bed(t)
    freshRootfs(at)
    const alone = barrier(at, 'alone')
    const again = barrier(at, 'again')
    const id = freshId()
    const script = 'seq 1 20000; read x < /alone; seq 20001 40000; read x < /again; seq 40001 60000; exit 6'
    const made = await owner(t, at, { [id]: script })
    await made.kill()
    alone()
    // It is there: so it has printed what comes before, and nobody but its keeper was there to read.
    await using runtime = await openRuntime({ root: at.root })
    const container = await runtime.get(id)
    assert.equal(container.status, 'running')
    again()
    const lines: number[] = []
    for await (const line of container.logs({ follow: true })) lines.push(Number(line.text))
    assert.equal(lines.length, 60_000)
    assert.ok(lines.every((line, index) => line === index + 1))
    const { code, signal, exitCode } = await container.wait()
    assert.deepEqual({ code, signal, exitCode }, { code: 6, signal: null, exitCode: 6 })
  },
)

/** The ends in a root's journal, read without being attached, once there are so many. */
async function endsIn(root: string, count: number): Promise<EventOf<'lifecycle.stopped'>[]> {
  const journal = Journal.open(join(root, 'journal'))
  const bus = new Bus(journal)
  const release = hold()
  const ends: EventOf<'lifecycle.stopped'>[] = []
  try {
    for await (const event of bus.events({ since: 0 })) {
      if (event.type === 'lifecycle.stopped') ends.push(event)
      if (ends.length === count) return ends
    }
    return ends
  } finally {
    release()
    bus.close()
    journal.close()
  }
}

test('five containers that end at once while nobody is attached: each end is told once', { skip }, async (t) => {
  const at = bed(t)
  freshRootfs(at)
  const ids = Array.from({ length: 5 }, freshId)
  const paths = ids.map((_, index) => join(at.rootfs, `end-${index}`))
  for (const path of paths) execFileSync('mkfifo', [path])
  const made = await owner(
    t,
    at,
    Object.fromEntries(ids.map((id, index) => [id, `read x < /end-${index}; exit ${index + 1}`])),
  )
  await made.kill()
  // Each opens when its reader is there.
  const files = paths.map((path) => openSync(path, 'w'))
  for (const file of files) closeSync(file)
  const ends = await endsIn(at.root, 5)
  // One of them has settled all; the others find that out.
  assert.deepEqual(await processesOf(at.root, new Set(), 20_000), [])
  const codes = new Map(ends.map(({ container, exit }) => [container, exit.code]))
  assert.deepEqual(codes, new Map(ids.map((id, index) => [id, index + 1])))

  await using runtime = await openRuntime({ root: at.root })
  for (const [index, id] of ids.entries()) {
    const container = await runtime.get(id)
    assert.equal(container.status, 'stopped')
    assert.equal((await container.wait()).code, index + 1)
  }
  assert.equal((await history(runtime)).filter(({ type }) => type === 'lifecycle.stopped').length, 5)
})

test('a settler that cannot be started: the next open tells the end, once', { skip }, async (t) => {
  const at = bed(t)
  freshRootfs(at)
  const end = barrier(at, 'end')
  const id = freshId()
  const open = () => Runtime.open({ root: at.root, actors: linuxActors, settle: ['/nowhere/node', 'x'], adopt: 'all' })
  const first = await open()
  const container = await first.create({ id, config: config(at, ['sh', '-c', 'read x < /end; exit 5']) })
  await container.start()
  const { keeper } = readState(join(at.root, id))?.state.context ?? {}
  await first.close()
  end()
  using fd = pidfdOpen(keeper?.pid ?? 0)
  const release = hold()
  await firstValueFrom(readable(fd))
  release()
  for (let opened = 0; opened < 2; opened++) {
    await using runtime = await open()
    const again = await runtime.get(id)
    assert.equal((await again.wait()).code, 5)
    assert.equal((await history(runtime)).filter(({ type }) => type === 'lifecycle.stopped').length, 1)
  }
})
