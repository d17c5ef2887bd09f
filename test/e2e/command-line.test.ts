// Every command and every flag, through the command line alone: what it says, and what the kernel says of what it did.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { test } from 'node:test'
import type { ProcessId } from '../../src/actors/creation.ts'
import { pidfdOpen } from '../../src/native/pidfd.ts'
import { isAlive, processState } from '../../src/native/process-stat.ts'
import { terminalStream } from '../../src/native/terminal-stream.ts'
import type { StoredState } from '../../src/runtime/store.ts'
import { accepted, listen } from '../native/listener.ts'
import { type CommandLine, commandLine, ended, reaped, withoutReaping } from './command-line.ts'
import { Terminal } from '../engines/bed.ts'
import { type Change, freshId, missing } from './support.ts'

const options = { skip: missing, timeout: 240_000 }

interface State {
  readonly ociVersion: string
  readonly id: string
  readonly pid: number
  readonly status: string
  readonly bundle: string
  readonly rootfs: string
  readonly created: string
  readonly owner: string
}

async function stateOf({ said }: CommandLine, id: string): Promise<State> {
  return JSON.parse(await said(['state', id])) as State
}

/** Of proc_pid_stat(5), from the third on. */
function stat(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Until a `state` says so: the keeper notes an end on its own. */
async function until(at: CommandLine, id: string, status: string): Promise<void> {
  for (let tries = 0; (await stateOf(at, id)).status !== status; tries++) assert.ok(tries < 100, `never ${status}`)
}

const waits = ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.01; done']

test('create, start, state, kill, delete: the life of a container, as an engine leads it', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const bundle = at.bundle(waits, (config) => (config.annotations = { 'org.example.a': 'b' }))
  const pidFile = join(at.folder, 'pid')
  assert.equal(await at.said(['create', '--bundle', bundle, '--pid-file', pidFile, id]), '')
  const pid = Number(readFileSync(pidFile, 'utf8'))
  const { created, ...state } = await stateOf(at, id)
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000)
  const expected = {
    ociVersion: '1.3.0',
    id,
    pid,
    status: 'created',
    bundle,
    rootfs: at.rootfs,
    annotations: { 'org.example.a': 'b' },
    owner: 'root',
  }
  assert.deepEqual(state, expected)
  assert.deepEqual(Object.keys(state), Object.keys(expected), 'in the order of runc')
  // Its parent has ended, and so it is ours; the keeper is there, and not between us.
  assert.equal(Number(stat(pid)[1]), process.pid)
  assert.equal(readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid'), false)

  assert.equal(await at.said(['start', id]), '')
  assert.equal((await stateOf(at, id)).status, 'running')
  assert.match(await at.refused(['start', id]), /cannot start an already running container$/)
  assert.match(await at.refused(['delete', id]), /cannot delete container that is not stopped: running/)
  const end = reaped(pid)
  assert.equal(await at.said(['kill', id]), '')
  assert.deepEqual(await end, { pid, code: 1, status: 3 })
  await until(at, id, 'stopped')
  assert.equal((await stateOf(at, id)).pid, 0)
  assert.match(await at.refused(['kill', id]), /container not running$/)
  assert.match(await at.refused(['start', id]), /cannot start a container that has stopped$/)
  // Who ended how is known although the keeper could not reap it.
  assert.match(
    await at.said(['watch', '--since', '0', '--no-follow', id]),
    /running → stopped \(init.exited\) exit 3\n/,
  )
  assert.equal(await at.said(['delete', id]), '')
  assert.match(await at.refused(['state', id]), new RegExp(`^state ${id}: .*container does not exist$`))
  assert.match(await at.refused(['delete', id]), /container does not exist$/)
  assert.equal(await at.said(['delete', '--force', id]), '')
})

test('create: what cannot be made leaves nothing, and says why', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const bundle = at.bundle(['true'])
  const noFolder = join(at.folder, 'none/pid')
  const said = await at.refused(['create', '-b', bundle, '--pid-file', noFolder, id])
  assert.equal(said, `create ${id}: write pid file "${noFolder}": ENOENT`)
  assert.match(await at.refused(['state', id]), /does not exist$/)
  assert.match(await at.refused(['create', '-b', bundle, '--console-socket', '/x', id]), /without a terminal$/)
  assert.match(
    await at.refused(['create', '-b', at.bundle(['no-such']), id]),
    /"no-such": executable file not found in \$PATH/,
  )
  assert.match(await at.refused(['create', '-b', bundle, 'a/b']), /container id "a\/b"/)
  assert.match(await at.refused(['--systemd-cgroup', 'create', '-b', bundle, id]), /systemd-cgroup: not available yet/)
  const tty = at.bundle(['true'], ({ process }) => (process.terminal = true))
  assert.match(
    await at.refused(['create', '-b', tty, id]),
    /cannot allocate tty if detached without setting --console-socket$/,
  )
  const socket = join(at.folder, 'no.socket')
  assert.match(
    await at.refused(['create', '-b', tty, '--console-socket', socket, id]),
    new RegExp(`console socket "${socket}": ENOENT$`),
  )
  await at.said(['create', '-b', bundle, id])
  assert.match(await at.refused(['create', '-b', bundle, id]), /a container with this id exists already$/)
  await at.said(['delete', '--force', id])
  assert.deepEqual(
    readdirSync(at.root).filter((name) => !['attached', 'journal', 'seccomp', 'settle'].includes(name)),
    [],
  )
})

test('--bundle is the working folder unless told', options, async (t) => {
  const at = await commandLine(t)
  const { stdout } = await at.call(['run', freshId()], { cwd: at.bundle(['echo', 'here']) })
  assert.equal(stdout, 'here\n')
})

test('--preserve-fds and $LISTEN_FDS: descriptors of the caller, and no other', options, async (t) => {
  const at = await commandLine(t)
  const open: number[] = []
  // Anew for each: where an open file is read stays where it is.
  const files = () =>
    ['a', 'b', 'c'].map((name) => {
      const path = join(at.folder, name)
      writeFileSync(path, `text of ${name}\n`)
      const fd = openSync(path, 'r')
      open.push(fd)
      return fd
    })
  // The look at the machine comes first of the hooks.
  using _closing = { [Symbol.dispose]: () => open.forEach((fd) => closeSync(fd)) }
  const script = 'cat <&3; cat <&4; ls /proc/self/fd | tr "\\n" " "; echo "$LISTEN_FDS $LISTEN_PID"'
  const bundle = at.bundle(['sh', '-c', script])
  const run = ['run', '--preserve-fds', '2', '-b', bundle, freshId()]
  // `ls` has one more: the folder.
  assert.equal((await at.call(run, { more: files() })).stdout, 'text of a\ntext of b\n0 1 2 3 4 5  \n')

  // The launcher becomes the runtime: its pid is known only to a shell that is exec'ed.
  const socketActivated = ['-c', 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$0" "$@"', process.execPath]
  const { builtLauncher } = await import('../built.ts')
  const argv = [builtLauncher(), '--root', at.root, 'run', '-b', bundle, freshId()]
  const child = spawn('sh', [...socketActivated, ...argv], { stdio: ['ignore', 'pipe', 'inherit', ...files()] })
  const [stdout] = await Promise.all([child.stdout!.setEncoding('utf8').toArray(), once(child, 'close')])
  assert.equal(stdout.join(''), 'text of a\ntext of b\n0 1 2 3 4 5 2 1\n')

  const id = freshId()
  await at.said(['run', '-d', '-b', at.bundle(waits), id])
  const exec = ['exec', '--preserve-fds', '1', id, 'sh', '-c', 'cat <&3; ls /proc/self/fd | tr "\\n" " "']
  assert.equal((await at.call(exec, { more: files() })).stdout, 'text of a\n0 1 2 3 4 ')
  assert.match(
    await at.refused(['exec', '--preserve-fds', '900', id, 'true']),
    /preserve 900 descriptors: number 3 was not passed to this process$/,
  )
  assert.match(await at.refused(['exec', '--preserve-fds', 'x', id, 'true']), /must be a whole number/)
  // What Node.js and this runtime have open themselves is nobody's: among it are folders of the host.
  const none = freshId()
  for (const [count, more, missing] of [
    [1, [], 3],
    [25, [], 3],
    [4, files(), 6],
    [900, files(), 6],
  ] as const) {
    const argv = ['run', '--preserve-fds', String(count), '-b', bundle, none]
    assert.match(await at.refused(argv, { more }), new RegExp(`number ${missing} was not passed to this process$`))
  }
  assert.match(
    await at.refused(['run', '--preserve-fds', '999999999', '-b', bundle, none]),
    /whole number from 0 to 900/,
  )
})

test('--no-new-keyring, --no-pivot: what they leave out', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const bundle = at.bundle(['sh', '-c', 'grep -c "_ses.$1:" /proc/keys', 'sh', id], (config) => {
    config.linux!.maskedPaths = []
  })
  const usual = await at.call(['run', '-b', bundle, id])
  assert.equal(usual.stdout, '1\n')
  const other = await at.call(['run', '--no-new-keyring', '-b', bundle, id])
  assert.equal(other.stdout, '0\n')
  // Another name: the keyring of what had this one may still be there.
  const without = freshId()
  await at.said(['run', '-d', '--no-new-keyring', '-b', at.bundle(waits), without])
  assert.equal((await at.call(['exec', without, 'grep', '-c', `_ses.${without}:`, '/proc/keys'])).stdout, '0\n')
  const moved = await at.call([
    'run',
    '--no-pivot',
    '-b',
    at.bundle(['sh', '-c', 'ls /; ls /proc/1/exe; cat /etc/passwd']),
    id,
  ])
  assert.equal(moved.exitCode, 0)
  assert.match(moved.stdout, /^bin\ndev\netc\n(.*\n)*user:x:1000/)
})

test('--pidfd-socket: the process by descriptor, and what kind of process', options, async (t) => {
  const at = await commandLine(t)
  using socket = listen(t, at.folder, 'pidfd.sock')
  const path = join(at.folder, 'pidfd.sock')
  const told = () => {
    const { text, descriptor } = accepted(socket)
    using pidfd = descriptor
    const [, pid] = /^Pid:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd.number}`, 'utf8')) ?? []
    return [text, Number(pid)]
  }
  const id = freshId()
  await at.said(['create', '-b', at.bundle(waits), '--pidfd-socket', path, id])
  assert.deepEqual(told(), ['standard', (await stateOf(at, id)).pid])
  await at.said(['start', id])
  const file = join(at.folder, 'exec-pid')
  await at.said(['exec', '-d', '--pid-file', file, '--pidfd-socket', path, id, 'sleep', '1000'])
  assert.deepEqual(told(), ['setns', Number(readFileSync(file, 'utf8'))])
})

test('--console-socket: the master, by the name that the terminal has in the container', options, async (t) => {
  const at = await commandLine(t)
  using socket = listen(t, at.folder, 'console.sock')
  const id = freshId()
  const script = 'tty; stty size; read -r line; echo "<$line>"; exec sleep 1000'
  const bundle = at.bundle(['sh', '-c', script], ({ process }) => {
    process.terminal = true
    process.consoleSize = { height: 21n, width: 77n }
  })
  const flag = ['--console-socket', join(at.folder, 'console.sock')]
  await at.said(['create', '-b', bundle, ...flag, id])
  const { text, descriptor } = accepted(socket)
  assert.equal(text, '/dev/pts/0')
  await at.said(['start', id])
  const stream = terminalStream(descriptor)
  const until = async (pattern: RegExp) => {
    let seen = ''
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      seen += chunk.toString()
      if (pattern.test(seen)) return
    }
    assert.fail(`the end, after ${seen}`)
  }
  await until(/\/dev\/pts\/0\r\n21 77\r\n/)
  stream.write('typed\n')
  await until(/<typed>\r\n/)
  stream.destroy()

  await at.said(['exec', '-d', '-t', ...flag, id, 'sh', '-c', 'tty; sleep 1000'])
  const second = accepted(socket)
  assert.equal(second.text, '/dev/pts/1')
  second.descriptor.close()
})

test('run --detach; logs of --stdio log, with all their flags', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const pidFile = join(at.folder, 'pid')
  const program = ['sh', '-c', 'echo one; echo two >&2; echo three; exit 5']
  await at.said(['run', '--detach', '--stdio', 'log', '--pid-file', pidFile, '-b', at.bundle(program), id])
  assert.ok(Number(readFileSync(pidFile, 'utf8')) > 1)
  const all = await at.call(['logs', '--follow', id])
  assert.deepEqual(all, { exitCode: 0, stdout: 'one\nthree\n', stderr: 'two\n' })
  const { stdout, stderr } = await at.call(['logs', '-n', '1', id])
  assert.match(stdout + stderr, /^(three|two)\n$/)
  const stamped = (await at.call(['logs', '-t', id])).stdout
  const [, time = ''] = /^(\S+) one\n/.exec(stamped) ?? []
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, stamped)
  assert.deepEqual((await at.call(['logs', '--since', '2999-01-01T00:00:00Z', id])).stdout, '')
  assert.match(await at.refused(['logs', '--since', 'then', id]), /must be a time/)
  await until(at, id, 'stopped')
  await at.said(['delete', id])
  assert.match(await at.refused(['logs', id]), /does not exist$/)

  const silent = freshId()
  await at.said(['run', '-d', '--stdio', 'ignore', '-b', at.bundle(waits), silent])
  const { pid } = await stateOf(at, silent)
  assert.deepEqual(
    [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
    Array(3).fill('/dev/null'),
  )
  assert.match(await at.refused(['logs', silent]), /nothing is kept|no log/)
})

test('run --detach of what cannot start: its error, and nothing left', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const bundle = at.bundle(['true'], (config) => (config.hooks = { poststart: [{ path: '/bin/false' }] }))
  assert.match(await at.refused(['run', '-d', '-b', bundle, id]), /poststart/)
  assert.match(await at.refused(['state', id]), /does not exist$/)
})

test('run --detach: how the program ends is for its caller to reap, however early', options, async (t) => {
  const at = await commandLine(t)
  const pidFile = join(at.folder, 'pid')
  const bundle = at.bundle(['sh', '-c', 'exit 7'])
  await withoutReaping(async () => {
    for (let round = 0; round < 8; round++) {
      await at.said(['run', '--detach', '--pid-file', pidFile, '-b', bundle, freshId()])
      const pid = Number(readFileSync(pidFile, 'utf8'))
      assert.deepEqual(await reaped(pid), { pid, code: 1, status: 7 })
    }
  })
})

test(
  'a caller that does not reap: the end is known all the same, and a delete does not wait for it',
  options,
  async (t) => {
    const at = await commandLine(t)
    const id = freshId()
    await withoutReaping(async () => {
      await at.said(['run', '--detach', '-b', at.bundle(['sh', '-c', 'exit 7']), id])
      const { context } = JSON.parse(readFileSync(join(at.root, id, 'state.json'), 'utf8')) as StoredState
      const { init, keeper } = context as { init: ProcessId; keeper: ProcessId }
      while (isAlive(init)) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.equal((await stateOf(at, id)).status, 'stopped')
      // It waits to be told by the kernel, which nobody else has waited for.
      assert.ok(isAlive(keeper))
      assert.match(
        await at.said(['watch', '--since', '0', '--no-follow', id]),
        /running → stopped \(init.exited\) exit 7\n/,
      )
      await at.said(['delete', id])
      assert.equal(processState(init.pid), 'Z')
    })
  },
)

test('--pid-file: what somebody has put where it is made is not followed', options, async (t) => {
  const at = await commandLine(t)
  const victim = join(at.folder, 'victim')
  writeFileSync(victim, 'text')
  symlinkSync(victim, join(at.folder, '.pid'))
  const id = freshId()
  await at.said(['create', '--pid-file', join(at.folder, 'pid'), '-b', at.bundle(waits), id])
  assert.equal(readFileSync(victim, 'utf8'), 'text')
  assert.equal(lstatSync(join(at.folder, 'pid')).isFile(), true)
  assert.equal(Number(readFileSync(join(at.folder, 'pid'), 'utf8')), (await stateOf(at, id)).pid)
})

test('exec: the process of config.json with what the flags change', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const bundle = at.bundle(waits, (config) => {
    config.process.env = ['PATH=/bin', 'OF=config']
    config.process.user = { uid: 0, gid: 3, additionalGids: [4] }
    config.process.capabilities = { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] }
  })
  await at.said(['run', '-d', '--stdio', 'log', '-b', bundle, id])
  const exec = async (flags: readonly string[], ...args: string[]) =>
    (await at.call(['exec', ...flags, id, ...args])).stdout

  assert.deepEqual(await at.call(['exec', id, 'sh', '-c', 'cat; echo err >&2; exit 7'], { input: 'typed' }), {
    exitCode: 7,
    stdout: 'typed',
    stderr: 'err\n',
  })
  assert.equal((await at.call(['exec', id, 'sh', '-c', 'kill -9 $$'])).exitCode, 137)
  assert.equal(await exec(['-e', 'A=1', '--env', 'OF=exec'], 'sh', '-c', 'echo $A $OF'), '1 exec\n')
  assert.equal(await exec(['--cwd', '/tmp'], 'pwd'), '/tmp\n')
  const who = ['sh', '-c', 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr "\\t\\n" "  "']
  assert.match(await exec([], ...who), /^Uid: 0 .* Gid: 3 .* Groups: 4 /)
  assert.match(await exec(['-u', '1000'], ...who), /^Uid: 1000 .* Gid: 3 .* Groups: 4 /)
  assert.match(
    await exec(['--user', '1000:1001', '-g', '7', '-g', '8,9'], ...who),
    /^Uid: 1000 .* Gid: 1001 .* Groups: 4 7 8 9 /,
  )
  const sets = (text: string) =>
    [...text.matchAll(/^Cap\w+:\s+([0-9a-f]+)$/gm)].map(([, hex]) => Number.parseInt(hex!, 16))
  const capabilities = await exec(['--cap', 'CAP_CHOWN', '-c', 'net_raw'], 'cat', '/proc/self/status')
  const all = (1 << 5) | (1 << 0) | (1 << 13)
  assert.deepEqual(sets(capabilities), [0, all, all, all, 0])
  assert.match(await exec(['--no-new-privs'], 'cat', '/proc/self/status'), /^NoNewPrivs:\s+1$/m)
  assert.match(await exec([], 'cat', '/proc/self/status'), /^NoNewPrivs:\s+1$|^NoNewPrivs:\s+0$/m)

  const processFile = join(at.folder, 'process.json')
  writeFileSync(
    processFile,
    JSON.stringify({ args: ['sh', '-c', 'pwd; echo $X'], cwd: '/etc', env: ['PATH=/bin', 'X=file'] }),
  )
  assert.equal((await at.call(['exec', '--process', processFile, id])).stdout, '/etc\nfile\n')
  assert.match(await at.refused(['exec', '-p', join(at.folder, 'none'), id]), /none": ENOENT$/)
  writeFileSync(processFile, '{"args":[]}')
  assert.match(await at.refused(['exec', '-p', processFile, id]), /process\./)

  assert.match(await at.refused(['exec', id]), /process args cannot be empty/)
  assert.match(await at.refused(['exec', id, 'no-such']), /executable file not found in \$PATH/)
  assert.match(await at.refused(['exec', '-u', 'root', id, 'id']), /must be UID or UID:GID/)
  assert.match(await at.refused(['exec', '--apparmor', 'x', id, 'id']), /apparmorProfile/)
  assert.match(await at.refused(['exec', '--process-label', 'x', id, 'id']), /selinuxLabel/)
  assert.match(await at.refused(['exec', '-d', '-t', id, 'id']), /without setting --console-socket/)
  assert.match(await at.refused(['exec', 'no-such', 'id']), /container does not exist$/)
  assert.equal(await exec(['--ignore-paused'], 'echo', '--', '-x'), '-- -x\n')
  assert.equal(await exec(['--no-subreaper'], 'echo', 'y'), 'y\n')
})

test(
  'exec --detach: the process is the caller’s, by its pid file, and in the container’s groups',
  options,
  async (t) => {
    const at = await commandLine(t)
    const id = freshId()
    await at.said(['run', '-d', '-b', at.bundle(waits), id])
    const file = join(at.folder, 'pid')
    await at.said(['exec', id, 'mkfifo', '/dev/shm/gate'])
    await at.said(['exec', '--detach', '--pid-file', file, id, 'sh', '-c', 'read x < /dev/shm/gate; exit 6'])
    const short = Number(readFileSync(file, 'utf8'))
    const end = reaped(short)
    await at.said(['exec', id, 'sh', '-c', 'echo > /dev/shm/gate'])
    assert.deepEqual(await end, { pid: short, code: 1, status: 6 })
    await at.said(['exec', '--detach', '--pid-file', file, id, 'sleep', '1000'])
    const pid = Number(readFileSync(file, 'utf8'))
    assert.equal(Number(stat(pid)[1]), process.pid)
    const { pid: init } = await stateOf(at, id)
    assert.equal(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), readFileSync(`/proc/${init}/cgroup`, 'utf8'))
    for (const name of ['pid', 'mnt', 'net', 'ipc', 'uts'])
      assert.equal(readlinkSync(`/proc/${pid}/ns/${name}`), readlinkSync(`/proc/${init}/ns/${name}`), name)
    const noFolder = join(at.folder, 'none/pid')
    assert.match(await at.refused(['exec', '-d', '--pid-file', noFolder, id, 'sleep', '1001']), /write pid file/)
    const inside = (await at.call(['exec', id, 'ps', '-o', 'args'])).stdout
    assert.match(inside, /sleep 1000/)
    assert.doesNotMatch(inside, /sleep 1001/)
    const killed = reaped(pid)
    await at.said(['delete', '--force', id])
    assert.equal((await killed).status, 9)
  },
)

test('exec --cgroup: a group below the container’s own', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  await at.said(['run', '-d', '-b', at.bundle(waits), id])
  const { pid } = await stateOf(at, id)
  const groupsOf = (text: string) => text.trim().split('\n').map((line) => line.split(/:(.*?):(.*)/).slice(1, 3)) // prettier-ignore
  const own = groupsOf(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).filter(([, path]) => path?.includes(id))
  // In each hierarchy that the container has a group in; one of version 2 has no name.
  for (const [controllers = '', path = ''] of own) {
    const mounts = controllers === '' ? ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'] : [`/sys/fs/cgroup/${controllers}`]
    for (const mount of mounts) if (existsSync(`${mount}${path}`)) mkdirSync(`${mount}${path}/below`)
  }
  // From the host's side: in the container its own group is the root.
  const file = join(at.folder, 'pid')
  const inside = async (...flags: readonly string[]) => {
    await at.said(['exec', '-d', '--pid-file', file, ...flags, id, 'sleep', '1000'])
    return groupsOf(readFileSync(`/proc/${readFileSync(file, 'utf8')}/cgroup`, 'utf8'))
      .filter(([, path]) => path?.includes(id))
      .map(([controllers, path]) => [controllers, path?.endsWith('/below')])
  }
  assert.deepEqual(await inside(), own.map(([controllers]) => [controllers, false])) // prettier-ignore
  assert.deepEqual(await inside('--cgroup', 'below'), own.map(([controllers]) => [controllers, true])) // prettier-ignore
  if (own.some(([controllers]) => controllers === 'pids'))
    assert.deepEqual(await inside('--cgroup', 'pids:below'), own.map(([controllers]) => [controllers, controllers === 'pids'])) // prettier-ignore
  assert.match(await at.refused(['exec', '--cgroup', '../x', id, 'id']), /leads out of the container's own group/)
  assert.match(await at.refused(['exec', '--cgroup', 'nothing:x', id, 'id']), /no group for nothing/)
  assert.match(await at.refused(['exec', '--cgroup', 'none', id, 'id']), /none.*ENOENT/)
})

test('list: a table, JSON, ids', options, async (t) => {
  const at = await commandLine(t)
  assert.equal(await at.said(['list']), 'ID          PID         STATUS      BUNDLE      CREATED     OWNER\n')
  assert.equal(await at.said(['list', '-f', 'json']), '[]\n')
  const ids = [freshId(), freshId()].sort()
  const bundle = at.bundle(waits)
  for (const id of ids) await at.said(['create', '-b', bundle, id])
  assert.equal(await at.said(['list', '--quiet']), ids.map((id) => `${id}\n`).join(''))
  const listed = JSON.parse(await at.said(['list', '--format', 'json'])) as State[]
  const states: State[] = []
  for (const id of ids) states.push(await stateOf(at, id))
  assert.deepEqual(listed, states)
  const [header = '', first = ''] = (await at.said(['list'])).split('\n')
  const { pid, created } = states[0]!
  assert.deepEqual(first.split(/\s+/), [ids[0], `${pid}`, 'created', bundle, created, 'root'])
  for (const [column, value] of [
    ['PID', `${pid}`],
    ['STATUS', 'created'],
    ['BUNDLE', bundle],
  ] as const)
    // prettier-ignore
    assert.equal(header.indexOf(column), first.indexOf(value), column)
  assert.match(await at.refused(['list', '--format', 'xml']), /Allowed choices are table, json/)
})

test('kill: by name, number, or to all; what is no signal', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const script = 'trap "echo hup" HUP; trap "echo usr1" USR1; echo ready; while :; do sleep 0.01; done'
  await at.said(['run', '-d', '--stdio', 'log', '-b', at.bundle(['sh', '-c', script]), id])
  const printed = async (line: string) => {
    const follow = at.start(['logs', '-f', id], ['ignore', 'pipe', 'ignore'])
    let seen = ''
    for await (const chunk of follow.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
      seen += chunk
      if (seen.includes(line)) break
    }
    follow.kill('SIGKILL')
    assert.ok(seen.includes(line), seen)
  }
  await printed('ready')
  await at.said(['kill', id, 'SIGHUP'])
  await printed('hup')
  await at.said(['kill', id, '10'])
  await printed('usr1')
  assert.match(await at.refused(['kill', id, 'SIGNONE']), /signal "SIGNONE": unknown/)
  assert.match(await at.refused(['kill', id, '99']), /signal "99": unknown/)
  assert.equal((await stateOf(at, id)).status, 'running')

  const shared = freshId()
  const withoutPidNamespace: Change = ({ linux }) => {
    linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'pid')
  }
  const file = join(at.folder, 'pid')
  await at.said([
    'run',
    '-d',
    '--pid-file',
    file,
    '-b',
    at.bundle(['sh', '-c', 'sleep 1000 & wait'], withoutPidNamespace),
    shared,
  ])
  const first = Number(readFileSync(file, 'utf8'))
  const children = () => readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ').filter(Boolean)
  while (children().length === 0) continue
  const [child = 0] = children().map(Number)
  using grandchild = pidfdOpen(child)
  const end = reaped(first)
  await at.said(['kill', '--all', shared, 'KILL'])
  assert.equal((await end).status, 9)
  await ended(grandchild)
})

test('stop: asks, and makes it', options, async (t) => {
  const at = await commandLine(t)
  const [asks, deaf] = [freshId(), freshId()]
  await at.said(['run', '-d', '--stdio', 'log', '-b', at.bundle(waits), asks])
  for (let tries = 0; !(await at.said(['logs', asks])).includes('ready'); tries++) assert.ok(tries < 100)
  await at.said(['stop', asks])
  await at.said(['stop', asks])
  const events = () => at.said(['watch', '--since', '0', '--no-follow', '--format', 'json'])
  assert.match(
    await events(),
    new RegExp(`"${asks}".*"lifecycle.stopped".*"exitCode":3|lifecycle.stopped.*"exitCode":3`),
  )
  await at.said(['run', '-d', '-b', at.bundle(['sh', '-c', 'while :; do sleep 0.01; done']), deaf])
  await at.said(['stop', '--signal', 'HUP', '--timeout', '0.1', deaf])
  assert.match(await events(), /"exitCode":137/)
  assert.match(await at.refused(['stop', '-t', 'x', deaf]), /must be seconds/)
  const only = freshId()
  await at.said(['create', '-b', at.bundle(waits), only])
  assert.match(await at.refused(['stop', only]), /container is created only \(delete it\)/)
  await at.said(['delete', only])
})

test('watch: what happens, to whom, from when, until', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const watching = at.start(['watch', id], ['ignore', 'pipe', 'inherit'])
  // A test that fails leaves nobody who would keep its file from ending.
  t.after(() => watching.kill('SIGKILL'))
  let seen = ''
  watching.stdout!.setEncoding('utf8').on('data', (text: string) => (seen += text))
  // It may still be loading when a container is gone already: it is there when it has seen the end of one.
  const bundle = at.bundle(['sh', '-c', 'exit 4'])
  while (!seen.includes('lifecycle.deleted')) {
    assert.equal(watching.exitCode, null, seen)
    await at.call(['run', '-b', bundle, id])
  }
  assert.match(seen, new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} #\\d+ ${id} lifecycle\\.`, 'm'))
  watching.kill('SIGINT')
  assert.deepEqual(await once(watching, 'exit'), [0, null])
  const all = (await at.said(['watch', '--since', '0', '--no-follow', '--format', 'json'])).trim().split('\n')
  const events = all.map((line) => JSON.parse(line) as { seq: number; type: string; container: string | null })
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  )
  const last = events.at(-1)!.seq
  assert.equal((await at.said(['watch', '--since', String(last), '--no-follow', id])).includes(`#${last} `), false)
  assert.match(await at.refused(['watch', '--since', '999999', '--no-follow']), /999999/)
})

test('what is not available yet takes the flags of runc, and says so', options, async (t) => {
  const at = await commandLine(t)
  const calls: readonly (readonly string[])[] = [
    ['pause', 'x'],
    ['resume', 'x'],
    ['update', '--resources=-', 'x'],
    'update --blkio-weight 10 --cpu-period 1 --cpu-quota 1 --cpu-burst 1 --cpu-share 1 --cpu-rt-period 1 --cpu-rt-runtime 1 --cpu-idle 1 --cpuset-cpus 0 --cpuset-mems 0 --memory 1 --memory-reservation 1 --memory-swap -1 --pids-limit 1 --l3-cache-schema L3 --mem-bw-schema MB x'.split(
      ' ',
    ),
    'checkpoint --image-path i --work-path w --parent-path p --leave-running --tcp-established --tcp-skip-in-flight --ext-unix-sk --shell-job --lazy-pages --status-fd 3 --page-server 1:2 --file-locks --pre-dump --manage-cgroups-mode soft --empty-ns network --auto-dedup --link-remap x'.split(
      ' ',
    ),
    'restore --image-path i --work-path w --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode full --bundle b --detach --pid-file p --no-subreaper --no-pivot --empty-ns network --auto-dedup --lazy-pages --lsm-profile a --lsm-mount-context c --console-socket s x'.split(
      ' ',
    ),
  ]
  for (const argv of calls) {
    assert.equal(await at.refused(argv), `${argv[0]} x: ${argv[0]} is not available yet`)
  }
})

test('flags of all commands: where errors go, and what has no effect', options, async (t) => {
  const at = await commandLine(t)
  const log = join(at.folder, 'log.json')
  const engine = ['--log-format=json', '--log', log]
  const id = freshId()
  const failed = await at.call([...engine, 'create', '--bundle', join(at.folder, 'none'), id])
  assert.equal(failed.exitCode, 1)
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  assert.equal(lines.length, 1, 'an engine reads one object')
  const entry = JSON.parse(lines[0]!) as Record<string, unknown>
  assert.equal(entry['level'], 'error')
  assert.equal(entry['code'], 'ERR_STATOR_CONFIG')
  assert.equal(entry['errno'], 'ENOENT')
  assert.equal(entry['path'], join(at.folder, 'none/config.json'))
  assert.match(String(entry['msg']), new RegExp(`^create ${id}: read "`))
  assert.match(String(entry['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.equal(failed.stderr, `stator: ${String(entry['msg'])}\n`)
  rmSync(log)
  await at.said([...engine, '--rootless', 'false', '--criu', '/x', '--debug', 'run', '-b', at.bundle(['true']), id])
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const { level, time, msg } = JSON.parse(line) as Record<string, string>
    assert.deepEqual([level, typeof msg, Number.isNaN(Date.parse(time ?? ''))], ['debug', 'string', false])
  }
  assert.match(await at.refused(['--rootless', 'maybe', 'list']), /Allowed choices are auto, true, false/)
  assert.equal(await at.said(['--systemd-cgroup', 'list', '-q']), '')
  const unlogged = await at.call(['--log', join(at.folder, 'no/log'), 'state', id])
  assert.match(unlogged.stderr, /^stator: state: log to ".*no\/log": ENOENT\n$/)
})

test('an environment with nothing in it, as some engines call', options, async (t) => {
  const at = await commandLine(t)
  const { builtLauncher } = await import('../built.ts')
  const argv = ['--root', at.root, 'delete', '--force', freshId()]
  const child = spawn(builtLauncher(), argv, { env: { XDG_RUNTIME_DIR: '' }, stdio: ['ignore', 'inherit', 'pipe'] })
  const said = child.stderr.setEncoding('utf8').toArray()
  const [code] = (await once(child, 'close')) as [number | null]
  const stderr = (await said).join('')
  // Without a PATH the usual folders are searched.
  const node = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((f) =>
    existsSync(`${f}/node`),
  )
  if (node) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  else assert.match(stderr, /node: not found/)
})

test('run and exec with a terminal: this one is theirs, and is as it was afterwards', options, async (t) => {
  const at = await commandLine(t)
  const id = freshId()
  const script = 'tty; stty size; ls -l /dev/console; read -r line; echo "<$line>"; stty -echo; echo last; exit 5'
  const change: Change = ({ process }) => {
    process.terminal = true
    process.user = { uid: 1000, gid: 1000 }
  }
  const bundle = at.bundle(['sh', '-c', script], change)
  const size = { rows: 31, columns: 101 }
  const shell = (argv: readonly string[]) => {
    const words = at.words(argv).map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ') // prettier-ignore
    return new Terminal(['sh', '-c', `stty -g > ${at.folder}/before; ${words}; code=$?; stty -g > ${at.folder}/after; exit $code`], size) // prettier-ignore
  }
  const same = () =>
    assert.equal(readFileSync(join(at.folder, 'after'), 'utf8'), readFileSync(join(at.folder, 'before'), 'utf8'))

  const first = shell(['run', '-b', bundle, id])
  await first.until(/\/dev\/pts\/0\n31 101\ncrw--w---- +1 user .*\/dev\/console\n/)
  first.type('typed\r')
  const { exitCode, said } = await first.end()
  // Once by the container's echo: the host's is off.
  assert.match(said, /\ntyped\n<typed>\nlast\n/)
  assert.equal(exitCode, 5)
  same()

  await at.said(['run', '-d', '-b', at.bundle(waits), id])
  const inside = 'stty size; trap "stty size; exit 9" WINCH; echo ready; while :; do sleep 0.01; done'
  const second = shell(['exec', '-t', id, 'sh', '-c', inside])
  await second.until(/31 101\nready\n/)
  await second.resize(44, 55)
  assert.match((await second.end()).said, /\n44 55\n/)
  same()
  // ^C is a character there, and the signal the program's.
  const third = shell([
    'exec',
    '--tty',
    id,
    'sh',
    '-c',
    'trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.01; done',
  ])
  await third.until(/ready/)
  third.type('\x03')
  const end = await third.end()
  assert.match(end.said, /interrupted/)
  assert.equal(end.exitCode, 3)
  same()

  const alone = await at.call(['exec', '-t', id, 'true'])
  if (alone.exitCode !== 0) assert.match(alone.stderr, /this process has none \(give --detach and --console-socket,/)
})
