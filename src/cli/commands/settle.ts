// settle: what a keeper becomes when its container has ended and no runtime is attached. Not for people; harmless if they do.

import { defaultRoot } from '../../runtime/default-root.ts'
import { settle as settleRoot } from '../../runtime/settle.ts'
import type { Verb } from '../verb.ts'

export const settle: Verb = {
  define() {},
  async run({ globals }) {
    await settleRoot(globals.root ?? defaultRoot())
    return 0
  },
}
