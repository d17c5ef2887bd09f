// config.json's `process`, and linux.personality, seen by the program itself.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { RlimitType } from '../../src/oci/config.ts'
import {
  addProbe,
  bundle,
  config,
  created,
  freshId,
  hasCapability,
  lines,
  machine,
  missing,
  output,
  pipeEnds,
  place,
  refused,
  refusedCreate,
  run,
  running,
  status,
} from './support.ts'

const skip = missing
/** CAP_SYS_NICE, CAP_SYS_RESOURCE: CI machines have the one and not the other. */
const [mayNice, mayRaise] = [hasCapability(23), hasCapability(24)]
const INFINITY = 2n ** 64n - 1n

function script(path: string, text: string, mode = 0o755): void {
  writeFileSync(path, text)
  chmodSync(path, mode)
}

test('args reach the program as they are, argv[0] included', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const args = ['probe', 'args', '', 'a b', '$HOME', '"quoted"', 'ünïcödé', '-x', 'line\nline', '*']
  assert.deepEqual(JSON.parse(await output(at, args)), args)
})

test('a thousand arguments and a long one', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const args = ['probe', 'args', 'x'.repeat(100_000), ...Array.from({ length: 1000 }, (_, index) => String(index))]
  assert.deepEqual(JSON.parse(await output(at, args)), args)
})

test(
  'env is exactly what the config says, of duplicates the last counts, in the place of the first',
  { skip },
  async (t) => {
    const at = await place(t)
    addProbe(at.rootfs)
    process.env['STATOR_TEST_LEAK'] = 'of the test'
    t.after(() => delete process.env['STATOR_TEST_LEAK'])
    const env = JSON.parse(
      await output(at, ['probe', 'env'], ({ process }) => {
        process.env = ['PATH=/bin', 'A=1', 'B=2', 'A=3', 'EMPTY=', 'EQUALS=a=b', 'HOME=/somewhere', 'B=4']
      }),
    ) as string[]
    assert.deepEqual(env, ['PATH=/bin', 'A=3', 'B=4', 'EMPTY=', 'EQUALS=a=b', 'HOME=/somewhere'])
  },
)

test('HOME comes from the /etc/passwd of the container', { skip }, async (t) => {
  const at = await place(t)
  const home = (uid: number, env: string[] = []) =>
    output(at, ['sh', '-c', 'echo "$HOME"'], ({ process }) => {
      process.user = { uid, gid: 0 }
      process.env = ['PATH=/bin', ...env]
    })
  assert.equal(await home(0), '/root\n')
  assert.equal(await home(1000), '/home/user\n')
  assert.equal(await home(1234), '/\n', 'without an entry')
  assert.equal(await home(1000, ['HOME=']), '/home/user\n', 'an empty HOME counts as unset')
  assert.equal(await home(1000, ['HOME=/elsewhere']), '/elsewhere\n')
})

test(
  'HOME is "/" where there is no /etc/passwd, where it is a FIFO, a folder, or leads out of the root',
  { skip },
  async (t) => {
    const at = await place(t)
    const home = () => output(at, 'echo "$HOME"', ({ process }) => (process.env = ['PATH=/bin']))
    const passwd = join(at.rootfs, 'etc/passwd')
    rmSync(passwd)
    assert.equal(await home(), '/\n')
    execFileSync('mkfifo', [passwd])
    assert.equal(await home(), '/\n', 'kernel rule 7: nobody waits for a FIFO of the container')
    rmSync(passwd)
    mkdirSync(passwd)
    assert.equal(await home(), '/\n')
    rmSync(passwd, { recursive: true })
    writeFileSync(join(at.folder, 'passwd'), 'root:x:0:0::/stolen:/bin/sh\n')
    symlinkSync(join(at.folder, 'passwd'), passwd)
    assert.equal(await home(), '/\n')
    rmSync(passwd)
    writeFileSync(join(at.rootfs, 'etc/real'), 'root:x:0:0::/linked:/bin/sh\n')
    symlinkSync('/etc/real', passwd)
    assert.equal(await home(), '/linked\n', 'a link within the root is followed')
  },
)

test('of /etc/passwd the first 64 KiB count (kernel rule 7)', { skip }, async (t) => {
  const at = await place(t)
  const filler = `${'#'.repeat(1023)}\n`
  const entry = 'late:x:4242:0::/late:/bin/sh\n'
  const home = (before: string) => {
    writeFileSync(join(at.rootfs, 'etc/passwd'), before + entry)
    return output(at, 'echo "$HOME"', ({ process }) => {
      process.env = ['PATH=/bin']
      process.user = { uid: 4242, gid: 0 }
    })
  }
  assert.equal(await home(filler.repeat(63)), '/late\n')
  assert.equal(await home(filler.repeat(65)), '/\n')
})

test(
  'PATH of the config finds the program: relative and empty entries, a folder of its name passed over',
  { skip },
  async (t) => {
    const at = await place(t)
    for (const name of ['one', 'two', 'two/tool', 'three', 'work', 'work/rel']) mkdirSync(join(at.rootfs, name))
    script(join(at.rootfs, 'three/tool'), '#!/bin/sh\necho three\n')
    script(join(at.rootfs, 'work/rel/tool'), '#!/bin/sh\necho relative\n')
    script(join(at.rootfs, 'work/here'), '#!/bin/sh\necho here\n')
    const find = (path: string, name = 'tool') =>
      output(at, [name], ({ process }) => {
        process.env = [`PATH=${path}`]
        process.cwd = '/work'
      })
    assert.equal(await find('/one:/two:/three'), 'three\n', '/two/tool is a folder')
    assert.equal(await find('/nowhere:rel:/three'), 'relative\n')
    assert.equal(await find('/one::/three', 'here'), 'here\n', 'an empty entry is the working folder')
    assert.equal(await find('/one', './here'), 'here\n', 'with a slash PATH is not asked')
    assert.equal(await find('/one', 'rel/tool'), 'relative\n')
    assert.equal(await find('/three//', 'tool'), 'three\n')
  },
)

test('the last PATH of the env counts, and none is the usual one', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'late'))
  script(join(at.rootfs, 'late/tool'), '#!/bin/sh\necho late\n')
  assert.equal(await output(at, ['tool'], ({ process }) => (process.env = ['PATH=/bin', 'PATH=/late'])), 'late\n')
  assert.equal(await output(at, ['echo', 'usual'], ({ process }) => (process.env = ['A=1'])), 'usual\n')
})

test(
  'a program that is not there is an error of create, which says so in words that engines know',
  { skip },
  async (t) => {
    const at = await place(t)
    const expected = { code: 'ERR_STATOR_PROGRAM', pointer: 'process.args[0]' } as const
    await refusedCreate(
      at,
      () => {},
      { ...expected, errno: 'ENOENT', message: /exec "nope": executable file not found in \$PATH/ },
      ['nope'],
    )
    await refusedCreate(
      at,
      () => {},
      { ...expected, errno: 'ENOENT', message: /exec "\/bin\/nope": no such file or directory/ },
      ['/bin/nope'],
    )
  },
)

test(
  'a program that may not be executed is EACCES, also when later PATH entries do not have it',
  { skip },
  async (t) => {
    const at = await place(t)
    mkdirSync(join(at.rootfs, 'one'))
    writeFileSync(join(at.rootfs, 'one/tool'), 'no program')
    script(join(at.rootfs, 'one/mine'), '#!/bin/sh\n', 0o700)
    const expected = {
      code: 'ERR_STATOR_PROGRAM',
      pointer: 'process.args[0]',
      errno: 'EACCES',
      message: /permission denied/,
    } as const
    const path: Parameters<typeof refusedCreate>[1] = ({ process }) => (process.env = ['PATH=/one:/bin'])
    await refusedCreate(at, path, expected, ['tool'])
    await refusedCreate(at, () => {}, expected, ['/one/tool'])
    await refusedCreate(at, () => {}, expected, ['/one'])
    const asUser: typeof path = ({ process }) => (process.user = { uid: 1000, gid: 1000 })
    await refusedCreate(at, asUser, expected, ['/one/mine'])
    script(join(at.rootfs, 'bin/tool'), '#!/bin/sh\necho found\n')
    assert.equal(await output(at, ['tool'], path), 'found\n', 'one that may be executed further down is taken')
  },
)

test('scripts run by their #! line, kernel rule 8', { skip }, async (t) => {
  const at = await place(t)
  script(join(at.rootfs, 'bin/script'), '#!/bin/sh\necho "$0 $1"\n')
  assert.equal(await output(at, ['script', 'argument']), '/bin/script argument\n')
})

test('what execve refuses is an error of start: no interpreter, no format (kernel rule 3)', { skip }, async (t) => {
  const at = await place(t)
  script(join(at.rootfs, 'bin/orphan'), '#!/bin/no-such-interpreter\n')
  script(join(at.rootfs, 'bin/garbage'), '\x01\x02\x03\x04')
  for (const [program, errno] of [
    ['orphan', 'ENOENT'],
    ['garbage', 'ENOEXEC'],
  ] as const) {
    const container = await created(t, at, [program])
    assert.equal(container.status, 'created')
    await refused(container.start(), { code: 'ERR_STATOR_PROGRAM', pointer: 'process.args', errno })
    await container.delete({ force: true })
  }
})

test('cwd: where the program begins; made when it is missing', { skip }, async (t) => {
  const at = await place(t)
  const pwd = (cwd: string) => output(at, ['/bin/pwd'], ({ process }) => (process.cwd = cwd))
  assert.equal(await pwd('/tmp'), '/tmp\n')
  assert.equal(await pwd('/made/for/this'), '/made/for/this\n')
  assert.equal(statSync(join(at.rootfs, 'made/for/this')).mode & 0o7777, 0o755)
  symlinkSync('/tmp', join(at.rootfs, 'link'))
  assert.equal(await pwd('/link'), '/tmp\n')
  assert.equal(await pwd('/tmp/../bin/.'), '/bin\n')
})

test('cwd on a mount of the container', { skip }, async (t) => {
  const at = await place(t)
  const found = await output(at, 'pwd; touch here; ls', ({ mounts, process }) => {
    mounts?.push({ destination: '/work', type: 'tmpfs', source: 'tmpfs' })
    process.cwd = '/work/inside'
  })
  assert.equal(found, '/work/inside\nhere\n')
})

test('cwd that is no folder, or that leads out, is refused', { skip }, async (t) => {
  const at = await place(t)
  const code = 'ERR_STATOR_STAGE'
  const pointer = 'process.cwd'
  await refusedCreate(at, ({ process }) => (process.cwd = '/etc/passwd'), { code, pointer, errno: 'ENOTDIR' })
  await refusedCreate(at, ({ process }) => (process.cwd = 'relative'), { code: 'ERR_STATOR_CONFIG', pointer })
  symlinkSync('/no-such-folder', join(at.rootfs, 'dangling'))
  await refusedCreate(at, ({ process }) => (process.cwd = '/dangling/below'), { code, pointer })
  // CVE-2024-21626: a descriptor that the runtime has left open is a way out.
  for (let number = 3; number < 12; number++)
    await refusedCreate(at, ({ process }) => (process.cwd = `/proc/self/fd/${number}`), { code, pointer })
})

test('cwd that only root or only the user may enter, as with runc', { skip }, async (t) => {
  const at = await place(t)
  for (const [name, owner] of [
    ['secret', 0],
    ['own', 1000],
  ] as const) {
    mkdirSync(join(at.rootfs, name), { mode: 0o700 })
    chownSync(join(at.rootfs, name), owner, owner)
    const change: Parameters<typeof output>[2] = ({ process }) => {
      process.user = { uid: 1000, gid: 1000 }
      process.cwd = `/${name}`
      process.capabilities = {}
    }
    assert.equal(await output(at, ['readlink', '/proc/self/cwd'], change), `/${name}\n`)
  }
})

test('user: ids, additional groups and umask', { skip }, async (t) => {
  const at = await place(t)
  const ids = async (user: object) => {
    const { Uid, Gid, Groups, Umask } = status(
      await output(at, ['cat', '/proc/self/status'], ({ process }) => (process.user = user)),
    )
    return { Uid, Gid, Groups, Umask }
  }
  assert.deepEqual(await ids({ uid: 1000, gid: 1001, additionalGids: [7, 5, 4294967294], umask: 0o027 }), {
    Uid: '1000\t1000\t1000\t1000',
    Gid: '1001\t1001\t1001\t1001',
    Groups: '5 7 4294967294',
    Umask: '0027',
  })
  assert.deepEqual(await ids({ uid: 0, gid: 0 }), {
    Uid: '0\t0\t0\t0',
    Gid: '0\t0\t0\t0',
    Groups: '',
    Umask: '0022',
  })
  const { Uid, Umask } = await ids({ uid: 4294967294, gid: 0, umask: 0 })
  assert.deepEqual({ Uid, Umask }, { Uid: Array(4).fill('4294967294').join('\t'), Umask: '0000' })
})

test('a user may open the standard streams again', { skip }, async (t) => {
  const at = await place(t)
  const found = await output(at, 'echo again > /dev/stdout; echo too > /proc/self/fd/2', ({ process }) => {
    process.user = { uid: 1000, gid: 1000 }
    process.capabilities = {}
  })
  assert.match(found, /again\n/)
})

const rlimitTypes: readonly RlimitType[] = [
  'RLIMIT_CPU',
  'RLIMIT_FSIZE',
  'RLIMIT_DATA',
  'RLIMIT_STACK',
  'RLIMIT_CORE',
  'RLIMIT_RSS',
  'RLIMIT_NPROC',
  'RLIMIT_NOFILE',
  'RLIMIT_MEMLOCK',
  'RLIMIT_AS',
  'RLIMIT_LOCKS',
  'RLIMIT_SIGPENDING',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
]

/** The limits of a container's program by type, in the order of their numbers. */
async function limitsOf(...[at, change]: [Parameters<typeof lines>[0], Parameters<typeof lines>[2]]) {
  const found = await lines(at, ['probe', 'limits'], change)
  return Object.fromEntries(
    found.map((line) => {
      const [resource = '', soft = '', hard = ''] = line.split(' ')
      return [rlimitTypes[Number(resource)], { soft: BigInt(soft), hard: BigInt(hard) }]
    }),
  ) as Record<RlimitType, { soft: bigint; hard: bigint }>
}

test('rlimits: all sixteen, soft and hard', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const inherited = await limitsOf(at, ({ process }) => delete process.rlimits)
  // Lower than what is there: raising one needs CAP_SYS_RESOURCE.
  const wanted = Object.fromEntries(
    rlimitTypes.map((type, index) => {
      const { hard } = inherited[type]
      const high = hard < 2n ** 40n ? hard : 2n ** 40n + BigInt(index)
      return [type, { soft: high > 0n ? high - 1n : 0n, hard: high }]
    }),
  ) as typeof inherited
  const found = await limitsOf(
    at,
    ({ process }) => (process.rlimits = rlimitTypes.map((type) => ({ type, ...wanted[type] }))),
  )
  assert.deepEqual(found, wanted)
})

test('rlimits: NOFILE 3, and 2^64-1 is no limit', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const found = await limitsOf(at, ({ process }) => {
    process.rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 3n, hard: 3n },
      { type: 'RLIMIT_CPU', soft: INFINITY, hard: INFINITY },
      { type: 'RLIMIT_FSIZE', soft: 2n ** 63n, hard: INFINITY },
    ]
  })
  assert.deepEqual(found.RLIMIT_NOFILE, { soft: 3n, hard: 3n })
  assert.deepEqual(found.RLIMIT_CPU, { soft: INFINITY, hard: INFINITY })
  assert.deepEqual(found.RLIMIT_FSIZE, { soft: 2n ** 63n, hard: INFINITY })
})

test('rlimits: a hook inside the container is not held up by them', { skip }, async (t) => {
  const at = await place(t)
  const file = join(at.rootfs, 'seen')
  const own = config(at, ['sh', '-c', 'ulimit -f; ulimit -t'], (made) => {
    made.root.readonly = false
    made.process.rlimits = [
      { type: 'RLIMIT_FSIZE', soft: 0n, hard: 0n },
      { type: 'RLIMIT_CPU', soft: 7n, hard: 9n },
    ]
    const script = `{ ulimit -f; ulimit -t; } > ${file}`
    made.hooks = { createContainer: [{ path: '/bin/sh', args: ['sh', '-c', script] }] }
  })
  const { stdout } = await at.runtime.run({ id: freshId(), config: own, rootfs: at.rootfs })
  assert.equal(stdout, '0\n7\n')
  assert.equal(readFileSync(file, 'utf8'), 'unlimited\nunlimited\n')
})

test('rlimits: a lower NOFILE is no obstacle to anything before the program (kernel rule 17)', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  script(join(at.rootfs, 'bin/hook'), '#!/bin/sh\ncat >/dev/null\n')
  const found = await limitsOf(at, (config) => {
    config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 0n, hard: 0n }]
    config.process.cwd = '/made'
    config.root.readonly = false
    config.mounts?.push({ destination: '/extra', type: 'tmpfs', source: 'tmpfs' })
    config.process.user = { uid: 1000, gid: 1000 }
  })
  assert.deepEqual(found.RLIMIT_NOFILE, { soft: 0n, hard: 0n })
})

test('rlimits: a higher hard limit is set, or refused by its place (kernel rule 22)', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const { RLIMIT_NPROC } = await limitsOf(at, ({ process }) => delete process.rlimits)
  if (RLIMIT_NPROC.hard === INFINITY) return t.skip('a limit of processes')
  const limit = { soft: 10n, hard: RLIMIT_NPROC.hard + 1n }
  const change: Parameters<typeof run>[2] = ({ process }) => (process.rlimits = [{ type: 'RLIMIT_NPROC', ...limit }])
  if (mayRaise) assert.deepEqual((await limitsOf(at, change)).RLIMIT_NPROC, limit)
  else
    await refusedCreate(at, change, { code: 'ERR_STATOR_STAGE', pointer: 'process.rlimits[0]', errno: 'EPERM' }, [
      'probe',
      'limits',
    ])
})

test('oomScoreAdj', { skip }, async (t) => {
  const at = await place(t)
  const score = (value?: number) =>
    output(at, ['cat', '/proc/self/oom_score_adj'], ({ process }) => {
      if (value !== undefined) process.oomScoreAdj = value
    })
  assert.equal(await score(500), '500\n')
  assert.equal(await score(1000), '1000\n')
  assert.equal(await score(), readFileSync('/proc/self/oom_score_adj', 'utf8'))
  if (mayRaise) assert.equal(await score(-500), '-500\n')
  else
    await refusedCreate(at, ({ process }) => (process.oomScoreAdj = -500), {
      code: 'ERR_STATOR_STAGE',
      pointer: 'process.oomScoreAdj',
      errno: 'EACCES',
    })
})

test('noNewPrivileges: no setuid program gives rights', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  addProbe(at.rootfs, 'bin/suid', 0o4755)
  const found = (noNewPrivileges: boolean) =>
    lines(at, 'grep NoNewPrivs /proc/self/status; suid ids', ({ process }) => {
      process.user = { uid: 1000, gid: 1000 }
      process.noNewPrivileges = noNewPrivileges
    })
  assert.deepEqual(await found(true), ['NoNewPrivs:\t1', '1000 1000 1000'])
  assert.deepEqual(await found(false), ['NoNewPrivs:\t0', '1000 0 0'])
})

const scheduling = /policy (\d+) flags (\d+) nice (-?\d+) priority (\d+) .* io (\d+):(\d+)/

test('scheduler: policy, nice and flags', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const found = async (scheduler: object) => {
    const said = await output(at, ['probe', 'scheduling'], ({ process }) => (process.scheduler = scheduler as never))
    const [, policy, flags, nice] = scheduling.exec(said) ?? []
    return { policy, flags, nice }
  }
  assert.deepEqual(await found({ policy: 'SCHED_OTHER', nice: 7 }), { policy: '0', flags: '0', nice: '7' })
  assert.deepEqual(await found({ policy: 'SCHED_BATCH', nice: 3 }), { policy: '3', flags: '0', nice: '3' })
  assert.deepEqual(await found({ policy: 'SCHED_IDLE' }), { policy: '5', flags: '0', nice: '0' })
  if (mayNice) assert.equal((await found({ policy: 'SCHED_OTHER', nice: -5 })).nice, '-5')
  const reset = { policy: 'SCHED_BATCH', flags: ['SCHED_FLAG_RESET_ON_FORK'] }
  assert.deepEqual(await found(reset), { policy: '3', flags: '1', nice: '0' })
})

test('scheduler: SCHED_FIFO by its effect, or by its error (kernel rule 22)', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const change: Parameters<typeof run>[2] = ({ process }) =>
    (process.scheduler = { policy: 'SCHED_FIFO', priority: 10 })
  const container = at.runtime.create({
    id: freshId(),
    config: config(at, ['probe', 'scheduling'], change),
    rootfs: at.rootfs,
  })
  const made = await container.catch((error: unknown) => error as Error)
  if (made instanceof Error)
    await refused(container, { code: 'ERR_STATOR_STAGE', pointer: 'process.scheduler', errno: 'EPERM' })
  else {
    await made.delete({ force: true })
    assert.match(await output(at, ['probe', 'scheduling'], change), /^policy 1 .* priority 10 /)
  }
})

test('ioPriority', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const found = async (ioPriority: object) => {
    const said = await output(at, ['probe', 'scheduling'], ({ process }) => (process.ioPriority = ioPriority as never))
    const [, , , , , io, value] = scheduling.exec(said) ?? []
    return `${io}:${value}`
  }
  assert.equal(await found({ class: 'IOPRIO_CLASS_BE', priority: 6 }), '2:6')
  assert.equal(await found({ class: 'IOPRIO_CLASS_IDLE' }), '3:0')
  assert.equal(await found({ class: 'IOPRIO_CLASS_RT', priority: 1 }), '1:1')
})

test('personality: LINUX32 is a 32-bit machine to the program', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const found = async (domain: 'LINUX' | 'LINUX32') => {
    const said = await output(at, ['probe', 'machine'], ({ linux }) => linux && (linux.personality = { domain }))
    const words = said.trim().split(' ')
    return { machine: words[0], persona: words.at(-1) }
  }
  const native = process.arch === 'x64' ? 'x86_64' : 'aarch64'
  const narrow = process.arch === 'x64' ? 'i686' : 'armv8l'
  assert.deepEqual(await found('LINUX32'), { machine: narrow, persona: '8' })
  assert.deepEqual(await found('LINUX'), { machine: native, persona: '0' })
})

test('a session keyring of its own, named after the container', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const id = freshId()
  const done = await at.runtime.run({ id, config: config(at, ['probe', 'keyring']), rootfs: at.rootfs })
  assert.match(done.stdout, new RegExp(`^keyring;0;0;[0-9a-f]{8};_ses\\.${id}$`, 'm'))
})

// stdio

const twoStreams = ['sh', '-c', 'echo out; echo err >&2; cat']

test('stdio "log": kept in the state folder, both streams; stdin is empty', { skip }, async (t) => {
  const at = await place(t)
  const container = await created(t, at, twoStreams)
  await container.start()
  assert.equal((await container.wait()).exitCode, 0)
  const found: [string, string][] = []
  for await (const { stream, text } of container.logs({ follow: true })) found.push([stream, text])
  assert.deepEqual(
    found.sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['stderr', 'err'],
      ['stdout', 'out'],
    ],
  )
})

test('stdio "pipe": streams of this process, with stdin', { skip }, async (t) => {
  const at = await place(t)
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, twoStreams),
    rootfs: at.rootfs,
    stdio: 'pipe',
  })
  assert.ok(container.stdin && container.stdout && container.stderr, 'all three streams')
  const all = Promise.all([text(container.stdout), text(container.stderr)])
  await container.start()
  container.stdin.end('through\n')
  assert.equal((await container.wait()).exitCode, 0)
  assert.deepEqual(await all, ['out\nthrough\n', 'err\n'])
  await container.delete()
})

test('stdio "pipe": a megabyte each way', { skip }, async (t) => {
  const at = await place(t)
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, ['cat']),
    rootfs: at.rootfs,
    stdio: 'pipe',
  })
  await container.start()
  const sent = 'x'.repeat(1023) + '\n'
  container.stdin?.end(sent.repeat(1024))
  const got = await text(container.stdout!)
  assert.equal(got.length, 1024 * 1024)
  assert.equal((await container.wait()).exitCode, 0)
  await container.delete()
})

test('stdio "ignore": /dev/null, of the host', { skip }, async (t) => {
  const at = await place(t)
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, ['sleep', '1000']),
    rootfs: at.rootfs,
    stdio: 'ignore',
  })
  await container.start()
  for (const stream of [0, 1, 2]) assert.match(readlinkSync(`/proc/${container.pid}/fd/${stream}`), /null$/)
  await container.delete({ force: true })
})

test('stdio of descriptors: they are the program’s own', { skip }, async (t) => {
  const at = await place(t)
  const [read, write] = pipeEnds()
  const input = openSync(join(at.rootfs, 'etc/passwd'), 'r')
  const file = openSync(join(at.folder, 'errors'), 'w')
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, ['sh', '-c', 'read -r line; echo "$line"; echo bad >&2']),
    rootfs: at.rootfs,
    stdio: { stdin: input, stdout: write, stderr: file },
  })
  await container.start()
  assert.equal((await container.wait()).exitCode, 0)
  for (const number of [write, input, file]) closeSync(number)
  const bytes = Buffer.alloc(1000)
  assert.equal(bytes.toString('utf8', 0, readSync(read, bytes)), 'root:x:0:0:root:/root:/bin/sh\n')
  assert.equal(readSync(read, bytes), 0, 'nobody else holds the other end')
  closeSync(read)
  assert.equal(readFileSync(join(at.folder, 'errors'), 'utf8'), 'bad\n')
  await container.delete()
})

test('stdio "inherit": this process’s own', { skip }, async (t) => {
  const at = await place(t)
  const fixture = fileURLToPath(new URL('../fixtures/run-inherit.ts', import.meta.url))
  const folder = bundle(at, config(at, ['sh', '-c', 'cat; echo err >&2; exit 3']))
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, at.root, folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end('from the test\n')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.equal(err, 'err\n')
  assert.equal(out, 'from the test\nended with 3\n')
})

test('nobody but the program holds its streams: a reader sees the end when it does', { skip }, async (t) => {
  const at = await place(t)
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, ['sh', '-c', 'exec >&-; exec 2>&-; sleep 1000']),
    rootfs: at.rootfs,
    stdio: 'pipe',
  })
  await container.start()
  // Ends although the container and its keeper run on: neither the keeper nor this process holds a write end.
  assert.equal(await text(container.stdout!), '')
  assert.equal(container.status, 'running')
  await container.delete({ force: true })
})

test('two containers at once do not see each other’s processes', { skip }, async (t) => {
  const at = await place(t)
  await running(t, at)
  const processes = await lines(at, 'ps -o pid,args; true')
  assert.deepEqual(
    processes.map((line) => line.trim().split(/\s+/)[0]),
    ['PID', '1', '2'],
  )
  assert.notDeepEqual(
    [...machine()].filter((line) => line.startsWith('process')),
    [],
  )
})
