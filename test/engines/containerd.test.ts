// Runs alone: an engine's processes, control groups and mounts are compared with none.
//
// containerd's shim drives the runtime as it drives runc: `ctr run --runc-binary`. What was asked for is looked up in the container
// and from the kernel's side.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  capabilities,
  capabilitySet,
  ended,
  fifo,
  frozen,
  groupFile,
  missing,
  mountAt,
  sizeOf,
  stat,
  status,
} from './bed.ts'
import { containerd, type Containerd } from './containerd.ts'

const skip = missing('containerd', 'ctr', 'containerd-shim-runc-v2', 'script')

const shared = (at: Containerd) => ['--mount', `type=bind,src=${at.shared},dst=/shared,options=rbind:rw`]

/** A container in the background that ends with 3 when it is asked to, and is ready for that. */
async function running(at: Containerd, id: string, options: readonly string[] = []): Promise<number> {
  const { name: pipe, said } = fifo(at)
  const script = `trap 'exit 3' TERM; echo ready > /shared/${pipe}; sleep 1000 & wait`
  await at.said(at.container(id, ['--detach', ...shared(at), ...options], ['sh', '-c', script]))
  assert.equal(await said(), 'ready\n')
  return at.pidOf(id)
}

test('run: output, errors and the exit code, each where it belongs', { skip }, async (t) => {
  const at = await containerd(t)
  const program = ['sh', '-c', 'read -r line; echo "out $line"; echo error >&2; exit 5']
  // ctr 1.6 never ends the input of a container's first process; it hands on what there is.
  assert.deepEqual(await at.call(at.container('one', ['--rm'], program), 'of a line\n'), {
    exitCode: 5,
    stdout: 'out of a line\n',
    stderr: 'error\n',
  })
  assert.equal(await at.said(['container', 'ls', '--quiet']), '', '--rm has removed it')
})

test('run: environment, folder, rights, a read-only root and mounts', { skip }, async (t) => {
  const at = await containerd(t)
  writeFileSync(join(at.shared, 'given'), 'from the host')
  const options = [
    ...['--env', 'WORD=a b', '--cwd', '/tmp', '--read-only', '--cap-drop', 'CAP_KILL', '--cap-add', 'CAP_SYSLOG'],
    ...['--mount', 'type=tmpfs,src=tmpfs,dst=/home,options=size=64k:noexec'],
  ]
  const program = ['sh', '-c', 'echo "$WORD"; pwd; cat /shared/given; touch /root/x || touch /home/x']
  const { exitCode, stdout, stderr } = await at.call(at.container('one', ['--rm', ...shared(at), ...options], program))
  assert.deepEqual([exitCode, stdout], [0, 'a b\n/tmp\nfrom the host'])
  assert.equal(stderr, 'touch: /root/x: Read-only file system\n')

  const pid = await running(at, 'two', options)
  const { CapBnd = 0n, CapEff, CapPrm } = capabilities(pid)
  // KILL is 5, SYSLOG 34, CHOWN 0.
  assert.equal(CapBnd & capabilitySet(0, 5, 34), capabilitySet(0, 34))
  assert.deepEqual([CapEff, CapPrm], [CapBnd, CapBnd])
  assert.equal(status(pid).NoNewPrivs, '1')
  assert.ok(mountAt(pid, '/').options.includes('ro'))
  assert.ok(mountAt(pid, '/home').options.includes('noexec'))
  assert.ok(mountAt(pid, '/home').superOptions.includes('size=64k'))
})

test("seccomp: containerd's own profile, for run and exec", { skip }, async (t) => {
  const at = await containerd(t)
  const pid = await running(at, 'filtered')
  assert.equal(status(pid).Seccomp, '2')
  const unshare = ['unshare', '-U', 'true']
  const refusal = /unshare: .*(Operation not permitted|Function not implemented)/
  assert.match((await at.call(at.container('one', ['--rm'], unshare))).stderr, refusal)
  assert.match((await at.call(at.exec('filtered', [], unshare))).stderr, refusal)
})

test('run --tty: a terminal with a size that follows, and the exit code', { skip }, async (t) => {
  const at = await containerd(t)
  const script = `
    test -t 0 && test -t 1 && test -t 2 && tty
    ${sizeOf(33, 101)}; ${sizeOf(44, 55)}; read -r line; echo "<$line>"; exit 5`
  const terminal = at.onTerminal(at.container('one', ['--rm', '--tty'], ['sh', '-c', script]), { rows: 33, columns: 101 }) // prettier-ignore
  await terminal.until(/\/dev\/pts\/0\n33 101\n/)
  await terminal.resize(44, 55)
  await terminal.until(/44 55\n/)
  terminal.type('typed\r')
  const { exitCode, said } = await terminal.end()
  assert.match(said, /<typed>/)
  assert.equal(exitCode, 5)
})

test('run --detach: what containerd says of it is what the kernel says', { skip }, async (t) => {
  const at = await containerd(t)
  const pid = await running(at, 'one', ['--memory-limit', '100003840'])
  assert.match(await at.said(['task', 'ls']), new RegExp(`^one +${pid} +RUNNING`, 'm'))
  assert.match(stat(stat(pid).parent).name, /^containerd-shim/, 'who started it can wait for it')
  assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(`:(memory)?:${at.group}/one$`, 'm'))
  for (const kind of ['pid', 'net', 'ipc', 'uts', 'mnt'])
    assert.notEqual(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`), kind)

  const listed = (await at.said(['task', 'ps', 'one'])).split('\n').slice(1).map((line) => Number.parseInt(line)) // prettier-ignore
  const inGroup = groupFile(pid, 'cgroup.procs').trim().split('\n').map(Number)
  assert.equal(listed.length, 2)
  assert.deepEqual(new Set(listed), new Set(inGroup))
  const metrics = JSON.parse(await at.said(['task', 'metrics', '--format', 'json', 'one'])) as {
    pids: { current: number }
  }
  assert.equal(metrics.pids.current, 2)

  await at.said(['task', 'kill', '--signal', 'KILL', 'one'])
  assert.ok(await ended(pid))
})

test('exec: output, exit code, input and its end, user, folder', { skip }, async (t) => {
  const at = await containerd(t)
  const init = await running(at, 'one')
  assert.deepEqual(await at.call(at.exec('one', [], ['sh', '-c', 'echo out; echo error >&2; exit 6'])), {
    exitCode: 6,
    stdout: 'out\n',
    stderr: 'error\n',
  })
  const input = randomBytes(100_000).toString('hex')
  const { stdout } = await at.call(at.exec('one', [], ['cat']), input)
  assert.ok(stdout === input, `${stdout.length} characters of ${input.length} came back`)
  const options = ['--user', '1000:1000', '--cwd', '/tmp']
  assert.equal(
    await at.said(at.exec('one', options, ['sh', '-c', 'id -u; id -g; pwd; readlink /proc/self/ns/net'])),
    `1000\n1000\n/tmp\n${readlinkSync(`/proc/${init}/ns/net`)}`,
  )
})

test('exec --tty: a terminal with a size, and the exit code', { skip }, async (t) => {
  const at = await containerd(t)
  await running(at, 'one')
  const script = `test -t 0 && tty; ${sizeOf(21, 77)}; read -r line; echo "<$line>"; exit 9`
  const terminal = at.onTerminal(at.exec('one', ['--tty'], ['sh', '-c', script]), { rows: 21, columns: 77 })
  await terminal.until(/\/dev\/pts\/\d+\n21 77\n/)
  terminal.type('typed\r')
  const { exitCode, said } = await terminal.end()
  assert.match(said, /<typed>/)
  assert.equal(exitCode, 9)
})

test('pause is refused in words that reach who asked, and the container goes on', { skip }, async (t) => {
  const at = await containerd(t)
  const pid = await running(at, 'one')
  const { exitCode, stderr } = await at.call(['task', 'pause', 'one'])
  assert.equal(exitCode, 1)
  assert.match(stderr, /pause is not available yet/)
  assert.ok(!frozen(pid))
  assert.equal(await at.said(at.exec('one', [], ['echo', 'alive'])), 'alive')
})

test('kill, rm: a signal that is handled, and what has ended cannot be killed', { skip }, async (t) => {
  const at = await containerd(t)
  const pid = await running(at, 'one')
  const early = await at.call(['task', 'rm', 'one'])
  assert.match(early.stderr, /must be stopped before deletion/)
  await at.said(['task', 'kill', '--signal', 'TERM', 'one'])
  assert.ok(await ended(pid))
  await at.stopped('one')
  const again = await at.call(['task', 'kill', 'one'])
  assert.equal(again.exitCode, 1)
  assert.match(again.stderr, /process already finished: not found/)
  const { exitCode, stderr } = await at.call(['task', 'rm', 'one'])
  assert.equal(exitCode, 0)
  assert.match(stderr, /exit with non-zero exit code 3\b/)
  await at.said(['container', 'rm', 'one'])
  assert.equal(await at.said(['container', 'ls', '--quiet']), '')
})

test('kill --all, rm --force: with all that is in it', { skip }, async (t) => {
  const at = await containerd(t)
  const first = await running(at, 'one')
  const inFirst = groupFile(first, 'cgroup.procs').trim().split('\n').map(Number)
  await at.said(['task', 'kill', '--all', '--signal', 'KILL', 'one'])
  for (const pid of inFirst) assert.ok(await ended(pid))
  await at.stopped('one')
  assert.match((await at.call(['task', 'rm', 'one'])).stderr, /non-zero exit code 137\b/)

  const second = await running(at, 'two')
  await at.said(at.exec('two', ['--detach'], ['sleep', '2000']))
  const inSecond = groupFile(second, 'cgroup.procs').trim().split('\n').map(Number)
  assert.equal(inSecond.length, 3)
  await at.said(['task', 'rm', '--force', 'two'])
  for (const pid of inSecond) assert.ok(await ended(pid))
  assert.doesNotMatch(await at.said(['task', 'ls']), /two/)
})

test('a program that is not there: the reason comes through, and nothing stays', { skip }, async (t) => {
  const at = await containerd(t)
  const none = await at.call(at.container('one', ['--rm'], ['nowhere']))
  assert.equal(none.exitCode, 1)
  assert.match(none.stderr, /OCI runtime create failed: .*nowhere/)
  assert.doesNotMatch(none.stderr, /unable to retrieve OCI runtime error/)
  assert.equal(await at.said(['container', 'ls', '--quiet']), '')

  const pid = await running(at, 'two')
  const executed = await at.call(at.exec('two', [], ['nowhere']))
  assert.equal(executed.exitCode, 1)
  assert.match(executed.stderr, /OCI runtime exec failed: .*nowhere/)
  assert.equal(stat(pid).name, 'sh', 'and the container goes on')
  // The same id once more.
  assert.equal(await at.said(at.container('one', ['--rm'], ['echo', 'there'])), 'there')
})

test('ten at once: each has its own output and exit code', { skip }, async (t) => {
  const at = await containerd(t)
  const numbers = Array.from({ length: 10 }, (_, number) => number)
  const ran = await Promise.all(
    numbers.map((number) =>
      at.call(at.container(`number-${number}`, ['--rm'], ['sh', '-c', `echo number ${number}; exit ${number}`])),
    ),
  )
  assert.deepEqual(
    ran,
    numbers.map((number) => ({ exitCode: number, stdout: `number ${number}\n`, stderr: '' })),
  )
  assert.equal(await at.said(['container', 'ls', '--quiet']), '')
})
