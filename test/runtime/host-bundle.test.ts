// A bundle of this machine's own userland: what is in it, what is not, and that nothing of the machine can be changed from within.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { StatorError } from '../../src/errors.ts'
import { type Container, hostBundle, openRuntime } from '../../src/index.ts'
import { processStartTime } from '../../src/native/process-stat.ts'
import { parseConfig } from '../../src/oci/parse.ts'
import { userlandOf } from '../../src/runtime/host-bundle.ts'

const isRoot = process.geteuid?.() === 0
const needsRoot = { skip: isRoot ? false : 'root' }

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Runs a shell's script in a container of this machine's userland. */
async function inside(t: TestContext, script: string) {
  await using runtime = await openRuntime({ root: join(folder(t), 'root') })
  await using host = await hostBundle({ args: ['/bin/sh', '-c', script] })
  return await runtime.run({ bundle: host.bundle })
}

/** A machine of a few files: text, or `-> target`, and a mode. */
function machine(t: TestContext, files: Record<string, string | [text: string, mode: number]>): string {
  const root = folder(t)
  for (const [path, given] of Object.entries(files)) {
    const [text, mode] = typeof given === 'string' ? [given, 0o644] : given
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
    if (path.endsWith('/')) mkdirSync(file, { recursive: true })
    else if (text.startsWith('-> ')) symlinkSync(text.slice(3), file)
    else writeFileSync(file, text)
    if (!text.startsWith('-> ')) chmodSync(file, path.endsWith('/') ? mode | 0o111 : mode)
  }
  return root
}

test('a folder with config.json and an empty rootfs, gone when it is disposed of', async () => {
  let path: string
  {
    await using host = await hostBundle({ args: ['id', '-u'], env: { LANG: 'C' }, cwd: '/tmp' })
    path = host.bundle
    assert.ok(path.startsWith(join(tmpdir(), 'stator-host-')))
    assert.deepEqual(readdirSync(path).sort(), ['.stator-host', 'config.json', 'rootfs'])
    assert.deepEqual(parseConfig(readFileSync(join(path, 'config.json'), 'utf8')), host.config)
    const { args, env, cwd } = host.config.process
    assert.deepEqual([args, cwd], [['id', '-u'], '/tmp'])
    assert.ok(env?.includes('LANG=C'))
    assert.equal(host.config.root.readonly, true)
    for (const name of ['usr', 'etc', 'proc', 'dev', 'sys', 'tmp', 'run', 'root', 'var'])
      assert.ok(statSync(join(path, 'rootfs', name)).isDirectory(), name)
    // Nothing was copied: whatever is a file is an empty one, to mount on.
    const files = execFileSync('find', [join(path, 'rootfs'), '-type', 'f', '-size', '+0'], { encoding: 'utf8' })
    assert.equal(files, '')
  }
  assert.equal(existsSync(path), false)
})

test('in a folder of one’s own: what was there stays', async (t) => {
  const path = folder(t)
  writeFileSync(join(path, 'notes'), 'mine')
  const host = await hostBundle({ args: ['true'], folder: path })
  assert.equal(host.bundle, path)
  assert.deepEqual(readdirSync(path).sort(), ['config.json', 'notes', 'rootfs'])
  await assert.rejects(hostBundle({ args: ['true'], folder: path }), { code: 'ERR_STATOR_CONFIG', errno: 'EEXIST' })
  assert.equal(await host.remove(), true)
  assert.equal(await host.remove(), true)
  assert.deepEqual(readdirSync(path), ['notes'])

  const fresh = await hostBundle({ args: ['true'], folder: join(path, 'new') })
  await fresh.remove()
  assert.deepEqual(readdirSync(path), ['notes'])
})

test('a failure leaves nothing', async (t) => {
  const path = folder(t)
  await assert.rejects(hostBundle({ args: [], folder: path }), { code: 'ERR_STATOR_CONFIG', pointer: 'process.args' })
  mkdirSync(join(path, 'rootfs'))
  await assert.rejects(
    hostBundle({ args: ['true'], folder: path }),
    (error) => error instanceof StatorError && error.code === 'ERR_STATOR_PLATFORM' && error.errno === 'EEXIST',
  )
  assert.deepEqual(readdirSync(path), ['rootfs'])
})

/** A temporary folder of one's own for what is made within. */
function ownTemporary(t: TestContext): string {
  const { TMPDIR } = process.env
  const path = folder(t)
  process.env['TMPDIR'] = path
  t.after(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  })
  return path
}

const asleep = ['/bin/sleep', '1000']

/** What a program in it finds: its own folder of programs. */
async function sees(container: Container, path: string): Promise<boolean> {
  const session = await container.exec({ args: ['/bin/sh', '-c', `ls ${path}`], stdio: 'ignore' })
  return (await session.wait({ timeoutMs: 20_000 })).code === 0
}

test('disposed of while containers run from it: it stays until the last of them is deleted', needsRoot, async (t) => {
  const temporary = ownTemporary(t)
  await using runtime = await openRuntime({ root: join(folder(t), 'root') })
  await using elsewhere = await openRuntime({ root: join(folder(t), 'root') })
  const host = await hostBundle({ args: asleep })
  await using first = await runtime.create({ id: `bundle-${process.pid}-1`, bundle: host.bundle })
  await first.start()
  await using second = await elsewhere.create({ id: `bundle-${process.pid}-2`, bundle: host.bundle })

  await host[Symbol.asyncDispose]()
  assert.equal(await host.remove(), false)
  assert.ok(await sees(first, '/usr/bin/env'))
  await second.start()
  await first.delete({ force: true })
  assert.ok(existsSync(join(host.bundle, 'config.json')))
  // Nor does the next bundle take it away.
  await (await hostBundle({ args: asleep })).remove()
  assert.ok(await sees(second, '/usr/bin/env'))
  await second.delete({ force: true })
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('stator-host')),
    [],
  )
  assert.equal(await host.remove(), true)
})

test(
  'in a folder of one’s own, disposed of while a container runs from it: what was there stays',
  needsRoot,
  async (t) => {
    const path = folder(t)
    writeFileSync(join(path, 'notes'), 'mine')
    await using runtime = await openRuntime({ root: join(folder(t), 'root') })
    const host = await hostBundle({ args: asleep, folder: path })
    await using container = await runtime.create({ id: `bundle-${process.pid}-3`, bundle: host.bundle })
    assert.equal(await host.remove(), false)
    await container.start()
    assert.ok(await sees(container, '/etc/passwd'))
    await container.delete({ force: true })
    assert.deepEqual(readdirSync(path), ['notes'])
  },
)

test('the next bundle removes what makers that are no more have left, and nothing else', async (t) => {
  const temporary = ownTemporary(t)
  const [gone, bare, strange, living, theirs] = ['gone', 'bare', 'strange', 'living', 'theirs'].map((name) => {
    const path = join(temporary, `${name}-AbCd12`)
    mkdirSync(join(path, 'rootfs/usr'), { recursive: true, mode: 0o700 })
    writeFileSync(join(path, 'config.json'), '{}')
    return path
  }) as [string, string, string, string, string]
  const ended = { pid: 1, startTime: '-1' }
  const mark = (path: string, maker: object) =>
    writeFileSync(join(path, '.stator-host'), JSON.stringify({ maker, givenUp: false, withFolder: true }), {
      mode: 0o600,
    })
  mark(gone, ended)
  writeFileSync(join(strange, '.stator-host'), 'not ours')
  mark(living, { pid: process.pid, startTime: processStartTime(process.pid) })
  mark(theirs, ended)
  // Whoever may write to it may have made the mark.
  chmodSync(theirs, 0o777)
  const host = await hostBundle({ args: ['true'] })
  await host.remove()
  assert.deepEqual(readdirSync(temporary).sort(), [bare, living, strange, theirs].map((path) => basename(path)).sort())

  mark(bare, ended)
  chmodSync(temporary, 0o777)
  await (await hostBundle({ args: ['true'] })).remove()
  assert.ok(existsSync(bare), 'in a folder where others may rename what is ours nothing is swept')
})

test('what is mounted in it is not removed with it', needsRoot, (t) => {
  const source = folder(t)
  writeFileSync(join(source, 'kept'), '')
  const script = fileURLToPath(new URL('../fixtures/host-bundle-mounted.ts', import.meta.url))
  const command = ['-m', '--propagation', 'private', process.execPath, '--import', 'tsx', script, source]
  const { refusal, ...rest } = JSON.parse(execFileSync('unshare', command, { encoding: 'utf8' })) as {
    refusal: { code: string; errno: string; path: string }
    target: string
  }
  assert.deepEqual([refusal.code, refusal.errno, refusal.path], ['ERR_STATOR_PLATFORM', 'EBUSY', rest.target])
  assert.deepEqual(rest, { kept: true, left: false, target: rest.target })
})

test('a merged /usr keeps its links, an older one is bound folder by folder', (t) => {
  const merged = userlandOf(
    machine(t, { 'usr/bin/': '', 'usr/lib64/': '', bin: '-> usr/bin', lib64: '-> usr/lib64', lib32: '-> usr/lib32' }),
  )
  assert.deepEqual(merged.links, [
    { path: 'bin', target: 'usr/bin' },
    { path: 'lib64', target: 'usr/lib64' },
  ])
  const older = userlandOf(machine(t, { 'usr/bin/': '', 'bin/': '', 'lib/': '' }))
  assert.deepEqual(older.links, [])
  const bound = older.mounts.filter(({ type }) => type === 'bind').map(({ destination }) => destination)
  assert.deepEqual(bound, ['/usr', '/bin', '/lib'])
})

test('of /etc what programs need and everybody may read', (t) => {
  const root = machine(t, {
    'usr/share/zoneinfo/UTC': 'TZif',
    'etc/localtime': '-> ../usr/share/zoneinfo/UTC',
    // Leads out of what the container has: the file itself is bound.
    'etc/resolv.conf': '-> ../run/resolve/stub.conf',
    'run/resolve/stub.conf': 'nameserver',
    'etc/passwd': 'root',
    'etc/hosts': ['secret hosts', 0o640],
    'etc/services': '-> nowhere',
    'etc/shadow': ['secret', 0o640],
    'etc/gshadow': ['secret', 0o640],
    'etc/ssh/ssh_host_ed25519_key': ['secret', 0o600],
    'etc/ssl/certs/ca.crt': 'certificate',
    'etc/ssl/private/key.pem': ['secret', 0o640],
    'etc/fonts/fonts.conf': 'fonts',
    'etc/fonts/licence.key': ['secret', 0o600],
    'etc/unknown.conf': 'nobody asked for it',
  })
  const { links, mounts, secrets } = userlandOf(root)
  assert.deepEqual(links, [{ path: 'etc/localtime', target: '../usr/share/zoneinfo/UTC' }])
  const ofEtc = mounts.filter(({ destination }) => destination.startsWith('/etc'))
  assert.deepEqual(
    ofEtc.map(({ destination, source = '' }) => [destination, source.slice(root.length)]),
    [
      ['/etc/fonts', '/etc/fonts'],
      ['/etc/passwd', '/etc/passwd'],
      ['/etc/resolv.conf', '/run/resolve/stub.conf'],
      ['/etc/ssl/certs', '/etc/ssl/certs'],
    ],
  )
  assert.deepEqual(secrets, ['/etc/fonts/licence.key'])
  for (const { options = [] } of ofEtc)
    for (const option of ['rbind', 'rro', 'rprivate']) assert.ok(options.includes(option), option)
})

test('programs of this machine run, and find what they need', needsRoot, async (t) => {
  const { exitCode, stdout, stderr } = await inside(
    t,
    'id -un && hostname && pwd && echo $PATH && ls / | tr "\\n" " " && touch /tmp/a /run/a /var/tmp/a /root/a && date +%Z',
  )
  assert.equal(stderr, '')
  assert.equal(exitCode, 0)
  assert.match(stdout, /^root\nstator\n\/\n\/usr\/local\/sbin:.*\n(?:\w+ )*usr (?:\w+ )*[\s\S]*\n$/)
})

test('nothing of the machine can be written from within', needsRoot, async (t) => {
  const before = statSync('/etc/passwd')
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  const { stdout, stderr } = await inside(
    t,
    `for path in /usr/x /usr/bin/x /bin/x /lib/x /etc/x /etc/alternatives/x /x /sys/x /proc/sys/kernel/x; do
       (: > $path) 2>/dev/null && echo "wrote $path"
     done
     for path in /etc/passwd /etc/group /usr/bin/env; do (: >> $path) 2>/dev/null && echo "appended to $path"; done
     for path in / /usr /etc/passwd /etc/alternatives; do
       mount -o remount,rw,bind $path 2>/dev/null && echo "remounted $path"
       umount $path 2>/dev/null && echo "unmounted $path"
     done
     mknod /tmp/disk b 8 0 2>/dev/null && echo "made a device"
     awk '$6 !~ /(^|,)ro(,|$)/ && $5 !~ "^/(tmp|run|var/tmp|root|proc|dev)(/|$)" { print "writable: " $5 }' /proc/self/mountinfo
     exit 0`,
  )
  assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: '' })
  const after = statSync('/etc/passwd')
  assert.deepEqual([after.mtimeMs, after.ino, after.size], [before.mtimeMs, before.ino, before.size])
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), mounts)
})

test('what only root may read here is not there', needsRoot, async (t) => {
  // As root of the container, who owns it.
  const { stdout, exitCode } = await inside(
    t,
    'cat /etc/shadow /etc/gshadow /etc/ssl/private/* /etc/ssh/ssh_host_* 2>/dev/null; find /etc -type f ! -perm -004 -size +0 2>&1; ls -d /home /opt /srv /mnt 2>/dev/null; ls -A /root; ls -A /run; exit 0',
  )
  assert.deepEqual({ stdout, exitCode }, { stdout: '', exitCode: 0 })
})

test('mounts and masked paths of the caller are added', needsRoot, async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'file'), 'of the caller')
  await using runtime = await openRuntime({ root: join(folder(t), 'root') })
  await using host = await hostBundle({
    args: ['/bin/sh', '-c', 'cat /data/file; cat /usr/bin/env; cat /proc/keys'],
    mounts: [{ destination: '/data', source: data, options: ['rbind', 'ro'] }],
    maskedPaths: ['/usr/bin/env'],
  })
  const { stdout } = await runtime.run({ bundle: host.bundle })
  assert.equal(stdout, 'of the caller')
  assert.ok(host.config.linux?.maskedPaths?.includes('/proc/keys'))
})

test('any user may go through its folders, whatever the umask of its maker', needsRoot, async (t) => {
  const mask = process.umask(0o077)
  t.after(() => process.umask(mask))
  await using runtime = await openRuntime({ root: join(folder(t), 'root') })
  await using host = await hostBundle({
    args: ['sh', '-c', 'id -u; cat /etc/passwd | wc -l'],
    user: { uid: 1000, gid: 1000 },
  })
  const { stdout, exitCode } = await runtime.run({ bundle: host.bundle })
  assert.equal(exitCode, 0)
  assert.match(stdout, /^1000\n[1-9]/)
})
