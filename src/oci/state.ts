// The OCI state: what `stator state` prints and what hooks read on stdin.

/** @see runtime.md, "State" */
export interface OciState {
  /** The runtime-spec that this document follows. */
  readonly ociVersion: string
  readonly id: string
  readonly status: OciStatus
  /** Of the container's init, as the host numbers it. Required in created and running; absent (or 0) once stopped. */
  readonly pid?: number
  /** The bundle's absolute path. */
  readonly bundle: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** The spec's four, and `paused`, which runc and the engines know too. */
export type OciStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped'

/** The version that Stator implements, and writes into state and features. */
export const ociVersion = '1.3.0'
