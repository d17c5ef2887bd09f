// Layouts of other machines, from their own texts.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseLayout } from '../../../src/actors/cgroup/layout.ts'

function read(mountinfo: string, cgroup: string, controllers = 'cpuset cpu io memory pids') {
  return parseLayout({ mountinfo, cgroup, controllers: () => controllers })
}

const unrelated = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard`

test('version 2 alone: unified, and the own group is where the last line says', () => {
  const found = read(
    `${unrelated}
30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot`,
    '0::/system.slice/app.service\n',
  )
  assert.deepEqual(found, {
    kind: 'unified',
    unified: {
      version: 2,
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
      mount: '/sys/fs/cgroup',
      own: '/sys/fs/cgroup/system.slice/app.service',
    },
    legacy: [],
  })
})

const v1 = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd`
const v1Groups = `9:name=systemd:/user.slice
8:pids:/user.slice
5:cpu,cpuacct:/
4:memory:/a b/c:d`

test('version 1 alone: legacy, with controllers that are mounted together, and a hierarchy that has a name only', () => {
  const found = read(v1, v1Groups)
  assert.equal(found.kind, 'legacy')
  assert.equal(found.unified, null)
  assert.deepEqual(
    found.legacy.map(({ controllers, own }) => [controllers.join(), own]),
    [
      ['name=systemd', '/sys/fs/cgroup/systemd/user.slice'],
      ['pids', '/sys/fs/cgroup/pids/user.slice'],
      ['cpu,cpuacct', '/sys/fs/cgroup/cpu,cpuacct'],
      ['memory', '/sys/fs/cgroup/memory/a b/c:d'],
    ],
  )
})

test('version 2 beside version 1: hybrid', () => {
  const found = read(
    `${v1}\n41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw`,
    `${v1Groups}\n0::/user.slice`,
    'hugetlb\n',
  )
  assert.equal(found.kind, 'hybrid')
  assert.deepEqual(found.unified, {
    version: 2,
    controllers: ['hugetlb'],
    mount: '/sys/fs/cgroup/unified',
    own: '/sys/fs/cgroup/unified/user.slice',
  })
})

test('version 2 at /sys/fs/cgroup with one controller mounted elsewhere on version 1: unified', () => {
  const found = read(
    `30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
77 27 0:40 / /mnt/net_cls rw - cgroup none rw,net_cls`,
    '3:net_cls:/\n0::/x',
  )
  assert.deepEqual([found.kind, found.legacy], ['unified', []])
})

test('no cgroups, no procfs, or a hierarchy without controllers: none', () => {
  assert.equal(read('', '').kind, 'none')
  assert.equal(read(unrelated, '0::/').kind, 'none')
  assert.equal(read('40 31 0:37 / /c/systemd rw - cgroup cgroup rw,name=systemd', '1:name=systemd:/').kind, 'none')
})

test('inside a container without a cgroup namespace: the mount shows a part of the tree, the path is the whole', () => {
  const found = read('99 90 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw', '0::/docker/abc/nested\n')
  assert.equal(found.unified?.own, '/sys/fs/cgroup/nested')
  const top = read('99 90 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw', '0::/docker/abc')
  assert.equal(top.unified?.own, '/sys/fs/cgroup')
})

test('a group that is not below what is mounted has the root of the mount for its own', () => {
  for (const path of ['/../sibling', '/docker/abcdef', '/']) {
    const found = read('99 90 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw', `0::${path}`)
    assert.equal(found.unified?.own, '/sys/fs/cgroup', path)
  }
  const outside = read('99 90 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw', '0::/../../x')
  assert.equal(outside.unified?.own, '/sys/fs/cgroup')
})

test('of two mounts of one tree the one below /sys/fs/cgroup counts; spaces in paths are read', () => {
  const found = read(
    `50 1 0:26 / /srv/some\\040root/sys/fs/cgroup rw - cgroup2 cgroup rw
51 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw`,
    '0::/',
  )
  assert.equal(found.unified?.mount, '/sys/fs/cgroup')
  const only = read('50 1 0:26 / /srv/some\\040root/cgroup rw - cgroup2 cgroup rw', '0::/')
  assert.equal(only.unified?.mount, '/srv/some root/cgroup')
})
