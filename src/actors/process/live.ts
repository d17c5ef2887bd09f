// What one process holds of a container while it makes it, and of a running one: descriptors, sockets, streams. Never stored.

import type { Readable, Writable } from 'node:stream'
import type { Fd } from '../../native/fd.ts'
import type { Seccomp } from '../../oci/config.ts'
import type { OciState } from '../../oci/state.ts'
import type { Plan } from '../../plan/builder.ts'
import type { HostFacts } from '../../plan/compile/host.ts'
import type { LoadableFilter } from '../../plan/compile/seccomp.ts'
import type { Processes } from '../creation.ts'
import type { HookEvent } from '../hook.ts'
import type { StubLink } from './link.ts'

/** The runtime's side of a create: what this actor needs of others, and must not import from beside it. */
export interface Host {
  readonly facts: HostFacts
  /** What of groups there is to join: `tasks` files of v1, and whether there is a v2 group to be cloned into. */
  readonly groups: { readonly tasks: number; readonly into: boolean }
  /** What the keeper becomes when nobody is attached: `node`, script, arguments. Empty: it just ends. */
  readonly settle: readonly string[]
  /** The root's file that every open runtime holds a shared lock on. */
  readonly attachedFile: string
}

export interface Live extends Disposable {
  readonly host: Host
  /** The container's groups, opened for joining; the actor closes them. */
  groups: { readonly tasks: readonly Fd[]; readonly into: Fd | null }
  /** Runs prestart and createRuntime hooks, with init at their sync point. */
  runHooks: ((state: OciState) => Promise<void>) | undefined
  /** Is told of hooks that run inside the container. */
  onHook: ((event: HookEvent) => void) | undefined
  /** The filter only learns what is called: everything is notified of. */
  recording: boolean
  /** What linux.seccomp, policies and annotations come to. */
  profiles: readonly Seccomp[]
  /** Compiled from them, in the order in which they are loaded. */
  filters: readonly LoadableFilter[]
  /** The keeper keeps a copy of the listener; an agent's is the agent's alone, so that its calls fail with it. */
  keepsListener: boolean
  /** Is told of a name in linux.seccomp that nobody knows. */
  onSkipped: ((skipped: { readonly name: string; readonly pointer: string }) => void) | undefined
  /** Is given the listener of a filter that notifies, which is its own then: before init makes another call. */
  onListener: ((listener: Fd) => void | Promise<void>) | undefined
  plan: Plan | undefined
  link: StubLink | undefined
  processes: Processes | undefined
  /** Of init and of the keeper. */
  init: Fd | undefined
  keeper: Fd | undefined
  /** With stdio `pipe`. */
  streams: { stdin?: Writable; stdout?: Readable; stderr?: Readable }
  /** The master, where it is this process's. */
  terminal: Fd | undefined
  /** The container's /etc/passwd, as init read it. */
  passwd: Buffer | undefined
  /** Descriptors that are open for the time of the create. */
  readonly open: Map<string, Fd>
}

export function createLive(host: Host): Live {
  return {
    host,
    groups: { tasks: [], into: null },
    runHooks: undefined,
    onHook: undefined,
    recording: false,
    profiles: [],
    filters: [],
    keepsListener: false,
    onSkipped: undefined,
    onListener: undefined,
    plan: undefined,
    link: undefined,
    processes: undefined,
    init: undefined,
    keeper: undefined,
    streams: {},
    terminal: undefined,
    passwd: undefined,
    open: new Map(),
    [Symbol.dispose]() {
      for (const fd of [...this.groups.tasks, this.groups.into, this.init, this.keeper, ...this.open.values()])
        fd?.close()
      this.terminal?.close()
      this.open.clear()
      this.link?.close()
    },
  }
}
