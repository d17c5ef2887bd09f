// What the kernel did to a container that had too much memory.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { EMPTY, finalize, map, Observable, takeWhile } from 'rxjs'

import { Fd } from '../../native/fd.ts'
import { syscall } from '../../native/libc.ts'
import { readable } from '../../native/poller.ts'
import { EFD_CLOEXEC, EFD_NONBLOCK } from '../../native/uapi.ts'
import { isErrno, readControl, readKey, writeControl } from './control-file.ts'
import { type CgroupReceipt, type Group, groupWith } from './receipt.ts'

/** Which file of the group counts, by version. */
const counter = { 1: 'memory.oom_control', 2: 'memory.events' } as const

/**
 * How many of the container's processes were killed for want of memory, its own limit's or one's above it. 0 without a group
 * that knows. On version 2 those in groups below count too; version 1 counts the group's own.
 *
 * @see cgroup-v2.rst, `memory.events`; for version 1, Linux 4.13
 */
export function oomKills(receipt: CgroupReceipt): number {
  return oomKillsCounted(receipt) ?? 0
}

/** The same; null without a group that knows. */
export function oomKillsCounted(receipt: CgroupReceipt): number | null {
  const group = groupWith(receipt, 'memory')
  return group === undefined ? null : readKey(readControl(group.folder, counter[group.version]), 'oom_kill')
}

/**
 * The count now, and again each time that it has grown. Without a group that knows, nothing. Never completes, and does not
 * keep the process running.
 *
 * Version 1 tells of want of memory in the group, and a moment later it kills: then the count is asked for until it has grown.
 * Of a kill for want of memory elsewhere it does not tell; the next one it tells of brings that to light.
 */
export function oomKills$(receipt: CgroupReceipt): Observable<number> {
  return new Observable((subscriber) => {
    const group = groupWith(receipt, 'memory')
    if (group === undefined) return
    let last = -1
    let timer: NodeJS.Timeout | undefined
    const look = (delayMs: number) => {
      clearTimeout(timer)
      let count: number | null
      try {
        count = oomKillsCounted(receipt)
      } catch (error) {
        subscriber.error(error)
        return
      }
      if (count !== null && count > last) subscriber.next((last = count))
      else if (delayMs <= LONGEST_DELAY_MS) timer = setTimeout(look, delayMs, 2 * delayMs).unref()
    }
    // The watch comes first: what happens between it and the first look is seen twice, and told once.
    const firstDelayMs = group.version === 2 ? Infinity : 1
    const watch = (group.version === 2 ? changes(group) : wants(group)).subscribe({
      next: () => look(firstDelayMs),
      error: (error) => subscriber.error(error),
    })
    look(Infinity)
    return () => {
      clearTimeout(timer)
      watch.unsubscribe()
    }
  })
}

/** The last of the delays that double from 1 ms: together about a second. */
const LONGEST_DELAY_MS = 512

/** Version 2: the file itself is ready when it has changed since it was read. Completes when the group is gone. */
function changes({ folder }: Group): Observable<void> {
  let file: number
  try {
    file = openSync(`${folder}/${counter[2]}`, constants.O_RDONLY)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return EMPTY
    throw error
  }
  const bytes = Buffer.alloc(512)
  const read = () => {
    try {
      readSync(file, bytes, 0, bytes.length, 0)
      return true
    } catch (error) {
      if (isErrno(error, 'ENODEV')) return false
      throw error
    }
  }
  read()
  return readable(file, { events: 'pri' }).pipe(
    takeWhile(read),
    finalize(() => closeSync(file)),
  )
}

/**
 * Version 1: an eventfd that the kernel adds to, also when the group is removed.
 *
 * @see Documentation/admin-guide/cgroup-v1/memory.rst, 10. OOM Control
 */
function wants({ folder }: Group): Observable<void> {
  const event = new Fd(syscall('eventfd2', 0, EFD_CLOEXEC | EFD_NONBLOCK))
  try {
    const file = openSync(`${folder}/${counter[1]}`, constants.O_RDONLY)
    try {
      writeControl(folder, 'cgroup.event_control', `${event.number} ${file}`)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    event.close()
    // A kernel, or a group, without: then the count is still right whenever it is read.
    if (isErrno(error, 'ENOENT', 'ENODEV', 'EINVAL', 'EOPNOTSUPP')) return EMPTY
    throw error
  }
  const bytes = Buffer.alloc(8)
  return readable(event).pipe(
    map(() => void syscall('read', event.number, bytes, bytes.length)),
    finalize(() => event.close()),
  )
}
