// stator events: durations, the names of runc, and a reader that goes away. What the numbers say: test/e2e/statistics.test.ts.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Stats } from '../../../src/actors/stats.ts'
import { asRunc, parseDuration } from '../../../src/cli/commands/events.ts'
import { hostBundle, openRuntime } from '../../../src/index.ts'

const launcher = fileURLToPath(new URL('../../../bin/stator', import.meta.url))

test('durations as Go writes them', () => {
  const durations: Readonly<Record<string, number>> = {
    '5s': 5000,
    '500ms': 500,
    '1m': 60_000,
    '1h2m3s': 3_723_000,
    '1.5s': 1500,
    '.5s': 500,
    '1.s': 1000,
    '+2s': 2000,
    '-2s': -2000,
    '250us': 0.25,
    '1µs': 0.001,
    '0': 0,
    '-0': 0,
  }
  for (const [text, ms] of Object.entries(durations)) assert.equal(parseDuration(text) + 0, ms, text)
  for (const text of ['', '5', 's', '5 s', '5s ', '1d', '.s', '5s5', '--5s', '1e3s']) {
    assert.throws(
      () => parseDuration(text),
      { code: 'ERR_STATOR_CONFIG', message: /^--interval ".*": no duration/ },
      text,
    )
  }
})

test('nothing is counted: the objects that runc always prints, and not a number in them', () => {
  assert.deepEqual(asRunc({}), {
    cpu: { usage: {}, throttling: {} },
    cpuset: {},
    memory: { usage: {}, swap: {}, kernel: {}, kernelTCP: {} },
    pids: {},
    blkio: {},
    hugetlb: {},
    intel_rdt: {},
    network_interfaces: null,
  })
})

test('all is counted: the names of runc', () => {
  const stall = { avg10: 1.5, avg60: 0, avg300: 0.25, totalUs: 12n }
  const psi = { some: { avg10: 1.5, avg60: 0, avg300: 0.25, total: 12n } }
  const entry = [{ major: 8, minor: 0, op: 'Read', value: 3n }]
  const stats: Stats = {
    cpu: {
      usageNs: 10n,
      userNs: 4n,
      kernelNs: 0n,
      perCpu: [
        { usageNs: 7n, userNs: 1n, kernelNs: 2n },
        { usageNs: 3n, userNs: 0n, kernelNs: 0n },
      ],
      throttling: { periods: 1n, throttledPeriods: 0n, throttledNs: 9n },
      pressure: { some: stall, full: stall },
    },
    cpuset: { cpus: [0, 2], mems: [0], flags: { cpu_exclusive: 0n, sched_relax_domain_level: -1n } },
    memory: {
      version: 1,
      usage: { usageBytes: 5n, maxUsageBytes: 6n, limitBytes: null, failures: 0n },
      memorySwap: { usageBytes: 7n, limitBytes: 8n, failures: 1n },
      kernel: { usageBytes: 0n, limitBytes: null, failures: 0n },
      cacheBytes: 2n,
      stat: { cache: 2n, rss: 0n },
      oomKills: 1,
      pressure: { some: stall },
    },
    pids: { current: 3, limit: 9 },
    io: { serviceBytes: entry, serviced: [], queued: entry, time: entry, pressure: { some: stall } },
    hugetlb: { '2MB': { usageBytes: 1n, reservedBytes: 2n, failures: 0n } },
  }
  const rows = [{ major: 8, op: 'Read', value: 3n }]
  assert.deepEqual(asRunc(stats), {
    cpu: {
      usage: { total: 10n, percpu: [7n, 3n], percpu_kernel: [2n, 0n], percpu_user: [1n, 0n], kernel: 0n, user: 4n },
      throttling: { periods: 1n, throttledTime: 9n },
      psi: { some: psi.some, full: psi.some },
    },
    cpuset: { cpus: [0, 2], mems: [0], cpu_exclusive: 0n, sched_relax_domain_level: -1n },
    memory: {
      cache: 2n,
      usage: { limit: 9223372036854771712n, usage: 5n, max: 6n, failcnt: 0n },
      swap: { limit: 8n, usage: 7n, failcnt: 1n },
      kernel: { limit: 9223372036854771712n, failcnt: 0n },
      kernelTCP: {},
      raw: { cache: 2n, rss: 0n },
      psi,
    },
    pids: { current: 3, limit: 9 },
    blkio: { ioServiceBytesRecursive: rows, ioQueueRecursive: rows, ioTimeRecursive: rows, psi },
    hugetlb: { '2MB': { usage: 2n, failcnt: 0n } },
    intel_rdt: {},
    network_interfaces: null,
  })
})

test('version 2: swap as version 1 has it, memory and swap together', () => {
  const memory = (limitBytes: bigint | null, ofSwap: bigint | null) => {
    const usage = { usageBytes: 5n, maxUsageBytes: 6n, limitBytes }
    const swap = { usageBytes: 2n, maxUsageBytes: 3n, limitBytes: ofSwap, failures: 4n }
    return (asRunc({ memory: { version: 2, usage, swap, stat: {} } }) as { memory: { swap: unknown } }).memory.swap
  }
  assert.deepEqual(memory(100n, 10n), { limit: 110n, usage: 7n, failcnt: 4n })
  assert.deepEqual(memory(100n, null), { limit: 2n ** 64n - 1n, usage: 7n, failcnt: 4n })
})

test(
  'who reads no further has ended it, and not the container',
  { skip: process.geteuid?.() === 0 ? false : 'root', timeout: 60_000 },
  async (t) => {
    const host = await hostBundle({ args: ['sleep', '1000'] })
    const root = join(mkdtempSync(join(tmpdir(), 'stator-cli-')), 'root')
    const runtime = await openRuntime({ root })
    t.after(async () => {
      for (const container of await runtime.list()) await container.delete({ force: true })
      await runtime.close()
      await host.remove()
      rmSync(dirname(root), { recursive: true })
    })
    const id = `events-${process.pid}`
    const container = await runtime.create({ id, bundle: host.bundle, stdio: 'ignore' })
    await container.start()
    const argv = [launcher, '--root', root, 'events', '--interval', '20ms', id]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = (await once(child, 'exit')) as [number | null]
    assert.equal(code, 0)
    assert.equal(await container.refresh(), 'running')
  },
)
