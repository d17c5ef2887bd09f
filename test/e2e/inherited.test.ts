// What a program inherits without anybody having asked for it: signals, descriptors, limits, session, and what else
// probe.c looks at. All of it as with `runc run` of the same bundle, however untidy this process is.

import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { syscall } from '../../src/native/libc.ts'
import { SIG_SETMASK, SIGSET_BYTES } from '../../src/native/uapi.ts'
import {
  addProbe,
  type Change,
  freshId,
  lines,
  missing,
  missingRunc,
  output,
  place,
  runc,
  runcSpec,
  running,
  status,
} from './support.ts'

const skip = missing

/** Makes this process one that would leak: blocked and ignored signals, descriptors without CLOEXEC, a umask, a folder. */
function beUntidy(): Disposable {
  const ignore = () => {}
  process.on('SIGUSR1', ignore)
  const old = Buffer.alloc(SIGSET_BYTES)
  // SIGUSR2 and some real-time signals.
  syscall('rt_sigprocmask', SIG_SETMASK, Buffer.from([0, 0x08, 0, 0, 0, 0, 0, 0x80]), old, SIGSET_BYTES)
  const file = openSync('/etc/hostname', 'r')
  const open = [5, 77, 500, 1001, 1500].map((number) => {
    // F_DUPFD gives the number itself, or the next that is free; without CLOEXEC.
    return syscall('fcntl', file, 0, number)
  })
  closeSync(file)
  const mask = process.umask(0o077)
  const folder = process.cwd()
  const elsewhere = mkdtempSync(join(tmpdir(), 'stator-cwd-'))
  process.chdir(elsewhere)
  const dispose = () => {
    syscall('rt_sigprocmask', SIG_SETMASK, old, null, SIGSET_BYTES)
    process.removeListener('SIGUSR1', ignore)
    for (const number of open) closeSync(number)
    process.umask(mask)
    process.chdir(folder)
    rmSync(elsewhere, { recursive: true })
  }
  return { [Symbol.dispose]: dispose }
}

test(
  'the same as with runc: signals, descriptors, limits, scheduling, session, umask, processors and more',
  { skip: missingRunc },
  async (t) => {
    const at = await place(t)
    addProbe(at.rootfs)
    const cases: Record<string, Change> = {
      'as runc spec has it': () => {},
      'no rlimits': ({ process }) => delete process.rlimits,
      'another user': ({ process }) => (process.user = { uid: 1000, gid: 1000 }),
      'namespaces of the host': ({ linux }) => {
        linux!.namespaces = linux!.namespaces!.filter(({ type }) => type === 'mount')
      },
    }
    const theirs = new Map(
      Object.entries(cases).map(([name, change]) => {
        const spec = runcSpec(at, ['probe', 'inherited'], (config) => {
          delete config.hostname
          change(config)
        })
        return [name, { spec, ...runc(at, spec) }] as const
      }),
    )
    using _untidy = beUntidy()
    for (const [name, { spec, exitCode, stdout, stderr }] of theirs) {
      assert.equal(exitCode, 0, stderr)
      const ours = await at.runtime.run({ id: freshId(), config: spec, rootfs: at.rootfs })
      assert.deepEqual(comparable(ours.stdout), comparable(stdout), name)
    }
  },
)

/** Lines without what differs between any two runs. */
function comparable(text: string): string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const numbers = /^sid (\d+) pgid (\d+) pid (\d+) ppid (\d+)$/.exec(line)
      if (numbers === null) return line
      const [, sid, pgid, pid] = numbers
      return `sid ${sid === pid ? 'its own' : 'another'}, pgid ${pgid === pid ? 'its own' : 'another'}`
    })
}

test('no signal is blocked, ignored or caught', { skip }, async (t) => {
  const at = await place(t)
  using _untidy = beUntidy()
  const { SigBlk, SigIgn, SigCgt, SigPnd } = status(await output(at, ['cat', '/proc/self/status']))
  const none = '0000000000000000'
  assert.deepEqual({ SigBlk, SigIgn, SigCgt, SigPnd }, { SigBlk: none, SigIgn: none, SigCgt: none, SigPnd: none })
})

test('no descriptor but 0, 1 and 2 (kernel rule 4)', { skip }, async (t) => {
  const at = await place(t)
  using _untidy = beUntidy()
  // The third is the folder that ls looks at.
  assert.deepEqual(await lines(at, ['ls', '/proc/self/fd']), ['0', '1', '2', '3'])
})

test(
  'the keeper has nothing of this process either, and is in no folder of it (kernel rule 4)',
  { skip },
  async (t) => {
    const at = await place(t)
    using _untidy = beUntidy()
    const container = await running(t, at)
    const [, keeper] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8')) ?? []
    const open = readdirSync(`/proc/${keeper}/fd`).map((number) => readlinkSync(`/proc/${keeper}/fd/${number}`))
    const kinds = open.map((link) =>
      link
        .replace(/:?\[.*\]$/, '')
        .replace(at.root, '')
        .replace(container.id, 'ID'),
    )
    assert.deepEqual(
      kinds.sort((a, b) => (a < b ? -1 : 1)),
      [
        '/ID', // where the exit record goes
        '/ID/log/stdio',
        ...Array<string>(3).fill('/dev/null'),
        'anon_inode', // init's pidfd
        'pipe', // its stdout
        'pipe', // and stderr
        'socket', // to this process
      ],
    )
    assert.equal(readlinkSync(`/proc/${keeper}/cwd`), '/')
    const { SigBlk, SigIgn } = status(readFileSync(`/proc/${keeper}/status`, 'utf8'))
    // SIGHUP, SIGINT, SIGPIPE, SIGTERM.
    assert.deepEqual([SigBlk, SigIgn], ['0000000000000000', '0000000000005003'])
  },
)

test('the soft limit of open files is that of before Node.js raised it (kernel rule 4)', { skip }, async (t) => {
  const at = await place(t)
  const [, before] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/limits`, 'utf8')) ?? []
  const [, inside] =
    /^Max open files\s+(\d+)/m.exec(
      await output(at, ['cat', '/proc/self/limits'], ({ process }) => delete process.rlimits),
    ) ?? []
  assert.equal(inside, before)
})

test('no variable of this process, and no folder of it', { skip }, async (t) => {
  const at = await place(t)
  using _untidy = beUntidy()
  assert.deepEqual(
    await lines(at, 'tr "\\0" "\\n" < /proc/self/environ; readlink /proc/self/cwd; readlink /proc/self/root'),
    ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', '/', '/'],
  )
})

test('the programs of exec inherit as little', { skip }, async (t) => {
  const at = await place(t)
  addProbe(at.rootfs)
  const container = await running(t, at, ({ process }) => delete process.rlimits)
  const first = await lines(at, ['probe', 'inherited'], ({ process }) => delete process.rlimits)
  using _untidy = beUntidy()
  const session = await container.exec({ args: ['probe', 'inherited'] })
  const found = comparable(await text(session.stdout!))
  await session.wait()
  // Its stdin is a pipe, where that of the container is /dev/null.
  assert.deepEqual(found.map(withoutStdin), comparable(first.join('\n')).map(withoutStdin))
})

function withoutStdin(line: string): string {
  return line.replace(/^0 (pipe|device) mode 0$/, '0')
}
