// What is done to init by its pid while it waits for a go-on.

import { StatorError } from '../../errors.ts'
import { errnos, SyscallError } from '../../native/errno.ts'
import { pidfdSendSignal } from '../../native/pidfd.ts'
import type { SyncPoint } from '../../plan/compile/sync.ts'
import type { Live } from './live.ts'

/**
 * Does something to init, and lets it go on from where it waits. Of an init that has ended nothing is done: who waits for its
 * next sync point (`StubLink.reached`) is told at what it failed, or that it was killed.
 *
 * @throws {StatorError} what `act` throws
 */
export function fromOutside({ init, link }: Live, point: SyncPoint, act: () => void): void {
  if (link === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
  try {
    // Until it is reaped the pid is its own.
    if (init === undefined) throw new SyscallError('pidfd_open', errnos.ESRCH)
    pidfdSendSignal(init, 0)
    act()
    link.goOn(point)
  } catch (thrown) {
    if (link.failure() === undefined && !isGone(thrown) && !link.hasInitEnded()) throw thrown
  }
}

/** The pid. */
function isGone(thrown: unknown): boolean {
  const { code, errno } = thrown as { code?: unknown; errno?: unknown }
  return code === 'ESRCH' || errno === 'ESRCH'
}
