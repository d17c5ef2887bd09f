// Where mount points lead by the links of an image: as the kernel follows them, as far as there is something to follow.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkedTargets } from '../../../src/actors/process/linked-targets.ts'

/** An image that has these links, and nothing else. */
function led(links: Readonly<Record<string, string>>, ...destinations: readonly string[]) {
  const found = linkedTargets(
    '/image',
    destinations.map((destination) => ({ destination })),
    (path) => links[path.slice('/image'.length)] ?? null,
  )
  return Object.fromEntries(found)
}

test('a destination without a link is not named, however it is written', () => {
  assert.deepEqual(led({}, '/a', 'b', '/c/../d/./e/', '/'), {})
})

test('links are followed within the image: relative, absolute, above the root, one after the other', () => {
  const links = {
    '/etc/r': '../run/r',
    '/etc/a': '/run/a',
    '/etc/u': '../../../../run/./u/',
    '/etc/c': 'r',
    '/v': 'w/x',
  }
  assert.deepEqual(led(links, '/etc/r', '/etc/a', '/etc/u', '/etc/c', '/v/y', 'etc/../v'), {
    '/etc/r': '/run/r',
    '/etc/a': '/run/a',
    '/etc/u': '/run/u',
    '/etc/c': '/run/r',
    '/v/y': '/w/x/y',
    'etc/../v': '/w/x',
  })
})

test('".." in a link is above where the links before it lead', () => {
  assert.deepEqual(led({ '/a': '/b/c', '/l': 'a/../d' }, '/l'), { '/l': '/b/d' })
})

test('links below an earlier mount are covered by it', () => {
  const links = { '/run/x': '/tmp', '/etc/l': '/run/x/y', '/var/run': '../run', '/proc/z': '/tmp' }
  assert.deepEqual(led(links, '/etc/l', '/run', '/run/x'), { '/etc/l': '/tmp/y' })
  assert.deepEqual(led(links, '/run', '/etc/l', '/run/x/b'), { '/etc/l': '/run/x/y' })
  assert.deepEqual(
    led(links, '/var/run', '/run/x/b'),
    { '/var/run': '/run' },
    'by where that mount is, not by its name',
  )
  assert.deepEqual(led(links, '/proc', '/proc/z'), {})
})

test('a circle leads nowhere, and a long way somewhere', () => {
  assert.deepEqual(led({ '/a': 'b', '/b': 'a' }, '/a', '/b/c'), {})
  const chain = (length: number) => Object.fromEntries([...Array(length).keys()].map((n) => [`/l${n}`, `l${n + 1}`]))
  assert.deepEqual(led(chain(40), '/l0'), { '/l0': '/l40' })
  assert.deepEqual(led(chain(41), '/l0'), {})
})

test('a name that every object has is no link', () => {
  assert.deepEqual(led({}, 'constructor', '/__proto__'), {})
})
