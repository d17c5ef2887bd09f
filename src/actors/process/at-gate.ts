// Whether init waits to be started: as long as it is the stub.

import { readlinkSync } from 'node:fs'
import { ignoring } from '../../native/errno.ts'
import { isAlive } from '../../native/process-stat.ts'
import type { Processes } from '../creation.ts'
import { STUB_NAME } from './stub.ts'

/** Whether init still waits at the gate: what it runs is still the stub. */
export function atGate({ init }: Processes): boolean {
  if (!isAlive(init)) return false
  try {
    return readlinkSync(`/proc/${init.pid}/exe`) === `/memfd:${STUB_NAME} (deleted)`
  } catch (error) {
    ignoring('ENOENT', 'ESRCH', 'EACCES')(error)
    return false
  }
}
