// What the stages of one create are given: what to make, and the live descriptors they share while they make it.

import type { NotifyPolicy } from '../oci/notify-policy.ts'
import type { Spec } from '../oci/config.ts'

/** Where the program's standard streams go. Numbers are descriptors of this process. */
export type Stdio =
  | 'log' //     kept in the state folder by the keeper, outlives this process; stdin is empty
  | 'pipe' //    streams of this process
  | 'inherit' // this process's own
  | 'ignore' //  /dev/null
  | { readonly stdin?: number; readonly stdout?: number; readonly stderr?: number }

/** How a process is launched: wishes of the caller that config.json has no place for. A later process knows them too. */
export interface Launch {
  /**
   * Whose child it is: the keeper's, which reaps it; or this process's own, and so its subreaper's when this process has ended,
   * as engines expect of a runtime that they call. The keeper then only watches. Default `keeper`.
   */
  readonly parent?: 'keeper' | 'caller' | undefined
  /** Descriptors that this process was started with, from 3 on, and that the program gets under the same numbers; default 0. */
  readonly preserveFds?: number | undefined
  /** Default true; false moves the root over `/` (mount(2), MS_MOVE) instead: a root on a ramdisk cannot be pivoted from. */
  readonly pivotRoot?: boolean | undefined
  /** Default true; false leaves the caller's session keyring to the program. */
  readonly newKeyring?: boolean | undefined
  /**
   * Annotations of config.json that choose policies (`org.stator.seccomp.policy`) may loosen what they are given, and not only tighten
   * it. Default false: who may write a config.json is not always who may say what its container is allowed.
   */
  readonly policyAnnotations?: boolean | undefined
  /** How what linux.seccomp notifies of is answered, also by a runtime that comes later. */
  readonly notify?: NotifyPolicy | undefined
  /** A stream socket that is sent the master of the terminal. */
  readonly consoleSocket?: string | undefined
  /** One that is sent a pidfd of the process, with the word `standard`, or `setns` for an exec, as runc does. */
  readonly pidfdSocket?: string | undefined
}

/** One create: what is asked for, where it is kept, and what only this process holds. */
export interface Creation<Live = unknown> {
  readonly id: string
  /** Absolute; hooks and the OCI state name it. */
  readonly bundle: string
  /** The runtime's root folder, and the container's folder in it. */
  readonly root: string
  readonly folder: string
  /** Absolute path of the root file system, symlinks resolved. */
  readonly rootfs: string
  readonly config: Spec
  readonly stdio: Stdio
  readonly launch: Launch
  /** Live descriptors and sockets: never stored, empty in a later process. */
  readonly live: Live
}

/** A process that is still itself: its pid, and when it started, in clock ticks since boot (proc_pid_stat(5), field 22). */
export type ProcessId = { readonly pid: number; readonly startTime: string }

/** What `cloning` finds out, and the state folder keeps. `startTime` tells a reused pid. */
export type Processes = { readonly keeper: ProcessId; readonly init: ProcessId }

/** What stages of other actors need of the live part: who has been cloned. */
export interface Cloned {
  readonly processes: Processes | undefined
}
