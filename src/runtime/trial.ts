// A small plan of doctor's own, run by the stub as the plan of a container is: whether the stub runs here at all, whether it may
// clone a process into new namespaces, and whether that one may make a procfs.

import { spawnStub } from '../actors/process/spawn.ts'
import { errnoName } from '../native/errno.ts'
import { syscall } from '../native/libc.ts'
import { pidfdExitStatus, pidfdOpen } from '../native/pidfd.ts'
import { architecture } from '../native/syscalls.ts'
import {
  CLD_EXITED,
  CLONE_NEWPID,
  FSCONFIG_CMD_CREATE,
  FSOPEN_CLOEXEC,
  P_PIDFD,
  SIGCHLD,
  WEXITED,
} from '../native/uapi.ts'
import { PlanBuilder, type Plan } from '../plan/builder.ts'
import { cloneArguments } from '../plan/compile/clone.ts'
import type { Register } from '../plan/step.ts'

export interface Trial {
  /** The errno of the first call that was refused, or what killed the stub; null: neither. */
  readonly refusal: string | null
  /** Whether the kernel still knew the exit code when the process had been reaped (Linux 6.15). */
  readonly keepsExitCodes: boolean
}

/**
 * Runs it, which takes a millisecond in which this thread waits.
 *
 * @param flags CLONE_NEW*
 * @throws {StatorError} ERR_STATOR_PLATFORM: there is no stub; {SyscallError} it cannot be started
 */
export function tryOut(flags: number): Trial {
  const pid = spawnStub(trialPlan(flags), new Map(), new Map(), 'doctor')
  using pidfd = pidfdOpen(pid)
  // siginfo_t: code 8, status 24; 128 bytes. A plan ends, and what it waits for is a plan too.
  const info = Buffer.alloc(128)
  syscall('waitid', P_PIDFD, pidfd.number, info, WEXITED, null)
  const [how, status] = [info.readInt32LE(8), info.readInt32LE(24)]
  // What a process ends with is the lowest byte of -errno.
  const refusal = how !== CLD_EXITED ? `killed by signal ${status}` : status === 0 ? null : errnoName(256 - status)
  return { refusal, keepsExitCodes: pidfdExitStatus(pidfd) !== null }
}

/** Every refusal ends the plan with its errno, so that nobody has to be told. Pure. */
export function trialPlan(flags: number): Plan {
  const plan = new PlanBuilder(architecture())
  const refused = plan.label('refused')
  const refusedInside = plan.label('refused inside')
  const inside = plan.label('inside')
  plan.role('keeper')
  const { args, size } = cloneArguments(plan, { flags, exitSignal: SIGCHLD })
  const status = plan.scratch(8, 'status')
  const result = plan.set(0, 'no errno yet')
  const keep = (from: Register) => plan.set(from, 'the errno', result)
  const pid = plan.sys('clone3', [args, size], 'clone into new namespaces', { tolerate: 'any' })
  keep(pid)
  plan.if(pid, '==', 0, inside, 'the child goes on in its own part')
  // As an unsigned number an errno is larger than any pid.
  plan.if(0x7fffffff, '<', pid, refused, 'refused')
  plan.sys('wait4', [pid, status, 0, null], 'wait for the child')
  keep(plan.load(status.plus(1), 1, 'its exit code'))
  plan.place(refused)
  plan.sys('exit_group', [result], 'end with the errno')

  plan.place(inside)
  plan.role('init')
  if ((flags & CLONE_NEWPID) !== 0) {
    const context = plan.sys('fsopen', ['proc', FSOPEN_CLOEXEC], 'open a new procfs', { tolerate: 'any' })
    keep(context)
    plan.if(0x7fffffff, '<', context, refusedInside, 'refused')
    const call = [context, FSCONFIG_CMD_CREATE, null, null, 0]
    keep(plan.sys('fsconfig', call, 'create it', { tolerate: 'any' }))
  }
  plan.place(refusedInside)
  plan.sys('exit_group', [result], 'end with the errno')
  return plan.build()
}
