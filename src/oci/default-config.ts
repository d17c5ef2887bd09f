// A configuration from what a person wants to say: a program, and where it differs from a container that can do little.

import type {
  Capabilities,
  Hooks,
  IdMapping,
  Input,
  Linux,
  Mount,
  Namespace,
  NamespaceType,
  Rlimit,
  Spec,
  User,
} from './config.ts'
import { StatorError } from '../errors.ts'
import { noSuch } from './names.ts'
import { normalizeConfig } from './parse.ts'
import { ociVersion } from './state.ts'

export interface ConfigOptions {
  /** The program and its arguments: an absolute path in the rootfs, or a name that is looked up in PATH. */
  readonly args: readonly string[]
  /** `NAME=value`, or names with values. PATH is added if it is missing. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>
  /** Absolute; default `/`. */
  readonly cwd?: string
  /** Default root, which the capabilities below make weak. */
  readonly user?: User
  /** Absolute, or relative to the bundle; default `rootfs`. */
  readonly rootfs?: string
  /** Default true. */
  readonly readonlyRootfs?: boolean
  /** Default `stator`, where the container has a uts namespace. */
  readonly hostname?: string
  /** Mounted after the default ones; one with the destination of a default one takes its place. */
  readonly mounts?: readonly Input<Mount>[]
  /**
   * One list for the bounding, effective and permitted sets, or each set by itself. Default CAP_AUDIT_WRITE, CAP_KILL
   * and CAP_NET_BIND_SERVICE.
   */
  readonly capabilities?: readonly string[] | Capabilities
  /** Default true: no setuid program gives rights. */
  readonly noNewPrivileges?: boolean
  /** Default 1024 open files. */
  readonly rlimits?: readonly Input<Rlimit>[]
  /** -1000 to 1000. */
  readonly oomScoreAdj?: number
  /**
   * By type: true for a new one, a path for one to join, false for the host's. By default all but user and time are
   * new; a user namespace is new where `uidMappings` are given.
   */
  readonly namespaces?: { readonly [Type in NamespaceType]?: boolean | string }
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly timeOffsets?: Input<NonNullable<Linux['timeOffsets']>>
  /** Needs the namespace that the sysctl belongs to. */
  readonly sysctl?: Readonly<Record<string, string>>
  /** Bytes of memory, swap not included. */
  readonly memoryLimitBytes?: number | bigint
  /** Processes and threads. */
  readonly pidsLimit?: number | bigint
  /** The share of the CPU in relation to others, 2 to 262144; the kernel's default is 1024. */
  readonly cpuShares?: number | bigint
  /** Beside /dev/null, zero, full, random, urandom, tty and ptmx, which are always there. */
  readonly devices?: Input<NonNullable<Linux['devices']>>
  readonly cgroupsPath?: string
  /** In place of the default ones. */
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly rootfsPropagation?: Linux['rootfsPropagation']
  readonly hooks?: Input<Hooks>
  readonly annotations?: Readonly<Record<string, string>>
}

/** Their names. */
export const configOptions: { readonly [Name in keyof ConfigOptions]-?: true } = {
  args: true,
  env: true,
  cwd: true,
  user: true,
  rootfs: true,
  readonlyRootfs: true,
  hostname: true,
  mounts: true,
  capabilities: true,
  noNewPrivileges: true,
  rlimits: true,
  oomScoreAdj: true,
  namespaces: true,
  uidMappings: true,
  gidMappings: true,
  timeOffsets: true,
  sysctl: true,
  memoryLimitBytes: true,
  pidsLimit: true,
  cpuShares: true,
  devices: true,
  cgroupsPath: true,
  maskedPaths: true,
  readonlyPaths: true,
  rootfsPropagation: true,
  hooks: true,
  annotations: true,
}

/**
 * A complete configuration around a program. The default is as narrow as that of `runc spec`, and narrower where
 * runtimes have learned since: a cgroup namespace, no ambient capabilities, more masked paths. No terminal.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG or ERR_STATOR_UNSUPPORTED, with the pointer into the configuration that
 *   would have come out
 */
export function defineConfig(options: ConfigOptions): Spec {
  checkNames(options)
  const namespaces = namespaceList(options)
  const has = (type: NamespaceType) => namespaces.some((namespace) => namespace.type === type)
  const { memoryLimitBytes, pidsLimit, cpuShares } = options
  return normalizeConfig({
    ociVersion,
    process: {
      terminal: false,
      user: options.user ?? { uid: 0, gid: 0 },
      args: options.args,
      env: environment(options.env),
      cwd: options.cwd ?? '/',
      capabilities: capabilitySets(options.capabilities ?? defaultCapabilities),
      rlimits: options.rlimits ?? [{ type: 'RLIMIT_NOFILE', soft: 1024n, hard: 1024n }],
      noNewPrivileges: options.noNewPrivileges ?? true,
      oomScoreAdj: options.oomScoreAdj,
    },
    root: { path: options.rootfs ?? 'rootfs', readonly: options.readonlyRootfs ?? has('mount') },
    hostname: options.hostname ?? (has('uts') ? 'stator' : undefined),
    mounts: mountList(has('mount') ? defaultMounts(options) : [], options.mounts ?? []),
    hooks: options.hooks,
    annotations: options.annotations,
    linux: {
      namespaces,
      uidMappings: options.uidMappings,
      gidMappings: options.gidMappings,
      timeOffsets: options.timeOffsets,
      sysctl: options.sysctl,
      devices: options.devices,
      cgroupsPath: options.cgroupsPath,
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: memoryLimitBytes === undefined ? undefined : { limit: memoryLimitBytes },
        pids: pidsLimit === undefined ? undefined : { limit: pidsLimit },
        cpu: cpuShares === undefined ? undefined : { shares: cpuShares },
      },
      rootfsPropagation: options.rootfsPropagation,
      maskedPaths: options.maskedPaths ?? (has('mount') ? defaultMaskedPaths : []),
      readonlyPaths: options.readonlyPaths ?? (has('mount') ? defaultReadonlyPaths : []),
    },
  })
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new StatorError('ERR_STATOR_CONFIG', 'define a configuration: options must be an object')
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(configOptions, name)) continue
    const why = noSuch('option', name, Object.keys(configOptions))
    throw new StatorError('ERR_STATOR_CONFIG', `define a configuration: "${name}": ${why}`)
  }
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function environment(env: ConfigOptions['env'] = []): string[] {
  const entries = Array.isArray(env)
    ? [...(env as string[])]
    : Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return entries.some((entry) => entry.startsWith('PATH=')) ? entries : [defaultPath, ...entries]
}

function namespaceList({ namespaces: wanted = {}, uidMappings }: ConfigOptions): Namespace[] {
  const all: { readonly [Type in NamespaceType]: boolean | string } = {
    pid: true,
    network: true,
    ipc: true,
    uts: true,
    mount: true,
    cgroup: true,
    user: uidMappings !== undefined,
    time: false,
    ...wanted,
  }
  return Object.entries(all).flatMap(([type, choice]) => {
    if (choice === false) return []
    return [{ type: type as NamespaceType, ...(typeof choice === 'string' ? { path: choice } : {}) }]
  })
}

const defaultCapabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']

function capabilitySets(given: readonly string[] | Capabilities): Capabilities {
  return Array.isArray(given) ? { bounding: given, effective: given, permitted: given } : (given as Capabilities)
}

function mountList(defaults: readonly Mount[], given: readonly Input<Mount>[]): readonly Input<Mount>[] {
  const replaced = (mount: Mount) => given.some(({ destination }) => destination === mount.destination)
  return [...defaults.filter((mount) => !replaced(mount)), ...given]
}

/** In a user namespace that has no group 5 (tty) a devpts cannot be told to use it. */
function defaultMounts({ uidMappings, gidMappings = [] }: ConfigOptions): Mount[] {
  const tty =
    uidMappings === undefined || gidMappings.some(({ containerID, size }) => containerID <= 5 && 5 < containerID + size)
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...(tty ? ['gid=5'] : [])],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
    },
  ]
}

/** What tells a container about the host, or lets it act on it. What a kernel does not have is skipped. */
export const defaultMaskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]

export const defaultReadonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
]
