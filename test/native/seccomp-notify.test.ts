import assert from 'node:assert/strict'
import { openSync, readFileSync, closeSync } from 'node:fs'
import { test } from 'node:test'
import { errnos } from '../../src/native/errno.ts'
import { pidfdSendSignal } from '../../src/native/pidfd.ts'
import { onReady } from '../../src/native/poller.ts'
import { Fd } from '../../src/native/fd.ts'
import {
  notifyAddFd,
  notifyIdValid,
  notifyPoll,
  notifyReceive,
  notifySend,
  readMemory,
  readString,
  type SeccompRequest,
} from '../../src/native/seccomp-notify.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import { AUDIT_ARCH_AARCH64, AUDIT_ARCH_X86_64, POLLHUP, POLLIN, SIGCONT, SIGSTOP } from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { processState } from '../../src/native/process-stat.ts'
import { filteredChild, mkdirCalls } from './seccomp-child.ts'

/** The next call, when it comes. */
async function next(listener: Fd): Promise<SeccompRequest> {
  for (;;) {
    await new Promise<void>((resolve) => {
      const subscription = onReady(listener, () => {
        subscription.unsubscribe()
        resolve()
      })
    })
    const request = notifyReceive(listener)
    if (request !== null) return request
  }
}

const sh = '/bin/sh'

test('a call is received with its number, architecture and registers, and a denied one is not done', async (t) => {
  const path = `${folder(t)}/made`
  await using child = await filteredChild(mkdirCalls, [sh, '-c', `/bin/mkdir ${path} 2>&1; echo $?`])
  assert.equal(notifyPoll(child.listener), 0)
  child.go()
  const request = await next(child.listener)
  assert.ok(mkdirCalls.some((name) => syscalls[architecture()][name] === request.number))
  assert.equal(request.arch, architecture() === 'x86_64' ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64)
  const at = syscalls[architecture()]['mkdir'] === request.number ? 0 : 1
  assert.equal(readString(request.pid, request.args[at] ?? 0n, 4096)?.toString(), path)
  assert.equal(readString(request.pid, request.args[at] ?? 0n, path.length), null, 'no NUL within the limit')
  assert.equal(readMemory(request.pid, request.args[at] ?? 0n, 4)?.toString(), path.slice(0, 4))
  assert.equal(readString(request.pid, 16n, 4096), null, 'where nothing is mapped')
  assert.equal(readMemory(request.pid, 2n ** 64n - 8n, 8), null, "the kernel's own")
  assert.ok(notifyIdValid(child.listener, request.id))
  assert.equal(notifyIdValid(child.listener, request.id + 1n), false)
  assert.equal(notifySend(child.listener, request.id, { errno: errnos.EACCES }), true)
  assert.match(await child.output(), /Permission denied\n1\n$/)
  assert.throws(() => readFileSync(path), { code: 'ENOENT' })
})

test('a value is returned as it is, a negative one too, and a second answer finds nobody', async () => {
  const script = 'console.log(process.ppid, process.ppid)'
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', script])
  child.go()
  const first = await next(child.listener)
  assert.equal(notifySend(child.listener, first.id, { value: 4711n }), true)
  assert.throws(() => {
    // Until the caller has run: it has an answer. After that: no such call.
    if (!notifySend(child.listener, first.id, 'continue')) throw Object.assign(new Error('gone'), { code: 'ENOENT' })
  }, /EINPROGRESS|gone/)
  const second = await next(child.listener)
  assert.notEqual(second.id, first.id)
  notifySend(child.listener, second.id, { value: -5000n })
  assert.equal(await child.output(), '4711 -5000\n')
})

test('a caller that is killed: its call is no longer valid, an answer finds nobody, and the listener hangs up', async () => {
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', 'process.ppid'])
  child.go()
  const { id } = await next(child.listener)
  child.kill()
  await child.ended()
  assert.equal(notifyIdValid(child.listener, id), false)
  assert.equal(notifySend(child.listener, id, 'continue'), false)
  assert.equal(notifyAddFd(child.listener, id, 0), null)
  assert.equal(notifyPoll(child.listener), POLLHUP)
})

test('a caller that dies before its call is received: RECV says so and does not block', async () => {
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', 'process.ppid'])
  child.go()
  await new Promise<void>((resolve) => {
    const subscription = onReady(child.listener, () => {
      subscription.unsubscribe()
      resolve()
    })
  })
  assert.equal(notifyPoll(child.listener), POLLIN)
  child.kill()
  await child.ended()
  assert.equal(notifyReceive(child.listener), null)
})

test('a descriptor is opened in the caller: at the lowest number, at a chosen one, and as the answer', async () => {
  const script = `const { readlinkSync } = require('node:fs')
    const got = process.ppid
    const of = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch (error) { return error.code } }
    console.log([of(got), of(77), /flags:.*0?2\\d{6}/.test(require('node:fs').readFileSync('/proc/self/fdinfo/77'))].join())`
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', script])
  child.go()
  const { id, pid } = await next(child.listener)
  const fd = openSync('/dev/null', 'r')
  assert.equal(notifyAddFd(child.listener, id, fd, { target: 77, closeOnExec: true }), 77)
  assert.match(readFileSync(`/proc/${pid}/fdinfo/77`, 'utf8'), /flags:\s+02/)
  const number = notifyAddFd(child.listener, id, fd, { send: true })
  closeSync(fd)
  assert.ok(number !== null && number > 2)
  assert.equal(await child.output(), '/dev/null,/dev/null,true\n')
  assert.equal(processState(pid), null)
})

test('a call that was received and not answered asks anew when its caller was stopped and goes on, as a later receiver needs', async () => {
  await using child = await filteredChild(['getppid'], [process.execPath, '-e', 'console.log(process.ppid)'])
  child.go()
  const first = await next(child.listener)
  // Who has received it is gone: nobody knows its id, and poll does not tell of it again.
  assert.equal(notifyPoll(child.listener), 0)
  pidfdSendSignal(child.pidfd, SIGSTOP)
  pidfdSendSignal(child.pidfd, SIGCONT)
  const again = await next(child.listener)
  assert.notEqual(again.id, first.id)
  assert.deepEqual([again.number, again.pid], [first.number, first.pid])
  assert.equal(notifySend(child.listener, first.id, { value: 1n }), false)
  notifySend(child.listener, again.id, { value: 2n })
  assert.equal(await child.output(), '2\n')
})

test('what is no listener is refused by name', () => {
  const fd = openSync('/dev/null', 'r')
  assert.throws(() => notifyReceive(fd), { code: 'ENOTTY', message: /SECCOMP_IOCTL_NOTIF_RECV/ })
  assert.throws(() => notifySend(fd, 1n, 'continue'), { code: 'ENOTTY' })
  closeSync(fd)
  assert.throws(() => notifyIdValid(fd, 1n), { code: 'EBADF' })
  assert.equal(notifyPoll(new Fd(fd).take()), 0x20, 'POLLNVAL')
})
