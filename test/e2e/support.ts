// What end-to-end tests share: a root file system of static busybox, containers that are gone when the test is, a look at what
// a container sees of itself, and the same bundle run by runc. Each test's place is compared with what was there before it:
// processes, mounts, control groups, descriptors and files.

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Container, defineConfig, openRuntime, type Runtime } from '../../src/index.ts'
import { StatorError } from '../../src/errors.ts'
import { syscall, syscallResult } from '../../src/native/libc.ts'
import { CLONE_NEWNS, MNT_DETACH } from '../../src/native/uapi.ts'
import type { Spec } from '../../src/oci/config.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'

/** Config as a test changes it: everything writable. */
export type Writable<T> = T extends readonly (infer E)[]
  ? Writable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T

export type Change = (config: Writable<Spec>) => void

/** One change after the other. */
export function both(...changes: readonly Change[]): Change {
  return (config) => changes.forEach((change) => change(config))
}

/** Why an end-to-end test cannot run here; false when it can. */
export const missing: string | false =
  process.platform !== 'linux'
    ? 'Linux'
    : process.getuid?.() !== 0
      ? 'root'
      : !existsSync('/bin/busybox')
        ? 'busybox-static'
        : false

/** As `missing`, for what is compared with runc. */
export const missingRunc: string | false = missing || (spawnSync('runc', ['--version']).status === 0 ? false : 'runc')

const applets =
  '[ sh cat echo true false ls id env sleep mount umount stat readlink touch mkdir rm grep kill ps head tail wc tr hostname dmesg mknod ln chmod chown test seq sort nproc printf sync sysctl uname cut awk dd ip ifconfig ping pwd date mkfifo find ionice chrt nice dnsdomainname setsid unshare nsenter cp mv rmdir sed expr basename'.split(
    ' ',
  )

/** A folder with /bin/busybox and links to it, and /etc/passwd. */
export function makeRootfs(folder: string): void {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'home'])
    mkdirSync(join(folder, name), { recursive: true })
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
  for (const name of applets) symlinkSync('busybox', join(folder, 'bin', name))
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nuser:x:1000:\n')
}

let probeProgram: Buffer | undefined

/** Puts test/fixtures/probe.c, compiled, into a root file system as /bin/probe. */
export function addProbe(rootfs: string, path = 'bin/probe', mode = 0o755): void {
  if (probeProgram === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'stator-probe-'))
    try {
      const source = fileURLToPath(new URL('../fixtures/probe.c', import.meta.url))
      execFileSync('gcc', ['-static', '-O1', '-Wall', '-Wextra', '-Werror', '-o', join(folder, 'probe'), source])
      probeProgram = readFileSync(join(folder, 'probe'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  writeFileSync(join(rootfs, path), probeProgram)
  chmodSync(join(rootfs, path), mode)
}

export interface Place {
  /** A temporary folder, removed with the test. */
  readonly folder: string
  readonly rootfs: string
  /** The root of the runtime. */
  readonly root: string
  readonly runtime: Runtime
}

/** A runtime on a root of its own with a busybox root file system beside it. */
export async function place(t: TestContext): Promise<Place> {
  const before = machine()
  const folder = mkdtempSync(join(tmpdir(), 'stator-e2e-'))
  // Another user's programs run in it.
  chmodSync(folder, 0o755)
  const rootfs = join(folder, 'rootfs')
  makeRootfs(rootfs)
  const root = join(folder, 'root')
  const runtime = await openRuntime({ root })
  t.after(async () => {
    for (const container of await runtime.list()) await container.delete({ force: true })
    await runtime.close()
    // A stream closes with the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    const left = remains(root)
    if (unshared) unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true })
    assert.deepEqual(left, [], 'the root is empty when all containers are deleted')
    assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  })
  return { folder, rootfs, root, runtime }
}

/** What of containers is in a root. */
export function remains(root: string): string[] {
  return names(root).filter((name) => existsSync(join(root, name, 'state.json')) || name.startsWith('e2e-'))
}

/** What a container could leave behind on this machine, as lines. */
export function machine(): Set<string> {
  const found = new Set<string>()
  for (const pid of names('/proc').filter((name) => /^\d+$/.test(name))) {
    const ours = describeProcess(pid)
    if (ours !== null) found.add(ours)
  }
  for (const group of groups('/sys/fs/cgroup')) found.add(`cgroup ${group}`)
  for (const { id, point } of mounts('self')) found.add(`mount ${id} ${point}`)
  let programs = 0
  for (const number of names('/proc/self/fd')) {
    const target = linkOf(`/proc/self/fd/${number}`)
    // Opened once and kept: the poller's set, the stub, where the test runner reports to.
    if (target === '' || /eventpoll|memfd:stator-init|^\/proc\/\d+\/fd$|\/reports\//.test(target)) continue
    // So is the last program of device rules (version 2), but one.
    if (target === 'anon_inode:bpf-prog' && programs++ === 0) continue
    found.add(`descriptor ${number} ${target}`)
  }
  return found
}

/** Of one look at the machine, what was not in an earlier one. */
export function added(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  return [...after].filter((line) => !before.has(line))
}

/** What ids of this file's containers begin with: others may be at work on the same machine. */
const ownIds = `e2e-${process.pid}-`

/** A process of one of our containers: by its group, or as its keeper. A zombie of another's is for that one to reap. */
function describeProcess(pid: string): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' && parent !== String(process.pid)) return null
    const said = ['cgroup', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')
    const ours = said.includes(ownIds) || (state === 'Z' && stat.includes('(stator'))
    return ours ? `process ${pid} ${stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1)} ${state}` : null
  } catch {
    return null // it has ended
  }
}

function* groups(folder: string): Generator<string> {
  for (const entry of foldersIn(folder)) {
    const path = `${folder}/${entry}`
    if (entry.includes(ownIds)) yield path
    yield* groups(path)
  }
}

/** Groups of others come and go meanwhile. */
function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

let count = 0

/** An id that no other test uses. */
export function freshId(): string {
  return `${ownIds}${++count}`
}

/** The safe default with these args, changed by the test. */
export function config({ rootfs }: Pick<Place, 'rootfs'>, args: readonly string[], change: Change = () => {}): Spec {
  const made = structuredClone(defineConfig({ args, rootfs })) as Writable<Spec>
  change(made)
  return made
}

/** A bundle folder with a config.json. */
export function bundle(at: Pick<Place, 'folder'>, spec: Spec): string {
  const folder = mkdtempSync(join(at.folder, 'bundle-'))
  writeFileSync(join(folder, 'config.json'), stringifyConfig(spec, 2))
  return folder
}

/** What `runc spec` gives, with the busybox root and no terminal, changed by the test; for both runtimes. */
export function runcSpec({ rootfs }: Pick<Place, 'rootfs'>, args: readonly string[], change: Change = () => {}): Spec {
  const folder = mkdtempSync(join(tmpdir(), 'stator-spec-'))
  try {
    execFileSync('runc', ['spec', '--bundle', folder])
    const spec = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Writable<Spec>
    spec.process.terminal = false
    spec.process.args = [...args]
    spec.root.path = rootfs
    change(spec)
    return spec
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface Ran {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The same bundle, run by runc. */
export function runc({ folder }: Pick<Place, 'folder'>, spec: Spec): Ran {
  const id = freshId()
  const { status, stdout, stderr, error } = spawnSync(
    'runc',
    ['--root', join(folder, 'runc'), 'run', '--bundle', bundle({ folder }, spec), id],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  if (error) throw error
  return { exitCode: status, stdout, stderr }
}

/** Runs a program in a container to its end. */
export function run(at: Place, args: readonly string[], change?: Change): Promise<Ran> {
  return at.runtime.run({ id: freshId(), config: config(at, args, change), rootfs: at.rootfs })
}

/** Runs a shell script in a container and gives back what it printed; the script must succeed. */
export async function output(at: Place, script: string | readonly string[], change?: Change): Promise<string> {
  const args = typeof script === 'string' ? ['sh', '-c', script] : script
  const done = await run(at, args, change)
  assert.equal(
    done.exitCode,
    0,
    `"${args.join(' ')}" ended with ${done.exitCode}: ${done.stdout.slice(0, 2000)}${done.stderr}`,
  )
  return done.stdout
}

/** The lines of `output`. */
export async function lines(at: Place, script: string | readonly string[], change?: Change): Promise<string[]> {
  return (await output(at, script, change)).split('\n').slice(0, -1)
}

/** A container in `created`, deleted with the test. */
export async function created(
  t: TestContext,
  at: Place,
  args: readonly string[] = ['sleep', '1000'],
  change?: Change,
): Promise<Container> {
  const container = await at.runtime.create({ id: freshId(), config: config(at, args, change), rootfs: at.rootfs })
  t.after(() => container.delete({ force: true }).catch(() => undefined))
  return container
}

/** A running container that sleeps, deleted with the test. */
export async function running(t: TestContext, at: Place, change?: Change): Promise<Container> {
  const container = await created(t, at, ['sleep', '1000'], change)
  await container.start()
  return container
}

export interface Expected {
  readonly code: StatorError['code']
  readonly pointer?: string
  readonly errno?: string
  readonly message?: RegExp
}

/** The promise must reject with just this StatorError; gives it back. */
export async function refused(promise: Promise<unknown>, expected: Expected): Promise<StatorError> {
  const error = await promise.then(
    () => assert.fail(`resolved, and should have been refused with ${expected.code}`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof StatorError, `rejected with ${String(error)}, which is no StatorError`)
  const { code, pointer, errno } = error
  const found = {
    code,
    ...(expected.pointer === undefined ? {} : { pointer }),
    ...(expected.errno === undefined ? {} : { errno }),
  }
  const { message, ...wanted } = expected
  assert.deepEqual(found, wanted, error.message)
  if (message !== undefined) assert.match(error.message, message)
  return error
}

/** A create that must be refused, and leave nothing behind. */
export async function refusedCreate(
  at: Place,
  change: Change,
  expected: Expected,
  args: readonly string[] = ['true'],
): Promise<StatorError> {
  const before = machine()
  const id = freshId()
  const error = await refused(at.runtime.create({ id, config: config(at, args, change), rootfs: at.rootfs }), expected)
  assert.deepEqual(added(before, machine()), [], 'nothing is left behind')
  assert.ok(!existsSync(join(at.root, id)), 'the folder is gone')
  return error
}

/** Names in a folder; none when it is not there. */
export function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** The fields of a /proc/PID/status. */
export function status(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
}

export interface MountInfo {
  readonly id: string
  readonly parent: string
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
  /** `shared`, `master`, `unbindable`; none of them is private. */
  readonly propagation: readonly string[]
  /** The same with the numbers of their groups: `shared:12`. */
  readonly groups: readonly string[]
  readonly type: string
  readonly source: string
  readonly superblock: readonly string[]
}

/** A /proc/PID/mountinfo, read (proc_pid_mountinfo(5)). */
export function parseMounts(text: string): MountInfo[] {
  const plain = (word = '') =>
    word.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [first = '', last = ''] = line.split(/ - (?=\S+ \S+ \S+$)/)
      const [id = '', parent = '', , root, point, options = '', ...optional] = first.split(' ')
      const [type = '', source, superblock = ''] = last.split(' ')
      return {
        id,
        parent,
        root: plain(root),
        point: plain(point),
        options: options.split(','),
        propagation: optional.map((field) => field.replace(/:.*/, '')),
        groups: optional,
        type,
        source: plain(source),
        superblock: superblock.split(','),
      }
    })
}

/** The mounts that a process of the host sees. */
export function mounts(pid: number | 'self'): MountInfo[] {
  return parseMounts(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))
}

/** The topmost mount at a place. */
export function mountAt(all: readonly MountInfo[], point: string): MountInfo {
  const found = all.findLast((mount) => mount.point === point)
  assert.ok(found, `nothing is mounted at ${point}: ${all.map((mount) => mount.point).join(' ')}`)
  return found
}

/** `net:[4026531840]` */
export function namespaceOf(pid: number | 'self', file: string): string {
  return readlinkSync(`/proc/${pid}/ns/${file}`)
}

let unshared = false

/**
 * Gives this test file a mount namespace of its own, whose mounts the host never sees and which ends with the process. Only
 * the main thread moves; what it starts comes along, and files that are read and written off the loop do not.
 */
export function ownMountNamespace(): void {
  if (unshared) return
  unshared = true
  syscall('unshare', CLONE_NEWNS)
  execFileSync('mount', ['--make-rprivate', '/'])
}

/** A mount of the host's side, in the file's own mount namespace; unmounted with the test's place. */
export function mountHere(args: readonly string[], point: string): void {
  ownMountNamespace()
  execFileSync('mount', [...args, point])
}

/** The last first. */
function unmountBelow(folder: string): void {
  for (const { point } of mounts('self').reverse())
    if (point.startsWith(`${folder}/`)) syscallResult('umount2', point, MNT_DETACH)
}

/** A process with namespaces of its own, by unshare(1), that waits; ended with the test. */
export function holder(t: TestContext, flags: readonly string[], setup = 'true'): { readonly pid: number } {
  const [read, write] = pipeEnds()
  // The child of a new pid or time namespace is the one that is in it: it tells its own pid as the host knows it.
  const script = `${setup}; read -r pid rest < /proc/self/stat; echo ready >&3; exec 3>&-; exec sleep 1000`
  const child = spawn('unshare', [...flags, '--kill-child', '--fork', 'sh', '-c', script], {
    stdio: ['ignore', 'inherit', 'inherit', write],
  })
  closeSync(write)
  const ready = Buffer.alloc(16)
  const got = readSync(read, ready)
  closeSync(read)
  t.after(() => endOf(child))
  assert.equal(ready.toString('utf8', 0, got), 'ready\n', `unshare ${flags.join(' ')}: ${setup}`)
  const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')
  return { pid: Number(pid) }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/** A pipe by its numbers, both blocking. */
export function pipeEnds(): [read: number, write: number] {
  const ends = Buffer.alloc(8)
  syscall('pipe2', ends, 0o2000000)
  return [ends.readInt32LE(0), ends.readInt32LE(4)]
}

/** Whether this process has a capability, by its number. */
export function hasCapability(number: number): boolean {
  const { CapEff = '0' } = status(readFileSync('/proc/self/status', 'utf8'))
  return ((BigInt(`0x${CapEff}`) >> BigInt(number)) & 1n) === 1n
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
