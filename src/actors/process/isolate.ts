// isolating, the last of it: what else is done to init from outside. Then init goes on.

import { StatorError } from '../../errors.ts'
import { limitsComeLate } from '../../plan/compile/container.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { fromOutside } from './from-outside.ts'
import { setLimits } from './limits.ts'
import { setOomScore } from './oom-score.ts'
import type { Live } from './live.ts'

export const isolate: Stage<Creation<Live>, null> = {
  name: 'isolating',
  subject: 'process',
  intend: () => null,
  async run(_receipt, { config, live }) {
    const pid = live.processes?.init.pid
    if (pid === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    // It builds its root meanwhile, and that may fail: `confining`, which waits for it, tells at what.
    fromOutside(live, 'isolated', () => {
      setOomScore(pid, config.process)
      if (!limitsComeLate(config)) setLimits(pid, config.process)
    })
  },
  async undo() {},
}
