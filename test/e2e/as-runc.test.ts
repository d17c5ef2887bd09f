// What engines and images have come to count on because runc does it, and no sentence of the specification says: the order
// of small things, and what is still writable, visible or allowed at which moment.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { HookKind } from '../../src/oci/config.ts'
import { lines, missing, output, place, refusedCreate, type Change, type Place } from './support.ts'

const skip = missing

/** A hook that is a shell script, and what it has written to its output file. `$PID` is init's. */
function hook(at: Place, kind: HookKind, script: string): { readonly change: Change; said(): string[] } {
  const [path, file] = [join(at.folder, `${kind}.sh`), join(at.folder, `${kind}.out`)]
  const pid = `PID=$(sed -e 's/.*"pid":\\([0-9]*\\).*/\\1/')`
  writeFileSync(path, `#!/bin/sh\nset -e\nexec > ${file} 2>&1\n${pid}\n${script}\n`)
  chmodSync(path, 0o755)
  return {
    change: (made) => {
      made.hooks = { [kind]: [{ path, env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] }] }
    },
    said: () => readFileSync(file, 'utf8').split('\n').slice(0, -1),
  }
}

test(
  'a working folder that only root may enter is entered, as root, before the user is left with nothing',
  { skip },
  async (t) => {
    const at = await place(t)
    mkdirSync(join(at.rootfs, 'secret'), { mode: 0o700 })
    const found = await lines(at, 'pwd; id -u; ls . 2>&1 | tail -c 18', (made) => {
      made.process.cwd = '/secret'
      made.process.user = { uid: 1000, gid: 1000 }
    })
    assert.deepEqual(found, ['/secret', '1000', 'Permission denied'])
  },
)

test('a working folder that nobody may enter is a failure', { skip }, async (t) => {
  const at = await place(t)
  writeFileSync(join(at.rootfs, 'file'), '')
  await refusedCreate(at, (made) => (made.process.cwd = '/file'), { code: 'ERR_STATOR_STAGE', pointer: 'process.cwd', errno: 'ENOTDIR' }) // prettier-ignore
})

test('a read-only tmpfs has the mount points that later mounts need, and is read-only then', { skip }, async (t) => {
  const at = await place(t)
  mkdirSync(join(at.rootfs, 'run'))
  const script =
    'grep -o " /run[^ ]* tmpfs r[ow]" /proc/self/mounts; touch /run/x 2>&1 || touch /run/sub/x && ls /run/sub'
  const found = await lines(at, script, (made) => {
    made.mounts?.push(
      { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'mode=755'] },
      { destination: '/run/sub', type: 'tmpfs', source: 'tmpfs', options: ['nosuid'] },
    )
  })
  assert.deepEqual(found, [' /run tmpfs ro', ' /run/sub tmpfs rw', 'touch: /run/x: Read-only file system', 'x'])
})

test('a read-only /dev has its devices, links and mount points', { skip }, async (t) => {
  const at = await place(t)
  const found = await lines(at, 'grep -o " /dev tmpfs r[ow]" /proc/self/mounts; ls /dev; touch /dev/x 2>&1; true', (made) => {
    for (const mount of made.mounts ?? []) if (mount.destination === '/dev') mount.options?.push('ro')
  }) // prettier-ignore
  assert.equal(found[0], ' /dev tmpfs ro')
  for (const name of ['null', 'zero', 'fd', 'ptmx', 'pts', 'shm', 'mqueue']) assert.ok(found.includes(name), name)
  assert.equal(found.at(-1), 'touch: /dev/x: Read-only file system')
})

test('sysctls are written after the hooks, which may have made the interface they are of', { skip }, async (t) => {
  const at = await place(t)
  const { change, said } = hook(at, 'createRuntime', 'nsenter -t $PID -n sysctl -n -w net.ipv4.conf.lo.forwarding=0')
  const found = await lines(at, 'cat /proc/sys/net/ipv4/conf/lo/forwarding', (made) => {
    change(made)
    made.linux = { ...made.linux, sysctl: { 'net.ipv4.conf.lo.forwarding': '1' } }
  })
  assert.deepEqual([said(), found], [['0'], ['1']])
})

for (const rootfsPropagation of [undefined, 'rshared', 'private'] as const)
  test(
    `hooks find the container's mounts below the path of its rootfs (rootfsPropagation ${rootfsPropagation})`,
    { skip },
    async (t: TestContext) => {
      // GPU and network hooks enter init's mount namespace, or are in it, and go by root.path.
      const at = await place(t)
      const look = `head -c 13 ${at.rootfs}/proc/version; echo; cat ${at.rootfs}/volume/file`
      mkdirSync(join(at.folder, 'volume'))
      writeFileSync(join(at.folder, 'volume/file'), 'of the volume\n')
      const set: Change = (made) => {
        if (rootfsPropagation !== undefined) made.linux = { ...made.linux, rootfsPropagation }
        made.mounts?.push({ destination: '/volume', source: join(at.folder, 'volume'), options: ['bind'] })
        if (made.root !== undefined) made.root.readonly = false
      }
      for (const [kind, script] of [
        ['createRuntime', `nsenter -t $PID -m sh -c '${look}'`],
        ['prestart', `nsenter -t $PID -m sh -c '${look}'`],
        ['createContainer', look],
      ] as const) {
        const { change, said } = hook(at, kind, script)
        await output(at, 'true', (made) => {
          set(made)
          change(made)
        })
        assert.deepEqual(said(), ['Linux version', 'of the volume'], kind)
      }
    },
  )

test('a createContainer hook begins in the root file system, with a usual umask', { skip }, async (t) => {
  const at = await place(t)
  const { change, said } = hook(at, 'createContainer', 'umask; cat etc/hostname-of-the-image; ls -d proc/1')
  writeFileSync(join(at.rootfs, 'etc/hostname-of-the-image'), 'image\n')
  await output(at, 'true', change)
  assert.deepEqual(said(), ['0022', 'image', 'proc/1'])
})

test('at /proc only the root of a procfs is bound', { skip }, async (t) => {
  const at = await place(t)
  const binding = (source: string): Change => (made) => {
    made.mounts = (made.mounts ?? []).filter(({ destination }) => destination !== '/proc')
    made.mounts.unshift({ destination: '/proc', source, options: ['rbind'] })
  } // prettier-ignore
  await refusedCreate(at, binding('/proc/1'), {
    code: 'ERR_STATOR_STAGE',
    pointer: 'mounts[0]',
    message: /^bind \/proc\/1 at \/proc: it is not the root of a procfs \(mounts\[0\]\)$/,
  })
})

test('an /etc/passwd that cannot be read leaves HOME at /', { skip }, async (t) => {
  const at = await place(t)
  const passwd = join(at.rootfs, 'etc/passwd')
  rmSync(passwd)
  const home: Change = (made) => (made.process.env = ['PATH=/bin'])
  assert.deepEqual(await lines(at, 'echo $HOME', home), ['/'])
  symlinkSync('passwd', passwd)
  assert.deepEqual(await lines(at, 'echo $HOME', home), ['/'], 'a loop')
  rmSync(passwd)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(passwd, resolve))
  try {
    assert.deepEqual(await lines(at, 'echo $HOME', home), ['/'], 'a socket')
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
