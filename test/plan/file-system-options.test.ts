// The layers of an overlay that is too long for one call: what `lowerdir` escapes, and where it ends.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overlayLayers } from '../../src/plan/compile/file-system-options.ts'

const layers = (lowerdir: string) => overlayLayers(lowerdir).map(({ key, path }) => `${key}${path}`)

test('layers are divided by colons that no backslash is before', () => {
  assert.deepEqual(layers('/a:/b'), ['lowerdir+/a', 'lowerdir+/b'])
  assert.deepEqual(layers('/a\\:b:/c\\,d:/e\\\\:/f\\\\\\:g'), [
    'lowerdir+/a:b',
    'lowerdir+/c,d',
    'lowerdir+/e\\',
    'lowerdir+/f\\:g',
  ])
  assert.deepEqual(layers('/a,b:/c d'), ['lowerdir+/a,b', 'lowerdir+/c d'])
})

test('after two colons come layers that only hold data', () => {
  assert.deepEqual(layers('/a:/b::/c::/d'), ['lowerdir+/a', 'lowerdir+/b', 'datadir+/c', 'datadir+/d'])
  assert.deepEqual(layers('/a\\::/b'), ['lowerdir+/a:', 'lowerdir+/b'])
})

test('what is nothing stays for the kernel to refuse', () => {
  assert.deepEqual(layers(':/a'), ['lowerdir+', 'lowerdir+/a'])
  assert.deepEqual(layers('/a:'), ['lowerdir+/a', 'lowerdir+'])
})
