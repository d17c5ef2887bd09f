// What a real container has used, by the library and by `stator events` and `stator ps`: against the kernel's own files, and
// against the shape that runc gives it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { filter, firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs'
import { layout } from '../../src/actors/cgroup/layout.ts'
import { asRunc } from '../../src/cli/commands/events.ts'
import { main } from '../../src/cli/main.ts'
import type { Container, Stats } from '../../src/index.ts'
import { missing as missingGroups } from '../actors/cgroup/worlds.ts'
import { both, bundle, type Change, created, freshId, missing, missingRunc, place, type Place, runcSpec } from './support.ts' // prettier-ignore

const skip = missing || missingGroups('memory', 'pids')
const { legacy } = layout()

/** Allocates 8 MiB, forks two, computes, says so, and goes on when it is told to: `go` is a file. */
const busy = `
  i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done
  sleep 1000 & sleep 1000 &
  x=$(head -c 8388608 /dev/zero | tr '\\0' x)
  echo ready; wait`

const limits: Change = (made) => {
  made.linux!.resources = { ...made.linux!.resources, memory: { limit: 64n << 20n }, pids: { limit: 50n } }
}

async function busyContainer(t: TestContext, at: Place, change: Change = limits): Promise<Container> {
  const container = await created(t, at, ['sh', '-c', busy], change)
  await container.start()
  await container.waitFor({ log: 'ready' })
  return container
}

/** A file of the group in which the kernel says that a process is. */
function kernel(pid: number, controller: string, v1: string, v2: string): string {
  const hierarchy = legacy.find(({ controllers }) => controllers.includes(controller)) ?? layout().unified
  assert.ok(hierarchy)
  const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .find((each) => (hierarchy.version === 2 ? each.startsWith('0::') : each.split(':')[1]?.split(',').includes(controller))) // prettier-ignore
  const folder = hierarchy.mount + (line?.split(':')[2] ?? '')
  return readFileSync(join(folder, hierarchy.version === 1 ? v1 : v2), 'utf8').trim()
}

interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function stator(at: Place, ...argv: readonly string[]): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const code = await main(['--root', at.root, ...argv], {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  })
  return { code, ...said }
}

test('numbers are those of the kernel, and only of its own groups', { skip }, async (t) => {
  const at = await place(t)
  const container = await busyContainer(t, at)
  const pid = container.pid ?? 0
  const { cpu, cpuset, memory, pids } = await container.stats()
  assert.deepEqual(pids, { current: 3, limit: 50 })
  assert.equal(kernel(pid, 'pids', 'pids.current', 'pids.current'), '3')
  assert.equal(memory?.usage.limitBytes, 64n << 20n)
  const usage = BigInt(kernel(pid, 'memory', 'memory.usage_in_bytes', 'memory.current'))
  const difference = (memory?.usage.usageBytes ?? 0n) - usage
  assert.ok(difference < 1n << 20n && -difference < 1n << 20n, `${memory?.usage.usageBytes} ${usage}`)
  assert.ok(usage > 8n << 20n)
  assert.equal(memory?.oomKills, 0)
  // The hierarchies of cpuacct and cpuset are shared with the runtime: their numbers are not the container's.
  if (legacy.some(({ controllers }) => controllers.includes('cpuacct'))) assert.equal(cpu?.perCpu, undefined)
  if (legacy.some(({ controllers }) => controllers.includes('cpuset'))) assert.equal(cpuset, undefined)
  if (layout().unified !== null) {
    // It waits by now, and computes no more.
    const [, us = '0'] = /^usage_usec (\d+)$/m.exec(kernel(pid, '', '', 'cpu.stat')) ?? []
    assert.ok((cpu?.usageNs ?? 0n) > 1_000_000n && (cpu?.usageNs ?? 0n) <= BigInt(us) * 1000n, `${cpu?.usageNs} ${us}`)
  }
})

test('processes: all of the groups, by the numbers of the host; ps shows their lines', { skip }, async (t) => {
  const at = await place(t)
  const container = await busyContainer(t, at)
  const pids = await container.processes()
  assert.equal(pids.length, 3)
  assert.ok(pids.includes(container.pid ?? 0))
  for (const pid of pids) assert.match(kernelText(pid, 'cgroup'), new RegExp(container.id))

  await using session = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  assert.deepEqual(
    await container.processes(),
    [...pids, session.pid ?? 0].sort((a, b) => a - b),
  )
  assert.deepEqual(JSON.parse((await stator(at, 'ps', '--format', 'json', container.id)).stdout), [
    ...(await container.processes()),
  ])
  const { stdout, code } = await stator(at, 'ps', container.id)
  assert.equal(code, 0)
  const [title = '', ...rows] = stdout.trimEnd().split('\n')
  assert.match(title, /\bPID\b/)
  assert.equal(rows.length, 4)
  assert.match((await stator(at, 'ps', container.id, '-o', 'pid,args', '-A')).stdout, /^ *PID COMMAND\n.*\bsh -c/)
  await session.kill('SIGKILL')
  await session.wait()

  for (const argv of [['-o', 'user'], ['--no-such-option']]) {
    const { code, stdout, stderr } = await stator(at, 'ps', container.id, ...argv)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, argv[0] === '-o' ? /couldn't find PID field in ps output/ : /exit status 1: error: /)
  }
  assert.match((await stator(at, 'ps', '-f', 'yaml', container.id)).stderr, /invalid format option/)

  await container.stop({ signal: 'SIGKILL' })
  await assert.rejects(container.processes(), { code: 'ERR_STATOR_STATUS', message: /container not running/ })
  assert.equal((await stator(at, 'ps', '--format', 'json', container.id)).stdout, '[]\n')
})

test('what is asked of a container that has ended, or is not there', { skip }, async (t) => {
  const at = await place(t)
  const container = await created(t, at, ['true'], limits)
  // As runc: one that is created only has statistics.
  assert.equal((await container.stats()).pids?.current, 1)
  await container.start()
  await container.wait()
  const notRunning = { code: 'ERR_STATOR_STATUS', message: /container not running/ }
  await assert.rejects(container.stats(), notRunning)
  await assert.rejects(lastValueFrom(container.stats$(1000)), notRunning)
  await assert.rejects(lastValueFrom(container.oomKills$), notRunning)
  assert.throws(() => container.stats$(0), { code: 'ERR_STATOR_CONFIG', message: /intervalMs must be a number from 1/ })
  for (const more of [['--stats'], []]) {
    const { code, stdout, stderr } = await stator(at, 'events', ...more, container.id)
    const line = `stator: events ${container.id}: container with id ${container.id} is not running\n`
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: line })
  }
  for (const verb of ['events', 'ps']) {
    assert.match((await stator(at, verb, 'nobody')).stderr, /container does not exist/)
  }
  for (const interval of ['0', '0s', '-1s', '999us']) {
    const { code, stderr } = await stator(at, 'events', `--interval=${interval}`, container.id)
    assert.equal(code, 1)
    assert.match(stderr, /duration interval must be greater than 0/)
  }
})

test('stats$: at once, then at every interval, until the container has ended', { skip }, async (t) => {
  const at = await place(t)
  const container = await busyContainer(t, at)
  let count = 0
  const each$ = container.stats$(20).pipe(tap(() => void (++count === 3 && container.kill('SIGKILL'))))
  const stats = await lastValueFrom(each$.pipe(toArray()))
  assert.ok(stats.length >= 3, `${stats.length}`)
  assert.equal(stats[0]?.pids?.current, 3)
  assert.equal((await container.wait()).signal, 'SIGKILL')
})

interface Line {
  readonly type: string
  readonly id: string
  readonly data?: unknown
}

/** `stator events` while it runs: statistics every 10 ms. */
function follow(at: Place, { id }: Container) {
  const lines: Line[] = []
  const waiting: (() => void)[] = []
  const code = main(['--root', at.root, 'events', '--interval', '10ms', id], {
    stdout: {
      write(text) {
        lines.push(JSON.parse(text) as Line)
        for (const resolve of waiting.splice(0)) resolve()
      },
    },
    stderr: { write: (text) => assert.fail(text) },
  })
  /** Looks after every line. */
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { lines, until, code }
}

/** What is killed for want of memory is a child: init goes on. Each line that it reads is one more. */
const hungry = 'while [ ! -e /tmp/over ]; do if [ -e /tmp/go ]; then rm /tmp/go; head -c 67108864 /dev/zero | tail | true; echo killed; fi; sleep 0.02; done' // prettier-ignore

test('events: each OOM kill is a line, and the end of the container is the end', { skip }, async (t) => {
  const at = await place(t)
  const change: Change = (made) => (made.linux!.resources = { ...made.linux!.resources, memory: { limit: 16n << 20n } })
  const writable: Change = (made) => (made.root.readonly = false)
  const container = await created(t, at, ['sh', '-c', hungry], both(change, writable))
  await container.start()
  // One before anybody listens is not told: it was somebody else's to see.
  const kill = async (count: number) => {
    const seen = firstValueFrom(container.oomKills$.pipe(filter((kills) => kills >= count)))
    touch(container, '/tmp/go')
    await seen
  }
  await kill(1)

  const { lines, until, code } = follow(at, container)
  const count = (type: string) => lines.filter((line) => line.type === type).length
  await until(() => count('stats') > 0)
  assert.equal(count('oom'), 0)
  for (const kills of [1, 2]) {
    await kill(kills + 1)
    await until(() => count('oom') >= kills)
    const after = count('stats')
    await until(() => count('stats') > after)
    assert.equal(count('oom'), kills)
  }
  touch(container, '/tmp/over')
  assert.equal(await code, 0)
  assert.equal(count('oom'), 2)
  assert.deepEqual(
    lines.find(({ type }) => type === 'oom'),
    { type: 'oom', id: container.id },
  )
  for (const { id } of lines) assert.equal(id, container.id)
})

test('init itself is killed for want of memory: a line, and then the end', { skip }, async (t) => {
  const at = await place(t)
  const change: Change = (made) => (made.linux!.resources = { ...made.linux!.resources, memory: { limit: 16n << 20n } })
  const container = await created(t, at, ['sh', '-c', 'x=$(head -c 67108864 /dev/zero | tr "\\0" x)'], change)
  const { lines, until, code } = follow(at, container)
  const kills: number[] = []
  const ended = lastValueFrom(container.oomKills$.pipe(tap((count) => kills.push(count))))
  await until(() => lines.length > 0 && kills.length > 0)
  await container.start()
  assert.equal((await container.wait()).oomKilled, true)
  assert.ok((await ended) >= 1)
  assert.equal(kills[0], 0)
  assert.equal(await code, 0)
  assert.equal(lines.filter(({ type }) => type === 'oom').length, await ended)
})

test('events --stats has the shape that runc gives it', { skip: missingRunc || skip }, async (t) => {
  const at = await place(t)
  const container = await busyContainer(t, at)
  const { stdout } = await stator(at, 'events', '--stats', container.id)
  assert.equal(stdout.indexOf('\n'), stdout.length - 1, 'one line')
  const ours = JSON.parse(stdout) as Event

  const spec = runcSpec(at, ['sh', '-c', busy], limits)
  const id = freshId()
  const runc = (...argv: readonly string[]) =>
    execFileSync('runc', ['--root', join(at.folder, 'runc'), ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) // prettier-ignore
  let theirs: Event
  // Its stdout is the program's, and stays open as long as that runs.
  execFileSync('runc', ['--root', join(at.folder, 'runc'), 'run', '-d', '--bundle', bundle(at, spec), id], {
    stdio: 'ignore',
  })
  try {
    theirs = JSON.parse(runc('events', '--stats', id)) as Event
  } finally {
    runc('delete', '--force', id)
  }

  assert.deepEqual(Object.keys(ours), Object.keys(theirs))
  assert.deepEqual(Object.keys(ours.data), Object.keys(theirs.data))
  assert.equal(ours.data['network_interfaces'], null)
  const [own, other] = [flat(ours.data), flat(theirs.data)]
  // On version 2 nobody limits the kernel's memory, and so nothing is counted but its use, which runc does not print.
  if (layout().kind === 'unified') {
    for (const path of [...own.keys(), ...other.keys()]) {
      if (path.startsWith('memory.kernel')) [own, other].map((paths) => paths.delete(path))
    }
  }
  for (const [path, type] of other) {
    // What runc joins every hierarchy for, and a page cache that only one of them may have.
    if (/^(cpu\.usage\.percpu|cpuset\.|blkio\.|hugetlb\.|memory\.cache|cpu\.throttling)/.test(path)) continue
    assert.equal(own.get(path), type, path)
  }
  for (const [path, type] of own) {
    // Counted by the version 2 group of a hybrid, which runc does not make; on version 2 it does not read cpuset, and pressure
    // since 1.2 only.
    if (/(^|\.)psi\.|^cpuset\.|^hugetlb\.|^cpu\.usage\.total|^memory\.cache|^memory\.kernelTCP/.test(path)) continue
    assert.equal(other.get(path), type, path)
  }
})

test('no digit is lost on the way to runc’s JSON', async () => {
  const { stringify } = await import('lossless-json')
  const usageBytes = 2n ** 53n + 1n
  const stats: Stats = {
    cpu: { usageNs: usageBytes, userNs: 0n, kernelNs: 0n },
    memory: { version: 2, usage: { usageBytes, limitBytes: null, failures: 0n }, swap: { usageBytes: 1n, limitBytes: null }, stat: {} }, // prettier-ignore
    pids: { current: 1, limit: null },
  }
  assert.equal(
    stringify(asRunc(stats)),
    '{"cpu":{"usage":{"total":9007199254740993,"kernel":0,"user":0},"throttling":{}},"cpuset":{},' +
      '"memory":{"usage":{"limit":18446744073709551615,"usage":9007199254740993,"failcnt":0},' +
      '"swap":{"limit":18446744073709551615,"usage":9007199254740994},"kernel":{},"kernelTCP":{}},' +
      '"pids":{"current":1},"blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null}',
  )
})

interface Event {
  readonly type: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Every value by its path, and its type. */
function flat(value: unknown, path: readonly string[] = []): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path.join('.'), typeof value]])
  return new Map(Object.entries(value).flatMap(([name, each]) => [...flat(each, [...path, name])]))
}

function kernelText(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
}

/** Makes a file that the program looks for. */
function touch(container: Container, path: string): void {
  execFileSync('touch', [`/proc/${container.pid}/root${path}`])
}
