// What tests of faults and of killed processes share: a place that is like /run, a config with a step of each kind, and a look
// at the machine that is cheap enough to be taken thousands of times.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, type Dirent, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ignoring } from '../../src/native/errno.ts'
import { syscall } from '../../src/native/libc.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { readable } from '../../src/native/poller.ts'
import { PR_SET_CHILD_SUBREAPER } from '../../src/native/uapi.ts'
import { openRuntime } from '../../src/runtime/open.ts'
import { added, type Change, machine, ownMountNamespace } from './support.ts'

/** What asks for a step of each kind. */
export const everything: Change = (spec) => {
  const { process, mounts = [], linux = {} } = spec
  spec.root.readonly = true
  spec.domainname = 'example.org'
  spec.annotations = { 'org.example.test': 'faults' }
  spec.hooks = {
    prestart: [{ path: '/bin/true' }],
    createRuntime: [{ path: '/bin/true' }],
    createContainer: [{ path: '/bin/true' }, { path: '/bin/true', timeout: 60 }],
    startContainer: [{ path: '/bin/true' }, { path: '/bin/true', args: ['true', 'x'], env: ['A=1'], timeout: 60 }],
    poststart: [{ path: '/bin/true' }],
    poststop: [{ path: '/bin/true' }],
  }
  process.cwd = '/work/made'
  process.env = ['PATH=/nowhere:/bin', 'A=1']
  process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o027 }
  const some = ['CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_AUDIT_WRITE']
  process.capabilities = {
    bounding: some,
    effective: ['CAP_KILL'],
    permitted: some,
    inheritable: some,
    ambient: ['CAP_KILL'],
  }
  process.rlimits = [
    { type: 'RLIMIT_NOFILE', soft: 128n, hard: 128n },
    { type: 'RLIMIT_CORE', soft: 0n, hard: 0n },
  ]
  process.oomScoreAdj = 500
  process.scheduler = { policy: 'SCHED_BATCH', nice: 3 }
  process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 }
  linux.personality = { domain: 'LINUX' }
  linux.sysctl = { 'kernel.msgmax': '8192', 'net.ipv4.ip_forward': '1' }
  linux.rootfsPropagation = 'private'
  linux.devices = [
    { path: '/dev/made', type: 'c', major: 1n, minor: 5n, fileMode: 0o660, uid: 1000, gid: 1001 },
    { path: '/dev/deep/fifo', type: 'p' },
  ]
  linux.resources = { pids: { limit: 100n }, memory: { limit: 256n * 1024n * 1024n } }
  linux.maskedPaths = [...(linux.maskedPaths ?? []), '/etc/secret', '/nowhere']
  linux.readonlyPaths = [...(linux.readonlyPaths ?? []), '/etc']
  const shared = `${spec.root.path}/../shared`
  mounts.push(
    { destination: '/made/for/this', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'size=64k', 'mode=700'] },
    { destination: '/made/bind', type: 'bind', source: shared, options: ['rbind', 'ro', 'rslave'] },
    { destination: '/made/file', type: 'bind', source: `${shared}/file`, options: ['bind', 'rro', 'nodev'] },
  )
  spec.mounts = mounts
  spec.linux = linux
}

export const inUserNamespace: Change = (spec) => {
  everything(spec)
  const { linux = {} } = spec
  linux.namespaces?.push({ type: 'user' })
  linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  linux.devices = []
}

/**
 * Orphans fall to this process, where the runtime is that is tested: as in one that is pid 1. For tests that end keepers, and
 * may run where pid 1 reaps nobody.
 *
 * @see PR_SET_CHILD_SUBREAPER(2const)
 */
export function becomeSubreaper(): void {
  syscall('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

/** The machine, as far as one container at a time can change it: cheap enough to be looked at thousands of times. */
export class Look {
  readonly #known: Set<string>
  readonly #mounts: string
  readonly #descriptors: Set<string>
  readonly #root: string
  readonly #entries: Set<string>
  readonly #groups: Set<string>

  /** @param container one that stays */
  constructor(root: string, container?: string) {
    this.#root = root
    this.#groups = new Set(container === undefined ? [] : groupsOf(container))
    this.#known = new Set(readdirSync('/proc'))
    this.#mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    this.#descriptors = new Set(descriptors())
    this.#entries = new Set(readdirSync(root))
  }

  /** What is there that was not. */
  async left(id: string): Promise<string[]> {
    // A stream closes with the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    const found = await processesOf(id, this.#known)
    if (readFileSync('/proc/self/mountinfo', 'utf8') !== this.#mounts) found.push('a mount')
    for (const open of descriptors()) if (!this.#descriptors.has(open)) found.push(`descriptor ${open}`)
    for (const name of readdirSync(this.#root)) if (!this.#entries.has(name)) found.push(`folder ${name}`)
    for (const group of groupsOf(id)) if (!this.#groups.has(group)) found.push(`cgroup ${group}`)
    return found
  }
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${number}`)
      // The last program of device rules is kept, and its number changes with the rules.
      if (target === 'anon_inode:bpf-prog') return ['program']
      return /eventpoll|memfd:stator-init/.test(target) ? [] : [`${number} ${target}`]
    } catch {
      return []
    }
  })
}

/** The processes of a container that do not end by themselves. Adds to `known` those that are none of it. */
export async function processesOf(id: string, known = new Set<string>(), patienceMs = 2000): Promise<string[]> {
  const found: string[] = []
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || known.has(pid)) continue
    const what = await lingering(pid, id, patienceMs)
    if (what === null) known.add(pid)
    else if (what !== 'gone') found.push(what)
  }
  return found
}

/** The control groups of a container. */
export function* groupsOf(id: string, folder = '/sys/fs/cgroup'): Generator<string> {
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory()) continue
    if (entry.name.endsWith(id)) yield `${folder}/${entry.name}`
    yield* groupsOf(id, `${folder}/${entry.name}`)
  }
}

/** None of one that somebody else has removed. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    ignoring('ENOENT')(error)
    return []
  }
}

/** A process that is ours: null when it is not, `gone` when it has ended, or ends by itself at once. */
async function lingering(pid: string, id: string, patienceMs: number): Promise<string | null> {
  const look = () => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const name = stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1)
      // A zombie of another's is for that one to reap.
      if (state === 'Z') return parent === String(process.pid) && name !== '(node)' ? `zombie ${pid} ${name}` : 'gone'
      const said = ['cgroup', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')
      return said.includes(id) ? `process ${pid} ${name} ${state} of ${parent}` : null
    } catch {
      return 'gone'
    }
  }
  const found = look()
  if (found === null || found === 'gone' || found.startsWith('zombie')) return found
  try {
    using fd = pidfdOpen(Number(pid))
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        subscription.unsubscribe()
        resolve()
      }
      const timer = setTimeout(finish, patienceMs)
      const subscription = readable(fd).subscribe(finish)
    })
  } catch {
    return 'gone'
  }
  const after = look()
  if (after !== null && after !== 'gone') process.kill(Number(pid), 'SIGKILL')
  return after
}

export interface Bed {
  readonly folder: string
  readonly root: string
  readonly rootfs: string
}

let used = 0

/** A root file system that lacks all that can be made. */
export function freshRootfs({ rootfs, folder }: Bed, owner = 0): void {
  // Put aside: to remove a folder that a mount namespace has mounts on takes until that is gone.
  if (existsSync(rootfs)) renameSync(rootfs, join(folder, `used-${++used}`))
  for (const name of ['', 'bin', 'etc', 'proc']) mkdirSync(join(rootfs, name))
  linkSync(join(folder, 'busybox'), join(rootfs, 'bin/busybox'))
  for (const name of ['sh', 'true', 'sleep', 'seq']) symlinkSync('busybox', join(rootfs, 'bin', name))
  writeFileSync(join(rootfs, 'etc/passwd'), 'user:x:1000:1000:user:/home/user:/bin/sh\n')
  writeFileSync(join(rootfs, 'etc/secret'), 'secret\n')
  if (owner !== 0) for (const name of ['', 'bin', 'etc', 'proc']) chownSync(join(rootfs, name), owner, owner)
}

export function bed(t: TestContext): Bed {
  const folder = mkdtempSync(join(tmpdir(), 'stator-faults-'))
  ownMountNamespace()
  const before = machine()
  // A root as /run is; and thousands of folders are gone at once.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  const root = join(folder, 'root')
  t.after(async () => {
    // Of a test that has failed.
    if (existsSync(root)) await deleteAll(root)
    execFileSync('umount', [folder])
    rmdirSync(folder)
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'shared'))
  writeFileSync(join(folder, 'shared/file'), '')
  writeFileSync(join(folder, 'busybox'), readFileSync('/bin/busybox'), { mode: 0o755 })
  return { folder, root, rootfs: join(folder, 'rootfs') }
}

async function deleteAll(root: string): Promise<void> {
  await using runtime = await openRuntime({ root })
  for (const container of await runtime.list()) await container.delete({ force: true })
}
