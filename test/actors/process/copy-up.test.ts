// tmpcopyup: what the image has at a place, as a tmpfs of the container's own.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, closeSync, ftruncateSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, statSync, symlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { copyUp } from '../../../src/actors/process/copy-up.ts'
import { defineConfig } from '../../../src/oci/default-config.ts'
import type { Spec } from '../../../src/oci/config.ts'

const skip = process.geteuid?.() === 0 ? false : 'root'
const never = new AbortController().signal

function image(t: TestContext): string {
  const rootfs = mkdtempSync(join(tmpdir(), 'copy-up-'))
  t.after(() => rmSync(rootfs, { recursive: true }))
  mkdirSync(join(rootfs, 'var'))
  return rootfs
}

function specOf(options: readonly string[], linux: Spec['linux'] = {}): Spec {
  const mounts = [{ destination: '/var', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', ...options] }]
  return { ...defineConfig({ args: ['true'], rootfs: '/' }), mounts, linux }
}

/** The copy, as a path for as long as `work` takes. */
async function copied<T>(spec: Spec, rootfs: string, work: (path: string) => T): Promise<T> {
  using mount = await copyUp(spec, 0, rootfs, never)
  return work(`/proc/self/fd/${mount.number}`)
}

test('files, folders, links, pipes and devices: names, modes, owners, times, as they are', { skip }, async (t) => {
  const rootfs = image(t)
  const at = join(rootfs, 'var')
  mkdirSync(join(at, 'deep/er'), { recursive: true })
  writeFileSync(join(at, 'deep/er/file'), 'text')
  chownSync(join(at, 'deep/er/file'), 1000, 1001)
  chmodSync(join(at, 'deep/er/file'), 0o6755)
  utimesSync(join(at, 'deep/er/file'), 1000, 2000)
  chmodSync(join(at, 'deep'), 0o1770)
  chownSync(at, 7, 8)
  symlinkSync('../../outside', join(at, 'link'))
  execFileSync('mkfifo', ['-m', '0666', join(at, 'pipe')])
  execFileSync('mknod', ['-m', '0640', join(at, 'null'), 'c', '1', '3'])
  // A name that is no text.
  writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff, 0x41])]), 'odd')
  await copied(specOf(['mode=711']), rootfs, (copy) => {
    assert.equal(readFileSync(`${copy}/deep/er/file`, 'utf8'), 'text')
    const { uid, gid, mode, mtimeMs } = statSync(`${copy}/deep/er/file`)
    assert.deepEqual([uid, gid, mode & 0o7777, mtimeMs], [1000, 1001, 0o6755, 2_000_000])
    assert.equal(statSync(`${copy}/deep`).mode & 0o7777, 0o1770)
    assert.equal(readlinkSync(`${copy}/link`), '../../outside')
    assert.deepEqual([lstatSync(`${copy}/pipe`).isFIFO(), lstatSync(`${copy}/pipe`).mode & 0o777], [true, 0o666])
    const { rdev, mode: ofDevice } = lstatSync(`${copy}/null`)
    assert.deepEqual([rdev, ofDevice & 0o777], [0x103, 0o640])
    const names = readdirSync(copy, { encoding: 'buffer' })
    assert.ok(names.some((name) => name.equals(Buffer.from([0xff, 0x41]))))
    assert.deepEqual([statSync(copy).uid, statSync(copy).gid], [7, 8])
  })
})

test('a sparse file stays one, and the image must fit', { skip }, async (t) => {
  const rootfs = image(t)
  const file = openSync(join(rootfs, 'var/sparse'), 'w')
  ftruncateSync(file, 8 * 1024 ** 3)
  writeSync(file, 'end', 8 * 1024 ** 3 - 3)
  closeSync(file)
  await copied(specOf(['size=1m']), rootfs, (copy) => {
    const { size, blocks } = statSync(`${copy}/sparse`)
    assert.equal(size, 8 * 1024 ** 3)
    assert.ok(blocks * 512 <= 65536, `${blocks} blocks`)
    const { blocks: all, bavail, bsize } = statfsSync(copy)
    assert.ok((all - bavail) * bsize <= 65536)
  })
  writeFileSync(join(rootfs, 'var/large'), Buffer.alloc(2 * 1024 ** 2, 1))
  const message = 'tmpcopyup: copy /var of the image: ENOSPC (mounts[0])'
  await assert.rejects(copyUp(specOf(['size=1m']), 0, rootfs, never), {
    code: 'ERR_STATOR_STAGE',
    message,
    errno: 'ENOSPC',
  })
})

test(
  'whose it is in a user namespace: of root there, of an id there, or as it is in the image',
  { skip },
  async (t) => {
    const rootfs = image(t)
    const linux = {
      namespaces: [{ type: 'user' as const }],
      uidMappings: [{ containerID: 0, hostID: 100_000, size: 1000 }],
      gidMappings: [{ containerID: 0, hostID: 200_000, size: 1000 }],
    }
    const owner = (copy: string) => [statSync(copy).uid, statSync(copy).gid]
    rmSync(join(rootfs, 'var'), { recursive: true })
    assert.deepEqual(await copied(specOf([], linux), rootfs, owner), [100_000, 200_000])
    assert.deepEqual(await copied(specOf(['uid=5', 'gid=6'], linux), rootfs, owner), [100_005, 200_006])
    mkdirSync(join(rootfs, 'var'))
    chownSync(join(rootfs, 'var'), 100_033, 200_033)
    assert.deepEqual(await copied(specOf([], linux), rootfs, owner), [100_033, 200_033])
  },
)

test('a link of the image at its place ends in the image', { skip }, async (t) => {
  const rootfs = image(t)
  rmSync(join(rootfs, 'var'), { recursive: true })
  mkdirSync(join(rootfs, 'etc'))
  writeFileSync(join(rootfs, 'etc/own'), 'of the image')
  symlinkSync('/etc', join(rootfs, 'var'))
  assert.deepEqual(await copied(specOf([]), rootfs, (copy) => readdirSync(copy)), ['own'])
})

for (const [what, make] of [
  ['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '3'])],
  ['a link to a file of the host', (path: string) => symlinkSync('/etc/hostname', path)],
] as const) {
  test(
    `a file that becomes ${what} while it is copied is read as what it was, or copied as what it is`,
    { skip },
    async (t) => {
      const rootfs = image(t)
      writeFileSync(join(rootfs, 'var/a'), 'text')
      make(join(rootfs, 'b'))
      mkdirSync(join(rootfs, 'other'))
      make(join(rootfs, 'var/b'))
      const fixture = fileURLToPath(new URL('../../fixtures/swap.ts', import.meta.url))
      const swapping = spawn(process.execPath, [...process.execArgv, fixture, join(rootfs, 'var'), 'a', 'b'])
      t.after(() => swapping.kill('SIGKILL'))
      await once(swapping.stdout, 'data')
      let files = 0
      for (let round = 0; round < 1500; round++) {
        await copied(specOf([]), rootfs, (copy) => {
          for (const name of ['a', 'b']) {
            const stats = lstatSync(`${copy}/${name}`, { throwIfNoEntry: false })
            if (stats?.isFile() !== true) continue
            files++
            assert.equal(readFileSync(`${copy}/${name}`, 'utf8'), 'text')
          }
        })
      }
      assert.ok(files > 0)
    },
  )
}

test('who gives up meanwhile is heard', { skip }, async (t) => {
  const rootfs = image(t)
  writeFileSync(join(rootfs, 'var/large'), Buffer.alloc(256 * 1024 ** 2, 1))
  const controller = new AbortController()
  const copying = copyUp(specOf([]), 0, rootfs, controller.signal)
  setImmediate(() => controller.abort())
  await assert.rejects(copying, { code: 'ERR_STATOR_ABORTED' })
})
