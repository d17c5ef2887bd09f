// A process with a seccomp filter that asks, and no container around it: the stub loads the filter, tells the number of its listener, and
// becomes a program when it is told to.

import { readFileSync } from 'node:fs'
import { spawnStub } from '../../src/actors/process/spawn.ts'

import type { Fd } from '../../src/native/fd.ts'
import { pidfdGetfd, pidfdOpen, pidfdSendSignal, waitPidfd, type WaitResult } from '../../src/native/pidfd.ts'
import { pipe } from '../../src/native/pipe.ts'
import { hold, onReady } from '../../src/native/poller.ts'
import { receive, send, socketpair } from '../../src/native/socket.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import {
  PR_SET_NO_NEW_PRIVS,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
  SECCOMP_SET_MODE_FILTER,
  SIGKILL,
} from '../../src/native/uapi.ts'
import { PlanBuilder } from '../../src/plan/builder.ts'

// linux/filter.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
const LD_ABS = 0x20
const JEQ = 0x15
const RET = 0x06

/** struct sock_filter, 8 bytes each: these calls ask, all others are allowed. */
export function askingFilter(names: readonly string[]): Buffer {
  const numbers = names.flatMap((name) => syscalls[architecture()][name] ?? [])
  const program: [code: number, jt: number, jf: number, k: number][] = [
    [LD_ABS, 0, 0, 0],
    ...numbers.map((number, n): [number, number, number, number] => [JEQ, numbers.length - n, 0, number]),
    [RET, 0, 0, SECCOMP_RET_ALLOW],
    [RET, 0, 0, SECCOMP_RET_USER_NOTIF],
  ]
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, jt, jf, k], n) => {
    bytes.writeUInt16LE(code, n * 8)
    bytes.writeUInt8(jt, n * 8 + 2)
    bytes.writeUInt8(jf, n * 8 + 3)
    bytes.writeUInt32LE(k, n * 8 + 4)
  })
  return bytes
}

export interface FilteredChild extends AsyncDisposable {
  readonly pid: number
  readonly pidfd: Fd
  /** Ours alone: the child has closed its own. */
  readonly listener: Fd
  /** Lets it run its program. */
  go(): void
  kill(): void
  /** Waits for its end. */
  ended(): Promise<WaitResult>
  /** Waits for its end, and reads what it has printed. */
  output(): Promise<string>
}

/**
 * @param calls what asks, by name; those that this architecture does not have are left out. `read`, `write`, `close` and `execve` of
 *   the stub itself ask as well
 * @param argv the program, by its path
 */
export async function filteredChild(
  calls: readonly string[],
  argv: readonly string[],
  { flags = 0 }: { readonly flags?: number } = {},
): Promise<FilteredChild> {
  const plan = new PlanBuilder(architecture())
  const control = plan.inherit('control')
  plan.report(control, 'report to the test')
  plan.sys('prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], 'no new privileges')
  const filter = askingFilter(calls)
  const program = plan.words([filter.length / 8, plan.bytes(filter, 'filter')], 'sock_fprog')
  const seccomp = [SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, program]
  const listener = plan.sys('seccomp', seccomp, 'load the filter')
  const number = plan.scratch(8, 'number')
  plan.store(number, 8, listener, 'the listener')
  plan.sys('write', [control, number, 8], 'tell its number')
  plan.sys('read', [control, plan.scratch(8, 'go'), 8], 'until go', { expect: 1 })
  plan.sys('close', [listener], 'close it')
  plan.sys('execve', [argv[0] ?? '', plan.vector(argv, 'argv'), plan.vector([], 'env')], 'the program')

  const [own, child] = socketpair()
  const [read, write] = pipe()
  const pid = spawnStub(plan.build(), new Map([[1, write]]), new Map([['control', child]]), 'filtered')
  const pidfd = pidfdOpen(pid)
  child.close()
  write.close()
  const release = hold()
  let result: WaitResult | null = null
  const ended = async () => {
    if (result === null) {
      await ready(pidfd)
      result ??= waitPidfd(pidfd)
    }
    if (result === null) throw new Error('it has ended, and has not')
    return result
  }
  await ready(own)
  const bytes = receive(own, 1024)?.bytes
  if (bytes?.length !== 8) throw new Error(`the child: ${bytes?.toString('hex')}`)
  const kill = () => pidfdSendSignal(pidfd, SIGKILL)
  const taken = pidfdGetfd(pidfd, Number(bytes.readBigUInt64LE(0)))
  return {
    pid,
    pidfd,
    listener: taken,
    go: () => send(own, Buffer.from('g')),
    kill,
    ended,
    async output() {
      await ended()
      return readFileSync(read.number, 'utf8')
    },
    async [Symbol.asyncDispose]() {
      if (result === null) kill()
      taken.close()
      await ended()
      for (const fd of [own, read, pidfd]) fd.close()
      release()
    },
  }
}

function ready(fd: Fd): Promise<void> {
  return new Promise((resolve) => {
    const subscription = onReady(fd, () => {
      subscription.unsubscribe()
      resolve()
    })
  })
}

/** `mkdir` by whatever call the C library makes of it. */
export const mkdirCalls = ['mkdir', 'mkdirat']
