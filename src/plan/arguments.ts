// How the arguments of each system call are written: flags by their names, structures decoded from the plan's own bytes (so what is
// printed is what will run). In the manner of strace(1), but for what says nothing: sizes of structures, and zeros at the end.

import { errnoName } from '../native/errno.ts'
import type { Architecture } from '../native/syscalls.ts'
import * as uapi from '../native/uapi.ts'
import { capabilities, rlimits, signals } from '../native/uapi.ts'
import type { Plan } from './builder.ts'
import { header, PLAN_BASE } from './layout.ts'
import { Address, Register, type Operand } from './step.ts'

/** What an argument may need to be understood: the other arguments, and the plan it stands in. */
export interface Call {
  readonly args: readonly Operand[]
  readonly architecture: Architecture
  /** Absent where a step is printed without its plan. */
  readonly memory: Memory | undefined
  readonly descriptors: ReadonlyMap<number, string>
}

/** A text for an argument; undefined: not worth printing. */
type Show = (value: Operand, call: Call) => string | undefined

/** The data section of a plan, to look into. */
export class Memory {
  readonly #bytes: Buffer
  readonly #data: number

  constructor({ bytes }: Pick<Plan, 'bytes'>) {
    this.#bytes = bytes
    this.#data = bytes.readUInt32LE(header.data)
  }

  /** The bytes at an address, if it is one of the data section (scratch memory is empty until the plan runs). */
  at(address: Operand, size: number): Buffer | undefined {
    if (!(address instanceof Address) || address.area !== 'data') return undefined
    const from = this.#data + address.offset
    return from + size <= this.#bytes.length ? this.#bytes.subarray(from, from + size) : undefined
  }

  /** The NUL-ended string that a word of the data section points to. */
  string(pointer: bigint): string | undefined {
    return this.#text(Number(pointer - BigInt(PLAN_BASE)))
  }

  /** What a slot has been filled with; undefined while it is empty. */
  slot(address: Address): string | undefined {
    return (address.area === 'data' && this.#text(this.#data + address.offset)) || undefined
  }

  #text(from: number): string | undefined {
    if (from < this.#data || from >= this.#bytes.length) return undefined
    const end = this.#bytes.indexOf(0, from)
    return this.#bytes.toString('utf8', from, end < 0 ? this.#bytes.length : end)
  }
}

/** The arguments of a call as texts, without what says nothing. */
export function printArguments(name: string, call: Call): string[] {
  const shows = calls.get(name)
  const args = call.args.slice()
  if (withoutTrailingZeros.has(name)) while (args.length > least(args) && isZero(args.at(-1))) args.pop()
  const texts: string[] = []
  args.forEach((arg, index) => {
    const show = shows?.[index]
    const text = (show ?? plain)(arg, call)
    if (text !== undefined) texts.push(text)
  })
  return texts
}

/** An operand of which nothing is known but itself. */
export function printOperand(value: Operand): string {
  if (value === null) return 'NULL'
  if (value instanceof Register) return value.name
  if (value instanceof Address) return field(value.text)
  return typeof value === 'string' ? quote(value) : String(value)
}

/** A descriptor that the plan inherits is printed with its name, as `strace -y` does. */
export const descriptor: Show = (value, { descriptors }) => {
  if (typeof value !== 'number') return printOperand(value)
  if (value === uapi.AT_FDCWD) return 'AT_FDCWD'
  const name = descriptors.get(value)
  return name === undefined ? String(value) : `${value}<${name}>`
}

/** What an `if` compares with, by what it looks at: an errno, a type of file, a file system's magic number. */
export function printComparison(value: Operand, mask: Operand): string {
  if (typeof value !== 'number') return printOperand(value)
  if (mask === uapi.S_IFMT) return fileTypes.get(value) ?? `0${value.toString(8)}`
  if (value < 0 && value > -4096) return `-${errnoName(-value)}`
  if (value === uapi.PROC_SUPER_MAGIC) return 'PROC_SUPER_MAGIC'
  return value > 0xffff ? hex(value) : String(value)
}

/** The mask of an `if`. */
export function printMask(value: Operand): string {
  if (value === uapi.S_IFMT) return 'S_IFMT'
  return typeof value === 'number' ? hex(value) : printOperand(value)
}

/** Structures that the kernel fills in and plans look into: what is at which offset. */
const places: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  statx: { 20: 'stx_uid', 28: 'stx_mode', 32: 'stx_ino', 128: 'stx_rdev_major', 132: 'stx_rdev_minor' },
  siginfo: { 8: 'si_code', 16: 'si_pid', 24: 'si_status' },
  pollfd: { 4: 'events' },
}

/** `statx+28` is `statx.stx_mode`. */
function field(text: string): string {
  const plus = text.lastIndexOf('+')
  const name = plus < 0 ? undefined : places[text.slice(0, plus)]?.[text.slice(plus + 1)]
  return name === undefined ? shorten(text) : `${text.slice(0, plus)}.${name}`
}

const LONGEST_TEXT = 160

/** Text of the configuration may be of any length. A string keeps its quotes; an escape is not cut in two. */
function shorten(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  const cut = text.slice(0, LONGEST_TEXT)
  return text.startsWith('"') ? `${cut.replace(/\\(u[\da-f]{0,3})?$/, '')}"…` : `${cut}…`
}

function quote(text: string): string {
  return shorten(JSON.stringify(text))
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}

function isZero(value: Operand | undefined): boolean {
  return value === 0 || value === null
}

function numeric(show: (value: number) => string): Show {
  return (value) =>
    typeof value === 'number' ? show(value) : typeof value === 'bigint' ? show(Number(value)) : printOperand(value)
}

type Names = Readonly<Record<string, number>>

/** A word of bits; the first name of a bit wins, so a name for several bits stands before theirs. */
function bits(value: number, names: Names, zero = '0'): string {
  const found: string[] = []
  let rest = value >>> 0
  for (const [name, bit] of Object.entries(names)) {
    if (bit === 0 || (rest & bit) >>> 0 !== bit >>> 0) continue
    found.push(name)
    rest = (rest & ~bit) >>> 0
  }
  if (rest !== 0) found.push(hex(rest))
  return found.length === 0 ? zero : found.join('|')
}

const flags = (names: Names, zero = '0'): Show => numeric((value) => bits(value, names, zero))

function oneOf(names: Names): Show {
  const byValue = new Map(Object.entries(names).map(([name, value]) => [value, name]))
  return numeric((value) => byValue.get(value) ?? String(value))
}

/** A slot (`<keyring>`) is printed as what it has been filled with. */
const plain: Show = (value, { memory }) => {
  const filled = value instanceof Address && value.text.startsWith('<') ? memory?.slot(value) : undefined
  return filled === undefined ? printOperand(value) : quote(filled)
}
const pointer: Show = (value) => (value === 0 ? 'NULL' : printOperand(value))
/** The size of a structure says nothing beside the structure. */
const size: Show = () => undefined
const octal = numeric(mode)

function mode(value: number): string {
  return value === 0 ? '0' : `0${(value & 0o7777).toString(8)}`
}

/** A structure in the data section, decoded; elsewhere the name of the place. */
function structure(bytes: number, show: (bytes: Buffer, call: Call) => string): Show {
  return (value, call) => {
    const found = call.memory?.at(value, bytes)
    return found === undefined ? pointer(value, call) : show(found, call)
  }
}

/** `{a=1, b=2}` of what is not empty. */
function fields(named: readonly (readonly [name: string, text: string])[]): string {
  return `{${named
    .filter(([, text]) => text !== '' && text !== '0')
    .map(([name, text]) => `${name}=${text}`)
    .join(', ')}}`
}

const capability = numeric((number) => capabilities[number] ?? String(number))
const signal = oneOf(Object.fromEntries(Object.entries(signals).reverse()))
const resource = oneOf(rlimits)

const fileTypes: ReadonlyMap<number, string> = new Map(
  Object.entries({
    S_IFSOCK: uapi.S_IFSOCK,
    S_IFLNK: uapi.S_IFLNK,
    S_IFREG: uapi.S_IFREG,
    S_IFBLK: uapi.S_IFBLK,
    S_IFDIR: uapi.S_IFDIR,
    S_IFCHR: uapi.S_IFCHR,
    S_IFIFO: uapi.S_IFIFO,
  }).map(([name, value]) => [value, name]),
)

/** `S_IFCHR|0666` */
const typedMode = numeric((value) => {
  const type = fileTypes.get(value & uapi.S_IFMT)
  return type === undefined ? mode(value) : `${type}|${mode(value & 0o7777)}`
})

/** `makedev(1, 3)` */
const device = numeric((value) => `makedev(${(value >>> 8) & 0xfff}, ${(value & 0xff) | ((value >>> 12) & 0xfff00)})`)

/** A name for several bits comes before those for one. */
const openNames = new Map<Architecture, Names>(
  (['x86_64', 'aarch64'] as const).map((architecture) => {
    const all = uapi.openFlags(architecture)
    const { O_PATH, O_SYNC, O_TMPFILE, O_CLOEXEC, O_RDONLY: _read, O_WRONLY: _write, O_RDWR: _both, ...others } = all
    return [architecture, { O_PATH, O_TMPFILE, O_SYNC, ...others, O_CLOEXEC }]
  }),
)

function openWords(value: number, architecture: Architecture): string {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'][value & uapi.O_ACCMODE] ?? hex(value & uapi.O_ACCMODE)
  const others = bits(value & ~uapi.O_ACCMODE, openNames.get(architecture) ?? {}, '')
  // With O_PATH how it is opened has no meaning.
  if (value & uapi.O_PATH && access === 'O_RDONLY') return others
  return others === '' ? access : `${access}|${others}`
}

const openFlags: Show = (value, { architecture }) =>
  typeof value === 'number' ? openWords(value, architecture) : printOperand(value)

/** The mode of a file that is made; without O_CREAT there is none. */
const createMode: Show = (value, call) => {
  const how = call.args[2]
  return typeof how === 'number' && how & uapi.O_CREAT ? octal(value, call) : undefined
}

const resolveNames = {
  RESOLVE_IN_ROOT: uapi.RESOLVE_IN_ROOT,
  RESOLVE_BENEATH: uapi.RESOLVE_BENEATH,
  RESOLVE_NO_XDEV: uapi.RESOLVE_NO_XDEV,
  RESOLVE_NO_SYMLINKS: uapi.RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_MAGICLINKS: uapi.RESOLVE_NO_MAGICLINKS,
  RESOLVE_CACHED: uapi.RESOLVE_CACHED,
}

const openHow = structure(24, (bytes, { architecture }) => {
  const how = Number(bytes.readBigUInt64LE(0))
  const permissions = Number(bytes.readBigUInt64LE(8))
  const resolve = bits(Number(bytes.readBigUInt64LE(16)), resolveNames)
  return `{${[openWords(how, architecture), ...(permissions === 0 ? [] : [mode(permissions)]), resolve].join(', ')}}`
})

const namespaces = {
  CLONE_NEWUSER: uapi.CLONE_NEWUSER,
  CLONE_NEWNS: uapi.CLONE_NEWNS,
  CLONE_NEWPID: uapi.CLONE_NEWPID,
  CLONE_NEWNET: uapi.CLONE_NEWNET,
  CLONE_NEWIPC: uapi.CLONE_NEWIPC,
  CLONE_NEWUTS: uapi.CLONE_NEWUTS,
  CLONE_NEWCGROUP: uapi.CLONE_NEWCGROUP,
  CLONE_NEWTIME: uapi.CLONE_NEWTIME,
}

const cloneNames = {
  CLONE_VM: uapi.CLONE_VM,
  CLONE_FS: uapi.CLONE_FS,
  CLONE_FILES: uapi.CLONE_FILES,
  CLONE_SIGHAND: uapi.CLONE_SIGHAND,
  CLONE_PIDFD: uapi.CLONE_PIDFD,
  CLONE_VFORK: uapi.CLONE_VFORK,
  CLONE_PARENT: uapi.CLONE_PARENT,
  ...namespaces,
}

const cloneArguments = structure(88, (bytes, call) => {
  const word = (index: number) => bytes.readBigUInt64LE(index * 8)
  const all = word(0)
  const names = bits(Number(all & 0xffffffffn), cloneNames, '')
  const high = [
    all & uapi.CLONE_CLEAR_SIGHAND ? 'CLONE_CLEAR_SIGHAND' : '',
    all & uapi.CLONE_INTO_CGROUP ? 'CLONE_INTO_CGROUP' : '',
  ]
  const into = all & uapi.CLONE_INTO_CGROUP ? (descriptor(Number(word(10)), call) ?? '') : ''
  return fields([
    ['flags', [names, ...high].filter(Boolean).join('|') || '0'],
    ['exit_signal', word(4) === 0n ? '' : (signal(Number(word(4)), call) ?? '')],
    ['cgroup', into],
  ])
})

const attributeNames = {
  MOUNT_ATTR__ATIME: uapi.MOUNT_ATTR__ATIME,
  MOUNT_ATTR_RDONLY: uapi.MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_NOSUID: uapi.MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NODEV: uapi.MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC: uapi.MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOATIME: uapi.MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_STRICTATIME: uapi.MOUNT_ATTR_STRICTATIME,
  MOUNT_ATTR_NODIRATIME: uapi.MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_IDMAP: uapi.MOUNT_ATTR_IDMAP,
  MOUNT_ATTR_NOSYMFOLLOW: uapi.MOUNT_ATTR_NOSYMFOLLOW,
}

const mountAttributes = structure(32, (bytes) =>
  fields([
    ['attr_set', bits(Number(bytes.readBigUInt64LE(0)), attributeNames)],
    ['attr_clr', bits(Number(bytes.readBigUInt64LE(8)), attributeNames)],
    [
      'propagation',
      bits(Number(bytes.readBigUInt64LE(16)), {
        MS_SHARED: uapi.MS_SHARED,
        MS_SLAVE: uapi.MS_SLAVE,
        MS_PRIVATE: uapi.MS_PRIVATE,
        MS_UNBINDABLE: uapi.MS_UNBINDABLE,
      }),
    ],
  ]),
)

const limits = structure(16, (bytes) => {
  const value = (at: number) => {
    const limit = bytes.readBigUInt64LE(at)
    return limit === uapi.RLIM_INFINITY ? 'RLIM_INFINITY' : String(limit)
  }
  return `{${value(0)}, ${value(8)}}`
})

/** struct __user_cap_data_struct, twice: the low words of the three sets, then the high ones. */
const capabilitySets = structure(24, (bytes) => {
  const set = (index: number) => {
    const mask = BigInt(bytes.readUInt32LE(index * 4)) | (BigInt(bytes.readUInt32LE(12 + index * 4)) << 32n)
    if (mask === 0n) return 'none'
    if (mask === (1n << BigInt(capabilities.length)) - 1n) return 'all'
    return Array.from({ length: 64 }, (_, number) => number)
      .filter((number) => mask & (1n << BigInt(number)))
      .map((number) => capabilities[number] ?? String(number))
      .join('|')
  }
  const [effective, permitted, inheritable] = [set(0), set(1), set(2)]
  return effective === permitted
    ? `{effective=permitted=${effective}, inheritable=${inheritable}}`
    : `{effective=${effective}, permitted=${permitted}, inheritable=${inheritable}}`
})

const signalAction = structure(8, (bytes) => {
  const handler = bytes.readBigUInt64LE(0)
  return handler === BigInt(uapi.SIG_IGN) ? 'SIG_IGN' : handler === BigInt(uapi.SIG_DFL) ? 'SIG_DFL' : hex(handler)
})

const policies: Names = {
  SCHED_OTHER: uapi.SCHED_OTHER,
  SCHED_FIFO: uapi.SCHED_FIFO,
  SCHED_RR: uapi.SCHED_RR,
  SCHED_BATCH: uapi.SCHED_BATCH,
  SCHED_IDLE: uapi.SCHED_IDLE,
  SCHED_DEADLINE: uapi.SCHED_DEADLINE,
  SCHED_EXT: uapi.SCHED_EXT,
}

const schedulingFlags: Names = {
  SCHED_FLAG_RESET_ON_FORK: uapi.SCHED_FLAG_RESET_ON_FORK,
  SCHED_FLAG_RECLAIM: uapi.SCHED_FLAG_RECLAIM,
  SCHED_FLAG_DL_OVERRUN: uapi.SCHED_FLAG_DL_OVERRUN,
  SCHED_FLAG_KEEP_POLICY: uapi.SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_KEEP_PARAMS: uapi.SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_UTIL_CLAMP_MIN: uapi.SCHED_FLAG_UTIL_CLAMP_MIN,
  SCHED_FLAG_UTIL_CLAMP_MAX: uapi.SCHED_FLAG_UTIL_CLAMP_MAX,
}

const scheduling = structure(uapi.SCHED_ATTR_SIZE_VER0, (bytes, call) =>
  fields([
    ['sched_policy', oneOf(policies)(bytes.readUInt32LE(4), call) ?? ''],
    ['sched_flags', bits(Number(bytes.readBigUInt64LE(8)), schedulingFlags)],
    ['sched_nice', String(bytes.readInt32LE(16))],
    ['sched_priority', String(bytes.readUInt32LE(20))],
    ['sched_runtime', String(bytes.readBigUInt64LE(24))],
    ['sched_deadline', String(bytes.readBigUInt64LE(32))],
    ['sched_period', String(bytes.readBigUInt64LE(40))],
  ]),
)

const ioPriority = numeric((value) => {
  const names: Names = {
    IOPRIO_CLASS_NONE: uapi.IOPRIO_CLASS_NONE,
    IOPRIO_CLASS_RT: uapi.IOPRIO_CLASS_RT,
    IOPRIO_CLASS_BE: uapi.IOPRIO_CLASS_BE,
    IOPRIO_CLASS_IDLE: uapi.IOPRIO_CLASS_IDLE,
  }
  const kind = value >> uapi.IOPRIO_CLASS_SHIFT
  const name = Object.keys(names).find((key) => names[key] === kind) ?? String(kind)
  return `IOPRIO_PRIO_VALUE(${name}, ${value & ((1 << uapi.IOPRIO_CLASS_SHIFT) - 1)})`
})

const timespec = structure(16, (bytes) => `{${bytes.readBigUInt64LE(0)} s, ${bytes.readBigUInt64LE(8)} ns}`)

/** argv: the strings that the words point to. What a plan fills in while it runs is an ellipsis. */
const strings: Show = (value, { memory }) => {
  const texts: string[] = []
  for (let index = 0; ; index++) {
    const word = value instanceof Address ? memory?.at(value.plus(index * 8), 8)?.readBigUInt64LE(0) : undefined
    if (word === undefined) return printOperand(value)
    if (word === 0n) return shorten(`[${texts.join(', ')}]`)
    const text = memory?.string(word)
    texts.push(text === undefined ? '…' : quote(text))
  }
}

const filterFlags: Names = {
  SECCOMP_FILTER_FLAG_TSYNC: uapi.SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_LOG: uapi.SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: uapi.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_NEW_LISTENER: uapi.SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: uapi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
}

const options: Names = {
  PR_SET_PDEATHSIG: uapi.PR_SET_PDEATHSIG,
  PR_SET_DUMPABLE: uapi.PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS: uapi.PR_SET_KEEPCAPS,
  PR_SET_NAME: uapi.PR_SET_NAME,
  PR_SET_SECCOMP: uapi.PR_SET_SECCOMP,
  PR_CAPBSET_DROP: uapi.PR_CAPBSET_DROP,
  PR_SET_SECUREBITS: uapi.PR_SET_SECUREBITS,
  PR_SET_CHILD_SUBREAPER: uapi.PR_SET_CHILD_SUBREAPER,
  PR_SET_NO_NEW_PRIVS: uapi.PR_SET_NO_NEW_PRIVS,
  PR_CAP_AMBIENT: uapi.PR_CAP_AMBIENT,
}

const ambient = oneOf({
  PR_CAP_AMBIENT_IS_SET: uapi.PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_RAISE: uapi.PR_CAP_AMBIENT_RAISE,
  PR_CAP_AMBIENT_LOWER: uapi.PR_CAP_AMBIENT_LOWER,
  PR_CAP_AMBIENT_CLEAR_ALL: uapi.PR_CAP_AMBIENT_CLEAR_ALL,
})

/** What the second argument of prctl(2) is, the first says; the third only of PR_CAP_AMBIENT. */
const option: Show = (value, call) => {
  switch (call.args[0]) {
    case uapi.PR_CAPBSET_DROP:
      return capability(value, call)
    case uapi.PR_CAP_AMBIENT:
      return ambient(value, call)
    case uapi.PR_SET_PDEATHSIG:
      return signal(value, call)
    default:
      return plain(value, call)
  }
}

const ambientCapability: Show = (value, call) =>
  call.args[0] === uapi.PR_CAP_AMBIENT ? capability(value, call) : plain(value, call)

const statFlags = flags({
  AT_EMPTY_PATH: uapi.AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW: uapi.AT_SYMLINK_NOFOLLOW,
  AT_NO_AUTOMOUNT: uapi.AT_NO_AUTOMOUNT,
})
const noFollow = statFlags
const treeFlags = flags({
  OPEN_TREE_CLONE: uapi.OPEN_TREE_CLONE,
  OPEN_TREE_CLOEXEC: uapi.OPEN_TREE_CLOEXEC,
  AT_RECURSIVE: uapi.AT_RECURSIVE,
  AT_EMPTY_PATH: uapi.AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT: uapi.AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW: uapi.AT_SYMLINK_NOFOLLOW,
})
const closeOnExec = flags({ O_CLOEXEC: uapi.O_CLOEXEC })
const waitOptions = flags({ WEXITED: uapi.WEXITED, WNOHANG: uapi.WNOHANG, WNOWAIT: uapi.WNOWAIT })

/** To the end of all descriptors: UINT_MAX. */
const lastDescriptor: Show = (value, call) => (value === 0xffffffff ? '~0' : descriptor(value, call))

/** An ambient capability may be number 0. */
function least([option, how]: readonly Operand[]): number {
  return option === uapi.PR_CAP_AMBIENT && how !== uapi.PR_CAP_AMBIENT_CLEAR_ALL ? 3 : 2
}

/** prctl(2) and fsconfig(2) take five arguments, of which most calls mean fewer. */
const withoutTrailingZeros: ReadonlySet<string> = new Set(['prctl', 'fsconfig'])

/** By argument; what is not named here is printed as it is. */
const calls: ReadonlyMap<string, readonly Show[]> = new Map(
  Object.entries({
    capset: [() => undefined, capabilitySets],
    clock_gettime: [
      oneOf({
        CLOCK_REALTIME: uapi.CLOCK_REALTIME,
        CLOCK_MONOTONIC: uapi.CLOCK_MONOTONIC,
        CLOCK_BOOTTIME: uapi.CLOCK_BOOTTIME,
      }),
    ],
    clone3: [cloneArguments, size],
    close: [descriptor],
    close_range: [
      descriptor,
      lastDescriptor,
      flags({ CLOSE_RANGE_CLOEXEC: uapi.CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE: uapi.CLOSE_RANGE_UNSHARE }),
    ],
    dup3: [descriptor, descriptor, closeOnExec],
    execve: [plain, strings],
    faccessat2: [
      descriptor,
      plain,
      flags({ X_OK: 1, W_OK: 2, R_OK: 4 }, 'F_OK'),
      flags({ AT_EACCESS: uapi.AT_EACCESS }),
    ],
    fchdir: [descriptor],
    fchmodat: [descriptor, plain, octal],
    fchown: [descriptor],
    fchownat: [descriptor, plain, plain, plain, noFollow],
    flock: [descriptor, flags({ LOCK_SH: 1, LOCK_EX: 2, LOCK_NB: 4, LOCK_UN: 8 })],
    fsconfig: [
      descriptor,
      oneOf({
        FSCONFIG_SET_FLAG: uapi.FSCONFIG_SET_FLAG,
        FSCONFIG_SET_STRING: uapi.FSCONFIG_SET_STRING,
        FSCONFIG_SET_BINARY: uapi.FSCONFIG_SET_BINARY,
        FSCONFIG_SET_PATH: uapi.FSCONFIG_SET_PATH,
        FSCONFIG_SET_PATH_EMPTY: uapi.FSCONFIG_SET_PATH_EMPTY,
        FSCONFIG_SET_FD: uapi.FSCONFIG_SET_FD,
        FSCONFIG_CMD_CREATE: uapi.FSCONFIG_CMD_CREATE,
        FSCONFIG_CMD_RECONFIGURE: uapi.FSCONFIG_CMD_RECONFIGURE,
        FSCONFIG_CMD_CREATE_EXCL: uapi.FSCONFIG_CMD_CREATE_EXCL,
      }),
      pointer,
      pointer,
    ],
    fsmount: [descriptor, flags({ FSMOUNT_CLOEXEC: uapi.FSMOUNT_CLOEXEC }), flags(attributeNames)],
    fsopen: [plain, flags({ FSOPEN_CLOEXEC: uapi.FSOPEN_CLOEXEC })],
    fspick: [
      descriptor,
      plain,
      flags({ FSPICK_CLOEXEC: uapi.FSPICK_CLOEXEC, FSPICK_EMPTY_PATH: uapi.FSPICK_EMPTY_PATH }),
    ],
    fstatfs: [descriptor],
    ioctl: [
      descriptor,
      oneOf({ SIOCSIFFLAGS: uapi.SIOCSIFFLAGS, SIOCGIFFLAGS: uapi.SIOCGIFFLAGS, NS_GET_NSTYPE: uapi.NS_GET_NSTYPE }),
    ],
    ioprio_set: [oneOf({ IOPRIO_WHO_PROCESS: uapi.IOPRIO_WHO_PROCESS }), plain, ioPriority],
    keyctl: [
      oneOf({
        KEYCTL_JOIN_SESSION_KEYRING: uapi.KEYCTL_JOIN_SESSION_KEYRING,
        KEYCTL_SETPERM: uapi.KEYCTL_SETPERM,
        KEYCTL_DESCRIBE: uapi.KEYCTL_DESCRIBE,
      }),
      plain,
      numeric(hex),
    ],
    lseek: [descriptor, plain, oneOf({ SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2 })],
    mkdirat: [descriptor, plain, octal],
    mknodat: [descriptor, plain, typedMode, device],
    mount_setattr: [
      descriptor,
      plain,
      flags({ AT_EMPTY_PATH: uapi.AT_EMPTY_PATH, AT_RECURSIVE: uapi.AT_RECURSIVE }),
      mountAttributes,
      size,
    ],
    move_mount: [
      descriptor,
      plain,
      descriptor,
      plain,
      flags({
        MOVE_MOUNT_F_EMPTY_PATH: uapi.MOVE_MOUNT_F_EMPTY_PATH,
        MOVE_MOUNT_T_EMPTY_PATH: uapi.MOVE_MOUNT_T_EMPTY_PATH,
        MOVE_MOUNT_F_SYMLINKS: uapi.MOVE_MOUNT_F_SYMLINKS,
        MOVE_MOUNT_T_SYMLINKS: uapi.MOVE_MOUNT_T_SYMLINKS,
        MOVE_MOUNT_BENEATH: uapi.MOVE_MOUNT_BENEATH,
      }),
    ],
    open_tree: [descriptor, plain, treeFlags],
    openat: [descriptor, plain, openFlags, createMode],
    openat2: [descriptor, plain, openHow, size],
    personality: [oneOf({ PER_LINUX: uapi.PER_LINUX, PER_LINUX32: uapi.PER_LINUX32 })],
    pidfd_send_signal: [descriptor, signal],
    pipe2: [plain, closeOnExec],
    ppoll: [plain, plain, timespec, pointer, size],
    prctl: [oneOf(options), option, ambientCapability],
    prlimit64: [plain, resource, limits],
    read: [descriptor],
    renameat: [descriptor, plain, descriptor],
    rt_sigaction: [signal, signalAction, pointer, size],
    sched_setattr: [plain, scheduling],
    seccomp: [oneOf({ SECCOMP_SET_MODE_FILTER: uapi.SECCOMP_SET_MODE_FILTER }), flags(filterFlags), plain],
    sendto: [descriptor, plain, plain, flags({ MSG_NOSIGNAL: uapi.MSG_NOSIGNAL }), pointer, size],
    setns: [descriptor, flags(namespaces)],
    socket: [
      oneOf({ AF_UNIX: uapi.AF_UNIX, AF_INET: uapi.AF_INET, AF_NETLINK: uapi.AF_NETLINK }),
      flags({
        SOCK_RAW: uapi.SOCK_RAW,
        SOCK_DGRAM: uapi.SOCK_DGRAM,
        SOCK_STREAM: uapi.SOCK_STREAM,
        SOCK_CLOEXEC: uapi.SOCK_CLOEXEC,
      }),
    ],
    statx: [
      descriptor,
      plain,
      statFlags,
      flags({ STATX_BASIC_STATS: uapi.STATX_BASIC_STATS, STATX_MNT_ID: uapi.STATX_MNT_ID }),
    ],
    symlinkat: [plain, descriptor],
    umask: [octal],
    umount2: [plain, flags({ MNT_DETACH: uapi.MNT_DETACH })],
    unlinkat: [descriptor, plain, flags({ AT_REMOVEDIR: uapi.AT_REMOVEDIR })],
    unshare: [flags(namespaces)],
    waitid: [oneOf({ P_ALL: uapi.P_ALL, P_PID: uapi.P_PID, P_PIDFD: uapi.P_PIDFD }), descriptor, plain, waitOptions],
    write: [descriptor],
    writev: [descriptor],
  } satisfies Record<string, readonly Show[]>),
)
