import assert from 'node:assert/strict'
import { readFileSync, readlinkSync, readSync, writeSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'

import type { Fd } from '../../src/native/fd.ts'
import { pidfdExitStatus, pidfdGetfd, pidfdOpen, pidfdSendSignal, waitPidfd } from '../../src/native/pidfd.ts'
import { pipe } from '../../src/native/pipe.ts'
import { hold, readable } from '../../src/native/poller.ts'
import { processState } from '../../src/native/process-stat.ts'
import { spawn } from '../../src/native/spawn.ts'
import { CLD_EXITED, CLD_KILLED, O_CLOEXEC, SIGKILL, SIGTERM } from '../../src/native/uapi.ts'
import { atLeast, openFlagsOf, runModule, withoutRoot } from './observe.ts'

/** PIDFD_INFO_EXIT: Linux 6.15. */
const tellsExit = atLeast(6, 15)

/** A shell that reads a line and then runs the script; killed and reaped with the test. */
function child(t: TestContext, script: string): { pid: number; pidfd: Fd; stdin: Fd } {
  const [read, write] = pipe()
  const argv = ['sh', '-c', `read line; ${script}`]
  const pid = spawn({ path: '/bin/sh', argv, env: [], descriptors: new Map([[0, read]]) })
  const pidfd = pidfdOpen(pid)
  read.close()
  const release = hold()
  t.after(async () => {
    write.close()
    if (processState(pid) !== null) {
      pidfdSendSignal(pidfd, SIGKILL)
      await firstValueFrom(readable(pidfd))
      waitPidfd(pidfd)
    }
    pidfd.close()
    release()
  })
  return { pid, pidfd, stdin: write }
}

test('it names the process, close-on-exec', (t) => {
  const { pid, pidfd } = child(t, 'exit 0')
  assert.match(readFileSync(`/proc/self/fdinfo/${pidfd.number}`, 'latin1'), new RegExp(`^Pid:\\t${pid}$`, 'm'))
  assert.notEqual(openFlagsOf(pidfd.number) & O_CLOEXEC, 0)
  assert.equal(waitPidfd(pidfd), null)
  assert.equal(pidfdExitStatus(pidfd), null)
})

test('an exit code goes to who reaps it, once, and later to who asks', async (t) => {
  const { pid, pidfd, stdin } = child(t, 'exit 7')
  stdin.close()
  await firstValueFrom(readable(pidfd))
  assert.equal(processState(pid), 'Z')
  assert.deepEqual(waitPidfd(pidfd), { pid, code: CLD_EXITED, status: 7 })
  assert.equal(processState(pid), null)
  assert.throws(() => waitPidfd(pidfd), { code: 'ECHILD', syscall: 'waitid' })
  const exit = pidfdExitStatus(pidfd)
  assert.equal(exit, tellsExit ? 7 << 8 : null)
})

test('a signal ends it, and is told as one', async (t) => {
  const { pid, pidfd } = child(t, 'exit 0')
  pidfdSendSignal(pidfd, 0)
  pidfdSendSignal(pidfd, SIGTERM)
  await firstValueFrom(readable(pidfd))
  assert.deepEqual(waitPidfd(pidfd), { pid, code: CLD_KILLED, status: SIGTERM })
  const exit = pidfdExitStatus(pidfd)
  assert.equal(exit, tellsExit ? SIGTERM : null)
  assert.throws(() => pidfdSendSignal(pidfd, SIGKILL), { code: 'ESRCH', syscall: 'pidfd_send_signal' })
})

test('no such process: ESRCH, with the call in the message', () => {
  // Above PID_MAX_LIMIT, so never a process.
  assert.throws(() => pidfdOpen(4194305), { message: 'pidfd_open(0x400001, 0): ESRCH' })
})

test('a descriptor of another process, or EBADF', (t) => {
  const { pid, pidfd } = child(t, 'exit 0')
  using copy = pidfdGetfd(pidfd, 0)
  assert.equal(readlinkSync(`/proc/self/fd/${copy.number}`), readlinkSync(`/proc/${pid}/fd/0`))
  assert.notEqual(openFlagsOf(copy.number) & O_CLOEXEC, 0)
  assert.throws(() => pidfdGetfd(pidfd, 999), { code: 'EBADF', syscall: 'pidfd_getfd' })
})

test('the exit of a process that is not a child is told where the kernel can', async (t) => {
  // The shell starts another, tells its pid and reaps it: this process never could.
  const [reading, writing] = pipe()
  t.after(() => [reading, writing].forEach((end) => end.close()))
  const script = 'sh -c "read line; exit 9" <&4 & echo $! >&3; wait; read line <&4'
  const [stdin, go] = pipe()
  const descriptors = new Map([
    [3, writing],
    [4, stdin],
  ])
  const shell = pidfdOpen(spawn({ path: '/bin/sh', argv: ['sh', '-c', script], env: [], descriptors }))
  const release = hold()
  t.after(async () => {
    pidfdSendSignal(shell, SIGKILL)
    await firstValueFrom(readable(shell))
    waitPidfd(shell)
    for (const fd of [stdin, go, shell]) fd.close()
    release()
  })
  const line = Buffer.alloc(32)
  const pid = Number(line.toString('latin1', 0, readSync(reading.number, line)))
  using grandchild = pidfdOpen(pid)
  writeSync(go.number, '\n')
  await firstValueFrom(readable(grandchild, { events: 'hup' }))
  assert.throws(() => waitPidfd(grandchild), { code: 'ECHILD' })
  const exit = pidfdExitStatus(grandchild)
  assert.equal(exit, tellsExit ? 9 << 8 : null)
})

test('a kernel that cannot tell the exit of a stranger says null, whatever it answers', { skip: withoutRoot }, () => {
  for (const errno of ['ENOTTY', 'EINVAL', 'ESRCH']) {
    const { stdout, stderr } = runModule(`
      import { refuse } from 'REFUSE'
      import { pidfdExitStatus, pidfdOpen } from 'NATIVE/pidfd.ts'
      const pidfd = pidfdOpen(process.pid)
      refuse('ioctl', '${errno}')
      console.error(pidfdExitStatus(pidfd))
    `)
    assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: 'null\n' }, errno)
  }
})
