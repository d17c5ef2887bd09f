import assert from 'node:assert/strict'
import { test } from 'node:test'
import { example, refusal } from './examples.ts'

const process = (fields: object) => example({ process: { ...fields } })
const linux = (fields: object) => example({ linux: { ...fields } })
const resources = (fields: object) => linux({ resources: fields })
const mount = (fields: object) => example({ mounts: [{ destination: '/m', type: 'tmpfs', ...fields }] })
const mapping = [{ containerID: 0, hostID: 0, size: 1 }]

test('each field that is not supported is refused by its name', () => {
  const cases: [Record<string, unknown>, string][] = [
    [process({ apparmorProfile: 'docker-default' }), 'process.apparmorProfile'],
    [process({ selinuxLabel: 'a:b' }), 'process.selinuxLabel'],
    [process({ execCPUAffinity: { initial: '0' } }), 'process.execCPUAffinity'],
    [linux({ netDevices: { eth0: { name: 'a' } } }), 'linux.netDevices'],
    [linux({ intelRdt: { closID: 'a' } }), 'linux.intelRdt'],
    [linux({ intelRdt: { enableMonitoring: true } }), 'linux.intelRdt'],
    [linux({ memoryPolicy: { mode: 'MPOL_INTERLEAVE' } }), 'linux.memoryPolicy'],
    [linux({ mountLabel: 'a' }), 'linux.mountLabel'],
    [mount({ uidMappings: mapping }), 'mounts[0].uidMappings'],
    [mount({ gidMappings: mapping }), 'mounts[0].gidMappings'],
    [resources({ memory: { limit: 1, reservation: 2 } }), 'linux.resources.memory.reservation'],
    [resources({ memory: { swappiness: 0 } }), 'linux.resources.memory.swappiness'],
    [resources({ memory: { disableOOMKiller: true } }), 'linux.resources.memory.disableOOMKiller'],
    [resources({ cpu: { shares: 2, quota: 5000 } }), 'linux.resources.cpu.quota'],
    [resources({ cpu: { cpus: '0-1' } }), 'linux.resources.cpu.cpus'],
    [resources({ blockIO: { weight: 10 } }), 'linux.resources.blockIO.weight'],
    [resources({ network: { classID: 1 } }), 'linux.resources.network.classID'],
    [resources({ hugepageLimits: [{ pageSize: '2MB', limit: 1 }] }), 'linux.resources.hugepageLimits'],
    [resources({ rdma: { mlx5_1: { hcaHandles: 3 } } }), 'linux.resources.rdma'],
    [resources({ unified: { 'memory.high': '1' } }), 'linux.resources.unified'],
    ...['windows', 'solaris', 'freebsd', 'vm', 'zos'].map((platform): [Record<string, unknown>, string] => [
      example({ [platform]: { any: [1] } }),
      platform,
    ]),
  ]
  for (const [config, pointer] of cases) {
    assert.equal(refusal(config), `ERR_STATOR_UNSUPPORTED ${pointer}: is not supported yet`)
  }
})

test('a mount option that is not supported is named with its place', () => {
  for (const option of ['idmap', 'ridmap']) {
    assert.equal(
      refusal(mount({ options: ['ro', option] })),
      `ERR_STATOR_UNSUPPORTED mounts[0].options[1]: "${option}" is not supported yet`,
    )
  }
})

test('what asks for nothing is not refused', () => {
  const accepted = [
    process({
      terminal: false,
      apparmorProfile: '',
      selinuxLabel: '',
      execCPUAffinity: {},
      consoleSize: { height: 0, width: 0 },
    }),
    linux({ netDevices: {}, intelRdt: {}, mountLabel: '', seccomp: { defaultAction: '' }, memoryPolicy: { mode: '' } }),
    mount({ uidMappings: [], gidMappings: [] }),
    resources({
      memory: { limit: 1, swap: 2, reservation: 0, disableOOMKiller: false, checkBeforeUpdate: false },
      cpu: { shares: 2, quota: 0, period: 0, cpus: '' },
      blockIO: { weight: 0, weightDevice: [] },
      network: { priorities: [] },
      pids: { limit: 0 },
      hugepageLimits: [],
      rdma: {},
      unified: {},
      devices: [{ allow: false, access: 'rwm' }],
    }),
    example({ windows: {}, vm: {}, solaris: null, zos: {} }),
  ]
  for (const config of accepted) assert.equal(refusal(config), null)
})

test('a value of a wrong type is named as such even where its field is not supported', () => {
  assert.equal(refusal(linux({ seccomp: 5 })), 'ERR_STATOR_CONFIG linux.seccomp: must be an object')
  assert.equal(refusal(process({ terminal: 'yes' })), 'ERR_STATOR_CONFIG process.terminal: must be true or false')
})
