// A network strategy: how a container is reached and what it reaches. Each is one file beside this one.

import type { Json } from '../stage.ts'
import type { Spec } from '../../oci/config.ts'

/** What a strategy is asked to set up. */
export interface Attachment {
  readonly id: string
  readonly config: Spec
  /** Of the container's init, which has its network namespace and waits. */
  readonly pid: number
}

export interface NetworkStrategy<Receipt extends Json = Json> {
  readonly name: string
  /** Names what `create` is going to make on the host. Pure. */
  intend(attachment: Pick<Attachment, 'id' | 'config'>): Receipt
  /** The host's side, and what is done to the container's from outside. */
  create(receipt: Receipt, attachment: Attachment, signal: AbortSignal): Promise<void>
  /** What is not there counts as undone. */
  destroy(receipt: Receipt): Promise<void>
}
