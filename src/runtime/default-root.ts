// Where containers are kept unless one says so. Apart from runtime.ts, as `stator plan` and `stator doctor` need no more of it.

import { join } from 'node:path'
import { StatorError } from '../errors.ts'

/** Of root. */
export const rootOfRoot = '/run/stator'

/** @throws {StatorError} ERR_STATOR_PLATFORM: another user than root, who has no folder for such things */
export function defaultRoot(): string {
  if (process.geteuid?.() === 0) return rootOfRoot
  const { XDG_RUNTIME_DIR: folder } = process.env
  if (folder) return join(folder, 'stator')
  const way = 'give "root", on the command line --root DIR'
  const rootless = 'containers need root, as rootless ones are not available yet: see "stator doctor"'
  throw new StatorError('ERR_STATOR_PLATFORM', `open: XDG_RUNTIME_DIR is not set (${way}; ${rootless})`)
}
