// Calls of the command line that are killed in the middle (SIGKILL), as an engine that dies takes them along: `delete --force` clears
// what they have left, completely.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { begin, call, type CallOptions } from './calls.ts'
import { durationOf, leftOf, scene } from './command-line-scene.ts'
import { freshId, missing as skip } from './support.ts'

test('a create that is killed at any time: delete --force clears it', { skip }, async (t) => {
  const at = scene(t)
  const argv = ['--root', at.root, 'create', '--stdio', 'log', '--bundle', at.bundle]
  const whole = freshId()
  const takesMs = await durationOf(() => call([...argv, whole]))
  await at.done('delete', '--force', whole)
  const points = 16
  let killed = 0
  for (let point = 0; point < points; point++) {
    const id = freshId()
    const { ended, kill } = begin([...argv, id])
    await pause((takesMs * (point + 4)) / (points + 4))
    kill()
    if ((await ended).signal === 'SIGKILL') killed++
    await at.done('delete', '--force', id)
    assert.deepEqual(await leftOf(at, id), [], `killed after ${point + 4}/${points + 4} of ${takesMs} ms`)
  }
  assert.ok(killed > 0, 'none was killed')
})

const cutting = fileURLToPath(new URL('../fixtures/cut-at.mjs', import.meta.url))

/** Calls that are killed before the nth change of a file; 0: never. */
function cut(verb: string, n: number, count?: string): CallOptions {
  const more = count === undefined ? {} : { STATOR_CUT_COUNT: count }
  const env = { NODE_OPTIONS: `--import=${cutting}`, STATOR_CUT_VERB: verb, STATOR_CUT_AT: String(n), ...more }
  return { env: { ...process.env, ...env } }
}

for (const [verb, before] of [
  ['create', []],
  ['start', ['create']],
  ['delete', ['create', 'start']],
] as const) {
  test(`a ${verb} that is killed before any change of a file: delete --force clears it`, { skip }, async (t) => {
    const at = scene(t)
    const argvOf = (what: string, id: string) =>
      what === 'create' ? ['create', '--stdio', 'log', '--bundle', at.bundle, id]
      : what === 'delete' ? ['delete', '--force', id] : [what, id] // prettier-ignore
    const count = join(at.folder, 'count')
    const prepare = async () => {
      const id = freshId()
      for (const what of before) await at.done(...argvOf(what, id))
      return id
    }
    const whole = await prepare()
    assert.equal((await at.as(cut(verb, 0, count), ...argvOf(verb, whole))).code, 0)
    await at.done('delete', '--force', whole)
    const changes = Number(readFileSync(count, 'utf8'))
    assert.ok(changes >= 4, `${changes} changes of files were seen`)
    let killed = 0
    for (let n = 1; n <= changes; n++) {
      const id = await prepare()
      const { signal } = await at.as(cut(verb, n), ...argvOf(verb, id))
      await at.done('delete', '--force', id)
      assert.deepEqual(await leftOf(at, id), [], `${verb}, killed before change ${n} of ${changes}`)
      if (signal === 'SIGKILL') killed++
    }
    // How many there are differs by some: what is told soon may be told with what comes next.
    assert.ok(killed > changes / 2, `${killed} of ${changes}`)
  })
}
