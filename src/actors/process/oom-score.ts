// process.oomScoreAdj.

import { writeFileSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import type { Process } from '../../oci/config.ts'

/** From outside, as a lower score needs the host's CAP_SYS_RESOURCE, which a user namespace does not give. */
export function setOomScore(pid: number, { oomScoreAdj: score }: Process): void {
  if (score === undefined) return
  const path = `/proc/${pid}/oom_score_adj`
  const pointer = 'process.oomScoreAdj'
  try {
    writeFileSync(path, String(score))
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new StatorError(
      'ERR_STATOR_STAGE',
      `write ${score} to oom_score_adj: ${errno} (${pointer})`,
      { pointer, path, errno, syscall: 'write' },
      { cause: error },
    )
  }
}
