// linux.seccomp: what becomes of calls, as the program that makes them and the kernel tell of it.

import assert from 'node:assert/strict'
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { errnos } from '../../src/native/errno.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import type { Seccomp, SeccompRule } from '../../src/oci/config.ts'
import { type RawCall, rawCalls, results } from './raw-calls.ts'
import { both, type Change, config, freshId, missing, output, type Place, place, refused, refusedCreate, run, running, status } from './support.ts' // prettier-ignore

const skip = missing !== false ? missing : architecture() === 'x86_64' ? false : 'machine code of x86_64'
const numbers = syscalls.x86_64

function filtered(changes: Partial<Seccomp>, noNewPrivileges = true): Change {
  return ({ process, linux }) => {
    process.noNewPrivileges = noNewPrivileges
    linux!.seccomp = structuredClone({ defaultAction: 'SCMP_ACT_ALLOW', ...changes }) as never
  }
}

const rule = (names: string, action: SeccompRule['action'], others: Partial<SeccompRule> = {}): SeccompRule => ({
  names: names.split(' '),
  action,
  ...others,
})

/** Puts a program into the root file system that makes these calls. */
function addCalls({ rootfs }: Pick<Place, 'rootfs'>, calls: readonly RawCall[], name = 'calls'): string {
  writeFileSync(join(rootfs, 'bin', name), rawCalls(calls), { mode: 0o755 })
  return `/bin/${name}`
}

/** What the calls return in a container with this filter. */
async function returned(at: Place, calls: readonly RawCall[], change: Change): Promise<number[]> {
  const program = addCalls(at, calls)
  const spec = config(at, [program], change)
  const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio: 'pipe' })
  await container.start()
  const [written, exit] = await Promise.all([buffer(container.stdout!), container.wait()])
  assert.deepEqual([exit.code, exit.signal], [0, null])
  await container.delete()
  return results(written)
}

const mkdir: RawCall = { number: numbers['mkdir']!, args: ['/tmp/made', 0o755] }

for (const noNewPrivileges of [true, false]) {
  const how = noNewPrivileges ? 'with no_new_privs' : 'without no_new_privs'

  test(`${how}: the program is filtered, and nobody else`, { skip }, async (t) => {
    const at = await place(t)
    const container = await running(t, at, filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_ERRNO')] }, noNewPrivileges))
    const { Seccomp, Seccomp_filters, NoNewPrivs } = status(readFileSync(`/proc/${container.pid}/status`, 'utf8'))
    const own = status(readFileSync('/proc/self/status', 'utf8'))
    assert.deepEqual([Seccomp, Seccomp_filters], ['2', String(Number(own.Seccomp_filters) + 1)])
    assert.equal(NoNewPrivs, noNewPrivileges ? '1' : '0')
    const keeper = container.actor.getSnapshot().context.keeper?.pid
    assert.equal(status(readFileSync(`/proc/${keeper}/status`, 'utf8')).Seccomp, own.Seccomp)
  })

  test(`${how}: ERRNO gives its errno, EPERM where none is said, and another rule allows`, { skip }, async (t) => {
    const at = await place(t)
    const calls: RawCall[] = [
      mkdir,
      { number: numbers['rmdir']!, args: ['/tmp/none'] },
      { number: numbers['getppid']! },
      { number: numbers['sched_yield']! },
    ]
    const rules = [
      rule('mkdir', 'SCMP_ACT_ERRNO'),
      rule('rmdir', 'SCMP_ACT_ERRNO', { errnoRet: errnos.ENOTBLK }),
      rule('getppid', 'SCMP_ACT_ERRNO', { errnoRet: 0 }),
    ]
    const got = await returned(at, calls, filtered({ syscalls: rules }, noNewPrivileges))
    assert.deepEqual(got, [-errnos.EPERM, -errnos.ENOTBLK, 0, 0])
  })
}

for (const [action, signal] of [
  ['SCMP_ACT_KILL', 'SIGSYS'],
  ['SCMP_ACT_KILL_THREAD', 'SIGSYS'],
  ['SCMP_ACT_KILL_PROCESS', 'SIGSYS'],
  ['SCMP_ACT_TRAP', 'SIGSYS'],
] as const) {
  test(`${action} ends the program by ${signal}`, { skip }, async (t) => {
    const at = await place(t)
    const program = addCalls(at, [mkdir])
    // Process 1 of a pid namespace is not ended by a signal that it could have handled.
    const spec = config(at, ['sh', '-c', `${program}; echo $?`], filtered({ syscalls: [rule('mkdir', action)] }))
    const { stdout } = await at.runtime.run({ id: freshId(), config: spec, rootfs: at.rootfs })
    assert.match(stdout, /^159$/m)
  })
}

test('process 1 is ended, too, where a signal that it does not handle would be ignored', { skip }, async (t) => {
  const at = await place(t)
  for (const action of ['SCMP_ACT_KILL_THREAD', 'SCMP_ACT_KILL_PROCESS'] as const) {
    const spec = config(at, [addCalls(at, [mkdir])], filtered({ syscalls: [rule('mkdir', action)] }))
    const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs })
    await container.start()
    const { signal, exitCode } = await container.wait()
    assert.deepEqual([signal, exitCode], ['SIGSYS', 159], action)
    await container.delete()
  }
})

test('TRAP can be handled', { skip }, async (t) => {
  const at = await place(t)
  const change = filtered({ syscalls: [rule('umask', 'SCMP_ACT_TRAP')] })
  assert.equal(await output(at, "trap 'echo handled' SYS; umask 0; :", change), 'handled\n')
})

test('TRACE without a tracer is ENOSYS', { skip }, async (t) => {
  const at = await place(t)
  const [got] = await returned(at, [mkdir], filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_TRACE')] }))
  assert.equal(got, -errnos.ENOSYS)
})

test('LOG lets the call be made, and the kernel writes of it', { skip }, async (t) => {
  const at = await place(t)
  const log = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  while (recordOf(log) !== null) continue
  const program = addCalls(at, [mkdir], 'logged')
  const spec = config(at, [program], filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_LOG')] }))
  const { exitCode } = await at.runtime.run({ id: freshId(), config: spec, rootfs: at.rootfs })
  assert.equal(exitCode, 0)
  const written: string[] = []
  for (let record = recordOf(log); record !== null; record = recordOf(log)) written.push(record)
  closeSync(log)
  const about = written.filter((line) => line.includes(`syscall=${numbers['mkdir']}`) && line.includes('comm="logged"'))
  assert.equal(about.length, 1, written.join('\n'))
})

/** One record of the kernel's log; null: there is none yet. */
function recordOf(log: number): string | null {
  const bytes = Buffer.alloc(8192)
  try {
    return bytes.toString('utf8', 0, readSync(log, bytes))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') return '' // records were overwritten
    if (code === 'EAGAIN') return null
    throw error
  }
}

test(
  'i386 calls: refused where the profile has no such architecture, judged by their own numbers where it has',
  { skip },
  async (t) => {
    const at = await place(t)
    const calls: RawCall[] = [
      { abi: 'i386', number: 20 }, // getpid
      { abi: 'i386', number: 39, args: [0, 0] }, // mkdir
      { number: 39 }, // getpid of x86_64
    ]
    const syscalls = [rule('mkdir', 'SCMP_ACT_ERRNO', { errnoRet: 77 })]
    const both = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] as const
    assert.deepEqual(await returned(at, calls, filtered({ syscalls, architectures: both })), [1, -77, 1])
    // What is of no architecture of the profile is ended: libseccomp's usual action.
    const program = addCalls(at, calls.slice(0, 1))
    const spec = config(at, [program], filtered({ syscalls, architectures: ['SCMP_ARCH_X86_64'] }))
    const container = await at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs })
    await container.start()
    assert.equal((await container.wait()).signal, 'SIGSYS')
    await container.delete()
  },
)

test('what is newer than the profile is ENOSYS, and not its default', { skip }, async (t) => {
  const at = await place(t)
  const known = Object.keys(numbers).filter((name) => numbers[name]! < 400)
  const calls: RawCall[] = [{ number: numbers['openat2']! }, { number: 9999 }, { number: numbers['kcmp']! }]
  const change = filtered({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [rule(known.filter((name) => name !== 'kcmp').join(' '), 'SCMP_ACT_ALLOW')],
  })
  assert.deepEqual(await returned(at, calls, change), [-errnos.ENOSYS, -errnos.ENOSYS, -errnos.EPERM])
})

test('exec is filtered, too, with the no_new_privs of its own', { skip }, async (t) => {
  const at = await place(t)
  const program = addCalls(at, [mkdir])
  const container = await running(
    t,
    at,
    filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_ERRNO', { errnoRet: 77 })] }, false),
  )
  for (const noNewPrivileges of [false, true]) {
    const session = await container.exec({ args: [program], noNewPrivileges })
    const [written, { code }] = await Promise.all([buffer(session.stdout!), session.wait()])
    assert.deepEqual([code, ...results(written)], [0, -77])
  }
})

test('names that nobody knows are left out, and an event tells of each', { skip }, async (t) => {
  const at = await place(t)
  const syscalls = [rule('mkdir no_such_call', 'SCMP_ACT_ERRNO'), rule('another_one', 'SCMP_ACT_ALLOW')]
  const container = await running(t, at, filtered({ syscalls }))
  const skipped = []
  for await (const event of at.runtime.events({ since: 0, follow: false }))
    if (event.type === 'seccomp.skipped') skipped.push([event.container, event.name, event.pointer])
  assert.deepEqual(skipped, [
    [container.id, 'no_such_call', 'linux.seccomp.syscalls[0].names[1]'],
    [container.id, 'another_one', 'linux.seccomp.syscalls[1].names[0]'],
  ])
})

test('a filter that refuses what init does is named by the error, and nothing is left', { skip }, async (t) => {
  const at = await place(t)
  // With no_new_privs the filter comes last, and of init's calls judges only the last few.
  // Without exit_group init cannot end as it does else.
  for (const names of [['execve'], ['execve', 'exit_group']]) {
    const rules = names.map((name) => rule(name, 'SCMP_ACT_ERRNO', { errnoRet: errnos.EPERM }))
    const last = filtered({ syscalls: rules })
    const container = await at.runtime.create({ id: freshId(), config: config(at, ['true'], last), rootfs: at.rootfs })
    await refused(container.start({ timeoutMs: 20_000 }), {
      code: 'ERR_STATOR_PROGRAM',
      errno: 'EPERM',
      message: /linux\.seccomp is loaded by then/,
    })
    await container.delete()
  }
  const first = filtered({ syscalls: [rule('capset', 'SCMP_ACT_ERRNO')] }, false)
  await refusedCreate(at, first, {
    code: 'ERR_STATOR_STAGE',
    errno: 'EPERM',
    message: /linux\.seccomp is loaded by then/,
  })
  const killed = filtered({ syscalls: [rule('capset', 'SCMP_ACT_KILL_PROCESS')] }, false)
  await refusedCreate(at, killed, { code: 'ERR_STATOR_STAGE', message: /linux\.seccomp/ })
})

test('what a profile may not have is refused before anything is made', { skip }, async (t) => {
  const at = await place(t)
  for (const [change, pointer, message] of [
    [filtered({ defaultAction: 'SCMP_ACT_NOTIFY' }), 'linux.seccomp.defaultAction', /NOTIFY/],
    [filtered({ syscalls: [rule('read write', 'SCMP_ACT_NOTIFY')] }), 'linux.seccomp.syscalls[0].names[1]', /write/],
    [filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_NOTIFY')] }), 'linux.seccomp.syscalls[0].action', /listenerPath/],
  ] as const)
    await refusedCreate(at, change, { code: 'ERR_STATOR_CONFIG', pointer, message })
})

test('a second container with the same profile is as much filtered as the first', { skip }, async (t) => {
  const at = await place(t)
  const change = both(filtered({ syscalls: [rule('mkdir', 'SCMP_ACT_ERRNO')] }), () => {})
  for (const _ of [1, 2]) {
    const { exitCode } = await run(at, ['mkdir', '/tmp/x'], change)
    assert.equal(exitCode, 1)
  }
})
