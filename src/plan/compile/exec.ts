// A plan for one more process in a container that runs: a keeper, a stage that joins the pid namespace, and the process, which
// joins all else, takes the identity that is asked for, and becomes its program.

import * as uapi from '../../native/uapi.ts'
import type { Personality, Process } from '../../oci/config.ts'
import { PlanBuilder, type Plan } from '../builder.ts'
import { PLAN_DESCRIPTOR, record } from '../layout.ts'
import { initDescriptors } from './container.ts'
import { groupDescriptor, joinGroups } from './groups.ts'
import type { HostFacts } from './host.ts'
import { becomeUser, limitOpenFiles, noNewPrivileges } from './identity.ts'
import { beginKeeper, keep, keeperDescriptors, wanted, type Keeping } from './keeper.ts'
import { statx } from './paths.ts'
import { becomeProgram, findProgram, prepareEnvironment, programVectors } from './program.ts'
import { readPasswd, ready } from './ready.ts'
import { changeRoot, findRoot } from './root.ts'
import { isFilteredLast, type LoadableFilter, loadFilters } from './seccomp.ts'
import { joinKeyring, setPersonality, setScheduling } from './settings.ts'
import { cloneByStage } from './stage.ts'
import { awaitGoOn } from './sync.ts'
import { becomeItsSession, makeTerminal } from './terminal.ts'
import { usual, type Wishes } from './wishes.ts'

export interface ExecPlanOptions {
  readonly keeping: Keeping
  readonly groups: number
  readonly intoGroup: boolean
  /** CLONE_NEW* flags of the namespaces in which the container's init differs from the keeper. */
  readonly namespaces: number
  /** Of a container without a mount namespace of its own: its root is looked up and entered again. */
  readonly rootfs: string | null
  /** linux.personality of the container. */
  readonly personality: Personality | undefined
  readonly wishes?: Wishes
  /** In the order in which they are loaded. */
  readonly filters?: readonly LoadableFilter[]
}

/** The container's init, by pidfd: what the namespaces are joined through. */
export const containerInit = "the container's init"

export function compileExec(process: Process, host: HostFacts, options: ExecPlanOptions): Plan {
  const plan = new PlanBuilder(host.architecture)
  const init = plan.label('init')
  for (const name of Object.values(keeperDescriptors)) if (wanted(name, options.keeping)) plan.inherit(name)
  const control = plan.inherit(initDescriptors.control)
  const target = plan.inherit(containerInit)
  const inUserNamespace = (options.namespaces & uapi.CLONE_NEWUSER) !== 0
  const cgroup = options.intoGroup ? plan.inherit(initDescriptors.group) : undefined

  const wishes = options.wishes ?? usual
  const { preserved } = wishes
  const watches = options.keeping.watches === true
  beginKeeper(plan, host, preserved)
  const child = cloneByStage(plan, init, { flags: 0, cgroup }, { joins: true, watches }, () => {
    if (options.namespaces & uapi.CLONE_NEWPID)
      plan.sys('setns', [target, uapi.CLONE_NEWPID], 'children go to the pid namespace of the container')
  })
  const closing = [control, target, ...(cgroup === undefined ? [] : [cgroup])]
  for (let index = 0; index < options.groups; index++) closing.push(plan.inherit(groupDescriptor(index)))
  keep(plan, child, options.keeping, { closing: [...closing, PLAN_DESCRIPTOR], preserved })

  plan.place(init)
  plan.role('init')
  plan.report(control, 'report to the runtime')
  for (const name of Object.values(keeperDescriptors))
    if (wanted(name, options.keeping)) plan.sys('close', [plan.inherit(name)], 'the keeper has it')
  plan.sys('close_range', [3 + preserved, 0xffffffff, uapi.CLOSE_RANGE_CLOEXEC], 'nothing reaches the program')
  plan.sys('setsid', [], 'a session of its own')
  plan.sys('umask', [0], 'modes as they are given')
  const reply = plan.scratch(record.size, 'go-on')
  awaitGoOn(plan, control, 'isolated', reply)
  joinGroups(plan, options.groups)
  const others = options.namespaces & ~uapi.CLONE_NEWPID
  // Nobody in the container may look into this process before it is the program.
  plan.sys('prctl', [uapi.PR_SET_DUMPABLE, 0, 0, 0, 0], 'not dumpable')
  if (others !== 0) plan.sys('setns', [target, others], 'join the other namespaces of the container')
  if (inUserNamespace) {
    plan.sys('setresgid', [0, 0, 0], 'root of the user namespace')
    plan.sys('setresuid', [0, 0, 0], 'root of the user namespace')
    plan.sys('setgroups', [0, null], 'no groups of the host', { tolerate: ['EPERM'] })
  }
  if (options.rootfs !== null) changeRoot(plan, findRoot(plan, options.rootfs))
  if (wishes.newKeyring) joinKeyring(plan)
  const room = plan.scratch(statx.size, 'statx')
  const root = plan.sys('openat', [uapi.AT_FDCWD, '/', uapi.O_PATH | uapi.O_CLOEXEC], 'open the root')
  const passwd = prepareEnvironment(process.env ?? []).hasHome ? undefined : readPasswd(plan, root, room)
  const terminal = process.terminal ? makeTerminal(plan, process, root, room) : undefined
  plan.close(root)
  if (terminal !== undefined) becomeItsSession(plan, terminal)
  noNewPrivileges(plan, process)
  setScheduling(plan, process)
  setPersonality(plan, options.personality)
  const { filters = [] } = options
  const isLast = isFilteredLast(process)
  if (!isLast) loadFilters(plan, filters, control)
  becomeUser(plan, process, host.lastCapability, room, inUserNamespace)
  const program = findProgram(plan, process, room)
  const home = ready(plan, control, passwd, terminal?.master)
  // Only the control socket is held while execve(2) looks for the program (CVE-2024-21626). It closes when that is there, which
  // is how the runtime knows.
  const moved = 3 + preserved
  plan.sys('dup3', [control, moved, uapi.O_CLOEXEC], 'move the control socket')
  plan.report(moved, 'report to the runtime')
  plan.sys('close_range', [moved + 1, 0xffffffff, 0], 'nothing else is held')
  if (isLast) loadFilters(plan, filters, moved)
  limitOpenFiles(plan, process)
  becomeProgram(plan, program, programVectors(plan, process, home), process)
  return plan.build()
}
