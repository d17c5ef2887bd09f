import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { syscalls as syscallNumbers } from '../../src/native/syscalls.ts'
import { capabilities } from '../../src/native/uapi.ts'
import type { Seccomp } from '../../src/oci/config.ts'
import { resolvePolicy } from '../../src/oci/resolve-policy.ts'
import { notifyPolicy, seccompPolicy, seccompPolicyNames } from '../../src/runtime/policies.ts'
import { failure } from './failure.ts'

const folder = fileURLToPath(new URL('../../policies/seccomp/', import.meta.url))
/** Debian's golang-github-containers-common. */
const enginesFile = '/usr/share/containers/seccomp.json'
const kernelRelease = '6.1.0'

suite('by name', () => {
  test('there are four, each as its file says', () => {
    assert.deepEqual(seccompPolicyNames(), ['audit', 'build', 'default', 'strict'])
    for (const name of seccompPolicyNames()) {
      const policy = seccompPolicy(name)
      assert.equal(policy.name, name)
      assert.ok(policy.description!.length > 40, name)
      assert.equal(seccompPolicy(name), policy, 'read once')
    }
  })

  test('each file in the folder is one of them, or their schema, which it names', () => {
    const files = readdirSync(folder).filter((name) => name !== 'seccomp.schema.json')
    assert.deepEqual(files.sort(), seccompPolicyNames().map((name) => `${name}.json`)) // prettier-ignore
    for (const file of files) {
      const { $schema } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { $schema: string }
      assert.equal($schema, './seccomp.schema.json')
    }
  })

  test('another name is refused with those that there are', () => {
    for (const name of ['defalt', 'Default', '', 'seccomp.schema', '..', 'default.json']) {
      const error = failure(() => seccompPolicy(name))
      assert.equal(error.code, 'ERR_STATOR_CONFIG')
      const known = 'there is none (there are audit, build, default, strict; a file needs a "/")'
      assert.equal(error.message, `seccomp policy "${name}": ${known}`)
    }
  })

  test('no call stands twice in a file under the same conditions', () => {
    for (const name of seccompPolicyNames()) {
      const seen = new Set<string>()
      for (const { names, args, includes, excludes } of seccompPolicy(name).syscalls ?? []) {
        const when = JSON.stringify([args, includes, excludes], (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        )
        for (const call of names) {
          assert.ok(!seen.has(call + when), `${name}: ${call}`)
          seen.add(call + when)
        }
      }
    }
  })
})

suite('by path', () => {
  let scratch: string
  before(() => (scratch = mkdtempSync(join(tmpdir(), 'policies-'))))
  after(() => rmSync(scratch, { recursive: true }))
  const write = (policy: object) => {
    const path = join(scratch, 'own.json')
    writeFileSync(path, JSON.stringify(policy))
    return path
  }

  test('it is the file of today', () => {
    assert.deepEqual(seccompPolicy(write({ defaultAction: 'SCMP_ACT_LOG' })), { defaultAction: 'SCMP_ACT_LOG' })
    assert.deepEqual(seccompPolicy(write({ defaultAction: 'SCMP_ACT_KILL' })), { defaultAction: 'SCMP_ACT_KILL' })
  })

  test('one that is not there, or not valid, is said with its path', () => {
    const absent = join(scratch, 'absent.json')
    const { message, code, path, errno } = failure(() => seccompPolicy(absent))
    assert.deepEqual(
      [message, code, path, errno],
      [`policy "${absent}": open "${absent}": ENOENT`, 'ERR_STATOR_CONFIG', absent, 'ENOENT'],
    )
    const file = write({ defaultAction: 'allow' })
    const error = failure(() => seccompPolicy(file))
    assert.match(error.message, /own\.json: defaultAction: must be one of SCMP_ACT_KILL, /)
    assert.deepEqual([error.path, error.pointer], [file, 'defaultAction'])
  })

  test('one that answers, and is not valid, is said with its path, too', () => {
    const file = write({ name: 'own', rules: [{ names: ['nope'], answer: 'continue' }] })
    const error = failure(() => notifyPolicy(file))
    assert.match(error.message, /own\.json: notify policy: rules\[0\]\.names\[0\] must be a system call, not "nope"/)
    assert.deepEqual([error.path, error.pointer], [file, 'rules[0].names[0]'])
    writeFileSync(file, 'null')
    assert.match(failure(() => notifyPolicy(file)).message, /own\.json: notify policy: it must be an object, not null/)
  })

  test('it extends a policy of the package by name', () => {
    const rule = { names: ['ptrace'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }
    const { syscalls = [], defaultErrnoRet, archMap } = seccompPolicy(write({ extends: 'default', syscalls: [rule] }))
    assert.deepEqual(syscalls[0], rule)
    assert.equal(defaultErrnoRet, 38)
    assert.deepEqual(archMap, seccompPolicy('default').archMap)
    assert.deepEqual(syscalls.filter(({ names }) => names.includes('ptrace')), [rule]) // prettier-ignore
    assert.ok(syscalls.some(({ names }) => names.includes('process_vm_readv')))
    const path = failure(() => seccompPolicy(write({ extends: './own.json' })))
    assert.match(path.message, /own\.json: extends: must be a name, not the path ".\/own.json"/)
    assert.match(failure(() => seccompPolicy(write({ extends: 'x' }))).message, /seccomp policy "x": there is none/)
  })

  test('the engines may write one', { skip: !existsSync(enginesFile) && 'golang-github-containers-common' }, () => {
    assert.equal(seccompPolicy(enginesFile).defaultErrnoRet, 38)
  })
})

/** A profile as the engines write it. Read and resolved here without any of Stator's code. */
interface EnginesProfile {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly archMap: readonly { architecture: string; subArchitectures: string[] }[]
  readonly syscalls: readonly {
    readonly names: readonly string[]
    readonly action: string
    readonly errnoRet?: number
    readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[] | null
    readonly includes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] }
    readonly excludes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] }
  }[]
}

/**
 * By call, what is decided about it: `action errno conditions`, sorted. libseccomp keeps the first rule without conditions, and
 * no other then; a rule that says what the default says is none.
 */
function decisions(
  {
    syscalls,
    defaultAction,
    defaultErrnoRet = 1,
  }: Pick<EnginesProfile, 'syscalls' | 'defaultAction' | 'defaultErrnoRet'>,
  caps: readonly string[],
  machine: string,
): Map<string, string> {
  const ifAny = (wanted: readonly string[] | undefined, have: readonly string[]) =>
    wanted?.some((name) => have.includes(name)) ?? false
  const rules = new Map<string, Set<string> | string>()
  for (const { names, action, errnoRet = 1, args, includes = {}, excludes = {} } of syscalls) {
    if (ifAny(excludes.caps, caps) || ifAny(excludes.arches, [machine])) continue
    if ((includes.caps ?? []).some((name) => !caps.includes(name))) continue
    if ((includes.arches ?? []).length > 0 && !ifAny(includes.arches, [machine])) continue
    const does = action === 'SCMP_ACT_ERRNO' ? `errno ${errnoRet}` : action
    const otherwise = defaultAction === 'SCMP_ACT_ERRNO' ? `errno ${defaultErrnoRet}` : defaultAction
    if (does === otherwise) continue
    const conditions = (args ?? [])
      .map(({ index, value, valueTwo = 0, op }) => `${index} ${op} ${value} ${valueTwo}`)
      .sort()
      .join(', ')
    for (const name of names) {
      const found = rules.get(name)
      if (typeof found === 'string') continue
      if (conditions === '') rules.set(name, does)
      else rules.set(name, (found ?? new Set<string>()).add(`${does} if ${conditions}`))
    }
  }
  return new Map(
    [...rules].map(([name, does]) => [name, typeof does === 'string' ? does : [...does].sort().join('; ')]),
  )
}

/** As decisions() wants it: what was resolved has no conditions any more. */
function plain({ syscalls = [], defaultAction, defaultErrnoRet }: Seccomp) {
  return {
    defaultAction,
    defaultErrnoRet: defaultErrnoRet ?? 1,
    syscalls: syscalls.map((rule) => ({
      ...rule,
      args: (rule.args ?? []).map((arg) => ({ ...arg, value: Number(arg.value), valueTwo: Number(arg.valueTwo ?? 0) })),
    })),
  }
}

/** Newer than Debian 12's profile; that of containers/common in 2025 allows them, and so does ours. */
const additions = ['fchmodat2', 'futex_requeue', 'futex_wait', 'futex_waitv', 'futex_wake']

suite('default', { skip: !existsSync(enginesFile) && 'needs golang-github-containers-common' }, () => {
  const machines = [
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
  ] as const
  const sets: (readonly string[])[] = [[], ...capabilities.map((name) => [name]), capabilities]
  const engines = () => JSON.parse(readFileSync(enginesFile, 'utf8')) as EnginesProfile

  for (const [architecture, machine] of machines) {
    test(`decides as the engines' profile: ${architecture}, no capability, each one, all`, () => {
      const profile = engines()
      assert.ok(capabilities.length >= 41)
      for (const bounding of sets) {
        const theirs = decisions(profile, bounding, machine)
        for (const name of additions) {
          assert.ok(!theirs.has(name), `${name} is no addition any more`)
          theirs.set(name, 'SCMP_ACT_ALLOW')
        }
        const resolved = resolvePolicy(seccompPolicy('default'), {
          capabilities: { bounding },
          architecture,
          kernelRelease,
        })
        const ours = decisions(plain(resolved), [], machine)
        const differ = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
          (name) => ours.get(name) !== theirs.get(name),
        )
        const said = differ.map((name) => `${name}: ${ours.get(name)}, not ${theirs.get(name)}`)
        assert.deepEqual(said, [], `with ${bounding.join(' ')}`)
        assert.deepEqual(resolved.defaultAction, profile.defaultAction)
        assert.deepEqual(resolved.defaultErrnoRet, profile.defaultErrnoRet)
        const { architecture: native, subArchitectures } = profile.archMap.find((entry) =>
          entry.architecture.endsWith(architecture.toUpperCase()),
        )!
        assert.deepEqual(resolved.architectures, [native, ...subArchitectures])
      }
    })
  }

  test('the comparison sees a difference', () => {
    const profile = engines()
    const without = { ...profile, syscalls: profile.syscalls.slice(0, -1) }
    const all = [...decisions(profile, capabilities, 'amd64')]
    assert.notDeepEqual([...decisions(without, capabilities, 'amd64')], all)
    assert.ok(all.length > 380)
    assert.deepEqual(decisions(profile, [], 'amd64').get('setns'), 'SCMP_ACT_ALLOW', 'the first one counts')
    assert.deepEqual(decisions(profile, [], 'amd64').get('bpf'), 'errno 1')
    assert.deepEqual(decisions(profile, ['CAP_SYS_ADMIN'], 'amd64').get('bpf'), 'SCMP_ACT_ALLOW')
  })
})

suite('the others', () => {
  const of = (name: string, bounding: readonly string[] = []) =>
    decisions(
      plain(resolvePolicy(seccompPolicy(name), { capabilities: { bounding }, architecture: 'x86_64', kernelRelease })),
      [],
      'amd64',
    )

  test('strict allows nothing that default does not, whatever the capabilities', () => {
    for (const bounding of [[], capabilities]) {
      for (const [name, does] of of('strict', bounding)) {
        // By family, where default goes by protocol; and clone without namespaces.
        if (name === 'socket' || name === 'clone') continue
        if (does !== 'errno 1' && does !== 'errno 38') assert.equal(of('default', bounding).get(name), does, name)
      }
    }
  })

  test('strict refuses what leads out of a container, also to who has all capabilities', () => {
    const strict = of('strict', capabilities)
    const refused = [
      'ptrace',
      'mount',
      'umount2',
      'bpf',
      'keyctl',
      'unshare',
      'setns',
      'perf_event_open',
      'userfaultfd',
    ]
    for (const name of [...refused, 'open_by_handle_at', 'init_module', 'pivot_root', 'move_mount']) {
      assert.equal(strict.get(name), 'errno 1', name)
    }
    assert.equal(strict.has('clone3'), false, 'ENOSYS, as all that is not there')
    assert.equal(strict.has('io_uring_setup'), false)
    // CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
    assert.equal(strict.get('clone'), `SCMP_ACT_ALLOW if 0 SCMP_CMP_MASKED_EQ 2114060288 0`)
  })

  test('build is default, but for the calls that it names', () => {
    const [build, standard] = [of('build'), of('default')]
    const differ = [...build.keys()].filter((name) => build.get(name) !== standard.get(name))
    const names = ['chroot', 'kcmp', 'personality', 'process_madvise', 'setdomainname', 'sethostname']
    assert.deepEqual(differ.sort(), names)
    for (const name of names) assert.equal(build.get(name), 'SCMP_ACT_ALLOW', name)
    assert.deepEqual([...standard.keys()].filter((name) => !build.has(name)), []) // prettier-ignore
  })

  test('audit refuses nothing, of any architecture of the machine', () => {
    const { defaultAction, syscalls, architectures } = resolvePolicy(seccompPolicy('audit'), {
      ...{ capabilities: undefined, architecture: 'x86_64', kernelRelease },
    })
    assert.deepEqual([defaultAction, syscalls], ['SCMP_ACT_LOG', undefined])
    assert.deepEqual(architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
  })

  test('strict and build name calls of this kernel only', () => {
    const known = new Set(Object.keys(syscallNumbers.x86_64))
    // Of another processor, or of 32 bits.
    const elsewhere = new Set(['riscv_flush_icache', 'riscv_hwprobe'])
    for (const { names } of seccompPolicy('strict').syscalls ?? []) {
      assert.deepEqual(names.filter((name) => !known.has(name) && !elsewhere.has(name)), []) // prettier-ignore
    }
  })
})
