// A compiled filter: what the kernel is given.

export interface Filter {
  /** struct sock_filter[], in the byte order of this machine. */
  readonly program: Uint8Array
  /** SECCOMP_FILTER_FLAG_* of seccomp(2). */
  readonly flags: number
  /** Some rule asks user space: loading gives a listener. */
  readonly notifies: boolean
  /** Names of system calls that libseccomp does not know, and where in the profile they are. */
  readonly skipped: readonly { readonly name: string; readonly pointer: string }[]
}
