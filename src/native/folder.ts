// Making a folder with all that are missing above it. Node's own (mkdirSync with `recursive`) never returns where the kernel
// says ENOENT below a folder that is there, as in /proc and in a control group that is being removed.

import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errnoNumber, errnos, SyscallError } from './errno.ts'

/**
 * Level by level. One that is there is fine, whoever makes it.
 *
 * @returns the topmost one that was made; undefined: all were there
 * @throws {SyscallError} mkdir, with the folder that could not be made
 */
export function makeFolders(path: string, mode = 0o777): string | undefined {
  const missing: string[] = []
  for (let folder = resolve(path); !isFolder(folder); folder = dirname(folder)) {
    missing.push(folder)
    if (folder === dirname(folder)) break
  }
  let first: string | undefined
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, mode)
      first ??= folder
    } catch (error) {
      const { code = 'EIO' } = error as NodeJS.ErrnoException
      // Somebody else has made it meanwhile.
      if (code === 'EEXIST' && isFolder(folder)) continue
      // Something else has the name: as mkdir(2) says it of the whole path.
      const isAbove = code === 'EEXIST' && folder !== resolve(path)
      const errno = isAbove ? errnos.ENOTDIR : (errnoNumber(code) ?? errnos.EIO)
      throw new SyscallError('mkdir', errno, [folder])
    }
  }
  return first
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // what it is that cannot be looked at, mkdir says
  }
}
