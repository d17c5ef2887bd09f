// How a process of a container ended.

/** `code` and `signal` both null: it ended, and how is not known (its keeper was killed, on a kernel that keeps no record). */
export type Exit = {
  /** What it returned, 0 to 255; null when a signal ended it. */
  readonly code: number | null
  /** `SIGKILL`; null when it returned. */
  readonly signal: string | null
  /** As a shell tells it: `code`, or 128 + the signal's number. */
  readonly exitCode: number | null
  readonly oomKilled: boolean
  /** ISO 8601. */
  readonly at: string
  readonly pid: number
}
