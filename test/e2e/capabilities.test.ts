// process.capabilities: the five sets, as the kernel tells them of the program.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { capabilities as names } from '../../src/native/uapi.ts'
import type { Capabilities, Spec } from '../../src/oci/config.ts'
import {
  addProbe,
  type Change,
  freshId,
  missing,
  missingRunc,
  output,
  place,
  run,
  runc,
  runcSpec,
  status,
} from './support.ts'

const skip = missing

type Sets = Record<'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient', string[]>

/** The sets of a /proc/PID/status, by name. */
function setsOf(text: string): Sets {
  const { CapInh, CapPrm, CapEff, CapBnd, CapAmb } = status(text)
  const named = (mask = '0') => names.filter((_, number) => (BigInt(`0x${mask}`) >> BigInt(number)) & 1n)
  return {
    inheritable: named(CapInh),
    permitted: named(CapPrm),
    effective: named(CapEff),
    bounding: named(CapBnd),
    ambient: named(CapAmb),
  }
}

/** What this machine's root has: CI machines take away some. */
const own = setsOf(readFileSync('/proc/self/status', 'utf8')).bounding

function having(sets: Capabilities, user = 0): Change {
  return ({ process }) => {
    process.capabilities = structuredClone(sets) as never
    process.user = { uid: user, gid: user }
    process.noNewPrivileges = false
  }
}

const read = ['cat', '/proc/self/status']

test('all five sets of root are just those of the config', { skip }, async (t) => {
  const at = await place(t)
  const wanted: Sets = {
    bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT'],
    permitted: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
    inheritable: ['CAP_KILL', 'CAP_NET_BIND_SERVICE'],
    effective: ['CAP_CHOWN', 'CAP_KILL'],
    ambient: ['CAP_NET_BIND_SERVICE'],
  }
  // Of root, execve(2) makes permitted and effective from inheritable and bounding: unless a securebit says otherwise, all of
  // bounding. What capset has set is seen where there is no execve: see the non-root test.
  const found = setsOf(await output(at, read, having(wanted)))
  assert.deepEqual(found.bounding, wanted.bounding)
  assert.deepEqual(found.inheritable, wanted.inheritable)
  assert.deepEqual(found.ambient, wanted.ambient)
  assert.deepEqual(found.permitted, wanted.bounding)
  assert.deepEqual(found.effective, wanted.bounding)
})

test('of another user only the ambient ones survive execve', { skip }, async (t) => {
  const at = await place(t)
  const all = ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE', 'CAP_NET_RAW']
  const found = setsOf(
    await output(
      at,
      read,
      having({ bounding: all, permitted: all, effective: all, inheritable: all, ambient: ['CAP_NET_RAW'] }, 1000),
    ),
  )
  assert.deepEqual(found, {
    bounding: all,
    permitted: ['CAP_NET_RAW'],
    effective: ['CAP_NET_RAW'],
    inheritable: all,
    ambient: ['CAP_NET_RAW'],
  })
})

test('without capabilities there are none, of anybody', { skip }, async (t) => {
  const at = await place(t)
  const none: Sets = { bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] }
  assert.deepEqual(setsOf(await output(at, read, having({}))), none)
  assert.deepEqual(setsOf(await output(at, read, having({}, 1000))), none)
  assert.deepEqual(setsOf(await output(at, read, ({ process }) => delete process.capabilities)), none)
})

test('every capability that this machine has', { skip }, async (t) => {
  const at = await place(t)
  const sets = { bounding: own, permitted: own, effective: own, inheritable: own, ambient: own }
  assert.deepEqual(setsOf(await output(at, read, having(sets))), sets)
  assert.deepEqual(setsOf(await output(at, read, having(sets, 1000))), sets)
})

test('names that nobody knows are dropped', { skip }, async (t) => {
  const at = await place(t)
  const some = ['CAP_TIME_TRAVEL', 'CAP_KILL', 'CAP_UNKNOWN']
  const found = setsOf(await output(at, read, having({ bounding: some, permitted: some, effective: some })))
  assert.deepEqual(found.bounding, ['CAP_KILL'])
  assert.deepEqual(found.effective, ['CAP_KILL'])
})

test('an ambient capability that is not inheritable is left out, and is no error', { skip }, async (t) => {
  const at = await place(t)
  const some = ['CAP_KILL', 'CAP_CHOWN']
  const found = setsOf(
    await output(
      at,
      read,
      having({ bounding: some, permitted: some, effective: some, inheritable: ['CAP_KILL'], ambient: some }, 1000),
    ),
  )
  assert.deepEqual(found.ambient, ['CAP_KILL'])
})

test('what is not in the bounding set cannot be had again by a setuid program', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs, 'bin/suid', 0o4755)
  const script = 'suid ids; suid mknod /tmp/node 1 3'
  const rw: Change = (config) => {
    having({ bounding: ['CAP_KILL'] }, 1000)(config)
    config.root.readonly = false
  }
  assert.equal((await run(at, ['sh', '-c', script], rw)).stdout, '1000 0 0\nEPERM\n')
})

test('the same sets as runc gives for the same bundle', { skip: missingRunc }, async (t) => {
  const at = await place(t)
  const cases: readonly ((spec: { process: { user?: object; capabilities?: object } }) => void)[] = [
    () => {},
    ({ process }) => (process.user = { uid: 1000, gid: 1000 }),
    ({ process }) => (process.capabilities = {}),
    ({ process }) => {
      const all = ['CAP_CHOWN', 'CAP_NET_RAW', 'CAP_NOT_KNOWN']
      process.capabilities = { bounding: all, permitted: all, effective: all, inheritable: all, ambient: all }
      process.user = { uid: 1000, gid: 1000 }
    },
    ({ process }) => {
      process.capabilities = {
        bounding: ['CAP_KILL', 'CAP_CHOWN'],
        permitted: ['CAP_KILL'],
        effective: [],
        inheritable: ['CAP_CHOWN'],
      }
    },
  ]
  for (const [index, change] of cases.entries()) {
    const spec: Spec = runcSpec(at, read, change)
    const theirs = runc(at, spec)
    assert.equal(theirs.exitCode, 0, theirs.stderr)
    const ours = await at.runtime.run({ id: freshId(), config: spec, rootfs: at.rootfs })
    assert.deepEqual(setsOf(ours.stdout), setsOf(theirs.stdout), `case ${index}`)
  }
})
