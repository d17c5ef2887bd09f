import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StatorError } from '../../src/errors.ts'
import type { Shape } from '../../src/oci/generated/validate-config.js'
import { shapeSpec } from '../../src/oci/generated/validate-config.js'
import { configText, normalizeConfig, parseConfig, parseProcess, parseResources } from '../../src/oci/parse.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import { example, refusal, thrownBy } from './examples.ts'

const largest = 2n ** 64n - 1n

test('2^64-1 keeps every digit, from text and back to text', () => {
  const text = `{"ociVersion":"1.0.2","root":{"path":"rootfs"},"process":{"args":["true"],"cwd":"/","rlimits":[
    {"type":"RLIMIT_NOFILE","soft":18446744073709551615,"hard":18446744073709551615}]}}`
  const config = parseConfig(text)
  assert.deepEqual(config.process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: largest, hard: largest }])
  assert.match(stringifyConfig(config), /"soft":18446744073709551615/)
})

test('64-bit fields are bigints and all others numbers, however they were given', () => {
  const config = normalizeConfig(
    example({
      process: { user: { uid: 5n, gid: 6 }, rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 1n }] },
      linux: { resources: { pids: { limit: 7 }, memory: { limit: -1 } } },
    }),
  )
  assert.deepEqual(config.process.user, { uid: 5, gid: 6 })
  assert.deepEqual(config.process.rlimits, [{ type: 'RLIMIT_CORE', soft: 0n, hard: 1n }])
  assert.deepEqual(config.linux?.resources, { pids: { limit: 7n }, memory: { limit: -1n } })
})

test('any 64-bit integer survives the way through text', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: largest }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (hard, limit) => {
        const config = normalizeConfig(
          example({
            process: { rlimits: [{ type: 'RLIMIT_AS', soft: 0n, hard }] },
            linux: { resources: { memory: { limit } } },
          }),
        )
        const again = parseConfig(stringifyConfig(config, 2))
        assert.deepEqual(again, config)
        assert.equal(again.process.rlimits?.[0]?.hard, hard)
        assert.equal(again.linux?.resources?.memory?.limit, limit)
      },
    ),
  )
})

test('2^64-1 in any integer field is either kept exactly or refused with the range', () => {
  const places = integerPlaces(shapeSpec)
  assert.ok(places.length > 60)
  for (const { path, wide } of places) {
    const thrown = refusal(withValue(path, largest)) ?? 'accepted'
    // What is accepted or refused for another reason (a missing neighbour, a field that is not supported) was in range.
    const range = /must be an integer from (-?\d+) to (\d+)/.exec(thrown)
    if (range !== null) assert.ok(BigInt(range[2]!) < largest, thrown)
    else assert.ok(wide, `${path.join('.')}: ${thrown}`)
    assert.doesNotMatch(thrown, /must be (an object|a list|a string|true or false)/)
  }
})

test('one above and one below the range of each 64-bit kind is refused', () => {
  const rlimit = (hard: unknown) => refusal(example({ process: { rlimits: [{ type: 'RLIMIT_AS', soft: 0, hard }] } }))
  const range = 'process.rlimits[0].hard: must be an integer from 0 to 18446744073709551615'
  for (const wrong of [largest + 1n, -1n, -1, 2 ** 64, 1.5, Number.NaN, Infinity, '1', true, [1n]]) {
    assert.equal(rlimit(wrong), `ERR_STATOR_CONFIG ${range}`)
  }
  const memory = (limit: unknown) => refusal(example({ linux: { resources: { memory: { limit } } } }))
  assert.equal(memory(2n ** 63n - 1n), null)
  assert.equal(memory(-(2n ** 63n)), null)
  for (const wrong of [2n ** 63n, -(2n ** 63n) - 1n]) {
    assert.match(memory(wrong)!, /memory\.limit: must be an integer from -9223372036854775808 to 9223372036854775807$/)
  }
})

test('a number of a million digits is refused in no time', () => {
  const text = stringifyConfig(example()).replace(
    '"args"',
    `"future":${'9'.repeat(1e6)},"oomScoreAdj":-${'9'.repeat(1e6)},"args"`,
  )
  assert.match(
    thrownBy(() => parseConfig(text))!,
    /process\.oomScoreAdj: must be an integer/,
  )
})

test('a fraction or an exponent is no integer, even where its value is one', () => {
  for (const number of ['1.0', '1e3', '1E0', '-0.0', '9007199254740991.4', '1e400']) {
    const text = stringifyConfig(example()).replace('"args"', `"oomScoreAdj":${number},"args"`)
    assert.match(
      thrownBy(() => parseConfig(text))!,
      /process\.oomScoreAdj: must be an integer/,
    )
  }
})

test('a number that has lost digits before it came is refused', () => {
  const config = example({ process: { rlimits: [{ type: 'RLIMIT_AS', soft: 0, hard: 2 ** 60 }] } })
  assert.match(refusal(config)!, /rlimits\[0\]\.hard: must be an integer/)
})

test('malformed JSON says line and column', () => {
  const cases: [string, string][] = [
    ['', 'line 1, column 1: JSON value'],
    ['{', 'line 1, column 2: '],
    ['{\n  "a": 1,\n  b: 2\n}', 'line 3, column 3: '],
    ['{"a": 1}\n\n x', 'line 3, column 2: expected end of input'],
    ['{"a": "\n"}', 'line 1, column 8: invalid character'],
    ['{"a": 1, "a": 2}', 'line 1, column 11: duplicate key "a"'],
    ['{"a": 01}', 'line 1, column 8: '],
    ['{"a": .5}', 'line 1, column '],
    ['\ufeff{}', 'line 1, column 1: '],
  ]
  for (const [text, words] of cases) {
    const thrown = thrownBy(() => parseConfig(text))!
    assert.ok(
      thrown.toLowerCase().startsWith(`err_stator_config config.json: ${words}`.toLowerCase()),
      `${text}: ${thrown}`,
    )
  }
  assert.match(
    thrownBy(() => parseProcess('{'))!,
    /^ERR_STATOR_CONFIG process\.json: line 1/,
  )
})

test('what is nested without end is refused, not a crash', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const text = open.repeat(200_000) + (open === '[' ? '' : '1') + close.repeat(200_000)
    assert.equal(
      thrownBy(() => parseConfig(text)),
      'ERR_STATOR_CONFIG config.json: nested too deeply',
    )
  }
})

test('missing fields and wrong types are named by their place', () => {
  const cases: [unknown, string][] = [
    [null, 'config.json: must be an object'],
    [[], 'config.json: must be an object'],
    ['x', 'config.json: must be an object'],
    [{}, 'ociVersion: is required'],
    [{ ociVersion: '1.0.0' }, 'root: is required'],
    [{ ociVersion: '1.0.0', root: {} }, 'process: is required'],
    [example({ ociVersion: 1 }), 'ociVersion: must be a string'],
    [example({ root: {} }), 'root.path: is required'],
    [example({ root: 'x' }), 'root: must be an object'],
    [example({ root: { path: 1 } }), 'root.path: must be a string'],
    [example({ root: { path: 'x', readonly: 'yes' } }), 'root.readonly: must be true or false'],
    [example({ process: { args: 'sh' } }), 'process.args: must be a list'],
    [example({ process: { args: ['sh', 1] } }), 'process.args[1]: must be a string'],
    [example({ process: { args: ['sh', null] } }), 'process.args[1]: must be a string'],
    [example({ process: { cwd: undefined } }), 'process.cwd: is required'],
    [example({ process: { user: { uid: -1 } } }), 'process.user.uid: must be an integer from 0 to 4294967294'],
    [example({ process: { user: { uid: 2 ** 32 - 1 } } }), 'process.user.uid: must be an integer from 0 to 4294967294'],
    [example({ process: { user: { umask: 0o1000 } } }), 'process.user.umask: must be an integer from 0 to 511'],
    [example({ process: { oomScoreAdj: 1001 } }), 'process.oomScoreAdj: must be an integer from -1000 to 1000'],
    [example({ process: { rlimits: [{ type: 'RLIMIT_AS', soft: 1 }] } }), 'process.rlimits[0].hard: is required'],
    [example({ mounts: [{}] }), 'mounts[0].destination: is required'],
    [example({ mounts: {} }), 'mounts: must be a list'],
    [
      example({ hooks: { prestart: [{ path: '/x', timeout: 0 }] } }),
      'hooks.prestart[0].timeout: must be an integer from 1 to 2147483647',
    ],
    [example({ annotations: { 'a.b': 1 } }), 'annotations["a.b"]: must be a string'],
    [example({ annotations: { 'a/~b': 1 } }), 'annotations["a/~b"]: must be a string'],
    [
      example({ linux: { namespaces: [{ type: 'net' }] } }),
      'linux.namespaces[0].type: must be one of pid, network, mount, ipc, uts, user, cgroup, time',
    ],
    [
      example({ linux: { rootfsPropagation: 'shared ' } }),
      'linux.rootfsPropagation: must be one of shared, slave, private, unbindable, rshared, rslave, rprivate, runbindable',
    ],
    [example({ linux: { personality: { domain: 'BSD' } } }), 'linux.personality.domain: must be one of LINUX, LINUX32'],
    [example({ linux: { resources: { memory: 5 } } }), 'linux.resources.memory: must be an object'],
    [
      example({ process: { scheduler: { policy: 'SCHED_FAST' } } }),
      'process.scheduler.policy: must be one of SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE',
    ],
    [
      example({ process: { ioPriority: { class: 'IOPRIO_CLASS_X' } } }),
      'process.ioPriority.class: must be one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE',
    ],
    [
      example({ process: { ioPriority: { class: 'IOPRIO_CLASS_RT', priority: 8 } } }),
      'process.ioPriority.priority: must be an integer from 0 to 7',
    ],
  ]
  for (const [config, message] of cases) assert.equal(refusal(config), `ERR_STATOR_CONFIG ${message}`)
})

test('the pointer is a field of the error too', () => {
  assert.throws(
    () => normalizeConfig(example({ process: { cwd: 'home' } })),
    ({ code, pointer, message }: StatorError) =>
      code === 'ERR_STATOR_CONFIG' && pointer === 'process.cwd' && message === 'process.cwd: must be an absolute path',
  )
})

test('no value in any field crashes, and what no field takes is refused in each', () => {
  const wrong = [1, -1, 1.5, true, '', 'text', [], [[]], {}, { a: 1 }, 2n ** 70n, [null], '\0', 'CAP', [1, 'a'], [{}]]
  for (const path of allPlaces(shapeSpec)) {
    for (const value of wrong) refusal(withValue(path, value))
    assert.match(refusal(withValue(path, Symbol('no JSON'))) ?? '', /^ERR_STATOR_CONFIG .*: must be /)
  }
})

test('garbage is refused with a StatorError, as an object and as text', () => {
  fc.assert(fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) => refusal(input) !== null))
  fc.assert(fc.property(fc.string(), (text) => thrownBy(() => parseConfig(text)) !== null))
  fc.assert(fc.property(fc.json(), (text) => thrownBy(() => parseConfig(text)) !== null))
  fc.assert(
    fc.property(fc.constantFrom(...allPlaces(shapeSpec)), fc.anything({ withBigInt: true }), (path, value) => {
      refusal(withValue(path, value))
    }),
    { numRuns: 1000 },
  )
})

test('a text cut off or changed in one place is refused with a StatorError or still valid', () => {
  const text = stringifyConfig(example({ hostname: 'web', mounts: [{ destination: '/tmp', type: 'tmpfs' }] }))
  fc.assert(
    fc.property(fc.nat(text.length), fc.string({ maxLength: 3 }), (at, insert) => {
      thrownBy(() => parseConfig(text.slice(0, at)))
      thrownBy(() => parseConfig(text.slice(0, at) + insert + text.slice(at)))
    }),
    { numRuns: 500 },
  )
})

test('a NUL byte in any string, or in the name of a key, is refused with its place', () => {
  const cases: [Record<string, unknown>, string][] = [
    [example({ root: { path: 'a\0b' } }), 'root.path: must not contain a NUL byte'],
    [example({ process: { args: ['sh', '\0'] } }), 'process.args[1]: must not contain a NUL byte'],
    [example({ process: { env: ['A=b\0c'] } }), 'process.env[0]: must not contain a NUL byte'],
    [example({ hostname: '\0' }), 'hostname: must not contain a NUL byte'],
    [
      example({ mounts: [{ destination: '/a', options: ['size=1\0'] }] }),
      'mounts[0].options[0]: must not contain a NUL byte',
    ],
    [example({ hooks: { poststop: [{ path: '/a\0' }] } }), 'hooks.poststop[0].path: must not contain a NUL byte'],
    [example({ linux: { maskedPaths: ['/\0'] } }), 'linux.maskedPaths[0]: must not contain a NUL byte'],
    [
      example({ linux: { sysctl: { 'net.a\0b': '1' } } }),
      'linux.sysctl["net.a\\u0000b"]: must not have a NUL byte in its name',
    ],
    [example({ linux: { sysctl: { 'net.a': '1\0' } } }), 'linux.sysctl["net.a"]: must not contain a NUL byte'],
    [example({ process: { args: ['\ud800'] } }), 'process.args[0]: must be text: it has half of a surrogate pair'],
    [example({ hostname: 'a\udfffb' }), 'hostname: must be text: it has half of a surrogate pair'],
    [
      example({ annotations: { 'a\udc00': 'x' } }),
      'annotations["a\\udc00"]: must have text as its name: it has half of a surrogate pair',
    ],
    [example({ annotations: { a: '\0' } }), 'annotations.a: must not contain a NUL byte'],
  ]
  for (const [config, message] of cases) {
    assert.equal(refusal(config), `ERR_STATOR_CONFIG ${message}`)
    const text = stringifyConfig(config)
    assert.equal(
      thrownBy(() => parseConfig(text)),
      `ERR_STATOR_CONFIG ${message}`,
    )
  }
})

test('10,000 mounts, namespaces or mappings are handled in moments', () => {
  const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 10_000 }, (_, index) => make(index))
  const text = stringifyConfig(
    example({
      mounts: many((index) => ({ destination: `/m/${index}`, type: 'tmpfs', options: ['nosuid', 'size=4k'] })),
    }),
  )
  const begin = performance.now()
  assert.equal(parseConfig(text).mounts?.length, 10_000)
  assert.match(
    refusal(example({ linux: { namespaces: many(() => ({ type: 'pid' })) } }))!,
    /namespaces\[1\]\.type: must not repeat/,
  )
  const mapping = { containerID: 0, hostID: 0, size: 1 }
  assert.match(
    refusal(example({ linux: { namespaces: [{ type: 'user' }], uidMappings: many(() => mapping) } }))!,
    /linux\.uidMappings: must have at most 340 entries/,
  )
  assert.ok(performance.now() - begin < 5000)
})

test('unknown properties are left out and reported, never an error', () => {
  const ignored: string[] = []
  const text = `{"ociVersion":"1.9.0","future":{"process":1},"root":{"path":"r","type":"x"},
    "process":{"args":["a"],"cwd":"/","user":{"shell":1.5}},
    "linux":{"namespaces":[{"type":"pid","label":"x"}],"a b":null,"constructor":1,"__proto__":{"maskedPaths":["x"]}}}`
  const config = parseConfig(text, { onIgnored: (pointer) => ignored.push(pointer) })
  assert.deepEqual(ignored, [
    'future',
    'root.type',
    'process.user.shell',
    'linux.namespaces[0].label',
    'linux.constructor',
    'linux.__proto__',
  ])
  assert.deepEqual(config, {
    ociVersion: '1.9.0',
    root: { path: 'r' },
    process: { args: ['a'], cwd: '/', user: {} },
    linux: { namespaces: [{ type: 'pid' }] },
  })
  assert.equal(config.linux?.maskedPaths, undefined)
})

test('a key called __proto__ is a key like any other in a map', () => {
  const config = parseConfig(stringifyConfig(example()).replace('"root"', '"annotations":{"__proto__":"a"},"root"'))
  assert.deepEqual(Object.entries(config.annotations ?? {}), [['__proto__', 'a']])
  assert.equal(Object.getPrototypeOf(config.annotations), Object.prototype)
})

test('null counts as absent, and so does an empty string where it is the default', () => {
  const config = normalizeConfig(
    example({
      hooks: null,
      annotations: null,
      hostname: '',
      mounts: [{ destination: '/tmp', type: 'tmpfs', source: '', options: null }],
      process: { env: null, apparmorProfile: '', user: { uid: null } },
      linux: { namespaces: [{ type: 'pid', path: '' }, { type: 'mount' }], rootfsPropagation: '', seccomp: null },
    }),
  )
  assert.deepEqual(config, {
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: { args: ['true'], cwd: '/', user: {} },
    mounts: [{ destination: '/tmp', type: 'tmpfs' }],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
  })
  assert.equal(refusal({ ...example(), process: null }), 'ERR_STATOR_CONFIG process: is required')
})

test('what is given is not changed', () => {
  const config = example({ mounts: [{ destination: 'tmp', type: 'tmpfs' }], process: { user: { uid: 1n } }, x: 1 })
  const before = structuredClone(config)
  normalizeConfig(config)
  assert.deepEqual(config, before)
})

test('versions: any 1.x and the drafts before it; what is no version, and what comes after, is refused', () => {
  for (const good of ['1.0.0', '1.0.2-dev', '1.3.0', '1.99.0', '0.5.0', '1.0.0-rc1+build.5']) {
    assert.equal(refusal(example({ ociVersion: good })), null, good)
  }
  for (const bad of ['', '1', '1.0', 'v1.0.0', '1.0.0.0', '01.0.0', 'latest', '1.0.0 ']) {
    assert.equal(
      refusal(example({ ociVersion: bad })),
      'ERR_STATOR_CONFIG ociVersion: must be a semantic version as "1.3.0"',
    )
  }
  assert.equal(
    refusal({ ociVersion: '2.0.0', anything: true }),
    'ERR_STATOR_UNSUPPORTED ociVersion: 2.0.0 is not supported (Stator follows runtime-spec 1.3.0)',
  )
})

test('a byte order mark is named, as nobody sees it', () => {
  assert.throws(() => parseConfig(configText(Buffer.from('\ufeff{}'))), {
    code: 'ERR_STATOR_CONFIG',
    message: 'config.json: line 1, column 1: a byte order mark (save the file without it)',
  })
})

test('the parser’s own words, with JSON as it is written', () => {
  assert.throws(() => parseConfig('nothing'), { message: /^config\.json: line 1, column 1: JSON value expected/ })
  assert.throws(() => parseConfig('{"a":1 "b"}'), { message: /^config\.json: line 1, column 8: comma/ })
})

test('capabilities that there are not, and ambient ones without effect, are warnings', () => {
  const warnings: string[] = []
  const config = {
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: {
      cwd: '/',
      args: ['sh'],
      capabilities: {
        bounding: ['CAP_KILL', 'CAP_FOO', 'kill'],
        permitted: ['CAP_FOO', 'CAP_KILL', 'CAP_CHOWN'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL', 'CAP_CHOWN', 'CAP_FOO'],
      },
    },
  }
  parseConfig(JSON.stringify(config), { onWarning: (pointer, message) => warnings.push(`${pointer}: ${message}`) })
  assert.deepEqual(warnings, [
    'process.capabilities.bounding[1]: "CAP_FOO" is no capability, and is left out',
    'process.capabilities.bounding[2]: "kill" is no capability, and is left out',
    'process.capabilities.ambient[1]: CAP_CHOWN has no effect: it is not both permitted and inheritable',
  ])
})

test('a relative destination is taken from / with a warning', () => {
  const warnings: string[] = []
  const config = normalizeConfig(example({ mounts: [{ destination: 'tmp', type: 'tmpfs' }] }), {
    onWarning: (pointer, message) => warnings.push(`${pointer}: ${message}`),
  })
  assert.equal(config.mounts?.[0]?.destination, '/tmp')
  assert.deepEqual(warnings, ['mounts[0].destination: is relative, which is deprecated: taken as relative to "/"'])
})

test('a process and limits can come alone, for exec and update', () => {
  assert.deepEqual(parseProcess('{"args":["ls"],"cwd":"/"}'), { args: ['ls'], cwd: '/' })
  assert.equal(
    thrownBy(() => parseProcess('{"args":["ls"],"cwd":"x"}')),
    'ERR_STATOR_CONFIG process.cwd: must be an absolute path',
  )
  assert.equal(
    thrownBy(() => parseProcess('{"args":1,"cwd":"x"}')),
    'ERR_STATOR_CONFIG process.args: must be a list',
  )
  assert.deepEqual(parseResources('{"pids":{"limit":5}}'), { pids: { limit: 5n } })
  assert.match(
    thrownBy(() => parseResources('{"memory":{"reservation":5}}'))!,
    /^ERR_STATOR_UNSUPPORTED linux\.resources\.memory\.reservation: /,
  )
})

type Path = (string | number)[]

/** The way to every value that the schema knows. */
function allPlaces(shape: Shape, path: Path = []): Path[] {
  const below: [string | number, Shape][] = [
    ...Object.entries(shape.fields ?? {}),
    ...(shape.each === undefined ? [] : [[0, shape.each] as [number, Shape]]),
    ...(shape.values === undefined ? [] : [['key', shape.values] as [string, Shape]]),
  ]
  return [...(path.length === 0 ? [] : [path]), ...below.flatMap(([step, inner]) => allPlaces(inner, [...path, step]))]
}

/** Of those, the ones that want an integer: the refusal of an object there says so. */
function integerPlaces(shape: Shape): { path: Path; wide: boolean }[] {
  return allPlaces(shape)
    .filter((path) => / must be an integer from /.test(refusal(withValue(path, {})) ?? ''))
    .map((path) => {
      let inner: Shape = shape
      for (const step of path) inner = (inner.fields?.[step] ?? inner.each ?? inner.values)!
      return { path, wide: inner.wide === true }
    })
}

/** The example with one value put in, and as much around it as its place needs. */
function withValue(path: Path, value: unknown): Record<string, unknown> {
  const config = example({ linux: { namespaces: ['mount', 'uts', 'ipc', 'network'].map((type) => ({ type })) } })
  let inner: Record<string | number, unknown> = config
  for (const [index, step] of path.entries()) {
    if (index === path.length - 1) inner[step] = value
    else {
      inner[step] ??= typeof path[index + 1] === 'number' ? [] : {}
      inner = inner[step] as Record<string | number, unknown>
      // The neighbours that are required are beside the point.
      for (const [name, neighbour] of Object.entries(required[pointerKind(path.slice(0, index + 1))] ?? {})) {
        inner[name] ??= neighbour
      }
    }
  }
  return config
}

function pointerKind(path: Path): string {
  return path.filter((step) => typeof step === 'string').join('.')
}

const numbers = { major: 1, minor: 1, rate: 1 }
const mapping = { containerID: 0, hostID: 0, size: 1 }
const required: Record<string, Record<string, unknown>> = {
  mounts: { destination: '/tmp', type: 'tmpfs' },
  'mounts.uidMappings': mapping,
  'mounts.gidMappings': mapping,
  'process.consoleSize': { height: 1, width: 1 },
  'process.rlimits': { type: 'RLIMIT_AS', soft: 0, hard: 0 },
  'process.scheduler': { policy: 'SCHED_OTHER' },
  'process.ioPriority': { class: 'IOPRIO_CLASS_BE' },
  ...Object.fromEntries(
    ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'].map((kind) => [
      `hooks.${kind}`,
      { path: '/hook' },
    ]),
  ),
  'linux.uidMappings': mapping,
  'linux.gidMappings': mapping,
  'linux.devices': { path: '/dev/x', type: 'c', major: 1, minor: 1 },
  'linux.seccomp': { defaultAction: 'SCMP_ACT_ALLOW' },
  'linux.seccomp.syscalls': { names: [], action: 'SCMP_ACT_ALLOW' },
  'linux.seccomp.syscalls.args': { index: 0, value: 0, op: 'SCMP_CMP_EQ' },
  'linux.memoryPolicy': { mode: 'MPOL_DEFAULT' },
  'linux.personality': { domain: 'LINUX' },
  'linux.resources.devices': { allow: true },
  'linux.resources.hugepageLimits': { pageSize: '2MB', limit: 1 },
  'linux.resources.network.priorities': { name: 'eth0', priority: 1 },
  ...Object.fromEntries(
    [
      'weightDevice',
      'throttleReadBpsDevice',
      'throttleWriteBpsDevice',
      'throttleReadIOPSDevice',
      'throttleWriteIOPSDevice',
    ].map((kind) => [`linux.resources.blockIO.${kind}`, numbers]),
  ),
}
