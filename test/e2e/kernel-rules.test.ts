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
import { test } from 'node:test'
import { exitRecord } from '../../src/plan/exit-record.ts'
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

test('kernel rule 18: the keeper itself starts CRIU', { skip: skip || 'comes with restore' }, () => assert.fail())

test(
  'kernel rule 19: a seccomp listener is pulled while init is dumpable',
  { skip: skip || 'comes with seccomp and rootless' },
  () => assert.fail(),
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
