// A containerd of a test's own, which drives the runtime: root, state, sockets and configuration in the place's folder. Only the
// shim's sockets are where it always has them.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { names } from '../e2e/support.ts'
import { added, ended, PATIENCE_MS, place, type Place, type Ran, run, runtimeProgram, Terminal } from './bed.ts'

/** The shim's sockets, whatever the configuration says: containerd/runtime/v2/shim/util_unix.go. */
const sockets = '/run/containerd/s'

export interface Containerd extends Place {
  /** Calls ctr. */
  call(args: readonly string[], input?: string | Buffer): Promise<Ran>
  /** Calls ctr, which must succeed; gives back what it printed, without the last line's end. */
  said(args: readonly string[]): Promise<string>
  /** Calls ctr on a terminal. */
  onTerminal(args: readonly string[], size: { rows: number; columns: number }): Terminal
  /** The arguments of `ctr run`. */
  container(id: string, options: readonly string[], program: readonly string[]): string[]
  /** The arguments of `ctr task exec`. */
  exec(id: string, options: readonly string[], program: readonly string[]): string[]
  pidOf(id: string): Promise<number>
  /** Waits until containerd, too, knows that a container has ended. */
  stopped(id: string): Promise<void>
}

export async function containerd(t: TestContext): Promise<Containerd> {
  const before = names(sockets)
  const existed = existsSync('/run/containerd')
  let daemon: ChildProcess | undefined
  const at = place(t, undo, ({ folder }) => [
    ...added(sockets, before),
    ...added(join(folder, 'state/io.containerd.runtime.v2.task/test'), []),
    // What a root keeps for itself.
    ...added(join(folder, 'runtime/test'), ['attached', 'journal', 'seccomp', 'settle']),
  ])
  const { folder } = at
  // No other name than "stator": an error that names the program can be told from one that names the container.
  const runtime = runtimeProgram(at, 'stator')
  const socket = join(folder, 'containerd.sock')
  writeFileSync(
    join(folder, 'config.toml'),
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
# What is not needed for containers, and would look at other folders and the network.
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]

[grpc]
address = "${socket}"

[ttrpc]
address = "${socket}.ttrpc"
`,
  )
  const log = openSync(join(folder, 'log'), 'w')
  daemon = spawn('containerd', ['--config', join(folder, 'config.toml')], {
    env: at.env,
    cwd: folder,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const own = ['--address', socket, '--namespace', 'test']
  const call: Containerd['call'] = (args, input) => run('ctr', [...own, ...args], { env: at.env, cwd: folder, input })
  const said: Containerd['said'] = async (args) => {
    const { exitCode, stdout, stderr } = await call(args)
    assert.equal(exitCode, 0, `ctr ${args.join(' ')}: ${stderr}${stdout}`)
    return stdout.trimEnd()
  }
  await answering(daemon, () => call(['--connect-timeout', '10s', 'version']), join(folder, 'log'))

  const tasks = async () =>
    (await said(['task', 'ls'])).split('\n').slice(1).map((line) => line.split(/\s+/)) // prettier-ignore

  async function undo(): Promise<void> {
    if (daemon === undefined) return
    for (const [id = ''] of await tasks()) await said(['task', 'rm', '--force', id])
    for (const id of (await said(['container', 'ls', '--quiet'])).split('\n').filter(Boolean))
      await said(['container', 'rm', id])
    const exited = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await exited
    if (existed) return
    for (const made of [sockets, '/run/containerd']) if (existsSync(made)) rmdirSync(made)
  }

  const fifos = ['--fifo-dir', join(folder, 'fifo')]
  let executed = 0
  return {
    ...at,
    call,
    said,
    onTerminal: (args, size) => new Terminal(['ctr', ...own, ...args], { env: at.env, cwd: folder, ...size }),
    container: (id, options, program) => [
      ...['run', '--seccomp', '--runc-binary', runtime, '--runc-root', join(folder, 'runtime'), ...fifos],
      // Of a root file system without an image ctr knows no environment, and gives none.
      ...['--cgroup', `${at.group}/${id}`, '--env', 'PATH=/bin', ...options, '--rootfs', at.rootfs, id, ...program],
    ],
    exec: (id, options, program) => [
      ...['task', 'exec', '--exec-id', `exec-${++executed}`, ...fifos, ...options, id, ...program],
    ],
    async pidOf(id) {
      const found = (await tasks()).find(([name]) => name === id)
      assert.ok(found, `no task "${id}"`)
      return Number(found[1])
    },
    async stopped(id) {
      const found = (await tasks()).find(([name]) => name === id)
      assert.ok(found, `no task "${id}"`)
      await ended(Number(found[1]))
      // The shim is told a moment after this.
      for (let state = found[2]; state !== 'STOPPED';) state = (await tasks()).find(([name]) => name === id)?.[2]
    },
  }
}

/** Waits for a daemon that makes its sockets when it can be asked. */
async function answering(daemon: ChildProcess, ask: () => Promise<Ran>, log: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const { exitCode, stderr } = await ask()
    if (exitCode === 0) return
    const alive = daemon.exitCode === null && daemon.signalCode === null && performance.now() < deadline
    assert.ok(alive, `containerd does not answer: ${stderr}${readFileSync(log, 'utf8')}`)
  }
}
