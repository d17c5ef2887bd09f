// An error as one line, or as an object with all its fields.

import { inspect } from 'node:util'
import { StatorError, type ErrorRecord } from '../errors.ts'

/**
 * `create web: mount proc at /proc: EPERM (mounts[0])`: what was asked for, what happened, and where in config.json it
 * comes from, unless the message says so itself.
 *
 * @param asked the command and what it was about: `create web`
 */
export function errorLine(error: unknown, asked: string): string {
  if (!(error instanceof StatorError)) {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return `${asked}: ${words} (this is a bug of Stator; --debug prints where)`
  }
  const { message: given, pointer } = error
  // The library names the command itself: `kill "web": container not running`.
  const named = asked.replace(/^(\S+) (.+)$/, '$1 "$2": ')
  const message = given.startsWith(named) ? given.slice(named.length) : given
  const first = message.startsWith(`${asked}: `) ? message : `${asked}: ${message}`
  return pointer === undefined || pointer === '' || message.includes(pointer) ? first : `${first} (${pointer})`
}

/** The same for a program: all fields of the error. Of a bug, what there is. */
export function errorFields(error: unknown): ErrorRecord | { readonly message: string; readonly stack?: string } {
  if (error instanceof StatorError) return error.toJSON()
  if (!(error instanceof Error)) return { message: String(error) }
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) }
}

/** Where the error was made, and what caused it: for --debug. */
export function errorStack(error: unknown): string {
  const parts: string[] = []
  for (let each = error, depth = 0; each !== undefined && each !== null && depth < 10; depth++) {
    parts.push(each instanceof Error ? (each.stack ?? each.message) : inspect(each))
    each = each instanceof Error ? each.cause : undefined
  }
  return parts.join('\ncaused by: ')
}

/**
 * One line, whatever a message quotes: what a hook has printed, or a path, may hold line ends, and control characters that a
 * terminal would obey.
 */
export function oneLine(text: string): string {
  return (
    text
      .trim()
      .replace(/\s*[\r\n]+\s*/g, '; ')
      // oxlint-disable-next-line no-control-regex -- they are what it is about
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
        return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      })
  )
}
