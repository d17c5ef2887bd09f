// Whether init waits to be started: as long as it is the stub.

import { readlinkSync } from 'node:fs'
import { ignoring } from '../../native/errno.ts'
import { isAlive } from '../../native/process-stat.ts'
import type { Processes } from '../creation.ts'
import { STUB_NAME } from './stub.ts'

/** Whether init still waits at the gate: what it runs is still the stub. False: it runs another program, or has ended. */
export function atGate({ init }: Processes): boolean {
  if (!isAlive(init)) return false
  try {
    return readlinkSync(`/proc/${init.pid}/exe`) === `/memfd:${STUB_NAME} (deleted)`
  } catch (error) {
    // It is ending, and has let go of its program before it is a zombie; or is not ours to look at. Nothing says that it was started.
    ignoring('ENOENT', 'ESRCH', 'EACCES')(error)
    return true
  }
}
