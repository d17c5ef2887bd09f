// The process that is in the middle of a command on a container, watched by those who are attached: one that is killed tells
// nobody, and what it has begun is for them to put right.

import { ignoring } from '../native/errno.ts'
import { pidfdOpen } from '../native/pidfd.ts'
import { onReady } from '../native/poller.ts'

export class OwnerWatch {
  readonly #ended: () => void
  #owner: { readonly pid: number; close(): void } | null = null

  /** @param ended the owner is no more */
  constructor(ended: () => void) {
    this.#ended = ended
  }

  /**
   * Watches this process in place of the last; asking twice is fine.
   *
   * @param pid none where nobody is in the middle of a command; this process itself is not watched
   * @param isHeld whether this process holds the container's lock: then one that has ended already has just been seen to, as
   * far as that could be stored
   */
  look(pid: number | undefined, { isHeld }: { readonly isHeld: boolean }): void {
    if (pid === this.#owner?.pid) return
    this.close()
    if (pid === undefined || pid === process.pid) return
    const ended = () => {
      this.close()
      this.#ended()
    }
    try {
      using fd = pidfdOpen(pid)
      const subscription = onReady(fd, ended)
      this.#owner = { pid, close: () => subscription.unsubscribe() }
    } catch (error) {
      ignoring('ESRCH')(error)
      if (!isHeld) ended()
    }
  }

  close(): void {
    this.#owner?.close()
    this.#owner = null
  }
}
