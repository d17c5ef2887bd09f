// A program's end as this command's own.

import type { Exit } from '../actors/exit.ts'
import { StatorError } from '../errors.ts'

/** @throws {StatorError} ERR_STATOR_KEEPER: nobody knows it */
export function exitCodeOf({ exitCode }: Exit): number {
  if (exitCode !== null) return exitCode
  throw new StatorError('ERR_STATOR_KEEPER', 'the keeper was killed, and how the program has ended is unknown')
}
