// linux.maskedPaths and linux.readonlyPaths.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import {
  addProbe,
  both,
  type Change,
  lines,
  missing,
  mountHere,
  output,
  ownMountNamespace,
  place,
  type Place,
  refusedCreate,
  run,
  running,
} from './support.ts'

const skip = missing

before(() => {
  if (!skip) ownMountNamespace()
})

const masking =
  (...paths: string[]): Change =>
  ({ linux }) =>
    (linux!.maskedPaths = paths)

const readonly =
  (...paths: string[]): Change =>
  ({ linux }) =>
    (linux!.readonlyPaths = paths)

const asUser: Change = ({ process }) => (process.user = { uid: 1000, gid: 1000 })

const writable: Change = ({ root }) => (root.readonly = false)

function secrets({ rootfs }: Place): void {
  writeFileSync(join(rootfs, 'secret'), 'hidden\n')
  chmodSync(join(rootfs, 'secret'), 0o600)
  mkdirSync(join(rootfs, 'private/deep'), { recursive: true })
  writeFileSync(join(rootfs, 'private/file'), 'hidden\n')
}

test('a masked file is the null device: it reads as empty, and what is written is gone', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  const found = await lines(
    at,
    'stat -c "%F %t:%T" /secret; cat /secret | wc -c; echo more >> /secret; cat /secret | wc -c',
    both(masking('/secret'), writable),
  )
  assert.deepEqual(found, ['character special file 1:3', '0', '0'])
  assert.equal(readFileSync(join(at.rootfs, 'secret'), 'utf8'), 'hidden\n')
})

test('a masked folder is empty and read-only', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  const found = await lines(
    at,
    'ls -A /private; (touch /private/new) 2>&1 | grep -o "Read-only.*"; grep " /private " /proc/self/mountinfo | cut -d" " -f 8-',
    both(masking('/private'), writable),
  )
  assert.deepEqual(found, ['Read-only file system', 'tmpfs none ro'])
})

test('many masked folders share one empty tmpfs, and are each empty', { skip }, async (t) => {
  const at = await place(t)
  const paths = Array.from({ length: 20 }, (_, index) => `/many/${index}`)
  for (const path of paths) {
    mkdirSync(join(at.rootfs, path), { recursive: true })
    writeFileSync(join(at.rootfs, path, 'file'), '')
  }
  assert.deepEqual(
    await lines(at, 'cat /many/*/* 2>/dev/null; ls -A /many/* | grep -c file; true', masking(...paths)),
    ['0'],
  )
})

test('a mask cannot be unmounted, moved away or removed', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  addProbe(at.rootfs)
  const script =
    'probe umount /secret; probe umount /private; probe mount none /secret "" 32; mv /secret /elsewhere 2>&1 | grep -o "busy"; rm -f /secret 2>&1 | grep -o "busy"; cat /secret'
  const found = await lines(at, `${script}; true`, both(masking('/secret', '/private'), writable))
  assert.deepEqual(found, ['EPERM', 'EPERM', 'EPERM', 'busy', 'busy'])
})

test('what a masked path hides is not reached by a mount namespace of the program’s own', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  addProbe(at.rootfs)
  // In a user namespace of its own it may mount, but what came from outside is locked.
  const script = 'unshare -U -r -m sh -c "probe umount /secret; probe umount /private; cat /secret; ls /private"'
  const found = await run(at, ['sh', '-c', script], both(masking('/secret', '/private'), asUser))
  assert.equal(found.stdout, 'EINVAL\nEINVAL\n', found.stderr)
})

test('absent paths are passed over, below files too', { skip }, async (t) => {
  const at = await place(t)
  const paths = ['/no/such/path', '/etc/passwd/below', '/proc/no-such-file']
  assert.equal(await output(at, 'echo runs', both(masking(...paths), readonly(...paths))), 'runs\n')
})

test('a masked path that is a link masks what it leads to, in the rootfs', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  symlinkSync('/secret', join(at.rootfs, 'link'))
  symlinkSync('../../../../../../../../etc/hostname', join(at.rootfs, 'out'))
  assert.equal(await output(at, 'cat /link /secret', masking('/link')), '')
  assert.equal(await output(at, 'echo runs', both(masking('/out'), readonly('/out'))), 'runs\n')
  assert.notEqual(readFileSync('/etc/hostname', 'utf8'), '')
})

test('a link that loops is an error of its own place', { skip }, async (t) => {
  const at = await place(t)
  symlinkSync('loop', join(at.rootfs, 'loop'))
  await refusedCreate(at, masking('/etc', '/loop'), {
    code: 'ERR_STATOR_STAGE',
    pointer: 'linux.maskedPaths[1]',
    errno: 'ELOOP',
  })
  await refusedCreate(at, readonly('/loop'), {
    code: 'ERR_STATOR_STAGE',
    pointer: 'linux.readonlyPaths[0]',
    errno: 'ELOOP',
  })
})

test('the image’s /dev/null has no part in it (CVE-2025-31133, kernel rule 13)', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  addProbe(at.rootfs)
  // An image whose /dev/null leads to what the container must not write; with no /dev of the config over it, and the node
  // being replaced is refused by `devices`, so it is bound.
  const dev = join(at.folder, 'dev')
  mkdirSync(dev)
  const attack: Change = (config) => {
    config.mounts = config.mounts!.filter(({ destination }) => !destination.startsWith('/dev'))
    config.mounts.push({ destination: '/dev', type: 'bind', source: dev, options: ['bind'] })
    config.linux!.maskedPaths = ['/secret', '/proc/version', '/proc/uptime']
  }
  for (const lure of ['/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/secret', '/etc/passwd']) {
    rmSync(join(dev, 'null'), { force: true })
    symlinkSync(lure, join(dev, 'null'))
    const found = await lines(at, 'stat -c "%F %t:%T" /secret /proc/version /proc/uptime', attack)
    assert.deepEqual(found, Array(3).fill('character special file 1:3'), lure)
  }
})

test('a read-only path cannot be written, nor what is below it', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'data/deep'), { recursive: true })
  writeFileSync(join(at.rootfs, 'data/file'), 'kept\n')
  writeFileSync(join(at.rootfs, 'single'), 'kept\n')
  const script =
    '(for file in /data/file /data/deep/new /single; do echo changed > $file; done; rm /data/file; touch /ok && echo ok) 2>&1 | grep -o "Read-only file system\\|ok"'
  const found = await lines(at, script, both(readonly('/data', '/single'), writable))
  assert.deepEqual(found, [...Array(4).fill('Read-only file system'), 'ok'])
  assert.equal(readFileSync(join(at.rootfs, 'data/file'), 'utf8'), 'kept\n')
})

test('a mount below a read-only path keeps its own attributes, and is still there', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'data/sub'), { recursive: true })
  const change = both(readonly('/data'), writable, ({ mounts }) =>
    mounts!.push({ destination: '/data/sub', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec'] }),
  )
  const found = await lines(
    at,
    'touch /data/sub/new && echo written; grep " /data/sub " /proc/self/mountinfo | tail -n1 | cut -d" " -f6; (touch /data/new) 2>&1 | grep -c Read-only',
    change,
  )
  assert.deepEqual(found, ['written', 'rw,nosuid,noexec,relatime', '1'])
})

test(
  '/proc/sys and its like are read-only by default, and what /proc tells of the host is masked',
  { skip },
  async (t) => {
    const at = await place(t)
    const script =
      'for file in /proc/sys/kernel/hostname /proc/sys/net/ipv4/ip_forward /proc/irq/default_smp_affinity; do (echo 1 > $file) 2>&1 | grep -c Read-only; done; cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls -A /proc/acpi /sys/firmware /proc/scsi 2>/dev/null | grep -v : | grep -c .; true'
    assert.deepEqual(await lines(at, script), ['1', '1', '1', '0', '0'])
  },
)

test('masks and read-only paths are of the container: the host’s files are as before', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  mkdirSync(join(at.folder, 'shared'))
  mountHere(['--bind', join(at.folder, 'shared')], join(at.folder, 'shared'))
  await running(t, at, both(masking('/secret', '/private'), readonly('/etc')))
  assert.equal(readFileSync(join(at.rootfs, 'secret'), 'utf8'), 'hidden\n')
  writeFileSync(join(at.rootfs, 'etc/new'), '')
})

test('the same path twice, a path and what is below it', { skip }, async (t) => {
  const at = await place(t)
  secrets(at)
  const found = await lines(
    at,
    'cat /secret | wc -c; ls -A /private | wc -l',
    both(
      masking('/secret', '/secret', '/private', '/private/deep', '/private/file'),
      readonly('/private', '/private', '/'),
    ),
  )
  assert.deepEqual(found, ['0', '0'])
})
