// The stage: a process that changes its own namespaces, which the keeper must not and a clone cannot, and then clones init.

import * as uapi from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Label, Register } from '../step.ts'
import { cloneArguments } from './clone.ts'
import { keeperDescriptors } from './keeper.ts'
import { tell } from './sync.ts'

/**
 * The stage joins, makes the time namespace, clones init as a child of its own parent, tells the keeper its pid, and ends. The
 * kernel wants exit_signal 0 with CLONE_PARENT; init then signals as the stage would.
 *
 * @param watches both are children of the runtime, which is told of the stage, to reap it
 */
export function cloneByStage(
  plan: PlanBuilder,
  init: Label,
  clone: { readonly flags: number; readonly cgroup: number | undefined },
  { joins, watches }: { readonly joins: boolean; readonly watches: boolean },
  change: () => void,
): { pid: Register; pidfd: Register } {
  const stage = plan.label('stage')
  const ends = plan.scratch(8, 'pipe')
  const told = plan.scratch(8, "init's pid")
  plan.sys('pipe2', [ends, uapi.O_CLOEXEC], 'a pipe for the stage to tell the pid of init')
  const read = plan.load(ends, 4, 'its read end')
  const write = plan.load(ends.plus(4), 4, 'its write end')
  const stageClone = cloneArguments(
    plan,
    watches ? { flags: uapi.CLONE_PARENT, exitSignal: 0 } : { flags: 0, exitSignal: uapi.SIGCHLD },
  )
  const stagePid = plan.sys('clone3', [stageClone.args, stageClone.size], 'clone the stage')
  plan.if(stagePid, '==', 0, stage, 'the stage goes on in its own part')
  plan.close(write)
  const cloned = plan.label('cloned')
  const got = plan.sys('read', [read, told, 8], 'wait for the pid of init')
  if (watches) tell(plan, plan.inherit(keeperDescriptors.control), 'staged', stagePid, 'tell the runtime whom to reap')
  else plan.sys('wait4', [stagePid, null, 0, null], 'reap the stage')
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
  if (joins) plan.sys('prctl', [uapi.PR_SET_DUMPABLE, 0, 0, 0, 0], 'not dumpable')
  change()
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
