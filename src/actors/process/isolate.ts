// isolating, the last of it: what else is done to init from outside. Then init goes on.

import { writeFileSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { setLimits } from './limits.ts'
import type { Live } from './live.ts'

export const isolate: Stage<Creation<Live>, null> = {
  name: 'isolating',
  subject: 'process',
  intend: () => null,
  async run(_receipt, { config, live }) {
    const pid = live.processes?.init.pid
    if (live.link === undefined || pid === undefined)
      throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    const { oomScoreAdj } = config.process
    if (oomScoreAdj !== undefined) setOomScore(pid, oomScoreAdj)
    setLimits(pid, config.process)
    live.link.goOn('isolated')
  },
  async undo() {},
}

/** From outside, as a lower score needs the host's CAP_SYS_RESOURCE, which a user namespace does not give. */
function setOomScore(pid: number, score: number): void {
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
