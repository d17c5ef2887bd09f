// Real groups, seen from the kernel's side. The same file runs on every layout.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { limitDevices } from '../../../src/actors/cgroup/device-control.ts'
import { deviceLines, deviceRules, type Rule } from '../../../src/actors/cgroup/devices.ts'
import {
  applyLimits,
  cgroup,
  cgroupFacts,
  freeze,
  killAll,
  makeGroups,
  oomKills,
  pids,
  thaw,
} from '../../../src/actors/cgroup/index.ts'
import { intendGroups } from '../../../src/actors/cgroup/intent.ts'
import { layout } from '../../../src/actors/cgroup/layout.ts'
import { readMark, setMark } from '../../../src/actors/cgroup/mark.ts'
import { type CgroupReceipt, groupWith, unifiedGroup } from '../../../src/actors/cgroup/receipt.ts'
import { StatorError } from '../../../src/errors.ts'
import type { Linux } from '../../../src/oci/config.ts'
import { BASE, groups, inside, missing, remaining, sweep, worlds } from './worlds.ts'

after(() => {
  sweep()
})

const skip = missing()

/** A receipt that nothing has been done with. */
function intent(world: { layout: ReturnType<typeof layout> }, path: string, linux: Linux = {}): CgroupReceipt {
  return intendGroups(world.layout, { id: 'test', config: { linux: { cgroupsPath: BASE + path, ...linux } } })
}

function folders({ groups }: CgroupReceipt): string[] {
  return groups.map(({ folder }) => folder)
}

/** The processor time a process has used, in clock ticks. proc_pid_stat(5), fields 14 and 15. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

/** Running, sleeping, stopped, but not dead. */
function alive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

for (const world of skip === false ? worlds() : [{ name: layout().kind, layout: layout() }]) {
  const on = `${world.name}: `

  test(`${on}a group in each hierarchy that is used, and after undo there is none`, { skip }, async () => {
    const receipt = intent(world, '/made/here')
    assert.ok(receipt.groups.length > 0)
    for (const folder of folders(receipt)) assert.ok(!existsSync(folder))
    await makeGroups(receipt)
    for (const folder of folders(receipt)) assert.ok(existsSync(folder))
    await cgroup.undo(receipt, null)
    assert.deepEqual(remaining(), [])
    await cgroup.undo(receipt, null)
    await cgroup.undo(receipt, undefined)
  })

  test(
    `${on}the limits are in the files before anybody is in the group`,
    { skip: skip || missing('memory') },
    async (t) => {
      const resources = { memory: { limit: 32n << 20n }, pids: { limit: 17n }, cpu: { shares: 2000n } }
      const receipt = await groups(t, world, { resources })
      const read = (controller: string, legacy: string, unified: string): string => {
        const group = groupWith(receipt, controller)
        assert.ok(group)
        return readFileSync(`${group.folder}/${group.version === 1 ? legacy : unified}`, 'utf8').trim()
      }
      assert.equal(read('memory', 'memory.limit_in_bytes', 'memory.max'), `${32 << 20}`)
      assert.equal(read('pids', 'pids.max', 'pids.max'), '17')
      assert.equal(read('cpu', 'cpu.shares', 'cpu.weight'), groupWith(receipt, 'cpu')?.version === 1 ? '2000' : '170')
      assert.deepEqual(pids(receipt), [])
    },
  )

  test(`${on}no cpu group without shares`, { skip }, async (t) => {
    assert.equal(groupWith(await groups(t, world), 'cpu'), undefined)
  })

  test(`${on}a process goes in by the descriptors of openJoin, and is seen`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    const child = inside(receipt, 'echo in; exec sleep 100')
    await child.printed('in')
    assert.deepEqual(pids(receipt), [child.pid])
    const own = readFileSync(`/proc/${child.pid}/cgroup`, 'utf8')
    for (const { folder, mount } of receipt.groups) assert.ok(own.includes(`:${folder.slice(mount.length)}\n`), folder)
    assert.equal(await killAll(receipt), true)
    assert.equal((await child.ended).signal, 'SIGKILL')
  })

  test(`${on}nobody forks past pids.limit`, { skip }, async (t) => {
    const receipt = await groups(t, world, { resources: { pids: { limit: 5n } } })
    const child = inside(receipt, 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; echo all forked')
    const { output } = await Promise.race([child.ended, child.printed('ork').then((output) => ({ output }))])
    assert.match(output, /[Cc]annot fork|Resource temporarily unavailable/)
    assert.doesNotMatch(output, /all forked/)
    assert.ok(pids(receipt).length <= 5)
  })

  test(`${on}a device outside of the rules cannot be opened, those of the defaults can`, { skip }, async (t) => {
    const receipt = await groups(t, world, { resources: { devices: [{ allow: false, access: 'rwm' }] } })
    const child = inside(
      receipt,
      `for device in null zero full random urandom; do head -c 1 /dev/$device >/dev/null && echo "$device read"; done
       echo x >/dev/null && echo written
       head -c 1 /dev/kmsg`,
    )
    const { output } = await child.ended
    for (const text of ['null read', 'zero read', 'full read', 'random read', 'urandom read', 'written']) {
      assert.ok(output.includes(text), output)
    }
    assert.match(output, /\/dev\/kmsg.*: Operation not permitted/)
  })

  test(`${on}a rule of the config opens a device, for what it says and no more`, { skip }, async (t) => {
    const receipt = await groups(t, world, {
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', major: 1n, minor: 11n, access: 'w' },
        ],
      },
    })
    const { output } = await inside(
      receipt,
      '(: >>/dev/kmsg) && echo opened to write; (: </dev/kmsg) && echo opened to read',
    ).ended
    assert.match(output, /opened to write/)
    assert.doesNotMatch(output, /opened to read/)
    assert.match(output, /\/dev\/kmsg: Operation not permitted/)
  })

  test(`${on}mknod is forbidden without a rule for it`, { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'stator-mknod-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const receipt = await groups(t, world)
    const permitted = deviceRules().filter(({ access, major }) => access === 7 && major !== 1)
    const rules: Rule[] = [...permitted, { allow: true, type: 'c', major: 1, minor: null, access: 6 }]
    limitDevices(receipt, { rules, lines: deviceLines(rules) })
    const { output } = await inside(receipt, `mknod ${folder}/a c 1 3; mknod ${folder}/b c 5 0 && echo made`).ended
    assert.match(output, /mknod: .*Operation not permitted/)
    assert.match(output, /made/)
    assert.deepEqual(readdirSync(folder), ['b'])
  })

  test(`${on}everything allowed: a device of the host can be opened`, { skip }, async (t) => {
    const receipt = await groups(t, world, { resources: { devices: [{ allow: true, access: 'rwm' }] } })
    const { output } = await inside(receipt, '(: </dev/kmsg) && echo opened').ended
    assert.match(output, /opened/)
  })

  test(
    `${on}a process that needs more memory than the limit is killed, and counted`,
    { skip: skip || missing('memory') },
    async (t) => {
      const receipt = await groups(t, world, { resources: { memory: { limit: 24n << 20n } } })
      assert.equal(oomKills(receipt), 0)
      const { output } = await inside(receipt, 'tail /dev/zero; echo "ended with $?"').ended
      assert.match(output, /ended with 137/)
      assert.equal(oomKills(receipt), 1)
    },
  )

  test(`${on}killAll ends fifty processes that fork all the time`, { skip }, async (t) => {
    const receipt = await groups(t, world, { resources: { pids: { limit: 100n } } })
    const child = inside(
      receipt,
      `for i in $(seq 25); do while :; do sleep 0.05; done & done
       trap '' TERM HUP INT; echo forking; wait`,
    )
    await child.printed('forking')
    const before = pids(receipt)
    assert.ok(before.length > 25, `${before.length}`)
    assert.equal(await killAll(receipt), true)
    assert.deepEqual(pids(receipt), [])
    assert.deepEqual(before.filter(alive), [])
    assert.equal((await child.ended).signal, 'SIGKILL')
    assert.equal(await killAll(receipt), true)
  })

  test(`${on}frozen processes do not run, and thawed ones do`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    const child = inside(receipt, 'echo busy; while :; do :; done')
    await child.printed('busy')
    await freeze(receipt)
    const frozen = ticks(child.pid)
    await sleep(60)
    assert.equal(ticks(child.pid), frozen)
    await freeze(receipt)
    await thaw(receipt)
    for (let tries = 0; ticks(child.pid) === frozen && tries < 500; tries++) await sleep(10)
    assert.ok(ticks(child.pid) > frozen)
    await thaw(receipt)
    await killAll(receipt)
    await child.ended
  })

  test(`${on}killAll ends frozen processes`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    const child = inside(receipt, 'sleep 100 & echo in; wait')
    await child.printed('in')
    await freeze(receipt)
    await killAll(receipt)
    assert.deepEqual(pids(receipt), [])
    assert.equal((await child.ended).signal, 'SIGKILL')
  })

  test(`${on}undo ends who is still inside, in groups made below it too, and leaves nothing`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    const child = inside(receipt, 'sleep 100 & sleep 100 & echo in; wait')
    await child.printed('in')
    const [some = 0] = pids(receipt).filter((pid) => pid !== child.pid)
    for (const folder of folders(receipt)) {
      mkdirSync(`${folder}/below/more`, { recursive: true })
      writeFileSync(`${folder}/below/more/cgroup.procs`, `${some}`)
    }
    assert.ok(pids(receipt).includes(some))
    await cgroup.undo(receipt, null)
    assert.deepEqual(
      folders(receipt).filter((folder) => existsSync(folder)),
      [],
    )
    assert.ok(!alive(some))
    assert.equal((await child.ended).signal, 'SIGKILL')
  })

  test(`${on}an undo after any part of a run leaves nothing`, { skip }, async () => {
    const full = intent(world, '/half/run')
    for (let made = 0; made <= full.groups.length; made++) {
      for (const marked of made === 0 ? [false] : made === 1 ? [false, true] : [true]) {
        const receipt = intent(world, '/half/run')
        for (const { folder } of receipt.groups.slice(0, made)) mkdirSync(folder, { recursive: true })
        if (marked) setMark(folders(receipt)[0] ?? '', receipt.mark)
        await cgroup.undo(receipt, undefined)
        assert.deepEqual(remaining(), [], `${made} made, ${marked ? 'marked' : 'not marked'}`)
      }
    }
  })

  test(`${on}an undo after a failed run leaves nothing`, { skip }, async () => {
    const linux: Linux = { cgroupsPath: `${BASE}/failed`, resources: { pids: { limit: 1n << 40n } } }
    const receipt = intendGroups(world.layout, { id: 'test', config: { linux } })
    await makeGroups(receipt)
    assert.throws(
      () => applyLimits(receipt, { id: 'test', config: { linux } }),
      (error: unknown) =>
        error instanceof StatorError &&
        error.errno === 'EINVAL' &&
        error.pointer === 'linux.resources.pids.limit' &&
        error.message === `write "${1n << 40n}" to ${groupWith(receipt, 'pids')?.folder}/pids.max: EINVAL`,
    )
    await cgroup.undo(receipt, undefined)
    assert.deepEqual(remaining(), [])
  })

  test(`${on}a group with processes in it is not taken`, { skip }, async (t) => {
    const receipt = await groups(t, world, { cgroupsPath: `${BASE}/taken` })
    const child = inside(receipt, 'echo in; exec sleep 100')
    await child.printed('in')
    assert.throws(
      () => intent(world, '/taken'),
      (error: unknown) =>
        error instanceof StatorError &&
        error.errno === 'EBUSY' &&
        error.pointer === 'linux.cgroupsPath' &&
        /\/taken as the container's group: EBUSY \(process \d+ "\w+" is in it: give another linux\.cgroupsPath\)$/.test(
          error.message,
        ),
    )
    await killAll(receipt)
    await child.ended
  })

  test(
    `${on}of two that want one group at once the second fails, and its undo does not touch the first`,
    { skip },
    async (t) => {
      const second = intent(world, '/wanted')
      const first = await groups(t, world, { cgroupsPath: `${BASE}/wanted` })
      const child = inside(first, 'echo in; exec sleep 100')
      await child.printed('in')
      await assert.rejects(
        makeGroups(second),
        (error: unknown) => error instanceof StatorError && error.errno === 'EEXIST',
      )
      for (const output of [undefined, null] as const) {
        await cgroup.undo(second, output)
        assert.ok(alive(child.pid))
        assert.deepEqual(pids(first), [child.pid])
      }
      await cgroup.undo(first, null)
      assert.equal((await child.ended).signal, 'SIGKILL')
    },
  )

  test(
    `${on}an empty group that was there is used as it is, and removed; folders above it stay`,
    { skip },
    async (t) => {
      const made = intent(world, '/engine/pod')
      for (const folder of folders(made)) mkdirSync(folder, { recursive: true })
      const receipt = await groups(t, world, { cgroupsPath: `${BASE}/engine/pod`, resources: { pids: { limit: 9n } } })
      assert.ok(receipt.groups.every(({ existed, parents }) => existed && parents.length === 0))
      assert.equal(readFileSync(`${groupWith(receipt, 'pids')?.folder}/pids.max`, 'utf8'), '9\n')
      await cgroup.undo(receipt, null)
      for (const folder of folders(receipt)) {
        assert.ok(!existsSync(folder))
        assert.ok(existsSync(dirname(folder)))
      }
      sweep()
    },
  )

  test(`${on}what another container has left there is made anew, without its limits`, { skip }, async (t) => {
    const left = intent(world, '/left')
    await makeGroups(left)
    applyLimits(left, { id: 'test', config: { linux: { resources: { pids: { limit: 3n } } } } })
    for (const folder of folders(left)) mkdirSync(`${folder}/below`)
    const receipt = await groups(t, world, { cgroupsPath: `${BASE}/left` })
    const claim = receipt.groups[0]?.folder ?? ''
    assert.equal(readMark(claim), receipt.mark)
    if (groupWith(receipt, 'pids')?.folder === claim) assert.equal(readFileSync(`${claim}/pids.max`, 'utf8'), 'max\n')
    await cgroup.undo(left, null)
    assert.ok(existsSync(claim), 'the undo of the one that left it has nothing to say any more')
  })

  test(`${on}a plan is told where the container is in every hierarchy`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    const facts = cgroupFacts(receipt, world.layout)
    assert.equal(facts.layout, world.layout.kind)
    assert.equal(facts.hierarchies.length, world.layout.legacy.length)
    const unified = unifiedGroup(receipt)
    if (unified !== undefined) assert.equal(facts.unifiedGroup, unified.folder)
    const told = [...facts.hierarchies.map(({ group }) => group), facts.unifiedGroup]
    for (const folder of folders(receipt)) assert.ok(told.includes(folder), folder)
  })

  test(`${on}a group whose folder was removed by hand counts as gone`, { skip }, async (t) => {
    const receipt = await groups(t, world)
    sweep()
    assert.deepEqual(pids(receipt), [])
    assert.equal(oomKills(receipt), 0)
    assert.equal(await killAll(receipt), true)
    await thaw(receipt)
    await assert.rejects(freeze(receipt), StatorError)
    await cgroup.undo(receipt, null)
  })
}

test('many containers at once come and go, and the folder above them with the last', { skip }, async () => {
  const receipts = Array.from({ length: 8 }, (_, index) => intent({ layout: layout() }, `/many/${index}`))
  await Promise.all(
    receipts.map(async (receipt) => {
      await makeGroups(receipt)
      const child = inside(receipt, 'echo in; exec sleep 100')
      await child.printed('in')
      await cgroup.undo(receipt, null)
      assert.equal((await child.ended).signal, 'SIGKILL')
    }),
  )
  assert.deepEqual(remaining(), [])
})

test('the stage itself: a group below the root', { skip }, async () => {
  const id = `test-${process.pid}`
  const config = {
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['true'] },
    linux: { resources: { pids: { limit: 3n } } },
  }
  const receipt = cgroup.intend({ id, config })
  assert.deepEqual(JSON.parse(JSON.stringify(receipt)), receipt)
  assert.equal(await cgroup.run(receipt, { id, config }, new AbortController().signal), null)
  for (const { folder, mount } of receipt.groups) {
    assert.equal(folder, `${mount}/stator-${id}`)
    assert.ok(existsSync(folder))
  }
  await cgroup.undo(receipt, null)
  for (const { folder } of receipt.groups) assert.ok(!existsSync(folder))
})

test(
  'version 2: a limit below a group with processes is refused, with the reason and the place',
  { skip: skip || (layout().kind === 'unified' ? missing('memory') : 'version 2 of cgroups alone') },
  async (t) => {
    const above = await groups(t, { name: 'unified', layout: layout() }, { cgroupsPath: `${BASE}/above` })
    const child = inside(above, 'echo in; exec sleep 100')
    await child.printed('in')
    const linux: Linux = { cgroupsPath: `${BASE}/above/below`, resources: { memory: { limit: 1n << 30n } } }
    const receipt = intendGroups(layout(), { id: 'test', config: { linux } })
    await makeGroups(receipt)
    assert.throws(
      () => applyLimits(receipt, { id: 'test', config: { linux } }),
      (error: unknown) =>
        error instanceof StatorError &&
        error.pointer === 'linux.resources.memory.limit' &&
        error.errno === 'EBUSY' &&
        /^enable the controller "memory" below .*\/above: EBUSY \(processes are in that group/.test(error.message),
    )
    await cgroup.undo(receipt, undefined)

    // Without a limit it goes without being counted, and the groups stay as they can be joined.
    const without = await groups(t, { name: 'unified', layout: layout() }, { cgroupsPath: `${BASE}/above/below` })
    const folder = unifiedGroup(without)?.folder ?? ''
    assert.equal(readFileSync(`${folder}/cgroup.controllers`, 'utf8').trim(), '')
    assert.equal(readFileSync(`${folder}/cgroup.type`, 'utf8').trim(), 'domain')
    assert.equal((await inside(without, 'echo in').ended).output, 'in\n')
    await cgroup.undo(without, null)
    await killAll(above)
    await child.ended
  },
)

test(
  'version 2: the controllers of a container are passed on through all groups above it',
  { skip: skip || (layout().kind === 'unified' ? missing('memory') : 'version 2 of cgroups alone') },
  async (t) => {
    const receipt = await groups(t, { name: 'unified', layout: layout() }, { cgroupsPath: `${BASE}/a/b/c` })
    const folder = unifiedGroup(receipt)?.folder ?? ''
    assert.equal(readFileSync(`${folder}/cgroup.controllers`, 'utf8').trim(), 'memory pids')
    assert.equal(readFileSync(`${dirname(folder)}/cgroup.subtree_control`, 'utf8').trim(), 'memory pids')
    assert.equal(readFileSync(`${folder}/cgroup.subtree_control`, 'utf8').trim(), '')
  },
)

test(
  'version 1: devices.list is that of a container of runc with the same rules',
  { skip: skip || (groupOfDevices() === undefined ? 'the devices controller of version 1' : withoutRunc()) },
  async (t) => {
    const devices = [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'b', major: 8, minor: 1, access: 'rw' },
      { allow: true, type: 'c', major: 10, access: 'r' },
      { allow: true, type: 'c', major: 1, minor: 11, access: 'rwm' },
      { allow: false, type: 'c', major: 1, minor: 11, access: 'm' },
      { allow: false, type: 'c', major: 1, minor: 3, access: 'rwm' },
    ]
    const nodes = [{ path: '/dev/zero', type: 'c', major: 1, minor: 5 }, { path: '/dev/kmsg', type: 'c', major: 1, minor: 11 }] // prettier-ignore
    const bundle = mkdtempSync(join(tmpdir(), 'stator-runc-'))
    t.after(() => rmSync(bundle, { recursive: true }))
    mkdirSync(join(bundle, 'rootfs'))
    execFileSync('runc', ['spec'], { cwd: bundle })
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'))
    config.process.terminal = false
    config.process.args = ['/bin/sleep', '100']
    config.linux.cgroupsPath = `${BASE}/runc`
    config.linux.devices = nodes
    config.linux.resources.devices = devices
    for (const folder of ['/bin', '/usr', '/lib', '/lib64'].filter((folder) => existsSync(folder))) {
      config.mounts.push({ destination: folder, source: folder, type: 'bind', options: ['rbind', 'ro'] })
    }
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config))
    const id = `stator-test-${process.pid}`
    const root = join(bundle, 'state')
    execFileSync('runc', ['--root', root, 'create', '--bundle', bundle, id], { stdio: 'ignore' })
    let expected: string
    try {
      expected = readFileSync(`${groupOfDevices()}${BASE}/runc/devices.list`, 'utf8')
    } finally {
      execFileSync('runc', ['--root', root, 'delete', '--force', id])
      sweep()
    }

    const rules = devices.map(({ allow, type, major, minor, access }) => ({
      allow,
      access,
      ...(type === undefined ? {} : { type: type as 'b' | 'c' }),
      ...(major === undefined ? {} : { major: BigInt(major) }),
      ...(minor === undefined ? {} : { minor: BigInt(minor) }),
    }))
    const linux: Linux = {
      resources: { devices: rules },
      devices: nodes.map((node) => ({ ...node, type: 'c', major: BigInt(node.major), minor: BigInt(node.minor) })),
    }
    const receipt = await groups(t, { name: 'own', layout: layout() }, linux)
    assert.equal(readFileSync(`${groupWith(receipt, 'devices')?.folder}/devices.list`, 'utf8'), expected)
  },
)

function groupOfDevices(): string | undefined {
  return layout().legacy.find(({ controllers }) => controllers.includes('devices'))?.mount
}

function withoutRunc(): string | false {
  return spawnSync('runc', ['--version']).status === 0 ? false : 'runc'
}
