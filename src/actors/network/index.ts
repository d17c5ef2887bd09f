// networking: the container's network, by its strategy.

import { StatorError } from '../../errors.ts'
import type { Cloned, Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { host, loopback, none, strategyOf } from './strategies.ts'

const strategies = new Map([host, loopback, none].map((strategy) => [strategy.name, strategy]))

export type NetworkReceipt = { readonly strategy: string; readonly receipt: null }

export const network: Stage<Creation<Cloned>, NetworkReceipt> = {
  name: 'networking',
  subject: 'network',
  intend: ({ id, config }) => {
    const strategy = strategyOf(config)
    return { strategy: strategy.name, receipt: strategy.intend({ id, config }) }
  },
  async run({ strategy, receipt }, { id, config, live }, signal) {
    const pid = live.processes?.init.pid
    if (pid === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    await strategies.get(strategy)?.create(receipt, { id, config, pid }, signal)
  },
  async undo({ strategy, receipt }) {
    await strategies.get(strategy)?.destroy(receipt)
  },
}
