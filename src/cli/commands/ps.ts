// stator ps: the processes of a container, as ps shows them or as a list of pids.

import { spawnSync } from 'node:child_process'
import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import type { Verb } from '../verb.ts'

export const ps: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .argument('[options...]', 'options of ps; -ef unless told. Its output must have a column PID')
      .option('-f, --format <format>', 'table: what ps prints; json: an array of pids', 'table')
      .passThroughOptions()
      .addHelpText('after', '\nPids are those of this machine. A container that has stopped has no processes.')
  },
  async run({ args, options, globals, print, about }) {
    const [id, given] = args as [string, readonly string[]]
    about(id)
    const pids = await pidsOf(id, globals.root)
    const { format } = options as { format: string }
    if (format === 'json') print(`${JSON.stringify(pids)}\n`)
    else if (format === 'table') print(rowsOf(new Set(pids), runPs(given.length === 0 ? ['-ef'] : given)))
    else throw new StatorError('ERR_STATOR_CONFIG', 'invalid format option (table or json)')
    return 0
  },
}

async function pidsOf(id: string, root: string | undefined): Promise<readonly number[]> {
  const { openRuntimeFor } = await import('../../runtime/open.ts')
  await using runtime = await openRuntimeFor('asked', root === undefined ? {} : { root })
  const container = await runtime.get(id)
  try {
    return await container.processes()
  } catch (error) {
    if (error instanceof StatorError && error.code === 'ERR_STATOR_STATUS') return []
    throw error
  }
}

/** @throws {StatorError} ERR_STATOR_CONFIG: it does not take the options */
function runPs(options: readonly string[]): string {
  // The output of a machine with many processes, and long command lines.
  const { error, status, signal, stdout, stderr } = spawnSync('ps', options, { encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (error !== undefined) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'executable file not found in $PATH (install procps)' : code
    throw new StatorError('ERR_STATOR_PLATFORM', `ps: ${why}`, { errno: code }, { cause: error })
  }
  if (status === 0) return stdout
  const how = status === null ? `signal: ${signal}` : `exit status ${status}`
  throw new StatorError('ERR_STATOR_CONFIG', `ps ${options.join(' ')}: ${how}: ${`${stdout}${stderr}`.trim()}`)
}

/** The title, and the lines of these processes. */
export function rowsOf(pids: ReadonlySet<number>, table: string): string {
  const [title = '', ...lines] = table.split('\n')
  const column = words(title).indexOf('PID')
  if (column === -1) throw new StatorError('ERR_STATOR_CONFIG', "couldn't find PID field in ps output")
  const rows = lines.filter((line) => {
    if (line.trim() === '') return false
    const word = words(line)[column] ?? ''
    if (!/^\d+$/.test(word)) throw new StatorError('ERR_STATOR_CONFIG', `unable to parse pid: ${JSON.stringify(word)}`)
    return pids.has(Number(word))
  })
  return [title, ...rows].map((line) => `${line}\n`).join('')
}

function words(line: string): string[] {
  return line.split(/\s+/).filter(Boolean)
}
