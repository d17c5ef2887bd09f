// What containers need of this machine, tried out: is it there, what is lost without it, and how to get it. Nothing is changed: a
// call is made on things of its own, or so that it fails for a reason that shows it is known.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { isRootOfMachine } from '../actors/cgroup/intent.ts'
import { layout, type Hierarchy, type Layout } from '../actors/cgroup/layout.ts'
import { bpfProgLoad } from '../native/bpf.ts'
import { errnos, SyscallError } from '../native/errno.ts'
import { ffi, syscall } from '../native/libc.ts'
import { libseccompVersion } from '../native/libseccomp.ts'
import { sealedMemfd } from '../native/memfd.ts'
import { fsconfig, fsmount, fsopen, mountSetattr, openat2, openTree } from '../native/mount.ts'
import { installedStub } from '../native/init/stub.ts'
import { pidfdGetfd, pidfdOpen, pidfdSendSignal } from '../native/pidfd.ts'
import { commandName, parentOf, processState } from '../native/process-stat.ts'
import { architecture } from '../native/syscalls.ts'
import * as uapi from '../native/uapi.ts'
import { defaultRoot } from './default-root.ts'
import { judgeService, killMode, serviceUnit } from './service-unit.ts'
import { tryOut } from './trial.ts'

export type Area = 'machine' | 'stator' | 'rights' | 'system calls' | 'namespaces' | 'control groups'

export interface Finding {
  readonly area: Area
  readonly name: string
  /**
   * - `ok`
   * - `limited`: containers run, and something is lost
   * - `missing`: no container runs
   */
  readonly status: 'ok' | 'limited' | 'missing'
  /** What was found. */
  readonly found: string
  /** How to get it, and what is lost without it. */
  readonly how?: string
}

/** The oldest kernel with all that plans use (mount_setattr of whole trees, cgroup.kill). */
const oldestKernel = [5, 14] as const
const oldestNode = [20, 11] as const

/** Everything that is looked at, in the order in which it is of interest. */
export function examine(root?: string): Finding[] {
  const machine = [kernel(), processor(), node()]
  // Where nothing of it is Linux the rest would only repeat that.
  if (process.platform !== 'linux') return machine
  const native = nativeCalls()
  const canCall = native.status === 'ok'
  const binary = stub()
  const canTry = canCall && binary.status === 'ok'
  const calls = canCall ? systemCalls(canTry) : []
  const stator = [native, binary, ...(canCall ? [filters()] : []), stateRoot(root), ...serviceManager()]
  return [...machine, orphans(), ...stator, ...rights(), ...calls, ...namespaces(canTry), ...controlGroups(canCall)]
}

// machine

function kernel(): Finding {
  const found = process.platform === 'linux' ? `Linux ${release()}` : process.platform
  const wanted = oldestKernel.join('.')
  const isFine = process.platform === 'linux' && isAtLeast(release(), oldestKernel)
  return finding('machine', 'kernel', isFine, found, `Linux ${wanted} or newer: Debian 12 has 6.1`)
}

function processor(): Finding {
  const known = process.arch === 'x64' || process.arch === 'arm64'
  return finding('machine', 'processor', known, process.arch, 'x86_64 or aarch64; there is no stub for others')
}

function node(): Finding {
  const isFine = isAtLeast(process.version.slice(1), oldestNode)
  return finding('machine', 'node', isFine, process.version, `Node.js ${oldestNode.join('.')} or newer`)
}

/** How long whom an orphan falls to may take to reap it. */
const REAPED_WITHIN_MS = 3000

/** Who reaps what nobody waits for: pid 1, or a subreaper above this process. Tried with a child of a shell that has ended. */
function orphans(): Finding {
  const orphan = Number(
    spawnSync('/bin/sh', ['-c', 'sleep 0.1 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' }).stdout,
  )
  const parent = parentOf(orphan) ?? 1
  const name = commandName(parent)
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const until = performance.now() + REAPED_WITHIN_MS
  const isThere = () => processState(orphan) !== null
  while (isThere() && performance.now() < until) Atomics.wait(pause, 0, 0, 5)
  const isReaped = !isThere()
  return finding(
    'machine',
    'orphans',
    isReaped,
    isReaped ? 'reaped' : `not reaped by process ${parent} "${name}"`,
    'a pid 1 that reaps (tini, docker run --init): else a container cannot end in which the keeper of an exec was killed',
    'limited',
  )
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, first = 0, second = 0] = (/^(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
  return first > major || (first === major && second >= minor)
}

// stator

function nativeCalls(): Finding {
  const [failed] = attempt(() => syscall('getpid'))
  return finding(
    'stator',
    'native calls',
    failed === null,
    failed === null ? `koffi ${ffi().version}` : `koffi cannot be loaded: ${failed.text}`,
    "npm install, with optional packages: koffi's binary is one (@koromix/koffi-linux-…)",
  )
}

function stub(): Finding {
  const how = 'npm run build, or node --import tsx src/native/init/build.ts; a package has it'
  const [failed, result] = attempt(() => {
    const file = installedStub(architecture())
    const bytes = readFileSync(file)
    const [expected = 'none'] = readFileSync(`${file}.sha256`, 'utf8').split(' ')
    return { file, bytes: bytes.length, expected, found: createHash('sha256').update(bytes).digest('hex') }
  })
  if (failed !== null) return finding('stator', 'stub', false, failed.text, how)
  const { file, bytes, expected, found } = result
  if (expected !== found) {
    return finding('stator', 'stub', false, `${file}: its checksum is ${found}, and not ${expected}`, how)
  }
  const [notRun, trial] = attempt(() => tryOut(0))
  const refusal = notRun?.text ?? trial?.refusal ?? null
  if (refusal !== null) {
    return finding('stator', 'stub', false, `${file} does not run: ${refusal}`, 'no seccomp filter, vm.memfd_noexec=0')
  }
  return finding('stator', 'stub', true, `${bytes} bytes, its checksum is right, it runs (${file})`, how)
}

/** Where containers are kept unless one says so: for root, or for the user who asks. */
function stateRoot(given: string | undefined): Finding {
  const [unset, wanted] = attempt(() => given ?? defaultRoot())
  const root = wanted === undefined || existsSync(wanted) ? wanted : dirname(wanted)
  const [failed] = root === undefined ? [unset] : attempt(() => accessSync(root, constants.W_OK))
  const found =
    failed === null
      ? `${root} is writable`
      : root === undefined
        ? 'XDG_RUNTIME_DIR is not set'
        : `${root}: ${failed.text}`
  return finding('stator', 'root folder', failed === null, found, 'another one: --root DIR', 'limited')
}

/** Where systemd runs: what it does with keepers when it stops the service that started them. Asked only of a service. */
function serviceManager(): Finding[] {
  if (!existsSync('/run/systemd/system')) return []
  const [, cgroup = ''] = attempt(() => readFileSync('/proc/self/cgroup', 'utf8'))
  const unit = serviceUnit(cgroup)
  const { isFine, found } = judgeService(unit, unit === null ? null : killMode(unit))
  const how =
    'KillMode=process in the unit: else its stop ends keepers too, and containers lose their log and their end'
  return [finding('stator', 'service manager', isFine, found, how, 'limited')]
}

/** Where no container has a filter it is not needed. */
function filters(): Finding {
  const [failed, version] = attempt(() => Object.values(libseccompVersion()).join('.'))
  const found = failed === null ? `libseccomp ${version}` : failed.text
  return finding(
    'stator',
    'seccomp',
    failed === null,
    found,
    'libseccomp 2.5 or newer: Debian has libseccomp2',
    'limited',
  )
}

// rights

/** What each is needed for. Without one of these no container runs: tried by taking each away. */
const needed: Readonly<Record<string, string>> = {
  CAP_SYS_ADMIN: 'namespaces, mounts, device rules',
  CAP_DAC_OVERRIDE: 'control groups, root file systems of any owner',
  CAP_MKNOD: '/dev/null and its kind',
  CAP_NET_ADMIN: 'the interface lo',
  CAP_SETGID: 'the groups of the program',
  CAP_SETPCAP: 'giving up rights',
}
/** Without one of these some do. A program can only be given what its maker has. */
const useful: Readonly<Record<string, string>> = {
  CAP_AUDIT_WRITE: 'programs that are given it, as by default',
  CAP_KILL: 'programs that are given it, as by default; signals to programs of other users',
  CAP_NET_BIND_SERVICE: 'programs that are given it, as by default',
  CAP_SETUID: 'programs that do not run as root',
  CAP_CHOWN: 'files of other users in a container',
  CAP_FOWNER: 'modes of files of other users',
  CAP_SYS_CHROOT: 'joining a mount namespace',
  CAP_SYS_PTRACE: 'taking descriptors of programs of other users',
  CAP_SYS_RESOURCE: 'limits above the hard ones, oom_score_adj below its own',
  CAP_SYS_NICE: 'scheduling by deadline or real time',
}

function rights(): Finding[] {
  const [, status] = attempt(() => readFileSync('/proc/self/status', 'utf8'))
  const [, digits = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '') ?? []
  const effective = BigInt(`0x${digits}`)
  const has = (name: string) => (effective & (1n << BigInt(uapi.capabilities.indexOf(name)))) !== 0n
  const uid = process.geteuid?.() ?? -1
  const user = `${uid === 0 ? 'root' : `user ${uid}`}${isRootOfMachine() || uid !== 0 ? '' : ' of a user namespace'}`
  const missing = (wanted: Readonly<Record<string, string>>, otherwise: Finding['status'], how: string) =>
    Object.entries(wanted).flatMap(([name, what]): Finding[] =>
      has(name) ? [] : [{ area: 'rights', name, status: otherwise, found: `not there: ${what}`, how }],
    )
  const held = [...Object.keys(needed), ...Object.keys(useful)].filter(has).length
  const total = Object.keys(needed).length + Object.keys(useful).length
  const filtered = /^Seccomp:\s*2$/m.test(status ?? '')
  return [
    finding('rights', 'user', true, `${user}, with ${held} of the ${total} capabilities that are of use`, ''),
    ...missing(needed, 'missing', 'run it as root; in a container: --privileged, or --cap-add each of them'),
    ...missing(useful, 'limited', 'root has it unless somebody took it away; what needs it fails with EPERM'),
    finding(
      'rights',
      'seccomp filter',
      !filtered,
      filtered ? 'this process runs under one: calls below may be refused by it' : 'none',
      'in a container: --security-opt seccomp=unconfined',
      'limited',
    ),
  ]
}

// system calls

interface Probe {
  readonly name: string
  /** Since when Linux has it. */
  readonly since: string
  /** Resolves to what was seen, or throws. */
  readonly probe: () => string | void
  /** These errnos show that the call is there. */
  readonly fine?: readonly string[]
  readonly optional?: string
}

/** The calls that plans and the runtime make and old kernels, or filters, do not have. */
function systemCalls(canTry: boolean): Finding[] {
  const self = attempt(() => pidfdOpen(process.pid))[1]
  const probes: readonly Probe[] = [
    {
      name: 'mounts by descriptor',
      since: '5.12',
      probe() {
        // A mount of nothing's: it is never attached, and ends with its descriptor.
        using context = fsopen('tmpfs')
        fsconfig(context, 'create')
        using mount = fsmount(context, 0)
        mountSetattr({ at: mount }, { set: uapi.MOUNT_ATTR_RDONLY }, uapi.AT_RECURSIVE)
        using _copy = openTree({ at: mount }, uapi.OPEN_TREE_CLONE)
        return 'fsopen, fsconfig, fsmount, mount_setattr, open_tree: tried on a tmpfs'
      },
    },
    {
      name: 'move_mount',
      since: '5.2',
      probe: () => void syscall('move_mount', -1, '', -1, '', 0),
      fine: ['EBADF', 'ENOENT'],
    },
    {
      name: 'openat2',
      since: '5.6',
      probe: () => openat2('/', { flags: uapi.O_PATH, resolve: uapi.RESOLVE_IN_ROOT }).close(),
    },
    // A size of 0 is never right. It is refused before anything is looked at.
    { name: 'clone3', since: '5.3', probe: () => void syscall('clone3', null, 0), fine: ['EINVAL'] },
    { name: 'setns', since: '3.0', probe: () => void syscall('setns', -1, 0), fine: ['EBADF'] },
    { name: 'pivot_root', since: '2.4', probe: () => void syscall('pivot_root', '', ''), fine: ['ENOENT'] },
    { name: 'close_range', since: '5.9', probe: () => void syscall('close_range', 1, 0, 0), fine: ['EINVAL'] },
    {
      name: 'faccessat2',
      since: '5.8',
      probe: () => void syscall('faccessat2', uapi.AT_FDCWD, '/', 0, uapi.AT_EACCESS),
    },
    { name: 'pidfd_open', since: '5.3', probe: () => pidfdOpen(process.pid).close() },
    {
      name: 'pidfd_send_signal',
      since: '5.1',
      probe: () => pidfdSendSignal(self ?? -1, 0),
    },
    { name: 'pidfd_getfd', since: '5.6', probe: () => pidfdGetfd(self ?? -1, 0).close() },
    {
      name: 'waitid by pidfd',
      since: '5.4',
      // Not a child of its own.
      probe: () => void syscall('waitid', uapi.P_PIDFD, self?.number ?? -1, null, uapi.WEXITED | uapi.WNOHANG, null),
      fine: ['ECHILD'],
    },
    {
      name: 'sealed memfd',
      since: '3.17',
      probe: () => sealedMemfd('stator-doctor', Buffer.from('#!')).close(),
    },
    {
      name: 'PIDFD_GET_INFO',
      since: '6.15',
      probe() {
        if (canTry && !tryOut(0).keepsExitCodes) throw new SyscallError('ioctl', errnos.ENOTTY, [])
      },
      optional: 'the exit code of a container whose keeper was killed stays unknown',
    },
  ]
  try {
    return probes.map(probed)
  } finally {
    self?.close()
  }
}

function probed({ name, since, probe, fine = [], optional }: Probe): Finding {
  const [failed, seen] = attempt(probe)
  if (failed === null || fine.includes(failed.errno ?? '')) {
    return { area: 'system calls', name, status: 'ok', found: seen ?? `since Linux ${since}` }
  }
  const how =
    failed.errno === 'ENOSYS' || failed.errno === 'ENOTTY' || failed.errno === 'EINVAL'
      ? `Linux ${since} or newer, and no seccomp filter that hides it`
      : failed.errno === 'EPERM'
        ? 'run it as root, without a seccomp filter that refuses it'
        : failed.errno === 'EACCES' && name === 'sealed memfd'
          ? 'sysctl vm.memfd_noexec=1 (or 0)'
          : `Linux ${since} or newer`
  return {
    area: 'system calls',
    name,
    status: optional === undefined ? 'missing' : 'limited',
    found: failed.text,
    how: optional === undefined ? how : `${how}; without it ${optional}`,
  }
}

// namespaces

interface Kind {
  /** In /proc/self/ns. */
  readonly name: string
  readonly flag: number
  readonly option: string
  /** Which containers do without. */
  readonly only?: string
}

const kinds: readonly Kind[] = [
  { name: 'mnt', flag: uapi.CLONE_NEWNS, option: 'CONFIG_NAMESPACES' },
  { name: 'pid', flag: uapi.CLONE_NEWPID, option: 'CONFIG_PID_NS' },
  { name: 'net', flag: uapi.CLONE_NEWNET, option: 'CONFIG_NET_NS' },
  { name: 'ipc', flag: uapi.CLONE_NEWIPC, option: 'CONFIG_IPC_NS' },
  { name: 'uts', flag: uapi.CLONE_NEWUTS, option: 'CONFIG_UTS_NS' },
  { name: 'cgroup', flag: uapi.CLONE_NEWCGROUP, option: 'CONFIG_CGROUPS' },
  { name: 'user', flag: uapi.CLONE_NEWUSER, option: 'CONFIG_USER_NS', only: 'for uidMappings' },
  { name: 'time', flag: uapi.CLONE_NEWTIME, option: 'CONFIG_TIME_NS', only: 'for timeOffsets' },
]

function namespaces(canTry: boolean): Finding[] {
  return kinds.map(({ name, flag, option, only }) => {
    const otherwise = only === undefined ? 'missing' : 'limited'
    const hint = only === undefined ? '' : ` (only ${only})`
    if (!existsSync(`/proc/self/ns/${name}`)) {
      return finding('namespaces', name, false, 'not there', `a kernel with ${option}${hint}`, otherwise)
    }
    const [, limit = ''] = attempt(() => readFileSync(`/proc/sys/user/max_${name}_namespaces`, 'utf8').trim())
    if (limit === '0') {
      const how = `sysctl user.max_${name}_namespaces=10000${hint}`
      return finding('namespaces', name, false, 'none may be made', how, otherwise)
    }
    if (!canTry) return finding('namespaces', name, true, 'there, not tried', '')
    const [failed, trial] = attempt(() => tryOut(flag))
    const refusal = failed?.text ?? trial?.refusal ?? null
    const tried = name === 'pid' ? 'cloned into a new one, and made a procfs for it' : 'cloned into a new one'
    return refusal === null
      ? finding('namespaces', name, true, tried, '')
      : finding('namespaces', name, false, refusal, `${refusals(name, refusal)}${hint}`, otherwise)
  })
}

function refusals(name: string, errno: string): string {
  if (errno !== 'EPERM' && errno !== 'EACCES') return 'see clone(2) for this errno'
  if (name !== 'user') return 'run it as root; in a container: --privileged'
  return 'sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0'
}

// control groups

/** And what they are needed for. */
const controllers: Readonly<Record<string, string>> = {
  pids: 'linux.resources.pids',
  memory: 'linux.resources.memory, and to see that memory ran out',
  devices: 'linux.resources.devices: without it a container can open any device that it can make',
  freezer: 'ending all processes of a container at once',
  cpu: 'linux.resources.cpu',
}

function controlGroups(canCall: boolean): Finding[] {
  const groups = layout()
  const { kind, unified } = groups
  const found: Finding[] = [
    finding(
      'control groups',
      'layout',
      kind !== 'none',
      { unified: 'version 2', hybrid: 'versions 1 and 2', legacy: 'version 1', none: 'none is mounted' }[kind],
      'mount -t cgroup2 none /sys/fs/cgroup',
      'limited',
    ),
  ]
  if (kind === 'none') return found
  for (const [name, why] of Object.entries(controllers)) found.push(controller(groups, name, why))
  if (unified !== null) {
    found.push(killFile(unified))
    if (kind === 'unified' && canCall) found.push(deviceProgram())
  }
  return found
}

function controller({ unified, legacy }: Layout, name: string, why: string): Finding {
  const inEvery = name === 'devices' || name === 'freezer'
  const found =
    legacy.find(({ controllers }) => controllers.includes(name)) ??
    (unified !== null && (inEvery || unified.controllers.includes(name)) ? unified : undefined)
  if (found === undefined) {
    return finding(
      'control groups',
      name,
      false,
      'not there',
      `cgroup_enable=${name} on the kernel's command line; for ${why}`,
      'limited',
    )
  }
  const [failed] = attempt(() => accessSync(found.own, constants.W_OK))
  const where = `version ${found.version}, ${found.mount}`
  return failed === null
    ? finding('control groups', name, true, where, '')
    : finding('control groups', name, false, `${where}: ${failed.text}`, `run it as root; for ${why}`, 'limited')
}

/** The root of the tree has none; every group below it does. */
function killFile({ mount, own }: Hierarchy): Finding {
  const [, below = []] = attempt(() => readdirSync(mount, { withFileTypes: true }))
  const groups = [own, ...below.filter((entry) => entry.isDirectory()).map((entry) => join(mount, entry.name))]
  // Whichever has it: it may be another container's, and is not named.
  const hasOne = groups.some((folder) => existsSync(join(folder, 'cgroup.kill')))
  const isThere = hasOne || (groups.length === 1 && isAtLeast(release(), oldestKernel))
  const found = hasOne ? `in the groups of ${mount}` : isThere ? "by the kernel's version" : 'not there'
  return finding('control groups', 'cgroup.kill', isThere, found, 'Linux 5.14 or newer', 'limited')
}

/** Device rules on version 2 are a program. This one permits everything, and is attached to nothing. */
function deviceProgram(): Finding {
  const instructions = Buffer.from('b7000000010000009500000000000000', 'hex')
  const [failed] = attempt(() =>
    bpfProgLoad({
      type: uapi.BPF_PROG_TYPE_CGROUP_DEVICE,
      instructions,
      name: 'stator_doctor',
      expectedAttachType: uapi.BPF_CGROUP_DEVICE,
    }).close(),
  )
  const how = 'run it as root, on a kernel with CONFIG_CGROUP_BPF'
  return finding('control groups', 'device programs', failed === null, failed?.text ?? 'loaded one', how)
}

// what all share

function finding(
  area: Area,
  name: string,
  isFine: boolean,
  found: string,
  how: string,
  otherwise: 'limited' | 'missing' = 'missing',
): Finding {
  return isFine ? { area, name, status: 'ok', found } : { area, name, status: otherwise, found, how }
}

interface Failed {
  readonly text: string
  readonly errno: string | undefined
}

/** What it returned, or why not. */
function attempt<T>(action: () => T): [failed: null, result: T] | [failed: Failed, result: undefined] {
  try {
    return [null, action()]
  } catch (error) {
    const { code } = error as { code?: unknown }
    const errno = typeof code === 'string' ? code : undefined
    // Node's own errors repeat call and path behind the errno; those of native/ are the call.
    const text =
      error instanceof Error && (errno === undefined || error instanceof SyscallError) ? error.message : errno
    return [{ text: text ?? String(error), errno }, undefined]
  }
}
