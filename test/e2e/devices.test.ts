// Devices: the nodes and links of every /dev, those of linux.devices, and who may open them (linux.resources.devices).

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Device, DeviceRule } from '../../src/oci/config.ts'
import {
  addProbe,
  both,
  type Change,
  freshId,
  lines,
  missing,
  missingRunc,
  output,
  place,
  refusedCreate,
  run,
  runc,
  runcSpec,
  running,
  type Writable,
} from './support.ts'

const skip = missing

/** type, major, minor, mode, owner, group */
const describe = 'stat -c "%n %F %t:%T %a %u:%g"'

const devices =
  (...list: readonly Device[]): Change =>
  ({ linux }) => {
    linux!.devices = structuredClone(list) as Writable<Device>[]
  }

const rules =
  (...list: readonly DeviceRule[]): Change =>
  ({ linux }) => {
    linux!.resources!.devices!.push(...(structuredClone(list) as Writable<DeviceRule>[]))
  }

const withMknod: Change = ({ process }) => {
  const some = ['CAP_MKNOD', 'CAP_DAC_OVERRIDE']
  process.capabilities = { bounding: some, effective: some, permitted: some }
}

const writable: Change = ({ root }) => (root.readonly = false)

/** The rootfs's own /dev instead of a tmpfs. */
const ownDev: Change = (config) => {
  config.mounts = config.mounts!.filter(({ destination }) => !destination.startsWith('/dev'))
  config.root.readonly = false
}

test('the default devices: type, numbers, mode and owner', { skip }, async (t) => {
  const at = await place(t)
  assert.deepEqual(await lines(at, `cd /dev; ${describe} null zero full random urandom tty`), [
    'null character special file 1:3 666 0:0',
    'zero character special file 1:5 666 0:0',
    'full character special file 1:7 666 0:0',
    'random character special file 1:8 666 0:0',
    'urandom character special file 1:9 666 0:0',
    'tty character special file 5:0 666 0:0',
  ])
})

test('the default links', { skip }, async (t) => {
  const at = await place(t)
  assert.deepEqual(await lines(at, 'for link in fd stdin stdout stderr ptmx; do readlink /dev/$link; done'), [
    '/proc/self/fd',
    '/proc/self/fd/0',
    '/proc/self/fd/1',
    '/proc/self/fd/2',
    'pts/ptmx',
  ])
})

test('/dev has what it has under runc', { skip: missingRunc }, async (t) => {
  const at = await place(t)
  const spec = runcSpec(at, ['sh', '-c', `cd /dev; ls; ${describe} *; readlink fd stdin ptmx`])
  const theirs = runc(at, spec)
  const ours = await at.runtime.run({ id: freshId(), config: spec, rootfs: at.rootfs })
  assert.equal(ours.stdout, theirs.stdout)
  assert.match(ours.stdout, /null/)
})

test('they work: what is read and written', { skip }, async (t) => {
  const at = await place(t)
  const script =
    'echo gone > /dev/null; cat /dev/null; head -c 2 /dev/zero | tr "\\0" z; echo; (echo full > /dev/full) 2>&1 | grep -o "No space left on device"; head -c 5 /dev/urandom | wc -c; ls /dev/pts'
  assert.deepEqual(await lines(at, script), ['zz', 'No space left on device', '5', 'ptmx'])
})

test('a mask of this process makes no difference to modes', { skip }, async (t) => {
  const at = await place(t)
  const mask = process.umask(0o077)
  t.after(() => process.umask(mask))
  assert.equal(await output(at, 'stat -c %a /dev/null /dev/tty | sort -u; stat -c %a /dev'), '666\n755\n')
})

test('linux.devices: characters, blocks and FIFOs, with mode and owner, anywhere', { skip }, async (t) => {
  const at = await place(t)
  const found = await lines(
    at,
    `${describe} /dev/char /dev/block /dev/fifo /dev/unbuffered /dev/net/tun /opt/far/away /dev/plain`,
    both(
      writable,
      devices(
        { path: '/dev/char', type: 'c', major: 10n, minor: 229n, fileMode: 0o640, uid: 1, gid: 2 },
        { path: '/dev/block', type: 'b', major: 7n, minor: 0n, fileMode: 0o600, uid: 0, gid: 6 },
        { path: '/dev/fifo', type: 'p', fileMode: 0o622 },
        { path: '/dev/unbuffered', type: 'u', major: 1n, minor: 5n, fileMode: 0o444 },
        { path: '/dev/net/tun', type: 'c', major: 10n, minor: 200n, fileMode: 0o666 },
        { path: '/opt/far/away', type: 'c', major: 4095n, minor: 1048575n, fileMode: 0o4777 },
        { path: '/dev/plain', type: 'c', major: 1n, minor: 5n },
      ),
    ),
  )
  assert.deepEqual(found, [
    '/dev/char character special file a:e5 640 1:2',
    '/dev/block block special file 7:0 600 0:6',
    '/dev/fifo fifo 0:0 622 0:0',
    '/dev/unbuffered character special file 1:5 444 0:0',
    '/dev/net/tun character special file a:c8 666 0:0',
    '/opt/far/away character special file fff:fffff 4777 0:0',
    '/dev/plain character special file 1:5 666 0:0',
  ])
})

test('linux.devices: one of a default name takes its place', { skip }, async (t) => {
  const at = await place(t)
  const own = devices({ path: '/dev/zero', type: 'c', major: 1n, minor: 7n, fileMode: 0o600, uid: 3, gid: 4 })
  assert.equal(await output(at, `${describe} /dev/zero`, own), '/dev/zero character special file 1:7 600 3:4\n')
})

test('a node that is there: the right one is taken as it is, a wrong one is refused', { skip }, async (t) => {
  const at = await place(t)
  const node = join(at.rootfs, 'dev/null')
  execFileSync('mknod', ['-m', '640', node, 'c', '1', '3'])
  const zero = devices({ path: '/dev/null', type: 'c', major: 1n, minor: 3n })
  assert.equal(await output(at, `${describe} /dev/null`, ownDev), '/dev/null character special file 1:3 640 0:0\n')
  assert.equal(
    await output(at, `${describe} /dev/null`, both(ownDev, zero)),
    '/dev/null character special file 1:3 640 0:0\n',
  )
  const refusedAt = async (pointer: string, change: Change) => {
    const error = await refusedCreate(at, both(ownDev, change), { code: 'ERR_STATOR_STAGE', pointer, errno: 'EEXIST' })
    assert.match(error.message, /\/dev\/null exists and is not device c 1:3/)
  }
  const wrong: readonly (() => unknown)[] = [
    () => execFileSync('mknod', [node, 'c', '1', '5']),
    () => execFileSync('mknod', [node, 'b', '1', '3']),
    () => writeFileSync(node, ''),
    () => mkdirSync(node),
    () => symlinkSync('/dev/zero', node),
  ]
  for (const make of wrong) {
    rmSync(node, { recursive: true })
    make()
    await refusedAt('linux.devices', () => {})
    await refusedAt('linux.devices[0]', zero)
  }
})

test('a /dev/ptmx that an image brings is replaced: it would be the host’s', { skip }, async (t) => {
  const at = await place(t)
  execFileSync('mknod', [join(at.rootfs, 'dev/ptmx'), 'c', '5', '2'])
  assert.equal(await output(at, ['readlink', '/dev/ptmx'], ownDev), 'pts/ptmx\n')
})

test('a bound /dev is the caller’s: nothing is made in it', { skip }, async (t) => {
  const at = await place(t)
  const dev = join(at.folder, 'dev')
  mkdirSync(dev)
  writeFileSync(join(dev, 'mine'), '')
  const change: Change = (config) => {
    ownDev(config)
    config.mounts!.push({ destination: '/dev', type: 'bind', source: dev, options: ['bind'] })
  }
  assert.equal(await output(at, ['ls', '/dev'], change), 'mine\n')
})

test('a path of linux.devices that leads out by a link stays in the rootfs', { skip }, async (t) => {
  const at = await place(t)
  const outside = join(at.folder, 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(at.rootfs, 'escape'))
  const device = devices({ path: '/escape/node', type: 'c', major: 1n, minor: 5n })
  await run(at, ['true'], both(writable, device)).catch(() => undefined)
  assert.throws(() => statSync(join(outside, 'node')), /ENOENT/)
})

// Who may open them. Nodes of fuse (10:229) and of others, which a container may not use by itself.

test('nodes alone give no right: opening is denied unless a rule allows it', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const nodes = devices(
    { path: '/dev/fuse', type: 'c', major: 10n, minor: 229n, fileMode: 0o666 },
    { path: '/dev/block', type: 'b', major: 7n, minor: 200n, fileMode: 0o666 },
    { path: '/dev/none', type: 'c', major: 240n, minor: 77n, fileMode: 0o666 },
  )
  const attempt = async (...list: DeviceRule[]) => {
    const script = 'for mode in r w; do for node in fuse block none; do probe open /dev/$node $mode; done; done; true'
    return (await lines(at, script, both(nodes, rules(...list))))
      .map((answer) => (answer === 'EPERM' ? 'no' : 'yes'))
      .join(' ')
  }
  const denied = 'no no no no no no'
  assert.equal(await attempt(), denied)
  const fuseRead: DeviceRule = { allow: true, type: 'c', major: 10n, minor: 229n, access: 'r' }
  assert.equal(await attempt(fuseRead), 'yes no no no no no')
  assert.equal(await attempt({ ...fuseRead, access: 'rw' }), 'yes no no yes no no')
  assert.equal(await attempt({ ...fuseRead, type: 'b' }), denied, 'the type counts')
  assert.equal(await attempt({ allow: true, type: 'b', major: 7n, access: 'rwm' }), 'no yes no no yes no', 'any minor')
  assert.equal(await attempt({ allow: true, type: 'c', major: 240n, minor: 77n, access: 'w' }), 'no no no no no yes')
  assert.equal(await attempt({ allow: true, access: 'rwm' }), 'yes yes yes yes yes yes', 'everything')
  assert.equal(
    await attempt({ allow: true, access: 'rwm' }, { allow: false, access: 'rwm' }),
    denied,
    'the last counts',
  )
})

test('the default devices may be used whatever the rules say, and any node may be made', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const script =
    'for node in null zero full random urandom; do probe open /dev/$node r; done; probe mknod /made 240 77; probe open /made r; probe mknod /zero 1 5; probe open /zero r; true'
  const found = await lines(at, script, both(withMknod, writable))
  assert.deepEqual(found, ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'EPERM', 'ok', 'ok'])
})

test('without CAP_MKNOD no node is made', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  assert.equal((await run(at, ['probe', 'mknod', '/made', '1', '5'], writable)).stdout, 'EPERM\n')
})

test('the programs of exec are under the same rules', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const container = await running(
    t,
    at,
    devices({ path: '/dev/fuse', type: 'c', major: 10n, minor: 229n, fileMode: 0o666 }),
  )
  const session = await container.exec({ args: ['probe', 'open', '/dev/fuse', 'r'] })
  assert.equal(await text(session.stdout!), 'EPERM\n')
  await session.wait()
})
