import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isBindMount, knownMountOptions, parseMountOptions } from '../../src/oci/mount-options.ts'

const nothing = parseMountOptions([])

test('no options ask for nothing', () => {
  assert.deepEqual(nothing, {
    bind: false,
    recursiveBind: false,
    remount: false,
    attributes: { set: [], clear: [], accessTime: null },
    recursiveAttributes: { set: [], clear: [], accessTime: null },
    superblock: { set: [], clear: [] },
    propagation: [],
    data: [],
    idMapping: null,
    copyUp: false,
  })
  assert.deepEqual(parseMountOptions(undefined), nothing)
  assert.deepEqual(parseMountOptions(['defaults']), nothing)
})

test('each attribute has an option that sets it and one that clears it, here and below', () => {
  const pairs = {
    ro: 'rw',
    nosuid: 'suid',
    nodev: 'dev',
    noexec: 'exec',
    nodiratime: 'diratime',
    nosymfollow: 'symfollow',
  }
  for (const [set, clear] of Object.entries(pairs)) {
    assert.deepEqual(parseMountOptions([set]).attributes, { set: [set], clear: [], accessTime: null })
    assert.deepEqual(parseMountOptions([clear]).attributes, { set: [], clear: [set], accessTime: null })
    const recursive = parseMountOptions([`r${set}`])
    assert.deepEqual(recursive.recursiveAttributes, { set: [set], clear: [], accessTime: null })
    assert.deepEqual(recursive.attributes, nothing.attributes)
    assert.deepEqual(parseMountOptions([`r${clear}`]).recursiveAttributes, { set: [], clear: [set], accessTime: null })
  }
})

test('of two that contradict each other the later counts', () => {
  assert.deepEqual(parseMountOptions(['ro', 'nodev', 'rw']).attributes, {
    set: ['nodev'],
    clear: ['ro'],
    accessTime: null,
  })
  assert.deepEqual(parseMountOptions(['rw', 'ro']).attributes, { set: ['ro'], clear: [], accessTime: null })
  assert.deepEqual(parseMountOptions(['rw', 'ro']).superblock, { set: ['ro'], clear: [] })
  assert.deepEqual(parseMountOptions(['sync', 'async', 'lazytime']).superblock, { set: ['lazytime'], clear: ['sync'] })
})

test('the times of access are one choice of three', () => {
  const cases: [string, string | null][] = [
    ['', null],
    ['noatime', 'noatime'],
    ['relatime', 'relatime'],
    ['strictatime', 'strictatime'],
    ['noatime relatime', 'relatime'],
    ['relatime strictatime noatime', 'noatime'],
    ['atime', 'relatime'],
    ['noatime atime', 'relatime'],
    ['strictatime atime', 'strictatime'],
    ['nostrictatime', 'relatime'],
    ['strictatime nostrictatime', 'relatime'],
    ['noatime nostrictatime', 'noatime'],
    ['norelatime', 'strictatime'],
    ['noatime norelatime', 'noatime'],
    ['nodiratime', null],
  ]
  for (const [options, accessTime] of cases) {
    const list = options.split(' ').filter(Boolean)
    assert.equal(parseMountOptions(list).attributes.accessTime, accessTime, options)
    const below = parseMountOptions(list.map((option) => `r${option}`))
    assert.equal(below.recursiveAttributes.accessTime, accessTime, `recursive: ${options}`)
    assert.equal(below.attributes.accessTime, null)
  }
})

test('bind mounts: by option or by type', () => {
  for (const [options, type, bind, recursiveBind] of [
    [['bind'], undefined, true, false],
    [['rbind'], 'none', true, true],
    [['rbind', 'bind'], undefined, true, true],
    [[], 'bind', true, false],
    [['rbind'], 'bind', true, true],
    [['ro'], 'tmpfs', false, false],
  ] as const) {
    const parsed = parseMountOptions(options, type)
    assert.deepEqual([parsed.bind, parsed.recursiveBind], [bind, recursiveBind])
    assert.equal(isBindMount({ type, options }), bind)
  }
})

test('propagation keeps its order', () => {
  assert.deepEqual(parseMountOptions(['rslave', 'shared', 'private', 'runbindable']).propagation, [
    { type: 'slave', recursive: true },
    { type: 'shared', recursive: false },
    { type: 'private', recursive: false },
    { type: 'unbindable', recursive: true },
  ])
})

test('what is nobody else’s is for the file system, in order', () => {
  const { data, superblock, attributes } = parseMountOptions([
    'mode=755',
    'nosuid',
    'newinstance',
    'size=64k',
    'RO',
    'mode=700',
    'acl',
    'dirsync',
    'silent',
    'noiversion',
    'nomand',
  ])
  assert.deepEqual(data, ['mode=755', 'newinstance', 'size=64k', 'RO', 'mode=700', 'acl'])
  assert.deepEqual(superblock, { set: ['dirsync', 'silent'], clear: ['iversion', 'mand'] })
  assert.deepEqual(attributes.set, ['nosuid'])
})

test('extensions and id mappings are told apart from data', () => {
  const { idMapping, copyUp, remount, data } = parseMountOptions(['idmap', 'ridmap', 'tmpcopyup', 'remount'])
  assert.deepEqual({ idMapping, copyUp, remount, data }, { idMapping: 'ridmap', copyUp: true, remount: true, data: [] })
})

test('every option of the specification is known', () => {
  const specification =
    `async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud mand noatime nodev
    nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev
    rdiratime relatime remount rexec ridmap rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid
    rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent
    slave strictatime suid symfollow sync tmpcopyup unbindable`.split(/\s+/)
  assert.deepEqual(knownMountOptions(), specification.sort())
})

test('no flag is both set and cleared, whatever the options', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...knownMountOptions(), 'x=1')), (options) => {
      const { attributes, recursiveAttributes, superblock, data } = parseMountOptions(options)
      for (const { set, clear } of [attributes, recursiveAttributes, superblock]) {
        assert.equal(new Set([...set, ...clear]).size, set.length + clear.length)
      }
      assert.equal(data.length, options.filter((option) => option === 'x=1').length)
    }),
  )
})
