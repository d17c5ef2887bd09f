// The stub as a sealed memfd: read once, and nobody, not even a container that finds the descriptor, can change it
// (CVE-2019-5736).

import { readFileSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import type { Fd } from '../../native/fd.ts'
import { installedStub } from '../../native/init/stub.ts'
import { sealedMemfd } from '../../native/memfd.ts'
import { architecture } from '../../native/syscalls.ts'

/** What /proc/PID/exe says of a process that still is the stub. */
export const STUB_NAME = 'stator-init'

let stub: Fd | undefined

export function sealedStub(): Fd {
  if (stub !== undefined) return stub
  const file = installedStub(architecture())
  try {
    return (stub = sealedMemfd(STUB_NAME, readFileSync(file)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new StatorError(
      'ERR_STATOR_PLATFORM',
      `read the stub ${file}: ENOENT (npm run build makes it)`,
      { path: file, errno: 'ENOENT' },
      { cause: error },
    )
  }
}
