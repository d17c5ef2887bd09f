// The kernel's files in a group's folder: a value is one write, and an error names the file and what was to be in it.

import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'

import { type ErrorPlace, StatorError } from '../../errors.ts'

/** A file's text; null where the group, or the file in it, is not there. */
export function readControl(folder: string, file: string): string | null {
  try {
    return readFileSync(`${folder}/${file}`, 'utf8')
  } catch (error) {
    // ENODEV: the group was removed while the file was open.
    if (isErrno(error, 'ENOENT', 'ENODEV')) return null
    throw failure(error, `read ${folder}/${file}`, `${folder}/${file}`)
  }
}

/** The number behind a name, in a file of such lines (`cgroup.events`, `memory.events`); null where there is none. */
export function readKey(text: string | null, key: string): number | null {
  const found = text === null ? null : new RegExp(`^${key} (\\d+)$`, 'm').exec(text)
  return found === null ? null : Number(found[1])
}

/**
 * Writes each value with a write of its own.
 *
 * @throws {StatorError} ERR_STATOR_STAGE, with the errno
 */
export function writeControl(
  folder: string,
  file: string,
  values: string | readonly string[],
  place: ErrorPlace = {},
): void {
  const path = `${folder}/${file}`
  let current = ''
  try {
    // Not O_CREAT, which would turn a file that is not there into EACCES.
    const descriptor = openSync(path, constants.O_WRONLY)
    try {
      for (const value of typeof values === 'string' ? [values] : values) {
        current = value
        writeSync(descriptor, value)
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw failure(error, `write ${current === '' ? '' : `"${current}" `}to ${path}`, path, place)
  }
}

/** What a call on a group failed with, as the stage's error. */
export function failure(error: unknown, what: string, path: string, place: ErrorPlace = {}): StatorError {
  const { code: found = 'EIO', syscall } = error as { code?: string; syscall?: string }
  const code = found === 'ENOTSUP' ? 'EOPNOTSUPP' : found // one number; Node says the one, the kernel the other
  const fields = { ...(syscall === undefined ? {} : { syscall }), errno: code, path }
  return new StatorError(
    'ERR_STATOR_STAGE',
    `${what}: ${code}`,
    { stage: 'cloning', ...fields, ...place },
    { cause: error },
  )
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  const { code, errno } = error as { code?: string; errno?: unknown }
  // A StatorError has its own code, and the errno's name in `errno`.
  return (code !== undefined && codes.includes(code)) || (typeof errno === 'string' && codes.includes(errno))
}
