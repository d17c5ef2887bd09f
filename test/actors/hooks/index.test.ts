// Hooks of the runtime's own namespaces, without a container: when one is not started any more, what is taken of what it prints, and
// what is left of it afterwards.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HookEvent } from '../../../src/actors/hook.ts'
import { type HookRun, runHooks } from '../../../src/actors/hooks/index.ts'
import { StatorError } from '../../../src/errors.ts'
import { prlimit } from '../../../src/native/prlimit.ts'
import { RLIMIT_NOFILE } from '../../../src/native/uapi.ts'
import type { Hook } from '../../../src/oci/config.ts'
import type { OciState } from '../../../src/oci/state.ts'

const skip = process.platform === 'linux' ? false : 'Linux'
const state: OciState = { ociVersion: '1.3.0', id: 'web', status: 'creating', bundle: '/bundle' }
const shell = (script: string, more: Partial<Hook> = {}): Hook => ({
  path: '/bin/sh',
  args: ['sh', '-c', script],
  env: ['PATH=/usr/bin:/bin'],
  ...more,
})

interface Outcome {
  readonly events: readonly HookEvent[]
  readonly error: StatorError | null
}

/** Runs createRuntime hooks; `onEvent` hears of each event before it is kept. */
async function outcome(hooks: readonly Hook[], run: Partial<HookRun> = {}, given = state): Promise<Outcome> {
  const events: HookEvent[] = []
  const onEvent = (event: HookEvent) => {
    run.onEvent?.(event)
    events.push(event)
  }
  const { signal = new AbortController().signal } = run
  try {
    await runHooks('createRuntime', hooks, given, { ...run, signal, onEvent })
    return { events, error: null }
  } catch (error) {
    assert.ok(error instanceof StatorError, String(error))
    return { events, error }
  }
}

const timeUp = new StatorError('ERR_STATOR_TIMEOUT', 'create "web": not done after 300 ms')

test('after an abort no hook is started', { skip }, async () => {
  const { events, error } = await outcome([shell('exit 3')], { signal: AbortSignal.abort(timeUp) })
  assert.deepEqual(events, [])
  assert.deepEqual(error?.toJSON(), timeUp.toJSON())
})

for (const all of [false, true]) {
  test(
    `an abort by whoever hears that a hook starts ends it, and no other is started (all: ${all})`,
    { skip },
    async () => {
      const controller = new AbortController()
      const onEvent = () => controller.abort(timeUp)
      const { events } = await outcome([shell('sleep 1000'), shell('exit 0')], {
        signal: controller.signal,
        onEvent,
        all,
      })
      assert.deepEqual(
        events.map(({ type, index }) => `${type} ${index}`),
        ['hook.started 0', 'hook.failed 0'],
      )
    },
  )
}

test(
  'a hook that an abort ends: the error is the reason of the abort, and says which hook it was',
  { skip },
  async () => {
    const controller = new AbortController()
    const why = new Error('no more need')
    const aborted = new StatorError('ERR_STATOR_ABORTED', 'create "web": aborted', {}, { cause: why })
    const onEvent = () => controller.abort(aborted)
    const { events, error } = await outcome([shell('sleep 1000')], { signal: controller.signal, onEvent })
    const record = {
      code: 'ERR_STATOR_ABORTED',
      message: 'create "web": aborted: createRuntime hook /bin/sh was running (hooks.createRuntime[0])',
      path: '/bin/sh',
      pointer: 'hooks.createRuntime[0]',
      cause: 'no more need',
    }
    assert.deepEqual(error?.toJSON(), record)
    assert.equal(error?.cause, why, 'what the AbortSignal was given')
    const last = events.at(-1)
    assert.ok(last?.type === 'hook.failed')
    assert.deepEqual([last.code, last.signal, last.error.code], [null, 'SIGKILL', 'ERR_STATOR_ABORTED'])
  },
)

test('a hook that fails by itself is the error, also when an abort follows', { skip }, async () => {
  const controller = new AbortController()
  const onEvent = ({ type }: HookEvent) => {
    if (type === 'hook.failed') controller.abort(timeUp)
  }
  const { error } = await outcome([shell('kill -9 $$')], { signal: controller.signal, onEvent })
  assert.equal(error?.code, 'ERR_STATOR_HOOK')
  assert.match(error?.message ?? '', /was ended by SIGKILL/)
})

/** The end of the only hook. */
function endOf({ events }: Outcome): Exclude<HookEvent, { type: 'hook.started' }> {
  const [started, end] = events
  assert.ok(started?.type === 'hook.started' && end !== undefined && end.type !== 'hook.started' && events.length === 2)
  return end
}

/** What is open, but for the listing itself. */
function open(): string[] {
  const folder = '/proc/self/fd'
  const targets = readdirSync(folder).map((number) => {
    try {
      return `${number} ${readlinkSync(`${folder}/${number}`)}`
    } catch {
      return ''
    }
  })
  return targets.filter((target) => target !== '' && !/ \/proc\/\d+\/fd$/.test(target))
}

/** A process that a hook has left behind, and has told of as the last line that it printed. */
function endDaemon(printed: string): void {
  process.kill(Number(printed.trimEnd().split('\n').at(-1)), 'SIGKILL')
}

/** What keeps this process alive, but for requests to the file system: the test runner has its own under way. */
function held(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'FSReqCallback' && name !== 'FSReqPromise')
    .sort()
}

test(
  'a daemon that a hook leaves behind holds up nobody: what was printed is taken, and the streams are closed',
  { skip },
  async () => {
    // The first child process opens what Node.js needs for all of them.
    await outcome([shell('exit 0')])
    const before = open()
    const resources = held()
    const long = 60_000
    const end = endOf(
      await outcome([shell(`head -c ${long} /dev/zero | tr '\\0' x; echo; echo why >&2; sleep 1000 & echo $!`)]),
    )
    endDaemon(end.stdout)
    assert.equal(end.type, 'hook.finished')
    assert.match(end.stdout, new RegExp(`^x{${long}}\\n\\d+\\n$`))
    assert.equal(end.stderr, 'why\n')
    assert.deepEqual(open(), before)
    // A stream closes with the next turn of the loop.
    await nextTurn()
    assert.deepEqual(held(), resources, 'nothing keeps this process alive')
  },
)

test('the streams of a hook are pipes: it may open them by name', { skip }, async () => {
  const { stdout, stderr } = endOf(await outcome([shell('cat /dev/stdin; echo why > /dev/stderr')]))
  assert.deepEqual([JSON.parse(stdout), stderr], [state, 'why\n'])
})

test('of what a hook prints without end the beginning is kept, and memory does not grow', { skip }, async () => {
  const before = process.resourceUsage().maxRSS
  const end = endOf(await outcome([shell('echo first; head -c 400M /dev/zero; head -c 100M /dev/zero >&2')]))
  assert.equal(end.type, 'hook.finished')
  assert.ok(end.stdout.startsWith('first\n'))
  assert.deepEqual([end.stdout.length, end.stderr.length], [65536, 65536])
  const grownKiB = process.resourceUsage().maxRSS - before
  assert.ok(grownKiB < 128 * 1024, `${grownKiB} KiB`)
})

for (const [how, script] of [
  ['never reads', 'exit 0'],
  ['closes', 'exec <&-; exit 0'],
  ['leaves to a daemon', 'exec 3<&0; sleep 1000 <&3 >/dev/null 2>&1 & echo $!'],
] as const)
  test(`a state that is larger than a pipe, which a hook ${how}`, { skip }, async () => {
    const before = open()
    const annotations = { large: 'x'.repeat(4 * 2 ** 20) }
    const end = endOf(await outcome([shell(script)], {}, { ...state, annotations }))
    if (end.stdout !== '') endDaemon(end.stdout)
    assert.equal(end.type, 'hook.finished')
    assert.deepEqual(open(), before)
  })

test('a large state is read whole by a hook that does', { skip }, async () => {
  const annotations = { large: 'x'.repeat(4 * 2 ** 20) }
  const { stdout } = endOf(await outcome([shell('wc -c')], {}, { ...state, annotations }))
  assert.equal(Number(stdout), JSON.stringify({ ...state, annotations }).length)
})

test(
  'a hook that takes too long is ended with its process group; one that has left that keeps nobody waiting',
  {
    skip,
    timeout: 10_000,
  },
  async (t) => {
    const { events, error } = await outcome([
      shell('sleep 1000 & echo $!; setsid sleep 1000 & echo $!; wait', { timeout: 0.2 }),
    ])
    const { stdout } = endOf({ events, error })
    assert.equal(error?.code, 'ERR_STATOR_HOOK')
    assert.match(error.message, /took more than 0.2 s/)
    const [inGroup = ''] = stdout.split('\n')
    endDaemon(stdout)
    await gone(Number(inGroup), t.signal)
  },
)

test('a timeout of more than 24 days is none', { skip }, async () => {
  assert.equal((await outcome([shell('sleep 0.05', { timeout: 1e9 })])).error, null)
})

test('a hook that the kernel refuses to start is told of as any that fails', { skip }, async () => {
  const before = open()
  const { events, error } = await outcome([shell('exit 0', { env: [`LARGE=${'x'.repeat(2 ** 20)}`] })])
  assert.equal(error?.code, 'ERR_STATOR_HOOK')
  assert.equal(error.errno, 'E2BIG')
  assert.match(error.message, /cannot be started: E2BIG \(hooks.createRuntime\[0\]\)/)
  assert.equal(endOf({ events, error }).type, 'hook.failed')
  assert.deepEqual(open(), before)
})

test(
  'a hook for whose streams no descriptor is left is told of as any that fails, and nothing stays open',
  { skip },
  async () => {
    await outcome([shell('exit 0')])
    const before = open()
    const { soft, hard } = prlimit(0, RLIMIT_NOFILE)
    let failures = 0
    for (let more = 1; ; more++) {
      prlimit(0, RLIMIT_NOFILE, { soft: BigInt(lowestFree() + more), hard })
      const { error } = await outcome([shell('exit 0')]).finally(() => prlimit(0, RLIMIT_NOFILE, { soft, hard }))
      assert.deepEqual(open(), before)
      if (error === null) break
      assert.equal(error.errno, 'EMFILE')
      failures++
    }
    assert.ok(failures >= 5, `${failures}`)
  },
)

/** Below it all numbers are taken, as far as the limit counts. */
function lowestFree(): number {
  const taken = new Set(open().map((line) => Number.parseInt(line, 10)))
  let number = 0
  while (taken.has(number)) number++
  return number
}

/** Killed, and not waited for by us. */
async function gone(pid: number, signal: AbortSignal): Promise<void> {
  while (isRunning(pid)) {
    if (signal.aborted) process.kill(pid, 'SIGKILL')
    await nextTurn()
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
