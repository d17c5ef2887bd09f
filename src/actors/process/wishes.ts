// What of a launch the plan depends on.

import { usual, type Wishes } from '../../plan/compile/wishes.ts'
import type { Launch } from '../creation.ts'

export function wishesOf({ preserveFds, pivotRoot, newKeyring }: Launch): Wishes {
  return {
    preserved: preserveFds ?? usual.preserved,
    pivotRoot: pivotRoot ?? usual.pivotRoot,
    newKeyring: newKeyring ?? usual.newKeyring,
  }
}
