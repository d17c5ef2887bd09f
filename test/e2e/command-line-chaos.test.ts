// Twenty processes at a time that do anything to the same ten containers: in the end the root is consistent, and every answer was true
// at some moment.
//
//   STATOR_CHAOS_SECONDS   how long (60); a third of it where calls are killed, or cost no start of Node.js
//   STATOR_CHAOS_SEED      of the choices; they, and not what the scheduler makes of them, are the same again
//
// Runs alone: it needs all of the machine's processors.

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { RuntimeEvent } from '../../src/bus/event.ts'
import { groupsOf, processesOf } from './bed.ts'
import { type Call, type Chaos, play } from './chaos.ts'
import { faultsOfJournal, Oracle } from './chaos-oracle.ts'
import { call, reapAll } from './calls.ts'
import { added, bundle, config, freshId, machine, makeRootfs, missing as skip, ownMountNamespace } from './support.ts'

const forMs = Number(process.env.STATOR_CHAOS_SECONDS ?? 60) * 1000
const seed = Number(process.env.STATOR_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** What containers run, from one that never ends to one that has ended before anybody can look. */
const programs = [
  ['sleep', '1000'],
  ['sh', '-c', 'trap "exit 3" TERM; sleep 1000 & wait'],
  ['sh', '-c', 'sleep 0.3; exit 6'],
  ['true'],
]

interface Played {
  readonly calls: readonly Call[]
  readonly events: readonly RuntimeEvent[]
}

/** Plays, deletes all, and looks that nothing is left. */
async function played(t: TestContext, how: Pick<Chaos, 'processes' | 'killed' | 'forMs'>): Promise<Played> {
  reapAll()
  ownMountNamespace()
  const before = machine()
  const folder = mkdtempSync(join(tmpdir(), 'stator-chaos-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const [root, rootfs] = [join(folder, 'root'), join(folder, 'rootfs')]
  makeRootfs(rootfs)
  const bundles = programs.map((args) => bundle({ folder }, config({ rootfs }, args)))
  const ids = Array.from({ length: 10 }, freshId)
  const list = await call(['--root', root, 'list'])
  assert.equal(list.code, 0, list.stderr)

  const calls = await play({ root, ids, bundles, players: 20, seed, ...how })

  for (const id of ids) {
    const { code, stdout, stderr } = await call(['--root', root, 'delete', '--force', id])
    assert.deepEqual([code, stdout, stderr], [0, '', ''], `delete --force ${id}`)
  }
  assert.equal((await call(['--root', root, 'list', '-q'])).stdout, '')
  const known = new Set<string>()
  const left = (await Promise.all(ids.map((id) => processesOf(`${id}\n`, known)))).flat()
  assert.deepEqual([...left, ...ids.flatMap((id) => [...groupsOf(id)])], [])
  assert.deepEqual(await processesOf(root), [], 'keepers that settle')
  const watched = await call(['--root', root, 'watch', '--since', '0', '--no-follow', '--format', 'json'])
  assert.deepEqual([watched.code, watched.stderr], [0, ''])
  assert.deepEqual(readdirSync(root).sort(), ['attached', 'journal', 'settle'])
  assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  const events = watched.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line) as RuntimeEvent) // prettier-ignore
  return { calls, events }
}

/** At most so many are shown: one mistake makes many. */
const shown = 20

for (const processes of ['one a call', 'long'] as const) {
  const who = processes === 'long' ? '20 processes that live on and' : '20 processes at a time that'
  test(
    `${who} do anything to the same 10 containers: every answer was true, and nothing is left`,
    { skip },
    async (t) => {
      t.diagnostic(`STATOR_CHAOS_SEED=${seed}`)
      const { calls, events } = await played(t, { processes, forMs: processes === 'long' ? forMs / 3 : forMs })
      const oracle = new Oracle(events, calls)
      t.diagnostic(JSON.stringify(oracle.counts()))
      assert.deepEqual(faultsOfJournal(events).slice(0, shown), [], `the journal, seed ${seed}`)
      assert.deepEqual(oracle.faults().slice(0, shown), [], `the answers, seed ${seed}`)
    },
  )

  test(`${who} are killed now and then: no answer is false, and nothing is left`, { skip }, async (t) => {
    t.diagnostic(`STATOR_CHAOS_SEED=${seed}`)
    const { calls, events } = await played(t, { processes, forMs: forMs / 3, killed: processes === 'long' ? 30 : 100 })
    const oracle = new Oracle(events, calls, { killed: true })
    t.diagnostic(JSON.stringify(oracle.counts()))
    assert.deepEqual(faultsOfJournal(events, { killed: true }).slice(0, shown), [], `the journal, seed ${seed}`)
    assert.deepEqual(oracle.faults().slice(0, shown), [], `the answers, seed ${seed}`)
  })
}
