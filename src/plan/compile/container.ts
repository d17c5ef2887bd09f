// From config.json to the plan of one container: the keeper, a stage where namespaces are joined, and init from its first
// step to its last, which is the program. The parts are in the files beside this one; here is their order, and why.

import * as uapi from '../../native/uapi.ts'
import type { Spec } from '../../oci/config.ts'
import { PlanBuilder, type Plan } from '../builder.ts'
import { PLAN_DESCRIPTOR, record } from '../layout.ts'
import type { Label, Register } from '../step.ts'
import { cloneArguments } from './clone.ts'
import { hasNamespace, isNewNamespace, type Compilation, type LinkedTargets } from './compilation.ts'
import { makeDevices } from './devices.ts'
import { groupDescriptor, joinGroups } from './groups.ts'
import { runHooks } from './hooks.ts'
import type { HostFacts } from './host.ts'
import { becomeUser, limitOpenFiles, noNewPrivileges } from './identity.ts'
import { cloneByStage } from './stage.ts'
import { beginKeeper, keep, keeperDescriptors, wanted, type Keeping } from './keeper.ts'
import { makeReadonly, maskPaths } from './masked-paths.ts'
import { bindSourceDescriptor, copiesUp, copyUpDescriptor, isBind, makeMounts, protectMounts } from './mounts.ts'
import { joinNamespaces, namespaceDescriptor, namespaceSets, newTimeNamespace } from './namespaces.ts'
import { openOrMake, statx } from './paths.ts'
import { becomeProgram, findProgram, prepareEnvironment, programVectors } from './program.ts'
import { readPasswd, ready } from './ready.ts'
import { becomeRoot, changeRoot, enterRoot, findRoot, protectRoot } from './root.ts'
import { isFilteredLast, type LoadableFilter, loadFilters } from './seccomp.ts'
import { bringUpLoopback, joinKeyring, setNames, setPersonality, setScheduling } from './settings.ts'
import { awaitGoOn, reach } from './sync.ts'
import { writeSysctls } from './sysctl.ts'
import { becomeItsSession, bindConsole, makeTerminal } from './terminal.ts'
import { usual, type Wishes } from './wishes.ts'

export interface ContainerPlanOptions {
  /** Absolute. */
  readonly bundle: string
  /** Absolute, symbolic links resolved. */
  readonly rootfs: string
  readonly keeping: Keeping
  /** How many v1 `tasks` files (and the hybrid's `cgroup.procs`) init writes itself into. */
  readonly groups: number
  /** Whether init is cloned straight into a v2 group. */
  readonly intoGroup: boolean
  readonly linked?: LinkedTargets
  readonly wishes?: Wishes
  /** In the order in which they are loaded. */
  readonly filters?: readonly LoadableFilter[]
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

export function compileContainer(config: Spec, host: HostFacts, options: ContainerPlanOptions): Plan {
  const plan = new PlanBuilder(host.architecture)
  const compilation: Compilation = {
    plan,
    config,
    host,
    bundle: options.bundle,
    inUserNamespace: hasNamespace(config, 'user'),
    linked: options.linked ?? new Map(),
  }
  const namespaces = namespaceSets(config, host.cgroup.layout)
  const init = plan.label('init')
  // Named here, before any step, so that their numbers do not depend on the order of the steps.
  for (const name of Object.values(keeperDescriptors)) if (wanted(name, options.keeping)) plan.inherit(name)
  plan.inherit(initDescriptors.control)

  const wishes = options.wishes ?? usual
  const { preserved } = wishes
  const watches = options.keeping.watches === true
  beginKeeper(plan, host, preserved)
  const clone = {
    flags: namespaces.cloneFlags,
    cgroup: options.intoGroup ? plan.inherit(initDescriptors.group) : undefined,
  }
  const child =
    namespaces.joined.length > 0 || namespaces.newTime
      ? cloneByStage(plan, init, clone, { joins: namespaces.joined.length > 0, watches }, () => {
          if (namespaces.newTime) newTimeNamespace(plan, config)
          joinNamespaces(plan, config, namespaces.joined)
        })
      : cloneInit(plan, clone, init, watches)
  const inheritedByKeeper = new Set<number>(
    [...Object.values(keeperDescriptors)]
      .filter((name) => wanted(name, options.keeping))
      .map((name) => plan.inherit(name)),
  )
  const closing = initOnly(compilation, options)
    .map((name) => plan.inherit(name))
    .filter((number) => !inheritedByKeeper.has(number))
  keep(plan, child, options.keeping, { closing: [...closing, PLAN_DESCRIPTOR], preserved })

  plan.place(init)
  plan.role('init')
  compileInit(compilation, options, wishes, namespaces.newCgroupLater)
  return plan.build()
}

/**
 * Whether init does nothing before the runtime has done its part from outside and has stored who init is. So it must where ID maps
 * come first. Else it builds its root meanwhile, and waits then: all of that is in its own mount namespace and goes
 * with it, and an init that nobody has named, as its runtime was killed, ends when it is to wait, or is found in the group that it was
 * cloned into. One that joins its groups itself could not be found for a while, and waits first.
 */
function waitsForIsolation(config: Spec, { intoGroup }: ContainerPlanOptions): boolean {
  return hasNamespace(config, 'user') || !isNewNamespace(config, 'mount') || !intoGroup
}

/**
 * Whether the limits of resources are set last of all that is done from outside: no step of init and no hook is held up by them, as
 * with runc. That has to be before init changes its user, and so at once where it becomes root of a user namespace: another
 * user's limits may be set only with CAP_SYS_RESOURCE (prlimit(2)).
 */
export function limitsComeLate(config: Spec): boolean {
  return Boolean(config.process.rlimits?.length) && !hasNamespace(config, 'user')
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
  config.mounts?.forEach((mount, index) => copiesUp(mount) && names.push(copyUpDescriptor(index)))
  if (config.hooks?.createContainer?.length) names.push(initDescriptors.hookState, initDescriptors.hookOutput)
  if (config.hooks?.startContainer?.length) names.push(initDescriptors.startState, initDescriptors.startOutput)
  return names
}

/** @param watches init is to be the runtime's child; it signals as the keeper would, which the kernel wants said as 0 */
function cloneInit(
  plan: PlanBuilder,
  { flags, cgroup }: { flags: number; cgroup: number | undefined },
  init: Label,
  watches: boolean,
) {
  const { args, size, pidfd } = cloneArguments(plan, {
    flags: flags | uapi.CLONE_PIDFD | (watches ? uapi.CLONE_PARENT : 0),
    exitSignal: watches ? 0 : uapi.SIGCHLD,
    cgroup,
  })
  let pid!: Register
  plan.at('linux.namespaces', () => {
    pid = plan.sys('clone3', [args, size], 'clone init into its namespaces')
  })
  plan.if(pid, '==', 0, init, 'init goes on in its own part')
  return { pid, pidfd: plan.load(pidfd, 4, "init's pidfd") }
}

function compileInit(
  compilation: Compilation,
  options: ContainerPlanOptions,
  wishes: Wishes,
  newCgroupLater: boolean,
): void {
  const { plan, config, host, inUserNamespace } = compilation
  const { process } = config
  const control = plan.inherit(initDescriptors.control)
  const folder = plan.inherit(initDescriptors.folder)
  const { hooks = {} } = config

  plan.report(control, 'report to the runtime')
  // It holds descriptors of the host: nobody in a shared namespace, and no hook, may look into it.
  plan.sys('prctl', [uapi.PR_SET_DUMPABLE, 0, 0, 0, 0], 'not dumpable')
  if (options.intoGroup) plan.sys('close', [plan.inherit(initDescriptors.group)], 'it is in its group')
  for (const name of Object.values(keeperDescriptors)) {
    if (name !== keeperDescriptors.folder && wanted(name, options.keeping))
      plan.sys('close', [plan.inherit(name)], 'the keeper has it')
  }
  plan.sys('close_range', [3 + wishes.preserved, 0xffffffff, uapi.CLOSE_RANGE_CLOEXEC], 'nothing reaches the program')
  plan.sys('setsid', [], 'a session of its own')
  plan.sys('umask', [0], 'modes as they are given')
  const reply = plan.scratch(record.size, 'go-on')
  const isolatedFirst = waitsForIsolation(config, options)
  if (isolatedFirst) awaitGoOn(plan, control, 'isolated', reply)
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
  if (wishes.newKeyring) joinKeyring(plan)
  if (isNewNamespace(config, 'network')) bringUpLoopback(plan)

  const ownMounts = isNewNamespace(config, 'mount')
  const rootfs = ownMounts ? enterRoot(compilation, options.rootfs) : undefined
  const root = rootfs?.root ?? findRoot(plan, options.rootfs)
  const room = rootfs?.statx ?? plan.scratch(statx.size, 'statx')
  const readonlyLater = rootfs === undefined ? [] : makeMounts(compilation, rootfs)
  if (rootfs !== undefined) makeDevices(compilation, rootfs)
  const terminal = process.terminal ? makeTerminal(plan, process, root, room) : undefined
  if (terminal !== undefined) {
    if (rootfs !== undefined) bindConsole(compilation, rootfs, terminal)
    becomeItsSession(plan, terminal)
  }
  plan.at('process.cwd', () => plan.close(openOrMake(plan, root, process.cwd, 'directory', `open ${process.cwd}`)))
  if (!isolatedFirst) awaitGoOn(plan, control, 'isolated', reply)
  if (hooks.prestart?.length || hooks.createRuntime?.length || hooks.createContainer?.length) {
    reach(plan, control, 'hooks')
    awaitGoOn(plan, control, 'hooks', reply)
  }
  if (hooks.createContainer?.length) {
    runHooks(plan, 'createContainer', hooks.createContainer, [], {
      state: plan.inherit(initDescriptors.hookState),
      output: plan.inherit(initDescriptors.hookOutput),
      report: { to: control, as: 'socket' },
      folder: root,
    })
  }
  // After the hooks, which may have made the interface that a sysctl is of.
  writeSysctls(compilation)
  const hasHome = prepareEnvironment(process.env ?? []).hasHome
  const passwd = hasHome ? undefined : readPasswd(plan, root, room)
  if (rootfs === undefined) changeRoot(plan, root)
  else {
    protectMounts(plan, readonlyLater)
    makeReadonly(compilation, rootfs)
    maskPaths(compilation, rootfs)
    becomeRoot(compilation, rootfs, wishes.pivotRoot)
    protectRoot(compilation)
  }
  setNames(plan, config)
  noNewPrivileges(plan, process)
  setScheduling(plan, process)
  setPersonality(plan, config.linux?.personality)
  if (limitsComeLate(config)) awaitGoOn(plan, control, 'limited', reply)
  const filters = options.filters ?? []
  const filtersLast = isFilteredLast(process) ? filters : []
  if (filtersLast.length === 0) loadFilters(plan, filters, control)
  becomeUser(plan, process, host.lastCapability, room, inUserNamespace)
  const program = findProgram(plan, process, room)

  const home = ready(plan, control, passwd, terminal?.master)
  const vectors = programVectors(plan, process, home)
  const startHooks = hooks.startContainer ?? []
  const held = heldAtGate(wishes.preserved)
  gate(plan, { control, folder, held, withHooks: startHooks.length > 0, filters: filtersLast })
  limitOpenFiles(plan, process)
  if (startHooks.length > 0) {
    const env = prepareEnvironment(process.env ?? []).env
    const { state, output, fifo } = held
    runHooks(plan, 'startContainer', startHooks, env, { state, output, report: { to: fifo, as: 'fifo' } })
    for (const descriptor of [state, output]) plan.sys('close', [descriptor], 'close it')
  }
  becomeProgram(plan, program, vectors, process)
}

/** The numbers of what init still holds at the gate, above what is the program's. The fifo gets the lowest that is free. */
export function heldAtGate(preserved: number) {
  const folder = 3 + preserved
  return { folder, control: folder + 1, fifo: folder + 2, state: folder + 3, output: folder + 4, first: folder + 5 }
}

/**
 * The gate: opening the fifo waits for `start`. From here on it is the report channel, and the only descriptor besides the
 * program's streams: close-on-exec is too late, as execve(2) resolves the program, its `#!` interpreter and its loader while
 * such descriptors are still open, and /proc/self/fd/N/../.. would lead to the host (CVE-2024-21626).
 */
function gate(
  plan: PlanBuilder,
  {
    control,
    folder,
    held: atGate,
    withHooks,
    filters,
  }: {
    readonly control: number
    readonly folder: number
    readonly held: ReturnType<typeof heldAtGate>
    readonly withHooks: boolean
    readonly filters: readonly LoadableFilter[]
  },
): void {
  const moves: [string, number, number][] = [
    ['the state folder', folder, atGate.folder],
    ['the control socket', control, atGate.control],
  ]
  if (withHooks) {
    moves.push(['the state for hooks', plan.inherit(initDescriptors.startState), atGate.state])
    moves.push(['what hooks print', plan.inherit(initDescriptors.startOutput), atGate.output])
  }
  for (const [what, from, to] of moves) plan.sys('dup3', [from, to, uapi.O_CLOEXEC], `move ${what}`)
  plan.report(atGate.control, 'report to the runtime')
  plan.sys('close', [atGate.fifo], 'this number is free', { tolerate: ['EBADF'] })
  if (!withHooks) plan.sys('close_range', [atGate.state, atGate.output, 0], 'and these')
  plan.sys('close_range', [atGate.first, 0xffffffff, 0], 'nothing else is held')
  // Few calls come after it: that they are allowed is the filter's business.
  loadFilters(plan, filters, atGate.control)
  plan.sys('openat', [atGate.folder, 'exec.fifo', uapi.O_WRONLY | uapi.O_CLOEXEC], 'wait at the gate until start', {
    retry: { on: ['EINTR'], times: 0xffff },
    expect: atGate.fifo,
  })
  plan.report(atGate.fifo, 'report to start')
  for (const descriptor of [atGate.folder, atGate.control])
    plan.sys('close', [descriptor], 'no folder of the host is held')
  plan.sys('write', [atGate.fifo, '0', 1], 'tell start that init is through', { expect: 1 })
}
