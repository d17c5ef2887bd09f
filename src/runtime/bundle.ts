// Where a container's configuration comes from: a bundle's config.json, or an object of the caller's.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { StatorError, toStatorError } from '../errors.ts'
import type { Spec, SpecInput } from '../oci/config.ts'
import { configText, normalizeConfig, parseConfig, type ParseNotes } from '../oci/parse.ts'
import { stringifyConfig } from '../oci/stringify.ts'

/** A bundle: a folder with config.json in it. */
export interface BundleSource {
  readonly bundle: string
  readonly config?: undefined
  readonly rootfs?: undefined
  /** A program and its arguments, in place of those in config.json. */
  readonly args?: readonly string[] | undefined
  /** `NAME=value`, added to those in config.json. */
  readonly env?: readonly string[] | undefined
}

/** A configuration without a folder: the container's own in the root becomes its bundle. */
export interface ConfigSource {
  readonly bundle?: undefined
  readonly config: SpecInput
  /** Absolute, or relative to the working directory; default `config.root.path`, which must be absolute then. */
  readonly rootfs?: string
  readonly args?: undefined
  readonly env?: undefined
}

export type Source = BundleSource | ConfigSource

export interface Bundle {
  readonly config: Spec
  /** What is kept of it. */
  readonly configText: string
  /** Absolute. */
  readonly bundle: string
  /** Absolute, without symlinks. */
  readonly rootfs: string
}

/** Many containers come from the same bundle: the text of the last one need not be parsed again. */
let last: { readonly text: string; readonly config: Spec } | undefined

/**
 * @param folder of the container: the bundle of one that has none
 * @param notes of a config.json that was not the last one read
 * @throws {StatorError} ERR_STATOR_CONFIG or ERR_STATOR_UNSUPPORTED, with `pointer`
 */
export function readBundle(source: Source, folder: string, notes: ParseNotes = {}): Bundle {
  const { bundle, config, rootfs } = source as { bundle?: unknown; config?: unknown; rootfs?: unknown }
  const { args, env = [] } = source
  if ((bundle === undefined) === (config === undefined)) {
    throw new StatorError('ERR_STATOR_CONFIG', 'create: give either "bundle" or "config"')
  }
  if (config !== undefined && (args !== undefined || env.length > 0)) {
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      'create: "args" and "env" go with "bundle" (a config has a process of its own)',
    )
  }
  if (bundle !== undefined) {
    if (typeof bundle !== 'string' || bundle === '')
      throw new StatorError('ERR_STATOR_CONFIG', 'bundle: must be a path')
    if (rootfs !== undefined)
      throw new StatorError('ERR_STATOR_CONFIG', 'rootfs: the bundle has one already (root.path)')
    const path = resolve(bundle)
    const configText = readConfigFile(join(path, 'config.json'))
    if (last?.text !== configText) last = { text: configText, config: parseConfig(configText, notes) }
    const found = {
      config: last.config,
      configText,
      bundle: path,
      rootfs: realRootfs(resolve(path, last.config.root.path)),
    }
    return args === undefined && env.length === 0 ? found : { ...found, ...withProcess(last.config, args, env) }
  }
  const given = config as Partial<SpecInput> | null
  if (typeof given !== 'object' || given === null)
    throw new StatorError('ERR_STATOR_CONFIG', 'config: must be an object')
  if (rootfs !== undefined && (typeof rootfs !== 'string' || rootfs === '')) {
    throw new StatorError('ERR_STATOR_CONFIG', 'rootfs: must be a path')
  }
  const path = typeof rootfs === 'string' ? resolve(rootfs) : given.root?.path
  if (typeof path === 'string' && !path.startsWith('/')) {
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      `root.path "${path}": must be absolute where there is no bundle (or give "rootfs")`,
      {
        pointer: 'root.path',
      },
    )
  }
  const checked = normalizeConfig({ ...given, root: { ...given.root, ...(path === undefined ? {} : { path }) } })
  return {
    config: checked,
    configText: stringifyConfig(checked),
    bundle: folder,
    rootfs: realRootfs(checked.root.path),
  }
}

function withProcess(config: Spec, args: readonly string[] | undefined, env: readonly string[]) {
  const { process } = config
  const changed = normalizeConfig({
    ...config,
    process: { ...process, ...(args === undefined ? {} : { args }), env: [...(process.env ?? []), ...env] },
  })
  return { config: changed, configText: stringifyConfig(changed) }
}

/** @throws {StatorError} ERR_STATOR_CONFIG: there is none, or not UTF-8; ERR_STATOR_PLATFORM */
export function readConfigFile(path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    if (code === 'EMFILE' || code === 'ENFILE') throw toStatorError(error, 'ERR_STATOR_PLATFORM')
    const message = `read "${path}": ${code}${wayOut(path, code)}`
    throw new StatorError('ERR_STATOR_CONFIG', message, { path, errno: code }, { cause: error })
  }
  return configText(bytes)
}

function wayOut(path: string, code: string): string {
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return ''
  const folder = dirname(path)
  if (!existsSync(folder)) return ' (there is no such folder)'
  if (code === 'ENOENT') return ' (a bundle is a folder with a config.json; "stator spec" writes one)'
  return basename(folder) === 'config.json' ? ` (give the folder: "${dirname(folder)}")` : ' (a bundle is a folder)'
}

function realRootfs(path: string): string {
  let errno = 'ENOTDIR'
  let cause: unknown
  try {
    const real = realpathSync(path)
    if (statSync(real).isDirectory()) return real
  } catch (error) {
    errno = (error as NodeJS.ErrnoException).code ?? 'EIO'
    cause = error
  }
  const hint = errno === 'ENOENT' ? ' (put a root file system there; "stator spec --host" makes a bundle with one)' : ''
  throw new StatorError(
    'ERR_STATOR_CONFIG',
    `root.path "${path}": ${errno}${hint}`,
    { path, errno, pointer: 'root.path' },
    { cause },
  )
}
