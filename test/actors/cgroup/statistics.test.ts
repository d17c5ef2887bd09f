// What a container has used: real groups against the kernel's own files, and trees of both versions that this machine may not
// have, written as the kernel writes them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { filter, firstValueFrom, ReplaySubject } from 'rxjs'

import { killAll, oomKills, oomKills$, pids, readStats } from '../../../src/actors/cgroup/index.ts'
import { layout } from '../../../src/actors/cgroup/layout.ts'
import { type CgroupReceipt, type Group, groupWith, unifiedGroup } from '../../../src/actors/cgroup/receipt.ts'
import { parseIoStat, parseList, parsePressure } from '../../../src/actors/cgroup/statistics/parse.ts'
import type { MemoryCounter } from '../../../src/actors/stats.ts'
import { hold } from '../../../src/native/poller.ts'
import { groups, inside, missing, sweep, worlds } from './worlds.ts'

after(() => {
  sweep()
})

/** Groups whose files are these: by folder, and the name. The folder begins with the version. */
function tree(t: TestContext, files: Readonly<Record<string, string>>, controllers: readonly string[]): CgroupReceipt {
  const mount = mkdtempSync(join(tmpdir(), 'stator-stats-'))
  t.after(() => rmSync(mount, { recursive: true }))
  const found = new Map<string, Group>()
  for (const [name, text] of Object.entries(files)) {
    const folder = join(mount, dirname(name))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(mount, name), text)
    const version = name.startsWith('v1') ? 1 : 2
    found.set(folder, { version, controllers, mount, folder, existed: false, parents: [] })
  }
  return { kind: 'unified', mark: '', groups: [...found.values()] }
}

/** Two above what a double can tell from its neighbours. */
const large = 2n ** 53n + 3n
const largest = 2n ** 64n - 1n
const noPressure = 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'

test('version 2: all that its files say, with every digit', (t) => {
  const receipt = tree(
    t,
    {
      'v2/cpu.stat': `usage_usec ${large}\nuser_usec 5\nsystem_usec 7\nnr_periods 4\nnr_throttled 3\nthrottled_usec 2\nnr_bursts 0\n`,
      'v2/cpu.pressure': `some avg10=1.25 avg60=0.50 avg300=0.01 total=${large}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`,
      'v2/cpuset.cpus': '\n',
      'v2/cpuset.cpus.effective': '0-2,5\n',
      'v2/cpuset.mems.effective': '0\n',
      'v2/memory.current': `${large}\n`,
      'v2/memory.peak': `${largest}\n`,
      'v2/memory.max': 'max\n',
      'v2/memory.events': 'low 0\nhigh 1\nmax 17\noom 3\noom_kill 2\noom_group_kill 0\n',
      'v2/memory.stat': `anon 1\nfile ${large}\nkernel 4096\npgfault ${largest}\n`,
      'v2/memory.swap.current': '8192\n',
      'v2/memory.swap.max': '65536\n',
      'v2/memory.swap.events': 'high 0\nmax 5\nfail 1\n',
      'v2/memory.pressure': noPressure,
      'v2/pids.current': '12\n',
      'v2/pids.max': '100\n',
      'v2/io.stat': `8:16 8:0 rbytes=${large} wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n`,
      'v2/hugetlb.2MB.current': '2097152\n',
      'v2/hugetlb.2MB.rsvd.current': '4194304\n',
      'v2/hugetlb.2MB.events': 'max 9\n',
    },
    ['memory'],
  )
  assert.deepEqual(readStats(receipt), {
    cpu: {
      usageNs: large * 1000n,
      userNs: 5000n,
      kernelNs: 7000n,
      throttling: { periods: 4n, throttledPeriods: 3n, throttledNs: 2000n },
      pressure: {
        some: { avg10: 1.25, avg60: 0.5, avg300: 0.01, totalUs: large },
        full: { avg10: 0, avg60: 0, avg300: 0, totalUs: 0n },
      },
    },
    cpuset: { cpus: [0, 1, 2, 5], mems: [0] },
    memory: {
      version: 2,
      usage: { usageBytes: large, maxUsageBytes: largest, failures: 17n, limitBytes: null },
      swap: { usageBytes: 8192n, failures: 5n, limitBytes: 65536n },
      kernel: { usageBytes: 4096n },
      cacheBytes: large,
      events: { low: 0n, high: 1n, max: 17n, oom: 3n, oom_kill: 2n, oom_group_kill: 0n },
      stat: { anon: 1n, file: large, kernel: 4096n, pgfault: largest },
      oomKills: 2,
      pressure: { some: { avg10: 0, avg60: 0, avg300: 0, totalUs: 0n } },
    },
    pids: { current: 12, limit: 100 },
    io: {
      serviceBytes: [
        { major: 8, minor: 0, op: 'Read', value: large },
        { major: 8, minor: 0, op: 'Write', value: 2n },
        { major: 8, minor: 0, op: 'Discard', value: 5n },
      ],
      serviced: [
        { major: 8, minor: 0, op: 'Read', value: 3n },
        { major: 8, minor: 0, op: 'Write', value: 4n },
        { major: 8, minor: 0, op: 'Discard', value: 6n },
      ],
    },
    hugetlb: { '2MB': { usageBytes: 2097152n, failures: 9n, reservedBytes: 4194304n } },
  })
})

test('version 1: controllers that are mounted together, and those of their own', (t) => {
  const receipt = tree(
    t,
    {
      'v1/cpu,cpuacct/cpuacct.usage': `${large}\n`,
      'v1/cpu,cpuacct/cpuacct.usage_percpu': `${large} 2 \n`,
      'v1/cpu,cpuacct/cpuacct.usage_all': 'cpu user system\n0 3 4\n1 5 6\n',
      'v1/cpu,cpuacct/cpuacct.stat': 'user 12\nsystem 34\n',
      'v1/cpu,cpuacct/cpu.stat': `nr_periods 1\nnr_throttled 2\nthrottled_time ${large}\n`,
      'v1/cpuset/cpuset.cpus': '0,2-3\n',
      'v1/cpuset/cpuset.mems': '0-1\n',
      'v1/cpuset/cpuset.cpu_exclusive': '1\n',
      'v1/cpuset/cpuset.sched_relax_domain_level': '-1\n',
      'v1/memory/memory.usage_in_bytes': `${large}\n`,
      'v1/memory/memory.max_usage_in_bytes': '5\n',
      'v1/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'v1/memory/memory.failcnt': '6\n',
      'v1/memory/memory.memsw.usage_in_bytes': '7\n',
      'v1/memory/memory.memsw.limit_in_bytes': '16777216\n',
      'v1/memory/memory.kmem.usage_in_bytes': '8\n',
      'v1/memory/memory.stat': 'cache 4096\nrss 9\n',
      'v1/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
      'v1/pids/pids.current': '1\n',
      'v1/pids/pids.max': 'max\n',
      'v1/blkio/blkio.bfq.io_serviced_recursive': 'Total 0\n',
      'v1/blkio/blkio.throttle.io_serviced_recursive': '8:0 Read 3\n8:0 Total 3\nTotal 3\n',
      'v1/blkio/blkio.throttle.io_service_bytes_recursive': `8:0 Read ${large}\n8:0 Total ${large}\nTotal ${large}\n`,
      'v1/hugetlb/hugetlb.1GB.usage_in_bytes': '0\n',
      'v1/hugetlb/hugetlb.1GB.max_usage_in_bytes': '1073741824\n',
      'v1/hugetlb/hugetlb.1GB.failcnt': '1\n',
    },
    ['memory'],
  )
  // Only of the group with the memory controller.
  const groups = receipt.groups.map((group) => ({
    ...group,
    controllers: group.folder.endsWith('memory') ? ['memory'] : [],
  }))
  assert.deepEqual(readStats({ ...receipt, groups }), {
    cpu: {
      usageNs: large,
      userNs: 120_000_000n,
      kernelNs: 340_000_000n,
      perCpu: [
        { usageNs: large, userNs: 3n, kernelNs: 4n },
        { usageNs: 2n, userNs: 5n, kernelNs: 6n },
      ],
      throttling: { periods: 1n, throttledPeriods: 2n, throttledNs: large },
    },
    cpuset: { cpus: [0, 2, 3], mems: [0, 1], flags: { cpu_exclusive: 1n, sched_relax_domain_level: -1n } },
    memory: {
      version: 1,
      usage: { usageBytes: large, maxUsageBytes: 5n, failures: 6n, limitBytes: null },
      memorySwap: { usageBytes: 7n, limitBytes: 16777216n },
      kernel: { usageBytes: 8n },
      cacheBytes: 4096n,
      stat: { cache: 4096n, rss: 9n },
      oomKills: 3,
    },
    pids: { current: 1, limit: null },
    io: {
      serviced: [
        { major: 8, minor: 0, op: 'Read', value: 3n },
        { major: 8, minor: 0, op: 'Total', value: 3n },
      ],
      serviceBytes: [
        { major: 8, minor: 0, op: 'Read', value: large },
        { major: 8, minor: 0, op: 'Total', value: large },
      ],
    },
    hugetlb: { '1GB': { usageBytes: 0n, failures: 1n, maxUsageBytes: 1073741824n } },
  })
})

test('what is not counted is absent, and no zero', (t) => {
  assert.deepEqual(readStats(tree(t, { 'v2/cgroup.procs': '1\n' }, [])), {})
  const bare = tree(t, { 'v2/cpu.stat': 'usage_usec 1\nuser_usec 1\nsystem_usec 0\n', 'v2/cpu.pressure': '' }, [])
  assert.deepEqual(readStats(bare), { cpu: { usageNs: 1000n, userNs: 1000n, kernelNs: 0n } })
  assert.deepEqual(readStats({ kind: 'none', mark: '', groups: [] }), {})
})

test('groups that are gone have no statistics, which is no container without any', (t) => {
  const receipt = tree(t, { 'v2/cpu.stat': '' }, [])
  rmSync(receipt.groups[0]?.folder ?? '', { recursive: true })
  assert.throws(() => readStats(receipt), { code: 'ERR_STATOR_STATUS', message: 'container not running' })
})

test('forms of the kernel', () => {
  assert.deepEqual(parseList('\n'), [])
  assert.deepEqual(parseList('0-1,4,6-7\n'), [0, 1, 4, 6, 7])
  assert.equal(parsePressure(''), null)
  assert.deepEqual(parseIoStat('253:0 \n8:0 rbytes=1\n'), {
    serviceBytes: [{ major: 8, minor: 0, op: 'Read', value: 1n }],
    serviced: [],
  })
})

const skip = missing('memory', 'pids')

/** A file of the group that is used for a controller. */
function reads(receipt: CgroupReceipt, controller: string): (legacy: string, unified: string) => string {
  const group = groupWith(receipt, controller)
  assert.ok(group, controller)
  return (legacy, unified) => readFileSync(`${group.folder}/${group.version === 1 ? legacy : unified}`, 'utf8').trim()
}

const bytesOf = (counter: MemoryCounter | undefined) => counter?.usageBytes ?? 0n

for (const world of skip === false ? worlds() : [{ name: layout().kind, layout: layout() }]) {
  const on = `${world.name}: `

  test(`${on}a process that has allocated, forked and computed: as the kernel's files say`, { skip }, async (t) => {
    const resources = { memory: { limit: 64n << 20n }, pids: { limit: 17n }, cpu: { shares: 1024n } }
    const receipt = await groups(t, world, { resources: missing('cpu') === false ? resources : {} })
    const script = `
      i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done
      sleep 100 & sleep 100 &
      x=$(head -c 8m /dev/zero | tr '\\0' x); echo ready; wait`
    const child = inside(receipt, script)
    await child.printed('ready')
    const stats = readStats(receipt)

    const memory = reads(receipt, 'memory')
    assert.equal(stats.memory?.version, groupWith(receipt, 'memory')?.version)
    assert.equal(String(stats.memory?.usage.limitBytes), memory('memory.limit_in_bytes', 'memory.max'))
    const now = BigInt(memory('memory.usage_in_bytes', 'memory.current'))
    const difference = bytesOf(stats.memory?.usage) - now
    assert.ok(difference < 1n << 20n && difference > -(1n << 20n), `${difference}`)
    assert.ok(bytesOf(stats.memory?.usage) > 8n << 20n)
    const lines = memory('memory.stat', 'memory.stat').split('\n')
    assert.deepEqual(
      Object.keys(stats.memory?.stat ?? {}),
      lines.map((line) => line.split(' ')[0]),
    )
    assert.equal(stats.memory?.oomKills, 0)

    assert.deepEqual(stats.pids, { current: 3, limit: 17 })
    assert.equal(pids(receipt).length, 3)

    const unified = unifiedGroup(receipt)
    const counted = unified !== undefined || receipt.groups.some(({ controllers }) => controllers.includes('cpuacct'))
    assert.equal(stats.cpu?.usageNs !== undefined, counted)
    if (counted) assert.ok((stats.cpu?.usageNs ?? 0n) > 10_000_000n, `${stats.cpu?.usageNs}`)
    assert.equal(stats.cpu?.perCpu, undefined, 'the hierarchy of cpuacct is joined by nobody')
    const cpu = groupWith(receipt, 'cpu')
    const throttled = cpu !== undefined && readFileSync(`${cpu.folder}/cpu.stat`, 'utf8').includes('nr_periods')
    assert.equal(stats.cpu?.throttling !== undefined, throttled)
    if (world.layout.kind !== 'unified') assert.equal(stats.cpuset, undefined, 'nor that of cpuset')

    assert.equal(await killAll(receipt), true)
    await child.ended
  })

  test(`${on}each OOM kill is told, once`, { skip }, async (t) => {
    const receipt = await groups(t, world, { resources: { memory: { limit: 16n << 20n } } })
    const told: number[] = []
    const told$ = new ReplaySubject<number>()
    told$.subscribe((count) => told.push(count))
    const subscription = oomKills$(receipt).subscribe(told$)
    const until = (holds: (count: number) => boolean) => firstValueFrom(told$.pipe(filter(holds)))
    // The kernel's own number: it may kill a second one before the first has let go of its memory.
    const counted = () =>
      Number(/^oom_kill (\d+)$/m.exec(reads(receipt, 'memory')('memory.oom_control', 'memory.events'))?.[1])
    const release = hold()
    t.after(() => {
      subscription.unsubscribe()
      release()
    })
    await until((count) => count === 0)
    for (let before = 0, round = 0; round < 2; round++, before = counted()) {
      const child = inside(receipt, 'head -c 64m /dev/zero | tail | true; echo over')
      await until((count) => count > before)
      await child.ended
      await until((count) => count === counted())
      assert.equal(oomKills(receipt), counted())
      assert.equal(readStats(receipt).memory?.oomKills, counted())
    }
    assert.deepEqual(
      told,
      [...new Set(told)].sort((a, b) => a - b),
      'each once, in order',
    )
    assert.ok(counted() >= 2)
  })
}
