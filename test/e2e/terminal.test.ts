// process.terminal through the library: a pseudo-terminal of the container's own, and its master as streams.

import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { type Change, config, freshId, missing, place, refused, running } from './support.ts'

const skip = missing

const withTerminal: Change = ({ process }) => {
  process.terminal = true
  process.consoleSize = { height: 25n, width: 80n }
}

test('a terminal of the container: its own devpts, its session, its size, /dev/console', { skip }, async (t) => {
  const at = await place(t)
  const script =
    'tty; stty size; stat -c "%t:%T" /dev/console; ps -o pid,tty | grep -c pts/0; ls /dev/pts | tr "\\n" " "; echo > /dev/tty; read -r line; echo "<$line>"; exit 3'
  const container = await at.runtime.create({
    id: freshId(),
    config: config(at, ['sh', '-c', script], (spec) => {
      withTerminal(spec)
      spec.process.user = { uid: 1000, gid: 1000 }
    }),
    rootfs: at.rootfs,
  })
  const said = text(container.stdout!)
  assert.equal(container.stderr, null)
  await container.start()
  container.stdin!.write('typed\n')
  assert.equal((await container.wait()).exitCode, 3)
  const printed = (await said).replaceAll('\r', '')
  // What is typed is echoed as it comes, which may be anywhere.
  assert.match(printed.replace('typed\n', ''), /^\/dev\/pts\/0\n25 80\n88:0\n/)
  assert.match(printed, /\n0 ptmx \n\ntyped\n<typed>\n$|\ntyped\n[\s\S]*<typed>\n$|<typed>\n$/)
  await container.delete()
})

test('exec with a terminal, and a change of its size', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  const script = 'trap "stty size; exit 4" WINCH; tty; while :; do sleep 0.01; done'
  const session = await container.exec({ args: ['sh', '-c', script], tty: true })
  let seen = ''
  const said = (async () => {
    for await (const chunk of session.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
      seen += chunk
      if (seen.includes('/dev/pts/0')) await session.resize({ columns: 99, rows: 33 }).catch(() => {})
    }
  })()
  assert.equal((await session.wait()).exitCode, 4)
  await said
  assert.match(seen, /33 99/)
  await refused(session.resize({ columns: 1, rows: 1 }), { code: 'ERR_STATOR_STATUS', message: /no terminal/ })
  const plain = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  await refused(plain.resize({ columns: 80, rows: 25 }), { code: 'ERR_STATOR_STATUS', message: /no terminal/ })
})

test('who would have nobody at the terminal is told so', { skip }, async (t) => {
  const at = await place(t)
  const spec = config(at, ['true'], withTerminal)
  for (const stdio of ['log', 'inherit', 'ignore'] as const) {
    const create = at.runtime.create({ id: freshId(), config: spec, rootfs: at.rootfs, stdio })
    await refused(create, { code: 'ERR_STATOR_CONFIG', pointer: 'process.terminal', message: /console socket/ })
  }
  const socket = { consoleSocket: '/x' }
  const plain = config(at, ['true'])
  const create = at.runtime.create({ id: freshId(), config: plain, rootfs: at.rootfs, launch: socket })
  await refused(create, { code: 'ERR_STATOR_CONFIG', message: /no terminal/ })
})

test('a size without a terminal has no effect', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at, ({ process }) => (process.consoleSize = { height: 25n, width: 80n }))
  assert.doesNotMatch(readlinkSync(`/proc/${container.pid}/fd/0`), /pts|ptmx/)
})

test('an image cannot put another file where the terminal comes from', { skip }, async (t) => {
  const at = await place(t)
  const withoutDevpts: Change = (spec) => {
    withTerminal(spec)
    spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/dev/pts')
    spec.mounts.push({ destination: '/dev/pts', type: 'tmpfs', source: 'tmpfs', options: [] })
    spec.linux!.devices = [{ path: '/dev/pts/ptmx', type: 'c', major: 1n, minor: 3n, fileMode: 0o666 }]
  }
  const create = at.runtime.create({ id: freshId(), config: config(at, ['true'], withoutDevpts), rootfs: at.rootfs })
  await refused(create, { code: 'ERR_STATOR_STAGE', pointer: 'process.terminal', message: /no ptmx of a devpts/ })
})
