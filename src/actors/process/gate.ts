// gating: init is let go to the gate, exec.fifo; and the opening of the gate, which is what `start` does.

import { constants, openSync, unlinkSync } from 'node:fs'
import type { Subscription } from 'rxjs'
import { StatorError } from '../../errors.ts'
import { Fd } from '../../native/fd.ts'
import { syscallResult } from '../../native/libc.ts'
import { hold, onReady } from '../../native/poller.ts'
import { pidfdOpenIfAlive } from '../../native/pidfd.ts'
import { isAlive, processState } from '../../native/process-stat.ts'
import type { Hook, Process } from '../../oci/config.ts'
import { HOME_BYTES } from '../../plan/compile/ready.ts'
import { prepareEnvironment } from '../../plan/compile/program.ts'
import { heldAtGate } from '../../plan/compile/container.ts'
import { isFilteredLast } from '../../plan/compile/seccomp.ts'
import { decodeRecord, planFailure, type StubRecord } from '../../plan/failure.ts'
import { record, recordKind } from '../../plan/layout.ts'
import type { Plan } from '../../plan/builder.ts'
import type { Creation, Launch, Processes } from '../creation.ts'
import type { HookEvent } from '../hook.ts'
import type { Stage } from '../stage.ts'
import { aborted, type StubLink } from './link.ts'
import type { Live } from './live.ts'
import { handOverListener } from './listener.ts'
import { InnerHooks } from './inner-hooks.ts'
import { homeOf } from './passwd.ts'

export const gate: Stage<Creation<Live>, null> = {
  name: 'gating',
  subject: 'process',
  intend: () => null,
  async run(_receipt, { config, live }, signal) {
    if (live.link === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    letGo(live.link, config.process, live.passwd)
    if (isFilteredLast(config.process)) await handOverListener(live, signal)
    live.link.rest()
  },
  async undo() {},
}

/** The last go-on: with HOME, when the environment has none. */
export function letGo(link: StubLink, process: Process, passwd: Buffer | undefined): void {
  const { hasHome } = prepareEnvironment(process.env ?? [])
  const found = homeOf((passwd ?? Buffer.alloc(0)).toString('utf8'), process.user?.uid ?? 0)
  const home = hasHome ? '' : `HOME=${Buffer.byteLength(found) < HOME_BYTES - 16 ? found : '/'}\0`
  link.goOn('ready', Buffer.from(home))
}

export interface OpenGate {
  readonly folder: string
  readonly processes: Processes
  /** Names the steps that may still fail; a plan compiled again from the same config does as well. */
  readonly plan: Pick<Plan, 'steps'>
  /** The control sockets, where this process has made the container: what failed before the gate was reached is said there. */
  readonly link?: StubLink | undefined
  readonly hooks?: readonly Hook[] | undefined
  readonly launch: Launch
  readonly onHook?: ((event: HookEvent) => void) | undefined
  /** What startContainer hooks print, where this process holds it; where not, it is asked of init. */
  readonly output?: Fd | undefined
}

/**
 * Opens the gate, and waits until the program runs: execve(2) closes init's end of exec.fifo.
 *
 * @throws {StatorError} ERR_STATOR_PROGRAM, ERR_STATOR_HOOK: the step that failed; ERR_STATOR_STATUS: init has ended at the gate
 */
export async function openGate(
  { folder, processes, plan, link, hooks = [], launch, onHook, output }: OpenGate,
  signal: AbortSignal,
): Promise<void> {
  const path = `${folder}/exec.fifo`
  // Before the gate opens: the program may have run to its end before the next line does.
  using init = pidfdOfInit(processes, link)
  using opened = output === undefined && hooks.length > 0 ? openOutput(processes, launch) : null
  const inner = new InnerHooks({
    kind: 'startContainer',
    hooks,
    output: output ?? opened ?? undefined,
    onEvent: onHook,
  })
  using fifo = new Fd(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  const chunk = Buffer.alloc(512)
  let said = Buffer.alloc(0)
  let began = false
  let report: StubRecord | null = null
  const hear = () => {
    // A byte says that init is through, and then its hooks run; it is not there when just that has failed.
    if (said[0] === THROUGH) {
      said = said.subarray(1)
      inner.begin()
    }
    for (let next = firstRecord(said); next !== null; next = firstRecord(said)) {
      said = said.subarray(next.bytes)
      if (next.record.kind === 'reached') inner.ended(next.record.payload)
      // The first one is why those after it have failed.
      else report ??= next.record
    }
  }
  try {
    // A fifo that no writer has opened yet reads as ended: only its readiness tells a writer that came and went.
    await until([fifo, init], signal, () => {
      for (;;) {
        const got = syscallResult('read', fifo.number, chunk, chunk.length)
        if (got > 0) {
          began = true
          said = Buffer.concat([said, chunk.subarray(0, got)])
          hear()
          continue
        }
        if (got === 0) return began || !isAlive(processes.init)
        return false
      }
    })
    unlinkSync(path)
    if (report !== null) throw planFailure(plan, report)
    if (!began)
      throw (
        link?.failure() ??
        new StatorError('ERR_STATOR_STATUS', 'container not running: its init ended before it was started')
      )
  } catch (thrown) {
    throw inner.failed(thrown)
  }
}

/** What init writes when the gate is open: '0'. */
const THROUGH = 0x30

/** A fifo keeps no borders between records. */
function firstRecord(bytes: Buffer): { readonly record: StubRecord; readonly bytes: number } | null {
  if (bytes.length < record.size) return null
  const isFailure = bytes.readUInt32LE(record.kind) === recordKind.failed
  const length = record.size + (isFailure ? record.text : bytes.readUInt32LE(record.length))
  if (bytes.length < length) return null
  const decoded = decodeRecord(bytes.subarray(0, length))
  return decoded === null ? null : { record: decoded, bytes: length }
}

/** Another process has made the container: what its hooks print only init has; it shows that to root alone. */
function openOutput({ init }: Processes, { preserveFds = 0 }: Launch): Fd | null {
  try {
    return new Fd(openSync(`/proc/${init.pid}/fd/${heldAtGate(preserveFds).output}`, constants.O_RDONLY))
  } catch {
    return null
  }
}

function pidfdOfInit({ init }: Processes, link: StubLink | undefined): Fd {
  const fd = pidfdOpenIfAlive(init.pid)
  // Another that got the pid since would be waited for.
  try {
    if (fd !== null && (isAlive(init) || processState(init.pid) === 'Z')) return fd
  } catch (error) {
    fd?.close()
    throw error
  }
  fd?.close()
  throw link?.failure() ?? new StatorError('ERR_STATOR_STATUS', 'container not running: its init has ended')
}

/** Calls `done` whenever one of the descriptors is ready, until it says so. */
function until(descriptors: readonly Fd[], signal: AbortSignal, done: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const release = hold()
    const finish = (settle: () => void) => {
      for (const subscription of subscriptions) subscription.unsubscribe()
      signal.removeEventListener('abort', stop)
      release()
      settle()
    }
    const stop = () => finish(() => reject(aborted(signal)))
    const subscriptions: Subscription[] = []
    const look = () => {
      try {
        if (done()) finish(resolve)
      } catch (error) {
        finish(() => reject(error))
      }
    }
    try {
      for (const fd of descriptors) subscriptions.push(onReady(fd, look))
    } catch (error) {
      return finish(() => reject(error))
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
