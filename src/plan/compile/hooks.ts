// Hooks that run within the container: createContainer (before the pivot, with paths of the host's tree as the container's
// mounts leave it) and startContainer (just before the program). They are clones of init (kernel rule 16). The hooks of the
// runtime's own namespaces are run by src/actors/hooks.

import { CLONE_PIDFD, CLOSE_RANGE_CLOEXEC, MSG_NOSIGNAL, P_PIDFD, SIG_IGN, SIGCHLD, SIGKILL, signals, WEXITED } from '../../native/uapi.ts' // prettier-ignore
import type { Hook } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import { hookEnd } from '../hook-end.ts'
import { record } from '../layout.ts'
import type { Address, Register } from '../step.ts'
import { cloneArguments } from './clone.ts'
import { constantRecord, syncPoint } from './sync.ts'

const SEEK_SET = 0
const SEEK_CUR = 1
const POLLIN = 1
const CLD_EXITED = 1
/** siginfo_t of waitid(2): code at 8, status at 24. */
const siginfo = { size: 128, code: 8, status: 24 } as const

export interface HookStreams {
  /** A descriptor that holds the state JSON, and one that keeps what the hooks print. */
  readonly state: number
  readonly output: number
  /** Where the end of each is told. */
  readonly report: { readonly to: number; readonly as: 'socket' | 'fifo' }
  /** Where the hooks begin, with a usual umask; absent: where and how init is. */
  readonly folder?: Register
}

/**
 * Steps for hooks of one kind, in order; the first that fails fails the plan. What the kernel says of a hook that cannot be
 * started is reported by the clone itself, which shares the report channel.
 */
export function runHooks(
  plan: PlanBuilder,
  kind: 'createContainer' | 'startContainer',
  hooks: readonly Hook[],
  environment: readonly string[],
  streams: HookStreams,
): void {
  if (hooks.length === 0) return
  const info = plan.scratch(siginfo.size, 'siginfo')
  const tellEnd = endTeller(plan, kind, streams, info)
  hooks.forEach((hook, index) =>
    plan.at(`hooks.${kind}[${index}]`, () => {
      const name = `${kind} hook ${hook.path}`
      const clone = cloneArguments(plan, { flags: CLONE_PIDFD, exitSignal: SIGCHLD })
      const child = plan.label('child')
      const done = plan.label('done')
      const pid = plan.sys('clone3', [clone.args, clone.size], `clone for ${name}`)
      plan.if(pid, '==', 0, child, 'the clone goes to the hook')
      waitForHook(plan, hook, name, plan.load(clone.pidfd, 4, 'its pidfd'), info, tellEnd)
      plan.goto(done, 'the hook has run')

      plan.place(child)
      plan.sys('lseek', [streams.state, 0, SEEK_SET], 'the state from its beginning')
      for (const [from, to] of [
        [streams.state, 0],
        [streams.output, 1],
        [streams.output, 2],
      ] as const)
        plan.sys('dup3', [from, to, 0], `stream ${to} of the hook`)
      if (streams.folder !== undefined) {
        plan.sys('fchdir', [streams.folder], 'go to the root file system')
        plan.sys('umask', [0o022], 'modes that others may not write')
      }
      closeOthers(plan, kind, streams)
      const argv = plan.vector(hook.args?.length ? hook.args : [hook.path], JSON.stringify(hook.args ?? [hook.path]))
      // startContainer hooks without an environment get the program's (facts.md A.4).
      const env = hook.env ?? (kind === 'startContainer' ? environment : [])
      plan.sys('execve', [hook.path, argv, plan.vector(env, `${env.length} variables`)], `run ${name}`)
      plan.place(done)
    }),
  )
}

/**
 * What a hook of the image must not find: while execve(2) looks for it, close-on-exec descriptors are still open. The report
 * channel is a fifo then. createContainer hooks are the host's own, and are found on the host.
 */
function closeOthers(
  plan: PlanBuilder,
  kind: 'createContainer' | 'startContainer',
  { state, output }: HookStreams,
): void {
  if (kind === 'startContainer')
    for (const descriptor of [state, output]) plan.sys('close', [descriptor], 'it has it as a stream')
  plan.sys('close_range', [3, 0xffffffff, CLOSE_RANGE_CLOEXEC], 'close all else when it runs')
}

/**
 * Steps that tell how a hook has ended. Nobody need be there to hear it: a `start` may have been killed, and the container goes
 * on.
 */
function endTeller(
  plan: PlanBuilder,
  kind: 'createContainer' | 'startContainer',
  { output, report }: HookStreams,
  info: Address,
): () => void {
  const message = constantRecord(plan, 'reached', syncPoint.hookEnded, hookEnd.size)
  const payload = message.plus(record.size)
  const bytes = record.size + hookEnd.size
  const label = `tell how the ${kind} hook has ended`
  return () => {
    for (const [from, to] of [
      [siginfo.code, hookEnd.code],
      [siginfo.status, hookEnd.status],
    ] as const)
      plan.store(payload.plus(to), 4, plan.load(info.plus(from), 4, 'how'), 'into the record')
    // Its descriptor has the place that the hooks have written up to: they share it.
    plan.store(
      payload.plus(hookEnd.printed),
      8,
      plan.sys('lseek', [output, 0, SEEK_CUR], 'all that was printed'),
      'and this',
    )
    if (report.as === 'socket') {
      plan.sys('sendto', [report.to, message, bytes, MSG_NOSIGNAL, 0, 0], label, { tolerate: 'any' })
      return
    }
    // A pipe has no MSG_NOSIGNAL. Between two hooks, so that none of them gets it ignored.
    const set = (handler: number, what: string) => {
      const action = plan.words([handler, 0, 0, 0], handler === SIG_IGN ? '{SIG_IGN}' : '{SIG_DFL}')
      plan.sys('rt_sigaction', [signals['SIGPIPE'] ?? 0, action, null, 8], what)
    }
    set(SIG_IGN, 'nobody may be reading')
    plan.sys('write', [report.to, message, bytes], label, { tolerate: 'any' })
    set(0, 'heed SIGPIPE again')
  }
}

function waitForHook(
  plan: PlanBuilder,
  hook: Hook,
  name: string,
  pidfd: Register,
  info: Address,
  tellEnd: () => void,
): void {
  const ended = plan.label('ended')
  const failed = plan.label('failed')
  const killed = plan.label('killed')
  const good = plan.label('good')
  const poll = plan.scratch(8, 'pollfd')
  plan.store(poll, 4, pidfd, 'wait for its end')
  plan.store(poll.plus(4), 2, POLLIN, 'wait for its end')
  const limit = hook.timeout === undefined ? null : plan.words([hook.timeout, 0], `${hook.timeout} s`)
  const ready = plan.sys(
    'ppoll',
    [poll, 1, limit, null, 0],
    `wait for ${name}${hook.timeout === undefined ? '' : `, at most ${hook.timeout} s`}`,
    { retry: { on: ['EINTR'], times: 1000 } },
  )
  plan.if(ready, '==', 1, ended, 'it has ended')
  plan.sys('pidfd_send_signal', [pidfd, SIGKILL, null, 0], 'it took too long: kill it', { tolerate: ['ESRCH'] })
  plan.sys('waitid', [P_PIDFD, pidfd, info, WEXITED, null], 'reap it')
  tellEnd()
  plan.fail('ETIMEDOUT', `${name} took more than ${hook.timeout} s`)

  plan.place(ended)
  plan.sys('waitid', [P_PIDFD, pidfd, info, WEXITED, null], 'how it ended')
  tellEnd()
  const status = plan.load(info.plus(siginfo.status), 4, 'its status')
  plan.if(plan.load(info.plus(siginfo.code), 4, 'of its own will?'), '!=', CLD_EXITED, killed, 'a signal ended it')
  plan.if(status, '!=', 0, failed, 'it must be 0')
  plan.goto(good, 'it is')
  plan.place(killed)
  plan.fail('ECANCELED', `${name} was ended by a signal`, status)
  plan.place(failed)
  plan.fail('ECANCELED', `${name} failed with exit code`, status)
  plan.place(good)
  plan.close(pidfd)
}
