import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FilterCache, type FilterKey } from '../../../src/actors/seccomp/cache.ts'
import type { Filter } from '../../../src/actors/seccomp/filter.ts'
import type { Seccomp } from '../../../src/oci/config.ts'

const key: FilterKey = { libseccomp: '2.5.4', architecture: 'x86_64', stator: 1, kernelFlags: 7 }
const filter: Filter = {
  program: Uint8Array.from({ length: 64 }, (_, index) => index),
  flags: 4,
  notifies: true,
  skipped: [{ name: 'no_such_call', pointer: 'linux.seccomp.syscalls[0].names[1]' }],
}
/** Another object each time, as from another config.json. */
const profile = (name = 'read', value = 1n): Seccomp => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: [name], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] }],
})
const never = (): never => assert.fail('compiled again')
/** Whether it had to be compiled. */
function compiles(cache: FilterCache, of: Seccomp = profile(), with_ = key): boolean {
  let compiled = false
  const found = cache.get(of, with_, () => {
    compiled = true
    return filter
  })
  assert.deepEqual(found, filter)
  return compiled
}

suite('in memory', () => {
  test('a profile is compiled once, as the same object and as an equal one', () => {
    const cache = new FilterCache(null)
    const one = profile()
    assert.equal(compiles(cache, one), true)
    assert.equal(cache.get(one, key, never), filter)
    assert.equal(cache.get(profile(), key, never), filter)
    const { syscalls, defaultAction } = profile()
    assert.equal(cache.get({ syscalls: syscalls!, defaultAction }, key, never), filter, 'in another order')
    assert.equal(cache.get({ ...profile(), listenerPath: '/run/agent' }, key, never), filter, 'with another listener')
  })

  test('what makes another program is another entry', () => {
    const cache = new FilterCache(null)
    compiles(cache)
    const wide = 2n ** 64n - 1n
    const [rule] = profile().syscalls!
    const [argument] = rule!.args!
    const others: readonly Seccomp[] = [
      { ...profile(), defaultErrnoRet: 1 },
      { ...profile(), defaultAction: 'SCMP_ACT_KILL' },
      { ...profile(), architectures: ['SCMP_ARCH_X86'] },
      { ...profile(), syscalls: [{ ...rule!, errnoRet: 1 }] },
      { ...profile(), syscalls: [{ ...rule!, action: 'SCMP_ACT_LOG' }] },
      { ...profile(), syscalls: [{ ...rule!, args: [] }] },
      { ...profile(), syscalls: [rule!, rule!] },
      { ...profile(), syscalls: [{ ...rule!, args: [{ ...argument!, index: 1 }] }] },
      { ...profile(), syscalls: [{ ...rule!, args: [{ ...argument!, op: 'SCMP_CMP_NE' }] }] },
      { ...profile(), syscalls: [{ ...rule!, args: [{ ...argument!, valueTwo: 1n }] }] },
      profile('write'),
      profile('read', wide),
      profile('read', wide - 1n),
      { ...profile(), flags: [] },
    ]
    for (const other of others) {
      assert.equal(compiles(cache, other), true)
    }
    const one = profile()
    cache.get(one, key, never)
    const keys: Partial<FilterKey>[] = [
      { libseccomp: '2.6.0' },
      { architecture: 'aarch64' },
      { stator: 2 },
      { kernelFlags: 3 },
    ]
    for (const other of keys) {
      assert.equal(compiles(cache, one, { ...key, ...other }), true)
    }
    cache.get(one, key, never)
  })

  test('it is bounded, and what was not used for longest goes', () => {
    const cache = new FilterCache(null)
    for (let index = 0; index < 64; index++) compiles(cache, profile(`call${index}`))
    assert.equal(compiles(cache, profile('call0')), false)
    assert.equal(compiles(cache, profile('one more')), true)
    assert.equal(compiles(cache, profile('call0')), false)
    assert.equal(compiles(cache, profile('call1')), true)
  })

  test('what compile throws is thrown, and not kept', () => {
    const cache = new FilterCache(null)
    const one = profile()
    const error = new Error('no libseccomp')
    assert.throws(() => cache.get(one, key, () => { throw error }), error) // prettier-ignore
    assert.equal(compiles(cache, one), true)
  })
})

suite('on the disk', () => {
  let root: string
  let folder: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'filters-'))
    folder = join(root, 'seccomp')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** Its only entry. */
  const entry = () => {
    const [name, ...others] = readdirSync(folder)
    assert.deepEqual(others, [])
    assert.match(name!, /^[0-9a-f]{64}\.bpf$/)
    return join(folder, name!)
  }

  test('another process compiles nothing', () => {
    assert.equal(compiles(new FilterCache(folder)), true)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(entry()).mode & 0o777, 0o600)
    assert.equal(compiles(new FilterCache(folder)), false)
    assert.equal(compiles(new FilterCache(folder), profile('write')), true)
  })

  test('wherever a byte is damaged, it is found, and made anew', () => {
    compiles(new FilterCache(folder))
    const good = readFileSync(entry())
    const damaged = Array.from(good, (byte, index) => {
      const bytes = Buffer.from(good)
      bytes[index] = byte ^ 0x10
      return bytes
    })
    const cut = [0, 1, 8, 59, 60, 100, good.length - 1].map((length) => good.subarray(0, length))
    for (const bytes of [...damaged, ...cut, Buffer.concat([good, Buffer.from('x')]), Buffer.alloc(good.length)]) {
      writeFileSync(entry(), bytes)
      assert.equal(compiles(new FilterCache(folder)), true)
      assert.ok(readFileSync(entry()).equals(good))
    }
    assert.equal(compiles(new FilterCache(folder)), false)
  })

  test('the entry of another profile is not taken for this one', () => {
    compiles(new FilterCache(folder), profile('write'))
    const other = entry()
    renameSync(other, join(root, 'other'))
    compiles(new FilterCache(folder))
    copyFileSync(join(root, 'other'), entry())
    assert.equal(compiles(new FilterCache(folder)), true)
    assert.equal(compiles(new FilterCache(folder)), false)
  })

  test('a file that somebody else could have written is removed, not believed', () => {
    compiles(new FilterCache(folder))
    const path = entry()
    const aside = join(root, 'aside')
    const foreign: Record<string, () => void> = {
      'for the group': () => chmodSync(path, 0o620),
      'for all': () => chmodSync(path, 0o602),
      'a second name': () => linkSync(path, aside),
      'a link': () => {
        renameSync(path, aside)
        symlinkSync(aside, path)
      },
      'a FIFO': () => {
        rmSync(path)
        execFileSync('mkfifo', [path])
      },
    }
    if (process.geteuid!() === 0) foreign['the owner'] = () => chownSync(path, 65534, 0)
    for (const [name, forge] of Object.entries(foreign)) {
      forge()
      assert.equal(compiles(new FilterCache(folder)), true, name)
      rmSync(aside, { force: true })
      assert.ok(lstatSync(path).isFile(), name)
      assert.equal(compiles(new FilterCache(folder)), false, name)
    }
  })

  test('a folder that somebody else could write to is neither read nor written', () => {
    compiles(new FilterCache(folder))
    const tryAll = (name: string) => {
      assert.equal(compiles(new FilterCache(folder)), true, name)
      assert.equal(compiles(new FilterCache(folder), profile('write')), true, name)
    }
    chmodSync(folder, 0o770)
    tryAll('mode')
    if (process.geteuid!() === 0) {
      chmodSync(folder, 0o700)
      chownSync(folder, 65534, 0)
      tryAll('owner')
      chownSync(folder, 0, 0)
    }
    chmodSync(folder, 0o700)
    entry() // nothing came
    renameSync(folder, join(root, 'real'))
    symlinkSync(join(root, 'real'), folder)
    tryAll('link')
  })

  test('where nothing can be stored, it costs the compile', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'x'), join(root, 'no', 'such'), '/proc/stator', '/sys/stator']) {
      const cache = new FilterCache(path)
      const one = profile()
      assert.equal(compiles(cache, one), true, path)
      assert.equal(compiles(cache, one), false, path)
      assert.equal(compiles(cache), false, path)
    }
    assert.equal(existsSync(join(root, 'no')), false)
    // In the entry's place: what unlink(2) does not take away.
    compiles(new FilterCache(folder))
    const path = entry()
    rmSync(path)
    mkdirSync(path)
    assert.equal(compiles(new FilterCache(folder)), true)
    assert.deepEqual(readdirSync(folder).length, 1, 'what was half written is gone')
  })

  test('on a full disk, too', { skip: process.geteuid!() !== 0 && 'needs root: it mounts' }, () => {
    // In a mount namespace of its own. 2 pages: the folder's and one of a file that fills it.
    const cache = fileURLToPath(new URL('../../../src/actors/seccomp/cache.ts', import.meta.url))
    const script = `import { FilterCache } from ${JSON.stringify(cache)}
import { readdirSync, writeFileSync } from 'node:fs'
try { writeFileSync(${JSON.stringify(`${root}/fill`)}, Buffer.alloc(1 << 20)) } catch (error) { console.log(error.code) }
const key = ${JSON.stringify(key)}
const get = () => new FilterCache(${JSON.stringify(folder)}).get({ defaultAction: 'SCMP_ACT_ALLOW' }, key, () => {
  console.log('compiled')
  return { program: new Uint8Array(8192), flags: 0, notifies: false, skipped: [] }
})
get()
get()
console.log(readdirSync(${JSON.stringify(folder)}).length)`
    writeFileSync(join(tmpdir(), 'full.mts'), script)
    const shell = 'mount -t tmpfs -o size=8k none "$1" && exec "$2" --import tsx "$3"'
    const args = ['-m', 'sh', '-c', shell, 'sh', root, process.execPath, join(tmpdir(), 'full.mts')]
    const repository = fileURLToPath(new URL('../../../', import.meta.url))
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', cwd: repository })
    assert.equal(stdout, 'ENOSPC\ncompiled\ncompiled\n0\n', stderr)
    rmSync(join(tmpdir(), 'full.mts'))
  })

  test('it does not grow without end: the oldest go', () => {
    compiles(new FilterCache(folder))
    const first = entry()
    utimesSync(first, 1, 1)
    for (let index = 0; index < 254; index++) writeFileSync(join(folder, `~1-${index}`), '')
    compiles(new FilterCache(folder), profile('write'))
    assert.equal(readdirSync(folder).length, 256)
    assert.ok(existsSync(first))
    compiles(new FilterCache(folder), profile('open'))
    assert.equal(readdirSync(folder).length, 129)
    assert.equal(existsSync(first), false)
    assert.equal(compiles(new FilterCache(folder), profile('open')), false)
  })
})
