// Which devices a container may use: the rules of the config and the runtime's own, and what version 1 is told of them.
// Pure. What version 2 is told is a program: ebpf.ts.

import { StatorError } from '../../errors.ts'
import { BPF_DEVCG_ACC_MKNOD, BPF_DEVCG_ACC_READ, BPF_DEVCG_ACC_WRITE } from '../../native/uapi.ts'
import type { DeviceRule, Linux } from '../../oci/config.ts'

/** All kinds of access to a device; the bits are the kernel's, BPF_DEVCG_ACC_*. */
export const ALL_ACCESS = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE

/** A rule after reading. For each kind of access to a device the last rule that covers it decides. */
export interface Rule {
  readonly allow: boolean
  readonly type: 'a' | 'b' | 'c'
  /** null: any. */
  readonly major: number | null
  readonly minor: number | null
  /** BPF_DEVCG_ACC_* */
  readonly access: number
  /** Into config.json; the runtime's own rules have none. */
  readonly pointer?: string
}

/**
 * What every container may use, whatever its config says; runc's `AllowedDevices`. mknod is for any device, as a node can
 * only be used by those that may use the device. A path is there so that a config's own device of this name replaces it.
 */
const defaults: readonly { readonly path?: string; readonly rule: Rule }[] = [
  { rule: allow('c', null, null, BPF_DEVCG_ACC_MKNOD) },
  { rule: allow('b', null, null, BPF_DEVCG_ACC_MKNOD) },
  { path: '/dev/null', rule: allow('c', 1, 3) },
  { path: '/dev/random', rule: allow('c', 1, 8) },
  { path: '/dev/full', rule: allow('c', 1, 7) },
  { path: '/dev/tty', rule: allow('c', 5, 0) },
  { path: '/dev/zero', rule: allow('c', 1, 5) },
  { path: '/dev/urandom', rule: allow('c', 1, 9) },
  { rule: allow('c', 136, null) }, // terminals of devpts
  { rule: allow('c', 5, 2) }, // /dev/ptmx
  { rule: allow('c', 10, 200) }, // /dev/net/tun: runc took it out in 1.2.0, and people's VPNs stopped (runc#4555)
]

/**
 * A container's rules in order: everything is forbidden, then come the config's, then the defaults. As with runc a node in
 * `linux.devices` permits nothing by itself: engines write a rule for each into `linux.resources.devices`.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: a rule that cannot be read
 * @see config-linux.md, "Allowed Device list"
 */
export function deviceRules(linux: Pick<Linux, 'resources' | 'devices'> = {}): Rule[] {
  const own = linux.resources?.devices?.map((rule, index) => readRule(rule, `linux.resources.devices[${index}]`)) ?? []
  const paths = new Set(linux.devices?.map(({ path }) => path))
  const added = defaults.filter(({ path }) => path === undefined || !paths.has(path)).map(({ rule }) => rule)
  const all = [...own, ...added]
  // Whatever stands before a rule for everything no longer counts.
  const start = all.findLastIndex(coversEverything)
  return start === -1 ? [{ ...allow('a', null, null), allow: false }, ...all] : all.slice(start)
}

/** Whether the rules forbid nothing. */
export function allowsEverything(rules: readonly Rule[]): boolean {
  return rules.every((rule) => rule.allow) && rules.some(coversEverything)
}

/** A line for one of version 1's files. The kernel takes one line with each write. */
export interface DeviceLine {
  readonly file: 'devices.allow' | 'devices.deny'
  readonly line: string
}

/**
 * The rules as version 1 takes them: a default, then its exceptions, sorted as runc sorts them.
 *
 * The kernel forgets an exception only for a rule of the very same numbers, and passes over all others in silence. So what
 * is left after the last rule is worked out here.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: a rule takes a part out of an exception with a wildcard, which version 1 cannot say
 * @see cgroup-v1/devices.rst
 */
export function deviceLines(rules: readonly Rule[]): DeviceLine[] {
  let byDefault = false
  let exceptions: Exception[] = []
  for (const rule of rules) {
    if (coversEverything(rule)) {
      byDefault = rule.allow
      exceptions = []
      continue
    }
    for (const type of rule.type === 'a' ? (['b', 'c'] as const) : [rule.type]) {
      const { major, minor, access } = rule
      const same = exceptions.find((e) => e.type === type && e.major === major && e.minor === minor)
      if (rule.allow !== byDefault) {
        if (same !== undefined) same.access |= access
        else exceptions.push({ type, major, minor, access })
        continue
      }
      for (const exception of exceptions) {
        if (exception.type !== type || !overlap(exception, rule) || (exception.access & access) === 0) continue
        if (!covers(rule, exception)) {
          const message = `device rule ${numbers(rule)} ${letters(access)}: version 1 of cgroups cannot take it out of ${numbers(exception)}`
          throw new StatorError(
            'ERR_STATOR_CONFIG',
            message,
            rule.pointer === undefined ? {} : { pointer: rule.pointer },
          )
        }
        exception.access &= ~access
      }
      exceptions = exceptions.filter((exception) => exception.access !== 0)
    }
  }
  exceptions.sort((a, b) => order(a.major, b.major) || order(a.minor, b.minor) || (a.type < b.type ? -1 : 1))
  return [
    { file: byDefault ? 'devices.allow' : 'devices.deny', line: 'a *:* rwm' },
    ...exceptions.map((exception): DeviceLine => ({
      file: byDefault ? 'devices.deny' : 'devices.allow',
      line: `${exception.type} ${numbers(exception)} ${letters(exception.access)}`,
    })),
  ]
}

interface Numbers {
  readonly major: number | null
  readonly minor: number | null
}

interface Exception extends Numbers {
  readonly type: 'b' | 'c'
  access: number
}

function allow(type: Rule['type'], major: number | null, minor: number | null, access = ALL_ACCESS): Rule {
  return { allow: true, type, major, minor, access }
}

/** A rule of this kind makes a new beginning. */
export function coversEverything({ type, major, minor, access }: Rule): boolean {
  return type === 'a' && major === null && minor === null && access === ALL_ACCESS
}

function overlap(a: Numbers, b: Numbers): boolean {
  return (a.major ?? b.major) === (b.major ?? a.major) && (a.minor ?? b.minor) === (b.minor ?? a.minor)
}

function covers(a: Numbers, b: Numbers): boolean {
  return (a.major === null || a.major === b.major) && (a.minor === null || a.minor === b.minor)
}

/** Wildcards first. */
function order(a: number | null, b: number | null): number {
  return (a ?? -1) - (b ?? -1)
}

function numbers({ major, minor }: Numbers): string {
  return `${major ?? '*'}:${minor ?? '*'}`
}

function letters(access: number): string {
  return [...accessBits].map(([letter, bit]) => ((access & bit) === 0 ? '' : letter)).join('')
}

const accessBits: ReadonlyMap<string, number> = new Map([
  ['r', BPF_DEVCG_ACC_READ],
  ['w', BPF_DEVCG_ACC_WRITE],
  ['m', BPF_DEVCG_ACC_MKNOD],
])

function readRule(rule: DeviceRule, pointer: string): Rule {
  const type = rule.type || 'a'
  if (type !== 'a' && type !== 'b' && type !== 'c') {
    throw new StatorError('ERR_STATOR_CONFIG', `device rule: "${String(type)}" is not a type (a, b, c)`, {
      pointer: `${pointer}.type`,
    })
  }
  const bits = [...(rule.access ?? '')].map((letter) => accessBits.get(letter))
  if (bits.length === 0 || bits.includes(undefined)) {
    throw new StatorError('ERR_STATOR_CONFIG', `device rule: "${rule.access ?? ''}" is not an access (of r, w, m)`, {
      pointer: `${pointer}.access`,
    })
  }
  return {
    allow: rule.allow,
    type,
    major: readNumber(rule.major, `${pointer}.major`),
    minor: readNumber(rule.minor, `${pointer}.minor`),
    access: bits.reduce<number>((sum, bit) => sum | (bit ?? 0), 0),
    pointer,
  }
}

/** Both kinds of groups compare 32 bits. */
function readNumber(value: bigint | undefined, pointer: string): number | null {
  if (value === undefined || value === -1n) return null
  if (value < 0n || value > 0xffff_ffffn) {
    throw new StatorError('ERR_STATOR_CONFIG', `device rule: ${value} is not a device number`, { pointer })
  }
  return Number(value)
}
