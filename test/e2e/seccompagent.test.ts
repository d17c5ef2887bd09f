// The seccompagent of runc as the agent of a profile, as Debian ships it in newer packages of runc (`agent` in
// scripts/debian-packages.json): it makes the folder of a mkdir(2) itself, with the metadata behind its name, refuses chmod(2) and its
// kin with ENOMEDIUM, and lets all else go on.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { errnos } from '../../src/native/errno.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import { type RawCall, rawCalls, results } from './raw-calls.ts'
import { type Change, config, freshId, missing, type Place, place, running } from './support.ts'

const skip = missing !== false ? missing : architecture() === 'x86_64' ? false : 'machine code of x86_64'
const numbers = syscalls.x86_64
const ENOMEDIUM = errnos.ENOMEDIUM

const newer = fileURLToPath(new URL('../../build/debian-forky/usr/', import.meta.url))
const libraries = join(newer, 'lib/x86_64-linux-gnu')
const seccompagent = join(newer, 'sbin/seccompagent')

interface Agent extends AsyncDisposable {
  readonly socket: string
}

async function agent({ folder }: Pick<Place, 'folder'>): Promise<Agent> {
  assert.ok(existsSync(seccompagent), 'seccompagent is missing: node scripts/setup.mjs --for test')
  const socket = join(folder, 'seccompagent.sock')
  // It needs a newer libc than this machine's: its own loader finds that one beside it.
  const args = ['--library-path', libraries, seccompagent, '-socketfile', socket]
  // When its listener has ended it goes on asking it, and writes of that without end.
  const child = spawn(join(libraries, 'ld-linux-x86-64.so.2'), args, { stdio: 'ignore' })
  while (!(await listens(socket))) assert.equal(child.exitCode, null, 'seccompagent has ended')
  const end = async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { socket, [Symbol.asyncDispose]: end }
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('error', () => resolve(false))
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
  })
}

const calls: RawCall[] = [
  { number: numbers['mkdir']!, args: ['/tmp/made', 0o700] },
  { number: numbers['mkdir']!, args: ['made-here', 0o755] },
  { number: numbers['chmod']!, args: ['/tmp', 0o711] },
  { number: numbers['fchmod']!, args: [1, 0o711] },
  { number: numbers['fchmodat']!, args: [-100, '/tmp', 0o711] },
  { number: numbers['getpgrp']! },
  { number: numbers['mkdir']!, args: ['/none/made', 0o755] },
]

/** What the calls return, in their order. */
const answers = (group: number) => [0, 0, -ENOMEDIUM, -ENOMEDIUM, -ENOMEDIUM, group, -errnos.ENOSYS]

function addCalls({ rootfs }: Pick<Place, 'rootfs'>): string {
  writeFileSync(join(rootfs, 'bin/calls'), rawCalls(calls), { mode: 0o755 })
  return '/bin/calls'
}

function asking(socket: string, metadata: string, noNewPrivileges: boolean): Change {
  return ({ process, linux, root }) => {
    root.readonly = false
    process.noNewPrivileges = noNewPrivileges
    process.cwd = '/home'
    linux!.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: socket,
      listenerMetadata: metadata,
      syscalls: [{ names: ['mkdir', 'chmod', 'fchmod', 'fchmodat', 'getpgrp'], action: 'SCMP_ACT_NOTIFY' }],
    }
  }
}

for (const noNewPrivileges of [true, false]) {
  const how = noNewPrivileges ? 'with no_new_privs' : 'without no_new_privs'

  test(`${how}: seccompagent answers a container`, { skip, timeout: 60_000 }, async (t) => {
    const at = await place(t)
    await using asked = await agent(at)
    const spec = config(at, [addCalls(at)], asking(asked.socket, 'of-the-test', noNewPrivileges))
    const { mode } = statSync(join(at.rootfs, 'tmp'))
    const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
    await container.start()
    const [written, { code }] = await Promise.all([buffer(container.stdout!), container.wait()])
    assert.equal(code, 0)
    await container.delete()
    assert.deepEqual(results(written), answers(1))
    assert.deepEqual(readdirSync(join(at.rootfs, 'tmp')), ['made-of-the-test'])
    assert.equal(statSync(join(at.rootfs, 'tmp/made-of-the-test')).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(join(at.rootfs, 'home')), ['made-here-of-the-test'])
    assert.equal(statSync(join(at.rootfs, 'tmp')).mode, mode, 'nothing was changed')
  })
}

test(
  'seccompagent answers a process of exec, and one container beside the other',
  { skip, timeout: 60_000 },
  async (t) => {
    const at = await place(t)
    const program = addCalls(at)
    await using asked = await agent(at)
    const first = await running(t, at, asking(asked.socket, 'first', true))
    const second = await running(t, at, asking(asked.socket, 'second', true))
    for (const container of [first, second]) {
      const session = await container.exec({ args: [program] })
      const [written, { code }] = await Promise.all([buffer(session.stdout!), session.wait()])
      assert.equal(code, 0)
      const got = results(written)
      assert.deepEqual(got, answers(got[5]!))
      assert.ok(got[5]! > 0, 'its process group')
    }
    assert.deepEqual(readdirSync(join(at.rootfs, 'tmp')).sort(), ['made-first', 'made-second'])
  },
)
