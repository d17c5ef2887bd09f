import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import type { Fd } from '../../src/native/fd.ts'
import {
  fsconfig,
  fsLog,
  fsmount,
  fsopen,
  mountSetattr,
  moveMount,
  openat,
  openat2,
  openTree,
  umount2,
} from '../../src/native/mount.ts'
import { fstatfs } from '../../src/native/statfs.ts'
import * as uapi from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { openFlagsOf, withoutRoot } from './observe.ts'

const skip = withoutRoot

function mounted(point: string): string | undefined {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === point)
}

/** A folder to mount on, free again with the test. */
function mountPoint(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-mount-'))
  t.after(() => {
    while (mounted(path) !== undefined) umount2(path, uapi.MNT_DETACH)
    rmdirSync(path)
  })
  return path
}

/** A tmpfs that is nowhere yet. */
function tmpfs(t: TestContext, ...options: [key: string, value: string][]): Fd {
  using context = fsopen('tmpfs')
  for (const [key, value] of options) fsconfig(context, { key, value })
  fsconfig(context, 'create')
  const mount = fsmount(context, uapi.MOUNT_ATTR_NOSUID)
  t.after(() => mount.close())
  return mount
}

test('a new file system is configured, created, mounted and taken away', { skip }, (t) => {
  const point = mountPoint(t)
  const mount = tmpfs(t, ['size', '64k'], ['mode', '0711'])
  assert.equal(fstatfs(mount).type, uapi.TMPFS_MAGIC)
  assert.equal(fstatfs(mount).blocks * BigInt(fstatfs(mount).blockBytes), 65536n)
  assert.equal(mounted(point), undefined)
  moveMount({ at: mount }, point)
  assert.match(mounted(point) ?? '', / rw,nosuid,relatime .*- tmpfs none rw,size=64k,mode=711/)
  assert.equal(statSync(point).mode & 0o777, 0o711)
  umount2(point, uapi.MNT_DETACH)
  assert.equal(mounted(point), undefined)
})

test("a bad option is told in the kernel's words, once", { skip }, () => {
  using context = fsopen('tmpfs')
  assert.throws(() => fsconfig(context, { key: 'size', value: 'much' }), {
    message: `fsconfig(${context.number}, FSCONFIG_SET_STRING, "size", "much", 0): EINVAL (e tmpfs: Bad value for 'size')`,
  })
  assert.throws(() => fsconfig(context, { flag: 'nonsense' }), { message: /FSCONFIG_SET_FLAG, "nonsense".*nonsense/ })
  assert.deepEqual(fsLog(context), [])
})

test('a file system that this kernel lacks is ENODEV', { skip }, () => {
  assert.throws(() => fsopen('nosuchfs'), { message: 'fsopen("nosuchfs", 1): ENODEV' })
})

test('a detached copy of a tree shows the same files, and is gone when it is closed', { skip }, (t) => {
  const path = folder(t)
  writeFileSync(`${path}/file`, 'x')
  const copy = openTree(path, uapi.OPEN_TREE_CLONE)
  assert.notEqual(openFlagsOf(copy.number) & uapi.O_CLOEXEC, 0)
  using file = openat({ at: copy, path: 'file' }, uapi.O_RDONLY)
  assert.equal(readFileSync(file.number, 'latin1'), 'x')
  copy.close()
  assert.throws(() => openTree('/nonexistent', uapi.OPEN_TREE_CLONE), {
    message: 'open_tree(AT_FDCWD, "/nonexistent", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC): ENOENT',
  })
})

test('attributes are set and cleared, and a read-only mount refuses writes', { skip }, (t) => {
  const mount = tmpfs(t)
  mountSetattr({ at: mount }, { set: uapi.MOUNT_ATTR_RDONLY | uapi.MOUNT_ATTR_NOEXEC, clear: uapi.MOUNT_ATTR_NOSUID })
  const { flags } = fstatfs(mount)
  assert.equal(flags & (uapi.ST_RDONLY | uapi.ST_NOEXEC | uapi.ST_NOSUID), uapi.ST_RDONLY | uapi.ST_NOEXEC)
  const create = () => openat({ at: mount, path: 'new' }, uapi.O_WRONLY | uapi.O_CREAT, 0o600).close()
  assert.throws(create, { code: 'EROFS' })
  mountSetattr({ at: mount }, { clear: uapi.MOUNT_ATTR_RDONLY })
  create()
})

test('propagation is changed on a mount that is attached', { skip }, (t) => {
  const point = mountPoint(t)
  const mount = tmpfs(t)
  moveMount({ at: mount }, point)
  mountSetattr(point, { propagation: uapi.MS_SHARED })
  assert.match(mounted(point) ?? '', / shared:\d+ /)
  mountSetattr(point, { propagation: uapi.MS_PRIVATE }, uapi.AT_RECURSIVE)
  assert.doesNotMatch(mounted(point) ?? '', / shared:| master:/)
})

test('an attribute that is none, or a place that is none, is told', { skip }, (t) => {
  const mount = tmpfs(t)
  assert.throws(() => mountSetattr({ at: mount }, { set: 0x80000000 }), {
    message: `mount_setattr(${mount.number}, "", AT_EMPTY_PATH, <32 bytes>): EINVAL`,
  })
  assert.throws(() => moveMount({ at: mount }, '/nonexistent'), { message: /MOVE_MOUNT_F_EMPTY_PATH\): ENOENT$/ })
  assert.throws(() => umount2(folder(t), uapi.UMOUNT_NOFOLLOW), { message: /UMOUNT_NOFOLLOW\): EINVAL$/ })
})

test('a path under rules: the root holds, links and mounts do not lead out', (t) => {
  const path = folder(t)
  mkdirSync(`${path}/in`)
  writeFileSync(`${path}/in/file`, 'inside')
  symlinkSync('/in/file', `${path}/absolute`)
  symlinkSync('../../../../../etc/passwd', `${path}/climber`)
  using root = openat(path, uapi.O_PATH)
  const resolve = uapi.RESOLVE_IN_ROOT | uapi.RESOLVE_NO_MAGICLINKS
  using file = openat2({ at: root, path: '/absolute' }, { flags: uapi.O_RDONLY, resolve })
  assert.equal(readFileSync(file.number, 'latin1'), 'inside')
  assert.notEqual(openFlagsOf(file.number) & uapi.O_CLOEXEC, 0)
  assert.throws(() => openat2({ at: root, path: 'climber' }, { flags: uapi.O_RDONLY, resolve }), { code: 'ENOENT' })
  assert.throws(() => openat2({ at: root, path: 'climber' }, { flags: uapi.O_RDONLY, resolve: uapi.RESOLVE_BENEATH }), {
    code: 'EXDEV',
  })
  assert.throws(
    () => openat2({ at: root, path: 'absolute' }, { flags: uapi.O_RDONLY, resolve: uapi.RESOLVE_NO_SYMLINKS }),
    {
      message: `openat2(${root.number}, "absolute", O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS): ELOOP`,
    },
  )
  using created = openat2(
    { at: root, path: 'new' },
    { flags: uapi.O_WRONLY | uapi.O_CREAT | uapi.O_EXCL, mode: 0o600, resolve },
  )
  writeSync(created.number, 'x')
  assert.deepEqual(readdirSync(path).sort(), ['absolute', 'climber', 'in', 'new'])
  assert.throws(() => openat('/proc/self/mem\0x', uapi.O_RDONLY), TypeError)
})
