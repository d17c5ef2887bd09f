// Pointers into config.json, `process.rlimits[0].hard`, and the error that says one.

import { StatorError } from '../errors.ts'

/** The pointer of a member of the object at `at`: `.name`, or `["name"]` where a dot would mislead. */
export function below(at: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${at}[${JSON.stringify(key)}]`
  return at === '' ? key : `${at}.${key}`
}

/** `process.cwd: must be an absolute path`. */
export function invalid(pointer: string, words: string): StatorError {
  if (pointer === '') return new StatorError('ERR_STATOR_CONFIG', `config.json: ${words}`)
  return new StatorError('ERR_STATOR_CONFIG', `${pointer}: ${words}`, { pointer })
}

/** The same for what is valid and not available yet. */
export function unsupported(pointer: string, words = 'is not supported yet'): StatorError {
  return new StatorError('ERR_STATOR_UNSUPPORTED', `${pointer}: ${words}`, { pointer })
}
