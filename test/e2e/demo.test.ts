// `npm run demo`, without its set-up: what a person sees first.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missing } from './support.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

test(
  'the demo shows a plan, a life with its durations, an exec, a log and an error, and cleans up',
  { skip: missing },
  () => {
    const before = readdirSync(tmpdir())
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'examples/demo.ts'], {
      cwd: repository,
      encoding: 'utf8',
      timeout: 30_000,
    })
    assert.equal(status, 0, stderr + stdout)
    assert.equal(stderr, '')
    // Its plan, its life, and in that order.
    const parts = [
      /keeper:\n +0 +/,
      /clone3\(/,
      /\d+ steps: keeper \d+, init \d+/,
      /^ +\d+\.\d ms +lifecycle\.creating$/m,
      /^ +\d+\.\d ms +cloning +process +\d+\.\d\d ms$/m,
      /lifecycle\.running/,
      /exec\.exited +exit code 1/,
      /lifecycle\.stopped +exit code 7/,
      /lifecycle\.deleted/,
      /exec +root bin .*usr/,
      /Read-only file system/,
      /log +stdout: process 1 on stator\n/,
      /log +stdout: bye\n/,
      /exit code +7\n/,
      /tmpfs option size=lots: EINVAL: .*Bad value for 'size' \(mounts\[\d+\]\)/,
      /pointer +mounts\[\d+\]\n/,
      /left behind +nothing\n/,
      /done in \d+\.\d\d s\n$/,
    ]
    let at = 0
    for (const part of parts) {
      const found = stdout.slice(at).search(part)
      assert.notEqual(found, -1, `${part} after ${stdout.slice(at)}`)
      at += found
    }
    // Not a terminal: no colours.
    assert.ok(!stdout.includes('\u001b'), stdout)
    assert.deepEqual(readdirSync(tmpdir()), before)
  },
)
