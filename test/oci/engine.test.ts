import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../../src/oci/parse.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'

const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_KILL',
]

/** As engines that drive runc write it, without what Stator refuses: empty fields, -1 for any, a joined namespace. */
const engine = {
  ociVersion: '1.2.1',
  process: {
    user: { uid: 0, gid: 0, umask: 18, additionalGids: [0, 10] },
    args: ['/bin/sh', '-c', 'echo hello'],
    env: ['PATH=/usr/sbin:/usr/bin', 'HOSTNAME=web', 'EMPTY='],
    cwd: '/',
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities, inheritable: null },
    rlimits: [
      { type: 'RLIMIT_NOFILE', hard: 1_048_576, soft: 1_048_576 },
      { type: 'RLIMIT_NPROC', hard: 2n ** 64n - 1n, soft: 2n ** 64n - 1n },
    ],
    noNewPrivileges: true,
    oomScoreAdj: 0,
    apparmorProfile: '',
  },
  root: { path: '/var/lib/engine/overlay/merged' },
  hostname: 'web',
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev/shm', type: 'bind', source: '/run/engine/shm', options: ['rbind', 'rprivate', 'nosuid'] },
    { destination: '/etc/hosts', type: 'bind', source: '/run/engine/hosts', options: ['bind', 'rprivate', 'rro'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['rprivate', 'nosuid', 'relatime', 'ro'],
    },
  ],
  hooks: { createRuntime: [{ path: '/usr/libexec/hook', args: ['hook', 'run'], timeout: 10 }], poststop: [] },
  annotations: { 'org.opencontainers.image.created': '', 'io.engine.autoremove': 'FALSE' },
  linux: {
    sysctl: { 'net.ipv4.ping_group_range': '0 0', 'net.ipv4.ip_unprivileged_port_start': '0' },
    resources: {
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
        { allow: true, type: 'c', major: 136, minor: -1, access: 'rwm' },
      ],
      memory: { limit: 9_223_372_036_854_771_712n, disableOOMKiller: false },
      cpu: { shares: 1024 },
      pids: { limit: 2048 },
      blockIO: { weight: 0 },
      unified: {},
    },
    cgroupsPath: '/engine/4f66ad9a0b2e',
    namespaces: [
      { type: 'pid' },
      { type: 'network', path: '/run/netns/netns-8f0e' },
      { type: 'ipc', path: '' },
      { type: 'uts' },
      { type: 'mount' },
      { type: 'cgroup' },
    ],
    devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o20666, uid: 0, gid: 0 }],
    maskedPaths: ['/proc/acpi', '/proc/kcore', '/sys/firmware', '/sys/fs/selinux'],
    readonlyPaths: ['/proc/bus', '/proc/sys', '/proc/sysrq-trigger'],
    mountLabel: '',
    intelRdt: {},
  },
}

test('what an engine writes is accepted, and nothing of it is lost', () => {
  const ignored: string[] = []
  const config = parseConfig(stringifyConfig(engine), { onIgnored: (pointer) => ignored.push(pointer) })
  assert.deepEqual(ignored, [])
  assert.equal(config.linux?.resources?.memory?.limit, 9_223_372_036_854_771_712n)
  assert.equal(config.linux.resources.devices?.[2]?.minor, -1n)
  assert.deepEqual(config.linux.namespaces?.[1], { type: 'network', path: '/run/netns/netns-8f0e' })
  assert.deepEqual(config.linux.namespaces[2], { type: 'ipc' })
  assert.equal('mountLabel' in config.linux, false)
  assert.deepEqual(config.mounts, engine.mounts)
  assert.deepEqual(config.annotations, engine.annotations)
})
