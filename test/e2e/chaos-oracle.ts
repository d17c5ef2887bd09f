// Whether what was said was true at some moment of its call. What is true is the journal; where the kernel is ahead of it (an init that
// has ended, and whose end is not told yet), the record of the end is.
//
// A moment is a number of the journal: it was read before each call and after it, so no clock stands between the two. What is in the
// journal becomes true for others a little later, when state.json is written: until whoever does it has ended, both are. A
// clock is only asked where a record of an end is compared with a call, and both are of this machine.

import { isDeepStrictEqual } from 'node:util'
import type { EventOf, RuntimeEvent } from '../../src/bus/event.ts'
import type { Lifecycle as Step } from '../../src/runtime/record.ts'
import { chartOf } from '../../src/machines/chart.ts'
import { containerMachine } from '../../src/machines/container.ts'
import { type Call, EXEC_CODE } from './chaos.ts'

const isStep = (event: RuntimeEvent): event is Step => 'transition' in event && event.transition !== undefined

/** Milliseconds are what ends and calls are noted in. */
const CLOCK_MS = 5

/** A keeper notes an end when it is its turn to run, and others may have noticed the end before. */
const KEEPER_MS = 2000

/** A state of the chart without what is inside of it; `nothing` before the first and after the last. */
type Phase = string

const phaseOf = (state: string): Phase => (state === 'gone' ? 'nothing' : state.split('.', 1)[0]!)

/** What an answer may be in each; `starting` has let init go on. */
const statusesIn: Readonly<Record<Phase, readonly string[]>> = {
  creating: ['creating'],
  undoing: ['creating'],
  created: ['created'],
  starting: ['created', 'running'],
  running: ['running'],
  stopping: ['running'],
  stopped: ['stopped'],
  deleting: ['stopped'],
  failed: ['stopped'],
}

const lives: ReadonlySet<Phase> = new Set(['created', 'starting', 'running', 'stopping'])

/** What is wrong with a journal: gaps, steps that the chart does not have, steps twice, sessions without an end. */
export function faultsOfJournal(events: readonly RuntimeEvent[], { killed = false } = {}): string[] {
  const faults: string[] = []
  const wrong = (event: RuntimeEvent, why: string) => faults.push(`${why}: ${JSON.stringify(event)}`)
  const moves = movesOfChart()
  const phases = new Map<string, Phase>()
  const sessions = new Map<string, string>()
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) wrong(event, `not number ${index + 1}`)
    if (isStep(event)) {
      const { from, to, cause } = event.transition
      const before = phases.get(event.container) ?? 'nothing'
      if (phaseOf(from) !== before) wrong(event, `it was ${before}`)
      const isRecovery = killed && cause === 'recovery'
      if (!isRecovery && !moves.has(`${phaseOf(from)} ${phaseOf(to)}`)) wrong(event, 'not in the chart')
      phases.set(event.container, phaseOf(to))
      if (!killed && event.type === 'lifecycle.failed') wrong(event, 'nothing should fail')
    } else if (isSession(event)) {
      const before = sessions.get(event.exec) ?? 'nothing'
      const expected = { 'exec.starting': 'nothing', 'exec.started': 'exec.starting', 'exec.failed': 'exec.starting', 'exec.exited': 'exec.started' }[event.type] // prettier-ignore
      if (before !== expected && !(killed && before === 'exec.starting')) wrong(event, `the session was ${before}`)
      sessions.set(event.exec, event.type)
    } else if (
      /^runtime\.(listenerFailed|followFailed|stateIgnored)$|keeper-lost|stage\.(undoF|f)ailed/.test(event.type) ||
      (!killed && event.type === 'runtime.recovered')
    )
      wrong(event, 'unexpected')
  }
  for (const [id, phase] of phases) if (phase !== 'nothing') faults.push(`${id} is ${phase} in the end`)
  if (killed) return faults
  for (const [id, last] of sessions)
    if (last !== 'exec.exited' && last !== 'exec.failed') faults.push(`session ${id}: ${last} was its last`)
  return faults
}

/** `created starting`, of the chart's arrows. */
function movesOfChart(): Set<string> {
  const edges = chartOf(containerMachine).edges
  const moves = new Set(['nothing creating'])
  for (const { from, to } of edges) {
    for (const begin of phasesIn(from)) for (const end of phasesIn(to)) moves.add(`${begin} ${end}`)
  }
  return moves
}

/** `alive` and `started` go without saying; an arrow from them is one of all in them. */
function phasesIn(path: string): Phase[] {
  const names = path.split('.').filter((name) => name !== 'alive' && name !== 'started')
  if (names[0] === 'last') return ['running', 'paused']
  if (names.length > 0) return [phaseOf(names.join('.'))]
  const started = ['running', 'restored', 'paused']
  return path === 'alive' ? ['created', 'pausing', 'resuming', ...started] : started
}

export class Oracle {
  readonly #steps = new Map<string, Step[]>()
  readonly #calls: readonly Call[]
  readonly #events: readonly RuntimeEvent[]
  readonly #byId = new Map<string, Call[]>()
  /** Calls may be killed, and then what they have begun is finished by others. */
  readonly #killed: boolean

  constructor(events: readonly RuntimeEvent[], calls: readonly Call[], { killed = false } = {}) {
    this.#events = events
    this.#calls = calls
    this.#killed = killed
    for (const event of events) if (isStep(event)) list(this.#steps, event.container).push(event)
    for (const call of calls) list(this.#byId, call.id).push(call)
  }

  /** What was said and was not true at any moment. */
  faults(): string[] {
    const faults = this.#calls.flatMap((call) => {
      const fault = this.#faultOf(call)
      return fault === null ? [] : [`${fault}: ${JSON.stringify(call)}; ${this.#context(call)}`]
    })
    return this.#killed ? faults : [...faults, ...this.#unmatched()]
  }

  #context({ id, began, ended }: Call): string {
    const near = (this.#steps.get(id) ?? []).filter(({ seq }) => seq > began.seq - 60 && seq <= ended.seq + 60)
    return near.map(({ seq, time, type }) => `${seq} ${time.slice(11)} ${type.slice(10)}`).join(', ')
  }

  #faultOf(call: Call): string | null {
    const { code, signal, stdout, stderr, verb, argv } = call
    if (signal === 'SIGKILL' && this.#killed) return null
    if (signal !== null) return `ended by ${signal}`
    if (stderr === '') {
      if (verb === 'exec' && !argv.includes('-d')) return this.#faultOfExec(call)
      if (code !== 0) return `code ${code}, and nothing said`
      if (stdout !== '' && verb !== 'state' && verb !== 'list') return 'something on stdout'
      return this.#faultOfSuccess(call)
    }
    if (code !== (verb === 'exec' ? 255 : 1)) return `code ${code}, and something on stderr`
    if (stdout !== '') return 'an error, and something on stdout'
    return this.#faultOfError(call)
  }

  #faultOfExec(call: Call): string | null {
    const { code } = call
    if (code === EXEC_CODE) return this.#unless(this.#isAlive(call), 'an exec where nothing runs')
    // Its container has ended with it.
    if (code !== 137) return `exec ended with ${code}`
    return this.#unless(
      this.#isAlive(call) && this.#hasEnded(call),
      'an exec that was killed, in a container that goes on',
    )
  }

  #faultOfSuccess(call: Call): string | null {
    const { verb, id, argv } = call
    switch (verb) {
      case 'create':
        return this.#unless(this.#happened(call, 'created'), 'not created')
      case 'run':
        return this.#unless(
          this.#happened(call, 'created') && this.#happened(call, 'running'),
          'not created and started',
        )
      case 'start':
        return this.#unless(this.#happened(call, 'running'), 'not started')
      case 'kill':
        return this.#unless(this.#isAlive(call), 'a signal to nobody')
      case 'stop':
        return this.#unless(this.#hasEnded(call), 'not stopped')
      case 'exec':
        return this.#unless(this.#isAlive(call), 'an exec where nothing runs')
      case 'delete': {
        if (this.#happened(call, 'nothing')) return null
        return this.#unless(argv.includes('--force') && this.#was(call, 'nothing'), 'not deleted')
      }
      case 'state':
        return this.#faultOfState(call, id, JSON.parse(call.stdout) as Shown)
      case 'list':
        return this.#faultOfList(call, JSON.parse(call.stdout) as Shown[])
    }
  }

  #faultOfList(call: Call, shown: readonly Shown[]): string | null {
    const ids = shown.map(({ id }) => id)
    if (!isDeepStrictEqual(ids, [...new Set(ids)].sort())) return 'not a sorted list of different ones'
    for (const each of shown) {
      const fault = this.#faultOfState(call, each.id, each)
      if (fault !== null) return fault
    }
    for (const id of this.#steps.keys()) {
      if (ids.includes(id) || this.#was({ ...call, id }, 'nothing')) continue
      return `${id} is missing`
    }
    return null
  }

  #faultOfState(call: Call, id: string, { id: said, status, pid }: Shown): string | null {
    if (said !== id) return `of ${said}`
    const own = { ...call, id }
    const phases = [...this.#phases(own)]
    const isClaimed = status === 'creating' && this.#isClaimed(own)
    const isAhead = status === 'stopped' && this.#initHasEnded(own)
    if (!isClaimed && !isAhead && !phases.some((phase) => statusesIn[phase]?.includes(status)))
      return `said ${status}, was ${phases.join(', ')}`
    if ((status === 'stopped' || status === 'creating') !== (pid === 0)) return `said ${status}, and pid ${pid}`
    // That init lives is asked of the kernel, but of a container that somebody is just ending.
    if (status === 'running' && !phases.includes('stopping') && !this.#isAlive(own))
      return 'said running, and it had ended'
    const pids = this.#pids(own)
    return this.#unless(pid === 0 || pids === null || pids.has(pid), `pid ${pid}, and not ${[...(pids ?? [])].join()}`)
  }

  #faultOfError(call: Call): string | null {
    const { verb, id, stderr } = call
    const lines = stderr.replace(/\n$/, '').split('\n')
    const error = lines.pop() ?? ''
    const prefix = `stator: ${verb} ${id}: `
    if (!error.startsWith(prefix)) return 'an error of something else'
    for (const line of lines) {
      // run could not take away what it had made, as somebody else is at it.
      const rest = `stator: warning: delete ${id}: `
      if (verb !== 'run' || !line.startsWith(rest) || lines.length > 1) return 'more than one line'
      const fault = this.#faultOfWords(call, line.slice(rest.length))
      if (fault !== null) return fault
    }
    return this.#faultOfWords(call, error.slice(prefix.length))
  }

  #faultOfWords(call: Call, words: string): string | null {
    const { verb } = call
    const inTheMiddle = /process (\d+) is in the middle of a (\w+)$/.exec(words)
    if (inTheMiddle !== null) return this.#faultOfBusy(call, Number(inTheMiddle[1]), inTheMiddle[2]!)
    if (words.endsWith('a container with this id exists already')) {
      const isThere = [...this.#phases(call)].some((phase) => phase !== 'nothing') || this.#isClaimed(call)
      return this.#unless(isThere && (verb === 'create' || verb === 'run'), 'it did not exist')
    }
    if (words.endsWith('container does not exist')) {
      const isPossible = verb !== 'create' && !call.argv.includes('--force')
      return this.#unless(isPossible && this.#was(call, 'nothing'), 'it existed all the time')
    }
    if (/container not running(: its init (has ended|ended before it was started))?$/.test(words)) {
      const isPossible = verb !== 'state' && verb !== 'create' && verb !== 'delete'
      const notStarted = (verb === 'exec' || verb === 'stop') && this.#was(call, 'created')
      return this.#unless(isPossible && (notStarted || this.#hasEnded(call) || this.#was(call, 'creating')), 'it ran')
    }
    if (words.endsWith('cannot start a container that has stopped'))
      return this.#unless((verb === 'start' || verb === 'run') && this.#was(call, 'stopped', 'failed'), 'not stopped')
    if (words.endsWith('cannot start an already running container'))
      return this.#unless((verb === 'start' || verb === 'run') && this.#was(call, 'running'), 'not running')
    if (words.endsWith('container is created only (delete it)'))
      return this.#unless(verb === 'stop' && this.#was(call, 'created'), 'not created')
    const notStopped = /cannot delete container that is not stopped: (\w+) \(or use force\)$/.exec(words)
    if (notStopped !== null) {
      const { argv } = call
      return this.#unless(
        verb === 'delete' && !argv.includes('--force') && this.#was(call, notStopped[1]!),
        'it was not',
      )
    }
    return 'an error that nothing explains'
  }

  #faultOfBusy(call: Call, pid: number, what: string): string | null {
    const verbs = { create: ['create', 'run'], start: ['start', 'run'], stop: ['stop'], delete: ['delete', 'run'] }[
      what
    ]
    const isSo = list(this.#byId, call.id).some((other) => {
      return other.pid === pid && overlap(other, call) && verbs?.includes(other.verb) === true
    })
    return this.#unless(isSo, 'nobody was')
  }

  /** What it was at some moment of a call, as far as the journal and whoever was just writing say. */
  #phases(call: Call): Set<Phase> {
    const found = new Set<Phase>()
    let phase: Phase = 'nothing'
    for (const step of this.#steps.get(call.id) ?? []) {
      if (step.seq > call.ended.seq) break
      // Told before the call, but perhaps not stored when it began.
      if (step.seq > call.began.seq || this.#isBeingDone(step, call)) found.add(phase)
      phase = phaseOf(step.transition.to)
    }
    return found.add(phase)
  }

  #was(call: Call, ...wanted: readonly Phase[]): boolean {
    const phases = this.#phases(call)
    return wanted.some((phase) => phases.has(phase))
  }

  /** Whether a call that may have taken this step had not ended when the other began. */
  #isBeingDone(step: Step, call: Call): boolean {
    const doers = list(this.#byId, call.id)
    return doers.some(
      (other) => other.began.seq < step.seq && step.seq <= other.ended.seq && other.ended.ms >= call.began.ms,
    )
  }

  /** Whether somebody was about to make it, who then told so: the folder is there first. */
  #isClaimed(call: Call): boolean {
    const next = (this.#steps.get(call.id) ?? []).find(({ seq }) => seq > call.ended.seq)
    if (next === undefined || next.type !== 'lifecycle.creating') return false
    return list(this.#byId, call.id).some(
      ({ began, ended }) => began.ms <= call.ended.ms && began.seq < next.seq && next.seq <= ended.seq,
    )
  }

  /** Whether the step to `phase` was told within the call. */
  #happened({ id, began, ended }: Call, phase: Phase): boolean {
    const steps = this.#steps.get(id) ?? []
    return steps.some(({ seq, transition }) => seq > began.seq && seq <= ended.seq && phaseOf(transition.to) === phase)
  }

  /** Whether init lived at some moment of the call. */
  #isAlive(call: Call): boolean {
    if (this.#was(call, 'deleting', 'stopping')) return true
    return [...this.#livesIn(call)].some(({ end }) => end === null || end >= call.began.wallMs - CLOCK_MS)
  }

  /** Whether there was no init at some moment of the call. */
  #hasEnded(call: Call): boolean {
    if (this.#was(call, 'nothing', 'stopped', 'deleting', 'failed', 'undoing')) return true
    return this.#initHasEnded(call)
  }

  /** The kernel knows of it before the journal does. */
  #initHasEnded(call: Call): boolean {
    return [...this.#livesIn(call)].some(({ end }) => end !== null && end <= call.ended.wallMs + KEEPER_MS)
  }

  /** Of each container of this name that lived within the call: its init, and when that ended, if it is known. */
  *#livesIn(call: Call): Generator<{ readonly pid: number | null; readonly end: number | null }> {
    const steps = this.#steps.get(call.id) ?? []
    for (const [index, step] of steps.entries()) {
      if (step.type !== 'lifecycle.created' || step.seq > call.ended.seq) continue
      const over = steps.slice(index + 1).find(({ transition }) => !lives.has(phaseOf(transition.to)))
      const isOver = over !== undefined && over.seq <= call.began.seq && !this.#isBeingDone(over, call)
      if (isOver) continue
      if (over?.type === 'lifecycle.stopped') yield { pid: over.exit.pid, end: Date.parse(over.exit.at) }
      else yield { pid: null, end: null }
    }
  }

  /** Of the inits that lived within the call; null: not of all of them they are known. */
  #pids(call: Call): Set<number> | null {
    const pids = new Set<number>()
    for (const { pid } of this.#livesIn(call)) {
      if (pid === null) return null
      pids.add(pid)
    }
    return pids
  }

  /** Steps are taken by one call each: as many have been told as calls say that they took one. */
  #unmatched(): string[] {
    const faults: string[] = []
    for (const [phase, type, verbs] of [
      ['created', 'lifecycle.created', ['create', 'run']],
      ['running', 'lifecycle.running', ['start', 'run']],
    ] as const) {
      for (const [id, steps] of this.#steps) {
        const told = steps.filter((step) => step.type === type)
        const able = list(this.#byId, id).filter(({ verb }) => (verbs as readonly string[]).includes(verb))
        const claims = able.filter(({ code }) => code === 0)
        for (const [what, from, to] of [
          ['step that nobody took', told.map(({ seq }) => [seq, seq] as const), able.map(window)],
          ['success that another had, too', claims.map(window), told.map(({ seq }) => [seq, seq] as const)],
        ] as const) {
          const left = unmatched(from, to)
          if (left > 0) faults.push(`${id}: ${left} × ${phase}: a ${what}`)
        }
      }
    }
    const deletes = this.#calls.filter(({ verb, code, argv }) => verb === 'delete' && code === 0 && !argv.includes('--force')) // prettier-ignore
    for (const [id, steps] of this.#steps) {
      const told = steps.filter(({ type }) => type === 'lifecycle.deleted').map(({ seq }) => [seq, seq] as const)
      const left = unmatched(deletes.filter((call) => call.id === id).map(window), told)
      if (left > 0) faults.push(`${id}: ${left} deletes of what another has deleted`)
    }
    return faults
  }

  #unless(isTrue: boolean, fault: string): string | null {
    return isTrue ? null : fault
  }

  /** How often each outcome was, to see that a run was worth it. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = { events: this.#events.length }
    for (const { verb, argv, code, stderr } of this.#calls) {
      const name = `${verb}${argv.includes('--force') ? ' --force' : argv.includes('-d') ? ' -d' : ''}`
      const how = stderr === '' ? `${code}` : (stderr.split('\n')[0] ?? '').replace(/^.*: /, '').replace(/\d+/, 'N')
      const key = `${name}: ${how}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

interface Shown {
  readonly id: string
  readonly status: string
  readonly pid: number
}

/** From, to: the numbers that were told within it. */
type Window = readonly [number, number]

const window = ({ began, ended }: Call): Window => [began.seq + 1, ended.seq]

const overlap = (one: Call, other: Call) => one.began.ms <= other.ended.ms && other.began.ms <= one.ended.ms

/** How many of `from` find no partner of their own in `to`, whose window meets theirs. */
function unmatched(from: readonly Window[], to: readonly Window[]): number {
  const partner = new Map<number, number>()
  const find = (one: number, seen: Set<number>): boolean => {
    const [begin, end] = from[one]!
    for (const [other, [low, high]] of to.entries()) {
      if (high < begin || low > end || seen.has(other)) continue
      seen.add(other)
      const taken = partner.get(other)
      if (taken !== undefined && !find(taken, seen)) continue
      partner.set(other, one)
      return true
    }
    return false
  }
  return from.filter((_, index) => !find(index, new Set())).length
}

function list<K, V>(map: Map<K, V[]>, key: K): V[] {
  let found = map.get(key)
  if (found === undefined) map.set(key, (found = []))
  return found
}

function isSession(
  event: RuntimeEvent,
): event is EventOf<'exec.starting' | 'exec.started' | 'exec.failed' | 'exec.exited'> {
  return event.type.startsWith('exec.')
}
