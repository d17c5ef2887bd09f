// A seccomp listener as a stream: each system call that waits for an answer, in the order in which the kernel tells of them.
// What a call is and how it is answered: notification.ts. Who answers: server.ts.

import { Observable } from 'rxjs'
import type { Fd } from '../../native/fd.ts'
import { onReady } from '../../native/poller.ts'
import { notifyPoll, notifyReceive, type SeccompRequest } from '../../native/seccomp-notify.ts'
import { POLLHUP, POLLIN } from '../../native/uapi.ts'

/** How many calls one turn of the event loop takes at most, and for how long it goes on. The rest comes with the next turn. */
const BATCH = 64
const TURN_MS = 2

/**
 * The calls that wait on a listener. The stream has it from now on: when nobody is subscribed any more it is closed, and if it was the last
 * duplicate, who waits gets ENOSYS.
 *
 * Completes when no process with the filter is left. Does not keep this process running. Only one may
 * receive from a listener, whatever duplicates there are: see `notifyReceive`.
 *
 * @throws {SyscallError} through the stream: EINVAL, ENOTTY: not a listener; EMFILE, ENOSPC: it cannot be watched
 */
export function requests(listener: Fd): Observable<SeccompRequest> {
  return new Observable((subscriber) => {
    subscriber.add(() => listener.close())
    const wake = () => {
      try {
        const until = performance.now() + TURN_MS
        for (let taken = 0; taken < BATCH && !subscriber.closed; taken++) {
          const ready = notifyPoll(listener)
          if ((ready & POLLIN) !== 0) {
            const request = notifyReceive(listener)
            // Its caller is gone: an everyday answer. The next may be there.
            if (request !== null) subscriber.next(request)
          } else {
            if ((ready & POLLHUP) !== 0) subscriber.complete()
            return
          }
          if (performance.now() > until) return
        }
      } catch (error) {
        subscriber.error(error)
      }
    }
    try {
      subscriber.add(onReady(listener, wake))
    } catch (error) {
      subscriber.error(error)
    }
  })
}
