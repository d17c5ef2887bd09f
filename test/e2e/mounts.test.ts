// config.json's `mounts`, `root` and `linux.rootfsPropagation`: what /proc/self/mountinfo says inside, what can be done there,
// what the host sees of it, and what runc gives for the same bundle.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { capabilities } from '../../src/native/uapi.ts'
import type { Mount, Spec } from '../../src/oci/config.ts'
import { knownMountOptions } from '../../src/oci/mount-options.ts'
import {
  addProbe,
  both,
  bundle,
  type Change,
  config,
  created,
  freshId,
  lines,
  missing,
  missingRunc,
  mountAt,
  mountHere,
  type MountInfo,
  mounts,
  namespaceOf,
  output,
  ownMountNamespace,
  parseMounts,
  type Place,
  place,
  refusedCreate,
  run,
  runc,
  runcSpec,
  running,
  type Writable,
} from './support.ts'

const skip = missing

before(() => {
  if (!skip) ownMountNamespace()
})

/** Adds mounts to the default ones. */
function mounting(...added: readonly Mount[]): Change {
  return (config) => config.mounts?.push(...(structuredClone(added) as Writable<Mount>[]))
}

/** What the container sees at a place. */
async function seen(at: Place, point: string, change: Change): Promise<MountInfo> {
  return mountAt(parseMounts(await output(at, ['cat', '/proc/self/mountinfo'], change)), point)
}

/** Gives the program the right to mount. */
const mayMount: Change = ({ process }) => {
  const all = capabilities.filter((name) => name !== 'CAP_SYS_RESOURCE')
  process.capabilities = { bounding: all, effective: all, permitted: all }
}

const bind = (source: string, destination: string, ...options: string[]): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['bind', ...options],
})

// The same as runc.

test('for the bundle of `runc spec` the same mounts as with runc', { skip: missingRunc }, async (t) => {
  const at = await place(t)
  const spec = runcSpec(at, ['cat', '/proc/self/mountinfo'])
  const theirs = runc(at, spec)
  const ours = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
  assert.deepEqual(comparable(ours.stdout, at), comparable(theirs.stdout, at))
})

test('the same as runc for binds, file systems and options of many kinds', { skip: missingRunc }, async (t) => {
  const at = await place(t)
  const source = join(at.folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'file'), 'of the host\n')
  mountHere(['-t', 'tmpfs', 'tmpfs'], source)
  mkdirSync(join(source, 'sub'))
  mountHere(['-t', 'tmpfs', 'tmpfs'], join(source, 'sub'))
  writeFileSync(join(source, 'file'), '')
  const added: Mount[] = [
    bind(source, '/b1'),
    bind(source, '/b2', 'ro'),
    bind(source, '/b3', 'rbind', 'ro', 'nodev'),
    bind(source, '/b4', 'rbind', 'rprivate'),
    bind(source, '/b5', 'rbind', 'rslave'),
    bind(join(source, 'file'), '/deep/er/file', 'ro', 'noexec'),
    { destination: '/t1', type: 'tmpfs', source: 'tmpfs' },
    {
      destination: '/t2',
      type: 'tmpfs',
      source: 'other',
      options: ['size=1m', 'mode=700', 'uid=5', 'nosuid', 'noatime'],
    },
    { destination: '/t3', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'strictatime'] },
    { destination: '/p', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0600', 'mode=0600'] },
  ]
  const spec = runcSpec(at, ['cat', '/proc/self/mountinfo'], ({ mounts }) =>
    mounts?.push(...(added as Writable<Mount>[])),
  )
  const theirs = runc(at, spec)
  assert.equal(theirs.exitCode, 0, theirs.stderr)
  const ours = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
  assert.deepEqual(comparable(ours.stdout, at), comparable(theirs.stdout, at))
})

/** Where Stator differs on purpose: the place, and what is not compared there. */
const different: readonly {
  readonly point: RegExp
  readonly fields: readonly (keyof MountInfo)[]
  readonly why: string
}[] = [
  {
    point: /^\/sys\/fs\/cgroup$/,
    fields: ['options'],
    why: 'read-only when the config says so: runc leaves the tmpfs writable',
  },
  {
    point: /^\/sys\/fs\/cgroup\//,
    fields: ['root'],
    why: 'a container has groups only in the hierarchies that count or limit it',
  },
  {
    point: /^\/proc\/(kcore|keys|timer_list|latency_stats|sched_debug|timer_stats)$/,
    fields: ['type', 'source', 'root', 'options', 'superblock'],
    why: 'masked by the /dev/null of the host, not of the container (CVE-2025-31133)',
  },
  {
    point: /^\/(proc\/(acpi|asound|scsi)|sys\/(firmware|devices\/virtual\/powercap))$/,
    fields: ['source'],
    why: 'the tmpfs of masks has no name',
  },
]

/** Mounts by place, without the numbers that differ from run to run. */
function comparable(text: string, { rootfs }: Place): Record<string, object> {
  const all = parseMounts(text)
  assert.ok(all.length > 5, text)
  return Object.fromEntries(
    all
      .map((mount, index): [string, object] => {
        const above = all.findLast(({ id }, other) => other !== index && id === mount.parent)
        const { id: _, parent, groups, ...fields } = mount
        const kept = Object.entries(fields).filter(
          ([name]) =>
            !different.some(({ point, fields }) => point.test(mount.point) && fields.includes(name as 'root')),
        )
        return [
          `${mount.point} on ${above?.point ?? 'nothing'}`,
          {
            ...Object.fromEntries(kept),
            options: kept.some(([name]) => name === 'options') ? [...mount.options].sort() : [],
            ...(mount.root === rootfs ? { root: 'the rootfs' } : {}),
          },
        ]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

// File systems.

test('proc, sysfs, mqueue and devpts are new and of the container', { skip }, async (t) => {
  const at = await place(t)
  const found = await lines(
    at,
    [
      'readlink /proc/self | grep -c .',
      'ls /sys/class/net',
      'stat -f -c %T /dev/mqueue /dev/pts /proc /sys /dev/shm | tr "\\n" " "; echo',
      'stat -c "%a %t:%T" /dev/pts/ptmx',
      'ls /dev/pts',
      'grep -o "hidepid=[^,]*" /proc/self/mountinfo | sort -u',
    ].join('; '),
    (config) => {
      const proc = config.mounts?.find(({ destination }) => destination === '/proc')
      proc?.options?.push('hidepid=2')
    },
  )
  assert.deepEqual(found, ['1', 'lo', 'UNKNOWN devpts proc sysfs tmpfs ', '666 5:2', 'ptmx', 'hidepid=invisible'])
})

test('tmpfs: size, mode, owner and number of files', { skip }, async (t) => {
  const at = await place(t)
  const options = ['size=65536', 'mode=1737', 'uid=5', 'gid=6', 'nr_inodes=10']
  const found = await lines(
    at,
    'stat -c "%a %u %g" /m; dd if=/dev/zero of=/m/big bs=1k count=100 2>&1 | grep -o "No space.*"; stat -c %s /m/big; rm /m/big; for i in 1 2 3 4 5 6 7 8 9 a b c; do touch /m/$i 2>/dev/null; done; ls /m | wc -l',
    mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options }),
  )
  assert.deepEqual(found, ['1737 5 6', 'No space left on device', '65536', '9'])
})

test('tmpfs: without a mode it has that of the folder it covers', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'm'))
  chmodSync(join(at.rootfs, 'm'), 0o3751)
  const mode = (...options: string[]) =>
    output(at, ['stat', '-c', '%a', '/m'], mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options }))
  assert.equal(await mode(), '3751\n')
  assert.equal(await mode('mode=700'), '700\n')
})

test('overlay: lower folders are seen, what is written goes to the upper one', { skip }, async (t) => {
  const at = await place(t)
  for (const name of ['lower', 'below', 'upper', 'work']) mkdirSync(join(at.folder, name))
  writeFileSync(join(at.folder, 'lower/a'), 'upper of the two\n')
  writeFileSync(join(at.folder, 'below/a'), 'hidden\n')
  writeFileSync(join(at.folder, 'below/b'), 'from below\n')
  const [lower, below, upper, work] = ['lower', 'below', 'upper', 'work'].map((name) => join(at.folder, name))
  const options = [`lowerdir=${lower}:${below}`, `upperdir=${upper}`, `workdir=${work}`]
  const found = await output(
    at,
    'cat /m/a /m/b; echo changed > /m/b; cat /m/b',
    mounting({ destination: '/m', type: 'overlay', source: 'overlay', options }),
  )
  assert.equal(found, 'upper of the two\nfrom below\nchanged\n')
  assert.equal(readFileSync(join(at.folder, 'upper/b'), 'utf8'), 'changed\n')
  assert.equal(readFileSync(join(at.folder, 'below/b'), 'utf8'), 'from below\n')
})

test(
  'overlay: thirty lower folders, and paths longer than one call takes, as with runc',
  { skip: missingRunc },
  async (t) => {
    const at = await place(t)
    const layers = Array.from({ length: 30 }, (_, n) => `layer ${n} of:many\\with, ${'long '.repeat(20)}name`)
    for (const [n, name] of layers.entries()) {
      mkdirSync(join(at.folder, name))
      writeFileSync(join(at.folder, name, `of-${n}`), `${n}\n`)
      writeFileSync(join(at.folder, name, 'of-all'), `${n}\n`)
    }
    for (const name of ['upper', 'work']) mkdirSync(join(at.folder, name))
    const escaped = layers.map((name) => join(at.folder, name).replaceAll(/[\\:,]/g, '\\$&'))
    const mount = (folders: readonly string[]): Mount => ({
      destination: '/m',
      type: 'overlay',
      source: 'overlay',
      options: [`lowerdir=${folders.join(':')}`, `upperdir=${at.folder}/upper`, `workdir=${at.folder}/work`],
    })
    const script = 'cd /m && for f in *; do echo $f $(cat $f); done; echo changed > of-3; cat of-3'
    const ours = await lines(at, script, mounting(mount(escaped)))
    assert.ok(ours.includes('of-all 0') && ours.includes('of-29 29') && ours.at(-1) === 'changed', ours.join('\n'))
    assert.equal(readFileSync(join(at.folder, 'upper/of-3'), 'utf8'), 'changed\n')
    rmSync(join(at.folder, 'upper/of-3'))
    // As many as mount(2) takes.
    const some = escaped.slice(0, 18)
    const spec = runcSpec(at, ['sh', '-c', script], ({ mounts }) => mounts?.push(mount(some) as Writable<Mount>))
    const theirs = runc(at, spec)
    assert.equal(theirs.exitCode, 0, theirs.stderr)
    rmSync(join(at.folder, 'upper/of-3'))
    assert.deepEqual(await lines(at, script, mounting(mount(some))), theirs.stdout.split('\n').slice(0, -1))
  },
)

test('overlay: folders whose own path is longer than 255 bytes', { skip }, async (t) => {
  const at = await place(t)
  const long = (name: string) => join(at.folder, ...Array<string>(3).fill('x'.repeat(100)), `${name}: "${name}"`)
  for (const name of ['lower', 'below', 'upper', 'work']) mkdirSync(long(name), { recursive: true })
  writeFileSync(join(long('lower'), 'a'), 'a\n')
  writeFileSync(join(long('below'), 'b'), 'b\n')
  const [lower, below, upper, work] = ['lower', 'below', 'upper', 'work'].map((n) => long(n).replaceAll(':', '\\:'))
  const options = [`lowerdir=${lower}:${below}`, `upperdir=${upper}`, `workdir=${work}`]
  const mount: Mount = { destination: '/m', type: 'overlay', source: 'overlay', options }
  assert.deepEqual(await lines(at, 'cat /m/a /m/b; echo c > /m/c', mounting(mount)), ['a', 'b'])
  assert.equal(readFileSync(join(long('upper'), 'c'), 'utf8'), 'c\n')
  const gone = { ...mount, options: [`lowerdir=${lower}:${below}/gone`] }
  const message = /^open the layer .*\/gone: ENOENT \(mounts\[7\]\)$/
  await refusedCreate(at, mounting(gone), { code: 'ERR_STATOR_STAGE', errno: 'ENOENT', pointer: 'mounts[7]', message })
})

test('bind: a folder, and a file; seen and written from both sides', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.folder, 'shared'))
  writeFileSync(join(at.folder, 'shared/in'), 'from the host\n')
  writeFileSync(join(at.folder, 'single'), 'a file\n')
  const found = await output(
    at,
    'cat /m/in /etc/single; echo written > /m/out; echo more >> /etc/single',
    mounting(bind(join(at.folder, 'shared'), '/m'), bind(join(at.folder, 'single'), '/etc/single')),
  )
  assert.equal(found, 'from the host\na file\n')
  assert.equal(readFileSync(join(at.folder, 'shared/out'), 'utf8'), 'written\n')
  assert.equal(readFileSync(join(at.folder, 'single'), 'utf8'), 'a file\nmore\n')
})

test('bind is of one mount, rbind of all below', { skip }, async (t) => {
  const at = await place(t)
  const source = hostTree(at, [])
  const found = (...options: string[]) => output(at, 'ls /m /m/sub', mounting(bind(source, '/m', ...options)))
  assert.equal(await found(), '/m:\nsub\ntop\n\n/m/sub:\n')
  assert.equal(await found('rbind'), '/m:\nsub\ntop\n\n/m/sub:\nbelow\n')
})

/** A tmpfs of the host's side with another one below it, both with these options of mount(8). */
function hostTree(at: Place, options: readonly string[], name = 'tree'): string {
  const top = join(at.folder, name)
  const sub = join(top, 'sub')
  mkdirSync(top)
  mountHere(['-t', 'tmpfs', 'tmpfs'], top)
  writeFileSync(join(top, 'top'), '')
  mkdirSync(sub)
  mountHere(['-t', 'tmpfs', 'tmpfs'], sub)
  writeFileSync(join(sub, 'below'), '')
  if (options.length > 0)
    for (const point of [sub, top]) execFileSync('mount', ['-o', `remount,bind,${options.join(',')}`, point])
  return top
}

test(
  'cgroup: each hierarchy of this machine, read-only, with the container’s own group as its root',
  { skip },
  async (t) => {
    const at = await place(t)
    const found = parseMounts(await output(at, ['cat', '/proc/self/mountinfo'])).filter(({ point }) =>
      point.startsWith('/sys/fs/cgroup'),
    )
    const types = new Set(
      mounts('self')
        .filter(({ type }) => type.startsWith('cgroup'))
        .map(({ type }) => type),
    )
    for (const { options } of found) assert.ok(options.includes('ro'), 'as the config says')
    if (types.has('cgroup')) {
      const controllers = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
      const named = controllers.filter((line) => !line.startsWith('0:'))
      assert.equal(found.length, named.length + 1, 'a tmpfs, and one mount a hierarchy')
    } else
      assert.deepEqual(
        found.map(({ type }) => type),
        ['cgroup2'],
      )
    for (const { type, root } of found) if (type !== 'tmpfs') assert.equal(root, '/', 'of its own cgroup namespace')
    const inside = await lines(at, 'cat /sys/fs/cgroup/pids/cgroup.procs /sys/fs/cgroup/cgroup.procs 2>/dev/null; true')
    assert.ok(inside.length <= 2 && inside.includes('1'), `only its own processes: ${inside.join(' ')}`)
  },
)

test(
  'cgroup: without a cgroup namespace the container’s own group is bound, and nothing above it',
  { skip },
  async (t) => {
    const at = await place(t)
    const id = freshId()
    const spec = config(at, ['cat', '/proc/self/mountinfo'], ({ linux }) => {
      linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'cgroup')
    })
    const done = await at.runtime.run({ id, config: spec, rootfs: at.rootfs })
    const found = parseMounts(done.stdout)
    const pids =
      found.find(({ point }) => /^\/sys\/fs\/cgroup(\/pids)?$/.test(point) && point.endsWith('pids')) ??
      mountAt(found, '/sys/fs/cgroup')
    assert.match(pids.root, new RegExp(`${id}$`))
  },
)

test(
  'what cannot be mounted is refused by its place, in the kernel’s own words (kernel rule 21)',
  { skip },
  async (t) => {
    const at = await place(t)
    const pointer = 'mounts[7]'
    const code = 'ERR_STATOR_STAGE'
    const tmpfs = { destination: '/m', type: 'tmpfs', source: 'tmpfs' }
    await refusedCreate(at, mounting({ ...tmpfs, options: ['size=banana'] }), {
      code,
      pointer,
      errno: 'EINVAL',
      message: /tmpfs: Bad value for 'size'/,
    })
    await refusedCreate(at, mounting({ ...tmpfs, options: ['no-such-option'] }), {
      code,
      pointer,
      errno: 'EINVAL',
      message: /Unknown parameter 'no-such-option'/,
    })
    await refusedCreate(at, mounting({ ...tmpfs, type: 'nosuchfs' }), {
      code,
      pointer,
      errno: 'ENODEV',
      message: /nosuchfs/,
    })
    await refusedCreate(at, mounting(bind('/no/such/source', '/m')), {
      code,
      pointer,
      errno: 'ENOENT',
      message: /no\/such\/source/,
    })
    await refusedCreate(at, mounting(bind('/etc/hostname', '/etc')), { code, pointer, errno: 'EINVAL' })
    await refusedCreate(at, mounting({ destination: '/none', options: ['remount', 'ro'] }), {
      code,
      pointer,
      errno: 'ENOENT',
    })
    await refusedCreate(at, mounting({ destination: '/bin', options: ['remount', 'ro'] }), {
      code,
      pointer,
      errno: 'EINVAL',
    })
  },
)

// Options. Each is tried by what it does to a mount that has the opposite, on a new tmpfs or on a bind.

type Check = (at: Place, t: TestContext, option: string) => Promise<void>

const everyAttribute = ['ro', 'nosuid', 'nodev', 'noexec', 'nodiratime', 'nosymfollow']
/** Of an attribute, or of a kind of access time, the word in mountinfo. */
const opposite: Readonly<Record<string, string>> = {
  rw: 'ro',
  suid: 'nosuid',
  dev: 'nodev',
  exec: 'noexec',
  diratime: 'nodiratime',
  symfollow: 'nosymfollow',
}

/** The words of mountinfo that say something about attributes. */
function attributes({ options }: MountInfo): string[] {
  return options.filter((option) => everyAttribute.includes(option)).sort()
}

function accessTime({ options }: MountInfo): string {
  return ['relatime', 'noatime'].find((word) => options.includes(word)) ?? 'strictatime'
}

const sets: Check = async (at, t, option) => {
  const recursive = option.startsWith('r') && option !== 'ro' && option !== 'rw'
  const name = recursive ? option.slice(1) : option
  const fresh = await seen(at, '/m', mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options: [option] }))
  assert.deepEqual(attributes(fresh), [name], 'a new file system')
  const source = hostTree(at, [], `plain-${option}`)
  const all = parseMounts(
    await output(at, ['cat', '/proc/self/mountinfo'], mounting(bind(source, '/m', 'rbind', option))),
  )
  assert.deepEqual(attributes(mountAt(all, '/m')), [name], 'a bind')
  assert.deepEqual(attributes(mountAt(all, '/m/sub')), recursive ? [name] : [], 'a mount below it')
}

const clears: Check = async (at, t, option) => {
  const recursive = option.startsWith('r') && option !== 'rw'
  const name = opposite[recursive ? option.slice(1) : option]
  assert.ok(name, `no opposite of ${option}`)
  const source = hostTree(at, everyAttribute, `full-${option}`)
  const all = parseMounts(
    await output(at, ['cat', '/proc/self/mountinfo'], mounting(bind(source, '/m', 'rbind', option))),
  )
  const others = everyAttribute.filter((word) => word !== name).sort()
  const everything = [...everyAttribute].sort()
  assert.deepEqual(attributes(mountAt(all, '/m')), others, 'just that one is cleared')
  assert.deepEqual(attributes(mountAt(all, '/m/sub')), recursive ? others : everything, 'and below')
}

/** What a kind of access time becomes, from each of the three (mount(8), "atime"). */
const setsAccessTime =
  (wanted: string): Check =>
  async (at, t, option) => {
    const recursive = /^r(relatime|norelatime|noatime|atime|strictatime|nostrictatime)$/.test(option)
    for (const from of ['relatime', 'noatime', 'strictatime']) {
      const source = hostTree(at, [from], `${from}-${option}`)
      const all = parseMounts(
        await output(at, ['cat', '/proc/self/mountinfo'], mounting(bind(source, '/m', 'rbind', option))),
      )
      assert.equal(accessTime(mountAt(all, '/m')), wanted, `from ${from}`)
      assert.equal(accessTime(mountAt(all, '/m/sub')), recursive ? wanted : from, `below, from ${from}`)
    }
  }

const superblock =
  (word: string | null, without?: string): Check =>
  async (at, _t, option) => {
    const all = await seen(at, '/m', mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options: [option] }))
    const words = ['sync', 'dirsync', 'lazytime', 'mand']
    assert.deepEqual(
      all.superblock.filter((one) => words.includes(one)),
      word === null ? [] : [word],
    )
    if (without === undefined) return
    // The later of two counts, and a remount clears what is set.
    const last = await seen(
      at,
      '/m',
      mounting(
        { destination: '/m', type: 'tmpfs', source: 'tmpfs', options: [without] },
        { destination: '/m', options: ['remount', option] },
      ),
    )
    assert.deepEqual(
      last.superblock.filter((one) => words.includes(one)),
      [],
    )
  }

const propagates =
  (wanted: readonly string[]): Check =>
  async (at, t, option) => {
    const recursive = option.startsWith('r')
    const source = hostTree(at, [], `tree-${option}`)
    const all = parseMounts(
      await output(at, ['cat', '/proc/self/mountinfo'], mounting(bind(source, '/m', 'rbind', option))),
    )
    assert.deepEqual(mountAt(all, '/m').propagation, wanted)
    assert.deepEqual(mountAt(all, '/m/sub').propagation, recursive ? wanted : [])
    const fresh = await seen(
      at,
      '/m',
      mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options: [option] }),
    )
    assert.deepEqual(fresh.propagation, wanted)
  }

const nothing: Check = async (at, _t, option) => {
  const mount = (...options: string[]) =>
    seen(at, '/m', mounting({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options }))
  const [plain, changed] = [await mount(), await mount(option)]
  assert.deepEqual([changed.options, changed.superblock], [plain.options, plain.superblock])
}

const binds: Check = async (at, t, option) => {
  const source = hostTree(at, [], `tree-${option}`)
  const all = parseMounts(
    await output(
      at,
      ['cat', '/proc/self/mountinfo'],
      mounting({ destination: '/m', type: 'none', source, options: [option] }),
    ),
  )
  assert.equal(mountAt(all, '/m').type, 'tmpfs')
  assert.equal(
    all.some(({ point }) => point === '/m/sub'),
    option === 'rbind',
  )
}

const unsupported: Check = async (at, _t, option) => {
  await refusedCreate(at, mounting(bind('/usr', '/m', option)), {
    code: 'ERR_STATOR_UNSUPPORTED',
    pointer: 'mounts[7].options[1]',
  })
}

const remounts: Check = async (at) => {
  const found = await seen(
    at,
    '/m',
    mounting(
      { destination: '/m', type: 'tmpfs', source: 'tmpfs', options: ['size=1m', 'nosuid'] },
      { destination: '/m', options: ['remount', 'size=2m', 'noexec', 'ro'] },
    ),
  )
  assert.deepEqual(attributes(found), ['noexec', 'nosuid', 'ro'], 'what is not named stays')
  assert.ok(found.superblock.includes('size=2048k') && found.superblock.includes('ro'), found.superblock.join())
}

const [atime, noatime, strict] = ['relatime', 'noatime', 'strictatime'].map(setsAccessTime) as [Check, Check, Check]

const checks: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(everyAttribute.flatMap((name) => [[name, sets], [`r${name}`, sets]])), // prettier-ignore
  ...Object.fromEntries(Object.keys(opposite).flatMap((name) => [[name, clears], [`r${name}`, clears]])), // prettier-ignore
  ...Object.fromEntries(['', 'r'].flatMap((r) => [
    [`${r}relatime`, atime],
    [`${r}noatime`, noatime],
    [`${r}strictatime`, strict],
    // Switching one off is one's own default: relatime; without relatime strictatime is left.
    [`${r}atime`, atime],
    [`${r}nostrictatime`, atime],
    [`${r}norelatime`, strict],
    ...Object.entries({ shared: ['shared'], slave: [], private: [], unbindable: ['unbindable'] }).map(
      ([type, wanted]) => [`${r}${type}`, propagates(wanted)] as const,
    ),
  ])), // prettier-ignore
  sync: superblock('sync'),
  async: superblock(null, 'sync'),
  dirsync: superblock('dirsync'),
  lazytime: superblock('lazytime'),
  nolazytime: superblock(null, 'lazytime'),
  mand: superblock('mand'),
  nomand: superblock(null, 'mand'),
  silent: nothing,
  loud: nothing,
  iversion: nothing,
  noiversion: nothing,
  defaults: nothing,
  bind: binds,
  rbind: binds,
  remount: remounts,
  idmap: unsupported,
  ridmap: unsupported,
  tmpcopyup: nothing,
}

for (const option of knownMountOptions()) {
  test(`mount option "${option}"`, { skip }, async (t) => {
    const check = checks[option]
    assert.ok(check, `no test of the option "${option}"`)
    await check(await place(t), t, option)
  })
}

test('the attributes are enforced, and not only written down', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  addProbe(at.folder, 'suid', 0o4755)
  const source = join(at.folder, 'source')
  mkdirSync(source)
  execFileSync('mv', [join(at.folder, 'suid'), source])
  symlinkSync('suid', join(source, 'link'))
  execFileSync('mknod', [join(source, 'null'), 'c', '1', '3'])
  const script = '/m/suid ids; /m/link ids; (: > /m/null) && echo opened; touch /m/new && echo touched'
  const found = async (...options: string[]) => {
    rmSync(join(source, 'new'), { force: true })
    const done = await run(
      at,
      ['sh', '-c', `(${script}) 2>&1`],
      both(mounting(bind(source, '/m', ...options)), ({ process }) => {
        process.noNewPrivileges = false
        process.user = { uid: 1000, gid: 1000 }
        const all = ['CAP_DAC_OVERRIDE']
        process.capabilities = { bounding: all, effective: all, permitted: all, inheritable: all, ambient: all }
      }),
    )
    return done.stdout
  }
  assert.equal(await found(), '1000 0 0\n1000 0 0\nopened\ntouched\n')
  assert.match(await found('nosuid'), /^1000 1000 1000\n1000 1000 1000\nopened\ntouched\n$/)
  assert.match(await found('noexec'), /Permission denied\n.*Permission denied\nopened\ntouched\n$/)
  assert.match(await found('nodev'), /^1000 0 0\n1000 0 0\n.*can't create \/m\/null: Permission denied\ntouched\n$/)
  assert.match(await found('ro'), /^1000 0 0\n1000 0 0\nopened\n.*Read-only file system\n$/)
  assert.match(await found('nosymfollow'), /^1000 0 0\n.*(Too many|loops|Symbolic).*\nopened\ntouched\n$/i)
})

// Propagation: what happens after the mount was made.

/** A folder of the host's side that is a shared mount. */
function sharedSource(at: Place): string {
  const source = hostTree(at, [], 'shared')
  execFileSync('mount', ['--make-rshared', source])
  mkdirSync(join(source, 'late'))
  mkdirSync(join(source, 'inner'))
  return source
}

/** Mounts on the host, and in the container; tells what each saw of the other's. */
async function crossing(t: TestContext, at: Place, source: string, change: Change) {
  const container = await running(t, at, both(mayMount, change))
  assert.notEqual(namespaceOf(container.pid!, 'mnt'), namespaceOf('self', 'mnt'))
  mountHere(['-t', 'tmpfs', 'late'], join(source, 'late'))
  const inContainer = mounts(container.pid!).some(({ point }) => point === '/m/late')
  const session = await container.exec({ args: ['mount', '-t', 'tmpfs', 'inner', '/m/inner'], stdio: 'ignore' })
  assert.equal((await session.wait()).exitCode, 0)
  mountAt(mounts(container.pid!), '/m/inner')
  const onHost = mounts('self').some(({ point }) => point === join(source, 'inner'))
  await container.delete({ force: true })
  execFileSync('umount', [join(source, 'late')])
  if (onHost) execFileSync('umount', [join(source, 'inner')])
  return { inContainer, onHost }
}

test(
  'propagation: what the host mounts arrives in slaves; what the container mounts stays in it',
  { skip },
  async (t) => {
    const at = await place(t)
    const source = sharedSource(at)
    const seenWith = (...options: string[]) =>
      crossing(t, at, source, mounting(bind(source, '/m', 'rbind', ...options)))
    assert.deepEqual(await seenWith(), { inContainer: true, onHost: false }, 'the default is rslave')
    assert.deepEqual(await seenWith('rslave'), { inContainer: true, onHost: false })
    assert.deepEqual(await seenWith('slave'), { inContainer: true, onHost: false })
    assert.deepEqual(await seenWith('rprivate'), { inContainer: false, onHost: false })
    assert.deepEqual(await seenWith('private'), { inContainer: false, onHost: false })
    assert.deepEqual(await seenWith('runbindable'), { inContainer: false, onHost: false })
    assert.deepEqual(
      await seenWith('rshared'),
      { inContainer: true, onHost: false },
      'shared among the container’s own alone',
    )
  },
)

test('propagation: rshared in a container whose rootfsPropagation is shared reaches the host', { skip }, async (t) => {
  const at = await place(t)
  const source = sharedSource(at)
  for (const [rootfsPropagation, option] of [
    ['shared', 'rshared'],
    ['rshared', 'rshared'],
    ['shared', 'shared'],
  ] as const) {
    const change: Change = (config) => {
      mounting(bind(source, '/m', 'rbind', option))(config)
      config.linux!.rootfsPropagation = rootfsPropagation
    }
    assert.deepEqual(await crossing(t, at, source, change), { inContainer: true, onHost: true }, rootfsPropagation)
  }
  const slave: Change = (config) => {
    mounting(bind(source, '/m', 'rbind', 'rslave'))(config)
    config.linux!.rootfsPropagation = 'shared'
  }
  assert.deepEqual(await crossing(t, at, source, slave), { inContainer: true, onHost: false })
  const silent: Change = (config) => {
    mounting(bind(source, '/m', 'rbind'))(config)
    config.linux!.rootfsPropagation = 'shared'
  }
  assert.deepEqual(await crossing(t, at, source, silent), { inContainer: true, onHost: false }, 'who does not ask')
  const inUserNamespace: Change = (config) => {
    mounting(bind(source, '/m', 'rbind', 'rshared'))(config)
    const linux = config.linux!
    linux.rootfsPropagation = 'shared'
    linux.namespaces!.push({ type: 'user' })
    linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }]
    linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }]
  }
  const found = await crossing(t, at, source, inUserNamespace)
  assert.deepEqual(found, { inContainer: true, onHost: false }, 'never from a user namespace')
})

test('propagation: an unbindable mount cannot be bound inside', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  mkdirSync(join(at.folder, 'source'))
  mkdirSync(join(at.rootfs, 'other'))
  const MS_BIND = '4096'
  const attempt = (...options: string[]) =>
    run(
      at,
      ['probe', 'mount', '/m', '/other', '', MS_BIND],
      both(mayMount, mounting(bind(join(at.folder, 'source'), '/m', ...options))),
    )
  assert.equal((await attempt('unbindable')).stdout, 'EINVAL\n')
  assert.equal((await attempt('private')).stdout, 'ok\n')
})

/** The propagation of some mounts inside, on a host whose mounts are shared. */
async function propagations(t: TestContext, at: Place, value: string | undefined) {
  execFileSync('mount', ['--make-rshared', '/'])
  t.after(() => execFileSync('mount', ['--make-rprivate', '/']))
  const spec: Spec = runcSpec(at, ['cat', '/proc/self/mountinfo'], (config) => {
    if (value !== undefined) config.linux!.rootfsPropagation = value as 'shared'
  })
  const of = ({ stdout, stderr }: { stdout: string; stderr: string }) => {
    const all = parseMounts(stdout)
    assert.ok(all.length > 0, stderr)
    return Object.fromEntries(['/', '/proc', '/dev'].map((point) => [point, mountAt(all, point).propagation]))
  }
  const before = mounts('self')
  const ours = of(await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) }))
  assert.deepEqual(mounts('self'), before, 'the way out of the old root unmounts nothing of the host')
  return { ours, theirs: () => of(runc(at, spec)) }
}

for (const value of [undefined, 'slave', 'rslave', 'private', 'rprivate']) {
  test(`rootfsPropagation ${value}: as with runc`, { skip: missingRunc }, async (t) => {
    const at = await place(t)
    const { ours, theirs } = await propagations(t, at, value)
    // runc makes the mount that the rootfs lies on private before it binds it; `slave`, which is not recursive, is then lost
    // unless that mount is /.
    const isOnRoot = statSync(at.rootfs).dev === statSync('/').dev
    const lost = value === 'slave' && !isOnRoot ? { '/': ['master'] } : {}
    assert.deepEqual(ours, { ...theirs(), ...lost })
  })
}

// runc 1.1 loses these two on its way through pivot_root; later versions set them after it, and so does Stator.
for (const [value, root, others] of [
  ['shared', ['shared'], []],
  ['rshared', ['shared'], ['shared']],
  ['unbindable', ['unbindable'], []],
  ['runbindable', ['unbindable'], ['unbindable']],
] as const) {
  test(`rootfsPropagation ${value}: set on / after the pivot (kernel rule 11)`, { skip: missingRunc }, async (t) => {
    const { ours } = await propagations(t, await place(t), value)
    assert.deepEqual(ours, { '/': root, '/proc': others, '/dev': others })
  })
}

test(
  'rootfsPropagation: slave and shared let in what the host mounts in the rootfs, private does not; kernel rule 11',
  { skip },
  async (t) => {
    const at = await place(t)
    // The rootfs is a shared mount of the host's.
    execFileSync('mount', ['--bind', at.rootfs, at.rootfs])
    execFileSync('mount', ['--make-shared', at.rootfs])
    mkdirSync(join(at.rootfs, 'late'))
    for (const [value, arrives] of [
      [undefined, true],
      ['rslave', true],
      ['slave', true],
      ['rprivate', false],
      ['private', false],
    ] as const) {
      const container = await running(t, at, (config) => {
        if (value !== undefined) config.linux!.rootfsPropagation = value
      })
      execFileSync('mount', ['-t', 'tmpfs', 'late', join(at.rootfs, 'late')])
      const found = mounts(container.pid!).some(({ point }) => point === '/late')
      execFileSync('umount', [join(at.rootfs, 'late')])
      await container.delete({ force: true })
      assert.equal(found, arrives, String(value))
    }
  },
)

test(
  'a mount made inside never appears on the host, whose mounts are shared (kernel rules 10, 11)',
  { skip },
  async (t) => {
    const at = await place(t)
    execFileSync('mount', ['--make-rshared', '/'])
    t.after(() => execFileSync('mount', ['--make-rprivate', '/']))
    mkdirSync(join(at.folder, 'source'))
    mkdirSync(join(at.folder, 'source/in'))
    const before = new Set(mounts('self').map(({ id }) => id))
    const container = await running(
      t,
      at,
      both(mayMount, mounting(bind(join(at.folder, 'source'), '/m')), (config) => (config.root.readonly = false)),
    )
    const during = mounts('self').filter(({ id }) => !before.has(id))
    assert.deepEqual(during, [], 'the container’s own mounts')
    for (const point of ['/tmp', '/m/in', '/dev/shm', '/home']) {
      const session = await container.exec({ args: ['mount', '-t', 'tmpfs', 'tmpfs', point], stdio: 'ignore' })
      assert.equal((await session.wait()).exitCode, 0, point)
    }
    assert.deepEqual(
      mounts('self').filter(({ id }) => !before.has(id)),
      [],
      'what its program mounts',
    )
  },
)

// Mount points.

test(
  'missing mount points are made, folders 0755 and files empty; what is there is left as it is',
  { skip },
  async (t) => {
    const at = await place(t)
    mkdirSync(join(at.rootfs, 'there'))
    chmodSync(join(at.rootfs, 'there'), 0o700)
    writeFileSync(join(at.rootfs, 'there/file'), 'kept')
    const mask = process.umask(0o077)
    t.after(() => process.umask(mask))
    await output(
      at,
      'test -d /made/for/folder && test -f /made/for/file && grep -q root /there/file',
      mounting(
        { destination: '/made/for/folder', type: 'tmpfs', source: 'tmpfs' },
        bind('/etc/passwd', '/made/for/file'),
        bind('/etc/passwd', '/there/file'),
      ),
    )
    const mode = (path: string) => (statSync(join(at.rootfs, path)).mode & 0o7777).toString(8)
    assert.deepEqual(['made', 'made/for', 'made/for/folder', 'made/for/file', 'there'].map(mode), [
      '755',
      '755',
      '755',
      '644',
      '700',
    ])
    assert.equal(readFileSync(join(at.rootfs, 'made/for/file'), 'utf8'), '')
    assert.equal(readFileSync(join(at.rootfs, 'there/file'), 'utf8'), 'kept')
  },
)

test('a mount point within an earlier mount is made there, and not below it (kernel rule 9)', { skip }, async (t) => {
  const at = await place(t)
  const found = await output(
    at,
    'grep -c " /a/b/c " /proc/self/mountinfo; ls /a/b',
    mounting(
      { destination: '/a', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/a/b/c', type: 'tmpfs', source: 'tmpfs' },
    ),
  )
  assert.equal(found, '1\nc\n')
  assert.ok(!existsSync(join(at.rootfs, 'a/b')))
})

test('mounts come in the order of the config: the later covers the earlier', { skip }, async (t) => {
  const at = await place(t)
  for (const name of ['one', 'two']) {
    mkdirSync(join(at.folder, name))
    writeFileSync(join(at.folder, name, 'name'), name)
  }
  const [one, two] = [bind(join(at.folder, 'one'), '/m'), bind(join(at.folder, 'two'), '/m')]
  assert.equal(await output(at, ['cat', '/m/name'], mounting(one, two)), 'two')
  assert.equal(await output(at, ['cat', '/m/name'], mounting(two, one)), 'one')
})

test('".." and absolute links stay in the rootfs: nothing of the host is mounted over', { skip }, async (t) => {
  const at = await place(t)
  const outside = join(at.folder, 'outside')
  mkdirSync(outside)
  mkdirSync(join(at.rootfs, 'inside'))
  symlinkSync('/inside', join(at.rootfs, 'absolute'))
  symlinkSync('../../../../../../../../inside', join(at.rootfs, 'up'))
  const tmpfs = (destination: string): Mount => ({ destination, type: 'tmpfs', source: 'here' })
  const points = async (destination: string) =>
    parseMounts(await output(at, ['cat', '/proc/self/mountinfo'], mounting(tmpfs(destination))))
      .filter(({ source }) => source === 'here')
      .map(({ point }) => point)
  assert.deepEqual(await points('/absolute'), ['/inside'])
  assert.deepEqual(await points('/absolute/new'), ['/inside/new'])
  assert.deepEqual(await points('/up'), ['/inside'])
  assert.deepEqual(await points('/../../../inside'), ['/inside'])
  assert.deepEqual(await points('/a/../../b/../inside/./x/'), ['/inside/x'])
  assert.deepEqual(await points('/tmp/../etc'), ['/etc'])
  assert.ok(existsSync(join(at.rootfs, 'inside/new')))
})

test('links to places that are only on the host lead nowhere', { skip }, async (t) => {
  const at = await place(t)
  const outside = join(at.folder, 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(at.rootfs, 'escape'))
  symlinkSync(`../../../../../../../..${outside}`, join(at.rootfs, 'up'))
  symlinkSync('/escape', join(at.rootfs, 'twice'))
  symlinkSync('loop', join(at.rootfs, 'loop'))
  const before = mounts('self').length
  for (const name of ['escape', 'up', 'twice', 'loop']) {
    for (const rest of ['', '/file', '/a/b']) {
      const source = bind('/etc/hostname', `/${name}${rest}`)
      await run(at, ['true'], mounting(source)).catch(() => undefined)
      assert.deepEqual(execFileSync('ls', ['-A', outside], { encoding: 'utf8' }), '', `/${name}${rest}`)
      assert.equal(mounts('self').length, before)
    }
  }
})

/** Links as an image may have them at mount points, and where runc makes what they lead to. */
const dangling: Readonly<Record<string, readonly [link: string, leadsTo: string]>> = {
  'etc/resolv.conf': ['../run/systemd/resolve/stub-resolv.conf', '/run/systemd/resolve/stub-resolv.conf'],
  'etc/plain': ['../run/plain', '/run/plain'],
  'etc/absolute': ['/run/absolute', '/run/absolute'],
  'etc/up': ['../../../../../../../../../run/../run/./up', '/run/up'],
  'etc/chain': ['chained', '/run/chained/to'],
  'etc/chained': ['/run//chained/to/', '/run/chained/to'],
  'etc/outside': ['', ''],
  'var': ['gone/var', '/gone/var'],
} // prettier-ignore

for (const kind of ['file', 'folder', 'tmpfs'] as const)
  test(
    `a symbolic link to nothing is no end of a mount point: a ${kind}, as with runc`,
    { skip: missingRunc },
    async (t) => {
      const at = await place(t)
      const outside = join(at.folder, 'outside')
      mkdirSync(outside)
      mkdirSync(join(at.folder, 'folder'))
      writeFileSync(join(at.folder, 'file'), '')
      mkdirSync(join(at.rootfs, 'run'))
      const links = {
        ...dangling,
        'etc/outside': [`../../../../../../../../..${outside}/made`, `${outside}/made`],
      } as const
      for (const [name, [text]] of Object.entries(links)) symlinkSync(text, join(at.rootfs, name))
      const destinations = [
        ...Object.keys(links).filter((name) => name !== 'etc/chained' && name !== 'var'),
        'var/below',
        'var/be/low',
      ]
      const added = destinations.map((name): Mount =>
        kind === 'tmpfs'
          ? { destination: `/${name}`, type: 'tmpfs', source: 'tmpfs' }
          : bind(join(at.folder, kind), `/${name}`),
      )
      const spec = runcSpec(at, ['cat', '/proc/self/mountinfo'], (made) => {
        made.mounts?.push(...(added as Writable<Mount>[]))
        made.root.readonly = false
      })
      const made = () =>
        execFileSync('find', ['.', '!', '-path', './bin/*', '-printf', '%p %y\n'], { cwd: at.rootfs, encoding: 'utf8' })
          .split('\n')
          .sort()
      const untouched = made()
      const ours = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
      const byUs = made()
      assert.notDeepEqual(byUs, untouched)
      const points = parseMounts(ours.stdout).map(({ point }) => point)
      for (const name of destinations) {
        const below = name.startsWith('var/') ? `/gone/${name}` : links[name as keyof typeof links][1]
        assert.ok(points.includes(below), `${name} leads to ${below}: ${points.join(' ')}`)
      }
      for (const line of byUs)
        if (!untouched.includes(line)) rmSync(join(at.rootfs, line.slice(0, -2)), { recursive: true, force: true })
      const theirs = runc(at, spec)
      assert.equal(theirs.exitCode, 0, theirs.stderr)
      assert.deepEqual(byUs, made())
      assert.deepEqual(comparable(ours.stdout, at), comparable(theirs.stdout, at))
      assert.deepEqual(execFileSync('ls', ['-A', outside], { encoding: 'utf8' }), '', 'nothing is made on the host')
    },
  )

test('a symbolic link to nothing leads into an earlier mount', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'run'))
  // What the mount covers does not count: this would lead elsewhere.
  symlinkSync('/tmp', join(at.rootfs, 'run/systemd'))
  symlinkSync('../run/systemd/stub', join(at.rootfs, 'etc/resolv.conf'))
  writeFileSync(join(at.folder, 'file'), 'nameserver\n')
  const run: Mount = { destination: '/run', type: 'tmpfs', source: 'tmpfs' }
  const found = await lines(
    at,
    'cat /etc/resolv.conf; stat -c %A /run/systemd; ls /tmp',
    mounting(run, bind(join(at.folder, 'file'), '/etc/resolv.conf')),
  )
  assert.deepEqual(found, ['nameserver', 'drwxr-xr-x'])
})

test('a symbolic link in a circle is no mount point', { skip }, async (t) => {
  const at = await place(t)
  symlinkSync('circle', join(at.rootfs, 'etc/circle'))
  symlinkSync('b', join(at.rootfs, 'etc/a'))
  symlinkSync('a', join(at.rootfs, 'etc/b'))
  for (const destination of ['/etc/circle', '/etc/a', '/etc/b/below'])
    await refusedCreate(at, mounting(bind('/etc/hostname', destination)), {
      code: 'ERR_STATOR_STAGE',
      errno: 'ELOOP',
      pointer: 'mounts[7]',
      message: new RegExp(`^open ${destination}: ELOOP \\(mounts\\[7\\]\\)$`),
    })
})

test('a symbolic link to nothing leads into procfs no more than one to something', { skip }, async (t) => {
  const at = await place(t)
  symlinkSync('/proc/nothing', join(at.rootfs, 'nothing'))
  symlinkSync('../proc/self/attr/exec', join(at.rootfs, 'etc/exec'))
  for (const destination of ['/nothing', '/etc/exec'])
    await refusedCreate(at, mounting(bind('/etc/hostname', destination)), {
      code: 'ERR_STATOR_STAGE',
      pointer: 'mounts[7]',
    })
})

for (const name of ['dev', 'proc', 'sys']) {
  test(`a rootfs whose /${name} is a symbolic link is refused`, { skip }, async (t) => {
    const at = await place(t)
    rmSync(join(at.rootfs, name), { recursive: true })
    mkdirSync(join(at.rootfs, 'elsewhere'))
    symlinkSync('/elsewhere', join(at.rootfs, name))
    const index = ['/proc', '/dev', '', '', '', '/sys'].indexOf(`/${name}`)
    await refusedCreate(at, () => {}, { code: 'ERR_STATOR_STAGE', pointer: `mounts[${index}]`, errno: 'ELOOP' })
    assert.deepEqual(execFileSync('ls', ['-A', join(at.rootfs, 'elsewhere')], { encoding: 'utf8' }), '')
  })
}

test('a mount inside /proc is refused, by its name and by a link to it (CVE-2019-19921)', { skip }, async (t) => {
  const at = await place(t)
  await refusedCreate(at, mounting({ destination: '/proc/self', type: 'tmpfs', source: 'tmpfs' }), {
    code: 'ERR_STATOR_CONFIG',
    pointer: 'mounts[7].destination',
  })
  symlinkSync('/proc', join(at.rootfs, 'process'))
  symlinkSync('/proc/sys', join(at.rootfs, 'settings'))
  for (const destination of ['/process', '/process/self/attr', '/settings', '/settings/kernel'])
    await refusedCreate(at, mounting({ destination, type: 'tmpfs', source: 'tmpfs' }), {
      code: 'ERR_STATOR_STAGE',
      pointer: 'mounts[7]',
    })
})

test('a bind at /proc that is no procfs is refused (CVE-2019-16884)', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.folder, 'fake'))
  const change: Change = (config) => {
    config.mounts = config.mounts!.filter(({ destination }) => destination !== '/proc')
    config.mounts.unshift(bind(join(at.folder, 'fake'), '/proc') as Writable<Mount>)
    config.linux!.maskedPaths = []
    config.linux!.readonlyPaths = []
  }
  await refusedCreate(at, change, { code: 'ERR_STATOR_STAGE', pointer: 'mounts[0]' })
})

test('root.readonly: the root cannot be written, mounts in it can', { skip }, async (t) => {
  const at = await place(t)
  const script =
    '(touch /file; mkdir /folder; chmod 700 /bin; touch /tmp/ok && echo ok) 2>&1 | grep -o "Read-only file system\\|ok"'
  const tmp = mounting({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' })
  const readonly = (value: boolean) => both(tmp, (config) => (config.root.readonly = value))
  assert.equal(await output(at, script, readonly(true)), 'Read-only file system\n'.repeat(3) + 'ok\n')
  assert.ok(!existsSync(join(at.rootfs, 'file')))
  assert.equal(await output(at, script, readonly(false)), 'ok\n')
  assert.ok(existsSync(join(at.rootfs, 'file')))
})

test('root.readonly is of this container, and not of the host or of another', { skip }, async (t) => {
  const at = await place(t)
  await running(t, at)
  writeFileSync(join(at.rootfs, 'of-the-host'), '')
  await output(at, 'touch /of-another', (config) => (config.root.readonly = false))
  assert.ok(existsSync(join(at.rootfs, 'of-another')))
})

test('a rootfs with mounts in it: they are in the container, and read-only only where asked', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'data'))
  mountHere(['-t', 'tmpfs', 'tmpfs'], join(at.rootfs, 'data'))
  writeFileSync(join(at.rootfs, 'data/file'), 'in the mount\n')
  assert.equal(await output(at, 'cat /data/file; touch /data/new && echo written'), 'in the mount\nwritten\n')
})

test('the host’s tree is not reachable: / is the rootfs, and no mount of the host is left', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const all = mounts(container.pid!)
  const ids = new Set(all.map(({ id }) => id))
  const top = all.filter(({ parent }) => !ids.has(parent))
  assert.deepEqual(
    top.map(({ point }) => point),
    ['/'],
  )
  assert.ok(
    all.every(({ type, root }) => type !== 'ext4' || root === at.rootfs),
    'nothing of the host but the rootfs',
  )
  assert.equal((await output(at, 'cd /; cd ..; cd ..; ls -d bin; ls -di / /..')).split('\n')[0], 'bin')
})

test('sixty mounts, each in its place', { skip }, async (t) => {
  const at = await place(t)
  const many = Array.from({ length: 60 }, (_, index): Mount => ({
    destination: `/many/${index}`,
    type: 'tmpfs',
    source: `number-${index}`,
  }))
  const found = parseMounts(await output(at, ['cat', '/proc/self/mountinfo'], mounting(...many)))
  for (const { destination, source } of many) assert.equal(mountAt(found, destination).source, source)
})

test(
  'ten containers at once mount in one rootfs (openat2 gives EAGAIN while others mount: kernel rule 2)',
  { skip },
  async (t) => {
    const at = await place(t)
    const many = Array.from({ length: 20 }, (_, index): Mount => ({
      destination: `/many/${index}`,
      type: 'tmpfs',
      source: 'tmpfs',
    }))
    const made = await Promise.all(Array.from({ length: 10 }, () => created(t, at, ['true'], mounting(...many))))
    for (const container of made)
      assert.equal(mounts(container.pid!).filter(({ point }) => point.startsWith('/many/')).length, 20)
  },
)
