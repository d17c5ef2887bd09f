// Starts the stub with a plan and the descriptors that the plan inherits by name.

import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import { Fd, numberOf } from '../../native/fd.ts'
import { fcntl } from '../../native/libc.ts'
import { sealedMemfd } from '../../native/memfd.ts'
import { prlimit } from '../../native/prlimit.ts'
import { spawn } from '../../native/spawn.ts'
import { F_DUPFD_CLOEXEC, RLIMIT_NOFILE } from '../../native/uapi.ts'
import type { Plan } from '../../plan/builder.ts'
import { PLAN_DESCRIPTOR } from '../../plan/layout.ts'
import { STUB_NAME, sealedStub } from './stub.ts'

/**
 * @param named what `plan.inherited` asks for, by name
 * @returns the keeper's pid
 */
export function spawnStub(
  plan: Plan,
  stdio: ReadonlyMap<number, Fd | number>,
  named: ReadonlyMap<string, Fd | number>,
  title: string,
): number {
  using file = sealedMemfd('stator-plan', plan.bytes)
  const descriptors = new Map<number, Fd | number>(stdio)
  descriptors.set(PLAN_DESCRIPTOR, file)
  for (const [name, number] of plan.inherited) {
    const descriptor = named.get(name)
    if (descriptor === undefined || numberOf(descriptor) < 0)
      throw new StatorError('ERR_STATOR_STAGE', `the plan inherits "${name}", which nobody has opened`)
    descriptors.set(number, descriptor)
  }
  // The path is looked up when the descriptors are in place: in a process with a thousand open files the stub's number may
  // be one of theirs.
  const stub = sealedStub()
  const above = Math.max(...descriptors.keys()) + 1
  const apart = descriptors.has(stub.number) ? new Fd(fcntl(stub.number, F_DUPFD_CLOEXEC, above)) : null
  try {
    const path = `/proc/self/fd/${(apart ?? stub).number}`
    return spawn({ path, argv: [STUB_NAME, title], env: [], descriptors })
  } catch (error) {
    throw tooLow(Math.max(...descriptors.keys()), error) ?? error
  } finally {
    apart?.close()
  }
}

/** The numbers that a plan uses are above those that programs do, and the limit is one of numbers, not of open files. */
function tooLow(highest: number, cause: unknown): StatorError | null {
  if (!(cause instanceof SyscallError) || !['EBADF', 'EMFILE', 'EINVAL'].includes(cause.code)) return null
  const { soft } = prlimit(0, RLIMIT_NOFILE)
  if (soft > highest) return null
  const message = `start the keeper: ${cause.code} (RLIMIT_NOFILE is ${soft} here: raise it to at least ${highest + 1})`
  return new StatorError('ERR_STATOR_PLATFORM', message, { syscall: cause.syscall, errno: cause.code }, { cause })
}
