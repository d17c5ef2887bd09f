// What the kernel says of a process, for tests of the calls that changed it; and programs to be such a process.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The open descriptors of a process, and what each is: `pipe:[4711]`, `/dev/null`. */
export function descriptors(pid: number | 'self' = 'self'): Map<number, string> {
  const found = new Map<number, string>()
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      found.set(Number(name), readlinkSync(`/proc/${pid}/fd/${name}`))
    } catch {
      // That of the folder itself is gone by now.
    }
  }
  return found
}

/** The flags of an open descriptor as /proc shows them: O_* bits, O_CLOEXEC among them. */
export function openFlagsOf(fd: number): number {
  return Number.parseInt(/^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '', 8)
}

/** The lines of /proc/PID/status. */
export function status(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]))
}

/** Runs a module in a Node of its own. `NATIVE` and `REFUSE` are the URLs of src/native and refuse.ts. Killed after 20 s. */
export function runModule(source: string): SpawnSyncReturns<string> {
  const loader = process.execArgv.filter((argument) => !argument.startsWith('--test'))
  const native = new URL('../../src/native', import.meta.url).href
  const code = source.replaceAll('NATIVE', native).replaceAll('REFUSE', new URL('refuse.ts', import.meta.url).href)
  return spawnSync(process.execPath, [...loader, '--input-type=module', '-e', code], {
    cwd: repository,
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
}

/** Whether the running kernel is this version, or newer. */
export function atLeast(version: number, patch: number): boolean {
  const [running = 0, runningPatch = 0] = release().split('.').map(Number)
  return running > version || (running === version && runningPatch >= patch)
}

/** Why a test that needs root cannot run; false when it can. */
export const withoutRoot: string | false = process.getuid?.() === 0 ? false : 'root is missing'
