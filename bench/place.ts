// Where the bench happens: a folder of its own with the bundle that all are given, and the two C programs, compiled.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a person can act on: printed as one line. */
export class BenchError extends Error {}

const tools: readonly { readonly name: string; readonly package: string; readonly why: string }[] = [
  { name: 'gcc', package: 'gcc libc6-dev', why: 'to compile the floor' },
  { name: 'busybox', package: 'busybox-static', why: 'the root file system' },
  { name: 'unshare', package: 'util-linux', why: 'mount namespaces of their own' },
  { name: 'runc', package: 'runc', why: 'to be compared with' },
  { name: 'crun', package: 'crun', why: 'to be compared with' },
]

/** @throws {BenchError} what is missing, and the command that installs it */
export function requireTools(): void {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0)
    throw new BenchError('it makes containers: run it as root, on Linux')
  const missing = tools.filter(({ name }) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing.length === 0) return
  const names = missing.map(({ name, why }) => `${name} (${why})`).join(', ')
  throw new BenchError(`missing: ${names}; apt-get install ${missing.map((tool) => tool.package).join(' ')}`)
}

export interface Place extends Disposable {
  readonly folder: string
  readonly rootfs: string
  /** Its program is /bin/true. */
  readonly bundle: string
  /** The same, but any device may be opened. */
  readonly withoutDeviceRules: string
  /** The first again, but it sleeps. */
  readonly sleeping: string
  readonly sleepingWithoutDeviceRules: string
  readonly floor: string
  readonly stopwatch: string
}

/** What crun leaves of a container that it cannot make. */
function removeGroups(): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  for (const line of mounts.filter((text) => / - cgroup2? /.test(text))) {
    const mount = line.split(' ')[4] ?? ''
    for (const name of readdirSync(mount)) if (name.includes(`bench-${process.pid}-`)) rmdirSync(join(mount, name))
  }
}

/** In memory, as /run is, where runtimes keep their state. */
export function makePlace(): Place {
  const folder = mkdtempSync(join(['/run', '/dev/shm'].find(isInMemory) ?? tmpdir(), 'stator-bench-'))
  const dispose = () => {
    removeGroups()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const rootfs = join(folder, 'rootfs')
    makeRootfs(rootfs)
    const bundle = makeBundle(join(folder, 'bundle'), rootfs, ['/bin/true'])
    const withoutDeviceRules = makeBundle(join(folder, 'without'), rootfs, ['/bin/true'], false)
    const sleeping = makeBundle(join(folder, 'sleeping'), rootfs, ['/bin/sleep', '3600'])
    const sleepingWithout = makeBundle(join(folder, 'sleeping-without'), rootfs, ['/bin/sleep', '3600'], false)
    const floor = compiled(folder, 'floor', '-static')
    const stopwatch = compiled(folder, 'stopwatch')
    return {
      ...{ folder, rootfs, bundle, withoutDeviceRules, sleeping, sleepingWithoutDeviceRules: sleepingWithout },
      ...{ floor, stopwatch, [Symbol.dispose]: dispose },
    }
  } catch (error) {
    dispose()
    throw error
  }
}

function makeRootfs(rootfs: string): void {
  for (const name of ['bin', 'dev', 'etc', 'proc', 'sys']) mkdirSync(join(rootfs, name), { recursive: true })
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(busybox, join(rootfs, 'bin/busybox'))
  for (const name of ['true', 'sleep', 'sh']) symlinkSync('busybox', join(rootfs, 'bin', name))
  if (spawnSync(join(rootfs, 'bin/true')).status !== 0) throw new BenchError(`${busybox} has no "true"`)
  if (spawnSync('chroot', [rootfs, '/bin/true']).status !== 0)
    throw new BenchError(`${busybox} is not static: apt-get install busybox-static`)
}

/** Whether it is a tmpfs, and programs in it may run: not every machine's /run is one. */
function isInMemory(folder: string): boolean {
  const TMPFS_MAGIC = 0x01021994
  if (!existsSync(folder) || statfsSync(folder).type !== TMPFS_MAGIC) return false
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const options = mounts.findLast((line) => line.split(' ')[4] === folder)?.split(' ')[5]
  return options?.split(',').includes('noexec') === false
}

/** What runc itself writes, without a terminal. */
function makeBundle(folder: string, rootfs: string, args: readonly string[], deviceRules = true): string {
  mkdirSync(folder)
  execFileSync('runc', ['spec', '--bundle', folder])
  const file = join(folder, 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as { process: object; root: object; linux: object }
  const { process, root, linux } = config
  const changed = { ...config, process: { ...process, terminal: false, args }, root: { ...root, path: rootfs } }
  if (!deviceRules) Object.assign(changed, { linux: { ...linux, resources: {} } })
  writeFileSync(file, JSON.stringify(changed))
  return folder
}

function compiled(folder: string, name: string, ...flags: readonly string[]): string {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url))
  const program = join(folder, name)
  const { status, stderr } = spawnSync('gcc', ['-O2', '-w', ...flags, '-o', program, source], { encoding: 'utf8' })
  if (status !== 0) throw new BenchError(`${name}.c cannot be compiled: ${stderr.trim()}`)
  return program
}
