// A Podman of a test's own, which drives the runtime: storage, state, locks, events and configuration in the place's folder.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { added, place, type Place, type Ran, run, runtimeProgram, Terminal } from './bed.ts'
import { names } from '../e2e/support.ts'

/** What a container of these tests is run with. */
export interface Podman extends Place {
  /** Calls Podman. */
  call(args: readonly string[], input?: string | Buffer): Promise<Ran>
  /** Calls Podman, which must succeed; gives back what it printed, without the last line's end. */
  said(args: readonly string[]): Promise<string>
  /** Calls Podman on a terminal. */
  onTerminal(args: readonly string[], size: { rows: number; columns: number }): Terminal
  /** The arguments of a command that makes a container: its own, those that all have, the root file system, the program. */
  container(verb: readonly string[], program: readonly string[]): string[]
  /** The pid of a container's init, as Podman has it from the runtime. */
  pidOf(container: string): Promise<number>
}

export function podman(t: TestContext): Podman {
  const at = place(t, undo, ({ folder }) => [
    // Each container has a folder in both, and the runtime one in its root, as long as it is there.
    ...['storage/vfs-containers', 'run/vfs-containers', 'runtime'].flatMap((name) => containersIn(join(folder, name))),
  ])
  const { folder } = at
  // By this path Podman reads what failed from the runtime's standard error; by the name in its configuration, from a log of JSON.
  const runtime = runtimeProgram(at, 'by-path', ['--root', join(folder, 'runtime')])
  mkdirSync(join(folder, 'networks'))
  writeFileSync(
    join(folder, 'containers.conf'),
    `[containers]
# The default, 1,048,576 of each, is more than root may give itself where it has no CAP_SYS_RESOURCE.
default_ulimits = ["nofile=512:1024", "nproc=2048:4096"]

[network]
network_config_dir = "${folder}/networks"

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "stator"
runtime_supports_json = ["stator"]

[engine.runtimes]
stator = ["${runtime}"]
`,
  )
  writeFileSync(
    join(folder, 'storage.conf'),
    `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/storage"\nrunroot = "${folder}/run"\n`,
  )
  const env = {
    ...at.env,
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  }
  const own = [
    ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'file'],
  ]
  const call: Podman['call'] = (args, input) => run('podman', [...own, ...args], { env, cwd: folder, input })
  const said: Podman['said'] = async (args) => {
    const { exitCode, stdout, stderr } = await call(args)
    assert.equal(exitCode, 0, `podman ${args.join(' ')}: ${stderr}${stdout}`)
    return stdout.trimEnd()
  }

  async function undo(): Promise<void> {
    await said(['rm', '--all', '--force', '--time', '0'])
  }

  return {
    ...at,
    call,
    said,
    onTerminal: (args, size) => new Terminal(['podman', ...own, ...args], { env, cwd: folder, ...size }),
    container: ([verb = '', ...options], program) => [
      ...[verb, '--network', 'none', '--cgroup-parent', at.group],
      ...[...options, '--rootfs', at.rootfs, ...program],
    ],
    pidOf: async (container) => Number(await said(['inspect', '--format', '{{.State.Pid}}', container])),
  }
}

function containersIn(folder: string): string[] {
  return added(folder, names(folder).filter((name) => !/^[0-9a-f]{64}$/.test(name))) // prettier-ignore
}
