// What is done to init from outside, when it has ended by then: nothing, to nobody, and not even an error of its own.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromOutside } from '../../../src/actors/process/from-outside.ts'
import { StubLink } from '../../../src/actors/process/link.ts'
import type { Live } from '../../../src/actors/process/live.ts'
import { errnos, SyscallError } from '../../../src/native/errno.ts'
import type { Fd } from '../../../src/native/fd.ts'
import { pidfdOpen, pidfdSendSignal, waitPidfd } from '../../../src/native/pidfd.ts'
import { socketpair } from '../../../src/native/socket.ts'
import { spawn } from '../../../src/native/spawn.ts'
import { SIGKILL } from '../../../src/native/uapi.ts'
import { PlanBuilder } from '../../../src/plan/builder.ts'

/** An init that was killed, and has been reaped. */
function ended(): Fd {
  const fd = pidfdOpen(spawn({ path: '/bin/sleep', argv: ['sleep', '600'], env: [] }))
  pidfdSendSignal(fd, SIGKILL)
  while (waitPidfd(fd) === null);
  return fd
}

/** @param held whether init holds its end of the socket */
function live(init: Fd | undefined, held: boolean) {
  const [keeper, keeperPeer] = socketpair()
  const [own, peer] = socketpair()
  if (!held) peer.close()
  const link = new StubLink(new PlanBuilder('x86_64').build(), keeper, own)
  const close = () => {
    link.close()
    for (const fd of [keeper, keeperPeer, own, peer, init]) fd?.close()
  }
  return { live: { init, link } as Live, close }
}

test('of one that was killed and reaped nothing is done, and nothing is thrown', () => {
  for (const init of [ended(), undefined]) {
    const { live: of, close } = live(init, false)
    let acts = 0
    fromOutside(of, 'limited', () => acts++)
    assert.equal(acts, 0)
    close()
  }
})

test('of one that ends meanwhile, neither what is done nor the go-on throws', () => {
  const fd = pidfdOpen(process.pid)
  const { live: of, close } = live(fd, false)
  fromOutside(of, 'limited', () => {
    throw new SyscallError('prlimit64', errnos.ESRCH)
  })
  fromOutside(of, 'limited', () => {}) // EPIPE
  close()
})

test('what fails for another reason is thrown, and does not let init go on', () => {
  const fd = pidfdOpen(process.pid)
  const { live: of, close } = live(fd, true)
  assert.throws(
    () =>
      fromOutside(of, 'limited', () => {
        throw new SyscallError('prlimit64', errnos.EPERM)
      }),
    { code: 'EPERM' },
  )
  close()
})

test('who lets one go on that has ended without a word is told so, and until when it lived', () => {
  const { live: of, close } = live(undefined, false)
  assert.throws(() => of.link?.goOn('ready'), {
    code: 'ERR_STATOR_STAGE',
    role: 'init',
    message: 'init ended before it was let go on from "ready" (killed?)',
  })
  close()
})
