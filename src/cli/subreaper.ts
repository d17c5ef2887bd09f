// A command in the foreground reaps the orphans of its container, as runc does: of a container without a pid namespace of its
// own they fall to it, and so does what a keeper leaves that was killed.

import { reapOrphans, setSubreaper } from '../native/orphans.ts'

export interface Subreaper extends Disposable {
  /** Whose end this command waits for: if its keeper is killed it falls to us as well, and how it ends is not to be lost. */
  spare(pid: number | null): void
}

export function becomeSubreaper(): Subreaper {
  const spared = new Set<number>()
  const reap = () => reapOrphans(spared)
  setSubreaper(true)
  process.on('SIGCHLD', reap)
  return {
    spare: (pid) => void (pid !== null && spared.add(pid)),
    [Symbol.dispose]() {
      process.off('SIGCHLD', reap)
      setSubreaper(false)
    },
  }
}
