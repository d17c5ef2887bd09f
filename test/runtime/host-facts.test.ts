// The facts that a plan depends on, against what the kernel says.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CgroupReceipt } from '../../src/actors/cgroup/receipt.ts'
import { prlimit } from '../../src/native/prlimit.ts'
import { RLIMIT_NOFILE } from '../../src/native/uapi.ts'
import { hostFacts } from '../../src/runtime/host-facts.ts'

const none: CgroupReceipt = { kind: 'none', mark: '', groups: [] }
const module = fileURLToPath(new URL('../../src/runtime/host-facts.ts', import.meta.url))

test('the hard limit of open files is the kernel’s, the soft one what it was before Node.js', () => {
  const { soft, hard } = hostFacts(none).openFiles
  assert.equal(hard, prlimit(0, RLIMIT_NOFILE).hard)
  assert.ok(soft <= hard)
  // The parent of the child is a shell, which has set its own limit and does not raise it.
  const script = `import { hostFacts } from ${JSON.stringify(module)}
    const { openFiles: { soft, hard } } = hostFacts({ kind: 'none', mark: '', groups: [] })
    console.log(String(soft), String(hard))`
  const command = `ulimit -Sn 100; ulimit -Hn 200; "$0" --import tsx --input-type=module -e "$1"; exit $?`
  const printed = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' })
  assert.equal(printed, '100 200\n')
})

test('the last capability', () => {
  const known = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'))
  assert.equal(hostFacts(none).lastCapability, known)
})

test('nothing of C is loaded for them', () => {
  const script = `import { hostFacts } from ${JSON.stringify(module)}
    hostFacts({ kind: 'none', mark: '', groups: [] })
    console.log(process.report.getReport().sharedObjects.filter((name) => name.includes('koffi')).length)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.equal(stdout, '0\n', stderr)
})
