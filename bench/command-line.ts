// The command line as an engine calls it, each call a process: run, state, kill and exec, by all who are compared; and which part of
// stator's time is Node.js itself, which is loading, and which is work.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchError, type Place } from './place.ts'
import { type Call, Stopwatch, within } from './subjects.ts'
import { median } from './table.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** Medians, in milliseconds: from the start to the end of the process, and of the processor. */
export type Calls = Readonly<Record<string, Call>>

/** With their arguments; `@` is a container: for `run` a new one, for the others one that sleeps. */
const verbs = {
  run: (bundle: string) => ['run', '--bundle', bundle, '@'],
  state: () => ['state', '@'],
  // Sends something, and changes nothing.
  kill: () => ['kill', '@', 'CONT'],
  exec: () => ['exec', '@', '/bin/true'],
}

export interface CommandLines {
  readonly once: (run: number) => Promise<void>
  readonly medians: () => Calls
  [Symbol.asyncDispose](): Promise<void>
}

/** @param bundles of crun, which may not be able to load device rules */
export function commandLines(
  place: Place,
  bundles: { readonly crun: string; readonly crunSleeping: string },
): CommandLines {
  const stator = packaged(place)
  // bin/stator takes the first node of PATH: the one that runs this.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` }
  const watches = new Map<string, Stopwatch>()
  const sleepers: (() => void)[] = []
  const add = (name: string, command: readonly string[]) => {
    watches.set(name, new Stopwatch(name, place, command, env))
  }
  const sleeper = `bench-${process.pid}-sleeping`
  add('node -e 0', ['node', '-e', '0'])
  add('stator --version', [stator, '--version'])
  for (const [name, program, bundle, sleeping] of [
    ['stator', stator, place.bundle, place.sleeping],
    ['crun', 'crun', bundles.crun, bundles.crunSleeping],
    ['runc', 'runc', place.bundle, place.sleeping],
  ] as const) {
    const flags = [program, '--root', join(place.folder, `${name}-calls`)]
    const call = (...args: readonly string[]) => {
      const [file = '', ...rest] = within(program, [...flags, ...args])
      const { status, error } = spawnSync(file, rest, { env, stdio: 'ignore' })
      if (status !== 0) throw error ?? new BenchError(`${name} ${args[0]} failed`)
    }
    call('run', '--detach', '--bundle', sleeping, sleeper)
    sleepers.push(() => call('delete', '--force', sleeper))
    for (const [verb, args] of Object.entries(verbs)) add(`${name} ${verb}`, [...flags, ...args(bundle)])
  }
  const calls = new Map([...watches.keys()].map((name) => [name, [] as Call[]]))
  return {
    async once(run) {
      for (const [name, watch] of watches) {
        const id = name.endsWith(' run') ? `bench-${process.pid}-call${run}` : sleeper
        const call = await watch.once(id)
        // Those before the first are there to warm up.
        if (run >= 0) calls.get(name)?.push(call)
      }
    },
    medians: () =>
      Object.fromEntries(
        [...calls].map(([name, of]) => [
          name,
          { ms: median(of.map(({ ms }) => ms)), cpuMs: median(of.map(({ cpuMs }) => cpuMs)) },
        ]),
      ),
    async [Symbol.asyncDispose]() {
      for (const watch of watches.values()) await watch[Symbol.asyncDispose]()
      for (const end of sleepers) end()
    },
  }
}

/** As it is installed: without sources, whose times a checkout compares at each start. */
function packaged({ folder }: Place): string {
  const target = join(folder, 'package')
  mkdirSync(target)
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(repository, name), join(target, name), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(target, 'node_modules'))
  return join(target, 'bin/stator')
}

/** One row a command: its total for each, and of stator's what is what. */
export function rowsOf(calls: Calls, of: keyof Call): string[][] {
  const value = (name: string) => calls[name]?.[of] ?? Number.NaN
  const node = value('node -e 0')
  const loaded = value('stator --version')
  return Object.keys(verbs).map((verb) => [
    verb,
    ...[
      value(`stator ${verb}`),
      node,
      loaded - node,
      value(`stator ${verb}`) - loaded,
      value(`crun ${verb}`),
      value(`runc ${verb}`),
    ].map((ms) => ms.toFixed(1)),
  ])
}
