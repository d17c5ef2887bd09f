import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, rmdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import {
  bpfProgAttach,
  bpfProgDetach,
  bpfProgGetFdById,
  bpfProgInfo,
  bpfProgLoad,
  bpfProgQuery,
} from '../../src/native/bpf.ts'
import type { Fd } from '../../src/native/fd.ts'
import { statfs } from '../../src/native/statfs.ts'
import * as uapi from '../../src/native/uapi.ts'
import { descriptors, openFlagsOf, runModule, withoutRoot } from './observe.ts'

const unified = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => {
  try {
    return statfs(path).type === uapi.CGROUP2_SUPER_MAGIC
  } catch {
    return false
  }
})
const skip = withoutRoot || (unified === undefined && 'cgroup v2 is missing')

/** `r0 = verdict; exit`: allows or denies all devices. */
function constant(verdict: 0 | 1): Buffer {
  const mov = uapi.BPF_ALU64 | uapi.BPF_MOV | uapi.BPF_K
  return Buffer.from([mov, 0, 0, 0, verdict, 0, 0, 0, uapi.BPF_JMP | uapi.BPF_EXIT, 0, 0, 0, 0, 0, 0, 0])
}

function loaded(t: TestContext, verdict: 0 | 1, name = 'stator_test'): Fd {
  const program = bpfProgLoad({ type: uapi.BPF_PROG_TYPE_CGROUP_DEVICE, instructions: constant(verdict), name })
  t.after(() => program.close())
  return program
}

function group(t: TestContext): { path: string; fd: number } {
  const path = `${unified}/stator-bpf-${process.pid}`
  mkdirSync(path)
  const fd = openSync(path, 'r')
  t.after(() => {
    closeSync(fd)
    rmdirSync(path)
  })
  return { path, fd }
}

/** Whether a process in the group can open /dev/zero. */
function opensDevice(path: string): boolean {
  const { status, stderr } = runModule(`
    import { openSync, writeFileSync } from 'node:fs'
    writeFileSync('${path}/cgroup.procs', '0')
    try { openSync('/dev/zero') } catch (error) { process.exitCode = error.code === 'EPERM' ? 40 : 41 }
  `)
  assert.equal(stderr, '')
  assert(status === 0 || status === 40, String(status))
  return status === 0
}

test('a program is loaded with its name and type, close-on-exec', { skip }, (t) => {
  const program = loaded(t, 1)
  const info = bpfProgInfo(program)
  assert.equal(info.type, uapi.BPF_PROG_TYPE_CGROUP_DEVICE)
  assert.equal(info.name, 'stator_test')
  assert.notEqual(openFlagsOf(program.number) & uapi.O_CLOEXEC, 0)
  using again = bpfProgGetFdById(info.id)
  assert.deepEqual(bpfProgInfo(again), info)
})

test('a refused program is told in the words of the verifier, and leaves no descriptor', { skip }, () => {
  const before = descriptors()
  const instructions = constant(1).subarray(8)
  assert.throws(() => bpfProgLoad({ type: uapi.BPF_PROG_TYPE_CGROUP_DEVICE, instructions, name: 'x' }), {
    code: 'EACCES',
    message: /^bpf\(BPF_PROG_LOAD\): EACCES \(.*R0 !read_ok\)$/,
  })
  assert.deepEqual(descriptors(), before)
  assert.throws(() => bpfProgLoad({ type: 15, instructions: Buffer.alloc(9), name: 'x' }), RangeError)
})

test('an attached program decides, is replaced at one stroke, and detached', { skip }, (t) => {
  const { path, fd } = group(t)
  const [allow, deny] = [loaded(t, 1, 'allow'), loaded(t, 0, 'deny')]
  assert.deepEqual(bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE), [])
  assert.equal(opensDevice(path), true)
  bpfProgAttach(fd, deny, uapi.BPF_CGROUP_DEVICE, { flags: uapi.BPF_F_ALLOW_MULTI })
  assert.deepEqual(bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE), [bpfProgInfo(deny).id])
  assert.equal(opensDevice(path), false)
  bpfProgAttach(fd, allow, uapi.BPF_CGROUP_DEVICE, { flags: uapi.BPF_F_ALLOW_MULTI, replace: deny })
  assert.deepEqual(bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE), [bpfProgInfo(allow).id])
  assert.equal(opensDevice(path), true)
  assert(bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE, { effective: true }).includes(bpfProgInfo(allow).id))
  bpfProgDetach(fd, allow, uapi.BPF_CGROUP_DEVICE)
  assert.deepEqual(bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE), [])
  assert.throws(() => bpfProgDetach(fd, allow, uapi.BPF_CGROUP_DEVICE), { message: 'bpf(BPF_PROG_DETACH): ENOENT' })
})

test('several programs run one after the other, and all must agree', { skip }, (t) => {
  const { path, fd } = group(t)
  const [allow, deny] = [loaded(t, 1, 'allow'), loaded(t, 0, 'deny')]
  for (const program of [allow, deny])
    bpfProgAttach(fd, program, uapi.BPF_CGROUP_DEVICE, { flags: uapi.BPF_F_ALLOW_MULTI })
  assert.deepEqual(
    bpfProgQuery(fd, uapi.BPF_CGROUP_DEVICE),
    [allow, deny].map((program) => bpfProgInfo(program).id),
  )
  assert.equal(opensDevice(path), false)
  for (const program of [allow, deny]) bpfProgDetach(fd, program, uapi.BPF_CGROUP_DEVICE)
})

test('a folder that is no cgroup takes no program', { skip }, (t) => {
  const folder = openSync('/tmp', 'r')
  t.after(() => closeSync(folder))
  const program = loaded(t, 1)
  assert.throws(() => bpfProgAttach(folder, program, uapi.BPF_CGROUP_DEVICE), {
    message: 'bpf(BPF_PROG_ATTACH): EBADF',
  })
  assert.throws(() => bpfProgQuery(folder, uapi.BPF_CGROUP_DEVICE), { code: 'EBADF' })
  assert.throws(() => bpfProgGetFdById(0x7fffffff), { code: 'ENOENT' })
})
