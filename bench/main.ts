// Speed and memory, beside others on the same machine in the same run. Numbers are only worth something on an idle machine.
//
//   npm run bench                     medians of 60 runs, half a minute
//   npm run bench -- --quick          of 10
//   npm run bench -- --runs 200       as many
//
// What the numbers mean: docs/performance.md. The table is also written to bench/results/ as JSON, with all versions.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installedStub } from '../src/native/init/stub.ts'
import { architecture } from '../src/native/syscalls.ts'
import { type Calls, commandLines, rowsOf } from './command-line.ts'
import { measureMemory, type Memory } from './memory.ts'
import { measureNotify, type RoundTrips } from './notify.ts'
import { type FilterTimes, measureFilter } from './seccomp.ts'
import { BenchError, makePlace, requireTools, type Place } from './place.ts'
import { commandLine, floor, Library, type Subject } from './subjects.ts'
import { median, summary, table, type Summary } from './table.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
/** Rounds before what counts: files are in the cache. */
const warmUps = 5
/** And containers of the library before these: a process that makes many has had its code compiled. */
const warmCycles = 150
const atOnce = 8

interface Results {
  readonly when: string
  readonly machine: object
  readonly versions: object
  readonly cycle: Readonly<Record<string, Summary>>
  /** Medians of the library's cycle, in milliseconds. */
  readonly parts: Readonly<Record<string, number>>
  readonly containersPerSecond: number
  readonly calls: Calls
  readonly filter: FilterTimes
  readonly roundTrips: RoundTrips
  readonly memory: Memory & { readonly stubBytes: number }
  readonly aims: readonly Aim[]
  /** What was not as it should be. */
  readonly notes: readonly string[]
}

interface Aim {
  readonly what: string
  readonly found: number
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
  readonly met: boolean
}

async function bench(runs: number): Promise<Results> {
  requireTools()
  using place = makePlace()
  const { openRuntime } = await library()
  await using runtime = await openRuntime({ root: join(place.folder, 'stator') })
  await using stator = new Library(runtime, place.bundle)
  await using filtered = new Library(runtime, place.bundle, 'default')
  const notes = [`state, bundle and root file system of all in ${place.folder}`]
  await using crun = await firstOf(place, notes)
  await using runc = commandLine('runc', place, place.bundle)
  await using bottom = floor(place)
  const versions = versionsOf()
  const machine = machineOf()

  const times = await interleaved([bottom, stator, filtered, crun, runc], runs)
  const parts = partsOf(stator)
  const containersPerSecond = await throughput(stator, Math.max(80, runs * 4))
  const calls = await commands(place, notes.length > 1, runs)
  say('filters')
  const filter = measureFilter(place.folder, runs)
  const roundTrips = await measureNotify()
  say(`memory: 100 containers`)
  const memory = {
    ...(await measureMemory(runtime, place.sleeping, 100)),
    stubBytes: statSync(installedStub(architecture())).size,
  }
  const cycle = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, summary(values)]))
  const of = (name: string) => cycle[name]?.medianMs ?? Number.NaN
  const each = memory.keeperPssBytes + memory.heapBytes
  const aims = [
    aim('cycle, times the floor', of('stator') / of('floor'), { atMost: 2.5 }),
    aim('faster than crun, times', of('crun') / of('stator'), { atLeast: 2 }),
    aim('faster than runc, times', of('runc') / of('stator'), { atLeast: 6 }),
    aim(`containers a second, ${atOnce} at once`, containersPerSecond, { atLeast: 400 }),
    ...callAims(calls),
    aim('default filter: compile once, ms', filter.compileMs, { atMost: 15 }),
    aim('default filter: kept, ms', filter.fromDiskMs, { atMost: 0.3 }),
    aim('cycle with it over without, ms', of('stator, filtered') - of('stator'), { atMost: 0.9 }),
    aim('notification: round trip, us', roundTrips.medianUs, { atMost: 150 }),
    aim('notifications a second, one thread', roundTrips.perSecond, { atLeast: 10_000 }),
    aim('memory of a running container, KB', each / 1000, { atMost: 300 }),
  ]
  return {
    when: new Date().toISOString(),
    machine,
    versions,
    cycle,
    parts,
    containersPerSecond,
    calls,
    filter,
    roundTrips,
    memory,
    aims,
    notes,
  }
}

/** @param withoutRules crun's bundles are those without device rules */
async function commands(place: Place, withoutRules: boolean, runs: number): Promise<Calls> {
  const [crun, crunSleeping] = withoutRules
    ? [place.withoutDeviceRules, place.sleepingWithoutDeviceRules]
    : [place.bundle, place.sleeping]
  await using lines = commandLines(place, { crun, crunSleeping })
  for (let run = -2; run < runs; run++) {
    stopIfAsked()
    if (run % 10 === 0) say(`commands: ${Math.max(run, 0)} of ${runs}`)
    await lines.once(run)
  }
  return lines.medians()
}

/** Over what Node.js takes to start and do nothing. */
function callAims(calls: Calls): Aim[] {
  const over = (name: string) => (calls[name]?.ms ?? Number.NaN) - (calls['node -e 0']?.ms ?? Number.NaN)
  // Node.js 20 compiles more slowly.
  const atMost = Number(process.versions.node.split('.', 1)[0]) < 22 ? 130 : 60
  return [
    aim('stator run over node, ms', over('stator run'), { atMost }),
    aim('stator state over node, ms', over('stator state'), { atMost: 40 }),
    aim('stator kill over node, ms', over('stator kill'), { atMost: 40 }),
  ]
}

/** As the package has it, built by `npm run bench`: what people run, and not the sources, which a loader changes on the way. */
async function library(): Promise<typeof import('../src/index.ts')> {
  const built = join(repository, 'dist/index.js')
  if (!existsSync(built)) throw new BenchError('dist/index.js is not there (npm run build makes it)')
  return (await import(built)) as typeof import('../src/index.ts')
}

/**
 * crun raises its limit of locked memory before it loads device rules, which takes CAP_SYS_RESOURCE. Without that it gets
 * the same bundle without device rules: less to do than the others have.
 */
async function firstOf(place: Place, notes: string[]): Promise<Subject> {
  const crun = commandLine('crun', place, place.bundle)
  try {
    await crun.once(`bench-${process.pid}-first`)
    return crun
  } catch (error) {
    await crun[Symbol.asyncDispose]()
    if (!(error instanceof BenchError) || !error.message.includes('RLIM_MEMLOCK')) throw error
    notes.push('crun cannot load device rules here (no CAP_SYS_RESOURCE): it runs the bundle without them')
    return commandLine('crun', place, place.withoutDeviceRules)
  }
}

/** One of each, again and again, each time in another order: what the machine does meanwhile befalls all alike. */
async function interleaved(subjects: readonly Subject[], runs: number): Promise<Record<string, number[]>> {
  say('warming up')
  for (const subject of subjects) {
    if (!(subject instanceof Library)) continue
    for (let cycle = 0; cycle < warmCycles; cycle++) await subject.once(`bench-${process.pid}-warm${cycle}`)
  }
  const times: Record<string, number[]> = Object.fromEntries(subjects.map(({ name }) => [name, []]))
  for (let run = -warmUps; run < runs; run++) {
    stopIfAsked()
    if (run === 0) for (const subject of subjects) if (subject instanceof Library) subject.parts.length = 0
    if (run % 10 === 0) say(`cycles: ${Math.max(run, 0)} of ${runs}`)
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(turn + run + warmUps) % subjects.length]
      if (subject === undefined) continue
      const time = await subject.once(`bench-${process.pid}-${run + warmUps}`)
      if (run >= 0) times[subject.name]?.push(time)
    }
  }
  return times
}

function partsOf({ parts }: Library): Record<string, number> {
  const names = ['create', 'start', 'wait', 'delete'] as const
  return Object.fromEntries(names.map((name) => [name, median(parts.map((part) => part[name]))]))
}

async function throughput(library: Library, count: number): Promise<number> {
  let next = 0
  const worker = async (last: number, kind: string) => {
    while (next < last) {
      stopIfAsked()
      await library.once(`bench-${process.pid}-${kind}${next++}`)
    }
  }
  const all = async (last: number, kind: string) => {
    await Promise.all(Array.from({ length: atOnce }, () => worker(last, kind)))
  }
  await all(atOnce * warmUps, 'w')
  next = 0
  say(`throughput: ${count} containers, ${atOnce} at once`)
  const begun = performance.now()
  await all(count, 't')
  return (count / (performance.now() - begun)) * 1000
}

function aim(what: string, found: number, bound: { atMost?: number; atLeast?: number }): Aim {
  const met = found <= (bound.atMost ?? Infinity) && found >= (bound.atLeast ?? -Infinity)
  return { what, found, unit: '', ...bound, met }
}

function machineOf(): object {
  const [first] = cpus()
  return {
    cpu: first?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    loadBefore: loadavg()[0],
  }
}

function versionsOf(): Record<string, string> {
  const output = (program: string, ...args: string[]) =>
    execFileSync(program, args, { encoding: 'utf8', cwd: repository, stdio: ['ignore', 'pipe', 'ignore'] })
  const firstLine = (program: string) => output(program, '--version').split('\n', 1)[0] ?? ''
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
  let commit = ''
  try {
    commit = ` (${output('git', 'rev-parse', '--short', 'HEAD').trim()})`
  } catch {
    // Not a clone.
  }
  return {
    stator: `${version}${commit}`,
    node: process.version,
    kernel: release(),
    runc: firstLine('runc').replace(/^runc version /, ''),
    crun: firstLine('crun').replace(/^crun version /, ''),
  }
}

function shown({
  cycle,
  parts,
  memory,
  calls,
  filter,
  roundTrips,
  containersPerSecond,
  aims,
  machine,
  versions,
  notes,
}: Results): string {
  const ms = (value: number) => value.toFixed(2)
  const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`
  const floorMs = cycle['floor']?.medianMs ?? Number.NaN
  const words = (values: object) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`)
      .join(', ')
  return [
    words(machine),
    words(versions),
    '',
    table([
      ['one container, ms', 'median', '10 %', '90 %', 'best', 'times the floor', 'runs'],
      ...Object.entries(cycle).map(([name, { medianMs, tenthMs, ninetiethMs, bestMs, runs }]) => [
        name,
        ...[medianMs, tenthMs, ninetiethMs, bestMs].map(ms),
        (medianMs / floorMs).toFixed(2),
        String(runs),
      ]),
    ]),
    '',
    `stator: ${Object.entries(parts)
      .map(([name, value]) => `${name} ${ms(value)}`)
      .join(', ')} ms`,
    `stator: ${containersPerSecond.toFixed(0)} containers a second, ${atOnce} at once`,
    '',
    ...(['ms', 'cpuMs'] as const).flatMap((of) => [
      table([
        [of === 'ms' ? 'one command, ms' : 'of the processor', 'stator', 'node', 'loading', 'work', 'crun', 'runc'],
        ...rowsOf(calls, of),
      ]),
      '',
    ]),
    `default filter: ${filter.instructions} instructions, compiled in ${ms(filter.compileMs)}, from the root in ${ms(filter.fromDiskMs)}, from memory in ${ms(filter.fromMemoryMs)} ms`,
    `notification: ${roundTrips.medianUs.toFixed(1)} us there and back (90 %: ${roundTrips.ninetiethUs.toFixed(1)}), ${roundTrips.perSecond.toFixed(0)} a second, ${roundTrips.answered} of ${roundTrips.calls} answered`,
    '',
    `stator: keeper ${kb(memory.keeperPssBytes)} Pss, heap ${kb(memory.heapBytes)} a container (${memory.containers} alive); stub ${memory.stubBytes} bytes`,
    '',
    table([
      ['aim', 'wanted', 'found', ''],
      ...aims.map(({ what, found, atMost, atLeast, met }) => [
        what,
        atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`,
        found.toFixed(found < 10 ? 2 : 0),
        met ? 'pass' : 'miss',
      ]),
    ]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n')
}

/** Progress, for people: not a part of what is printed. */
function say(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words}`)
}

const asked = new AbortController()

function stopIfAsked(): void {
  if (asked.signal.aborted) throw new BenchError('stopped')
}

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, runs: { type: 'string' } },
})
const runs = Number(options.runs ?? (options.quick ? 10 : 60))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => asked.abort())
try {
  if (!Number.isInteger(runs) || runs < 1) throw new BenchError('--runs: a number from 1')
  const results = await bench(runs)
  say('')
  console.log(shown(results))
  const folder = join(repository, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${results.when.replaceAll(':', '-')}.json`)
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
  console.log(`\n${file}`)
} catch (error) {
  say('')
  if (!(error instanceof BenchError)) throw error
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
