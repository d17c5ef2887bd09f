// stator features: that it claims what there is, and nothing else.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Command, Option } from 'commander'
import { flagsWithoutEffect } from '../../../src/cli/commands/features.ts'
import { definitions } from '../../../src/cli/definitions.ts'
import { withoutEffect } from '../../../src/cli/without-effect.ts'
import { capabilities } from '../../../src/native/uapi.ts'
import type { Features } from '../../../src/oci/features.ts'
import { knownMountOptions } from '../../../src/oci/mount-options.ts'
import { example, refusal } from '../../oci/examples.ts'
import { folder, stator } from '../support.ts'

const { code, stdout, stderr } = await stator('features')
const features = JSON.parse(stdout) as Features
const schema = JSON.parse(readFileSync(new URL('../../../src/oci/schema/config.json', import.meta.url), 'utf8')) as {
  definitions: Record<string, unknown>
}

const mount = (options: readonly string[], more: object = {}) =>
  example({ mounts: [{ destination: '/m', type: 'tmpfs', source: 'm', options, ...more }] })
const linux = (fields: Record<string, unknown>) => example({ linux: fields })
const program = (fields: Record<string, unknown>) => example({ process: fields })
const accepts = (config: unknown) => {
  const why = refusal(config)
  assert.ok(why === null || why.startsWith('ERR_STATOR_UNSUPPORTED'), String(why))
  return why === null
}

test('a JSON object, with every member of the specification', () => {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.deepEqual(Object.keys(features), [
    'ociVersionMin',
    'ociVersionMax',
    'hooks',
    'mountOptions',
    'linux',
    'annotations',
    'potentiallyUnsafeConfigAnnotations',
  ])
  assert.deepEqual(Object.keys(features.linux).sort(), [
    'apparmor',
    'capabilities',
    'cgroup',
    'intelRdt',
    'memoryPolicy',
    'mountExtensions',
    'namespaces',
    'netDevices',
    'seccomp',
    'selinux',
  ])
})

test('both versions are accepted, and the one after is not', () => {
  for (const ociVersion of [features.ociVersionMin, features.ociVersionMax])
    assert.equal(refusal(example({ ociVersion })), null, ociVersion)
  assert.match(refusal(example({ ociVersion: '2.0.0' })) ?? '', /^ERR_STATOR_UNSUPPORTED ociVersion/)
})

test('all hooks of the specification, each accepted', () => {
  const { properties } = schema.definitions['hooks'] as { properties: object }
  assert.deepEqual(features.hooks, Object.keys(properties))
  for (const hook of features.hooks) assert.equal(refusal(example({ hooks: { [hook]: [{ path: '/h' }] } })), null)
})

test('a mount option is claimed if and only if it is accepted', () => {
  for (const option of knownMountOptions())
    assert.equal(features.mountOptions.includes(option), accepts(mount([option])), option)
  for (const option of features.mountOptions) assert.ok(knownMountOptions().includes(option), option)
  assert.ok(features.mountOptions.includes('rro') && !features.mountOptions.includes('size=1m'))
})

test('all namespaces of the specification, each accepted', () => {
  const { properties } = schema.definitions['linux'] as {
    properties: { namespaces: { items: { properties: { type: { enum: string[] } } } } }
  }
  assert.deepEqual(features.linux.namespaces, properties.namespaces.items.properties.type.enum.sort())
  const mappings = [{ containerID: 0, hostID: 1, size: 1 }]
  for (const type of features.linux.namespaces) {
    const maps = type === 'user' ? { uidMappings: mappings, gidMappings: mappings } : {}
    assert.equal(refusal(linux({ namespaces: [{ type }], ...maps })), null, type)
  }
})

test('every capability, and no warning for any', () => {
  assert.deepEqual(features.linux.capabilities, capabilities)
  const warnings: string[] = []
  const config = program({ capabilities: { bounding: features.linux.capabilities } })
  assert.equal(refusal(config, { onWarning: (_, message) => warnings.push(message) }), null)
  assert.deepEqual(warnings, [])
})

test('what config.json is refused for is not claimed, and the other way round', () => {
  const { seccomp, apparmor, selinux, intelRdt, mountExtensions, netDevices, memoryPolicy, cgroup } = features.linux
  const mapping = [{ containerID: 0, hostID: 0, size: 1 }]
  const claims: [claimed: boolean, config: unknown][] = [
    [seccomp.enabled, linux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } })],
    [apparmor.enabled, program({ apparmorProfile: 'a' })],
    [selinux.enabled, program({ selinuxLabel: 'a:b' })],
    [intelRdt.enabled, linux({ intelRdt: { closID: 'a' } })],
    [intelRdt.schemata, linux({ intelRdt: { schemata: ['MB:0=50'] } })],
    [intelRdt.monitoring, linux({ intelRdt: { enableMonitoring: true } })],
    [netDevices.enabled, linux({ netDevices: { eth0: { name: 'eth1' } } })],
    [memoryPolicy.modes.length > 0, linux({ memoryPolicy: { mode: 'MPOL_LOCAL' } })],
    [cgroup.rdma, linux({ resources: { rdma: { mlx5: { hcaHandles: 3 } } } })],
    [mountExtensions.idmap.enabled, mount([], { uidMappings: mapping, gidMappings: mapping })],
  ]
  for (const [claimed, config] of claims) assert.equal(claimed, accepts(config), JSON.stringify(config))
})

test(
  'systemd is claimed if and only if --systemd-cgroup is not refused',
  { skip: process.geteuid?.() === 0 ? false : 'root' },
  async (t) => {
    const { stderr } = await stator('--root', folder(t), '--systemd-cgroup', 'create', 'features-systemd')
    const isRefused = stderr.includes('--systemd-cgroup: not available yet')
    assert.equal(features.linux.cgroup.systemd, !isRefused)
    assert.equal(features.linux.cgroup.systemdUser, false)
  },
)

test('annotations: the version, the commands that only end with an error, the flags that have no effect', async () => {
  const { annotations } = features
  const version = (await stator('--version')).stdout.split('\n')[0]
  assert.equal(`stator version ${annotations['org.stator.version']}`, version)
  for (const value of Object.values(annotations)) assert.equal(typeof value, 'string')

  const missing = JSON.parse(annotations['org.stator.commands-not-available'] ?? '') as string[]
  for (const { name } of await commandsOf()) {
    const { stdout } = await stator(name, '--help')
    assert.equal(missing.includes(name), stdout.includes('Not available yet: it ends with an error.'), name)
  }
  assert.equal(annotations['org.stator.checkpoint.enabled'], String(!missing.includes('checkpoint')))

  const flags = JSON.parse(annotations['org.stator.flags-without-effect'] ?? '') as string[]
  assert.deepEqual(flags, flagsWithoutEffect(await definitions()))
  assert.ok(flags.includes('--rootless') && flags.includes('--criu'))
})

async function commandsOf(): Promise<{ name: string }[]> {
  const all = await definitions()
  return all
    .createHelp()
    .visibleCommands(all)
    .map((command) => ({ name: command.name() }))
}

test('a flag without effect says so in the help, and is listed by its command', () => {
  const program = new Command('p')
  const flag = () => withoutEffect(new Option('-x, --extra <n>', 'more'), 'as there is nothing')
  program.addOption(flag()).option('--real', 'does something')
  program.command('sub').addOption(flag()).option('--other', 'does something')
  assert.deepEqual(flagsWithoutEffect(program), ['--extra', 'sub --extra'])
  assert.match(program.helpInformation(), /--extra <n>\s+more; has no effect, as there is nothing/)
})

test('every flag whose help says that it has no effect is listed', async () => {
  const all = await definitions()
  const options = [all, ...all.commands].flatMap((command) => command.options.map((option) => ({ command, option })))
  const flags = flagsWithoutEffect(all)
  for (const { command, option } of options) {
    if (!/\bno effect\b/.test(option.description)) continue
    assert.ok(flags.includes(command === all ? `${option.long}` : `${command.name()} ${option.long}`), option.flags)
  }
})
