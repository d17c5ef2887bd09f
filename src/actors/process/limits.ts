// process.rlimits, from outside.

import { StatorError } from '../../errors.ts'
import { SyscallError } from '../../native/errno.ts'
import { prlimit } from '../../native/prlimit.ts'
import { rlimits } from '../../native/uapi.ts'
import type { Process } from '../../oci/config.ts'

/**
 * Sets them with the host's rights, as a higher hard limit needs them, while init still has this process's user: another's
 * limits may be set only with CAP_SYS_RESOURCE (prlimit(2)). A limit of open files that is
 * lower than what init still needs is set by init itself, last of all (kernel rule 17).
 */
export function setLimits(pid: number, process: Process): void {
  process.rlimits?.forEach(({ type, soft, hard }, index) => {
    const pointer = `process.rlimits[${index}]`
    const resource = rlimits[type]
    try {
      if (resource === undefined) throw new RangeError(`${type} is not a limit`)
      const now = type === 'RLIMIT_NOFILE' ? prlimit(pid, resource) : { soft, hard }
      const max = (a: bigint, b: bigint) => (a > b ? a : b)
      prlimit(pid, resource, { soft: max(soft, now.soft), hard: max(hard, now.hard) })
    } catch (error) {
      const errno = error instanceof SyscallError ? error.code : String(error)
      throw new StatorError(
        'ERR_STATOR_STAGE',
        `limit ${type} to ${soft}, at most ${hard}: ${errno} (${pointer})`,
        { pointer, errno, syscall: 'prlimit64' },
        { cause: error },
      )
    }
  })
}
