// Plans as text, of configurations small enough to be read: test/golden/NAME.plan. A change of the compiler shows here as a
// change of what containers are made with. UPDATE_GOLDEN=1 writes them anew.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Spec } from '../../src/oci/config.ts'
import { normalizeConfig, parseConfig } from '../../src/oci/parse.ts'
import { syscalls, type Architecture } from '../../src/native/syscalls.ts'
import * as uapi from '../../src/native/uapi.ts'
import { fillSlots, type Plan } from '../../src/plan/builder.ts'
import { groupTexts } from '../../src/plan/compile/cgroup-mount.ts'
import { compileContainer, type ContainerPlanOptions } from '../../src/plan/compile/container.ts'
import { compileExec } from '../../src/plan/compile/exec.ts'
import type { HostFacts } from '../../src/plan/compile/host.ts'
import { keyringName, keyringSlot } from '../../src/plan/compile/settings.ts'
import { printPlan, printSummary } from '../../src/plan/print.ts'
import type { Role } from '../../src/plan/step.ts'
import { decode } from './decode.ts'

const folder = new URL('../golden/', import.meta.url)
const update = process.env['UPDATE_GOLDEN'] === '1'

/** A host that does not change: what a plan depends on beside its configuration. */
function host(layout: HostFacts['cgroup']['layout'] = 'unified'): HostFacts {
  const hierarchies = [
    { folder: 'cpu,cpuacct', options: ['cpu', 'cpuacct'], group: '/sys/fs/cgroup/cpu,cpuacct/stator/web' },
    { folder: 'devices', options: ['devices'], group: '/sys/fs/cgroup/devices/stator/web' },
    { folder: 'systemd', options: ['name=systemd'], group: '/sys/fs/cgroup/systemd/stator/web' },
  ]
  return {
    architecture: 'x86_64',
    lastCapability: 40,
    hasKcore: true,
    openFiles: { soft: 1024n, hard: 524288n },
    cgroup: {
      layout,
      hierarchies: layout === 'hybrid' || layout === 'legacy' ? hierarchies : [],
      unifiedGroup: { unified: '/sys/fs/cgroup/stator/web', hybrid: '/sys/fs/cgroup/unified/stator/web', legacy: '', none: '' }[layout], // prettier-ignore
    },
  }
}

const options: ContainerPlanOptions = {
  bundle: '/bundle',
  rootfs: '/bundle/rootfs',
  keeping: { log: true, pipes: false, attachedFile: '/run/stator/attached', settle: [] },
  groups: 0,
  intoGroup: true,
}
const v1Options = { ...options, groups: 3, intoGroup: false }

interface Golden {
  readonly make: (architecture: Architecture) => Plan
  /** Only parts of the plan: those whose heading matches. */
  readonly parts?: RegExp
  readonly roles?: readonly Role[]
}

function container(config: Spec, facts = host(), how: ContainerPlanOptions = options): Golden['make'] {
  return (architecture) => {
    const plan = compileContainer(config, { ...facts, architecture }, how)
    return fillSlots(plan, { [keyringSlot]: keyringName('web'), ...groupTexts(facts) })
  }
}

/** A configuration of its own, without anything that the defaults would add. */
function bare(changes: Record<string, unknown> & { linux?: object; process?: object }): Spec {
  const { linux = {}, process = {}, ...others } = changes
  return normalizeConfig({
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: { args: ['/bin/true'], env: ['HOME=/'], cwd: '/', ...process },
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }], ...linux },
    ...others,
  })
}

const namespace = (type: string) => ({ type, path: `/proc/4242/ns/${type}` })
const ids = [
  { containerID: 0, hostID: 100000, size: 65536 },
  { containerID: 70000, hostID: 1000, size: 1 },
]
const cgroupMount = {
  destination: '/sys/fs/cgroup',
  type: 'cgroup',
  source: 'cgroup',
  options: ['ro', 'nosuid', 'noexec', 'nodev', 'relatime'],
}
const allNew = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type }))

/** ld [0]; ret ALLOW */
const program = Buffer.from('2000000000000000060000000000ff7f', 'hex')
const filter = { program, flags: uapi.SECCOMP_FILTER_FLAG_SPEC_ALLOW, notifies: false }
const notifying = { program, flags: uapi.SECCOMP_FILTER_FLAG_NEW_LISTENER, notifies: true }
const keptWith = (listener: boolean) => ({ ...options, keeping: { ...options.keeping, log: false, listener } })

const goldens: Readonly<Record<string, Golden>> = {
  // The whole of it, once for each way that control groups may be laid out.
  'runc-spec': { make: container(parseConfig(readFileSync(new URL('runc-spec.json', folder), 'utf8'))) },
  'runc-spec-hybrid': {
    make: container(parseConfig(readFileSync(new URL('runc-spec.json', folder), 'utf8')), host('hybrid'), {
      ...options,
      groups: 3,
    }),
    parts: /^(linux\.namespaces|linux\.cgroupsPath|mounts\[6\])$/,
  },

  // Filters: where they are loaded, and who gets the listener.
  'seccomp-before-rights-are-dropped': {
    make: container(bare({}), host(), { ...keptWith(false), filters: [filter] }),
    parts: /^(linux\.seccomp|process\.(user|capabilities.*)|)$/,
    roles: ['init'],
  },
  'seccomp-last': {
    make: container(bare({ process: { noNewPrivileges: true } }), host(), {
      ...keptWith(true),
      filters: [filter, notifying],
    }),
    parts: /^(linux\.seccomp|process\.(noNewPrivileges|args))$/,
  },

  // Namespaces.
  'namespaces-new': {
    make: container(bare({ hostname: 'web', domainname: 'example', linux: { namespaces: allNew } })),
    parts: /^(linux\.namespaces|hostname|domainname)/,
  },
  'namespaces-new-legacy': {
    make: container(bare({ linux: { namespaces: allNew } }), host('legacy'), v1Options),
    parts: /^linux\.(namespaces|cgroupsPath)$/,
  },
  'namespaces-joined': {
    make: container(
      bare({
        linux: { namespaces: ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup', 'user', 'time'].map(namespace) },
      }),
    ),
  },
  'namespaces-mixed': {
    make: container(
      bare({ linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, namespace('network'), { type: 'uts' }] } }),
    ),
    parts: /^linux\.namespaces/,
    roles: ['keeper', 'stage'],
  },
  'namespace-time': {
    make: container(
      bare({
        linux: {
          namespaces: [...allNew, { type: 'time' }],
          timeOffsets: { monotonic: { secs: -172800, nanosecs: 5 }, boottime: { secs: 604800 } },
        },
      }),
    ),
    roles: ['keeper', 'stage'],
  },
  'no-mount-namespace': { make: container(bare({ linux: { namespaces: [{ type: 'pid' }] } })), roles: ['init'] },

  // A user namespace: what the host's root does for it, and what it cannot do itself.
  'user-namespace': {
    make: container(
      bare({
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc' },
          { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['ro', 'nosuid'] },
          { destination: '/data', source: '/srv/data', options: ['rbind', 'ro'] },
        ],
        linux: {
          namespaces: [{ type: 'user' }, { type: 'mount' }, { type: 'pid' }, { type: 'ipc' }],
          uidMappings: ids,
          gidMappings: ids,
          devices: [{ type: 'c', path: '/dev/fuse', major: 10, minor: 229 }],
        },
      }),
    ),
  },

  // Mounts.
  mounts: {
    make: container(
      bare({
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'hidepid=2'] },
          { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['strictatime', 'mode=755', 'size=65536k'] },
          { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'gid=5'] },
          { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['noexec'] },
          { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['ro', 'noatime', 'nodiratime'] },
          { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['rw', 'sync', 'dirsync', 'nosymfollow'] },
          { destination: '/empty', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
          {
            destination: '/layers',
            type: 'overlay',
            source: 'overlay',
            options: ['lowerdir=/a:/b', 'upperdir=/c', 'workdir=/d'],
          },
        ],
      }),
    ),
    parts: /^mounts\[/,
  },
  'mounts-bind': {
    make: container(
      bare({
        mounts: [
          { destination: '/a', type: 'bind', source: '/srv/a' },
          { destination: '/b/c/d', source: '/srv/b', options: ['rbind', 'ro', 'nosuid', 'nodev', 'noexec'] },
          { destination: '/e', source: '/srv/e', options: ['rbind', 'rro', 'rnosuid', 'rnoatime'] },
          { destination: '/f', source: '/srv/f', options: ['bind', 'rw', 'exec', 'suid', 'dev', 'strictatime'] },
          { destination: '/proc', source: '/proc', options: ['rbind'] },
        ],
      }),
    ),
    parts: /^mounts\[/,
  },
  'mounts-propagation': {
    make: container(
      bare({
        mounts: [
          { destination: '/a', source: '/srv/a', options: ['bind', 'rshared'] },
          { destination: '/b', source: '/srv/b', options: ['rbind', 'rslave'] },
          { destination: '/c', source: '/srv/c', options: ['rbind', 'private'] },
          { destination: '/d', source: '/srv/d', options: ['bind', 'runbindable'] },
          { destination: '/e', type: 'tmpfs', source: 'tmpfs', options: ['shared', 'mode=700'] },
        ],
      }),
    ),
    parts: /^(linux\.rootfsPropagation|root\.path|root|mounts\[\d\])$/,
  },
  'mounts-remount': {
    make: container(
      bare({
        mounts: [
          { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['mode=700'] },
          { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['remount', 'ro', 'nosuid', 'size=1m'] },
          { destination: '/a', source: '/srv/a', options: ['bind'] },
          { destination: '/a', source: '/srv/a', options: ['bind', 'remount', 'ro', 'rslave'] },
        ],
      }),
    ),
    parts: /^mounts\[/,
  },
  ...Object.fromEntries(
    (['shared', 'private', 'unbindable'] as const).map((rootfsPropagation): [string, Golden] => [
      `propagation-${rootfsPropagation}`,
      {
        make: container(
          bare({
            mounts: [{ destination: '/a', source: '/srv/a', options: ['rbind', 'rshared'] }],
            linux: { namespaces: [{ type: 'mount' }], rootfsPropagation },
          }),
        ),
        parts: /^(linux\.rootfsPropagation|root\.path|root|mounts\[0\])$/,
      },
    ]),
  ),
  ...Object.fromEntries(
    (['unified', 'hybrid', 'legacy'] as const).flatMap((layout) =>
      [true, false].map((own): [string, Golden] => [
        `cgroup-mount-${layout}${own ? '' : '-without-namespace'}`,
        {
          make: container(
            bare({
              mounts: [cgroupMount],
              linux: { namespaces: [{ type: 'mount' }, ...(own ? [{ type: 'cgroup' }] : [])] },
            }),
            host(layout),
            layout === 'unified' ? options : v1Options,
          ),
          parts: /^(mounts\[0\]|linux\.namespaces)$/,
        },
      ]),
    ),
  ),

  // Files in the root.
  devices: {
    make: container(
      bare({
        mounts: [{ destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] }],
        linux: {
          namespaces: [{ type: 'mount' }],
          devices: [
            { type: 'c', path: '/dev/null', major: 1, minor: 3, fileMode: 0o600, uid: 7, gid: 8 },
            { type: 'b', path: '/dev/disk/by-id/one', major: 4095, minor: 1048575, fileMode: 0o640 },
            { type: 'p', path: '/run/pipe', fileMode: 0o622 },
          ],
        },
      }),
    ),
    parts: /^linux\.devices/,
  },
  'masked-paths': {
    make: container(
      bare({
        root: { path: 'rootfs', readonly: true },
        linux: {
          namespaces: [{ type: 'mount' }],
          maskedPaths: ['/proc/kcore', '/sys/firmware'],
          readonlyPaths: ['/proc/sys'],
        },
      }),
    ),
    parts: /^(linux\.maskedPaths|linux\.readonlyPaths|root\.readonly)/,
  },
  sysctl: {
    make: container(
      bare({
        linux: {
          namespaces: [{ type: 'mount' }, { type: 'network' }, { type: 'ipc' }],
          sysctl: {
            'net.ipv4.ip_forward': '1',
            'net/ipv4/conf/eth0.1/forwarding': '0',
            'kernel.shmmax': '68719476736',
          },
        },
      }),
    ),
    parts: /^linux\.sysctl/,
  },

  // The process.
  process: {
    make: container(
      bare({
        linux: { namespaces: [{ type: 'mount' }, { type: 'uts' }], personality: { domain: 'LINUX32' } },
        process: {
          args: ['sh', '-c', 'echo "$HOME"'],
          env: ['PATH=/bin:/usr/bin:', 'A=1', 'A=2'],
          cwd: '/home/web',
          user: { uid: 1000, gid: 1001, umask: 0o27, additionalGids: [5, 6] },
          noNewPrivileges: true,
          capabilities: {
            bounding: ['CAP_KILL', 'CAP_CHOWN', 'CAP_UNHEARD_OF'],
            effective: ['CAP_KILL'],
            permitted: ['CAP_KILL', 'CAP_CHOWN'],
            inheritable: ['CAP_CHOWN'],
            ambient: ['CAP_CHOWN'],
          },
          rlimits: [
            { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
            { type: 'RLIMIT_NOFILE', soft: 64, hard: uapi.RLIM_INFINITY },
          ],
          scheduler: { policy: 'SCHED_BATCH', nice: 5, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
          ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
        },
      }),
    ),
    parts: /^(process|linux\.personality)/,
  },
  'scheduler-deadline': {
    make: container(
      bare({
        process: {
          scheduler: { policy: 'SCHED_DEADLINE', runtime: 10_000_000, deadline: 20_000_000, period: 30_000_000 },
        },
      }),
    ),
    parts: /^process\.scheduler$/,
  },
  capabilities: {
    make: container(
      bare({
        process: {
          capabilities: { bounding: uapi.capabilities, effective: uapi.capabilities, permitted: uapi.capabilities },
        },
      }),
    ),
    parts: /^process\.capabilities/,
  },

  // Hooks: those of the runtime's own namespaces leave sync points, those of the container are steps.
  hooks: {
    make: container(
      bare({
        process: { env: ['HOME=/', 'PATH=/bin'] },
        hooks: {
          prestart: [{ path: '/hooks/prestart' }],
          createRuntime: [{ path: '/hooks/create-runtime' }],
          createContainer: [
            { path: '/hooks/create-container', args: ['create-container', '--all'], env: ['A=1'], timeout: 10 },
            { path: '/hooks/another' },
          ],
          startContainer: [{ path: '/hooks/start-container' }],
          poststart: [{ path: '/hooks/poststart' }],
          poststop: [{ path: '/hooks/poststop' }],
        },
      }),
    ),
    parts: /^(hooks\.|$)/,
    roles: ['init'],
  },
  'hooks-of-the-runtime-only': {
    make: container(
      bare({ hooks: { createRuntime: [{ path: '/hooks/create-runtime' }], poststop: [{ path: '/x' }] } }),
    ),
    parts: /^(hooks\.|$)/,
    roles: ['init'],
  },

  // What the keeper does with the streams and with the end.
  'keeper-log': {
    make: container(bare({}), host(), {
      ...options,
      keeping: {
        ...options.keeping,
        settle: ['/usr/bin/node', '/opt/stator/cli.js', '--root', '/run/stator', 'settle'],
      },
    }),
    roles: ['keeper'],
  },
  'keeper-pipes': {
    make: container(bare({}), host(), { ...options, keeping: { ...options.keeping, log: false, pipes: true } }),
    roles: ['keeper'],
  },
  'keeper-nothing': {
    make: container(bare({}), host('none'), {
      ...options,
      intoGroup: false,
      keeping: { ...options.keeping, log: false, pipes: false },
    }),
    roles: ['keeper'],
  },

  // One more process.
  exec: {
    make: (architecture) =>
      fillSlots(
        compileExec(
          bare({ process: { args: ['id'], env: ['PATH=/bin'], user: { uid: 1000, gid: 1000 } } }).process,
          { ...host(), architecture },
          {
            ...options,
            rootfs: null,
            personality: undefined,
            namespaces: uapi.CLONE_NEWPID | uapi.CLONE_NEWNS | uapi.CLONE_NEWNET | uapi.CLONE_NEWUTS,
          },
        ),
        { [keyringSlot]: keyringName('web') },
      ),
  },
  'exec-user-namespace': {
    make: (architecture) =>
      compileExec(
        bare({}).process,
        { ...host('hybrid'), architecture },
        {
          ...v1Options,
          rootfs: null,
          personality: undefined,
          namespaces: uapi.CLONE_NEWUSER | uapi.CLONE_NEWPID | uapi.CLONE_NEWNS,
        },
      ),
    parts: /^(linux\.cgroupsPath|$)/,
  },
}

/** Paragraphs of a printed plan whose heading matches; '' is the heading of those without one. */
function partsOf(text: string, pattern: RegExp | undefined): string {
  if (pattern === undefined) return text
  const kept: string[] = []
  let role = ''
  for (const paragraph of text.trimEnd().split('\n\n')) {
    const lines = paragraph.split('\n')
    if (/^\w+:$/.test(lines[0] ?? '')) role = lines.shift() ?? ''
    const heading = /^ +# (.*)$/.exec(lines[0] ?? '')?.[1] ?? ''
    if (lines.length === 0 || !pattern.test(heading)) continue
    kept.push([...(role === '' ? [] : [role, ...(heading === '' ? [] : [''])]), ...lines].join('\n'))
    role = ''
  }
  return `${kept.join('\n\n')}\n`
}

function print({ make, parts, roles }: Golden, architecture: Architecture): string {
  const plan = make(architecture)
  const text = partsOf(printPlan(plan, roles === undefined ? {} : { roles }), parts)
  return parts === undefined && roles === undefined ? `${printSummary(plan)}\n\n${text}` : text
}

for (const [name, golden] of Object.entries(goldens)) {
  test(`golden: ${name}`, () => {
    const file = new URL(`${name}.plan`, folder)
    const text = print(golden, 'x86_64')
    if (update) writeFileSync(file, text)
    assert.ok(existsSync(file), `${name}.plan is missing (UPDATE_GOLDEN=1 writes it)`)
    assert.equal(text, readFileSync(file, 'utf8'))
  })
}

test('every plan in the folder is one of these', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.plan'))
  const strays = files.filter((file) => !(file.slice(0, -'.plan'.length) in goldens))
  if (update) for (const file of strays) rmSync(new URL(file, folder))
  else assert.deepEqual(strays, [])
})

test('for the other architecture a plan reads the same, and has its own numbers', () => {
  for (const [name, golden] of Object.entries(goldens)) {
    assert.equal(print(golden, 'aarch64'), print(golden, 'x86_64'), name)
    const plan = golden.make('aarch64')
    const { steps } = decode(plan)
    plan.steps.forEach((step, index) => {
      if (step.op === 'sys') assert.equal(steps[index]?.number, syscalls.aarch64[step.name], `${name} ${step.name}`)
    })
  }
})

test('compiling does not depend on anything but the configuration and the facts', () => {
  for (const [name, { make }] of Object.entries(goldens))
    assert.deepEqual(make('x86_64').bytes, make('x86_64').bytes, name)
})

test('10,000 mounts are compiled', () => {
  const mounts = Array.from({ length: 10_000 }, (_, n) => ({
    destination: `/mnt/${n % 100}/${n}`,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'mode=755', `size=${n}k`],
  }))
  const plan = container(bare({ mounts }))('x86_64')
  const moved = plan.steps.filter(({ label, pointer }) => label.startsWith('mount tmpfs at ') && pointer !== '')
  assert.equal(moved.length, 10_000)
  assert.equal(moved[9_999]?.pointer, 'mounts[9999]')
})
