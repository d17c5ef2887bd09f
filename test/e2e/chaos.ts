// Many processes at once on the same few containers: what each has asked, when, and what it was told. Whether that was true is
// chaos-oracle.ts.

import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { Journal } from '../../src/bus/journal.ts'
import { begin, Player, type Said } from './calls.ts'

/** Before a call began, or after it had ended. */
export interface Moment {
  /** Of the last event in the journal. */
  readonly seq: number
  /** By this process's own clock. */
  readonly ms: number
  /** By the clock that records of ends have. */
  readonly wallMs: number
}

export interface Call extends Said {
  readonly pid: number
  /** Without the flags before the command. */
  readonly argv: readonly string[]
  readonly verb: Verb
  /** '' of a list. */
  readonly id: string
  readonly began: Moment
  readonly ended: Moment
}

const weights = {
  create: 5,
  start: 5,
  run: 3,
  state: 3,
  list: 1,
  kill: 3,
  stop: 2,
  delete: 2,
  'delete --force': 2,
  exec: 3,
  'exec -d': 1,
}

export type Verb = 'create' | 'start' | 'run' | 'state' | 'list' | 'kill' | 'stop' | 'delete' | 'exec'

const verbs = Object.entries(weights).flatMap(([name, weight]) => Array<string>(weight).fill(name))

/** What exec's own program ends with. */
export const EXEC_CODE = 7

export interface Chaos {
  readonly root: string
  readonly ids: readonly string[]
  /** Folders. */
  readonly bundles: readonly string[]
  readonly players: number
  /** `long`: each player is a process that does all its calls, and a call costs no start of Node.js. */
  readonly processes: 'long' | 'one a call'
  readonly forMs: number
  readonly seed: number
  /** How many of a thousand calls are ended by SIGKILL, at any time. */
  readonly killed?: number
}

/** Plays, and tells of every call. The root must have been opened before. */
export async function play({
  root,
  ids,
  bundles,
  players,
  processes,
  forMs,
  seed,
  killed = 0,
}: Chaos): Promise<Call[]> {
  const calls: Call[] = []
  const journal = Journal.open(`${root}/journal`)
  const now = (): Moment => {
    journal.refresh()
    return { seq: journal.lastSeq, ms: performance.now(), wallMs: Date.now() }
  }
  const until = performance.now() + forMs
  const player = async (random: Random) => {
    using long = new Player()
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    while (performance.now() < until) {
      const id = pick(ids)
      const argv = words(pick(verbs), id, pick, bundles)
      const began = now()
      const call = ['--root', root, ...argv]
      const { pid, ended, kill } = processes === 'long' ? long.begin(call) : begin(call)
      if (random() * 1000 < killed) {
        await pause(random() * 400)
        kill()
      }
      const said = await ended
      const verb = argv[0] as Verb
      calls.push({ ...said, pid, argv, verb, id: verb === 'list' ? '' : id, began, ended: now() })
    }
  }
  try {
    await Promise.all(Array.from({ length: players }, (_, index) => player(randomOf(seed + index))))
  } finally {
    journal.close()
  }
  return calls
}

function words(what: string, id: string, pick: <T>(list: readonly T[]) => T, bundles: readonly string[]): string[] {
  switch (what) {
    case 'create':
      return ['create', '--bundle', pick(bundles), '--stdio', pick(['ignore', 'log']), id]
    case 'run':
      return ['run', '-d', '--bundle', pick(bundles), '--stdio', pick(['ignore', 'inherit']), id]
    case 'list':
      return ['list', '--format', 'json']
    case 'kill':
      return ['kill', id, pick(['TERM', 'KILL', 'SIGUSR1', '15', '9', 'HUP'])]
    case 'stop':
      return ['stop', '--timeout', pick(['0', '0.2', '1']), id]
    case 'delete --force':
      return ['delete', '--force', id]
    case 'exec':
      return ['exec', id, 'sh', '-c', `sleep ${pick(['0', '0.1', '0.5'])}; exit ${EXEC_CODE}`]
    case 'exec -d':
      return ['exec', '-d', id, 'sleep', pick(['0', '0.3', '1000'])]
    default:
      return [what, id]
  }
}

type Random = () => number

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
