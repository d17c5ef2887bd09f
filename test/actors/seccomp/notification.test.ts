// Questions of real filters, and the server that asks them on: test/native/seccomp-child.ts.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { firstValueFrom, Subject } from 'rxjs'
import { answerPolicy } from '../../../src/actors/seccomp/answer-policy.ts'
import { Question, type SeccompNotification } from '../../../src/actors/seccomp/notification.ts'
import { serve, type ServeOptions } from '../../../src/actors/seccomp/server.ts'
import type { EventDraft, EventOf } from '../../../src/bus/event.ts'
import { hold, readable } from '../../../src/native/poller.ts'
import { notifyReceive, notifySend } from '../../../src/native/seccomp-notify.ts'
import { architecture } from '../../../src/native/syscalls.ts'
import { filteredChild, mkdirCalls, type FilteredChild } from '../../native/seccomp-child.ts'
import { folder } from '../../native/files.ts'

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args]
/** Prints what its calls return. */
const asking = (times: number) => node(`for (let i = 0; i < ${times}; i++) console.log(process.ppid)`)
const mkdir = (path: string) =>
  node(
    `try { require('node:fs').mkdirSync(process.argv[1]); console.log('made') } catch (error) { console.log(error.code) }`,
    path,
  )

/** Serves a child; what should not fail fails the test. */
function served(child: FilteredChild, options: Partial<ServeOptions>) {
  const errors: unknown[] = []
  const events: EventDraft[] = []
  const server = serve(child.listener, {
    container: 'web',
    emit: (event) => events.push(event),
    onError: (error) => errors.push(error),
    ...options,
  })
  return { server, errors, events }
}

const answeredOf = (events: readonly EventDraft[]) =>
  events.filter((event): event is EventOf<'seccomp.answered'> => event.type === 'seccomp.answered')

test('who is asked gets a call with its name, arguments and paths, and its answer is what the caller gets', async (t) => {
  const path = `${folder(t)}/made`
  await using child = await filteredChild(mkdirCalls, mkdir(path))
  const asked: SeccompNotification[] = []
  const { server, errors, events } = served(child, {
    exec: 'session',
    onNotification(notification) {
      asked.push(notification)
      assert.equal(notification.decode()?.['path'], path)
      return notification.deny('EROFS')
    },
  })
  child.go()
  assert.equal(await child.output(), 'EROFS\n')
  await server.ended
  const [one] = asked
  assert.ok(one !== undefined && asked.length === 1 && mkdirCalls.includes(one.syscall))
  assert.deepEqual([one.container, one.exec, one.pid], ['web', 'session', child.pid])
  assert.equal(one.args.length, 6)
  assert.ok(one.signal.aborted)
  const [told, answered] = events
  assert.ok(events.length === 2 && told?.type === 'seccomp.notify' && answered?.type === 'seccomp.answered')
  assert.equal(told.decoded?.['path'], path)
  assert.deepEqual(told.args, one.args.map(String))
  assert.deepEqual([answered.notification, answered.answer, answered.by], [one.id, { errno: 'EROFS' }, 'asked'])
  assert.doesNotThrow(() => JSON.stringify(events))
  assert.deepEqual(errors, [])
})

test('the first answer wins, and each later one is told so', async () => {
  await using child = await filteredChild(['getppid'], asking(1))
  let later: Promise<unknown[]> | undefined
  const { server } = served(child, {
    onNotification(notification) {
      void notification.returnValue(42)
      later = Promise.all(
        [notification.deny('EPERM'), notification.continue(), notification.returnValue(43), notification.addFd(0)].map(
          (answer) => answer.then(String, ({ code }: { code: string }) => code),
        ),
      )
    },
  })
  child.go()
  assert.equal(await child.output(), '42\n')
  assert.deepEqual(await later, Array(4).fill('ERR_STATOR_ANSWERED'))
  await server.ended
})

test('a second answer that nobody looks at ends no process', async () => {
  await using child = await filteredChild(['getppid'], asking(1))
  const { server, errors } = served(child, {
    onNotification(notification) {
      void notification.returnValue(1)
      void notification.returnValue(2)
    },
  })
  child.go()
  assert.equal(await child.output(), '1\n')
  await server.ended
  assert.deepEqual(errors, [])
})

test('an answer of one who has a duplicate of the listener is the first, too', async () => {
  await using child = await filteredChild(['getppid'], asking(1))
  using duplicate = child.listener.dup()
  let late: Promise<string> | undefined
  const { server } = served(child, {
    onNotification(notification) {
      notifySend(duplicate, BigInt(notification.id), { value: 5n })
      late = notification.continue().then(
        () => 'its caller has gone on',
        ({ code }: { code: string }) => code,
      )
    },
  })
  child.go()
  assert.equal(await child.output(), '5\n')
  assert.match((await late) ?? '', /ERR_STATOR_ANSWERED|its caller has gone on/)
  await server.ended
})

test('what is no answer is refused, and takes nobody the chance to give one', async () => {
  await using child = await filteredChild(['getppid'], asking(1))
  let refused: Promise<unknown[]> | undefined
  const { server } = served(child, {
    async onNotification(notification) {
      const wrong = [
        notification.deny('EWHATEVER'),
        notification.deny(0),
        notification.deny(4096),
        notification.deny(1.5),
        notification.returnValue(0.5),
        notification.returnValue(2n ** 63n),
        notification.returnValue('x' as never),
      ]
      refused = Promise.all(wrong.map((answer) => answer.catch(({ code }: { code: string }) => code)))
      await refused
      await notification.returnValue(-65536n)
    },
  })
  child.go()
  assert.equal(await child.output(), '-65536\n')
  assert.deepEqual(await refused, Array(7).fill('ERR_STATOR_CONFIG'))
  await server.ended
})

test('a caller that is killed while it is asked: its signal aborts, and an answer is no error', async () => {
  await using child = await filteredChild(mkdirCalls, mkdir('/never'))
  const subscribers = new Subject<SeccompNotification>()
  const asked = new Promise<SeccompNotification>((resolve) => subscribers.subscribe(resolve))
  // Nobody has read its memory before.
  const { server, errors } = served(child, { subscribers, emit: undefined })
  child.go()
  const notification = await asked
  assert.equal(server.open, 1)
  const aborted = new Promise((resolve) => notification.signal.addEventListener('abort', resolve))
  child.kill()
  await aborted
  await notification.deny('EPERM')
  assert.equal(await notification.addFd(0), -1)
  assert.equal(notification.decode(), null, "a dead caller's memory is not read")
  await server.ended
  assert.equal(server.open, 0)
  assert.deepEqual(errors, [])
})

test('what was read is dropped when its caller has gone meanwhile', async () => {
  await using child = await filteredChild(mkdirCalls, mkdir('/never'))
  child.go()
  const release = hold()
  await firstValueFrom(readable(child.listener))
  release()
  const request = notifyReceive(child.listener)
  assert.ok(request !== null)
  const answers: unknown[] = []
  const question = new Question({ container: 'web', listener: child.listener }, request, (_, answer) =>
    answers.push(answer),
  )
  child.kill()
  await child.ended()
  // Nobody has noticed: it is the reader who asks.
  assert.ok(question.isOpen)
  assert.equal(question.decode(), null)
  assert.ok(!question.isOpen && question.signal.aborted)
  assert.deepEqual(answers, [null])
})

test('one of two callers is killed while it is asked: it is noticed, and the other gets its answer', async () => {
  const script = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.ppid'])
    child.on('exit', () => console.log(process.ppid))`
  await using child = await filteredChild(['getppid'], node(script))
  const { server, events } = served(child, {
    onNotification(notification) {
      if (notification.pid === child.pid) return void notification.returnValue(3)
      notification.signal.addEventListener('abort', () => seen.push('gone'))
      process.kill(notification.pid, 'SIGKILL')
    },
  })
  const seen: string[] = []
  child.go()
  assert.equal(await child.output(), '3\n')
  await server.ended
  assert.deepEqual(seen, ['gone'])
  assert.deepEqual(
    new Map(answeredOf(events).map(({ answer, by }) => [by, answer])),
    new Map<unknown, unknown>([
      [null, null],
      ['asked', { returnValue: '3' }],
    ]),
  )
})

test('closed while somebody is asked: the caller gets ENOSYS, and a late answer is told that nobody listens', async (t) => {
  await using child = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  const subscribers = new Subject<SeccompNotification>()
  const asked = new Promise<SeccompNotification>((resolve) => subscribers.subscribe(resolve))
  const { server, events } = served(child, { subscribers })
  child.go()
  const notification = await asked
  server.close()
  server.close()
  await server.ended
  assert.ok(notification.signal.aborted)
  await assert.rejects(notification.continue(), { code: 'ERR_STATOR_CLOSED' })
  assert.equal(await child.output(), 'ENOSYS\n')
  assert.deepEqual(answeredOf(events), [], 'nobody has answered')
})

test('a descriptor is added and returned, and is open in the caller', async () => {
  const script = `const fs = require('node:fs'); const fd = process.ppid; console.log(fs.readFileSync(fd, 'utf8'))`
  await using child = await filteredChild(['getppid'], node(script))
  const { server, events } = served(child, {
    async onNotification(notification) {
      const fd = openSync('/proc/self/comm', 'r')
      await assert.rejects(notification.addFd(1_000_000), {
        code: 'ERR_STATOR_STAGE',
        errno: 'EBADF',
        message: 'addFd: this process has no descriptor 1000000',
      })
      assert.equal(await notification.addFd(fd, { target: 50 }), 50)
      const number = await notification.addFd(fd, { answer: true, closeOnExec: true })
      closeSync(fd)
      assert.ok(number > 2)
      await assert.rejects(notification.continue(), { code: 'ERR_STATOR_ANSWERED' })
    },
  })
  child.go()
  assert.equal(await child.output(), `${readFileSync('/proc/self/comm', 'utf8')}\n`)
  await server.ended
  const [answered] = answeredOf(events)
  assert.match(JSON.stringify(answered?.answer), /^\{"returnValue":"\d+"\}$/)
})

test('nobody is asked and there is no policy: ENOSYS, as without a listener', async (t) => {
  await using child = await filteredChild(mkdirCalls, mkdir(`${folder(t)}/made`))
  const { server, events } = served(child, { subscribers: new Subject() })
  child.go()
  assert.equal(await child.output(), 'ENOSYS\n')
  await server.ended
  assert.deepEqual(answeredOf(events).map(({ answer, by }) => [answer, by]), [[{ errno: 'ENOSYS' }, 'default']]) // prettier-ignore
})

test("rules first; what they leave goes to who is asked; without one the policy's default", async (t) => {
  const place = folder(t)
  const policy = answerPolicy({
    name: 'test',
    rules: [{ names: mkdirCalls, path: { prefix: `${place}/no` }, answer: { errno: 'EACCES' } }],
    default: 'continue',
  })
  const results: string[][] = []
  for (const onNotification of [undefined, (notification: SeccompNotification) => notification.deny('ENOSPC')]) {
    const outputs: string[] = []
    for (const name of ['no-1', 'yes']) {
      await using child = await filteredChild(mkdirCalls, mkdir(`${place}/${name}`))
      const { server } = served(child, { policy, onNotification })
      child.go()
      outputs.push((await child.output()).trim())
      await server.ended
    }
    results.push(outputs)
  }
  assert.deepEqual(results, [
    ['EACCES', 'made'],
    ['EACCES', 'ENOSPC'],
  ])
})

test("who says nothing is answered for at the policy's deadline, and comes too late", async () => {
  await using child = await filteredChild(['getppid'], asking(2))
  const asked: SeccompNotification[] = []
  const policy = answerPolicy({ name: 'test', rules: [], deadlineMs: 20, onDeadline: { returnValue: 99 } })
  const { server, events } = served(child, { policy, onNotification: (notification) => void asked.push(notification) })
  child.go()
  assert.equal(await child.output(), '99\n99\n')
  await server.ended
  await assert.rejects(asked[0]?.continue() ?? Promise.resolve(), { code: 'ERR_STATOR_ANSWERED' })
  assert.deepEqual(
    answeredOf(events).map(({ by }) => by),
    ['deadline', 'deadline'],
  )
  for (const { durationMs } of answeredOf(events)) assert.ok(durationMs >= 19, `${durationMs} ms`)
})

test('who is asked and throws, or rejects, is reported, and the caller is answered for at once', async () => {
  await using child = await filteredChild(['getppid'], asking(2))
  const policy = answerPolicy({ name: 'test', rules: [], deadlineMs: 1e9, onDeadline: { returnValue: 7 } })
  let asked = 0
  const { server, errors } = served(child, {
    policy,
    onNotification() {
      if (asked++ === 0) throw new Error('thrown')
      return Promise.reject(new Error('rejected'))
    },
  })
  child.go()
  assert.equal(await child.output(), '7\n7\n')
  await server.ended
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ['thrown', 'rejected'],
  )
})

test('a listener of events that throws is reported, and stops no answer', async () => {
  await using child = await filteredChild(['getppid'], asking(1))
  const { server, errors } = served(child, {
    emit: () => {
      throw new Error('the journal is full')
    },
    onNotification: (notification) => notification.returnValue(8),
  })
  child.go()
  assert.equal(await child.output(), '8\n')
  await server.ended
  assert.deepEqual(errors.map((error) => (error as Error).message), Array(2).fill('the journal is full')) // prettier-ignore
})

test('a flood is answered to the last call, and told in a few events that add up', async () => {
  const calls = 3000
  const script = `let n = 0; for (let i = 0; i < ${calls}; i++) n += process.ppid; console.log(n)`
  await using child = await filteredChild(['getppid'], node(script))
  const { server, events } = served(child, { onNotification: (notification) => notification.returnValue(1) })
  child.go()
  assert.equal(await child.output(), `${calls}\n`)
  await server.ended
  const told = events.filter(({ type }) => type === 'seccomp.notify').length
  const untold = events.flatMap((event) => (event.type === 'seccomp.untold' ? [event.counts['getppid'] ?? 0] : []))
  assert.equal(answeredOf(events).length, told)
  assert.equal(told + untold.reduce((sum, count) => sum + count, 0), calls)
  assert.ok(events.length < 500, `${events.length} events`)
})

const noI386 =
  architecture() !== 'x86_64' ? 'x86_64 is missing' : spawnSync('gcc', ['--version']).error ? 'gcc is missing' : false

test(
  'a call of i386 is told by its number and its architecture, and not taken for what has that number here',
  { skip: noI386 },
  async (t) => {
    const place = folder(t)
    // The way of 32-bit programs is open to all. 64 is getppid there, and semget here.
    const source = `#include <stdio.h>
    int main(void) { long result; asm volatile("int $0x80" : "=a"(result) : "a"(64) : "memory"); printf("%ld\\n", result); }`
    execFileSync('gcc', ['-x', 'c', '-o', `${place}/i386`, '-'], { input: source })
    await using child = await filteredChild(['semget'], [`${place}/i386`])
    const asked: unknown[] = []
    const { server } = served(child, {
      policy: answerPolicy({ name: 'test', rules: [{ names: ['semget', 'getppid'], answer: { errno: 'EPERM' } }] }),
      onNotification(notification) {
        const { syscall, number, architecture } = notification
        asked.push({ syscall, number, architecture, decoded: notification.decode() })
        return notification.returnValue(5)
      },
    })
    child.go()
    assert.equal(await child.output(), '5\n')
    await server.ended
    assert.deepEqual(asked, [{ syscall: '64', number: 64, architecture: 'i386', decoded: null }])
  },
)
