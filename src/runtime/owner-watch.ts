// The process that is in the middle of a command on a container, watched by those who are attached: one that is killed tells
// nobody, and what it has begun is for them to put right.

import type { ProcessId } from '../actors/creation.ts'
import { ignoring } from '../native/errno.ts'
import { pidfdOpen, pidfdOpenIfAlive } from '../native/pidfd.ts'
import { onReady } from '../native/poller.ts'
import { isAlive } from '../native/process-stat.ts'

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

/** Resolves when a process has ended, or the signal aborts. Does not keep this one running. */
export async function ended(process: ProcessId, signal: AbortSignal): Promise<void> {
  using fd = pidfdOpenIfAlive(process.pid)
  // The pid may be another's by now: what the descriptor names is known only after it was opened.
  if (fd === null || !isAlive(process)) return
  await new Promise<void>((resolve) => {
    const finish = () => {
      subscription.unsubscribe()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const subscription = onReady(fd, finish)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })
}
