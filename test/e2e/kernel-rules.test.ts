// The kernel's rules that the plan is built by (docs/kernel.md), one test each that names it. Where a subject has a file of its
// own, more about it is there.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { errnos } from '../../src/native/errno.ts'
import * as uapi from '../../src/native/uapi.ts'
import type { PlanBuilder } from '../../src/plan/builder.ts'
import { cloneArguments } from '../../src/plan/compile/clone.ts'
import { exitRecord } from '../../src/plan/exit-record.ts'
import type { Label } from '../../src/plan/step.ts'
import { run as runPlan, runners } from '../native/init/stub.ts'
import {
  created,
  freshId,
  config,
  hasCapability,
  lines,
  missing,
  mountAt,
  mountHere,
  mounts,
  output,
  ownMountNamespace,
  parseMounts,
  place,
  refused,
  refusedCreate,
  run,
  running,
  status,
  type Change,
} from './support.ts'

const skip = missing

const mapped: Change = (made) => {
  made.linux?.namespaces?.push({ type: 'user' })
  Object.assign(made.linux ?? {}, {
    uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
  })
}

/** The keeper of a container, as the state folder names it. */
function keeperOf(root: string, id: string): number {
  const stored = JSON.parse(readFileSync(join(root, id, 'state.json'), 'utf8')) as {
    context: { keeper: { pid: number } }
  }
  return stored.context.keeper.pid
}

test('kernel rule 1: the user namespace comes first, so the new procfs belongs to it', { skip }, async (t) => {
  const at = await place(t)
  const [first, type] = await lines(
    at,
    "cat /proc/1/comm; grep ' /proc ' /proc/self/mountinfo | head -n 1 | sed 's/.* - //'",
    mapped,
  )
  assert.equal(first, 'sh')
  assert.match(type ?? '', /^proc /)
})

test('kernel rule 2: a look-up that the kernel asks to repeat is repeated, while others mount', { skip }, async (t) => {
  const at = await place(t)
  const runs = await Promise.all(Array.from({ length: 24 }, () => run(at, ['true'])))
  assert.deepEqual(
    runs.map(({ exitCode }) => exitCode),
    Array.from({ length: 24 }, () => 0),
  )
})

test('kernel rule 3: a program that execve refuses is the error of start, through exec.fifo', { skip }, async (t) => {
  const at = await place(t)
  writeFileSync(join(at.rootfs, 'bin/garbage'), '\x7fGARBAGE')
  chmodSync(join(at.rootfs, 'bin/garbage'), 0o755)
  const container = await created(t, at, ['garbage'])
  assert.ok(existsSync(join(at.root, container.id, 'exec.fifo')))
  await refused(container.start(), { code: 'ERR_STATOR_PROGRAM', pointer: 'process.args', errno: 'ENOEXEC' })
  assert.ok(!existsSync(join(at.root, container.id, 'exec.fifo')), 'the gate is gone')
})

test(
  'kernel rule 4: the keeper holds its store, its streams are /dev/null, and it ignores what would end it',
  { skip },
  async (t) => {
    const at = await place(t)
    const container = await running(t, at)
    const keeper = keeperOf(at.root, container.id)
    const open = readdirSync(`/proc/${keeper}/fd`).map(
      (fd) => [Number(fd), readlinkSync(`/proc/${keeper}/fd/${fd}`)] as const,
    )
    for (const stream of [0, 1, 2]) assert.equal(open.find(([fd]) => fd === stream)?.[1], '/dev/null')
    const store = open.filter(([fd]) => fd > 2).map(([, target]) => target.replace(/:\[\d+\]$/, ''))
    assert.deepEqual(
      store.sort(),
      [
        `${at.root}/${container.id}`,
        `${at.root}/${container.id}/log/stdio`,
        'anon_inode:[pidfd]',
        'pipe',
        'pipe',
        'socket',
      ].sort(),
    )
    const ignored = BigInt(`0x${status(readFileSync(`/proc/${keeper}/status`, 'utf8'))['SigIgn']}`)
    for (const signal of [1, 2, 13, 15]) assert.equal((ignored >> BigInt(signal - 1)) & 1n, 1n, `signal ${signal}`)
    assert.equal(readlinkSync(`/proc/${keeper}/cwd`), '/')
    // The program has none of it.
    const own = readdirSync(`/proc/${container.pid}/fd`).map(Number)
    assert.deepEqual(new Set(own), new Set([0, 1, 2]))
  },
)

test('kernel rule 5: the exit record is binary, whole, and written before the keeper ends', { skip }, async (t) => {
  const at = await place(t)
  const container = await created(t, at, ['sh', '-c', 'exit 9'])
  const pid = container.pid
  await container.start()
  const exit = await container.wait()
  const bytes = readFileSync(join(at.root, container.id, 'exit'))
  assert.equal(bytes.length, exitRecord.size)
  assert.equal(bytes.readUInt32LE(exitRecord.magic), exitRecord.magicValue)
  assert.deepEqual([bytes.readInt32LE(exitRecord.status), bytes.readInt32LE(exitRecord.pid)], [9, pid])
  assert.equal(exit.exitCode, 9)
  assert.ok(Math.abs(Date.parse(exit.at) - Date.now()) < 60_000, exit.at)
})

test(
  'kernel rule 6: every open runtime is attached by a shared lock, which a settler would need alone',
  { skip },
  async (t) => {
    const at = await place(t)
    const file = join(at.root, 'attached')
    assert.throws(() => execFileSync('flock', ['--exclusive', '--nonblock', file, 'true']))
    execFileSync('flock', ['--shared', '--nonblock', file, 'true'])
  },
)

test('kernel rule 7: only a regular /etc/passwd is read, and 64 KiB of it', { skip }, async (t) => {
  const at = await place(t)
  const passwd = join(at.rootfs, 'etc/passwd')
  const home = () => output(at, 'echo $HOME', (made) => (made.process.env = ['PATH=/bin']))
  writeFileSync(passwd, `root:x:0:0::/first:/bin/sh\n${'#'.repeat(1 << 20)}\n`)
  assert.equal(await home(), '/first\n')
  writeFileSync(passwd, `${'#'.repeat(1 << 17)}\nroot:x:0:0::/late:/bin/sh\n`)
  assert.equal(await home(), '/\n')
  rmSync(passwd)
  execFileSync('mkfifo', [passwd])
  assert.equal(await home(), '/\n', 'a fifo holds nobody up')
  rmSync(passwd)
  symlinkSync('/dev/zero', passwd)
  assert.equal(await home(), '/\n')
})

test('kernel rule 8: scripts run by their path, and what is not there is the error of create', { skip }, async (t) => {
  const at = await place(t)
  writeFileSync(join(at.rootfs, 'bin/script'), '#!/bin/sh\necho "script $1"\n')
  chmodSync(join(at.rootfs, 'bin/script'), 0o755)
  assert.equal(await output(at, ['script', 'argument']), 'script argument\n')
  await refusedCreate(
    at,
    () => undefined,
    { code: 'ERR_STATOR_PROGRAM', errno: 'ENOENT', pointer: 'process.args[0]' },
    ['nope'],
  )
  writeFileSync(join(at.rootfs, 'bin/plain'), 'x')
  await refusedCreate(
    at,
    () => undefined,
    { code: 'ERR_STATOR_PROGRAM', errno: 'EACCES', pointer: 'process.args[0]' },
    ['plain'],
  )
})

test('kernel rule 9: mount points and their parents are made where they are missing', { skip }, async (t) => {
  const at = await place(t)
  const all = parseMounts(
    await output(at, 'cat /proc/self/mountinfo', (made) => {
      made.mounts?.push({ destination: '/a/b/c/d', type: 'tmpfs', source: 'tmpfs', options: [] })
    }),
  )
  assert.equal(mountAt(all, '/a/b/c/d').type, 'tmpfs')
})

test('kernel rule 10: under a user namespace a bind source below a 0700 folder is reached', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'mnt'))
  const locked = join(at.folder, 'locked')
  mkdirSync(join(locked, 'inner'), { recursive: true })
  writeFileSync(join(locked, 'inner/file'), 'reached\n')
  chmodSync(locked, 0o700)
  const text = await output(at, 'cat /mnt/file', (made) => {
    mapped(made)
    made.mounts?.push({ destination: '/mnt', type: 'bind', source: join(locked, 'inner'), options: ['rbind', 'ro'] })
  })
  assert.equal(text, 'reached\n')
})

test('kernel rule 11: a mount made inside is not seen outside', { skip }, async (t) => {
  const at = await place(t)
  const source = join(at.folder, 'source')
  mkdirSync(join(source, 'inner'), { recursive: true })
  const container = await running(t, at, (made) => {
    made.mounts?.push({ destination: '/mnt', type: 'bind', source, options: ['rbind'] })
    for (const set of ['bounding', 'effective', 'permitted'] as const)
      made.process.capabilities?.[set]?.push('CAP_SYS_ADMIN')
  })
  const session = await container.exec({ args: ['mount', '-t', 'tmpfs', 'tmpfs', '/mnt/inner'] })
  assert.equal((await session.wait()).exitCode, 0)
  assert.ok(
    mounts(container.pid ?? 0).some(({ point }) => point === '/mnt/inner'),
    'it is there inside',
  )
  assert.ok(!mounts('self').some(({ point }) => point.startsWith(source)), 'and not outside')
})

test('kernel rule 12: a bind keeps the attributes that its options do not name', { skip }, async (t) => {
  ownMountNamespace()
  const at = await place(t)
  const source = join(at.folder, 'noexec')
  mkdirSync(source)
  mountHere(['-t', 'tmpfs', '-o', 'noexec,nosuid', 'tmpfs'], source)
  const all = parseMounts(
    await output(at, 'cat /proc/self/mountinfo', (made) => {
      made.mounts?.push({ destination: '/mnt', type: 'bind', source, options: ['bind', 'ro'] })
    }),
  )
  for (const option of ['ro', 'noexec', 'nosuid']) assert.ok(mountAt(all, '/mnt').options.includes(option), option)
})

test('kernel rule 13: a masked file is the host’s /dev/null, whatever the image has there', { skip }, async (t) => {
  const at = await place(t)
  rmSync(join(at.rootfs, 'dev'), { recursive: true })
  mkdirSync(join(at.rootfs, 'dev'))
  symlinkSync('/etc/passwd', join(at.rootfs, 'dev/null'))
  writeFileSync(join(at.rootfs, 'secret'), 'secret')
  const [device, content] = await lines(at, "stat -c '%t:%T' /secret; wc -c < /secret", (made) => {
    made.linux!.maskedPaths = ['/secret']
  })
  assert.deepEqual([device, content?.trim()], ['1:3', '0'])
})

test('kernel rule 14: a cgroup namespace has the container’s groups as its roots', { skip }, async (t) => {
  const at = await place(t)
  const ours = await lines(at, 'cat /proc/self/cgroup')
  for (const line of ours.filter(
    (entry) => /^\d+:(pids|devices|memory|freezer|):/.test(entry) || entry.startsWith('0::'),
  ))
    assert.match(line, /:\/$/, line)
})

test('kernel rule 15: init is in its groups, on every hierarchy that is used', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const own = readFileSync(`/proc/${container.pid}/cgroup`, 'utf8').split('\n').filter(Boolean)
  const used = own.filter((line) => line.includes(container.id))
  assert.ok(
    used.some((line) => /^(\d+:pids:|0::)/.test(line)),
    own.join(' '),
  )
})

test(
  'kernel rule 16: a hook inside the container is cloned, waited for, and ended when it takes too long',
  { skip },
  async (t) => {
    const at = await place(t)
    await refusedCreate(
      at,
      (made) => (made.hooks = { createContainer: [{ path: '/bin/busybox', args: ['sleep', '1000'], timeout: 1 }] }),
      { code: 'ERR_STATOR_HOOK', errno: 'ETIMEDOUT', pointer: 'hooks.createContainer[0]' },
    )
  },
)

test(
  'kernel rule 17: open files may be limited to three, and a signal ends what waits at the gate',
  { skip },
  async (t) => {
    const at = await place(t)
    const limited = await output(at, ['sh', '-c', 'ulimit -n; ulimit -Hn'], (made) => {
      made.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 3n, hard: 3n }]
    })
    assert.equal(limited, '3\n3\n')
    const container = await created(t, at)
    await container.kill('SIGTERM')
    const exit = await container.wait()
    assert.deepEqual([exit.signal, exit.exitCode], ['SIGKILL', 137])
  },
)

/** The value that a plan of a test has ended with. */
async function answerOf(t: TestContext, write: (plan: PlanBuilder) => void): Promise<number> {
  const [own] = runners()
  assert.ok(own)
  const { records } = await runPlan(t, own, write)
  assert.deepEqual(
    records.map(({ kind, errno }) => [kind, errno]),
    [['failed', errnos.ECANCELED]],
  )
  return records[0]?.value ?? Number.NaN
}

/** Clones a child that goes to a label. */
function cloned(plan: PlanBuilder, child: Label, flags: number, exitSignal: number) {
  const { args, size, pidfd } = cloneArguments(plan, { flags: flags | uapi.CLONE_PIDFD, exitSignal })
  const pid = plan.sys('clone3', [args, size], 'clone')
  plan.if(pid, '==', 0, child, 'the child')
  return plan.load(pidfd, 4, 'its pidfd')
}

/** A pipe, as two registers. */
function piped(plan: PlanBuilder) {
  const ends = plan.scratch(8, 'pipe')
  plan.sys('pipe2', [ends, 0], 'a pipe')
  return { read: plan.load(ends, 4, 'read end'), write: plan.load(ends.plus(4), 4, 'write end') }
}

// CRIU itself comes with restore. What the plan will rely on is that who clones beside itself gives the child to its parent.
test(
  'kernel rule 18: what a child of the keeper restores as its sibling is the keeper’s to wait for',
  { skip },
  async (t) => {
    const status = await answerOf(t, (plan) => {
      const [criu, restored] = [plan.label('criu'), plan.label('restored')]
      const told = piped(plan)
      const room = plan.scratch(8, 'pid')
      const info = plan.scratch(128, 'siginfo')
      const swrk = cloned(plan, criu, 0, uapi.SIGCHLD)
      plan.sys('read', [told.read, room, 8], 'the go-on, with the pid of init', { expect: 8 })
      const init = plan.sys('pidfd_open', [plan.load(room, 8, 'its pid'), 0], 'a pidfd of init')
      plan.sys('waitid', [uapi.P_PIDFD, swrk, info, uapi.WEXITED, null], 'CRIU ends first')
      plan.supervise({ process: init, events: uapi.POLLIN, out: -1, err: -1, log: -1 }, 'supervise')
      plan.sys('waitid', [uapi.P_PIDFD, init, info, uapi.WEXITED, null], 'how it ended')
      plan.fail('ECANCELED', 'the answer', plan.load(info.plus(24), 4, 'its status'))

      plan.place(criu)
      const clone = cloneArguments(plan, { flags: uapi.CLONE_PARENT, exitSignal: 0 })
      const pid = plan.sys('clone3', [clone.args, clone.size], 'restore init, as a sibling')
      plan.if(pid, '==', 0, restored, 'init')
      plan.store(room, 8, pid, 'its pid')
      plan.sys('write', [told.write, room, 8], 'tell')
      plan.sys('exit_group', [0], 'CRIU has done its work')

      plan.place(restored)
      plan.sys('exit_group', [42], 'end')
    })
    assert.equal(status, 42)
  },
)

/** Loads a filter that allows everything, with a listener. As nobody: `no_new_privs` first. */
function loadWithListener(plan: PlanBuilder) {
  // struct sock_filter: BPF_RET | BPF_K, SECCOMP_RET_ALLOW. seccomp(2)
  const filter = plan.bytes(Buffer.from('060000000000ff7f', 'hex'), 'filter')
  const program = plan.words([1, filter], 'program')
  plan.sys('prctl', [uapi.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], 'no new privileges')
  const { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER } = uapi
  return plan.sys('seccomp', [SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, program], 'load')
}

/** What pidfd_getfd answers to another process of the same user, which has no capabilities. */
function pullAsNobody(t: TestContext, dumpable: 0 | 1): Promise<number> {
  return answerOf(t, (plan) => {
    const [init, done] = [plan.label('init'), plan.label('done')]
    const told = piped(plan)
    const held = piped(plan)
    const room = plan.scratch(8, 'number')
    plan.sys('setresuid', [65534, 65534, 65534], 'nobody')
    const pidfd = cloned(plan, init, 0, uapi.SIGCHLD)
    plan.sys('read', [told.read, room, 8], 'the number of the listener', { expect: 8 })
    const pulled = plan.sys('pidfd_getfd', [pidfd, plan.load(room, 8, 'its number'), 0], 'pull it', { tolerate: 'any' })
    plan.sys('close', [held.write], 'let it end')
    plan.sys('waitid', [uapi.P_PIDFD, pidfd, plan.scratch(128, 'siginfo'), uapi.WEXITED, null], 'its end')
    plan.if(pulled, '<', 1000, done, 'a descriptor')
    plan.fail('ECANCELED', 'the errno', pulled)
    plan.place(done)
    plan.fail('ECANCELED', 'pulled', 0)

    plan.place(init)
    plan.sys('close', [held.write], "the other's")
    plan.sys('prctl', [uapi.PR_SET_DUMPABLE, dumpable, 0, 0, 0], 'dumpable, or not')
    plan.store(room, 8, loadWithListener(plan), 'its number')
    plan.sys('write', [told.write, room, 8], 'tell')
    plan.sys('read', [held.read, room, 8], 'wait')
    plan.sys('exit_group', [0], 'end')
  })
}

// Listeners come with seccomp. The rule is the kernel's.
test('kernel rule 19: without root a seccomp listener is pulled only while init is dumpable', { skip }, async (t) => {
  assert.equal(await pullAsNobody(t, 1), 0)
  assert.equal(await pullAsNobody(t, 0), -errnos.EPERM)
})

test(
  'kernel rule 19: a sibling with the same descriptors, cloned before the load, has the listener',
  { skip },
  async (t) => {
    const flags = await answerOf(t, (plan) => {
      const sibling = plan.label('sibling')
      const told = piped(plan)
      const room = plan.scratch(8, 'number')
      const info = plan.scratch(128, 'siginfo')
      plan.sys('setresuid', [65534, 65534, 65534], 'nobody')
      const pidfd = cloned(plan, sibling, uapi.CLONE_FILES, uapi.SIGCHLD)
      plan.store(room, 8, loadWithListener(plan), 'its number')
      plan.sys('write', [told.write, room, 8], 'tell')
      plan.sys('waitid', [uapi.P_PIDFD, pidfd, info, uapi.WEXITED, null], 'its end')
      plan.fail('ECANCELED', 'the answer', plan.load(info.plus(24), 4, 'its status'))

      plan.place(sibling)
      plan.sys('read', [told.read, room, 8], 'the number', { expect: 8 })
      const flags = plan.sys('fcntl', [plan.load(room, 8, 'the number'), uapi.F_GETFD, 0], 'is it there?')
      plan.sys('exit_group', [flags], 'its flags')
    })
    assert.equal(flags, uapi.FD_CLOEXEC)
  },
)

test('kernel rule 20: what would change the host is refused', { skip }, async (t) => {
  const at = await place(t)
  const without =
    (type: string): Change =>
    (made) => {
      made.linux!.namespaces = made.linux!.namespaces!.filter((namespace) => namespace.type !== type)
    }
  await refusedCreate(at, without('uts'), { code: 'ERR_STATOR_CONFIG', pointer: 'hostname' })
  await refusedCreate(at, without('mount'), { code: 'ERR_STATOR_CONFIG', pointer: 'mounts' })
  const sysctl: Change = (made) => {
    without('network')(made)
    made.linux!.sysctl = { 'net.ipv4.ip_forward': '1' }
  }
  await refusedCreate(at, sysctl, { code: 'ERR_STATOR_CONFIG', pointer: 'linux.sysctl["net.ipv4.ip_forward"]' })
})

test('kernel rule 21: what the kernel says of a mount option is in the error', { skip }, async (t) => {
  const at = await place(t)
  let index = -1
  await refusedCreate(
    at,
    (made) =>
      (index =
        made.mounts!.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['size=banana'] }) - 1),
    { code: 'ERR_STATOR_STAGE', errno: 'EINVAL', message: /Bad value for 'size'/ },
  ).then((error) => assert.equal(error.pointer, `mounts[${index}]`))
})

test(
  'kernel rule 22: without CAP_SYS_RESOURCE a higher hard limit is an error with its place',
  { skip: skip || (hasCapability(24) ? 'a machine without CAP_SYS_RESOURCE' : false) },
  async (t) => {
    const at = await place(t)
    await refused(
      at.runtime.create({
        id: freshId(),
        rootfs: at.rootfs,
        config: config(
          at,
          ['true'],
          (made) => (made.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1n << 40n, hard: 1n << 40n }]),
        ),
      }),
      { code: 'ERR_STATOR_STAGE', errno: 'EPERM', pointer: 'process.rlimits[0]' },
    )
  },
)
