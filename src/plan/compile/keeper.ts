// What the keeper does: clones init (or a stage that clones it), keeps the container's descriptors, waits for the end, writes
// the exit record, and where no runtime is attached starts `stator settle`. It never changes its own namespaces.

import {
  AT_FDCWD, CLOCK_BOOTTIME, CLOSE_RANGE_CLOEXEC, CLOCK_REALTIME, LOCK_EX, LOCK_NB, O_CLOEXEC, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY, P_PIDFD,
  PIDFD_GET_INFO, PIDFD_INFO_EXIT, PIDFD_INFO_SIZE_VER0, POLLIN, RLIMIT_NOFILE, SIG_IGN, SIGCHLD, signals, WEXITED,
} from '../../native/uapi.ts' // prettier-ignore
import type { PlanBuilder } from '../builder.ts'
import { exitRecord } from '../exit-record.ts'
import { PLAN_DESCRIPTOR, record, recordKind } from '../layout.ts'
import type { Operand, Register } from '../step.ts'
import { cloneArguments } from './clone.ts'
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
  /** What the keeper starts at its end when nobody is attached. Empty: nothing. */
  readonly settle: readonly string[]
  /** Init is the runtime's child, and not the keeper's, which cannot reap it. */
  readonly watches?: boolean
  /** A filter of init notifies: its listener is kept, for a later runtime to pull. */
  readonly listener?: boolean
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

/**
 * The keeper's first steps: it is what Node.js left it, and becomes a session of its own.
 *
 * @param preserved how many descriptors from 3 on are the program's
 */
export function beginKeeper(plan: PlanBuilder, host: HostFacts, preserved: number): void {
  plan.role('keeper')
  // A process that was cloned into a pid namespace and has lost its parent may be left to a pid 1 that reaps nobody.
  plan.report(plan.inherit(keeperDescriptors.control), 'report to the runtime', { waits: true })
  plan.sys('close_range', [3 + preserved, PLAN_DESCRIPTOR - 1, 0], "nothing of the runtime's stays open")
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
  { closing, preserved }: { readonly closing: readonly number[]; readonly preserved: number },
): void {
  const control = plan.inherit(keeperDescriptors.control)
  const folder = plan.inherit(keeperDescriptors.folder)
  tell(plan, control, 'cloned', pid, "tell the runtime init's pid")
  if (preserved > 0) plan.sys('close_range', [3, 2 + preserved, 0], 'init has them')
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
  if (keeping.listener) keepListener(plan, control, pidfd)
  reach(plan, control, 'kept')
  plan.report(control, 'a keeper that cannot keep ends at once, and is missed')
  plan.supervise({ process: pidfd, events: POLLIN, out, err, log }, 'wait until init has ended')
  leaveRecord(plan, keeping.watches ? askHow(plan, pid, pidfd) : reap(plan, pidfd), folder)
  tell(plan, control, 'ended', pid, 'tell the runtime', true)
  settle(plan, keeping)
  plan.sys('exit_group', [0], 'end')
}

/**
 * Waits for the runtime to say under which number init has the listener of its filter, and takes a copy. An init that has ended
 * before that has none.
 */
function keepListener(plan: PlanBuilder, control: number, pidfd: Register): void {
  const none = plan.label('none')
  const polled = plan.scratch(16, 'two of pollfd')
  plan.store(polled, 4, control, 'what the runtime says')
  plan.store(polled.plus(4), 4, POLLIN, 'when it can be read')
  plan.store(polled.plus(8), 4, pidfd, 'the end of init')
  plan.store(polled.plus(12), 4, POLLIN, 'when it has come')
  plan.sys('ppoll', [polled, 2, null, null, 0], 'wait for the number of the listener, or the end of init')
  plan.if(plan.load(polled.plus(6), 2, 'has the runtime said something?'), '==', 0, none, 'no: init has ended')
  const said = plan.scratch(record.size, 'the number of the listener')
  const got = plan.sys('read', [control, said, record.size], 'read it', { jump: { on: 'any', to: none } })
  plan.if(got, '!=', record.size, none, 'the runtime is gone')
  plan.if(plan.load(said.plus(record.kind), 4, 'what it says'), '!=', recordKind.goOn, none, 'it must say go on')
  const number = plan.load(said.plus(record.value), 8, 'the number')
  // Open until the keeper ends: a later runtime finds it among its descriptors.
  plan.sys('pidfd_getfd', [pidfd, number, 0], 'a copy of the listener', { tolerate: 'any' })
  plan.place(none)
}

/** How a process has ended, for the exit record. */
interface End {
  readonly code: Register
  readonly status: Register
  readonly pid: Operand
}

function reap(plan: PlanBuilder, pidfd: Register): End {
  const siginfo = plan.scratch(128, 'siginfo')
  plan.sys('waitid', [P_PIDFD, pidfd, siginfo, WEXITED, null], 'how it ended')
  return {
    code: plan.load(siginfo.plus(8), 4, 'how'),
    status: plan.load(siginfo.plus(24), 4, 'its status'),
    pid: plan.load(siginfo.plus(16), 4, 'its pid'),
  }
}

/** exit_code of struct pidfd_info (linux/pidfd.h); the mask is its first word. */
const EXIT_CODE = 60

/** How long the runtime's subreaper may take to reap init, before its end counts as unknown. */
const REAPED_WITHIN_S = 10

/**
 * Of a process that is another's to reap. The kernel keeps how it ended for those who hold a pidfd, from the moment it is reaped
 * (KERNEL(6.15): PIDFD_INFO_EXIT; before, nobody but its parent learns it).
 */
function askHow(plan: PlanBuilder, pid: Operand, pidfd: Register): End {
  const code = plan.set(0, 'nothing is known')
  const status = plan.set(0, 'nothing is known')
  const polled = plan.scratch(8, 'pollfd')
  plan.store(polled, 4, pidfd, 'only that it hangs up')
  const patience = plan.words([REAPED_WITHIN_S, 0], `{${REAPED_WITHIN_S} s}`)
  plan.sys('ppoll', [polled, 1, patience, null, 0], 'wait until it is reaped', { tolerate: 'any' })
  const info = plan.scratch(PIDFD_INFO_SIZE_VER0, 'pidfd_info')
  plan.store(info, 8, PIDFD_INFO_EXIT, 'asked for: how it ended')
  const unknown = plan.label('unknown')
  plan.sys('ioctl', [pidfd, PIDFD_GET_INFO, info], 'how it ended', { jump: { on: 'any', to: unknown } })
  plan.if(plan.load(info, 8, 'what the kernel knows'), '==', 0, unknown, 'does it know?', PIDFD_INFO_EXIT)
  plan.set(exitRecord.asWait, 'as wait(2) gives it', code)
  plan.set(plan.load(info.plus(EXIT_CODE), 4, 'its status'), 'its status', status)
  plan.place(unknown)
  return { code, status, pid }
}

/** The exit record: binary, because a plan cannot format numbers; renamed into place, so it is whole or not there. */
function leaveRecord(plan: PlanBuilder, { code, status, pid }: End, folder: number): void {
  const bytes = Buffer.alloc(exitRecord.size)
  bytes.writeUInt32LE(exitRecord.magicValue, exitRecord.magic)
  const recordAt = plan.bytes(bytes, 'exit record')
  plan.store(recordAt.plus(exitRecord.code), 4, code, 'how, into the record')
  plan.store(recordAt.plus(exitRecord.status), 4, status, 'its status into the record')
  plan.store(recordAt.plus(exitRecord.pid), 4, pid, 'its pid into the record')
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
  // Not the keeper itself: its end says that the record is there, to those who may hold a lock that the settler waits for.
  const { args, size } = cloneArguments(plan, { flags: 0, exitSignal: SIGCHLD })
  const settler = plan.sys('clone3', [args, size], 'no: clone the settler', { jump: { on: 'any', to: attended } })
  plan.if(settler, '!=', 0, attended, 'the keeper has done its part')
  plan.sys('close_range', [3, 0xffffffff, CLOSE_RANGE_CLOEXEC], 'what it keeps is not for others')
  const standard = plan.words([0, 0, 0, 0], '{SIG_DFL}')
  for (const name of ignored) plan.sys('rt_sigaction', [signals[name] ?? 0, standard, null, 8], `heed ${name} again`)
  const environment = plan.vector(['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], 'PATH')
  plan.sys('execve', [path, plan.vector(argv, JSON.stringify(argv)), environment], 'settle the end', {
    tolerate: 'any',
  })
  plan.place(attended)
}
