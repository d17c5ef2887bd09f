// hostname and domainname.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { addProbe, type Change, holder, missing, output, place, refusedCreate } from './support.ts'

const skip = missing

const named =
  (host?: string, domain?: string): Change =>
  (config) => {
    delete config.hostname
    if (host !== undefined) config.hostname = host
    if (domain !== undefined) config.domainname = domain
  }

const withoutUts: Change = ({ linux }) => {
  linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'uts')
}

const names = 'hostname; cat /proc/sys/kernel/domainname'
const domainOfHost = () => readFileSync('/proc/sys/kernel/domainname', 'utf8')

test('hostname and domainname are the config’s, inside alone', { skip }, async (t) => {
  const at = await place(t)
  const before = [hostname(), domainOfHost()]
  assert.equal(await output(at, names, named('web-1', 'example.org')), 'web-1\nexample.org\n')
  assert.deepEqual([hostname(), domainOfHost()], before)
})

test('without them a new namespace has those of the host', { skip }, async (t) => {
  const at = await place(t)
  assert.equal(await output(at, names, named()), `${hostname()}\n${domainOfHost()}`)
})

test('each alone, 64 bytes of any kind', { skip }, async (t) => {
  const at = await place(t)
  assert.equal(await output(at, names, named(undefined, 'only.domain')), `${hostname()}\nonly.domain\n`)
  const long = 'ü'.repeat(32)
  assert.equal(await output(at, ['hostname'], named(long)), `${long}\n`)
  addProbe(at.rootfs)
  assert.match(await output(at, ['probe', 'machine'], named('n', 'd')), / n d /)
})

test(
  'longer than 64 bytes, or without a uts namespace: refused, and the host keeps its name (kernel rule 20)',
  { skip },
  async (t) => {
    const at = await place(t)
    const before = hostname()
    const code = 'ERR_STATOR_CONFIG'
    await refusedCreate(at, named('x'.repeat(65)), { code, pointer: 'hostname' })
    await refusedCreate(at, named('n', `${'ü'.repeat(32)}x`), { code, pointer: 'domainname' })
    for (const [change, pointer] of [
      [named('web'), 'hostname'],
      [named(undefined, 'domain'), 'domainname'],
    ] as const)
      await refusedCreate(at, (config) => (change(config), withoutUts(config)), {
        code,
        pointer,
        message: /needs a "uts" namespace/,
      })
    assert.equal(hostname(), before)
  },
)

test('in a joined uts namespace the name is set for all who are in it', { skip }, async (t) => {
  const at = await place(t)
  const { pid } = holder(t, ['--uts'], 'hostname before')
  const joined =
    (change: Change): Change =>
    (config) => {
      withoutUts(config)
      config.linux!.namespaces!.push({ type: 'uts', path: `/proc/${pid}/ns/uts` })
      change(config)
    }
  assert.equal(await output(at, ['hostname'], joined(named())), 'before\n')
  assert.equal(await output(at, ['hostname'], joined(named('after'))), 'after\n')
  assert.equal(await output(at, ['hostname'], joined(named())), 'after\n')
})
