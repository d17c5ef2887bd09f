// Ways out of a container that have been found, each tried.

import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { created, missing, place, run, running } from './support.ts'

const skip = missing
/** More than all that init and the processes of exec ever hold. */
const numbers = [...Array(12).keys(), ...Array.from({ length: 24 }, (_, index) => 1000 + index)]
const up = '../../../../../../../../..'

test(
  'no descriptor of the host is open while execve looks for an interpreter (CVE-2024-21626)',
  { skip },
  async (t) => {
    const at = await place(t)
    const marked = join(at.folder, 'host-busybox')
    copyFileSync('/bin/busybox', marked)
    const container = await running(t, at)
    for (const number of numbers) {
      const script = join(at.rootfs, 'bin/evil')
      writeFileSync(script, `#!/proc/self/fd/${number}/${up}${marked} true\n`)
      chmodSync(script, 0o755)
      const asInit = await run(at, ['evil']).catch((error: unknown) => error)
      assert.ok(asInit instanceof Error, `descriptor ${number} of init leads to the host`)
      const asExec = await container.exec({ args: ['evil'], stdio: 'ignore' }).catch((error: unknown) => error)
      assert.ok(asExec instanceof Error, `descriptor ${number} of exec leads to the host`)
    }
  },
)

test('a startContainer hook of the image finds no descriptor of the host, its own or of init', { skip }, async (t) => {
  const at = await place(t)
  const secret = join(at.folder, 'secret')
  writeFileSync(secret, 'secret')
  mkdirSync(join(at.rootfs, 'out'))
  const paths = numbers.flatMap((number) => ['self', '1'].map((pid) => `/proc/${pid}/fd/${number}/${up}${secret}`))
  const container = await created(t, at, ['true'], (made) => {
    made.root.readonly = false
    const script = `for path in ${paths.join(' ')}; do cat $path >> /out/found; done; true`
    made.hooks = { startContainer: [{ path: '/bin/sh', args: ['sh', '-c', script] }] }
  })
  await container.start()
  assert.equal(readFileSync(join(at.rootfs, 'out/found'), 'utf8'), '')
})

test('init at the gate cannot be looked into from a namespace that is shared with it', { skip }, async (t) => {
  const at = await place(t)
  const waiting = await created(t, at)
  const done = await run(at, ['sh', '-c', `ls /proc/1/fd/; cat /proc/1/fd/3/state.json`], (made) => {
    made.linux!.namespaces = made.linux!.namespaces!.filter(({ type }) => type !== 'pid')
    made.linux!.namespaces.push({ type: 'pid', path: `/proc/${waiting.pid}/ns/pid` })
  })
  assert.notEqual(done.exitCode, 0)
  assert.match(done.stderr, /Permission denied/)
})
