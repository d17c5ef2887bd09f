import assert from 'node:assert/strict'
import { fstatSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import { namespaceType, openNamespace } from '../../src/native/namespace.ts'
import { mkfifo } from '../../src/native/pipe.ts'
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_CLOEXEC,
} from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { descriptors, openFlagsOf } from './observe.ts'

const kinds = {
  cgroup: CLONE_NEWCGROUP,
  ipc: CLONE_NEWIPC,
  net: CLONE_NEWNET,
  mnt: CLONE_NEWNS,
  pid: CLONE_NEWPID,
  time: CLONE_NEWTIME,
  user: CLONE_NEWUSER,
  uts: CLONE_NEWUTS,
}

test('each kind of namespace opens as what it is, close-on-exec', () => {
  for (const [name, flag] of Object.entries(kinds)) {
    using namespace = openNamespace(`/proc/self/ns/${name}`, flag)
    assert.equal(namespaceType(namespace), flag, name)
    assert.equal(fstatSync(namespace.number).ino, statSync(`/proc/self/ns/${name}`).ino)
    assert.notEqual(openFlagsOf(namespace.number) & O_CLOEXEC, 0)
  }
})

test('a namespace of another kind is refused, both kinds named, and nothing stays open', () => {
  const before = descriptors()
  assert.throws(() => openNamespace('/proc/self/ns/net', CLONE_NEWNS), {
    code: 'EINVAL',
    message: 'ioctl("/proc/self/ns/net", NS_GET_NSTYPE): EINVAL (a network namespace, and should be a mount namespace)',
  })
  assert.deepEqual(descriptors(), before)
})

test('what is no namespace is refused without being opened', (t) => {
  const path = folder(t)
  writeFileSync(`${path}/file`, '')
  // Opening a FIFO to read would wait for a writer, for ever.
  mkfifo(`${path}/fifo`, 0o600)
  symlinkSync('/proc/self/ns/net', `${path}/link`)
  const before = descriptors()
  for (const name of ['file', 'fifo', '.']) {
    assert.throws(() => openNamespace(`${path}/${name}`, CLONE_NEWNET), { code: 'EINVAL', message: /not a namespace/ })
  }
  assert.throws(() => openNamespace(`${path}/absent`, CLONE_NEWNET), { code: 'ENOENT', syscall: 'openat' })
  assert.deepEqual(descriptors(), before)
  openNamespace(`${path}/link`, CLONE_NEWNET).close()
})

test('asking another file for its kind is ENOTTY', () => {
  assert.throws(() => namespaceType(0), { syscall: 'ioctl', message: /NS_GET_NSTYPE/ })
})
