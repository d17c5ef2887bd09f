// The contract of all stages. A stage is one change to the host in a container's life, and the way back.

/** Plain JSON: it is stored before anything is made, and read by another process when this one is gone. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** One change to the host in a container's life, and the way back. */
export interface Stage<Input, Receipt extends Json, Output extends Json | void = void> {
  /** The state of the chart it belongs to: `cloning`. */
  readonly name: string
  /** The subject, unique within its state: `cgroup`. */
  readonly subject: string
  /** Names everything `run` is going to make. Pure; the runtime stores it before it calls `run`. */
  intend(input: Input): Receipt
  /** What it returns is stored too, with the transition that follows. */
  run(receipt: Receipt, input: Input, signal: AbortSignal): Promise<Output>
  /**
   * What is not there counts as undone: undoing twice, or after half a run, is fine. `output` is what `run` returned,
   * where it came so far. Called by this process or by a later one.
   */
  undo(receipt: Receipt, output: Output | undefined): Promise<void>
}
