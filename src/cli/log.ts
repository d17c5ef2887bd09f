// The log: what was ignored, what was odd, what failed. On stderr as lines, or in the file of --log, as text or as the JSON
// that engines read of runc (level, msg, time).

import { appendFileSync } from 'node:fs'
import { StatorError } from '../errors.ts'
import type { ParseNotes } from '../oci/parse.ts'
import type { GlobalFlags } from './flags.ts'
import { oneLine } from './report.ts'

export type Level = 'debug' | 'warning' | 'error'

export class Log {
  readonly #flags: GlobalFlags
  readonly #stderr: (text: string) => void

  constructor(flags: GlobalFlags, stderr: (text: string) => void) {
    this.#flags = flags
    this.#stderr = stderr
  }

  /** Before anything is done: whoever names a file wants to read it. @throws {StatorError} ERR_STATOR_CONFIG */
  open(): void {
    const { log } = this.#flags
    if (log !== undefined) appendLine(log, '')
  }

  /** Whether anybody will see `debug` lines. */
  get debugs(): boolean {
    return this.#flags.debug === true
  }

  /** What a config.json has that stops nothing. */
  get notes(): Required<ParseNotes> {
    return {
      onIgnored: (pointer) => this.debug(`config.json: ${pointer}: not in the specification, ignored`),
      onWarning: (pointer, message) => this.warn(`config.json: ${pointer}: ${message}`),
    }
  }

  debug(message: string): void {
    if (this.debugs) this.#write('debug', message, {})
  }

  warn(message: string): void {
    this.#write('warning', message, {})
  }

  /**
   * An error that ends the command. It is one line on stderr wherever the log is, as nobody reads a file that they do
   * not know of; with JSON and without a file that line is the object.
   *
   * @param fields what the object has besides level, msg and time
   */
  error(message: string, fields: object): void {
    this.#write('error', message, fields)
    if (this.#flags.log !== undefined) this.#stderr(`stator: ${oneLine(message)}\n`)
  }

  #write(level: Level, message: string, fields: object): void {
    const { log, logFormat } = this.#flags
    const time = new Date().toISOString()
    const msg = oneLine(message)
    const line =
      logFormat === 'json'
        ? `${JSON.stringify({ ...fields, level, msg, time })}\n`
        : log === undefined
          ? `stator: ${level === 'error' ? '' : `${level}: `}${msg}\n`
          : `time="${time}" level=${level} msg=${JSON.stringify(msg)}\n`
    if (log === undefined) this.#stderr(line)
    else appendLine(log, line)
  }
}

/** @throws {StatorError} ERR_STATOR_CONFIG: the file of --log cannot be written */
function appendLine(path: string, line: string): void {
  try {
    appendFileSync(path, line, { mode: 0o600 })
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new StatorError('ERR_STATOR_CONFIG', `log to "${path}": ${code}`, { path, errno: code }, { cause: error })
  }
}
