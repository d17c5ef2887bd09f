// --pid-file: renamed into place, so whoever sees it sees all of it.

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StatorError } from '../errors.ts'

/** @throws {StatorError} ERR_STATOR_CONFIG: it cannot be written; nothing is left */
export function writePidFile(path: string, pid: number): void {
  const next = join(dirname(path), `.${basename(path)}`)
  try {
    // What somebody has put there is not followed.
    rmSync(next, { force: true })
    writeFileSync(next, String(pid), { mode: 0o644, flag: 'wx' })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      `write pid file "${path}": ${code}`,
      { path, errno: code },
      { cause: error },
    )
  }
}
