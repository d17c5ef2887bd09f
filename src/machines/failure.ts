// Errors as a chart keeps them: plain JSON, because a context is stored and a thrown error does not survive that.

import { type ErrorRecord, toStatorError } from '../errors.ts'

/** What an invoked stage was rejected with. Never throws: an action that does ends its actor. */
export function failureOf(thrown: unknown, stage: string): ErrorRecord {
  try {
    return toStatorError(thrown, 'ERR_STATOR_STAGE', { stage }).toJSON()
  } catch {
    return { code: 'ERR_STATOR_STAGE', message: `${stage}: something was thrown that has no text`, stage }
  }
}

/** An undo that failed tells what is left; why there was something to undo stays the failure. */
export function leftBehind(failure: ErrorRecord | null, undo: ErrorRecord): ErrorRecord {
  const left = undo.left ?? [undo.message]
  return failure === null ? { ...undo, left } : { ...failure, left: [...(failure.left ?? []), ...left] }
}
