// Single settings of config.json, each one or two system calls: names, keyring, scheduling, personality.

import * as uapi from '../../native/uapi.ts'
import type { IoPriority, Personality, Process, SchedulerFlag, SchedulerPolicy, Spec } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'

export function setNames(plan: PlanBuilder, config: Spec): void {
  for (const [field, call] of [
    ['hostname', 'sethostname'],
    ['domainname', 'setdomainname'],
  ] as const) {
    const name = config[field]
    if (name) plan.at(field, () => plan.sys(call, [name, Buffer.byteLength(name)], `${field} ${name}`))
  }
}

/** The slot of its name: `keyringName(id)`. */
export const keyringSlot = 'keyring'

export function keyringName(id: string): string {
  return `_ses.${id}`
}

/** A session keyring of the container's own, named `_ses.<id>`, which exec joins too: the host's keys stay the host's. */
export function joinKeyring(plan: PlanBuilder): void {
  const next = plan.label('next')
  const ring = plan.sys(
    'keyctl',
    [uapi.KEYCTL_JOIN_SESSION_KEYRING, plan.slot(keyringSlot, 1088)],
    'a session keyring of its own',
    {
      jump: { on: ['ENOSYS'], to: next },
    },
  )
  // What a new session keyring allows, and that its owner may search it, so that exec can join (facts.md A.11).
  const POSSESSOR_ALL_USER_VIEW_READ_SEARCH_LINK = 0x3f1b0000
  plan.sys('keyctl', [uapi.KEYCTL_SETPERM, ring, POSSESSOR_ALL_USER_VIEW_READ_SEARCH_LINK], 'its owner may search it', {
    tolerate: ['EACCES', 'EOPNOTSUPP'],
  })
  plan.place(next)
}

const policies: Readonly<Record<SchedulerPolicy, number>> = {
  SCHED_OTHER: uapi.SCHED_OTHER,
  SCHED_FIFO: uapi.SCHED_FIFO,
  SCHED_RR: uapi.SCHED_RR,
  SCHED_BATCH: uapi.SCHED_BATCH,
  SCHED_ISO: uapi.SCHED_ISO,
  SCHED_IDLE: uapi.SCHED_IDLE,
  SCHED_DEADLINE: uapi.SCHED_DEADLINE,
}

const flags: Readonly<Record<SchedulerFlag, number>> = {
  SCHED_FLAG_RESET_ON_FORK: uapi.SCHED_FLAG_RESET_ON_FORK,
  SCHED_FLAG_RECLAIM: uapi.SCHED_FLAG_RECLAIM,
  SCHED_FLAG_DL_OVERRUN: uapi.SCHED_FLAG_DL_OVERRUN,
  SCHED_FLAG_KEEP_POLICY: uapi.SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_KEEP_PARAMS: uapi.SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_UTIL_CLAMP_MIN: uapi.SCHED_FLAG_UTIL_CLAMP_MIN,
  SCHED_FLAG_UTIL_CLAMP_MAX: uapi.SCHED_FLAG_UTIL_CLAMP_MAX,
}

const ioClasses: Readonly<Record<IoPriority['class'], number>> = {
  IOPRIO_CLASS_RT: uapi.IOPRIO_CLASS_RT,
  IOPRIO_CLASS_BE: uapi.IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE: uapi.IOPRIO_CLASS_IDLE,
}

export function setScheduling(plan: PlanBuilder, process: Process): void {
  const { scheduler, ioPriority } = process
  if (scheduler !== undefined)
    plan.at('process.scheduler', () => {
      const attributes = Buffer.alloc(uapi.SCHED_ATTR_SIZE_VER0)
      attributes.writeUInt32LE(uapi.SCHED_ATTR_SIZE_VER0, 0)
      attributes.writeUInt32LE(policies[scheduler.policy], 4)
      attributes.writeBigUInt64LE(BigInt((scheduler.flags ?? []).reduce((all, name) => all | flags[name], 0)), 8)
      attributes.writeInt32LE(scheduler.nice ?? 0, 16)
      attributes.writeUInt32LE(scheduler.priority ?? 0, 20)
      attributes.writeBigUInt64LE(scheduler.runtime ?? 0n, 24)
      attributes.writeBigUInt64LE(scheduler.deadline ?? 0n, 32)
      attributes.writeBigUInt64LE(scheduler.period ?? 0n, 40)
      plan.sys(
        'sched_setattr',
        [0, plan.bytes(attributes, `{${scheduler.policy}}`), 0],
        `scheduler ${scheduler.policy}`,
      )
    })
  if (ioPriority !== undefined)
    plan.at('process.ioPriority', () => {
      const value = (ioClasses[ioPriority.class] << uapi.IOPRIO_CLASS_SHIFT) | (ioPriority.priority ?? 0)
      plan.sys(
        'ioprio_set',
        [uapi.IOPRIO_WHO_PROCESS, 0, value],
        `I/O priority ${ioPriority.class} ${ioPriority.priority ?? 0}`,
      )
    })
}

export function setPersonality(plan: PlanBuilder, personality: Personality | undefined): void {
  const domain = personality?.domain
  if (domain !== undefined)
    plan.at('linux.personality', () =>
      plan.sys('personality', [domain === 'LINUX32' ? uapi.PER_LINUX32 : uapi.PER_LINUX], `personality ${domain}`),
    )
}

/** `lo` is down in a new network namespace. */
export function bringUpLoopback(plan: PlanBuilder): void {
  const request = Buffer.alloc(40)
  request.write('lo', 0)
  request.writeInt16LE(uapi.IFF_UP, uapi.IFNAMSIZ)
  plan.at('linux.namespaces', () => {
    const socket = plan.sys(
      'socket',
      [uapi.AF_INET, uapi.SOCK_DGRAM | uapi.SOCK_CLOEXEC, 0],
      'a socket of the new network namespace',
    )
    plan.sys('ioctl', [socket, uapi.SIOCSIFFLAGS, plan.bytes(request, '{lo, IFF_UP}')], 'bring up lo')
    plan.close(socket)
  })
}
