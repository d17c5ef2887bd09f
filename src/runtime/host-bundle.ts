// A bundle of this machine's own userland: a container without an image. Nothing is copied: /usr and what of /etc programs
// need is bound read-only, and the rest is empty.

import {
  chmodSync,
  closeSync,
  type Dirent,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { StatorError, toStatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import { makeFolders } from '../native/folder.ts'
import { processStartTime } from '../native/process-stat.ts'
import type { Input, Mount, Spec } from '../oci/config.ts'
import { defaultMaskedPaths, defineConfig, type ConfigOptions } from '../oci/default-config.ts'
import { stringifyConfig } from '../oci/stringify.ts'
import { checkOptions, hostBundleOptions } from './options.ts'
import { endBundle, type Mark, markBundle, markName, sweepBundles } from './host-bundle-end.ts'

/** As for `defineConfig`, but for the root file system, which is this machine's. */
export interface HostBundleOptions extends Omit<ConfigOptions, 'rootfs' | 'readonlyRootfs'> {
  /** Where the bundle is made: a folder without a config.json. Default: a new one in the system's temporary folder. */
  readonly folder?: string
  /** The first part of that new folder's name; default `stator-host`. */
  readonly name?: string
}

/** A bundle that goes away again: `await using` calls `remove`. */
export interface HostBundle extends AsyncDisposable {
  /** Absolute. */
  readonly bundle: string
  readonly config: Spec
  /**
   * Removes config.json and the rootfs, and the folder too if `hostBundle` has made it. Where a container of it still runs, in
   * whichever root, the bundle stays, and goes away when the last of them is deleted; or, if that ends in another way, with
   * the next bundle that is made in the system's temporary folder. Twice is fine.
   *
   * @returns whether it is gone now
   * @throws {StatorError} ERR_STATOR_PLATFORM with EBUSY: something is mounted there, and nothing was removed
   */
  remove(): Promise<boolean>
}

/**
 * Makes a bundle of this machine's own userland, without copying any of it. The container sees `/usr` (and `/bin`,
 * `/sbin`, `/lib*`, as folders or as the links that a merged /usr has) and the part of `/etc` that programs need to
 * start; all of that is read-only, and of /etc only what everybody may read here. `/tmp`, `/run`, `/var/tmp` and `/root`
 * are empty and in memory. Nothing else is there: no /home, no /var, no other devices than every container has.
 *
 * The container's root is this machine's root without its rights, so it may read what root owns: what is secret under
 * /usr (`/usr/local/etc`?) should be masked by `maskedPaths`, which add to those that every such container has.
 *
 * @example
 *   await using host = await hostBundle({ args: ['sh', '-c', 'echo hello'] })
 *   const container = await runtime.create({ id: 'hello', bundle: host.bundle })
 * @throws {StatorError} ERR_STATOR_CONFIG: as `defineConfig`, or there is a config.json in the folder already;
 *   ERR_STATOR_PLATFORM: the folder cannot be written
 */
export async function hostBundle(options: HostBundleOptions): Promise<HostBundle> {
  checkOptions('host bundle', options, hostBundleOptions)
  const { folder, name = 'stator-host', mounts = [], maskedPaths = [], ...rest } = options
  const userland = userlandOf('/')
  const config = defineConfig({
    ...rest,
    mounts: [...userland.mounts, ...mounts],
    maskedPaths: [...defaultMaskedPaths, ...userland.secrets, ...maskedPaths],
  })
  if (folder === undefined) sweepBundles(tmpdir())
  const bundle = folder === undefined ? temporaryFolder(name) : resolve(folder)
  const undo: (() => void)[] = folder === undefined ? [() => rmdirSync(bundle)] : []
  let mark: Mark
  try {
    const withFolder = folder === undefined || makeFolders(bundle) !== undefined
    if (withFolder && folder !== undefined) undo.push(() => rmdirSync(bundle))
    mark = { maker: { pid: process.pid, startTime: processStartTime(process.pid) ?? '' }, givenUp: false, withFolder }
    if (folder === undefined) {
      undo.push(() => rmSync(join(bundle, markName), { force: true }))
      markBundle(bundle, mark)
    }
    const file = join(bundle, 'config.json')
    write(file, `${stringifyConfig(config, 2)}\n`)
    undo.push(() => rmSync(file, { force: true }))
    const rootfs = join(bundle, 'rootfs')
    mkdirSync(rootfs)
    undo.push(() => rmSync(rootfs, { recursive: true, force: true }))
    makeRootfs(rootfs, userland)
    openToAll(rootfs)
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw toStatorError(error, 'ERR_STATOR_PLATFORM', { path: bundle })
  }
  let isGone = false
  const remove = async () => (isGone ||= endBundle(bundle, mark))
  const dispose = async () => void (await remove())
  return { bundle, config, remove, [Symbol.asyncDispose]: dispose }
}

function temporaryFolder(name: string): string {
  try {
    return mkdtempSync(join(tmpdir(), `${name}-`))
  } catch (error) {
    throw toStatorError(error, 'ERR_STATOR_PLATFORM')
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const message = `write "${path}": EEXIST (remove it first, or choose another folder)`
    throw new StatorError('ERR_STATOR_CONFIG', message, { path, errno: 'EEXIST' }, { cause: error })
  }
}

/** Links and mount points. Those of other mounts are made with the container, as in every bundle. */
function makeRootfs(rootfs: string, { links, mounts }: Userland): void {
  for (const folder of ['proc', 'dev', 'sys']) mkdirSync(join(rootfs, folder))
  for (const { destination, source = '', type } of mounts) {
    const target = join(rootfs, destination)
    const isFile = type === 'bind' && !statSync(source).isDirectory()
    mkdirSync(isFile ? dirname(target) : target, { recursive: true })
    if (isFile) closeSync(openSync(target, 'wx'))
  }
  for (const { path, target } of links) {
    mkdirSync(dirname(join(rootfs, path)), { recursive: true })
    symlinkSync(target, join(rootfs, path))
  }
}

/** Whatever this process's umask: the container's user goes through them. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of listed(folder)) if (entry.isDirectory()) openToAll(join(folder, entry.name))
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Folders of programs and libraries. */
const programs = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']

/**
 * What of /etc a program needs to find its libraries, users, hosts, certificates, time and settings. An allow list, and
 * not all of /etc with the secrets masked: a mask on a file is gone as soon as the host replaces the file by
 * renaming a new one over it, as passwd(1) does with /etc/shadow (mount_namespaces(7), since Linux 3.18).
 */
const ofEtc: readonly RegExp[] = [
  // to load and to find programs
  /^(?:ld\.so\.cache|alternatives)$/,
  // who users, hosts and services are
  /^(?:passwd|group|nsswitch\.conf|hosts|resolv\.conf|services|protocols)$/,
  // whom to trust
  /^(?:pki|crypto-policies)$/,
  // what this machine is, and what time it has
  /^(?:os-release|localtime|timezone)$/,
  // settings that programs do not start without, or draw nothing
  /^(?:mime\.types|fonts|java(?:-.*)?|perl|python.*)$/,
]

/** Of /etc/ssl: its other folder has private keys. */
const ofSsl = ['etc/ssl/certs', 'etc/ssl/openssl.cnf']

export interface Userland {
  /** Symbolic links, as they are on the host. Paths are relative to the root. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
  readonly mounts: readonly Input<Mount>[]
  /** Within the mounts, what others than its owner may not read. */
  readonly secrets: readonly string[]
}

/** @param host where the machine begins: `/` but for tests */
export function userlandOf(host: string): Userland {
  const links: { path: string; target: string }[] = []
  const mounts: Input<Mount>[] = []
  const secrets: string[] = []
  const etc = listed(join(host, 'etc')).filter(({ name }) => ofEtc.some((pattern) => pattern.test(name)))
  for (const path of [...programs, ...etc.map(({ name }) => `etc/${name}`).sort(), ...ofSsl]) {
    const file = join(host, path)
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found === undefined) continue
    const source = realpathOr(file)
    if (found.isSymbolicLink() && source.startsWith(join(host, 'usr/'))) {
      links.push({ path, target: readlinkSync(file) })
      continue
    }
    // A link that leads elsewhere (resolv.conf into /run) would lead nowhere in the container.
    const real = statSync(source, { throwIfNoEntry: false })
    if (real === undefined || !isPublic(real)) continue
    mounts.push({ destination: `/${path}`, type: 'bind', source, options: bind })
    if (real.isDirectory() && path.startsWith('etc/')) {
      secrets.push(...secretsIn(source).map((inside) => join('/', path, inside.slice(source.length))))
    }
  }
  for (const [destination, mode] of inMemory) {
    mounts.push({ destination, type: 'tmpfs', source: 'tmpfs', options: [...tmpfs, `mode=${mode}`] })
  }
  return { links, mounts, secrets }
}

/**
 * Recursively, as /usr may have mounts in it; `ro` alone would leave those writable. Private, as what is mounted there on
 * the host later would come in writable.
 */
const bind = ['rbind', 'rro', 'rnosuid', 'rnodev', 'rprivate']

const tmpfs = ['nosuid', 'nodev', 'size=64m']

const inMemory: readonly (readonly [destination: string, mode: string])[] = [
  ['/tmp', '1777'],
  ['/run', '755'],
  ['/var/tmp', '1777'],
  ['/root', '700'],
]

/** What of a folder must be masked: it is not for everybody to read. A link leads to what is judged by itself. */
function secretsIn(folder: string): string[] {
  return listed(folder).flatMap((entry) => {
    if (entry.isSymbolicLink()) return []
    const path = join(folder, entry.name)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) return []
    if (!isPublic(found)) return [path]
    return entry.isDirectory() ? secretsIn(path) : []
  })
}

/** Whether others than its owner and its group may read it; a folder: may list and enter it. */
function isPublic(found: Stats): boolean {
  const wanted = found.isDirectory() ? 0o005 : 0o004
  return (found.mode & wanted) === wanted
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    // What the runtime may not list, the container may not either.
    return ignoring('ENOENT', 'ENOTDIR', 'EACCES')(error) ?? []
  }
}
