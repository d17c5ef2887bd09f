import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as uapi from '../../src/native/uapi.ts'
import { fillSlots, PlanBuilder } from '../../src/plan/builder.ts'
import { openHow } from '../../src/plan/compile/paths.ts'
import { setMountAttributes } from '../../src/plan/compile/root.ts'
import { printPlan, printStep, printSummary } from '../../src/plan/print.ts'

function printed(write: (plan: PlanBuilder) => void, architecture: 'x86_64' | 'aarch64' = 'x86_64'): string {
  const plan = new PlanBuilder(architecture)
  write(plan)
  return printPlan(plan.build())
}

/** The texts of all steps, in one line each. */
function steps(write: (plan: PlanBuilder) => void, architecture: 'x86_64' | 'aarch64' = 'x86_64'): string[] {
  const builder = new PlanBuilder(architecture)
  write(builder)
  const plan = builder.build()
  return plan.steps.map((step) => printStep(step, plan))
}

/** The text of one system call. */
function call(name: string, ...args: Parameters<PlanBuilder['sys']>[1]): string | undefined {
  return steps((plan) => plan.sys(name, args, 'a label'))[0]
}

test('flags are printed by their names', () => {
  const { O_PATH, O_CLOEXEC, O_WRONLY, O_CREAT, O_TRUNC, AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE } = uapi
  const expected: [string | undefined, string][] = [
    [call('openat', AT_FDCWD, '/', O_PATH | O_CLOEXEC), 'openat(AT_FDCWD, "/", O_PATH|O_CLOEXEC)'],
    [call('openat', AT_FDCWD, 'a', 0), 'openat(AT_FDCWD, "a", O_RDONLY)'],
    [call('openat', 7, 'a', O_WRONLY | O_CREAT | O_TRUNC, 0o600), 'openat(7, "a", O_WRONLY|O_CREAT|O_TRUNC, 0600)'],
    [call('openat', 7, 'a', uapi.O_RDWR | uapi.O_SYNC), 'openat(7, "a", O_RDWR|O_SYNC)'],
    [call('fsopen', 'proc', 1), 'fsopen("proc", FSOPEN_CLOEXEC)'],
    [call('fsconfig', 3, uapi.FSCONFIG_SET_STRING, 'size', '1m', 0), 'fsconfig(3, FSCONFIG_SET_STRING, "size", "1m")'],
    [call('fsconfig', 3, uapi.FSCONFIG_SET_FLAG, 'ro', null, 0), 'fsconfig(3, FSCONFIG_SET_FLAG, "ro")'],
    [call('fsconfig', 3, uapi.FSCONFIG_CMD_CREATE, null, null, 0), 'fsconfig(3, FSCONFIG_CMD_CREATE)'],
    [
      call('fsmount', 3, 1, uapi.MOUNT_ATTR_NOSUID | uapi.MOUNT_ATTR_STRICTATIME),
      'fsmount(3, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_STRICTATIME)',
    ],
    [
      call('open_tree', 3, '', uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE),
      'open_tree(3, "", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE|AT_EMPTY_PATH)',
    ],
    [
      call('move_mount', 3, '', 4, '', 0x44),
      'move_mount(3, "", 4, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)',
    ],
    [call('unshare', uapi.CLONE_NEWTIME), 'unshare(CLONE_NEWTIME)'],
    [call('setns', 3, uapi.CLONE_NEWNS | uapi.CLONE_NEWNET), 'setns(3, CLONE_NEWNS|CLONE_NEWNET)'],
    [call('prctl', uapi.PR_SET_KEEPCAPS, 0, 0, 0, 0), 'prctl(PR_SET_KEEPCAPS, 0)'],
    [call('prctl', uapi.PR_CAPBSET_DROP, 21, 0, 0, 0), 'prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN)'],
    [call('prctl', uapi.PR_CAPBSET_DROP, 63, 0, 0, 0), 'prctl(PR_CAPBSET_DROP, 63)'],
    [call('prctl', uapi.PR_CAP_AMBIENT, 4, 0, 0, 0), 'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)'],
    [call('prctl', uapi.PR_CAP_AMBIENT, 2, 0, 0, 0), 'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN)'],
    [call('prctl', uapi.PR_CAP_AMBIENT, 2, 5, 0, 0), 'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL)'],
    [call('mknodat', 3, 'null', uapi.S_IFCHR | 0o666, 0x103), 'mknodat(3, "null", S_IFCHR|0666, makedev(1, 3))'],
    [
      call('mknodat', 3, 'x', uapi.S_IFBLK, 0xfff0_00ff | 0xfff00),
      'mknodat(3, "x", S_IFBLK|0, makedev(4095, 1048575))',
    ],
    [call('mkdirat', 3, 'a', 0o755), 'mkdirat(3, "a", 0755)'],
    [call('umask', 0), 'umask(0)'],
    [call('umask', 0o22), 'umask(022)'],
    [call('close_range', 3, 0xffffffff, 4), 'close_range(3, ~0, CLOSE_RANGE_CLOEXEC)'],
    [call('faccessat2', AT_FDCWD, '/bin/sh', 1, 0x200), 'faccessat2(AT_FDCWD, "/bin/sh", X_OK, AT_EACCESS)'],
    [call('unlinkat', 3, 'x', 0x200), 'unlinkat(3, "x", AT_REMOVEDIR)'],
    [call('pidfd_send_signal', 3, 9, null, 0), 'pidfd_send_signal(3, SIGKILL, NULL, 0)'],
    [call('waitid', uapi.P_PIDFD, 3, null, 4, null), 'waitid(P_PIDFD, 3, NULL, WEXITED, NULL)'],
    [call('flock', 3, 6), 'flock(3, LOCK_EX|LOCK_NB)'],
    [call('personality', 8), 'personality(PER_LINUX32)'],
    [
      call('ioprio_set', 1, 0, (2 << 13) | 4),
      'ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4))',
    ],
    [call('umount2', '.', 2), 'umount2(".", MNT_DETACH)'],
    // What is not known stays a number, and a call without a table is printed all the same.
    [call('umount2', '.', 0x82), 'umount2(".", MNT_DETACH|0x80)'],
    [call('getdents64', 3, null, 4096), 'getdents64(3, NULL, 4096)'],
  ]
  for (const [found, text] of expected) assert.equal(found, text)
})

test('flags that differ between the architectures have the same names', () => {
  for (const architecture of ['x86_64', 'aarch64'] as const) {
    const { O_DIRECTORY, O_NOFOLLOW } = uapi.openFlags(architecture)
    const write = (plan: PlanBuilder) => {
      plan.sys('openat', [3, 'a', O_DIRECTORY | O_NOFOLLOW], 'open')
      plan.sys('openat2', [3, 'a', openHow(plan, O_DIRECTORY | uapi.O_PATH, uapi.RESOLVE_IN_ROOT), 24], 'open')
    }
    assert.deepEqual(steps(write, architecture).map((text) => text.split(/[({]/).at(-1)), [
      '3, "a", O_RDONLY|O_DIRECTORY|O_NOFOLLOW)',
      'O_PATH|O_DIRECTORY, RESOLVE_IN_ROOT})',
    ]) // prettier-ignore
  }
})

test('structures are decoded from the bytes of the plan', () => {
  const found = steps((plan) => {
    const { RESOLVE_BENEATH, RESOLVE_NO_XDEV, O_CREAT, O_CLOEXEC } = uapi
    plan.sys('openat2', [3, 'a', openHow(plan, O_CREAT | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_XDEV, 0o644), 24], '')
    setMountAttributes(plan, 3, '', { set: 1, clear: 0x70, propagation: uapi.MS_SLAVE, recursive: true }, '')
    plan.sys('prlimit64', [0, 7, plan.words([1024, uapi.RLIM_INFINITY], ''), null], '')
    const sets = Buffer.alloc(24)
    sets.writeUInt32LE(1 << 5, 0)
    sets.writeUInt32LE(1 << 5, 4)
    sets.writeUInt32LE(1 << 8, 12 + 4)
    plan.sys('capset', [plan.bytes(Buffer.alloc(8), ''), plan.bytes(sets, '')], '')
    plan.sys('rt_sigaction', [13, plan.words([1, 0, 0, 0], ''), null, 8], '')
    plan.sys('ppoll', [plan.scratch(8, 'pollfd'), 1, plan.words([10, 0], ''), null, 0], '')
    plan.sys('execve', ['/bin/sh', plan.vector(['sh', '-c', 'echo "hi"'], ''), plan.vector(['A=1'], '1 variables')], '')
    const flags = BigInt(uapi.CLONE_PIDFD | uapi.CLONE_NEWNS) | uapi.CLONE_INTO_CGROUP
    plan.sys('clone3', [plan.words([flags, plan.scratch(4, 'pidfd'), 0, 0, 17, 0, 0, 0, 0, 0, plan.inherit('group')], ''), 88], '') // prettier-ignore
    plan.sys('statx', [0, '', 0x1000, 0x7ff, plan.scratch(256, 'statx')], '')
  })
  assert.deepEqual(found, [
    'openat2(3, "a", {O_RDONLY|O_CREAT|O_CLOEXEC, 0644, RESOLVE_BENEATH|RESOLVE_NO_XDEV})',
    'mount_setattr(3, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY, attr_clr=MOUNT_ATTR__ATIME, propagation=MS_SLAVE})',
    'prlimit64(0, RLIMIT_NOFILE, {1024, RLIM_INFINITY}, NULL)',
    'capset({effective=CAP_KILL, permitted=CAP_KILL|CAP_CHECKPOINT_RESTORE, inheritable=none})',
    'rt_sigaction(SIGPIPE, SIG_IGN, NULL)',
    'ppoll(pollfd, 1, {10 s, 0 ns}, NULL)',
    'execve("/bin/sh", ["sh", "-c", "echo \\"hi\\""], 1 variables)',
    'clone3({flags=CLONE_PIDFD|CLONE_NEWNS|CLONE_INTO_CGROUP, exit_signal=SIGCHLD, cgroup=1001<group>})', // prettier-ignore
    'statx(0, "", AT_EMPTY_PATH, STATX_BASIC_STATS, statx)',
  ])
})

test('every op has its text, and what a result is used for', () => {
  const found = steps((plan) => {
    const end = plan.label('end')
    const room = plan.scratch(256, 'statx')
    plan.report(plan.inherit('control'), '')
    plan.report(plan.inherit('control'), '', { waits: true })
    const got = plan.sys('read', [plan.inherit('control'), room, 32], '', { jump: { on: ['EBADF'], to: end } })
    const mode = plan.load(room.plus(28), 2, '')
    plan.if(mode, '!=', uapi.S_IFREG, end, '', uapi.S_IFMT)
    plan.if(got, '<', 32, end, '')
    plan.if(got, '==', -13, end, '')
    plan.store(room.plus(24), 8, got, '')
    plan.set(plan.string('/bin/sh'), '', got)
    plan.fail('EPIPE', 'gone', got)
    plan.sys('close', [3], '', { tolerate: 'any' })
    plan.sys('write', [3, 'x', 1], '', { expect: 1, retry: { on: ['EINTR', 'EAGAIN'], times: 3 } })
    plan.supervise({ process: got, events: 1, out: -1, err: -1, log: -1 }, '')
    plan.goto(end, '')
    plan.place(end)
    plan.sys('exit_group', [0], '')
  })
  assert.deepEqual(found, [
    'report to 1001<control>',
    'report to 1001<control>, then wait for children',
    'r2 = read(1001<control>, statx, 32) [EBADF: go to 14]',
    'r3 = u16 [statx.stx_mode]',
    'if r3 & S_IFMT != S_IFREG go to 14',
    'if r2 < 32 go to 14',
    'if r2 == -EACCES go to 14',
    'u64 [statx+24] = r2',
    'r2 = "/bin/sh"',
    'fail EPIPE, r2',
    'close(3) [any errno: fine]',
    'write(3, "x", 1) [must be 1; EINTR, EAGAIN: again]',
    'supervise(r2, POLLIN, -1, -1, -1)',
    'go to 14',
    'exit_group(0)',
  ])
})

test('roles are sections, pointers are headings, and a target of a jump has a colon', () => {
  const text = printed((plan) => {
    const init = plan.label('init')
    const pid = plan.sys('clone3', [plan.words([0n, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0], ''), 88], 'clone init')
    plan.if(pid, '==', 0, init, 'init goes on')
    plan.sys('exit_group', [0], 'end')
    plan.place(init)
    plan.role('init')
    plan.sys('setsid', [], 'a session of its own')
    plan.at('hostname', () => plan.sys('sethostname', ['web', 3], 'hostname web'))
    plan.sys('exit_group', [0], 'end')
  })
  assert.equal(
    text,
    `keeper:
    0  r0 = clone3({exit_signal=SIGCHLD})                                       clone init
    1  if r0 == 0 go to 3                                                       init goes on
    2  exit_group(0)                                                            end

init:
    3: setsid()                                                                 a session of its own

       # hostname
    4  sethostname("web", 3)                                                    hostname web

    5  exit_group(0)                                                            end
`,
  )
})

test('only the roles that are asked for', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('setsid', [], 'of the keeper')
  plan.role('init')
  plan.sys('setsid', [], 'of init')
  const built = plan.build()
  assert.match(printPlan(built, { roles: ['init'] }), /^init:\n {4}1 {2}setsid\(\) +of init\n$/)
  assert.equal(printPlan(built, { roles: ['stage'] }), '')
  assert.equal(printSummary(built), '2 steps: keeper 1, init 1')
})

test('steps that differ in one argument are written together, and no others', () => {
  const drop = (plan: PlanBuilder, number: number) =>
    plan.sys('prctl', [uapi.PR_CAPBSET_DROP, number, 0, 0, 0], `drop ${uapi.capabilities[number]} for good`)
  const together = printed((plan) => {
    for (const number of [0, 1, 2]) drop(plan, number)
  })
  assert.match(together, /^ {4}0 {2}prctl\(PR_CAPBSET_DROP, \{CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH\}\) +drop … for good \(3 steps\)$/m) // prettier-ignore
  assert.equal(together.split('\n').length, 3)

  const apart = printed((plan) => {
    const end = plan.label('end')
    plan.goto(end, 'over the second')
    drop(plan, 0)
    drop(plan, 1)
    plan.place(end) // a jump lands between them
    drop(plan, 2)
    plan.at('elsewhere', () => drop(plan, 3))
    plan.sys('prctl', [uapi.PR_CAPBSET_DROP, 4, 0, 0, 0], 'another policy', { tolerate: ['EPERM'] })
    plan.close(plan.sys('prctl', [uapi.PR_CAPBSET_DROP, 5, 0, 0, 0], 'a result that is used'))
  })
  assert.doesNotMatch(apart, /steps\)/)
})

test('a slot is printed by its name, and by its text once it is filled', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('keyctl', [1, plan.slot('keyring', 32)], 'a session keyring')
  const empty = plan.build()
  assert.match(printPlan(empty), /keyctl\(KEYCTL_JOIN_SESSION_KEYRING, <keyring>\)/)
  assert.match(printPlan(fillSlots(empty, { keyring: '_ses.web' })), /KEYRING, "_ses\.web"\)/)
})

test('what config.json says cannot do anything to a terminal', () => {
  const evil = 'a\u001b[2J\r\nb\u009b2J\u202e'
  const text = printed((plan) => {
    plan.at(`linux.sysctl["${evil}"]`, () => plan.sys('chdir', [evil], `go to ${evil}`))
    plan.sys('execve', [evil, plan.vector([evil], evil), null], evil)
  })
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u)
  assert.match(text, /a\\u\{1b\}\[2J/)
})

test('no line is longer than 120 columns, unless a word is; a label stands beside the end of its call', () => {
  const word = fc.stringMatching(/^[a-z"\\|,]{1,12}$/)
  const words = fc.array(word, { minLength: 1, maxLength: 5 }).map((all) => all.join(' '))
  fc.assert(
    fc.property(fc.array(words, { maxLength: 6 }), words, fc.boolean(), (args, label, policy) => {
      const text = printed((plan) =>
        plan.sys('mount', [...args], label, policy ? { tolerate: ['EPERM', 'ENOENT'] } : {}),
      )
      const lines = text.split('\n')
      const longest = Math.max(40, ...args.map((arg) => JSON.stringify(arg).length))
      for (const line of lines) assert.ok(line.length <= Math.max(120, 7 + 6 + longest + 2), line)
      // Nothing is lost on the way.
      const letters = (all: string) => all.replaceAll(/\s/g, '')
      assert.ok(letters(text).startsWith(`keeper:0mount(${letters(args.map((arg) => JSON.stringify(arg)).join(','))})`))
      for (const part of label.split(' ')) assert.ok(text.includes(part))
    }),
    { numRuns: 200 },
  )
})

test('text of any length is cut', () => {
  const text = printed((plan) => plan.sys('chdir', ['x'.repeat(100_000)], 'go there'))
  assert.ok(text.length < 500)
  assert.match(text, /xxx"…\)/)
})

test('a step of which the plan is not at hand is printed as far as it is known', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('openat2', [1001, 'a', openHow(plan, 0, 0), 24], 'open a', { retry: { on: ['EAGAIN'], times: 1 } })
  const [step] = plan.build().steps
  assert.ok(step)
  assert.match(printStep(step), /^openat2\(1001, "a", .*\) \[EAGAIN: again\]$/)
})
