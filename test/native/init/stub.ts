// Runs the stub with plans made for a test, and says how it ended.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'
import { type Descriptor, type Fd } from '../../../src/native/fd.ts'
import { stubFile } from '../../../src/native/init/stub.ts'
import { sealedMemfd } from '../../../src/native/memfd.ts'
import { pidfdOpen, pidfdSendSignal, waitPidfd, type WaitResult } from '../../../src/native/pidfd.ts'
import { hold, readable } from '../../../src/native/poller.ts'
import { receive, socketpair } from '../../../src/native/socket.ts'
import { spawn } from '../../../src/native/spawn.ts'
import { architecture, type Architecture } from '../../../src/native/syscalls.ts'
import { SIGKILL } from '../../../src/native/uapi.ts'
import { PlanBuilder, type Plan } from '../../../src/plan/builder.ts'
import { decodeRecord, type StubRecord } from '../../../src/plan/failure.ts'
import { PLAN_DESCRIPTOR, record } from '../../../src/plan/layout.ts'

/** A way to run the stub of an architecture on this machine. */
export interface Runner {
  readonly architecture: Architecture
  readonly emulated: boolean
  /** Why it cannot be run here; false when it can. */
  readonly missing: string | false
  /** Program and arguments, to which nothing is added. */
  readonly command: readonly string[]
}

const EMULATORS: Readonly<Record<Architecture, string>> = {
  x86_64: 'qemu-x86_64-static',
  aarch64: 'qemu-aarch64-static',
}

/** This machine's own, and the other one under emulation. */
export function runners(): Runner[] {
  const own = architecture()
  return (['x86_64', 'aarch64'] as const)
    .toSorted((a, b) => Number(b === own) - Number(a === own))
    .map((architecture): Runner => {
      const file = stubFile(architecture)
      const missing = existsSync(file) ? false : `a C compiler for ${architecture} (the stub is not built) is missing`
      if (architecture === own) return { architecture, emulated: false, missing, command: [file] }
      const emulator = spawnSync('sh', ['-c', `command -v ${EMULATORS[architecture]}`], {
        encoding: 'utf8',
      }).stdout.trim()
      return {
        architecture,
        emulated: true,
        missing: emulator === '' ? `${EMULATORS[architecture]} is missing` : missing,
        command: [emulator, file],
      }
    })
}

export interface Started {
  readonly plan: Plan
  readonly pid: number
  /** What it reports to; it does not block. */
  readonly control: Fd
  /** Waits for its end, and reads what it has reported. */
  readonly ended: () => Promise<Ended>
}

export interface Ended {
  readonly exit: WaitResult
  readonly records: readonly StubRecord[]
}

export interface StartOptions {
  /** What the plan inherits, by name. */
  readonly named?: Readonly<Record<string, Descriptor>>
  /** Changes the bytes before they are sealed. */
  readonly patch?: (bytes: Buffer) => Uint8Array | void
  /** Without a report to the test: the plan says itself to whom, or to nobody. */
  readonly silent?: boolean
  /** Descriptor 0. */
  readonly stdin?: Descriptor
}

/** Starts the stub with a plan that reports to a socket. */
export function start(
  t: TestContext,
  runner: Runner,
  write: (plan: PlanBuilder) => void,
  options: StartOptions = {},
): Started {
  const builder = new PlanBuilder(runner.architecture)
  const [control, child] = socketpair()
  t.after(() => control.close())
  const number = builder.inherit('control')
  if (options.silent !== true) builder.report(number, 'report to the test')
  write(builder)
  const plan = builder.build()
  const bytes = Buffer.from(plan.bytes)
  const descriptors = new Map<number, Descriptor>(options.stdin === undefined ? [] : [[0, options.stdin]])
  for (const [name, inherited] of plan.inherited) {
    const given = name === 'control' ? child : options.named?.[name]
    if (given === undefined) throw new RangeError(`the plan inherits "${name}"`)
    descriptors.set(inherited, given)
  }
  using file = sealedMemfd('stator-plan', options.patch?.(bytes) ?? bytes)
  descriptors.set(PLAN_DESCRIPTOR, file)
  const process = spawnRunner(t, runner, descriptors)
  child.close()
  return {
    plan,
    pid: process.pid,
    control,
    async ended() {
      const exit = await process.ended()
      const records: StubRecord[] = []
      for (;;) {
        const got = receive(control, record.size + record.text)
        if (got === null || got.bytes.length === 0) return { exit, records }
        const said = decodeRecord(got.bytes)
        if (said === null) throw new RangeError(`${got.bytes.length} bytes that are no record`)
        records.push(said)
      }
    },
  }
}

/** Starts the stub with just these descriptors; it is killed with the test. */
export function spawnRunner(t: TestContext, { command }: Runner, descriptors: ReadonlyMap<number, Descriptor>) {
  const pid = spawn({ path: command[0] ?? '', argv: command, env: [], descriptors })
  const pidfd = pidfdOpen(pid)
  const release = hold()
  let result: WaitResult | null = null
  const ended = async () => {
    if (result !== null) return result
    await firstValueFrom(readable(pidfd))
    result = waitPidfd(pidfd)
    if (result === null) throw new Error('it has ended, and has not')
    return result
  }
  t.after(async () => {
    if (result === null) pidfdSendSignal(pidfd, SIGKILL)
    await ended()
    pidfd.close()
    release()
  })
  return { pid, ended }
}

/** Runs a plan to its end. */
export function run(
  t: TestContext,
  runner: Runner,
  write: (plan: PlanBuilder) => void,
  options?: StartOptions,
): Promise<Ended> {
  return start(t, runner, write, options).ended()
}

/** A descriptor that is closed with the test. */
export function owned(t: TestContext, descriptor: Fd): Fd {
  t.after(() => descriptor.close())
  return descriptor
}
