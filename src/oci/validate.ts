// The rules of the specification that its schema does not say, and what the kernel would refuse or, worse, do to the
// host. Pure: what needs a look at the machine (is this namespace the host's own? is that source a procfs?) is checked
// by the actor that opens it.

import { seccompPolicyAnnotation } from './annotations.ts'
import { posix } from 'node:path'
import { capabilities } from '../native/uapi.ts'
import type {
  Capabilities,
  Device,
  HookKind,
  Hooks,
  IdMapping,
  Linux,
  Mount,
  NamespaceType,
  Process,
  Resources,
  Spec,
} from './config.ts'
import { isBindMount, longestSetting, parseMountOptions } from './mount-options.ts'
import { below, invalid } from './pointer.ts'
import { sysctlNamespace, sysctlPath } from './sysctl.ts'
import { checkSeccomp } from './validate-seccomp.ts'

/** Says something that is worth a line in the log, and stops nothing. */
export type Warn = (pointer: string, message: string) => void

/** @throws {StatorError} ERR_STATOR_CONFIG with the pointer of the first value that breaks a rule */
export function checkSpec(config: Spec, warn: Warn): void {
  if (config.root.path === '') throw invalid('root.path', 'must not be empty')
  checkPath(config.root.path, 'root.path')
  const namespaces = checkNamespaces(config.linux?.namespaces ?? [])
  checkProcess(config.process, 'process', warn)
  checkMounts(config.mounts ?? [])
  checkHooks(config.hooks ?? {})
  for (const key of Object.keys(config.annotations ?? {})) {
    if (key === '') throw invalid(below('annotations', key), 'must have a name that is not empty')
    // One that is misspelt has no effect, and a filter that is not there is not missed.
    if (key.startsWith('org.stator.') && key !== seccompPolicyAnnotation)
      warn(below('annotations', key), `has no effect: there is "${seccompPolicyAnnotation}" alone`)
  }
  checkMappings(config, namespaces, warn)
  checkNames(config, namespaces)
  checkNeedsMountNamespace(config, namespaces)
  if (config.linux !== undefined) checkLinux(config, config.linux, namespaces, warn)
}

/** A process of a configuration, or of an exec. */
export function checkProcess(process: Process, at: string, warn: Warn): void {
  if (process.args.length === 0) throw invalid(`${at}.args`, 'must name a program')
  if (process.args[0] === '') throw invalid(`${at}.args[0]`, 'must not be empty')
  checkAbsolute(process.cwd, `${at}.cwd`)
  if ((process.user?.additionalGids ?? []).length > maximumGroups)
    throw invalid(`${at}.user.additionalGids`, `must have at most ${maximumGroups} entries`)
  for (const [index, entry] of (process.env ?? []).entries()) {
    const name = entry.indexOf('=')
    if (name === -1) throw invalid(`${at}.env[${index}]`, 'must have the form NAME=value')
    if (name === 0) throw invalid(`${at}.env[${index}]`, 'must have a name before "="')
  }
  checkRlimits(process, at)
  checkScheduler(process, at)
  checkCapabilities(process.capabilities ?? {}, `${at}.capabilities`, warn)
}

/** The specification, "Linux Process": what cannot be granted gets a warning, and no error. What this kernel has is not looked at. */
function checkCapabilities(sets: Capabilities, at: string, warn: Warn): void {
  const unknown = new Set<string>()
  for (const [set, names] of Object.entries(sets) as [string, readonly string[]][]) {
    for (const [index, name] of names.entries()) {
      // Once: it usually stands in every set.
      if (capabilities.includes(name) || unknown.has(name)) continue
      unknown.add(name)
      warn(`${at}.${set}[${index}]`, `${JSON.stringify(name)} is no capability, and is left out`)
    }
  }
  for (const [index, name] of (sets.ambient ?? []).entries()) {
    if (unknown.has(name) || (sets.permitted?.includes(name) === true && sets.inheritable?.includes(name) === true))
      continue
    warn(`${at}.ambient[${index}]`, `${name} has no effect: it is not both permitted and inheritable`)
  }
}

/** Limits of a configuration, or of an update. */
export function checkResources(resources: Resources, at: string): void {
  for (const [index, rule] of (resources.devices ?? []).entries()) {
    const here = `${at}.devices[${index}]`
    for (const field of ['major', 'minor'] as const) {
      const number = rule[field]
      if (number !== undefined && (number < -1n || number > deviceLimits[field])) {
        throw invalid(`${here}.${field}`, `must be an integer from -1 (any) to ${deviceLimits[field]}`)
      }
    }
    if (!/^[rwm]*$/.test(rule.access ?? '')) throw invalid(`${here}.access`, 'must be made of the letters r, w and m')
  }
}

/** Bytes; PATH_MAX without the NUL. What is longer the kernel refuses, after a long time spent on each of its folders. */
const maximumPath = 4095
/** So that the files in it have a path too, below where the hierarchies are mounted. */
const maximumGroupPath = maximumPath - 255
/** NGROUPS_MAX. */
const maximumGroups = 65_536

function checkAbsolute(path: string, at: string): void {
  if (!path.startsWith('/')) throw invalid(at, 'must be an absolute path')
  checkPath(path, at)
}

function checkPath(path: string, at: string): void {
  if (Buffer.byteLength(path) > maximumPath) throw invalid(at, `must have at most ${maximumPath} bytes`)
}

type Namespaces = ReadonlyMap<NamespaceType, { readonly joined: boolean; readonly at: string }>

function checkNamespaces(list: NonNullable<Linux['namespaces']>): Namespaces {
  const found = new Map<NamespaceType, { joined: boolean; at: string }>()
  for (const [index, { type, path }] of list.entries()) {
    const at = `linux.namespaces[${index}]`
    const earlier = found.get(type)
    if (earlier !== undefined) throw invalid(`${at}.type`, `must not repeat the "${type}" of ${earlier.at}`)
    if (path !== undefined) checkAbsolute(path, `${at}.path`)
    found.set(type, { joined: path !== undefined, at })
  }
  return found
}

function needs(pointer: string, type: NamespaceType, why: string): Error {
  return invalid(pointer, `needs a "${type}" namespace in linux.namespaces, ${why}`)
}

function checkRlimits(process: Process, at: string): void {
  const first = new Map<string, number>()
  for (const [index, { type, soft, hard }] of (process.rlimits ?? []).entries()) {
    const here = `${at}.rlimits[${index}]`
    const earlier = first.get(type)
    if (earlier !== undefined) throw invalid(`${here}.type`, `must not repeat the ${type} of ${at}.rlimits[${earlier}]`)
    if (soft > hard) throw invalid(`${here}.soft`, `must not be above hard, which is ${hard}`)
    first.set(type, index)
  }
}

/** @see sched_setattr(2) */
function checkScheduler(process: Process, at: string): void {
  const scheduler = process.scheduler
  if (scheduler === undefined) return
  const here = `${at}.scheduler`
  const { policy, priority = 0, runtime = 0n, deadline = 0n, period = 0n } = scheduler
  if (policy === 'SCHED_ISO') throw invalid(`${here}.policy`, 'must be one that Linux has: SCHED_ISO is reserved only')
  if (policy === 'SCHED_FIFO' || policy === 'SCHED_RR') {
    if (priority === 0) throw invalid(`${here}.priority`, `must be an integer from 1 to 99 for ${policy}`)
  } else if (priority !== 0) {
    throw invalid(`${here}.priority`, 'must be 0 unless the policy is SCHED_FIFO or SCHED_RR')
  }
  if (policy === 'SCHED_DEADLINE') {
    if (runtime === 0n) throw invalid(`${here}.runtime`, 'must be above 0 for SCHED_DEADLINE')
    if (deadline < runtime) throw invalid(`${here}.deadline`, `must not be below runtime, which is ${runtime}`)
    // A period of 0 is the deadline.
    if (period !== 0n && period < deadline) {
      throw invalid(`${here}.period`, `must not be below deadline, which is ${deadline}`)
    }
  } else {
    for (const field of ['runtime', 'deadline', 'period'] as const) {
      if ((scheduler[field] ?? 0n) !== 0n)
        throw invalid(`${here}.${field}`, 'must be 0 unless the policy is SCHED_DEADLINE')
    }
  }
}

function checkHooks(hooks: Hooks): void {
  for (const [kind, list] of Object.entries(hooks) as [HookKind, Hooks[HookKind]][]) {
    for (const [index, hook] of (list ?? []).entries()) {
      checkAbsolute(hook.path, `hooks.${kind}[${index}].path`)
    }
  }
}

function checkMounts(mounts: readonly Mount[]): void {
  for (const [index, mount] of mounts.entries()) {
    const at = `mounts[${index}]`
    if (mount.destination === '') throw invalid(`${at}.destination`, 'must not be empty')
    checkPath(mount.destination, `${at}.destination`)
    const bind = isBindMount(mount)
    const remount = mount.options?.includes('remount') === true
    if (bind && mount.source === undefined) throw invalid(`${at}.source`, 'is required for a bind mount')
    if (!bind && !remount && mount.type === undefined) {
      throw invalid(`${at}.type`, 'is required for what is not a bind mount')
    }
    if (bind) checkPath(mount.source ?? '', `${at}.source`)
    else checkSettings(mount, at)
    const refusal = refuseProcMount(mount.destination, bind ? 'bind' : (mount.type ?? ''))
    if (refusal !== null) throw invalid(`${at}.destination`, refusal)
  }
}

/** What goes to fsconfig(2). Folders of an overlay may be longer: there are ways around (file-system-options.ts). */
function checkSettings({ type, source = '', options = [] }: Mount, at: string): void {
  const tooLong = (text: string) => Buffer.byteLength(text) > longestSetting
  const words = `must have at most ${longestSetting} bytes: fsconfig(2) takes no more`
  if (tooLong(source)) throw invalid(`${at}.source`, words)
  if (tooLong(type ?? '')) throw invalid(`${at}.type`, words)
  const data = new Set(parseMountOptions(options, type).data)
  for (const [index, option] of options.entries()) {
    if (!data.has(option)) continue
    const [key = ''] = option.split('=', 1)
    const folders = type === 'overlay' && /^(lowerdir|upperdir|workdir|lowerdir\+|datadir\+)$/.test(key)
    if (tooLong(key) || (!folders && tooLong(option.slice(key.length + 1))))
      throw invalid(`${at}.options[${index}]`, words)
  }
}

/** What lxcfs and its like put in the place of the kernel's own files. They say what is; none can be written. */
const procFiles: ReadonlySet<string> = new Set([
  'cpuinfo',
  'diskstats',
  'meminfo',
  'stat',
  'swaps',
  'uptime',
  'loadavg',
  'slabinfo',
  'net/dev',
  'sys/kernel/ns_last_pid',
  'sys/crypto/fips_enabled',
])

/**
 * Why nothing may be mounted there, or null where it may. A mount over /proc could make what the runtime writes through
 * it (an LSM's label, a sysctl, the uid map) go elsewhere: CVE-2019-16884, CVE-2019-19921.
 *
 * Here the path is as the config has it; whoever opens the destination asks again with where it led, since the rootfs
 * may have links. A bind mount at /proc itself is only right if its source is the root of a procfs: statfs(2) says.
 *
 * @param destination absolute, or relative to `/`
 * @param type the mount's file system; `bind` for a bind mount
 */
export function refuseProcMount(destination: string, type: string): string | null {
  const path = posix.join('/', destination).replace(/\/$/, '')
  if (path === '/proc') return type === 'proc' || type === 'bind' ? null : 'must be a procfs at "/proc"'
  if (!path.startsWith('/proc/') || procFiles.has(path.slice('/proc/'.length))) return null
  return 'must not be inside "/proc"'
}

const maximumIds = 2 ** 32 - 1
/** Entries of one map; Linux 4.15. @see user_namespaces(7) */
const maximumMappings = 340

function checkMappings({ linux, process }: Spec, namespaces: Namespaces, warn: Warn): void {
  const user = namespaces.get('user')
  for (const field of ['uidMappings', 'gidMappings'] as const) {
    const at = `linux.${field}`
    const mappings = linux?.[field] ?? []
    if (mappings.length === 0) {
      if (user?.joined === false) throw invalid(at, `is required for the new user namespace of ${user.at}`)
      continue
    }
    if (user === undefined) throw invalid(at, 'needs a "user" namespace in linux.namespaces')
    if (user.joined) warn(at, `has no effect: the user namespace of ${user.at} has mappings already`)
    checkMapping(mappings, at)
  }
  if (user?.joined !== false) return
  const { uid = 0, gid = 0, additionalGids = [] } = process.user ?? {}
  const ids: [string, number, 'uidMappings' | 'gidMappings'][] = [
    ['process.user.uid', uid, 'uidMappings'],
    ['process.user.gid', gid, 'gidMappings'],
    ...additionalGids.map((id, index): [string, number, 'gidMappings'] => [
      `process.user.additionalGids[${index}]`,
      id,
      'gidMappings',
    ]),
  ]
  for (const [at, id, field] of ids) {
    const mapped = linux![field]!.some(({ containerID, size }) => id >= containerID && id < containerID + size)
    if (!mapped) throw invalid(at, `is not mapped: no entry of linux.${field} has ${id}`)
  }
}

function checkMapping(mappings: readonly IdMapping[], at: string): void {
  if (mappings.length > maximumMappings) throw invalid(at, `must have at most ${maximumMappings} entries`)
  for (const [index, { containerID, hostID, size }] of mappings.entries()) {
    if (size === 0) throw invalid(`${at}[${index}].size`, 'must be above 0')
    for (const [name, first] of Object.entries({ containerID, hostID })) {
      if (first + size > maximumIds)
        throw invalid(`${at}[${index}].size`, `must not lead above ${maximumIds - 1} from ${name}`)
    }
  }
  for (const side of ['containerID', 'hostID'] as const) {
    const sorted = [...mappings.entries()].sort(([, a], [, b]) => a[side] - b[side])
    for (const [place, [index, mapping]] of sorted.entries()) {
      const before = sorted[place - 1]
      if (before !== undefined && before[1][side] + before[1].size > mapping[side]) {
        throw invalid(`${at}[${index}].${side}`, `must not overlap ${at}[${before[0]}]`)
      }
    }
  }
}

/** Bytes; __NEW_UTS_LEN. */
const maximumName = 64

function checkNames(config: Spec, namespaces: Namespaces): void {
  for (const field of ['hostname', 'domainname'] as const) {
    const name = config[field]
    if (name === undefined) continue
    if (!namespaces.has('uts')) throw needs(field, 'uts', 'else it would change the name of the host')
    if (Buffer.byteLength(name) > maximumName) throw invalid(field, `must have at most ${maximumName} bytes`)
  }
}

function checkNeedsMountNamespace({ mounts, root, linux }: Spec, namespaces: Namespaces): void {
  const mount = linux?.namespaces?.find(({ type }) => type === 'mount')
  if (mount !== undefined && mount.path === undefined) return
  const wanted = {
    mounts: (mounts ?? []).length > 0,
    'root.readonly': root.readonly === true,
    'linux.maskedPaths': (linux?.maskedPaths ?? []).length > 0,
    'linux.readonlyPaths': (linux?.readonlyPaths ?? []).length > 0,
    'linux.rootfsPropagation': linux?.rootfsPropagation !== undefined,
  }
  for (const [pointer, set] of Object.entries(wanted)) {
    if (!set) continue
    if (namespaces.has('mount')) {
      throw invalid(
        pointer,
        'needs a mount namespace of its own: it would change the mounts of all that are in the joined one',
      )
    }
    throw needs(pointer, 'mount', 'else it would change the mounts of the host')
  }
}

function checkLinux(config: Spec, linux: Linux, namespaces: Namespaces, warn: Warn): void {
  for (const field of ['maskedPaths', 'readonlyPaths'] as const) {
    for (const [index, path] of (linux[field] ?? []).entries()) {
      checkAbsolute(path, `linux.${field}[${index}]`)
    }
  }
  for (const [index, device] of (linux.devices ?? []).entries()) checkDevice(device, `linux.devices[${index}]`)
  if (linux.cgroupsPath?.split('/').includes('..') === true) throw invalid('linux.cgroupsPath', 'must not contain ".."')
  if (Buffer.byteLength(linux.cgroupsPath ?? '') > maximumGroupPath)
    throw invalid('linux.cgroupsPath', `must have at most ${maximumGroupPath} bytes`)
  checkResources(linux.resources ?? {}, 'linux.resources')
  checkTimeOffsets(linux, namespaces)
  checkSysctl(config, linux, namespaces)
  if (linux.seccomp !== undefined) checkSeccomp(linux.seccomp, 'linux.seccomp', warn)
  if ((linux.personality?.flags ?? []).length > 0) {
    warn('linux.personality.flags', 'has no effect: the specification defines no flags')
  }
}

/** What a dev_t of the kernel holds: 12 and 20 bits. */
const deviceLimits = { major: 2n ** 12n - 1n, minor: 2n ** 20n - 1n }

function checkDevice(device: Device, at: string): void {
  checkAbsolute(device.path, `${at}.path`)
  for (const field of ['major', 'minor'] as const) {
    const number = device[field]
    if (device.type === 'p') {
      // Engines written in Go give a FIFO zeros.
      if ((number ?? 0n) !== 0n) throw invalid(`${at}.${field}`, 'must be absent for a FIFO')
    } else if (number === undefined) {
      throw invalid(`${at}.${field}`, `is required for a device of type "${device.type}"`)
    } else if (number < 0n || number > deviceLimits[field]) {
      throw invalid(`${at}.${field}`, `must be an integer from 0 to ${deviceLimits[field]}`)
    }
  }
  // Some engines give all of st_mode, with the type of the file.
  if ((device.fileMode ?? 0) > 0o177777) throw invalid(`${at}.fileMode`, 'must be a mode of at most 16 bits')
}

function checkTimeOffsets({ timeOffsets = {} }: Linux, namespaces: Namespaces): void {
  const time = namespaces.get('time')
  for (const clock of Object.keys(timeOffsets)) {
    const at = below('linux.timeOffsets', clock)
    if (clock !== 'boottime' && clock !== 'monotonic') throw invalid(at, 'must be the clock boottime or monotonic')
    if (time === undefined) throw invalid(at, 'needs a "time" namespace in linux.namespaces')
    if (time.joined) throw invalid(at, `must not be set: the offsets of the namespace of ${time.at} are fixed`)
  }
}

function checkSysctl(config: Spec, { sysctl = {} }: Linux, namespaces: Namespaces): void {
  for (const key of Object.keys(sysctl)) {
    const at = below('linux.sysctl', key)
    const path = sysctlPath(key)
    if (path === null) throw invalid(at, 'must be the name of a sysctl')
    const type = sysctlNamespace(path)
    if (type === null) throw invalid(at, 'must be a sysctl that belongs to a namespace: this one is of the whole host')
    if (!namespaces.has(type)) throw needs(at, type, 'else it would change the host')
    for (const field of ['hostname', 'domainname'] as const) {
      if (path === `kernel/${field}` && config[field] !== undefined) throw invalid(at, `must not contradict ${field}`)
    }
  }
}
