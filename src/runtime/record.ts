// One container's state.json and its events, always in this order: the journal, which numbers the events; state.json, which
// names the last number; the listeners. So whoever is killed when, a step is never lost and never told twice: what is in the
// journal has happened, and a state.json that does not know of it yet is made to (recover.ts).
//
// Only who holds the container's lock, or owns the command under way, may write here.

import type { Exit } from '../actors/exit.ts'
import type { EventDraft, RuntimeEvent } from '../bus/event.ts'
import type { Batch } from '../bus/journal.ts'
import { type StatorError, toStatorError } from '../errors.ts'
import type { Root } from './root.ts'
import { parseState, readStateText, removeFolder, type StoredState, writeState } from './store.ts'

export type Lifecycle = Extract<RuntimeEvent, { readonly transition: object }>

const isStep = (event: RuntimeEvent): event is Lifecycle => 'transition' in event && event.transition !== undefined

/** How long an event may wait for the next one: shorter than anybody sees, longer than most stages. */
const soonMs = 2

export class ContainerRecord {
  readonly root: Root
  readonly folder: string
  #stored: StoredState
  /** Of state.json, as it was when it was last read or written here. */
  #text: string | null
  readonly #pending: EventDraft[] = []
  #late: NodeJS.Timeout | undefined
  #fault: StatorError | null = null
  /** Others have written, or may have, what is stored. */
  #isShared: boolean

  /** @param text of state.json */
  constructor(root: Root, stored: StoredState, text: string | null, { isShared }: { readonly isShared: boolean }) {
    this.root = root
    this.folder = root.folderOf(stored.id)
    this.#stored = stored
    this.#text = text
    this.#isShared = isShared
  }

  get stored(): StoredState {
    return this.#stored
  }

  /** Why something could not be written, until it is taken. */
  get fault(): StatorError | null {
    return this.#fault
  }

  takeFault(): StatorError | null {
    const fault = this.#fault
    this.#fault = null
    return fault
  }

  /**
   * Looks whether another process has gone further.
   *
   * @throws {StatorError} ERR_STATOR_STATE: what is there was not written by Stator
   */
  reread(): 'same' | 'changed' | 'gone' {
    const text = readStateText(this.folder)
    if (text === null) return 'gone'
    if (text === this.#text) return 'same'
    const found = parseState(this.folder, text)
    this.#text = text
    this.#isShared = true
    // A container of the same name was deleted, and this one made.
    if (found.claim !== this.#stored.claim) return 'gone'
    this.#stored = found
    return 'changed'
  }

  /**
   * An event that changes no state. Told at once; or, as writing costs more than many a stage, with what is told next, at the
   * latest in `soonMs`. Never throws.
   */
  note(draft: EventDraft, when: 'now' | 'soon'): void {
    this.#pending.push(draft)
    if (when === 'now') this.commit(null, null)
    else this.#late ??= setTimeout(() => this.commit(null, null), soonMs)
  }

  /**
   * A step: the event, if it is one, and what changes in state.json, if anything does. Never throws, as it is called in the
   * middle of an actor's transition: `fault` says so.
   */
  commit(draft: EventDraft | null, change: Partial<StoredState> | 'remove' | null): void {
    if (draft !== null) this.#pending.push(draft)
    clearTimeout(this.#late)
    this.#late = undefined
    if (this.#pending.length === 0 && change === null) return
    // One that cannot be told now is not told later, out of its place.
    const drafts = this.#pending.splice(0)
    let batch: Batch | null = null
    try {
      if (drafts.length > 0) batch = this.root.append(drafts)
      if (batch !== null && draft?.type === 'lifecycle.creating') this.#begin(batch.start.seq)
      if (change !== null && change !== 'remove') this.#write({ ...change, seq: batch?.end.seq ?? this.#stored.seq })
    } catch (error) {
      this.#fault ??= toStatorError(error, 'ERR_STATOR_PLATFORM')
    }
    // Told or not: nothing is left that the folder could be for.
    if (change === 'remove') this.#remove()
    if (batch !== null) this.root.bus.deliver(batch)
  }

  /** Changes what is stored, and tells nothing. @throws {StatorError} ERR_STATOR_PLATFORM */
  write(change: Partial<StoredState>): void {
    this.#write(change)
  }

  /** Steps of this container that are in the journal and not in state.json: whoever made them was killed in between. */
  newerSteps(): readonly Lifecycle[] {
    return this.newer().filter(isStep)
  }

  /** The last step that the journal has. Reads all that is told of the container: for where state.json cannot know. */
  lastStep(): Lifecycle | undefined {
    const { id, since } = this.#stored
    return [...this.root.journal.readSync({ since, container: id })].findLast(isStep)
  }

  /** How a container that is gone has ended, as far as state.json did not know it. */
  exitBeforeGone(): Exit | null {
    let exit: Exit | null = null
    for (const step of this.newerSteps()) {
      if (step.type === 'lifecycle.stopped') ({ exit } = step)
      // What follows is of another container, of the same name.
      if (step.transition.to === 'gone') break
    }
    return exit
  }

  /** All that is told of this container since state.json was written, if others may have told it. */
  newer(): readonly RuntimeEvent[] {
    if (!this.#isShared && !this.root.sharesJournal) return []
    const { id, seq, since, claim } = this.#stored
    const events = [...this.root.journal.readSync({ since: seq, container: id })]
    if (seq > since) return events
    // Nothing of it is accounted for: what comes before its first event is the end of an older one of its name.
    const first = events.findIndex((event) => event.type === 'lifecycle.creating' && event.claim === claim)
    return first < 0 ? [] : events.slice(first)
  }

  /** The number before the container's first event: what is later of its name is of it. */
  get since(): number {
    const { seq, since } = this.#stored
    if (seq > since || !this.#isShared) return since
    const [first] = this.newer()
    return first === undefined ? this.root.journal.lastSeq : first.seq - 1
  }

  /** Told under the claim, so whatever an older one of this name had to tell is before it. */
  #begin(since: number): void {
    this.#stored = { ...this.#stored, since, seq: since }
  }

  #remove(): void {
    try {
      removeFolder(this.root.path, this.#stored.id, this.root.owner)
    } catch (error) {
      this.#fault ??= toStatorError(error, 'ERR_STATOR_PLATFORM', { path: this.folder })
    }
  }

  #write(change: Partial<StoredState>): void {
    const stored = { ...this.#stored, ...change }
    // In memory first: it has happened, whether or not the disk has room for it.
    this.#stored = stored
    this.#text = null
    this.#text = writeState(this.folder, stored)
  }
}
