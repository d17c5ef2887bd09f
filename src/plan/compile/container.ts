// From config.json to the plan of one container: the keeper, a stage where namespaces are joined, and init from its first
// step to its last, which is the program. The parts are in the files beside this one; here is their order, and why.

import * as uapi from '../../native/uapi.ts'
import type { Spec } from '../../oci/config.ts'
import { PlanBuilder, type Plan } from '../builder.ts'
import { record } from '../layout.ts'
import type { Address, Label, Register } from '../step.ts'
import { cloneArguments } from './clone.ts'
import { hasNamespace, isNewNamespace, type Compilation } from './compilation.ts'
import { makeDevices } from './devices.ts'
import { runHooks } from './hooks.ts'
import type { HostFacts } from './host.ts'
import { becomeUser, limitOpenFiles, noNewPrivileges } from './identity.ts'
import { beginKeeper, keep, keeperDescriptors, type Keeping } from './keeper.ts'
import { makeReadonly, maskPaths } from './masked-paths.ts'
import { bindSourceDescriptor, isBind, makeMounts } from './mounts.ts'
import { joinNamespaces, namespaceDescriptor, namespaceSets, newTimeNamespace } from './namespaces.ts'
import { openInRoot, openOrMake, statx } from './paths.ts'
import { becomeProgram, findProgram, prepareEnvironment, programVectors } from './program.ts'
import { becomeRoot, enterRoot, protectRoot } from './root.ts'
import { bringUpLoopback, joinKeyring, setNames, setPersonality, setScheduling } from './settings.ts'
import { awaitGoOn, reach, syncPoint } from './sync.ts'
import { writeSysctls } from './sysctl.ts'

export interface ContainerPlanOptions {
  readonly id: string
  /** Absolute, symbolic links resolved. */
  readonly rootfs: string
  readonly keeping: Keeping
  /** How many v1 `tasks` files (and the hybrid's `cgroup.procs`) init writes itself into. */
  readonly groups: number
  /** Whether init is cloned straight into a v2 group. */
  readonly intoGroup: boolean
}

/** Descriptors that init inherits, by name; those of mounts, namespaces and groups are named by their parts. */
export const initDescriptors = {
  control: 'init control',
  folder: keeperDescriptors.folder,
  hookState: 'state for hooks',
  hookOutput: 'output of hooks',
  startState: 'state for startContainer hooks',
  startOutput: 'output of startContainer hooks',
  group: 'group',
} as const

export function groupDescriptor(index: number): string {
  return `tasks of group ${index}`
}

/** The container's /etc/passwd may be this long; what is beyond is not read (kernel rule 7). */
export const PASSWD_BYTES = 65536
/** `HOME=` and a path. */
export const HOME_BYTES = 4352

export function compileContainer(config: Spec, host: HostFacts, options: ContainerPlanOptions): Plan {
  const plan = new PlanBuilder(host.architecture)
  const compilation: Compilation = { plan, config, host, inUserNamespace: hasNamespace(config, 'user') }
  const namespaces = namespaceSets(config, host.cgroup.layout)
  const init = plan.label('init')
  // Named here, before any step, so that their numbers do not depend on the order of the steps.
  for (const name of Object.values(keeperDescriptors)) if (wanted(name, options.keeping)) plan.inherit(name)
  plan.inherit(initDescriptors.control)

  beginKeeper(plan, host)
  const clone = {
    flags: namespaces.cloneFlags,
    cgroup: options.intoGroup ? plan.inherit(initDescriptors.group) : undefined,
  }
  const child =
    namespaces.joined.length > 0 || namespaces.newTime
      ? cloneByStage(compilation, namespaces, clone, init)
      : cloneInit(plan, clone, init)
  const inheritedByKeeper = new Set<number>(
    [...Object.values(keeperDescriptors)]
      .filter((name) => wanted(name, options.keeping))
      .map((name) => plan.inherit(name)),
  )
  const closing = initOnly(compilation, options)
    .map((name) => plan.inherit(name))
    .filter((number) => !inheritedByKeeper.has(number))
  keep(plan, child, options.keeping, [...closing, 1000])

  plan.place(init)
  plan.role('init')
  compileInit(compilation, options, namespaces.newCgroupLater)
  return plan.build()
}

function wanted(name: string, keeping: Keeping): boolean {
  const { log, stdout, stderr } = keeperDescriptors
  return name === log ? keeping.log : name === stdout || name === stderr ? keeping.log || keeping.pipes : true
}

/** What the keeper closes once init has it. */
function initOnly({ config, inUserNamespace }: Compilation, options: ContainerPlanOptions): string[] {
  const names: string[] = [initDescriptors.control]
  if (options.intoGroup) names.push(initDescriptors.group)
  for (let index = 0; index < options.groups; index++) names.push(groupDescriptor(index))
  for (const { type, path } of config.linux?.namespaces ?? []) if (path) names.push(namespaceDescriptor(type))
  if (inUserNamespace) {
    names.push('rootfs')
    config.mounts?.forEach((mount, index) => isBind(mount) && names.push(bindSourceDescriptor(index)))
  }
  if (config.hooks?.createContainer?.length) names.push(initDescriptors.hookState, initDescriptors.hookOutput)
  if (config.hooks?.startContainer?.length) names.push(initDescriptors.startState, initDescriptors.startOutput)
  return names
}

function cloneInit(plan: PlanBuilder, { flags, cgroup }: { flags: number; cgroup: number | undefined }, init: Label) {
  const { args, size, pidfd } = cloneArguments(plan, {
    flags: flags | uapi.CLONE_PIDFD,
    exitSignal: uapi.SIGCHLD,
    cgroup,
  })
  let pid!: Register
  plan.at('linux.namespaces', () => {
    pid = plan.sys('clone3', [args, size], 'clone init into its namespaces')
  })
  plan.if(pid, '==', 0, init, 'init goes on in its own part')
  return { pid, pidfd: plan.load(pidfd, 4, "init's pidfd") }
}

/**
 * The stage joins, makes the time namespace, clones init as the keeper's child, tells the keeper its pid, and ends. The
 * kernel wants exit_signal 0 with CLONE_PARENT; init then signals as the stage would.
 */
function cloneByStage(
  { plan, config }: Compilation,
  namespaces: ReturnType<typeof namespaceSets>,
  clone: { flags: number; cgroup: number | undefined },
  init: Label,
) {
  const stage = plan.label('stage')
  const ends = plan.scratch(8, 'pipe')
  const told = plan.scratch(8, "init's pid")
  plan.sys('pipe2', [ends, uapi.O_CLOEXEC], 'a pipe for the stage to tell the pid of init')
  const read = plan.load(ends, 4, 'its read end')
  const write = plan.load(ends.plus(4), 4, 'its write end')
  const stageClone = cloneArguments(plan, { flags: 0, exitSignal: uapi.SIGCHLD })
  const stagePid = plan.sys('clone3', [stageClone.args, stageClone.size], 'clone the stage')
  plan.if(stagePid, '==', 0, stage, 'the stage goes on in its own part')
  plan.close(write)
  const cloned = plan.label('cloned')
  const got = plan.sys('read', [read, told, 8], 'wait for the pid of init')
  plan.sys('wait4', [stagePid, null, 0, null], 'reap the stage')
  plan.if(got, '==', 8, cloned, 'the stage has told it')
  // The stage has reported what failed on its own; this ends the keeper.
  plan.fail('ECHILD', 'the stage ended before it cloned init')
  plan.place(cloned)
  plan.close(read)
  const pid = plan.load(told, 8, 'the pid of init')
  const pidfd = plan.sys('pidfd_open', [pid, 0], "init's pidfd")
  const on = plan.label('keep')
  plan.goto(on, 'go on as the keeper')

  plan.place(stage)
  plan.role('stage')
  plan.close(read)
  // Nobody in a joined namespace may look into this process or trace it.
  if (namespaces.joined.length > 0) plan.sys('prctl', [uapi.PR_SET_DUMPABLE, 0, 0, 0, 0], 'not dumpable')
  if (namespaces.newTime) newTimeNamespace(plan, config)
  joinNamespaces(plan, config, namespaces.joined)
  const { args, size } = cloneArguments(plan, {
    flags: clone.flags | uapi.CLONE_PARENT,
    exitSignal: 0,
    cgroup: clone.cgroup,
  })
  let initPid!: Register
  plan.at('linux.namespaces', () => {
    initPid = plan.sys('clone3', [args, size], 'clone init into its namespaces')
  })
  const inInit = plan.label('in init')
  plan.if(initPid, '==', 0, inInit, 'init goes on in its own part')
  plan.store(told, 8, initPid, 'the pid of init')
  plan.sys('write', [write, told, 8], 'tell the keeper', { expect: 8 })
  plan.sys('exit_group', [0], 'the stage ends')
  plan.place(inInit)
  plan.role('init')
  plan.close(write)
  plan.goto(init, 'go on as init')
  plan.place(on)
  plan.role('keeper')
  return { pid, pidfd }
}

function compileInit(compilation: Compilation, options: ContainerPlanOptions, newCgroupLater: boolean): void {
  const { plan, config, host, inUserNamespace } = compilation
  const { process } = config
  const control = plan.inherit(initDescriptors.control)
  const folder = plan.inherit(initDescriptors.folder)
  const { hooks = {} } = config

  plan.report(control, 'report to the runtime')
  for (const name of Object.values(keeperDescriptors)) {
    if (name !== keeperDescriptors.folder && wanted(name, options.keeping))
      plan.sys('close', [plan.inherit(name)], 'the keeper has it')
  }
  plan.sys('close_range', [3, 0xffffffff, uapi.CLOSE_RANGE_CLOEXEC], 'nothing reaches the program')
  plan.sys('setsid', [], 'a session of its own')
  plan.sys('umask', [0], 'modes as they are given')
  // The store of the runtime names this process before it does anything that would have to be undone.
  const reply = plan.scratch(record.size, 'go-on')
  awaitGoOn(plan, control, 'isolated', reply)
  if (inUserNamespace) {
    plan.at('linux.uidMappings', () => {
      plan.sys('setresgid', [0, 0, 0], 'root of the user namespace')
      plan.sys('setresuid', [0, 0, 0], 'root of the user namespace')
      // Not the host's groups of the caller; EPERM where setgroups is denied.
      plan.sys('setgroups', [0, null], 'no groups of the host', { tolerate: ['EPERM'] })
    })
  }
  joinGroups(plan, options.groups)
  if (newCgroupLater)
    plan.at('linux.namespaces', () =>
      plan.sys('unshare', [uapi.CLONE_NEWCGROUP], 'a new cgroup namespace, now that init is in its groups'),
    )
  joinKeyring(plan, options.id)
  if (isNewNamespace(config, 'network')) bringUpLoopback(plan)

  const rootfs = enterRoot(compilation, options.rootfs)
  makeMounts(compilation, rootfs)
  makeDevices(compilation, rootfs)
  plan.at('process.cwd', () =>
    plan.close(openOrMake(plan, rootfs.root, process.cwd, 'directory', `open ${process.cwd}`)),
  )
  writeSysctls(compilation)
  if (hooks.prestart?.length || hooks.createRuntime?.length || hooks.createContainer?.length) {
    reach(plan, control, 'hooks')
    awaitGoOn(plan, control, 'hooks', reply)
  }
  if (hooks.createContainer?.length) {
    runHooks(plan, 'createContainer', hooks.createContainer, [], {
      state: plan.inherit(initDescriptors.hookState),
      output: plan.inherit(initDescriptors.hookOutput),
    })
    reach(plan, control, 'hooksDone')
    awaitGoOn(plan, control, 'hooksDone', reply)
  }
  const hasHome = prepareEnvironment(process.env ?? []).hasHome
  const passwd = hasHome ? undefined : readPasswd(compilation, rootfs.root, rootfs.statx)
  makeReadonly(compilation, rootfs)
  maskPaths(compilation, rootfs)
  becomeRoot(compilation, rootfs)
  setNames(plan, config)
  protectRoot(compilation)
  noNewPrivileges(plan, process)
  setScheduling(plan, process)
  setPersonality(plan, config)
  becomeUser(plan, process, host.lastCapability, rootfs.statx)
  const program = findProgram(plan, process, rootfs.statx)

  const home = ready(plan, control, passwd)
  gate(plan, folder)
  limitOpenFiles(plan, process)
  const vectors = programVectors(plan, process, home)
  if (hooks.startContainer?.length) {
    runHooks(plan, 'startContainer', hooks.startContainer, prepareEnvironment(process.env ?? []).env, {
      state: plan.inherit(initDescriptors.startState),
      output: plan.inherit(initDescriptors.startOutput),
    })
  }
  becomeProgram(plan, program, vectors, process)
}

/** v1, and the hybrid's own tree: a process that moves itself costs 0.04 ms a group, moved from outside 3 to 21 (kernel rule 15). */
function joinGroups(plan: PlanBuilder, groups: number): void {
  plan.at('linux.cgroupsPath', () => {
    for (let index = 0; index < groups; index++) {
      const tasks = plan.inherit(groupDescriptor(index))
      plan.sys('write', [tasks, '0', 1], 'join the group', { expect: 1 })
      plan.sys('close', [tasks], 'close it')
    }
  })
}

interface Passwd {
  readonly record: Address
  readonly length: Register
}

/** The container's own file, read where only this process can be held up by it: regular, at most 64 KiB, never blocking. */
function readPasswd({ plan }: Compilation, root: Register, room: Address): Passwd {
  const message = Buffer.alloc(record.size)
  message.writeUInt32LE(0x43525453, record.magic)
  message.writeUInt32LE(2, record.kind)
  message.writeUInt32LE(syncPoint.ready, record.step)
  const buffer = plan.scratch(record.size + PASSWD_BYTES, 'passwd')
  for (let at = 0; at < record.size; at += 8)
    plan.store(buffer.plus(at), 8, message.readBigUInt64LE(at), 'the head of the message')
  const length = plan.set(0, 'nothing read yet')
  const next = plan.label('next')
  const open = plan.label('open')
  plan.at('process.env', () => {
    const file = openInRoot(plan, root, '/etc/passwd', 'look for HOME in /etc/passwd', {
      flags: uapi.O_RDONLY | uapi.O_NONBLOCK,
      jump: { on: ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], to: next },
    })
    plan.sys('statx', [file, '', uapi.AT_EMPTY_PATH, uapi.STATX_BASIC_STATS, room], 'look what it is')
    plan.if(plan.load(room.plus(statx.mode), 2, 'its mode'), '!=', uapi.S_IFREG, open, 'a regular file', uapi.S_IFMT)
    const got = plan.sys('read', [file, buffer.plus(record.size), PASSWD_BYTES], 'read it')
    plan.set(got, 'its length', length)
    plan.place(open)
    plan.close(file)
    plan.place(next)
  })
  return { record: buffer, length }
}

/** All that can fail has been done. With a passwd as payload; the answer holds `HOME=…`, ended by NUL. */
function ready(plan: PlanBuilder, control: number, passwd: Passwd | undefined): Address | undefined {
  const reply = plan.scratch(record.size + HOME_BYTES, 'reply')
  if (passwd === undefined) {
    reach(plan, control, 'ready')
    awaitGoOn(plan, control, 'ready', reply)
    return undefined
  }
  // An iovec for the head and as many bytes as were read.
  const vector = plan.words([passwd.record, record.size, passwd.record.plus(record.size), 0], 'head and passwd')
  plan.store(vector.plus(24), 8, passwd.length, 'as much as was read')
  plan.sys('writev', [control, vector, 2], 'tell the runtime: ready, with the passwd')
  awaitGoOn(plan, control, 'ready', reply, HOME_BYTES)
  return reply.plus(record.size)
}

/** The gate: opening the fifo waits for `start`. From here on it is the report channel; execve(2) closes it. */
function gate(plan: PlanBuilder, folder: number): void {
  const fifo = plan.sys(
    'openat',
    [folder, 'exec.fifo', uapi.O_WRONLY | uapi.O_CLOEXEC],
    'wait at the gate until start',
    { retry: { on: ['EINTR'], times: 0xffff } },
  )
  plan.report(fifo, 'report to start')
  plan.sys('write', [fifo, '0', 1], 'tell start that init is through', { expect: 1 })
}
