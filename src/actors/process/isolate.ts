// isolating, the last of it: what else is done to init from outside. Then init goes on.

import { StatorError } from '../../errors.ts'
import { limitsComeLate } from '../../plan/compile/container.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { setLimits } from './limits.ts'
import { setOomScore } from './oom-score.ts'
import { type Live, stillThere } from './live.ts'

function isGone(thrown: unknown): boolean {
  const { code, errno } = thrown as { code?: unknown; errno?: unknown }
  return [code, errno].some((name) => name === 'ESRCH' || name === 'EPIPE')
}

export const isolate: Stage<Creation<Live>, null> = {
  name: 'isolating',
  subject: 'process',
  intend: () => null,
  async run(_receipt, { config, live }) {
    const pid = live.processes?.init.pid
    if (live.link === undefined || pid === undefined)
      throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    try {
      stillThere(live)
      setOomScore(pid, config.process)
      if (!limitsComeLate(config)) setLimits(pid, config.process)
      live.link.goOn('isolated')
    } catch (thrown) {
      // It builds its root meanwhile, and that may fail: `confining`, which waits for it, tells at what.
      if (live.link.failure() === undefined && !isGone(thrown)) throw thrown
    }
  },
  async undo() {},
}
