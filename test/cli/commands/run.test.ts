// stator run: a container as if its program were this one. Real containers of this machine's userland, through the launcher.

import assert from 'node:assert/strict'
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hostBundle, openRuntime } from '../../../src/index.ts'
import { folder, stator as said } from '../support.ts'

const launcher = fileURLToPath(new URL('../../../bin/stator', import.meta.url))
/** A command that hangs fails here. */
const options = { skip: process.geteuid?.() === 0 ? false : 'root', timeout: 60_000 }

/** A root of the test's own, a bundle whose program is this shell script, and an id that no other test has. */
async function place(t: TestContext, script = 'true') {
  const host = await hostBundle({ args: ['/bin/sh', '-c', script] })
  const root = join(mkdtempSync(join(tmpdir(), 'stator-cli-')), 'root')
  const id = `run-${process.pid}-${Math.random().toString(36).slice(2)}`
  const children: ChildProcess[] = []
  const stator = (...argv: string[]) => {
    const child = spawn(process.execPath, [launcher, '--root', root, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] })
    children.push(child)
    return child
  }
  t.after(async () => {
    // Of a test that has failed in the middle.
    for (const child of children) child.kill('SIGKILL')
    {
      await using runtime = await openRuntime({ root })
      for (const container of await runtime.list()) await container.delete({ force: true })
    }
    await host.remove()
    rmSync(dirname(root), { recursive: true })
  })
  const start = (...words: string[]) => stator('run', '--bundle', host.bundle, ...words)
  const containers = () =>
    readdirSync(root).filter((name) => !['attached', 'journal', 'seccomp', 'settle'].includes(name))
  return { id, root, bundle: host.bundle, stator, start, containers }
}

/** Waits until a word has come. */
function reader(stream: Readable): (word: string) => Promise<void> {
  const chunks = stream.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  let seen = ''
  return async (word) => {
    while (!seen.includes(word)) {
      const { value, done } = await chunks.next()
      assert.ok(done !== true, `ended after ${seen}`)
      seen += value
    }
  }
}

async function ended(child: ChildProcessByStdio<Writable, Readable, Readable>) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { stdout, stderr, code, signal }
}

test('the program has the streams of the command, and its code is the command’s', options, async (t) => {
  const { id, start, containers } = await place(t, 'cat; echo said >&2; exit 7')
  const child = start(id)
  child.stdin.end('typed\n')
  assert.deepEqual(await ended(child), { stdout: 'typed\n', stderr: 'said\n', code: 7, signal: null })
  assert.deepEqual(containers(), [])
})

test('other arguments in place of the configuration’s, flags and dashes too', options, async (t) => {
  const { id, start } = await place(t, 'echo of the bundle')
  const bare = await ended(start(id, '/bin/echo', '--help', '--', '-x'))
  assert.equal(bare.stdout.includes('--help') || bare.stdout.includes('Usage'), true, bare.stdout)
  assert.equal((await ended(start(id, '--', 'printf', '%s.', 'a b', '--keep', '--'))).stdout, 'a b.--keep.--.')
})

test('a program without an id before it is refused, and config.json’s is not run', options, async (t) => {
  const { start, containers } = await place(t, 'echo of the bundle')
  const { code, stdout, stderr } = await ended(start('--', 'ls', '-l'))
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.equal(stderr, 'stator: run: missing id (write run ID -- ls -l)\n')
  assert.throws(containers, { code: 'ENOENT' })
})

test('what the plan says a keeper becomes is what it becomes', options, async (t) => {
  const { id, root, bundle, start, stator } = await place(t)
  assert.equal((await ended(start(id))).code, 0)
  const argv = readFileSync(join(root, 'settle'), 'utf8').split('\0').slice(0, -1)
  const { stdout } = await ended(stator('plan', '--role', 'keeper', bundle))
  const call = stdout.slice(stdout.indexOf('execve(')).replace(/\n +/g, ' ')
  assert.ok(call.startsWith(`execve("${argv[0]}", ${JSON.stringify(argv).replaceAll('","', '", "')}`), call)
})

test('a user is told before anything is done that containers need root', options, async (t) => {
  const root = join(folder(t), 'root')
  const runtimeDir = process.env['XDG_RUNTIME_DIR']
  delete process.env['XDG_RUNTIME_DIR']
  process.seteuid?.(65534)
  try {
    const { code, stderr } = await said('--log-format', 'json', '--root', root, 'run', '-b', '/no/such/bundle', 'web')
    assert.equal(code, 1)
    const { code: name, msg } = JSON.parse(stderr) as { code: string; msg: string }
    assert.equal(name, 'ERR_STATOR_PLATFORM')
    assert.match(msg, /^run web: containers need root \(.*"stator doctor"\)$/)
    await assert.rejects(openRuntime(), {
      code: 'ERR_STATOR_PLATFORM',
      message: /--root DIR.*need root.*stator doctor/,
    })
    process.env['XDG_RUNTIME_DIR'] = '/no/such/folder/of-user'
    const { stdout } = await said('doctor', '--json')
    const { findings } = JSON.parse(stdout) as { findings: { name: string; found: string }[] }
    assert.equal(findings.find(({ name }) => name === 'root folder')?.found, '/no/such/folder/of-user: ENOENT')
  } finally {
    process.seteuid?.(0)
    if (runtimeDir === undefined) delete process.env['XDG_RUNTIME_DIR']
    else process.env['XDG_RUNTIME_DIR'] = runtimeDir
  }
})

test('what is odd about the configuration is said, and stops nothing', options, async (t) => {
  const { id, bundle, start } = await place(t)
  const file = join(bundle, 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as { process: { capabilities: { bounding: string[] } } }
  config.process.capabilities.bounding.unshift('CAP_FOO')
  writeFileSync(file, JSON.stringify(config))
  for (const words of [[], ['true']]) {
    const { code, stderr } = await ended(start(id, ...words))
    assert.equal(code, 0)
    const warning = '"CAP_FOO" is no capability, and is left out'
    assert.equal(stderr, `stator: warning: config.json: process.capabilities.bounding[0]: ${warning}\n`)
  }
})

test('a bundle without a root file system: where to get one', options, async (t) => {
  const { id, stator } = await place(t)
  const path = folder(t)
  assert.equal((await said('spec', '-b', path)).code, 0)
  const { code, stderr } = await ended(stator('run', '-b', path, id))
  assert.equal(code, 1)
  const words = `root.path "${path}/rootfs": ENOENT`
  assert.equal(
    stderr,
    `stator: run ${id}: ${words} (put a root file system there; "stator spec --host" makes a bundle with one)\n`,
  )
})

test('signals are the program’s', options, async (t) => {
  const { id, start, containers } = await place(
    t,
    'n=0; for s in INT TERM USR1 USR2; do trap "echo $s" $s; done; trap "echo HUP\\$n; n=\\$((n+1))" HUP; trap "exit 9" QUIT; echo ready; while :; do sleep 0.01; done',
  )
  const child = start(id)
  const until = reader(child.stdout)
  await until('ready')
  // Two that ask to end, not three.
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGTERM'] as const) {
    child.kill(signal)
    await until(signal.slice(3))
  }
  // It heeds them, and so it may be asked as often as one likes.
  for (let round = 0; round < 4; round++) {
    child.kill('SIGHUP')
    await until(`HUP${round}`)
  }
  const end = once(child, 'exit')
  child.kill('SIGQUIT')
  assert.deepEqual(await end, [9, null])
  assert.deepEqual(containers(), [])
})

test('a program that does not heed signals, as pid 1: the third kills it', options, async (t) => {
  // With nothing to fork for: a shell blocks all signals while it does, and one that is blocked may be waited for.
  const { id, start, containers } = await place(
    t,
    'trap "echo passed" USR1; echo ready; while :; do read -r line; done',
  )
  const child = start(id)
  const until = reader(child.stdout)
  await until('ready')
  // Until signals are passed on, one that asks to end ends the command.
  child.kill('SIGUSR1')
  await until('passed')
  const end = once(child, 'exit')
  // One that has come is taken before the next: signals of one kind do not queue.
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGQUIT'] as const) child.kill(signal)
  assert.deepEqual(await end, [137, null])
  assert.deepEqual(containers(), [])
})

test('a signal before the program runs: nothing is left, and its code is the signal’s', options, async (t) => {
  const { id, stator, containers, bundle } = await place(t)
  const file = join(bundle, 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as object
  const hook = { path: '/bin/sleep', args: ['sleep', '60'] }
  writeFileSync(file, JSON.stringify({ ...config, hooks: { createRuntime: [hook] } }))
  const child = stator('--debug', 'run', '--bundle', bundle, id)
  await reader(child.stderr)('"hook.started"')
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [143, null])
  assert.deepEqual(containers(), [])
})

test('--keep: the stopped container stays, and its id is taken', options, async (t) => {
  const { id, root, start } = await place(t, 'exit 3')
  assert.equal((await ended(start('--keep', id))).code, 3)
  const again = await ended(start(id))
  assert.equal(again.code, 1)
  assert.match(again.stderr, new RegExp(`^stator: run ${id}: .*"${id}".* exists already\n$`))
  await using runtime = await openRuntime({ root })
  const container = await runtime.get(id)
  assert.equal(container.status, 'stopped')
  assert.equal((await container.wait()).exitCode, 3)
  await container.delete()
})

test('what cannot be started is one line, 1, and nothing left', options, async (t) => {
  const { id, start, containers, stator } = await place(t)
  const { code, stdout, stderr } = await ended(start(id, 'no-such-program'))
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  const words = 'exec "no-such-program": executable file not found in $PATH'
  assert.equal(stderr, `stator: run ${id}: ${words} (process.args[0])\n`)
  assert.deepEqual(containers(), [])
  const wrong = await ended(stator('--log-format', 'json', 'run', 'a/b'))
  assert.equal(wrong.code, 1)
  assert.equal((JSON.parse(wrong.stderr) as { code: string }).code, 'ERR_STATOR_ID')
})
