import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import type { Hierarchy } from '../../../src/actors/cgroup/layout.ts'
import { folderOf, placeOf } from '../../../src/actors/cgroup/paths.ts'
import { StatorError } from '../../../src/errors.ts'

const pids: Hierarchy = { version: 1, controllers: ['pids'], mount: '/cg/pids', own: '/cg/pids/app' }
const tree: Hierarchy = { version: 2, controllers: ['pids'], mount: '/cg', own: '/cg/slice/app' }

test('without a path: /stator and the id', () => {
  assert.equal(folderOf('hybrid', pids, placeOf('web')), '/cg/pids/stator-web')
  assert.equal(folderOf('unified', tree, placeOf('web', '')), '/cg/stator-web')
})

test('an absolute path is below the root', () => {
  assert.equal(folderOf('hybrid', pids, placeOf('web', '/docker/abc')), '/cg/pids/docker/abc')
  assert.equal(folderOf('unified', tree, placeOf('web', '//docker/./abc/')), '/cg/docker/abc')
})

test('a relative path is below the own group, on version 2 beside it', () => {
  assert.equal(folderOf('legacy', pids, placeOf('web', 'pod/abc')), '/cg/pids/app/pod/abc')
  assert.equal(folderOf('hybrid', tree, placeOf('web', 'pod/abc')), '/cg/slice/app/pod/abc')
  assert.equal(folderOf('unified', tree, placeOf('web', 'pod/abc')), '/cg/slice/pod/abc')
  assert.equal(folderOf('unified', { ...tree, own: '/cg' }, placeOf('web', 'pod')), '/cg/pod')
})

test('.. stops at the top', () => {
  assert.equal(folderOf('hybrid', pids, placeOf('web', '/../../etc')), '/cg/pids/etc')
  assert.equal(folderOf('hybrid', pids, placeOf('web', '../../../etc')), '/cg/pids/app/etc')
  assert.equal(folderOf('hybrid', pids, placeOf('web', 'a/../b')), '/cg/pids/app/b')
})

test('no path at all leads out of the hierarchy, or to its root', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...', 'b c', '\\', 'x:y:z')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, absolute) => {
      const path = (absolute ? '/' : '') + parts.join('/')
      let folder: string
      try {
        folder = folderOf('hybrid', pids, placeOf('web', path))
      } catch (error) {
        assert.ok(error instanceof StatorError)
        return
      }
      const base = path.startsWith('/') || path === '' ? pids.mount : pids.own
      assert.ok(folder.startsWith(`${base}/`) && folder.length > base.length + 1, `${path} → ${folder}`)
      assert.ok(!folder.split('/').includes('..'))
    }),
  )
})

test('a path that names the root itself is refused', () => {
  for (const path of ['/', '.', '..', '/a/..', 'a/b/../..', '//', 'a\0b']) {
    assert.throws(
      () => placeOf('web', path),
      (error: unknown) =>
        error instanceof StatorError && error.code === 'ERR_STATOR_CONFIG' && error.pointer === 'linux.cgroupsPath',
      JSON.stringify(path),
    )
  }
})

test("no id is the name of one of the kernel's files", () => {
  for (const id of ['tasks', 'cgroup.procs', 'memory.max', '_tasks', '..', 'web'])
    assert.equal(placeOf(id).path, `/stator-${id}`)
})

test('another root: groups of other names, however long the id', () => {
  const names = ['/run/stator', '/tmp/a', '/tmp/b'].map((root) => placeOf('web', undefined, root).path)
  assert.equal(names[0], '/stator-web')
  assert.match(names[1] ?? '', /^\/stator-[0-9a-f]{8}~web$/)
  assert.equal(new Set(names).size, 3)
  const long = ['a', 'b'].map((end) => placeOf('x'.repeat(254) + end, undefined, '/tmp/a').path)
  for (const path of long) assert.ok(path.length <= 256, path)
  assert.notEqual(long[0], long[1])
})
