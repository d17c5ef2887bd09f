// What the stages of one create are given: what to make, and the live descriptors they share while they make it.

import type { Spec } from '../oci/config.ts'

/** Where the program's standard streams go. Numbers are descriptors of this process. */
export type Stdio =
  | 'log' //     kept in the state folder by the keeper, outlives this process; stdin is empty
  | 'pipe' //    streams of this process
  | 'inherit' // this process's own
  | 'ignore' //  /dev/null
  | { readonly stdin?: number; readonly stdout?: number; readonly stderr?: number }

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
