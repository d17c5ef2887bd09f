// A root with containers that are only files, whose program is this process.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { bootId, processStartTime } from '../../src/native/process-stat.ts'
import { folder } from './support.ts'

export function rootWith(t: TestContext, statuses: Readonly<Record<string, string>>, changes: object = {}): string {
  const root = folder(t)
  for (const [id, status] of Object.entries(statuses)) {
    const init = { pid: process.pid, startTime: processStartTime(process.pid) }
    const state = { schema: 1, id, status, command: null, bootId: bootId(), context: { init }, ...changes }
    mkdirSync(join(root, id))
    writeFileSync(join(root, id, 'state.json'), JSON.stringify(state))
  }
  return root
}
