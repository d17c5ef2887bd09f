// Runs alone: an engine's processes, control groups and mounts are compared with none.
//
// Podman drives the runtime as it drives runc. What it says is not enough: what it asked for is looked up in the container and
// from the kernel's side.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errnos } from '../../src/native/errno.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import { rawCalls } from '../e2e/raw-calls.ts'
import { names } from '../e2e/support.ts'
import {
  capabilities,
  capabilitySet,
  ended,
  fifo,
  frozen,
  groupFile,
  limit,
  missing,
  mountAt,
  sizeOf,
  stat,
  status,
} from './bed.ts'
import { podman, type Podman } from './podman.ts'

const skip = missing('podman', 'conmon', 'script')
const notX86 = skip || (architecture() === 'x86_64' ? false : 'machine code of x86_64')

/** Says that it is ready, and ends with 3 when it is asked to. */
const obedient = (pipe: string) => `trap 'exit 3' TERM; echo ready > /shared/${pipe}; sleep 1000 & wait`

/** A container in the background that has said that it is ready. */
async function running(at: Podman, name: string, options: readonly string[] = [], script = obedient): Promise<number> {
  const { name: pipe, said } = fifo(at)
  const verb = ['run', '--detach', '--name', name, '--volume', `${at.shared}:/shared`, ...options]
  await at.said(at.container(verb, ['sh', '-c', script(pipe)]))
  assert.equal(await said(), 'ready\n')
  return at.pidOf(name)
}

test('run: output, errors and the exit code, each where it belongs', { skip }, async (t) => {
  const at = podman(t)
  const program = ['sh', '-c', 'echo out; echo error >&2; exit 7']
  assert.deepEqual(await at.call(at.container(['run', '--rm'], program)), {
    exitCode: 7,
    stdout: 'out\n',
    stderr: 'error\n',
  })
  assert.equal(await at.said(['ps', '--all', '--quiet']), '', '--rm has removed it')
})

test('run --interactive: all of the standard input, and its end', { skip }, async (t) => {
  const at = podman(t)
  const input = randomBytes(300_000).toString('hex')
  const args = at.container(['run', '--rm', '--interactive'], ['sh', '-c', 'cat; echo end'])
  const { exitCode, stdout, stderr } = await at.call(args, input)
  assert.deepEqual([exitCode, stderr], [0, ''])
  assert.ok(stdout === `${input}end\n`, `${stdout.length} characters of ${input.length + 4} came back`)
})

test('run --tty: a terminal that controls, with a size that follows', { skip }, async (t) => {
  const at = podman(t)
  const script = `
    trap 'echo interrupted; exit 42' INT
    test -t 0 && test -t 1 && test -t 2 && tty
    stat -c %t:%T /dev/console
    ${sizeOf(33, 101)}; ${sizeOf(44, 55)}
    read -r line; echo "<$line>"
    echo waiting; while true; do read -r line; done`
  const terminal = at.onTerminal(
    at.container(['run', '--rm', '--interactive', '--tty'], ['sh', '-c', script]),
    { rows: 33, columns: 101 }, // prettier-ignore
  )
  // A pty's slave is 136:n: devices.txt.
  await terminal.until(/\/dev\/pts\/0\n88:0\n33 101\n/)
  await terminal.resize(44, 55)
  await terminal.until(/44 55\n/)
  terminal.type('typed\r')
  await terminal.until(/<typed>\n.*waiting\n/)
  terminal.type('\x03')
  const { exitCode, said } = await terminal.end()
  assert.match(said, /interrupted/)
  assert.equal(exitCode, 42)
})

test('run --user --env --workdir: as the program and as the kernel see them', { skip }, async (t) => {
  const at = podman(t)
  const options = ['--user', '1000:1000', '--env', 'WORD=a b', '--workdir', '/tmp', '--hostname', 'somewhere']
  const said = await at.said(
    at.container(['run', '--rm', ...options], ['sh', '-c', 'id; echo "$WORD"; pwd; hostname; echo $HOME']),
  )
  assert.equal(said, 'uid=1000(user) gid=1000(user) groups=1000(user)\na b\n/tmp\nsomewhere\n/home/user')

  const pid = await running(at, 'outside', [...options, '--user', '1234:4321'], (pipe) => obedient(pipe))
  const { Uid, Gid } = status(pid)
  assert.deepEqual([Uid, Gid], ['1234\t1234\t1234\t1234', '4321\t4321\t4321\t4321'])
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/tmp')
  assert.ok(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('WORD=a b'))
})

test('a read-only root with what is writable in it: tmpfs, volumes', { skip }, async (t) => {
  const at = podman(t)
  writeFileSync(join(at.shared, 'given'), 'from the host')
  const options = [
    ...['--read-only', '--tmpfs', '/scratch:size=64k,mode=1770,noexec', '--volume', `${at.shared}:/again:ro`],
    ...['--tmpfs', '/etc'],
  ]
  const script = (pipe: string) => `
    exec 2>/shared/errors
    touch /root/x; touch /again/x; dd if=/dev/zero of=/scratch/full bs=1024 count=100
    cat /again/given > /shared/taken; grep -c user /etc/passwd > /shared/users; ${obedient(pipe)}`
  const pid = await running(at, 'read-only', options, script)
  assert.deepEqual(readFileSync(join(at.shared, 'errors'), 'utf8').trim().split('\n').slice(0, 3), [
    'touch: /root/x: Read-only file system',
    'touch: /again/x: Read-only file system',
    'dd: error writing \'/scratch/full\': No space left on device', // prettier-ignore
  ])
  assert.equal(readFileSync(join(at.shared, 'taken'), 'utf8'), 'from the host')
  assert.equal(
    readFileSync(join(at.shared, 'users'), 'utf8'),
    '1\n',
    'Podman asks for tmpcopyup: what was there is there',
  )
  assert.deepEqual(names(join(at.rootfs, 'root')), [])

  const root = mountAt(pid, '/')
  assert.ok(root.options.includes('ro'), String(root.options))
  const scratch = mountAt(pid, '/scratch')
  assert.equal(scratch.type, 'tmpfs')
  for (const option of ['nosuid', 'nodev', 'noexec', 'rw']) assert.ok(scratch.options.includes(option), option)
  for (const option of ['size=64k', 'mode=1770']) assert.ok(scratch.superOptions.includes(option), option)
  assert.ok(mountAt(pid, '/again').options.includes('ro'))
  assert.ok(mountAt(pid, '/shared').options.includes('rw'))
})

test('run --cap-drop --cap-add: the five sets of the kernel', { skip }, async (t) => {
  const at = podman(t)
  const chownOnly = capabilitySet(0)
  const dropped = await running(at, 'dropped', ['--cap-drop', 'all', '--cap-add', 'chown'])
  assert.deepEqual(capabilities(dropped), { CapInh: 0n, CapPrm: chownOnly, CapEff: chownOnly, CapBnd: chownOnly, CapAmb: 0n }) // prettier-ignore

  // What Podman gives without being asked: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE,
  // NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP. Debian's containers.conf may list fewer.
  const most = capabilitySet(0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
  const { CapBnd = 0n } = capabilities(await running(at, 'default', ['--cap-drop', 'kill']))
  assert.equal(CapBnd & ~most, 0n)
  assert.equal(CapBnd & capabilitySet(5), 0n, 'KILL')
  assert.notEqual(CapBnd & capabilitySet(0), 0n, 'CHOWN')

  const privileged = await at.said(
    at.container(['run', '--rm', '--privileged'], ['grep', 'CapEff', '/proc/self/status']),
  )
  const own = status(process.pid)
  assert.equal(privileged, `CapEff:\t${own.CapBnd}`)
  // The right that is left works, and another does not.
  const program = ['sh', '-c', 'touch /tmp/x && chown 1:1 /tmp/x && chroot / true']
  const { exitCode, stderr } = await at.call(
    at.container(['run', '--rm', '--cap-drop', 'all', '--cap-add', 'chown'], program),
  )
  assert.match(stderr, /chroot: .*Operation not permitted/)
  assert.notEqual(exitCode, 0)
})

test("seccomp: Podman's own profile, and one that it is given, for run and exec", { skip: notX86 }, async (t) => {
  const at = podman(t)
  const pid = await running(at, 'usual')
  assert.equal(status(pid).Seccomp, '2')
  // What no right is needed for, and the profile refuses: the kernel alone would say EINVAL of device 0.
  const ustat = { number: syscalls.x86_64['ustat']!, args: [0, 0] }
  writeFileSync(join(at.rootfs, 'bin/ustat'), rawCalls([ustat]), { mode: 0o755 })
  const asked = ['sh', '-c', 'ustat | busybox od -A n -t d8']
  assert.equal((await at.said(at.container(['run', '--rm'], asked))).trim(), String(-errnos.EPERM))
  assert.equal((await at.said(['exec', 'usual', ...asked])).trim(), String(-errnos.EPERM))

  const profile = join(at.folder, 'profile.json')
  const rule = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }
  writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }))
  await running(at, 'given', ['--security-opt', `seccomp=${profile}`])
  assert.equal((await at.said(['exec', 'given', ...asked])).trim(), String(-errnos.EINVAL), 'the kernel, asked itself')
  const mkdir = ['mkdir', '/tmp/made']
  assert.match((await at.call(['exec', 'given', ...mkdir])).stderr, /No space left on device/)
  assert.equal((await at.call(['exec', 'usual', ...mkdir])).exitCode, 0)
})

test('run --ulimit, and the limits of containers.conf', { skip }, async (t) => {
  const at = podman(t)
  const options = ['--ulimit', 'nofile=123:234', '--ulimit', 'nproc=100:200', '--ulimit', 'core=0:0']
  const given = await running(at, 'given', options)
  assert.deepEqual(limit(given, 'Max open files'), ['123', '234'])
  assert.deepEqual(limit(given, 'Max processes'), ['100', '200'])
  assert.deepEqual(limit(given, 'Max core file size'), ['0', '0'])
  const configured = await running(at, 'configured')
  assert.deepEqual(limit(configured, 'Max open files'), ['512', '1024'])
  // Not of open files: a runtime in Go may raise that one for itself, and runc 1.1 hands what it raised to what it executes.
  const ofExec = await at.said(['exec', 'configured', 'grep', 'Max processes', '/proc/self/limits'])
  assert.match(ofExec, /^Max processes +2048 +4096 /)
})

test('run --detach: what Podman says of it is what the kernel says', { skip }, async (t) => {
  const at = podman(t)
  const pid = await running(at, 'one', ['--pids-limit', '50'])
  const [state, id = ''] = (await at.said(['inspect', '--format', '{{.State.Status}} {{.ID}}', 'one'])).split(' ')
  assert.equal(state, 'running')
  assert.equal(await at.said(['ps', '--format', '{{.Names}}']), 'one')

  assert.equal(stat(stat(pid).parent).name, 'conmon', 'who started it can wait for it')
  assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(`:pids:${at.group}/libpod-${id}|0::${at.group}/libpod-${id}`)) // prettier-ignore
  assert.equal(groupFile(pid, 'pids.max'), '50\n')
  for (const kind of ['pid', 'net', 'ipc', 'uts', 'mnt'])
    assert.notEqual(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`), kind)
  assert.match(status(pid).NSpid ?? '', /^\d+\t1$/, 'it is pid 1 of its own namespace')
  assert.equal(await at.said(['stats', '--no-stream', '--format', '{{.PIDs}}', 'one']), '2')

  await at.said(['rm', '--force', '--time', '0', 'one'])
  assert.ok(await ended(pid))
  assert.equal(await at.said(['ps', '--all', '--quiet']), '')
})

test('logs: what a container in the background has printed', { skip }, async (t) => {
  const at = podman(t)
  await at.said(at.container(['run', '--detach', '--name', 'one'], ['sh', '-c', 'echo out; echo error >&2; exit 4']))
  assert.equal(await at.said(['wait', 'one']), '4')
  const { stdout, stderr } = await at.call(['logs', 'one'])
  assert.deepEqual([stdout, stderr], ['out\n', 'error\n'])
  assert.equal(await at.said(['inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'one']), 'exited 4')
})

test('exec: output, exit code, input, user, environment, folder, rights', { skip }, async (t) => {
  const at = podman(t)
  await running(at, 'one', ['--cap-drop', 'all', '--cap-add', 'chown'])
  assert.deepEqual(await at.call(['exec', 'one', 'sh', '-c', 'echo out; echo error >&2; exit 6']), {
    exitCode: 6,
    stdout: 'out\n',
    stderr: 'error\n',
  })
  const input = randomBytes(100_000).toString('hex')
  const { stdout } = await at.call(['exec', '--interactive', 'one', 'cat'], input)
  assert.ok(stdout === input, `${stdout.length} characters of ${input.length} came back`)

  const as = ['--user', '1000:1000', '--env', 'WORD=a b', '--workdir', '/tmp']
  assert.equal(
    await at.said(['exec', ...as, 'one', 'sh', '-c', 'id; echo "$WORD"; pwd; grep CapBnd /proc/self/status']),
    'uid=1000(user) gid=1000(user)\na b\n/tmp\nCapBnd:\t0000000000000001',
  )
  const privileged = await at.said(['exec', '--privileged', 'one', 'grep', 'CapEff', '/proc/self/status'])
  assert.equal(privileged, `CapEff:\t${status(process.pid).CapBnd}`)
})

test('exec --tty: a terminal with a size, and the exit code', { skip }, async (t) => {
  const at = podman(t)
  await running(at, 'one')
  const script = `test -t 0 && tty; ${sizeOf(21, 77)}; read -r line; echo "<$line>"; exit 9`
  const terminal = at.onTerminal(['exec', '--interactive', '--tty', 'one', 'sh', '-c', script], { rows: 21, columns: 77 }) // prettier-ignore
  await terminal.until(/\/dev\/pts\/\d+\n21 77\n/)
  terminal.type('typed\r')
  const { exitCode, said } = await terminal.end()
  assert.match(said, /<typed>/)
  assert.equal(exitCode, 9)
})

test(
  'exec --detach: it is in the namespaces and the control group, and ends with the container',
  { skip },
  async (t) => {
    const at = podman(t)
    const init = await running(at, 'one')
    const { name: pipe, said } = fifo(at)
    const script = `readlink /proc/self/ns/pid > /shared/namespace; echo ready > /shared/${pipe}; sleep 2000; true`
    await at.said(['exec', '--detach', 'one', 'sh', '-c', script])
    assert.equal(await said(), 'ready\n')
    assert.equal(readFileSync(join(at.shared, 'namespace'), 'utf8').trim(), readlinkSync(`/proc/${init}/ns/pid`))
    const inside = groupFile(init, 'cgroup.procs').trim().split('\n').map(Number)
    const pid = inside.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(pipe))
    assert.ok(pid !== undefined, `of ${inside.join(' ')} none is it`)
    await at.said(['rm', '--force', '--time', '0', 'one'])
    assert.ok(await ended(pid))
  },
)

test('kill, wait: a signal that is handled, one that cannot be, one from outside', { skip }, async (t) => {
  const at = podman(t)
  await running(at, 'handles')
  await at.said(['kill', '--signal', 'TERM', 'handles'])
  assert.equal(await at.said(['wait', 'handles']), '3')

  const pid = await running(at, 'cannot')
  await at.said(['kill', 'cannot'])
  assert.equal(await at.said(['wait', 'cannot']), '137')
  assert.ok(await ended(pid))
  const again = await at.call(['kill', 'cannot'])
  assert.equal(again.exitCode, 125)
  assert.match(again.stderr, /can only kill running containers/)

  process.kill(await running(at, 'outside'), 'SIGKILL')
  assert.equal(await at.said(['wait', 'outside']), '137')
  await at.said(['rm', 'handles', 'cannot', 'outside'])
  assert.equal(await at.said(['ps', '--all', '--quiet']), '')
})

test('stop: asks, and does not ask twice', { skip }, async (t) => {
  const at = podman(t)
  await running(at, 'obedient')
  await at.said(['stop', '--time', '60', 'obedient'])
  assert.equal(await at.said(['inspect', '--format', '{{.State.ExitCode}}', 'obedient']), '3')
  await running(at, 'deaf', [], (pipe) => `trap '' TERM; echo ready > /shared/${pipe}; while true; do sleep 1000; done`)
  await at.said(['stop', '--time', '1', 'deaf'])
  assert.equal(await at.said(['inspect', '--format', '{{.State.ExitCode}}', 'deaf']), '137')
})

test('start, restart: the same container once more', { skip }, async (t) => {
  const at = podman(t)
  await at.said(at.container(['create', '--name', 'one'], ['sh', '-c', 'echo x >> /tmp/times; wc -l < /tmp/times']))
  for (const times of ['1', '2', '3']) assert.equal(await at.said(['start', '--attach', 'one']), times)
  const { name: pipe, said } = fifo(at)
  const options = ['--detach', '--name', 'two', '--volume', `${at.shared}:/shared`]
  await at.said(at.container(['run', ...options], ['sh', '-c', obedient(pipe)]))
  assert.equal(await said(), 'ready\n')
  const first = await at.pidOf('two')
  await at.said(['restart', '--time', '60', 'two'])
  assert.equal(await said(), 'ready\n', 'it began again')
  const second = await at.pidOf('two')
  assert.notEqual(second, first)
  assert.ok(await ended(first))
  assert.equal(stat(second).name, 'sh')
})

test('pause is refused in words that reach who asked, and the container goes on', { skip }, async (t) => {
  const at = podman(t)
  const pid = await running(at, 'one')
  const { exitCode, stderr } = await at.call(['pause', 'one'])
  assert.equal(exitCode, 125)
  assert.match(stderr, /pause is not available yet/)
  assert.ok(!frozen(pid))
  assert.equal(await at.said(['exec', 'one', 'echo', 'alive']), 'alive')
})

test('a program that is not there, or is none: 127 and 126', { skip }, async (t) => {
  const at = podman(t)
  await running(at, 'one')
  // By its name Podman reads a log of JSON, by the path standard error.
  for (const runtime of ['stator', join(at.folder, 'by-path')]) {
    const call = (args: readonly string[]) => at.call(['--runtime', runtime, ...args])
    const none = await call(at.container(['run', '--rm'], ['nowhere']))
    assert.equal(none.exitCode, 127, none.stderr)
    assert.match(none.stderr, /nowhere/)
    const noProgram = await call(at.container(['run', '--rm'], ['/etc/passwd']))
    assert.equal(noProgram.exitCode, 126, noProgram.stderr)
    assert.match(noProgram.stderr, /\/etc\/passwd/)
    assert.equal((await call(['exec', 'one', 'nowhere'])).exitCode, 127)
    assert.equal((await call(['exec', 'one', '/etc/passwd'])).exitCode, 126)
  }
  assert.equal(await at.said(['ps', '--all', '--format', '{{.Names}}']), 'one', 'nothing is left of them')
})

test('ten at once: each has its own output and exit code', { skip }, async (t) => {
  const at = podman(t)
  const numbers = Array.from({ length: 10 }, (_, number) => number)
  const ran = await Promise.all(
    numbers.map((number) => at.call(at.container(['run', '--rm'], ['sh', '-c', `echo number ${number}; exit ${number}`]))), // prettier-ignore
  )
  assert.deepEqual(
    ran,
    numbers.map((number) => ({ exitCode: number, stdout: `number ${number}\n`, stderr: '' })),
  )
  const pids = await Promise.all(numbers.map((number) => running(at, `number-${number}`)))
  assert.equal(new Set(pids.map((pid) => readlinkSync(`/proc/${pid}/ns/pid`))).size, 10)
  const executed = await Promise.all(
    numbers.map((number) => at.said(['exec', `number-${number}`, 'echo', `${number}`])),
  )
  assert.deepEqual(executed, numbers.map(String))
  await Promise.all(numbers.map((number) => at.said(['rm', '--force', '--time', '0', `number-${number}`])))
  for (const pid of pids) assert.ok(await ended(pid))
  assert.equal(await at.said(['ps', '--all', '--quiet']), '')
})
