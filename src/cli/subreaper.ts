// A command in the foreground reaps the orphans of its container, as runc does: of a container without a pid namespace of its
// own they fall to it, and so does what a keeper leaves that was killed.

import { reapOrphans, setSubreaper } from '../native/orphans.ts'

export function becomeSubreaper(): Disposable {
  setSubreaper(true)
  process.on('SIGCHLD', reapOrphans)
  return {
    [Symbol.dispose]() {
      process.off('SIGCHLD', reapOrphans)
      setSubreaper(false)
    },
  }
}
