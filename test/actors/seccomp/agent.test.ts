// The listener handed to an agent in a process of its own: test/fixtures/seccomp-agent.ts.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { handToAgent, processState, type ContainerProcessState } from '../../../src/actors/seccomp/agent.ts'
import type { OciState } from '../../../src/oci/state.ts'
import { folder } from '../../native/files.ts'
import { descriptors } from '../../native/observe.ts'
import { filteredChild, mkdirCalls } from '../../native/seccomp-child.ts'

const fixture = fileURLToPath(new URL('../../fixtures/seccomp-agent.ts', import.meta.url))
const creating: OciState = {
  ociVersion: '1.3.0',
  id: 'web',
  status: 'creating',
  pid: 42,
  bundle: '/bundle',
  annotations: {},
}

/** Starts one, and waits until it listens. */
async function agent(t: TestContext, ...rule: string[]) {
  const path = `${folder(t)}/agent.sock`
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, path, ...rule], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => JSON.parse(String((await lines.next()).value)) as Record<string, unknown>
  assert.deepEqual(await next(), { listening: path })
  return { path, child, next, exited }
}

const mkdir = (path: string) => [
  process.execPath,
  '-e',
  `try { require('node:fs').mkdirSync(process.argv[1]); console.log('made') } catch (error) { console.log(error.code) }`,
  path,
]

test('an agent gets the state as the OCI has it and the listener, and answers', async (t) => {
  const { path, next, exited } = await agent(t, 'deny', mkdirCalls.join(), 'EACCES')
  await using child = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  const state = processState(child.pid, { ...creating, pid: child.pid }, 'meta "data"')
  await handToAgent(path, child.listener, state)
  assert.ok(!child.listener.closed, 'it stays the caller’s to close')
  child.listener.close()
  assert.deepEqual(await next(), { state, hasListener: true })
  child.go()
  assert.equal(await child.output(), 'EACCES\n')
  const [code] = (await exited) as [number]
  assert.equal(code, 0, 'it saw the end of the filter')
})

test('the state of an exec, and one without metadata', () => {
  const running: OciState = { ...creating, status: 'running' }
  const expected: ContainerProcessState = { ociVersion: '1.3.0', fds: ['seccompFd'], pid: 43, state: running }
  assert.deepEqual(processState(43, running), expected)
  assert.deepEqual(Object.keys(processState(43, running, '')), ['ociVersion', 'fds', 'pid', 'metadata', 'state'])
})

test('an agent that answers late is waited for', async (t) => {
  const { path } = await agent(t, 'late', '100')
  await using child = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  await handToAgent(path, child.listener, processState(child.pid, creating))
  child.listener.close()
  child.go()
  assert.equal(await child.output(), 'made\n')
})

test('an agent that dies leaves ENOSYS, and one that says nothing a caller that can be killed', async (t) => {
  const dying = await agent(t, 'die')
  await using child = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  await handToAgent(dying.path, child.listener, processState(child.pid, creating))
  child.listener.close()
  child.go()
  assert.equal(await child.output(), 'ENOSYS\n')
  const silent = await agent(t, 'never')
  await using other = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  await handToAgent(silent.path, other.listener, processState(other.pid, creating))
  other.listener.close()
  other.go()
  await silent.next()
  other.kill()
  const { status } = await other.ended()
  assert.equal(status, 9)
})

test('nobody there, nobody listening, no socket: the path, the place in the config and the errno', async (t) => {
  const place = folder(t)
  writeFileSync(`${place}/file`, '')
  const dead = await agent(t, 'continue')
  dead.child.kill('SIGKILL')
  await dead.exited
  const state = processState(1, creating)
  const before = descriptors().size
  for (const [path, errno] of [
    [`${place}/none`, 'ENOENT'],
    [`${place}/file`, 'ECONNREFUSED'],
    [dead.path, 'ECONNREFUSED'],
    ['', 'ENOENT'],
  ] as const)
    await assert.rejects(handToAgent(path, 0, state), {
      name: 'StatorError',
      code: 'ERR_STATOR_STAGE',
      path,
      pointer: 'linux.seccomp.listenerPath',
      syscall: 'connect',
      errno,
    })
  assert.equal(descriptors().size, before)
})

test('an agent that never accepts: its queue takes some, and then it is given up in time, while the loop goes on', async (t) => {
  const { path } = await agent(t, 'deaf')
  const state = processState(1, creating)
  const long = processState(1, { ...creating, annotations: { long: 'x'.repeat(4_000_000) } })
  let ticks = 0
  const interval = setInterval(() => ticks++, 5)
  const late = { code: 'ERR_STATOR_TIMEOUT', errno: 'EAGAIN', path, pointer: 'linux.seccomp.listenerPath' }
  // Longer than the socket's buffer: it waits for a reader.
  await assert.rejects(handToAgent(path, 0, long, 100), { ...late, syscall: 'sendmsg' })
  await assert.rejects(
    async () => {
      for (let n = 0; n < 8; n++) await handToAgent(path, 0, state, 100)
    },
    { ...late, syscall: 'connect' },
  )
  clearInterval(interval)
  assert.ok(ticks >= 10, `${ticks} ticks`)
})
