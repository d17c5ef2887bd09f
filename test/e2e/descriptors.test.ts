// The limit of open files, reached at each call that gives a descriptor: an error that says so, and nothing is left open.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { StatorError } from '../../src/errors.ts'
import { linuxActors } from '../../src/runtime/linux.ts'
import { Runtime } from '../../src/runtime/runtime.ts'
import { becomeSubreaper, bed, everything, freshRootfs, inUserNamespace, Look } from './bed.ts'
import { callsSince, failCall, interpose } from './no-descriptors.ts'
import { bundle, type Change, config, freshId, missing as skip } from './support.ts'

interpose()
becomeSubreaper()

/** Hooks of the runtime are child processes of Node.js, which opens what it needs by itself. */
const actors = { ...linuxActors, runHooks: () => Promise.resolve() }

function isClear(error: unknown): string | null {
  if (!(error instanceof StatorError)) return `it was rejected with ${String(error)}`
  if (error.errno !== 'EMFILE') return `errno ${error.errno}: ${error.message}`
  return /\(too many files are open in this process: raise RLIMIT_NOFILE/.test(error.message) ? null : error.message
}

const variants: readonly { name: string; stdio: 'log' | 'pipe' | 'ignore'; owner: number; change: Change }[] = [
  { name: 'little, and a log', stdio: 'log', owner: 0, change: () => {} },
  { name: 'everything, and pipes', stdio: 'pipe', owner: 0, change: everything },
  { name: 'a user namespace', stdio: 'ignore', owner: 100_000, change: inUserNamespace },
]

for (const { name, stdio, owner, change } of variants) {
  test(`EMFILE of any call of create and start, of a container with ${name}`, { skip }, async (t) => {
    const at = bed(t)
    await using runtime = await Runtime.open({ root: at.root, actors, settle: [], adopt: 'all' })
    freshRootfs(at, owner)
    const path = bundle(at, config(at, ['sh', '-c', 'exit 7'], change))

    const wrong: string[] = []
    let look: Look | undefined
    let made = 0
    for (let n = 0; ; n++) {
      freshRootfs(at, owner)
      const id = freshId()
      // The first is one without failures: what is opened once is open then.
      failCall(n === 0 ? Infinity : n)
      const outcome = await runtime.create({ id, bundle: path, stdio }).then(
        async (container) => {
          const started = await container.start().then(
            () => null,
            (error: unknown) => ({ error }),
          )
          made = callsSince().length
          const what = callsSince()[n - 1]
          failCall(Infinity)
          if (started === null) assert.equal((await container.wait({ timeoutMs: 20_000 })).code, 7)
          await container.delete({ force: true })
          return { what, error: started?.error }
        },
        (error: unknown) => ({ what: callsSince()[n - 1], error }),
      )
      failCall(Infinity)
      const { what, error } = outcome
      const unclear = error === undefined ? null : isClear(error)
      if (unclear !== null) wrong.push(`${n} ${what}: ${unclear}`)
      const found = (await look?.left(id)) ?? []
      if (found.length > 0) wrong.push(`${n} ${what} leaves ${found.join(', ')}`)
      if (look === undefined || found.length > 0) look = new Look(at.root)
      if (n > 0 && what === undefined) break
    }
    t.diagnostic(`${made} calls`)
    assert.ok(made > 30)
    assert.deepEqual(wrong, [])
  })
}

test('EMFILE of any call of exec', { skip }, async (t) => {
  const at = bed(t)
  await using runtime = await Runtime.open({ root: at.root, actors, settle: [], adopt: 'all' })
  freshRootfs(at)
  const id = freshId()
  await using container = await runtime.create({ id, config: config(at, ['sleep', '1000']) })
  await container.start()
  const folder = join(at.root, id, 'exec')

  const wrong: string[] = []
  let look: Look | undefined
  for (let n = 0; ; n++) {
    failCall(n === 0 ? Infinity : n)
    const session = await container
      .exec({ args: ['sh', '-c', 'exit 7'], stdio: n % 2 === 0 ? 'pipe' : 'log' })
      .catch((error: unknown) => ({ error }))
    const what = callsSince()[n - 1]
    failCall(Infinity)
    if ('error' in session) {
      const unclear = isClear(session.error)
      if (unclear !== null) wrong.push(`${n} ${what}: ${unclear}`)
    } else {
      assert.equal((await session.wait({ timeoutMs: 20_000 })).code, 7)
      session.stdin?.destroy()
      session.stdout?.destroy()
      session.stderr?.destroy()
      rmSync(join(folder, session.id), { recursive: true, force: true })
    }
    const found = (await look?.left(id)) ?? []
    if (found.length > 0) wrong.push(`${n} ${what} leaves ${found.join(', ')}`)
    if (look === undefined || found.length > 0) look = new Look(folder, id)
    if (n > 0 && what === undefined) break
  }
  assert.deepEqual(wrong, [])
  assert.equal(await container.refresh(), 'running')
})

test(
  'a limit of open files that rises by one: no create leaves anything, until one has what it needs',
  { skip },
  (t) => {
    const at = bed(t)
    freshRootfs(at)
    const path = bundle(at, config(at, ['sh', '-c', 'echo here']))
    const fixture = fileURLToPath(new URL('../fixtures/few-descriptors.ts', import.meta.url))
    const said = execFileSync(process.execPath, ['--import', 'tsx', fixture, at.root, path], { encoding: 'utf8' })
    const [last, ...failures] = said.trim().split('\n').reverse()
    assert.equal(last, 'ran: here')
    assert.ok(failures.length > 10, said)
    for (const failure of failures) assert.match(failure, /^ERR_STATOR_\w+ EMFILE left 0$/)
  },
)

test('a limit of open files below the numbers that a plan uses: how far to raise it is said', { skip }, (t) => {
  const at = bed(t)
  freshRootfs(at)
  const path = bundle(at, config(at, ['sh', '-c', 'echo here']))
  const fixture = fileURLToPath(new URL('../fixtures/few-descriptors.ts', import.meta.url))
  const said = execFileSync(process.execPath, ['--import', 'tsx', fixture, at.root, path, '512'], { encoding: 'utf8' })
  assert.match(said, /^start the keeper: EBADF \(RLIMIT_NOFILE is 512 here: raise it to at least 10\d\d\) left 0$/m)
})
