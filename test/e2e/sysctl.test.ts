// linux.sysctl: values of the container's own namespaces, and never of the host.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { NamespaceType } from '../../src/oci/config.ts'
import { both, type Change, holder, lines, missing, output, place, refusedCreate, running } from './support.ts'

const skip = missing

const sysctl =
  (values: Record<string, string>): Change =>
  ({ linux }) =>
    (linux!.sysctl = values)

const without =
  (type: NamespaceType): Change =>
  ({ linux }) =>
    (linux!.namespaces = linux!.namespaces!.filter((namespace) => namespace.type !== type))

const of = (path: string) => readFileSync(`/proc/sys/${path}`, 'utf8').trim()

test('values of network, ipc and uts are the container’s, and the host keeps its own', { skip }, async (t) => {
  const at = await place(t)
  const wanted: Record<string, string> = {
    'net.ipv4.ip_forward': '1',
    'net.ipv4.ping_group_range': '5 1000',
    'net/ipv4/conf/lo/rp_filter': '2',
    'net.core.somaxconn': '77',
    'kernel.shmmax': '123456789',
    'kernel.msgmax': '4096',
    'kernel.sem': '100 32000 32 50',
    'fs.mqueue.msg_max': '5',
  }
  const paths = Object.keys(wanted).map((name) => name.replaceAll('.', '/'))
  const before = paths.map((path) => (existsSync(`/proc/sys/${path}`) ? of(path) : ''))
  const found = await lines(at, paths.map((path) => `cat /proc/sys/${path}`).join(';'), sysctl(wanted))
  assert.deepEqual(
    found.map((value) => value.replace(/\s+/g, ' ')),
    Object.values(wanted),
  )
  assert.deepEqual(
    paths.map((path) => (existsSync(`/proc/sys/${path}`) ? of(path) : '')),
    before,
  )
})

test('a dot in a name is a slash in the other way of writing', { skip }, async (t) => {
  const at = await place(t)
  assert.equal(
    await output(at, ['cat', '/proc/sys/net/ipv4/conf/all/rp_filter'], sysctl({ 'net/ipv4/conf/all/rp_filter': '2' })),
    '2\n',
  )
  assert.equal(
    await output(at, ['cat', '/proc/sys/net/ipv4/conf/all/rp_filter'], sysctl({ 'net.ipv4.conf.all.rp_filter': '1' })),
    '1\n',
  )
})

test('the names of uts may be set this way too', { skip }, async (t) => {
  const at = await place(t)
  const change = both(({ linux }) => void (linux!.sysctl = { 'kernel.domainname': 'by.sysctl' }))
  assert.equal(await output(at, ['cat', '/proc/sys/kernel/domainname'], change), 'by.sysctl\n')
})

test('without the namespace that holds it a sysctl is refused (kernel rule 20)', { skip }, async (t) => {
  const at = await place(t)
  const code = 'ERR_STATOR_CONFIG'
  for (const [name, type] of [
    ['net.ipv4.ip_forward', 'network'],
    ['kernel.shmmax', 'ipc'],
    ['fs.mqueue.msg_max', 'ipc'],
  ] as const) {
    const before = of(name.replaceAll('.', '/'))
    await refusedCreate(at, both(sysctl({ [name]: '1' }), without(type)), {
      code,
      pointer: `linux.sysctl["${name}"]`,
      message: new RegExp(`needs a "${type}" namespace`),
    })
    assert.equal(of(name.replaceAll('.', '/')), before)
  }
})

test('a sysctl of the whole host, and a name that is none, are refused', { skip }, async (t) => {
  const at = await place(t)
  const code = 'ERR_STATOR_CONFIG'
  for (const name of ['kernel.panic', 'vm.overcommit_memory', 'fs.file-max', 'kernel.core_pattern'])
    await refusedCreate(at, sysctl({ [name]: '1' }), {
      code,
      pointer: `linux.sysctl["${name}"]`,
      message: /whole host/,
    })
  for (const name of [
    '',
    '..',
    '../../../etc/passwd',
    'net/../kernel/panic',
    'net/ipv4/../../kernel/panic',
    '/etc/passwd',
    'net..ipv4',
  ])
    await refusedCreate(at, sysctl({ [name]: '1' }), { code })
})

test(
  'a name that the kernel does not know, and a value that it does not take, fail by their place',
  { skip },
  async (t) => {
    const at = await place(t)
    const code = 'ERR_STATOR_STAGE'
    await refusedCreate(at, sysctl({ 'net.ipv4.no_such_sysctl': '1' }), {
      code,
      pointer: 'linux.sysctl["net.ipv4.no_such_sysctl"]',
      errno: 'ENOENT',
    })
    await refusedCreate(at, sysctl({ 'net.ipv4.ip_forward': 'banana' }), {
      code,
      pointer: 'linux.sysctl["net.ipv4.ip_forward"]',
      errno: 'EINVAL',
    })
  },
)

test('a joined namespace is changed, and not the host', { skip }, async (t) => {
  const at = await place(t)
  const { pid } = holder(t, ['--net'])
  const before = of('net/ipv4/ip_default_ttl')
  await running(t, at, (config) => {
    config.linux!.namespaces = config.linux!.namespaces!.map((namespace) =>
      namespace.type === 'network' ? { type: 'network', path: `/proc/${pid}/ns/net` } : namespace,
    )
    config.linux!.sysctl = { 'net.ipv4.ip_default_ttl': '99' }
  })
  const joining: Change = (config) => {
    config.linux!.namespaces = config.linux!.namespaces!.map((namespace) =>
      namespace.type === 'network' ? { type: 'network', path: `/proc/${pid}/ns/net` } : namespace,
    )
  }
  assert.equal(await output(at, ['cat', '/proc/sys/net/ipv4/ip_default_ttl'], joining), '99\n')
  assert.equal(of('net/ipv4/ip_default_ttl'), before)
})

test('in a user namespace, where root of the container has the right', { skip }, async (t) => {
  const at = await place(t)
  const change: Change = ({ linux }) => {
    linux!.namespaces!.push({ type: 'user' })
    linux!.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
    linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
    linux!.sysctl = { 'net.ipv4.ip_forward': '1' }
  }
  assert.equal(await output(at, ['cat', '/proc/sys/net/ipv4/ip_forward'], change), '1\n')
})
