// Keeping up with the steps that other processes tell of a container: the journal has one first, and state.json a moment later,
// or never, where its writer was killed in between (record.ts).

import { filter, firstValueFrom, Subject, takeUntil } from 'rxjs'
import { ignoring } from '../native/errno.ts'
import { IN_MOVE_SELF, IN_MOVED_TO } from '../native/uapi.ts'
import { orAborted } from './limits.ts'
import type { Queue } from './lock.ts'
import type { Phase } from './phase.ts'
import type { Root } from './root.ts'
import type { StoredState } from './store.ts'

/** A view, as far as it matters here. */
export interface Followed {
  readonly folder: string
  readonly root: Root
  readonly queue: Queue
  readonly stored: StoredState
  readonly phase: Phase
  watch(): void
}

/** What only the view itself does. */
export interface Looks {
  /** Reads state.json. */
  reread(): 'same' | 'changed'
  /** Whether another process is in the middle of a command. */
  isBusy(): boolean
  /** Recovers what has to be. */
  putRight(): Promise<'stored' | 'not stored'>
}

export class Following {
  readonly #view: Followed
  readonly #looks: Looks
  /** The last step that another process has told of. */
  #told = 0
  #isCatchingUp = false

  constructor(view: Followed, looks: Looks) {
    this.#view = view
    this.#looks = looks
  }

  /** Resolves when the view knows what the step has led to, or somebody sees to it. */
  async upTo(seq: number): Promise<void> {
    this.#told = Math.max(this.#told, seq)
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    const view = this.#view
    try {
      while (view.phase !== 'gone' && view.stored.seq < this.#told) {
        // A command of ours has the right to change the container: whatever was told before is in what it has read.
        await view.queue.drained()
        if (this.#looks.reread() === 'changed') continue
        // The journal knows of the step, and state.json does not yet. Its writer holds the lock, or owns the command.
        if (this.#looks.isBusy()) {
          view.watch()
          await this.#rewritten()
          continue
        }
        // What cannot be stored now is put right by whoever looks next: to try again at once would be for ever.
        if ((await this.#looks.putRight()) === 'not stored') return
        // It was killed in between, and nothing has come of it that the kernel would know.
        if (view.stored.seq < this.#told && view.stored.command === null) return
      }
      view.watch()
    } finally {
      // In the same turn as the last look: what is told next begins anew.
      this.#isCatchingUp = false
    }
  }

  /** Resolves when it is worth reading state.json again. */
  async #rewritten(): Promise<void> {
    const { folder, root } = this.#view
    let watched: number
    try {
      watched = root.watch.add(folder, IN_MOVED_TO | IN_MOVE_SELF)
    } catch (error) {
      ignoring('ENOENT')(error)
      return
    }
    const over = new Subject<void>()
    const events$ = root.watch.events$.pipe(
      filter(({ wd }) => wd === watched || wd === -1),
      takeUntil(over),
    )
    const changed = firstValueFrom(events$, { defaultValue: null })
    try {
      // Between the last look and the watch.
      if (this.#looks.reread() === 'same') await orAborted(changed, root.closing)
    } finally {
      over.next()
      root.watch.remove(watched)
    }
  }
}
