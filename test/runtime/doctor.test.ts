// What doctor finds: on this machine as root nothing that is needed may be missing, and a user lacks what only root has.

import assert from 'node:assert/strict'
import { readlinkSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_THREAD } from '../../src/native/uapi.ts'
import { printPlan } from '../../src/plan/print.ts'
import { examine } from '../../src/runtime/doctor.ts'
import { trialPlan, tryOut } from '../../src/runtime/trial.ts'

const isRoot = process.geteuid?.() === 0

/** As a user for a while. Modules are loaded by then. */
function asNobody<T>(action: () => T): T {
  process.seteuid?.(65534)
  try {
    return action()
  } finally {
    process.seteuid?.(0)
  }
}

const descriptors = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`]
    } catch {
      return [] // the one of the listing
    }
  })

test('here, as root, nothing is missing, and nothing stays open', { skip: isRoot ? false : 'root' }, () => {
  examine() // koffi and the stub stay open
  const before = descriptors()
  assert.deepEqual(
    examine().filter(({ status }) => status === 'missing'),
    [],
  )
  assert.deepEqual(descriptors(), before)
})

test('for a user, the rights that are missing by name', { skip: isRoot ? false : 'root' }, () => {
  examine()
  const findings = asNobody(examine)
  const named = (name: string) => findings.find((finding) => finding.name === name)
  assert.equal(named('CAP_SYS_ADMIN')?.status, 'missing')
  assert.match(named('CAP_SYS_ADMIN')?.how ?? '', /as root/)
  assert.equal(named('mounts by descriptor')?.status, 'missing')
  assert.match(named('mounts by descriptor')?.found ?? '', /^fsopen.*EPERM/)
  assert.equal(named('mnt')?.found, 'EPERM')
  assert.equal(named('openat2')?.status, 'ok')
})

test('each finding that is not ok says how', () => {
  for (const { status, how, name } of examine()) assert.equal(how !== undefined, status !== 'ok', name)
})

test('the trial: the stub runs, clones, and makes a procfs', { skip: isRoot ? false : 'root' }, () => {
  assert.equal(tryOut(0).refusal, null)
  assert.equal(tryOut(CLONE_NEWNS | CLONE_NEWPID).refusal, null)
})

test('the trial: a refusal by its errno, of the clone and inside', { skip: isRoot ? false : 'root' }, () => {
  tryOut(0)
  assert.equal(
    asNobody(() => tryOut(CLONE_NEWNS).refusal),
    'EPERM',
  )
  // A thread without shared memory.
  assert.equal(tryOut(CLONE_THREAD).refusal, 'EINVAL')
  // A new user namespace, and with it a pid namespace: the procfs is refused where the host's is masked, else not.
  assert.ok([null, 'EPERM'].includes(asNobody(() => tryOut(CLONE_NEWUSER | CLONE_NEWPID).refusal)))
})

test('the plan of the trial', () => {
  const text = printPlan(trialPlan(CLONE_NEWPID))
  assert.match(text, /clone3\(\{flags=CLONE_NEWPID/)
  assert.match(text, /fsopen\("proc"/)
  assert.doesNotMatch(printPlan(trialPlan(0)), /fsopen/)
})
