// linux.namespaces of all eight types, new and joined; user namespaces with their maps; time offsets. Namespaces are compared
// by their inodes, as the host sees them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { capabilities } from '../../src/native/uapi.ts'
import type { NamespaceType } from '../../src/oci/config.ts'
import {
  addProbe,
  both,
  type Change,
  config,
  freshId,
  hasCapability,
  holder,
  lines,
  missing,
  mountAt,
  mountHere,
  mounts,
  namespaceOf,
  output,
  ownMountNamespace,
  parseMounts,
  place,
  refusedCreate,
  run,
  running,
} from './support.ts'

const skip = missing

before(() => {
  if (!skip) ownMountNamespace()
})

/** The name of each type in /proc/PID/ns. */
const files: Readonly<Record<NamespaceType, string>> = {
  mount: 'mnt',
  cgroup: 'cgroup',
  uts: 'uts',
  ipc: 'ipc',
  user: 'user',
  pid: 'pid',
  network: 'net',
  time: 'time',
}
const types = Object.keys(files) as NamespaceType[]
/** unshare(1), for one that is not there yet; not of mount, which a container must not change, and cgroup, pid, user need more. */
const unshareFlag: Readonly<Record<NamespaceType, string>> = {
  mount: '--mount',
  cgroup: '--cgroup',
  uts: '--uts',
  ipc: '--ipc',
  user: '--user',
  pid: '--pid',
  network: '--net',
  time: '--time',
}

/** Just these namespaces, and nothing that needs others. */
function only(...namespaces: readonly (NamespaceType | { type: NamespaceType; path: string })[]): Change {
  return (config) => {
    const list = namespaces.map((namespace) => (typeof namespace === 'string' ? { type: namespace } : namespace))
    config.linux!.namespaces = list
    const has = (type: NamespaceType) => list.some((namespace) => namespace.type === type)
    if (!has('uts')) delete config.hostname
    if (!list.some((namespace) => namespace.type === 'mount' && !('path' in namespace))) withoutMounts(config)
  }
}

const withoutMounts: Change = (config) => {
  config.mounts = []
  config.root.readonly = false
  config.linux!.maskedPaths = []
  config.linux!.readonlyPaths = []
}

/** Adds a namespace, or has the one of its type joined. */
function joining(type: NamespaceType, path: string): Change {
  return (config) => {
    const linux = config.linux!
    linux.namespaces = [...linux.namespaces!.filter((namespace) => namespace.type !== type), { type, path }]
    if (type === 'uts') delete config.hostname
    if (type === 'mount') withoutMounts(config)
  }
}

const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }]

/** A new user namespace, whose root is 100000 outside. */
const inUserNamespace: Change = ({ linux }) => {
  linux!.namespaces!.push({ type: 'user' })
  linux!.uidMappings = structuredClone(maps)
  linux!.gidMappings = structuredClone(maps)
}

const everyCapability: Change = ({ process }) => {
  // CI machines have no CAP_SYS_RESOURCE.
  const own = capabilities.filter((_, number) => hasCapability(number))
  process.capabilities = { bounding: own, effective: own, permitted: own }
}

function inodes(pid: number | 'self'): Record<string, string> {
  return Object.fromEntries(types.map((type) => [type, namespaceOf(pid, files[type])]))
}

test('all eight types new: none is the host’s', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (config) => {
    inUserNamespace(config)
    config.linux!.namespaces!.push({ type: 'time' })
  })
  const [inside, host] = [inodes(container.pid!), inodes('self')]
  for (const type of types) assert.notEqual(inside[type], host[type], type)
})

for (const type of types) {
  test(`a ${type} namespace alone is new, and all others are the host’s`, { skip }, async (t) => {
    const at = await place(t)
    const change = type === 'user' ? both(only('user', 'mount'), inUser) : only(type)
    const container = await running(t, at, both(change, minimalMounts))
    const [inside, host] = [inodes(container.pid!), inodes('self')]
    const differing = types.filter((other) => inside[other] !== host[other])
    assert.deepEqual(differing, type === 'user' ? ['mount', 'user'] : [type])
  })
}

/** What can be mounted without namespaces beside those of mounts and users. */
const minimalMounts: Change = (config) => {
  config.mounts = config.mounts!.filter(({ destination }) => destination === '/proc' || destination === '/dev')
  // A new procfs wants rights over the pid namespace: with the host's it is bound.
  if (!config.linux!.namespaces!.some(({ type }) => type === 'pid'))
    config.mounts = config.mounts.map((mount) =>
      mount.destination === '/proc'
        ? { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] }
        : mount,
    )
}

const inUser: Change = ({ linux }) => {
  linux!.uidMappings = structuredClone(maps)
  linux!.gidMappings = structuredClone(maps)
}

for (const type of types.filter((one) => one !== 'user' && one !== 'mount')) {
  test(`a ${type} namespace is joined by its path`, { skip }, async (t) => {
    const at = await place(t)
    const { pid } = holder(t, [unshareFlag[type]])
    const container = await running(t, at, joining(type, `/proc/${pid}/ns/${files[type]}`))
    assert.equal(namespaceOf(container.pid!, files[type]), namespaceOf(pid, files[type]))
    assert.notEqual(namespaceOf(container.pid!, files[type]), namespaceOf('self', files[type]))
    assert.notEqual(namespaceOf(container.pid!, 'mnt'), namespaceOf('self', 'mnt'), 'the others are new')
  })
}

test('a namespace is joined by where it is mounted', { skip }, async (t) => {
  const at = await place(t)
  const { pid } = holder(t, ['--net'])
  writeFileSync(join(at.folder, 'netns'), '')
  mountHere(['--bind', `/proc/${pid}/ns/net`], join(at.folder, 'netns'))
  const container = await running(t, at, joining('network', join(at.folder, 'netns')))
  assert.equal(namespaceOf(container.pid!, 'net'), namespaceOf(pid, 'net'))
})

test('many are joined at once', { skip }, async (t) => {
  const at = await place(t)
  const joined: NamespaceType[] = ['network', 'uts', 'ipc', 'pid', 'cgroup', 'time']
  const { pid } = holder(
    t,
    joined.map((type) => unshareFlag[type]),
    'hostname joined',
  )
  const change = both(...joined.map((type) => joining(type, `/proc/${pid}/ns/${files[type]}`)))
  const container = await running(t, at, change)
  for (const type of joined) assert.equal(namespaceOf(container.pid!, files[type]), namespaceOf(pid, files[type]), type)
  assert.equal(await output(at, ['hostname'], change), 'joined\n')
})

test('in a joined pid namespace the program is one of many, and its end ends none of them', { skip }, async (t) => {
  const at = await place(t)
  const { pid } = holder(t, ['--pid', '--mount-proc'])
  const change = joining('pid', `/proc/${pid}/ns/pid`)
  const found = await lines(at, 'ps -o comm | grep -c -x sleep; cat /proc/1/comm; echo $$', change)
  assert.deepEqual(found.slice(0, 2), ['1', 'sleep'])
  assert.notEqual(found[2], '1')
  process.kill(pid, 0)
})

test('a path of another type, or of no namespace, says what it is', { skip }, async (t) => {
  const at = await place(t)
  const code = 'ERR_STATOR_STAGE'
  const { pid } = holder(t, ['--uts'])
  const at5 = 'linux.namespaces[5]'
  await refusedCreate(at, joining('network', `/proc/${pid}/ns/uts`), {
    code,
    pointer: at5,
    errno: 'EINVAL',
    message: /a uts namespace, and should be a network namespace/,
  })
  await refusedCreate(at, joining('pid', '/proc/self/ns/net'), {
    code,
    pointer: at5,
    message: /a network namespace, and should be a pid namespace/,
  })
  await refusedCreate(at, joining('network', '/etc/passwd'), {
    code,
    pointer: at5,
    errno: 'EINVAL',
    message: /not a namespace/,
  })
  await refusedCreate(at, joining('network', '/dev/null'), {
    code,
    pointer: at5,
    errno: 'EINVAL',
    message: /not a namespace/,
  })
  execFileSync('mkfifo', [join(at.folder, 'fifo')])
  await refusedCreate(at, joining('network', join(at.folder, 'fifo')), {
    code,
    pointer: at5,
    message: /not a namespace/,
  })
  await refusedCreate(at, joining('network', '/no/such/namespace'), {
    code,
    pointer: at5,
    errno: 'ENOENT',
    message: /\/no\/such\/namespace/,
  })
  await refusedCreate(at, joining('network', 'relative'), { code: 'ERR_STATOR_CONFIG', pointer: `${at5}.path` })
})

test('the order of the list has no meaning: user comes first whatever it says (kernel rule 1)', { skip }, async (t) => {
  const at = await place(t)
  for (const reverse of [false, true]) {
    const found = await lines(at, 'readlink /proc/self/ns/user; id -u; cat /proc/self/uid_map', (config) => {
      inUserNamespace(config)
      if (reverse) config.linux!.namespaces!.reverse()
    })
    assert.notEqual(found[0], namespaceOf('self', 'user'))
    assert.deepEqual(found.slice(1), ['0', '         0     100000      65536'])
  }
})

test('no namespaces at all: the host’s, in another root by chroot', { skip }, async (t) => {
  const at = await place(t)
  const change = only()
  const container = await running(t, at, change)
  assert.deepEqual(inodes(container.pid!), inodes('self'))
  assert.equal(await output(at, 'pwd; ls / | grep -c -x -e bin -e etc', change), '/\n2\n')
})

test('a mount namespace is joined: the root is a folder in it', { skip }, async (t) => {
  const at = await place(t)
  // A mount that only that namespace has.
  mkdirSync(join(at.rootfs, 'only-there'))
  const { pid } = holder(
    t,
    ['--mount', '--propagation', 'private'],
    `mount -t tmpfs tmpfs ${at.rootfs}/only-there && touch ${at.rootfs}/only-there/seen`,
  )
  const change = joining('mount', `/proc/${pid}/ns/mnt`)
  const container = await running(t, at, change)
  assert.equal(namespaceOf(container.pid!, 'mnt'), namespaceOf(pid, 'mnt'))
  assert.equal(await output(at, ['ls', '/only-there'], change), 'seen\n')
  assert.equal(await output(at, ['ls', '/only-there']), '')
})

test(
  'without a mount namespace of its own a container changes no mount: each field that would is refused',
  { skip },
  async (t) => {
    const at = await place(t)
    const code = 'ERR_STATOR_CONFIG'
    const plain = only('pid')
    const tmpfs = { destination: '/m', type: 'tmpfs', source: 'tmpfs' }
    const { pid } = holder(t, ['--mount'])
    for (const base of [plain, joining('mount', `/proc/${pid}/ns/mnt`)]) {
      await refusedCreate(
        at,
        both(base, ({ mounts }) => mounts!.push(tmpfs)),
        { code, pointer: 'mounts' },
      )
      await refusedCreate(
        at,
        both(base, ({ root }) => (root.readonly = true)),
        { code, pointer: 'root.readonly' },
      )
      await refusedCreate(
        at,
        both(base, ({ linux }) => (linux!.maskedPaths = ['/etc'])),
        { code, pointer: 'linux.maskedPaths' },
      )
      await refusedCreate(
        at,
        both(base, ({ linux }) => (linux!.readonlyPaths = ['/etc'])),
        { code, pointer: 'linux.readonlyPaths' },
      )
      await refusedCreate(
        at,
        both(base, ({ linux }) => (linux!.rootfsPropagation = 'slave')),
        { code, pointer: 'linux.rootfsPropagation' },
      )
    }
  },
)

// Time.

test('time: offsets are added to what the host’s clocks say', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const clocks = async (timeOffsets?: object) => {
    const said = await output(at, ['probe', 'clocks'], ({ linux }) => {
      linux!.namespaces!.push({ type: 'time' })
      if (timeOffsets) linux!.timeOffsets = timeOffsets
    })
    return said.trim().split(' ').map(Number) as [number, number]
  }
  const near = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) < 60, `${found} is not near ${wanted}`)
  const [monotonic, boot] = await clocks()
  const [later, muchLater] = await clocks({
    monotonic: { secs: 1_000_000n },
    boottime: { secs: 100_000_000n, nanosecs: 5 },
  })
  near(later, monotonic + 1_000_000)
  near(muchLater, boot + 100_000_000)
  const [same, plus] = await clocks({ boottime: { secs: 50_000n } })
  near(same, monotonic)
  near(plus, boot + 50_000)
  assert.equal(
    Math.round(Number((await output(at, 'cut -d. -f1 /proc/uptime')).trim()) / 100),
    Math.round(boot / 100),
    'without: the host’s',
  )
})

test('time: negative offsets, and ones that the kernel refuses', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const at6: Change = ({ linux }) => linux!.namespaces!.push({ type: 'time' })
  const boot = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0])
  const said = await output(
    at,
    ['probe', 'clocks'],
    both(at6, ({ linux }) => (linux!.timeOffsets = { boottime: { secs: -10n } })),
  )
  assert.ok(Math.abs(Number(said.split(' ')[1]) - (boot - 10)) < 60, said)
  await refusedCreate(
    at,
    both(at6, ({ linux }) => (linux!.timeOffsets = { boottime: { secs: -(2n ** 62n) } })),
    {
      code: 'ERR_STATOR_STAGE',
      pointer: 'linux.timeOffsets',
      errno: 'ERANGE',
    },
  )
})

test('time: together with a user namespace', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const said = await output(at, ['probe', 'clocks'], (config) => {
    inUserNamespace(config)
    config.linux!.namespaces!.push({ type: 'time' })
    config.linux!.timeOffsets = { boottime: { secs: 1_000_000_000n } }
  })
  assert.ok(Number(said.split(' ')[1]) >= 1_000_000_000, said)
})

// User.

test('user: the maps are those of the config; who is 0 inside is 100000 outside', { skip }, async (t) => {
  const at = await place(t)
  const change: Change = (config) => {
    inUserNamespace(config)
    config.linux!.gidMappings = [
      { containerID: 0, hostID: 200_000, size: 10 },
      { containerID: 10, hostID: 300_000, size: 65_526 },
    ]
  }
  const container = await running(t, at, change)
  const ids = (file: string) => readFileSync(`/proc/${container.pid}/${file}`, 'utf8').trim().split(/\s+/).map(Number)
  assert.deepEqual(ids('uid_map'), [0, 100_000, 65_536])
  assert.deepEqual(ids('gid_map'), [0, 200_000, 10, 10, 300_000, 65_526])
  const { uid, gid } = statSync(`/proc/${container.pid}/status`)
  assert.deepEqual([uid, gid], [100_000, 200_000])
  assert.equal(readFileSync(`/proc/${container.pid}/setgroups`, 'utf8'), 'allow\n')
})

test('user: files are made with the ids of the host, and other owners are nobody', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'open'))
  chmodSync(join(at.rootfs, 'open'), 0o777)
  writeFileSync(join(at.rootfs, 'open/of-root'), '')
  writeFileSync(join(at.rootfs, 'open/mapped'), '')
  chownSync(join(at.rootfs, 'open/mapped'), 101_000, 101_000)
  const found = await lines(
    at,
    'touch /open/new; stat -c "%u %g" /open/of-root /open/mapped /open/new; id -G',
    (config) => {
      inUserNamespace(config)
      config.root.readonly = false
      config.process.user = { uid: 1000, gid: 1001, additionalGids: [5] }
    },
  )
  assert.deepEqual(found, ['65534 65534', '1000 1000', '1000 1001', '1001 5'])
  const made = statSync(join(at.rootfs, 'open/new'))
  assert.deepEqual([made.uid, made.gid], [101_000, 101_001])
})

test('user: an id that is not mapped, and a map that is missing, are refused', { skip }, async (t) => {
  const at = await place(t)
  const code = 'ERR_STATOR_CONFIG'
  await refusedCreate(
    at,
    both(inUserNamespace, ({ process }) => (process.user = { uid: 70_000, gid: 0 })),
    { code, pointer: 'process.user.uid' },
  )
  await refusedCreate(
    at,
    both(inUserNamespace, ({ linux }) => delete linux!.gidMappings),
    { code, pointer: 'linux.gidMappings' },
  )
})

test('user: every default mount is there, and devices are the host’s, bound (kernel rule 12)', { skip }, async (t) => {
  const at = await place(t)
  const script =
    'cat /proc/self/mountinfo; echo ---; echo x > /dev/null && head -c 3 /dev/zero | wc -c; ls -l /dev/full | cut -c1-10; ls /dev/fd/'
  const [info = '', rest] = (await output(at, script, inUserNamespace)).split('---\n')
  const all = parseMounts(info)
  for (const point of ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys', '/sys/fs/cgroup'])
    mountAt(all, point)
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty'])
    assert.equal(mountAt(all, `/dev/${name}`).type, 'devtmpfs', name)
  assert.match(rest ?? '', /^3\ncrw-rw-rw-\n0\n1\n2\n/)
})

test('user: with the network of the host /sys is bound, read-only (kernel rule 12)', { skip }, async (t) => {
  const at = await place(t)
  const change: Change = (config) => {
    inUserNamespace(config)
    config.linux!.namespaces = config.linux!.namespaces!.filter(({ type }) => type !== 'network')
    config.mounts = config.mounts!.filter(({ destination }) => !destination.startsWith('/sys/'))
  }
  const all = parseMounts(await output(at, ['cat', '/proc/self/mountinfo'], change))
  const sys = mountAt(all, '/sys')
  assert.equal(sys.type, 'sysfs')
  assert.ok(sys.options.includes('ro'), sys.options.join())
})

test(
  'user: bind sources and a rootfs below folders that only the host’s root may enter (kernel rule 10)',
  { skip },
  async (t) => {
    const at = await place(t)
    const secret = join(at.folder, 'secret')
    mkdirSync(join(secret, 'source'), { recursive: true })
    writeFileSync(join(secret, 'source/file'), 'reached\n')
    chmodSync(secret, 0o700)
    mkdirSync(join(at.rootfs, 'm'))
    chmodSync(at.folder, 0o700)
    const found = await output(at, 'cat /m/file', (config) => {
      inUserNamespace(config)
      config.mounts!.push({ destination: '/m', type: 'bind', source: join(secret, 'source'), options: ['bind', 'ro'] })
    })
    assert.equal(found, 'reached\n')
  },
)

test('user: submounts come along with rbind, and not without (kernel rule 10)', { skip }, async (t) => {
  const at = await place(t)
  const source = join(at.folder, 'source')
  mkdirSync(source)
  mountHere(['-t', 'tmpfs', 'tmpfs'], source)
  mkdirSync(join(source, 'sub'))
  mountHere(['-t', 'tmpfs', 'tmpfs'], join(source, 'sub'))
  writeFileSync(join(source, 'sub/file'), '')
  mkdirSync(join(at.rootfs, 'm'))
  const list = (option: string) =>
    output(at, ['ls', '/m/sub'], (config) => {
      inUserNamespace(config)
      config.mounts!.push({ destination: '/m', type: 'bind', source, options: [option] })
    })
  assert.equal(await list('rbind'), 'file\n')
  assert.equal(await list('bind'), '')
})

test('user: what a bind of the host has set stays, unless the config says otherwise', { skip }, async (t) => {
  const at = await place(t)
  const source = join(at.folder, 'source')
  mkdirSync(source)
  mountHere(['-t', 'tmpfs', '-o', 'nosuid,nodev', 'tmpfs'], source)
  mkdirSync(join(at.rootfs, 'm'))
  const words = async (...options: string[]) => {
    const info = await output(at, ['cat', '/proc/self/mountinfo'], (config) => {
      inUserNamespace(config)
      config.mounts!.push({ destination: '/m', type: 'bind', source, options: ['bind', ...options] })
    })
    return mountAt(parseMounts(info), '/m')
      .options.filter((option) => /^no(suid|dev|exec)$/.test(option))
      .sort()
  }
  assert.deepEqual(await words(), ['nodev', 'nosuid'])
  assert.deepEqual(await words('noexec'), ['nodev', 'noexec', 'nosuid'])
  assert.deepEqual(await words('dev'), ['nosuid'])
})

test('user: the program cannot take off what its mounts were given (kernel rule 12)', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const [MS_REMOUNT, MS_BIND, MS_RDONLY] = [32, 4096, 1]
  // In mounts of another user namespace's making attributes are locked; these are the container's own, so its root may.
  const found = await run(
    at,
    [
      'sh',
      '-c',
      `unshare -U -r -m probe mount none /sys '' ${MS_REMOUNT | MS_BIND}; unshare -U -r -m probe mount none /sys '' ${MS_REMOUNT | MS_BIND | MS_RDONLY | 14}`,
    ],
    both(inUserNamespace, everyCapability),
  )
  assert.equal(found.stdout, 'EPERM\nok\n', found.stderr)
})

test('user: all capabilities inside are none outside', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  writeFileSync(join(at.rootfs, 'of-root'), '')
  chmodSync(join(at.rootfs, 'of-root'), 0o600)
  const found = await run(
    at,
    [
      'sh',
      '-c',
      'probe open /of-root r; probe mknod /tmp/node 1 3; probe write /proc/sys/kernel/panic 0; hostname changed && hostname',
    ],
    (config) => {
      inUserNamespace(config)
      everyCapability(config)
      config.root.readonly = false
      config.linux!.readonlyPaths = []
      config.mounts!.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' })
    },
  )
  assert.equal(found.stdout, 'EACCES\nEPERM\nEACCES\nchanged\n')
})

test('user: joined by its path, with the namespaces that it owns', { skip }, async (t) => {
  const at = await place(t)
  const { pid } = holder(t, ['--user', '--map-root-user', '--net'])
  const change = both(joining('user', `/proc/${pid}/ns/user`), joining('network', `/proc/${pid}/ns/net`), (config) => {
    // Its map has no group 5.
    const pts = config.mounts!.find(({ type }) => type === 'devpts')
    pts!.options = pts!.options!.filter((option) => option !== 'gid=5')
  })
  const container = await running(t, at, change)
  for (const type of ['user', 'network'] as const)
    assert.equal(namespaceOf(container.pid!, files[type]), namespaceOf(pid, files[type]), type)
  const found = await lines(
    at,
    'id -u; cat /proc/self/uid_map; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "',
    change,
  )
  assert.deepEqual(found, ['0', '         0          0          1', 'lo'])
})

test('network: lo is up in a new namespace, and nothing else is there', { skip }, async (t) => {
  const at = await place(t)
  const found = await output(at, 'ip -o addr; ping -c 1 -W 1 127.0.0.1 | grep -c "1 packets received"', everyCapability)
  assert.match(found, /^1: lo\s+inet 127\.0\.0\.1\/8 /)
  assert.match(found, /\n1\n$/)
  assert.equal(
    found
      .split('\n')
      .filter((line) => /^\d+: /.test(line))
      .every((line) => line.startsWith('1: lo')),
    true,
  )
})

test('ipc: message queues and shared memory are the container’s own', { skip }, async (t) => {
  const at = await place(t)
  assert.equal(await output(at, 'touch /dev/mqueue/own; ls /dev/mqueue; cat /proc/sysvipc/shm | wc -l'), 'own\n1\n')
  assert.equal(await output(at, 'ls /dev/mqueue'), '')
})

test('pid: the program is 1, and its end is the end of all its children', { skip }, async (t) => {
  const at = await place(t)
  const id = freshId()
  const container = await at.runtime.create({
    id,
    config: config(at, ['sh', '-c', 'sleep 1000 & sleep 1000 & read -r _']),
    rootfs: at.rootfs,
    stdio: 'pipe',
  })
  await container.start()
  await untilChildren(container.pid!, 2)
  const children = readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
  container.stdin!.end('\n')
  await container.wait()
  for (const pid of children) assert.throws(() => readFileSync(`/proc/${pid}/cmdline`), /ENOENT|ESRCH/)
  await container.delete()
})

/** A shell's children are there once it has forked: it tells by what it does next, opening its stdin. */
async function untilChildren(pid: number, wanted: number): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const found = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    if (found.length >= wanted) return
    assert.ok(Date.now() < deadline, 'no children')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test(
  'mounts of a new mount namespace are not the host’s: unmounting inside changes nothing outside',
  { skip },
  async (t) => {
    const at = await place(t)
    const before = mounts('self')
    await run(at, ['umount', '/proc'], everyCapability)
    assert.deepEqual(mounts('self'), before)
    rmSync(join(at.rootfs, 'nothing'), { force: true })
  },
)
