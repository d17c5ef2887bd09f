// exec: one more process in a container that runs.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Container } from '../../src/index.ts'
import { missing, namespaceOf, place, refused, running, status } from './support.ts'

const skip = missing

/** Runs a script by exec, and gives what it printed. */
async function say(
  container: Container,
  script: string,
  options: Partial<Parameters<Container['exec']>[0]> = {},
): Promise<string> {
  const session = await container.exec({ args: ['sh', '-c', script], stdio: 'pipe', ...options })
  const [out, exit] = await Promise.all([text(session.stdout!), session.wait()])
  assert.equal(exit.exitCode, 0, out)
  return out
}

test('it is in all namespaces and groups of the container', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (made) => {
    made.linux?.namespaces?.push({ type: 'time' })
  })
  const session = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  const [init, pid] = [container.pid ?? 0, session.pid ?? 0]
  for (const file of ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'time', 'user'])
    assert.equal(namespaceOf(pid, file), namespaceOf(init, file), file)
  assert.equal(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), readFileSync(`/proc/${init}/cgroup`, 'utf8'))
  await session.kill('SIGKILL')
  const exit = await session.wait()
  assert.deepEqual([exit.signal, exit.exitCode], ['SIGKILL', 137])
})

test('it has the rights of the container’s process, and no others', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const [theirs, ours] = (await say(container, 'cat /proc/1/status; echo ----; cat /proc/self/status')).split('----')
  for (const field of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'])
    assert.equal(status(ours ?? '')[field], status(theirs ?? '')[field], field)
})

test('user, working folder and environment are its own', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const out = await say(container, 'id -u; id -g; pwd; echo $GREETING', {
    user: { uid: 1000, gid: 1000 },
    cwd: '/tmp',
    env: ['PATH=/bin', 'GREETING=hello'],
  })
  assert.equal(out, '1000\n1000\n/tmp\nhello\n')
})

test('HOME comes from the container’s own /etc/passwd', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  assert.equal(
    await say(container, 'echo $HOME', { user: { uid: 1000, gid: 1000 }, env: ['PATH=/bin'] }),
    '/home/user\n',
  )
})

test('streams both ways, and the exit code', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const session = await container.exec({ args: ['sh', '-c', 'cat; echo done >&2; exit 5'], stdio: 'pipe' })
  session.stdin!.end('through\n')
  const [out, err, exit] = await Promise.all([text(session.stdout!), text(session.stderr!), session.wait()])
  assert.deepEqual([out, err, exit.exitCode, exit.signal], ['through\n', 'done\n', 5, null])
})

test('a program that is not there: its error, and the container goes on', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  await refused(container.exec({ args: ['nope'] }), {
    code: 'ERR_STATOR_PROGRAM',
    message: /executable file not found in \$PATH/,
  })
  await refused(container.exec({ args: ['/bin/nope'] }), {
    code: 'ERR_STATOR_PROGRAM',
    message: /no such file or directory/,
  })
  assert.equal(await container.refresh(), 'running')
})

test('a user namespace: root inside is the mapped user outside', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (made) => {
    made.linux?.namespaces?.push({ type: 'user' })
    Object.assign(made.linux ?? {}, {
      uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    })
  })
  const session = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  assert.match(readFileSync(`/proc/${session.pid}/status`, 'utf8'), /^Uid:\t100000\t100000/m)
  assert.equal(await say(container, 'id -u'), '0\n')
  await session.kill('SIGKILL')
  await session.wait()
})

test('a container that does not run takes none', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  await container.stop({ signal: 'SIGKILL' })
  await refused(container.exec({ args: ['true'] }), { code: 'ERR_STATOR_STATUS', message: /container not running/ })
})

test('when the container ends, so does it, and tells how', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const session = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  await container.kill('SIGKILL')
  const [exit] = await Promise.all([session.wait(), container.wait()])
  assert.deepEqual([exit.signal, exit.exitCode], ['SIGKILL', 137])
})

test('ten at once', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const outs = await Promise.all(Array.from({ length: 10 }, (_, index) => say(container, `echo ${index}`)))
  assert.deepEqual(
    outs,
    Array.from({ length: 10 }, (_, index) => `${index}\n`),
  )
})

test('in a container without mounts of its own it is in the same root', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (made) => {
    made.linux!.namespaces = made.linux!.namespaces!.filter(({ type }) => type !== 'mount')
    made.mounts = []
    made.linux!.maskedPaths = []
    made.linux!.readonlyPaths = []
    made.root.readonly = false
  })
  const out = await say(container, 'ls /')
  assert.equal(out, await say(container, 'cd /; echo *').then((names) => names.trim().split(' ').join('\n') + '\n'))
  assert.ok(!out.includes('usr'), out)
})

test('the OOM score and the personality are those of the process and of the container', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, (made) => {
    made.process.oomScoreAdj = 500
    made.linux!.personality = { domain: 'LINUX32' }
  })
  const out = await say(container, 'cat /proc/self/personality 2>/dev/null; uname -m; cat /proc/self/oom_score_adj')
  assert.match(out, /i[36]86|armv/)
  assert.match(out, /500/)
})
