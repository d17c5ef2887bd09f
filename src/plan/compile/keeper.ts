// What the keeper does: clones init (or a stage that clones it), keeps the container's descriptors, waits for the end, writes
// the exit record, and where no runtime is attached becomes `stator settle`. It never changes its own namespaces.

import {
  AT_FDCWD, CLOCK_BOOTTIME, CLOSE_RANGE_CLOEXEC, CLOCK_REALTIME, LOCK_EX, LOCK_NB, O_CLOEXEC, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY, P_PIDFD, POLLIN,
  RLIMIT_NOFILE, SIG_IGN, signals, WEXITED,
} from '../../native/uapi.ts' // prettier-ignore
import type { PlanBuilder } from '../builder.ts'
import { exitRecord } from '../exit-record.ts'
import { PLAN_DESCRIPTOR } from '../layout.ts'
import type { Address, Operand, Register } from '../step.ts'
import type { HostFacts } from './host.ts'
import { reach, tell } from './sync.ts'

/** What the keeper is asked to keep and to leave behind. */
export interface Keeping {
  /** Standard output and error are copied into the log of the folder. */
  readonly log: boolean
  /** Or their read ends are kept for a later runtime to pull. */
  readonly pipes: boolean
  /** The root's file that every open runtime holds a shared lock on. */
  readonly attachedFile: string
  /** What the keeper becomes when nobody is attached. Empty: it just ends. */
  readonly settle: readonly string[]
}

/** Descriptors of the keeper, by the names under which the plan inherits them. */
export const keeperDescriptors = {
  control: 'keeper control',
  folder: 'state folder',
  log: 'log',
  stdout: 'stdout, read end',
  stderr: 'stderr, read end',
} as const

/** Whether a plan inherits one of them. */
export function wanted(name: string, keeping: Keeping): boolean {
  const { log, stdout, stderr } = keeperDescriptors
  return name === log ? keeping.log : name === stdout || name === stderr ? keeping.log || keeping.pipes : true
}

/** What would end a keeper that somebody else has started for another reason. */
const ignored = ['SIGPIPE', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** The keeper's first steps: it is what Node.js left it, and becomes a session of its own. */
export function beginKeeper(plan: PlanBuilder, host: HostFacts): void {
  plan.role('keeper')
  // A process that was cloned into a pid namespace and has lost its parent may be left to a pid 1 that reaps nobody.
  plan.report(plan.inherit(keeperDescriptors.control), 'report to the runtime', { waits: true })
  plan.sys('close_range', [3, PLAN_DESCRIPTOR - 1, 0], "nothing of the runtime's stays open")
  const { soft, hard } = host.openFiles
  plan.sys(
    'prlimit64',
    [0, RLIMIT_NOFILE, plan.words([soft, hard], `{${soft}, ${hard}}`), null],
    'open files as before Node.js raised the limit',
    { tolerate: ['EPERM'] },
  )
  plan.sys('setsid', [], 'a session of its own')
}

/** From the clone to the end. `pidfd` and `pid` are init's. */
export function keep(
  plan: PlanBuilder,
  { pid, pidfd }: { pid: Operand; pidfd: Register },
  keeping: Keeping,
  closing: readonly number[],
): void {
  const control = plan.inherit(keeperDescriptors.control)
  const folder = plan.inherit(keeperDescriptors.folder)
  tell(plan, control, 'cloned', pid, "tell the runtime init's pid")
  for (const descriptor of closing) plan.sys('close', [descriptor], 'init has it', { tolerate: ['EBADF'] })
  plan.sys('close_range', [plan.aboveInherited, 0xffffffff, 0], "nothing else of the runtime's stays open either")
  const nothing = plan.sys('openat', [AT_FDCWD, '/dev/null', O_RDWR | O_CLOEXEC], 'open /dev/null')
  for (const stream of [0, 1, 2]) plan.sys('dup3', [nothing, stream, 0], `stream ${stream} is /dev/null`)
  plan.close(nothing)
  // struct sigaction as the kernel takes it: handler, flags, restorer, mask. After the clone, so that nothing leaks into init.
  const ignore = plan.words([SIG_IGN, 0, 0, 0], '{SIG_IGN}')
  for (const name of ignored) plan.sys('rt_sigaction', [signals[name] ?? 0, ignore, null, 8], `ignore ${name}`)
  plan.sys('chdir', ['/'], 'go to /')

  const log = keeping.log ? plan.inherit(keeperDescriptors.log) : -1
  const out = keeping.log ? plan.inherit(keeperDescriptors.stdout) : -1
  const err = keeping.log ? plan.inherit(keeperDescriptors.stderr) : -1
  reach(plan, control, 'kept')
  plan.report(control, 'a keeper that cannot keep ends at once, and is missed')
  plan.supervise({ process: pidfd, events: POLLIN, out, err, log }, 'wait until init has ended')
  const siginfo = plan.scratch(128, 'siginfo')
  plan.sys('waitid', [P_PIDFD, pidfd, siginfo, WEXITED, null], 'how it ended')
  leaveRecord(plan, siginfo, folder)
  tell(plan, control, 'ended', pid, 'tell the runtime', true)
  settle(plan, keeping)
  plan.sys('exit_group', [0], 'end')
}

/** The exit record: binary, because a plan cannot format numbers; renamed into place, so it is whole or not there. */
function leaveRecord(plan: PlanBuilder, siginfo: Address, folder: number): void {
  const bytes = Buffer.alloc(exitRecord.size)
  bytes.writeUInt32LE(exitRecord.magicValue, exitRecord.magic)
  const recordAt = plan.bytes(bytes, 'exit record')
  for (const [from, to, what] of [
    [8, exitRecord.code, 'how'],
    [24, exitRecord.status, 'its status'],
    [16, exitRecord.pid, 'its pid'],
  ] as const)
    plan.store(recordAt.plus(to), 4, plan.load(siginfo.plus(from), 4, what), `${what} into the record`)
  plan.sys('clock_gettime', [CLOCK_REALTIME, recordAt.plus(exitRecord.realtime)], 'when')
  plan.sys('clock_gettime', [CLOCK_BOOTTIME, recordAt.plus(exitRecord.boottime)], 'when, since boot')
  const file = plan.sys(
    'openat',
    [folder, '.exit', O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600],
    'open the exit record',
  )
  plan.sys('write', [file, recordAt, exitRecord.size], 'write it', { expect: exitRecord.size })
  plan.close(file)
  plan.sys('renameat', [folder, '.exit', folder, 'exit'], 'put it in place')
}

/** Nobody attached: the end would be noticed by nobody. One settler is enough for all containers of a root. */
function settle(plan: PlanBuilder, { attachedFile, settle: argv }: Keeping): void {
  const [path] = argv
  if (path === undefined) return
  const attended = plan.label('attended')
  const file = plan.sys('openat', [AT_FDCWD, attachedFile, O_RDWR | O_CLOEXEC], 'open the lock of attached runtimes', {
    jump: { on: 'any', to: attended },
  })
  plan.sys('flock', [file, LOCK_EX | LOCK_NB], 'is a runtime attached?', { jump: { on: 'any', to: attended } })
  plan.close(file)
  plan.sys('close_range', [3, 0xffffffff, CLOSE_RANGE_CLOEXEC], 'what it keeps is not for others')
  const standard = plan.words([0, 0, 0, 0], '{SIG_DFL}')
  for (const name of ignored) plan.sys('rt_sigaction', [signals[name] ?? 0, standard, null, 8], `heed ${name} again`)
  const environment = plan.vector(['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], 'PATH')
  plan.sys('execve', [path, plan.vector(argv, JSON.stringify(argv)), environment], 'no: settle the end', {
    tolerate: 'any',
  })
  plan.place(attended)
}
