// The command line in this process, with its text kept; and folders that go with the test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { main } from '../../src/cli/main.ts'

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function stator(...argv: readonly string[]): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const code = await main(argv, {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  })
  return { code, ...said }
}

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-cli-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
