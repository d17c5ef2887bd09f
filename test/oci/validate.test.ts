import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizeConfig } from '../../src/oci/parse.ts'
import { sysctlNamespace, sysctlPath } from '../../src/oci/sysctl.ts'
import { refuseProcMount } from '../../src/oci/validate.ts'
import { example, refusal } from './examples.ts'

/** Each configuration is refused with the message, or accepted where that is null. */
function table(cases: readonly (readonly [unknown, string | null])[]): void {
  for (const [config, message] of cases) {
    assert.equal(refusal(config), message === null ? null : `ERR_STATOR_CONFIG ${message}`)
  }
}

const namespaces = (...types: string[]) => types.map((type) => ({ type }))

test('a configuration without linux is valid', () => {
  table([[{ ociVersion: '1.0.0', root: { path: '/r' }, process: { args: ['a'], cwd: '/' } }, null]])
})

test('the process has a program, an absolute folder, and an environment of names and values', () => {
  table([
    [example({ process: { args: [] } }), 'process.args: must name a program'],
    [example({ process: { args: [''] } }), 'process.args[0]: must not be empty'],
    [example({ process: { args: ['sh', ''] } }), null],
    [example({ process: { cwd: '' } }), 'process.cwd: must be an absolute path'],
    [example({ process: { cwd: './x' } }), 'process.cwd: must be an absolute path'],
    [example({ process: { env: ['A=1', 'B'] } }), 'process.env[1]: must have the form NAME=value'],
    [example({ process: { env: ['=1'] } }), 'process.env[0]: must have a name before "="'],
    [example({ process: { env: ['A=', 'A==', 'A.b-c=1'] } }), null],
    [example({ root: { path: '' } }), 'root.path: must not be empty'],
  ])
})

test('rlimits are given once, and soft is not above hard', () => {
  const limit = (type: string, soft: bigint, hard: bigint) => ({ type, soft, hard })
  table([
    [example({ process: { rlimits: [limit('RLIMIT_AS', 1n, 1n), limit('RLIMIT_CPU', 0n, 2n ** 64n - 1n)] } }), null],
    [
      example({ process: { rlimits: [limit('RLIMIT_AS', 2n ** 64n - 1n, 2n ** 64n - 2n)] } }),
      'process.rlimits[0].soft: must not be above hard, which is 18446744073709551614',
    ],
    [
      example({ process: { rlimits: [limit('RLIMIT_AS', 1n, 1n), limit('RLIMIT_AS', 1n, 1n)] } }),
      'process.rlimits[1].type: must not repeat the RLIMIT_AS of process.rlimits[0]',
    ],
  ])
  assert.match(
    refusal(example({ process: { rlimits: [limit('RLIMIT_FOO', 1n, 1n)] } }))!,
    /rlimits\[0\]\.type: must be one of RLIMIT_AS, /,
  )
})

test('capabilities that nobody knows are no error', () => {
  table([[example({ process: { capabilities: { bounding: ['CAP_CHOWN', 'CAP_FUTURE', 'x'] } } }), null]])
})

test('an annotation that looks like ours and is none is a warning', () => {
  const warnings: string[] = []
  const annotations = { 'org.stator.seccomp.polcy': 'strict', 'org.stator.seccomp.policy': 'strict', other: 'x' }
  normalizeConfig({ ...example({}), annotations }, { onWarning: (pointer) => warnings.push(pointer) })
  assert.deepEqual(warnings, ['annotations["org.stator.seccomp.polcy"]'])
})

test('each scheduling policy has its own parameters', () => {
  const scheduler = (fields: object) => example({ process: { scheduler: fields } })
  const at = 'process.scheduler'
  table([
    [scheduler({ policy: 'SCHED_OTHER', nice: -20, flags: ['SCHED_FLAG_RESET_ON_FORK'] }), null],
    [scheduler({ policy: 'SCHED_OTHER', nice: 20 }), `${at}.nice: must be an integer from -20 to 19`],
    [scheduler({ policy: 'SCHED_FIFO', priority: 1 }), null],
    [scheduler({ policy: 'SCHED_FIFO' }), `${at}.priority: must be an integer from 1 to 99 for SCHED_FIFO`],
    [scheduler({ policy: 'SCHED_RR', priority: 100 }), `${at}.priority: must be an integer from 0 to 99`],
    [
      scheduler({ policy: 'SCHED_BATCH', priority: 1 }),
      `${at}.priority: must be 0 unless the policy is SCHED_FIFO or SCHED_RR`,
    ],
    [scheduler({ policy: 'SCHED_IDLE', runtime: 1 }), `${at}.runtime: must be 0 unless the policy is SCHED_DEADLINE`],
    [scheduler({ policy: 'SCHED_DEADLINE', runtime: 2, deadline: 3, period: 4 }), null],
    [scheduler({ policy: 'SCHED_DEADLINE', runtime: 2, deadline: 3 }), null],
    [scheduler({ policy: 'SCHED_DEADLINE' }), `${at}.runtime: must be above 0 for SCHED_DEADLINE`],
    [
      scheduler({ policy: 'SCHED_DEADLINE', runtime: 2, deadline: 1 }),
      `${at}.deadline: must not be below runtime, which is 2`,
    ],
    [
      scheduler({ policy: 'SCHED_DEADLINE', runtime: 1, deadline: 3, period: 2 }),
      `${at}.period: must not be below deadline, which is 3`,
    ],
    [scheduler({ policy: 'SCHED_ISO' }), `${at}.policy: must be one that Linux has: SCHED_ISO is reserved only`],
  ])
})

test('a namespace is named once, by an absolute path if it is joined', () => {
  const list = (...entries: object[]) => example({ linux: { namespaces: entries } })
  table([
    [
      list({ type: 'pid' }, { type: 'pid' }),
      'linux.namespaces[1].type: must not repeat the "pid" of linux.namespaces[0]',
    ],
    [list({ type: 'pid', path: 'proc/1/ns/pid' }), 'linux.namespaces[0].path: must be an absolute path'],
    [list({ type: 'pid', path: '/proc/1/ns/pid' }), null],
    [list({ type: 'pid', path: '' }), null],
  ])
})

test('nothing is accepted that would change the host for want of a namespace', () => {
  const why = 'else it would change the mounts of the host'
  const bare = (changes: object) => ({ ...example({ linux: { namespaces: [] } }), ...changes })
  const linux = (changes: object) => bare({ linux: { namespaces: [], ...changes } })
  const name = 'needs a "uts" namespace in linux.namespaces, else it would change the name of the host'
  const mount = `needs a "mount" namespace in linux.namespaces, ${why}`
  table([
    [bare({}), null],
    [bare({ hostname: 'a' }), `hostname: ${name}`],
    [bare({ domainname: 'a' }), `domainname: ${name}`],
    [bare({ mounts: [{ destination: '/tmp', type: 'tmpfs' }] }), `mounts: ${mount}`],
    [bare({ mounts: [] }), null],
    [bare({ root: { path: 'r', readonly: true } }), `root.readonly: ${mount}`],
    [linux({ maskedPaths: ['/proc/kcore'] }), `linux.maskedPaths: ${mount}`],
    [linux({ readonlyPaths: ['/proc/sys'] }), `linux.readonlyPaths: ${mount}`],
    [linux({ rootfsPropagation: 'shared' }), `linux.rootfsPropagation: ${mount}`],
    [linux({ maskedPaths: [], readonlyPaths: [] }), null],
    [
      linux({ sysctl: { 'net.ipv4.ip_forward': '1' } }),
      'linux.sysctl["net.ipv4.ip_forward"]: needs a "network" namespace in linux.namespaces, else it would change the host',
    ],
  ])
})

test('sysctls belong to the namespaces that the container has', () => {
  const sysctl = (key: string, types: string[], changes: object = {}) =>
    refusal({ ...example({ linux: { namespaces: namespaces(...types), sysctl: { [key]: '1' } } }), ...changes })
  for (const [key, type] of [
    ['kernel.msgmax', 'ipc'],
    ['kernel/shm_rmid_forced', 'ipc'],
    ['fs.mqueue.msg_max', 'ipc'],
    ['net.core.somaxconn', 'network'],
    ['net/ipv4/conf/eth0.100/rp_filter', 'network'],
    ['kernel.hostname', 'uts'],
    ['kernel.domainname', 'uts'],
  ] as const) {
    assert.equal(sysctl(key, [type]), null, key)
    assert.match(sysctl(key, ['pid', 'cgroup'])!, new RegExp(`needs a "${type}" namespace`), key)
  }
  assert.match(sysctl('user.max_user_namespaces', ['uts'])!, /needs a "user" namespace/)
  for (const key of [
    'kernel.core_pattern',
    'vm.swappiness',
    'fs.file-max',
    'kernel.hostnamex',
    'netx.a',
    'fs.mqueuex.a',
  ]) {
    assert.match(sysctl(key, ['ipc', 'uts', 'network'])!, /: must be a sysctl that belongs to a namespace/, key)
  }
  for (const key of [
    '',
    'net',
    'net.',
    'net..a',
    '.net.a',
    '/net/a',
    'net/../kernel/core_pattern',
    'net/./a',
    'net.a/..b',
  ]) {
    assert.match(sysctl(key, ['network'])!, /: must be (the name of )?a sysctl/, key)
  }
  assert.match(sysctl('kernel.hostname', ['uts'], { hostname: 'a' })!, /must not contradict hostname/)
})

test('a sysctl is one file, with dots or with slashes', () => {
  assert.equal(sysctlPath('net.ipv4.conf.eno2/100.rp_filter'), 'net/ipv4/conf/eno2.100/rp_filter')
  assert.equal(sysctlPath('net/ipv4/conf/eno2.100/rp_filter'), 'net/ipv4/conf/eno2.100/rp_filter')
  assert.equal(sysctlPath('kernel.sem'), 'kernel/sem')
  assert.equal(sysctlPath('net.a/.b'), 'net/a./b')
  assert.equal(sysctlPath('net/../../x'), null)
  assert.equal(sysctlNamespace('net/core/somaxconn'), 'network')
  assert.equal(sysctlNamespace('kernel/panic'), null)
})

test('a new user namespace has mappings, and the ids of the process are in them', () => {
  const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size })
  const user = (uidMappings: object[], gidMappings: object[], changes: object = {}, type: object = { type: 'user' }) =>
    example({ linux: { namespaces: [type], uidMappings, gidMappings }, ...changes })
  const one = [map(0, 1000, 1)]
  table([
    [user(one, one), null],
    [user([], one), 'linux.uidMappings: is required for the new user namespace of linux.namespaces[0]'],
    [user(one, []), 'linux.gidMappings: is required for the new user namespace of linux.namespaces[0]'],
    [user(one, [], {}, { type: 'pid' }), 'linux.uidMappings: needs a "user" namespace in linux.namespaces'],
    [user([], [], {}, { type: 'pid' }), null],
    [user([], [], {}, { type: 'user', path: '/proc/1/ns/user' }), null],
    [user([map(0, 0, 0)], one), 'linux.uidMappings[0].size: must be above 0'],
    [user([map(0, 2 ** 32 - 2, 2)], one), 'linux.uidMappings[0].size: must not lead above 4294967294 from hostID'],
    [user([map(0, 0, 2 ** 32 - 1)], one), null],
    [
      user([map(5, 0, 5), map(0, 100, 6)], one),
      'linux.uidMappings[0].containerID: must not overlap linux.uidMappings[1]',
    ],
    [user([map(0, 5, 5), map(5, 0, 6)], one), 'linux.uidMappings[0].hostID: must not overlap linux.uidMappings[1]'],
    [
      user(one, one, { process: { user: { uid: 1 } } }),
      'process.user.uid: is not mapped: no entry of linux.uidMappings has 1',
    ],
    [
      user(one, one, { process: { user: { additionalGids: [0, 5] } } }),
      'process.user.additionalGids[1]: is not mapped: no entry of linux.gidMappings has 5',
    ],
  ])
  const warnings: string[] = []
  const joined = user(one, [], {}, { type: 'user', path: '/proc/1/ns/user' })
  normalizeConfig(joined, { onWarning: (pointer) => warnings.push(pointer) })
  assert.deepEqual(warnings, ['linux.uidMappings'])
})

test('time offsets want a time namespace of their own', () => {
  const offsets = (timeOffsets: object, ...types: object[]) => example({ linux: { namespaces: types, timeOffsets } })
  table([
    [offsets({ boottime: { secs: -5, nanosecs: 999_999_999 }, monotonic: {} }, { type: 'time' }), null],
    [offsets({ boottime: {} }), 'linux.timeOffsets.boottime: needs a "time" namespace in linux.namespaces'],
    [
      offsets({ boottime: {} }, { type: 'time', path: '/proc/1/ns/time' }),
      'linux.timeOffsets.boottime: must not be set: the offsets of the namespace of linux.namespaces[0] are fixed',
    ],
    [
      offsets({ realtime: {} }, { type: 'time' }),
      'linux.timeOffsets.realtime: must be the clock boottime or monotonic',
    ],
    [
      offsets({ boottime: { nanosecs: 1e9 } }, { type: 'time' }),
      'linux.timeOffsets.boottime.nanosecs: must be an integer from 0 to 999999999',
    ],
    [offsets({}), null],
  ])
})

test('names of the container fit the kernel', () => {
  table([
    [example({ hostname: 'a'.repeat(64), domainname: 'ü'.repeat(32) }), null],
    [example({ hostname: 'a'.repeat(65) }), 'hostname: must have at most 64 bytes'],
    [example({ domainname: 'ü'.repeat(33) }), 'domainname: must have at most 64 bytes'],
  ])
})

test('mounts have a destination, and a type or a source', () => {
  const tooLong = 'must have at most 255 bytes: fsconfig(2) takes no more'
  const mount = (fields: object) => example({ mounts: [{ destination: '/data', ...fields }] })
  table([
    [mount({ type: 'tmpfs' }), null],
    [mount({ destination: '' }), 'mounts[0].destination: must not be empty'],
    [mount({ options: ['ro'] }), 'mounts[0].type: is required for what is not a bind mount'],
    [mount({ options: ['bind'] }), 'mounts[0].source: is required for a bind mount'],
    [mount({ type: 'bind' }), 'mounts[0].source: is required for a bind mount'],
    [mount({ type: 'tmpfs', source: 'x'.repeat(255), options: [`${'k'.repeat(255)}=${'v'.repeat(255)}`] }), null],
    [mount({ type: 'tmpfs', source: 'x'.repeat(256) }), `mounts[0].source: ${tooLong}`],
    [mount({ type: 'tmpfs', options: ['ro', `mpol=${'ä'.repeat(128)}`] }), `mounts[0].options[1]: ${tooLong}`],
    [mount({ type: 'tmpfs', options: ['k'.repeat(256)] }), `mounts[0].options[0]: ${tooLong}`],
    [mount({ options: ['remount', 'k'.repeat(256)] }), `mounts[0].options[1]: ${tooLong}`],
    [mount({ type: 'tmpfs', options: [`lowerdir=${'x'.repeat(256)}`] }), `mounts[0].options[0]: ${tooLong}`],
    [mount({ type: 'overlay', options: [`lowerdir=${'x'.repeat(256)}`, `upperdir=${'x'.repeat(256)}`] }), null],
    [mount({ type: 'overlay', options: [`comment=${'x'.repeat(256)}`] }), `mounts[0].options[0]: ${tooLong}`],
    [mount({ options: ['bind', 'x'.repeat(256)], source: `/${'x'.repeat(256)}` }), null],
    [mount({ source: 'data', options: ['rbind'] }), null],
    [mount({ options: ['remount', 'ro'] }), null],
  ])
})

test('nothing is mounted inside /proc but what lxcfs shows there', () => {
  const allowed: [string, string][] = [
    ['/proc', 'proc'],
    ['/proc/', 'proc'],
    ['/proc', 'bind'],
    ['/proc/cpuinfo', 'bind'],
    ['/proc/net/dev', 'bind'],
    ['/proc/sys/kernel/ns_last_pid', 'bind'],
    ['//proc/./uptime', 'bind'],
    ['/procfs', 'tmpfs'],
    ['/a/proc/self', 'tmpfs'],
    ['/proc/../tmp', 'tmpfs'],
  ]
  for (const [destination, type] of allowed) assert.equal(refuseProcMount(destination, type), null, destination)
  const refused: [string, string][] = [
    ['/proc/sys', 'bind'],
    ['/proc/self/attr', 'tmpfs'],
    ['proc/self', 'tmpfs'],
    ['/./proc//sys/kernel', 'bind'],
    ['/tmp/../proc/1', 'bind'],
    ['/proc/net', 'bind'],
    ['/proc/cpuinfo/x', 'bind'],
  ]
  for (const [destination, type] of refused) {
    assert.equal(refuseProcMount(destination, type), 'must not be inside "/proc"', destination)
  }
  assert.equal(refuseProcMount('/proc', 'tmpfs'), 'must be a procfs at "/proc"')
  assert.equal(
    refusal(example({ mounts: [{ destination: 'proc/sys', type: 'tmpfs' }] })),
    'ERR_STATOR_CONFIG mounts[0].destination: must not be inside "/proc"',
  )
})

test('devices have numbers that fit, and a FIFO has none', () => {
  const device = (fields: object) =>
    example({ linux: { devices: [{ path: '/dev/x', type: 'c', major: 1, minor: 3, ...fields }] } })
  const at = 'linux.devices[0]'
  table([
    [device({ fileMode: 0o666, uid: 1, gid: 2 }), null],
    [device({ fileMode: 0o20666 }), null],
    [device({ fileMode: 0o200000 }), `${at}.fileMode: must be a mode of at most 16 bits`],
    [device({ path: 'dev/x' }), `${at}.path: must be an absolute path`],
    [device({ type: 'x' }), `${at}.type: must be one of c, b, u, p`],
    [device({ major: undefined }), `${at}.major: is required for a device of type "c"`],
    [device({ type: 'b', minor: undefined }), `${at}.minor: is required for a device of type "b"`],
    [device({ major: 4096 }), `${at}.major: must be an integer from 0 to 4095`],
    [device({ minor: -1 }), `${at}.minor: must be an integer from 0 to 1048575`],
    [device({ type: 'p' }), `${at}.major: must be absent for a FIFO`],
    [device({ type: 'p', major: 0, minor: 0 }), null],
    [device({ type: 'p', major: undefined, minor: undefined }), null],
  ])
})

test('device rules have a type, numbers with -1 for any, and letters', () => {
  const rule = (fields: object) => example({ linux: { resources: { devices: [{ allow: true, ...fields }] } } })
  const at = 'linux.resources.devices[0]'
  table([
    [rule({ type: 'a', major: -1, minor: -1, access: 'rwm' }), null],
    [rule({ type: '', access: '' }), null],
    [rule({ type: 'p' }), `${at}.type: must be one of a, c, b`],
    [rule({ major: -2 }), `${at}.major: must be an integer from -1 (any) to 4095`],
    [rule({ access: 'rx' }), `${at}.access: must be made of the letters r, w and m`],
    [example({ linux: { resources: { devices: [{ access: 'r' }] } } }), `${at}.allow: is required`],
  ])
})

test('paths that must be absolute are', () => {
  table([
    [example({ linux: { maskedPaths: ['/a', 'b'] } }), 'linux.maskedPaths[1]: must be an absolute path'],
    [example({ linux: { readonlyPaths: [''] } }), 'linux.readonlyPaths[0]: must be an absolute path'],
    [
      example({ hooks: { createContainer: [{ path: '/a' }, { path: 'b' }] } }),
      'hooks.createContainer[1].path: must be an absolute path',
    ],
    [example({ linux: { cgroupsPath: '/a/../../b' } }), 'linux.cgroupsPath: must not contain ".."'],
    [example({ linux: { cgroupsPath: 'system.slice:stator:a..b' } }), null],
    [example({ annotations: { '': 'a' } }), 'annotations[""]: must have a name that is not empty'],
  ])
})

test('flags of a personality have no effect, and say so', () => {
  const warnings: string[] = []
  normalizeConfig(example({ linux: { personality: { domain: 'LINUX32', flags: ['X'] } } }), {
    onWarning: (pointer) => warnings.push(pointer),
  })
  assert.deepEqual(warnings, ['linux.personality.flags'])
})
