// The stub itself, with tiny plans, run for real: on this machine's architecture, and on the other one under emulation.

import assert from 'node:assert/strict'
import { readFileSync, readSync, writeSync } from 'node:fs'
import { describe, test, type TestContext } from 'node:test'
import { firstValueFrom } from 'rxjs'
import { errnos } from '../../../src/native/errno.ts'
import { Fd } from '../../../src/native/fd.ts'
import { stubFile } from '../../../src/native/init/stub.ts'
import { fcntl, syscall, syscallResult } from '../../../src/native/libc.ts'
import { memfdCreate, sealedMemfd } from '../../../src/native/memfd.ts'
import { pipe } from '../../../src/native/pipe.ts'
import { readable } from '../../../src/native/poller.ts'
import { receive, send, socketpair } from '../../../src/native/socket.ts'
import { syscalls } from '../../../src/native/syscalls.ts'
import * as uapi from '../../../src/native/uapi.ts'
import { PlanBuilder } from '../../../src/plan/builder.ts'
import { cloneArguments } from '../../../src/plan/compile/clone.ts'
import * as layout from '../../../src/plan/layout.ts'
import type { Operand } from '../../../src/plan/step.ts'
import { withoutRoot } from '../observe.ts'
import { owned, run, runners, spawnRunner, start, type Ended, type Runner } from './stub.ts'

const { EACCES, EAGAIN, EBADF, ECANCELED, ECONNRESET, EFAULT, EINVAL, ENOENT, EPROTO, ESPIPE } = errnos
const EXITED = uapi.CLD_EXITED

/** Ends a plan, and tells a value. */
function answer(plan: PlanBuilder, value: Operand): void {
  plan.fail('ECANCELED', 'the answer', value)
}

/** The value that a plan has ended with. */
function answerOf({ exit, records }: Ended): number {
  assert.deepEqual([exit.code, exit.status], [EXITED, 1])
  assert.deepEqual(records.map(({ kind, errno }) => [kind, errno]), [['failed', ECANCELED]]) // prettier-ignore
  return records[0]?.value ?? Number.NaN
}

/** The only report of a plan that has failed. */
function failureOf({ exit, records }: Ended) {
  assert.deepEqual([exit.code, exit.status, records.length], [EXITED, 1, 1])
  const { step, errno, value, payload } = records[0] as Ended['records'][number]
  return { step, errno, value, payload: payload.toString('latin1') }
}

/** Where a plan's bytes hold a field of a step. Step 0 is the report. */
function at(step: number, field: keyof typeof layout.step): number {
  return layout.header.size + step * layout.step.size + layout.step[field]
}

for (const runner of runners()) {
  const { architecture, emulated, missing } = runner
  const skip = missing
  /** Of calls that the emulator does not know. */
  const native = emulated ? `${architecture} hardware is missing` : missing

  describe(`the stub on ${architecture}${emulated ? ', emulated' : ''}`, () => {
    const value = async (t: TestContext, write: (plan: PlanBuilder) => void, named = {}) =>
      answerOf(await run(t, runner, write, { named }))

    test('a system call gets its arguments, and its result is kept', { skip }, async (t) => {
      const { pid, ended } = start(t, runner, (plan) => answer(plan, plan.sys('getpid', [], 'who am I?')))
      assert.equal(answerOf(await ended()), pid)
      // The sixth argument matters: the offset in the file.
      const file = owned(t, memfdCreate('two pages'))
      const pages = Buffer.alloc(8192)
      pages.writeUInt32LE(0xdecade, 4096)
      writeSync(file.number, pages)
      assert.equal(
        await value(
          t,
          (plan) => {
            const { PROT_READ, MAP_PRIVATE } = uapi
            const mapped = plan.sys('mmap', [0, 4096, PROT_READ, MAP_PRIVATE, plan.inherit('file'), 4096], 'map it')
            answer(plan, plan.load(mapped, 4, 'look into it'))
          },
          { file },
        ),
        0xdecade,
      )
    })

    test('a load takes as many bytes as it says, and fills with zeros', { skip }, async (t) => {
      const bytes = Buffer.from('f1f2f3f4f5f6f7f8', 'hex')
      for (const [width, expected] of [
        [1, 0xf1],
        [2, 0xf2f1],
        [4, 0xf4f3f2f1],
        [8, Number(bytes.readBigInt64LE())],
      ] as const) {
        const got = await value(t, (plan) => answer(plan, plan.load(plan.bytes(bytes, 'bytes'), width, 'load')))
        assert.equal(got, expected, `${width}`)
      }
    })

    test('a store leaves the bytes beside it alone', { skip }, async (t) => {
      for (const width of [1, 2, 4, 8] as const) {
        const [read, write] = pipe()
        owned(t, read)
        const ending = run(
          t,
          runner,
          (plan) => {
            const room = plan.bytes(Buffer.alloc(24, 0xaa), 'room')
            plan.store(room.plus(8), width, 0x1122334455667788n, 'store')
            plan.sys('write', [plan.inherit('out'), room, 24], 'show it', { expect: 24 })
            answer(plan, 0)
          },
          { named: { out: write } },
        )
        write.close()
        answerOf(await ending)
        const got = Buffer.alloc(24)
        readSync(read.number, got)
        const expected = Buffer.alloc(24, 0xaa)
        Buffer.from('8877665544332211', 'hex').copy(expected, 8, 0, width)
        assert.deepEqual(got, expected, `${width}`)
      }
    })

    test('scratch memory is zero, and may be used to its end', { skip }, async (t) => {
      const got = await value(t, (plan) => {
        const wrong = plan.label('wrong')
        const first = plan.scratch(10_000, 'first')
        const last = plan.scratch(16, 'last')
        plan.if(plan.load(first, 8, 'zero?'), '!=', 0, wrong, 'it must be')
        plan.if(plan.load(last.plus(8), 8, 'zero?'), '!=', 0, wrong, 'it must be')
        plan.store(last.plus(8), 8, 7, 'use it')
        answer(plan, plan.load(last.plus(8), 8, 'read it back'))
        plan.place(wrong)
        answer(plan, -1)
      })
      assert.equal(got, 7)
    })

    test('a register is set, set again, copied; an address is one the kernel takes', { skip }, async (t) => {
      assert.equal(await value(t, (plan) => answer(plan, plan.set(plan.set(-5, 'set'), 'copy'))), -5)
      const again = await value(t, (plan) => {
        const register = plan.set(1, 'set')
        plan.set(2, 'again', register)
        answer(plan, register)
      })
      assert.equal(again, 2)
      // A string whose address stands in a register.
      const opened = await value(t, (plan) => {
        const path = plan.set(plan.string('/dev/null'), 'a path')
        answer(plan, plan.sys('openat', [uapi.AT_FDCWD, path, uapi.O_RDONLY | uapi.O_CLOEXEC], 'open it'))
      })
      assert.ok(opened >= 0)
    })

    test('a plan writes to its own copy: two stubs with one descriptor do not see each other', { skip }, async (t) => {
      const write = (plan: PlanBuilder) => {
        const word = plan.bytes(Buffer.from('0100000000000000', 'hex'), 'a word')
        const before = plan.load(word, 8, 'read it')
        plan.store(word, 8, 99, 'change it')
        answer(plan, before)
      }
      assert.deepEqual([await value(t, write), await value(t, write)], [1, 1])
    })

    test('if: equal, not equal, below without a sign, under a mask', { skip }, async (t) => {
      const cases: [Operand, '==' | '!=' | '<', Operand, Operand, boolean][] = [
        [5, '==', 5, -1, true],
        [5, '==', 6, -1, false],
        [5, '!=', 6, -1, true],
        [5, '!=', 5, -1, false],
        [5, '<', 6, -1, true],
        [6, '<', 6, -1, false],
        [7, '<', 6, -1, false],
        // Without a sign, -1 is the highest number there is.
        [-1, '<', 1, -1, false],
        [1, '<', -1, -1, true],
        [2n ** 63n, '<', 2n ** 63n - 1n, -1, false],
        [0o100755, '==', uapi.S_IFREG, uapi.S_IFMT, true],
        [0o40755, '==', uapi.S_IFREG, uapi.S_IFMT, false],
        [0o40755, '!=', uapi.S_IFREG, uapi.S_IFMT, true],
        [0xff, '<', 0x10, 0x0f, true],
        // All 64 bits count.
        [2n ** 40n + 1n, '==', 1, -1, false],
        [2n ** 40n + 1n, '==', 1, 0xffffffff, true],
      ]
      // All in one plan: bit n of the answer is case n.
      const got = await value(t, (plan) => {
        const bits = plan.scratch(8, 'bits')
        cases.forEach(([a, how, b, mask, expected], n) => {
          const taken = plan.label('taken')
          const next = plan.label('next')
          // The first from a register, the others as they are.
          plan.if(plan.set(a, 'a'), how, b, taken, 'compare', mask)
          if (!expected) plan.store(bits.plus(n >> 3), 1, bit(n), 'as it should be')
          plan.goto(next, 'next')
          plan.place(taken)
          if (expected) plan.store(bits.plus(n >> 3), 1, bit(n), 'as it should be')
          plan.place(next)
          plan.sys('getpid', [], 'a step to land on')
        })
        answer(plan, plan.load(bits, 2, 'all'))
      })
      // A byte holds eight cases; each store writes those up to its own, so a wrong one leaves a gap.
      assert.equal(got, (bit(15) << 8) | bit(7))
      function bit(n: number): number {
        return (1 << ((n & 7) + 1)) - 1
      }
    })

    test('an errno that nobody expects fails the plan at its step', { skip }, async (t) => {
      const ended = await run(t, runner, (plan) => {
        plan.sys('getpid', [], 'step 1')
        plan.sys('close', [-1], 'step 2')
        answer(plan, 0)
      })
      assert.deepEqual(failureOf(ended), { step: 2, errno: EBADF, value: -EBADF, payload: '' })
    })

    test('a tolerated errno is a result, another one is not', { skip }, async (t) => {
      const closing = (tolerate: readonly string[] | 'any') => (plan: PlanBuilder) =>
        answer(plan, plan.sys('close', [-1], 'close nothing', { tolerate }))
      assert.equal(await value(t, closing(['EPERM', 'ENOENT', 'EACCES', 'EBADF'])), -EBADF)
      assert.equal(await value(t, closing('any')), -EBADF)
      assert.equal(failureOf(await run(t, runner, closing(['EPERM', 'ENOENT']))).errno, EBADF)
      assert.equal(failureOf(await run(t, runner, closing([]))).errno, EBADF)
    })

    test('an errno jumps, a result and another errno do not', { skip }, async (t) => {
      const jumping = (descriptor: number, on: readonly string[] | 'any') => (plan: PlanBuilder) => {
        const to = plan.label('there')
        const result = plan.sys('fcntl', [descriptor, uapi.F_GETFD, 0], 'ask', { jump: { on, to } })
        answer(plan, 1)
        plan.place(to)
        answer(plan, result)
      }
      assert.equal(await value(t, jumping(-1, ['ENOENT', 'EBADF'])), -EBADF)
      assert.equal(await value(t, jumping(-1, 'any')), -EBADF)
      assert.equal(await value(t, jumping(0, 'any')), 1)
      assert.equal(failureOf(await run(t, runner, jumping(-1, ['ENOENT']))).errno, EBADF)
    })

    test('an errno to try again on is tried as often as the step says', { skip }, async (t) => {
      // Each try takes a record from the queue, and then cannot write its sender's address into the stub's own code.
      const tries = async (times: number, on: readonly string[]) => {
        const [queue, child] = socketpair()
        owned(t, queue)
        for (let n = 0; n < 10; n++) send(queue, Buffer.from([n]))
        const ended = await run(
          t,
          runner,
          (plan) => {
            const [buffer, sender] = [plan.scratch(16, 'buffer'), plan.scratch(16, 'sender')]
            const length = readOnlyOne(stubFile(architecture))
            plan.sys('recvfrom', [plan.inherit('queue'), buffer, 1, uapi.MSG_DONTWAIT, sender, length], 'take one', {
              retry: { on, times },
            })
            answer(plan, 0)
          },
          { named: { queue: child } },
        )
        let left = 0
        while (syscallResult('recvfrom', child.number, Buffer.alloc(1), 1, uapi.MSG_DONTWAIT, null, null) > 0) left++
        child.close()
        return { errno: failureOf(ended).errno, taken: 10 - left }
      }
      assert.deepEqual(await tries(3, ['EFAULT']), { errno: EFAULT, taken: 4 })
      assert.deepEqual(await tries(1, ['EINTR', 'EFAULT']), { errno: EFAULT, taken: 2 })
      assert.deepEqual(await tries(0, ['EFAULT']), { errno: EFAULT, taken: 1 })
      assert.deepEqual(await tries(5, ['EINTR']), { errno: EFAULT, taken: 1 })
      // Then there is nothing more to take, and that is not what it is tried again on.
      assert.deepEqual(await tries(100, ['EFAULT']), { errno: EAGAIN, taken: 10 })
    })

    test('what succeeds when it is tried again has succeeded', { skip }, async (t) => {
      const reading = async (times: number) => {
        const [gone, child] = socketpair()
        // Closed with a record unread: the other end reads ECONNRESET once, and then the end.
        syscall('write', child.number, Buffer.from('x'), 1)
        gone.close()
        const ended = await run(
          t,
          runner,
          (plan) => {
            const options = { retry: { on: ['ECONNRESET'], times } }
            answer(plan, plan.sys('read', [plan.inherit('end'), plan.scratch(16, 'buffer'), 16], 'read', options))
          },
          { named: { end: child } },
        )
        child.close()
        return ended
      }
      assert.equal(answerOf(await reading(1)), 0)
      assert.equal(failureOf(await reading(0)).errno, ECONNRESET)
    })

    test('any other result than the expected one is a failure', { skip }, async (t) => {
      const seeking = (offset: number, expect: number) => (plan: PlanBuilder) => {
        answer(plan, plan.sys('lseek', [plan.inherit('file'), offset, 0], 'seek', { expect }))
      }
      const file = owned(t, memfdCreate('file'))
      assert.equal(await value(t, seeking(7, 7), { file }), 7)
      const wrong = failureOf(await run(t, runner, seeking(8, 7), { named: { file } }))
      assert.deepEqual([wrong.step, wrong.errno, wrong.value], [1, EPROTO, 8])
      // An errno is still an errno.
      assert.equal(failureOf(await run(t, runner, seeking(-1, 7), { named: { file } })).errno, EINVAL)
    })

    test('a step that explains reports what its descriptor has to say', { skip }, async (t) => {
      const explaining = (explain: boolean) => (plan: PlanBuilder) => {
        plan.sys('lseek', [plan.inherit('talker'), 0, 0], 'seek in a pipe', { explain })
      }
      const talk = async (explain: boolean, text: string) => {
        const [talker, write] = pipe()
        owned(t, talker)
        writeSync(write.number, text)
        write.close()
        return failureOf(await run(t, runner, explaining(explain), { named: { talker } }))
      }
      assert.deepEqual(await talk(true, 'e this is why'), { step: 1, errno: ESPIPE, value: -ESPIPE, payload: 'e this is why' }) // prettier-ignore
      assert.equal((await talk(false, 'e this is why')).payload, '')
      assert.equal((await talk(true, '')).payload, '')
      assert.equal((await talk(true, 'x'.repeat(1000))).payload, 'x'.repeat(layout.record.text))
    })

    test("fsopen's own words are in the report", { skip: native || withoutRoot }, async (t) => {
      const ended = await run(t, runner, (plan) => {
        const context = plan.sys('fsopen', ['tmpfs', uapi.FSOPEN_CLOEXEC], 'open a new tmpfs')
        const args = [context, uapi.FSCONFIG_SET_STRING, 'size', 'many', 0]
        plan.sys('fsconfig', args, 'size=many', { explain: true })
        answer(plan, 0)
      })
      const { step, errno, payload } = failureOf(ended)
      assert.deepEqual([step, errno], [2, EINVAL])
      assert.match(payload, /^e tmpfs: Bad value for 'size'/)
    })

    test('a jump goes forward', { skip }, async (t) => {
      const got = await value(t, (plan) => {
        const over = plan.label('over')
        plan.goto(over, 'over it')
        answer(plan, 1)
        plan.place(over)
        answer(plan, 2)
      })
      assert.equal(got, 2)
    })

    test('a jump backward, or to itself, is refused at its step', { skip }, async (t) => {
      const jumps: [string, (plan: PlanBuilder, to: ReturnType<PlanBuilder['label']>) => void][] = [
        ['goto', (plan, to) => plan.goto(to, 'jump')],
        ['if', (plan, to) => plan.if(1, '==', 1, to, 'jump')],
        ['sys', (plan, to) => plan.sys('close', [-1], 'jump', { jump: { on: 'any', to } })],
      ]
      for (const [name, jump] of jumps)
        for (const target of [0, 1, 2]) {
          const ended = await run(
            t,
            runner,
            (plan) => {
              const to = plan.label('somewhere')
              plan.sys('getpid', [], 'step 1')
              jump(plan, to)
              plan.place(to)
              answer(plan, 0)
            },
            { patch: (bytes) => void bytes.writeUInt32LE(target, at(2, 'target')) },
          )
          const { step, errno, value } = failureOf(ended)
          assert.deepEqual([step, errno, value], [2, EINVAL, target], `${name} to ${target}`)
        }
    })

    test('a plan that leaves its end ends', { skip }, async (t) => {
      const off = await run(t, runner, (plan) => plan.sys('getpid', [], 'the last step'))
      assert.deepEqual([off.exit.code, off.exit.status, off.records.length], [EXITED, 2, 0])
      const far = await run(t, runner, (plan) => {
        const to = plan.label('end')
        plan.goto(to, 'jump')
        plan.place(to)
        answer(plan, 0)
      }, { patch: (bytes) => void bytes.writeUInt32LE(0xffffffff, at(1, 'target')) }) // prettier-ignore
      assert.deepEqual([far.exit.status, far.records.length], [2, 0])
    })

    test('an op that does not exist is refused at its step', { skip }, async (t) => {
      for (const op of [0, 9, 255]) {
        const ended = await run(t, runner, (plan) => answer(plan, 0), {
          patch: (bytes) => void bytes.writeUInt8(op, at(1, 'op')),
        })
        const { step, errno, value } = failureOf(ended)
        assert.deepEqual([step, errno, value], [1, EINVAL, op])
      }
    })

    test('what is no plan is not run', { skip }, async (t) => {
      const patches: Record<string, (bytes: Buffer) => Uint8Array | void> = {
        'another magic': (bytes) => void bytes.writeUInt32LE(layout.PLAN_MAGIC + 1, layout.header.magic),
        'another version': (bytes) => void bytes.writeUInt32LE(layout.PLAN_VERSION + 1, layout.header.version),
        'more steps than bytes': (bytes) => void bytes.writeUInt32LE(3, layout.header.count),
        'more steps than numbers': (bytes) => void bytes.writeUInt32LE(0xffffffff, layout.header.count),
        'no bytes': (bytes) => void bytes.writeUInt32LE(0, layout.header.bytes),
        'cut within the header': (bytes) => bytes.subarray(0, layout.header.size - 1),
        'cut within a step': (bytes) => bytes.subarray(0, layout.header.size + 100),
        'cut by a byte': (bytes) => bytes.subarray(0, -1),
        'a file without bytes': () => Buffer.alloc(0),
      }
      for (const [name, patch] of Object.entries(patches)) {
        const { exit, records } = await run(t, runner, (plan) => answer(plan, 0), { patch })
        assert.deepEqual([exit.code, exit.status, records.length], [EXITED, 3, 0], name)
      }
    })

    test('without a plan it ends', { skip }, async (t) => {
      const none = await spawnRunner(t, runner, new Map()).ended()
      assert.deepEqual([none.code, none.status], [EXITED, 3])
      const [read, write] = pipe()
      const noFile = await spawnRunner(t, runner, new Map([[layout.PLAN_DESCRIPTOR, owned(t, read)]])).ended()
      write.close()
      assert.deepEqual([noFile.code, noFile.status], [EXITED, 3])
    })

    test('a failure is told to nobody if so it is said, to a pipe, and never raises SIGPIPE', { skip }, async (t) => {
      const failing = (to: (plan: PlanBuilder) => number) => (plan: PlanBuilder) => {
        plan.report(to(plan), 'report there')
        plan.sys('close', [-1], 'fail')
      }
      const nobody = await run(
        t,
        runner,
        failing(() => -1),
      )
      assert.deepEqual([nobody.exit.code, nobody.exit.status, nobody.records.length], [EXITED, 1, 0])

      const [read, write] = pipe()
      owned(t, read)
      const piped = run(
        t,
        runner,
        failing((plan) => plan.inherit('pipe')),
        { named: { pipe: write } },
      )
      write.close()
      assert.equal((await piped).records.length, 0)
      const said = Buffer.alloc(1000)
      assert.equal(readSync(read.number, said), layout.record.size + layout.record.text)
      assert.equal(said.readUInt32LE(layout.record.step), 2)
      assert.equal(said.readInt32LE(layout.record.errno), EBADF)

      for (const make of [socketpair, pipe]) {
        const [gone, end] = make()
        gone.close()
        const lonely = run(
          t,
          runner,
          failing((plan) => plan.inherit('end')),
          { named: { end } },
        )
        end.close()
        const { exit } = await lonely
        assert.deepEqual([exit.code, exit.status], [EXITED, 1], make.name)
      }
      const closed = await run(
        t,
        runner,
        failing(() => 999),
      )
      assert.deepEqual([closed.exit.code, closed.exit.status], [EXITED, 1])
    })

    test('before anybody is named, a failure is told to nobody', { skip }, async (t) => {
      const [read, stdin] = pipe()
      owned(t, read)
      const ending = run(t, runner, (plan) => plan.sys('close', [-1], 'fail'), { silent: true, stdin })
      stdin.close()
      const { exit, records } = await ending
      assert.deepEqual([exit.code, exit.status, records.length], [EXITED, 1, 0])
      assert.equal(readSync(read.number, Buffer.alloc(1)), 0)
    })

    test('a plan of 100,000 steps runs', { skip }, async (t) => {
      const got = await value(t, (plan) => {
        const word = plan.scratch(8, 'word')
        for (let n = 0; n < 100_000; n++) plan.store(word, 8, n, 'count')
        answer(plan, plan.load(word, 8, 'the last'))
      })
      assert.equal(got, 99_999)
    })

    describe('supervise', () => {
      test('copies both streams to the log as frames, until the process has ended', { skip }, async (t) => {
        const world = supervised(t, runner)
        const before = Date.now()
        writeSync(world.out.number, 'to stdout')
        const first = await world.frame()
        assert.deepEqual([first.stream, first.text], [1, 'to stdout'])
        assert.ok(first.atMs >= before - 1 && first.atMs <= Date.now() + 1, `${first.atMs} from ${before}`)
        writeSync(world.err.number, 'to stderr')
        const second = await world.frame()
        assert.deepEqual([second.stream, second.text], [2, 'to stderr'])
        world.end()
        assert.equal(answerOf(await world.ended()), 1)
        assert.deepEqual(world.rest(), [])
      })

      test('what is left in the pipes when the process ends is copied', { skip }, async (t) => {
        const world = supervised(t, runner, (out, err, end) => {
          writeSync(out.number, 'x'.repeat(50_000))
          writeSync(err.number, 'last words')
          end()
        })
        assert.equal(answerOf(await world.ended()), 1)
        const frames = world.rest()
        assert.deepEqual(
          frames.map(({ stream, text }) => [stream, text.length]),
          [
            [1, layout.logFrame.longest],
            [1, 50_000 - layout.logFrame.longest],
            [2, 10],
          ],
        )
        assert.equal(frames.at(-1)?.text, 'last words')
      })

      test('one stream ends, the other goes on', { skip }, async (t) => {
        const world = supervised(t, runner)
        world.out.close()
        writeSync(world.err.number, 'one')
        assert.equal((await world.frame()).text, 'one')
        writeSync(world.err.number, 'two')
        assert.equal((await world.frame()).text, 'two')
        world.err.close()
        world.end()
        assert.equal(answerOf(await world.ended()), 1)
      })

      test('without streams it only waits', { skip }, async (t) => {
        const [process, end] = pipe()
        owned(t, process)
        const started = start(t, runner, (plan) => {
          plan.sys('write', [plan.inherit('control'), 'x'.repeat(32), 32], 'about to wait')
          plan.supervise({ process: plan.inherit('process'), events: uapi.POLLIN, out: -1, err: -1, log: -1 }, 'wait')
          answer(plan, 1)
        }, { named: { process } }) // prettier-ignore
        await firstValueFrom(readable(started.control))
        assert.equal(receive(started.control, 100)?.bytes.length, 32)
        end.close()
        assert.equal(answerOf(await started.ended()), 1)
      })

      test('a process that only hangs up has ended too', { skip }, async (t) => {
        const world = supervised(t, runner, () => {}, 0)
        writeSync(world.out.number, 'still here')
        assert.equal((await world.frame()).text, 'still here')
        world.end()
        assert.equal(answerOf(await world.ended()), 1)
      })

      test('what cannot be kept is lost, and stops nothing', { skip }, async (t) => {
        for (const path of ['/dev/full', '/dev/null']) {
          const log = owned(t, new Fd(syscall('openat', uapi.AT_FDCWD, path, uapi.O_RDONLY | uapi.O_CLOEXEC, 0)))
          const full = owned(t, new Fd(syscall('openat', uapi.AT_FDCWD, path, uapi.O_WRONLY | uapi.O_CLOEXEC, 0)))
          for (const kept of [full, log]) {
            const world = supervised(t, runner, (out, err, end) => {
              writeSync(out.number, 'lost')
              err.close()
              end()
            }, 1, kept) // prettier-ignore
            assert.equal(answerOf(await world.ended()), 1, path)
          }
        }
      })

      test('half a frame is taken back: what was kept before stays readable', { skip }, async (t) => {
        const log = owned(t, memfdOfSize(2 * 4096))
        const world = supervised(t, runner, (out, err, end) => {
          writeSync(out.number, 'kept')
          writeSync(err.number, 'x'.repeat(20_000))
          end()
        }, 1, log) // prettier-ignore
        assert.equal(answerOf(await world.ended()), 1)
        const size = layout.logFrame.size + 'kept'.length
        const bytes = Buffer.alloc(10_000)
        assert.equal(readSync(log.number, bytes, { position: 0 }), size)
        assert.deepEqual(frames(bytes.subarray(0, size)).map(({ text }) => text), ['kept']) // prettier-ignore
      })

      test('a writer that never stops does not hold it up', { skip }, async (t) => {
        // /dev/zero: always ready, never at its end.
        const zero = owned(t, new Fd(syscall('openat', uapi.AT_FDCWD, '/dev/zero', uapi.O_RDONLY | uapi.O_CLOEXEC, 0)))
        const log = owned(t, memfdCreate('log'))
        const [process, end] = pipe()
        end.close()
        const args = { process: 0, events: uapi.POLLIN, out: 0, err: -1, log: 0 }
        const got = await value(t, (plan) => {
          plan.supervise({ ...args, process: plan.inherit('process'), out: plan.inherit('zero'), log: plan.inherit('log') }, 'wait') // prettier-ignore
          answer(plan, 1)
        }, { process: owned(t, process), zero, log }) // prettier-ignore
        assert.equal(got, 1)
        assert.equal(readFileSync(`/proc/self/fd/${log.number}`).length, 64 * (layout.logFrame.size + layout.logFrame.longest)) // prettier-ignore
      })

      test('a stream that is broken is left alone', { skip }, async (t) => {
        // A folder is always ready to be read, and never can be.
        const broken = owned(t, new Fd(syscall('openat', uapi.AT_FDCWD, '/', uapi.O_RDONLY | uapi.O_CLOEXEC, 0)))
        const [process, end] = pipe()
        const [err, write] = pipe()
        const [log, kept] = pipe()
        fcntl(err.number, uapi.F_SETFL, uapi.O_NONBLOCK)
        const started = start(t, runner, (plan) => {
          const [out, log] = [plan.inherit('broken'), plan.inherit('kept')]
          plan.supervise({ process: plan.inherit('process'), events: 1, out, err: plan.inherit('err'), log }, 'wait')
          answer(plan, 1)
        }, { named: { process, broken, err, kept } }) // prettier-ignore
        const hear = async (text: string) => {
          writeSync(write.number, text)
          await firstValueFrom(readable(log))
          const frame = Buffer.alloc(1000)
          assert.equal(frames(frame.subarray(0, readSync(log.number, frame)))[0]?.text, text)
          return reads(started.pid)
        }
        const before = await hear('the other one')
        // It is not asked again and again: one read, for the words.
        assert.equal((await hear('once more')) - before, 1)
        end.close()
        assert.equal(answerOf(await started.ended()), 1)
        for (const fd of [process, err, write, log, kept]) fd.close()
      })

      test(
        'who fails waits for its children, if so it is said, and the child does not',
        { skip: native },
        async (t) => {
          for (const waits of [true, false]) {
            const [read, write] = socketpair()
            const started = start(t, runner, (plan) => {
            const child = plan.label('child')
            const clone = cloneArguments(plan, { flags: 0, exitSignal: uapi.SIGCHLD })
            const held = plan.inherit('read')
            plan.report(plan.inherit('control'), 'report to the test', { waits })
            const pid = plan.sys('clone3', [clone.args, clone.size], 'clone')
            plan.if(pid, '==', 0, child, 'the child')
            plan.fail('EPERM', 'fail')
            plan.place(child)
            plan.supervise({ process: held, events: uapi.POLLIN, out: -1, err: -1, log: -1 }, 'wait for the test')
            plan.fail('ESRCH', 'fail too')
          }, { named: { read } }) // prettier-ignore
            read.close()
            await firstValueFrom(readable(started.control))
            const children = readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8')
            // The child goes on when the test says so: without waiting the parent has ended by then.
            if (waits) assert.notEqual(children, '')
            const before = waits ? [] : (await started.ended()).records
            send(write, Buffer.from('x'))
            const records = waits ? (await started.ended()).records : before
            assert.deepEqual(
              records.map(({ errno }) => errno),
              waits ? [errnos.EPERM, errnos.ESRCH] : [errnos.EPERM],
            )
            write.close()
          }
        },
      )

      test('a real child: cloned with a pidfd, waited for, its status read', { skip: native }, async (t) => {
        const [read, write] = pipe()
        fcntl(read.number, uapi.F_SETFL, uapi.O_NONBLOCK)
        const log = owned(t, memfdCreate('log'))
        const started = start(t, runner, (plan) => {
          const child = plan.label('child')
          const clone = cloneArguments(plan, { flags: uapi.CLONE_PIDFD, exitSignal: uapi.SIGCHLD })
          const pid = plan.sys('clone3', [clone.args, clone.size], 'clone')
          plan.if(pid, '==', 0, child, 'the child')
          const pidfd = plan.load(clone.pidfd, 4, 'its pidfd')
          plan.sys('close', [plan.inherit('write')], 'the child has it')
          const out = plan.inherit('read')
          plan.supervise({ process: pidfd, events: uapi.POLLIN, out, err: -1, log: plan.inherit('log') }, 'wait')
          const info = plan.scratch(128, 'siginfo')
          plan.sys('waitid', [uapi.P_PIDFD, pidfd, info, uapi.WEXITED, null], 'how it ended')
          answer(plan, plan.load(info.plus(24), 4, 'its status'))
          plan.place(child)
          plan.sys('write', [plan.inherit('write'), 'from the child', 14], 'say something')
          plan.sys('exit_group', [42], 'end')
        }, { named: { read, write, log } }) // prettier-ignore
        read.close()
        write.close()
        assert.equal(answerOf(await started.ended()), 42)
        assert.deepEqual(frames(readFileSync(`/proc/self/fd/${log.number}`)).map(({ text }) => text), ['from the child']) // prettier-ignore
      })
    })

    test('the file: small, static, nothing both writable and executable, a stack that is not', { skip }, () => {
      const elf = readFileSync(stubFile(architecture))
      assert.ok(elf.length < 16 * 1024, `${elf.length} bytes`)
      assert.equal(elf.toString('latin1', 1, 4), 'ELF')
      assert.equal(elf.readUInt16LE(18), { x86_64: 62, aarch64: 183 }[architecture]) // e_machine
      const [PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK] = [1, 2, 3, 0x6474e551]
      const segments = segmentsOf(elf)
      assert.deepEqual(segments.filter(({ type }) => type === PT_INTERP || type === PT_DYNAMIC), []) // prettier-ignore
      const loaded = segments.filter(({ type }) => type === PT_LOAD)
      assert.ok(loaded.length > 0)
      for (const { writable, executable } of loaded) assert.equal(writable && executable, false)
      // Without this header the kernel would make the stack executable.
      assert.deepEqual(segments.filter(({ type }) => type === PT_GNU_STACK).map(({ executable }) => executable), [false]) // prettier-ignore
    })

    test('the kernel runs it from a sealed descriptor, with no more than a plan', { skip: native }, async (t) => {
      const stub = owned(t, sealedMemfd('stator-init', readFileSync(stubFile(architecture))))
      const sealed: Runner = { ...runner, command: [`/proc/self/fd/${stub.number}`] }
      const ended = await run(t, sealed, (plan) => answer(plan, plan.sys('getpid', [], 'who am I?')))
      assert.ok(answerOf(ended) > 0)
    })
  })
}

test('the numbers that the stub calls by itself are those of the table', () => {
  const source = readFileSync(new URL('../../../src/native/init/init.c', import.meta.url), 'utf8')
  const found = [...source.matchAll(/enum \{ (SYS_[^}]*)\}/g)].map(([, list = '']) =>
    Object.fromEntries([...list.matchAll(/SYS_(\w+) = (\d+)/g)].map(([, name, number]) => [name, Number(number)])),
  )
  for (const [index, architecture] of (['x86_64', 'aarch64'] as const).entries()) {
    const numbers = found[index] ?? {}
    assert.ok(Object.keys(numbers).length >= 8)
    for (const [name, number] of Object.entries(numbers)) assert.equal(number, syscalls[architecture][name], name)
  }
})

test('the errnos that the stub reports by itself are those of the table', () => {
  const source = readFileSync(new URL('../../../src/native/init/init.c', import.meta.url), 'utf8')
  const names: Readonly<Record<string, number>> = errnos
  const list = /enum \{ (E[^}]*)\}/.exec(source)?.[1] ?? ''
  const found = [...list.matchAll(/\b(E[A-Z]+) = (\d+)/g)]
  assert.ok(found.length >= 3)
  for (const [, name = '', number] of found) assert.equal(Number(number), names[name], name)
  assert.ok(ENOENT && EACCES)
})

interface Frame {
  readonly stream: number
  readonly text: string
  readonly atMs: number
}

/** All frames; what is no whole frame is an error. */
function frames(bytes: Buffer): Frame[] {
  const { size, seconds, nanoseconds, stream, length } = layout.logFrame
  const found: Frame[] = []
  for (let from = 0; from < bytes.length;) {
    const end = from + size + bytes.readUInt32LE(from + length)
    assert.ok(end <= bytes.length, 'a torn frame')
    found.push({
      stream: bytes.readUInt32LE(from + stream),
      text: bytes.toString('latin1', from + size, end),
      atMs:
        Number(bytes.readBigUInt64LE(from + seconds)) * 1000 + Number(bytes.readBigUInt64LE(from + nanoseconds)) / 1e6,
    })
    from = end
  }
  return found
}

/** A stub that supervises: its "process" is a pipe that ends when the test says so. `begun` runs before it is started. */
function supervised(
  t: TestContext,
  runner: Runner,
  begun: (out: Fd, err: Fd, end: () => void) => void = () => {},
  events: number = uapi.POLLIN,
  kept?: Fd,
) {
  const [process, alive] = pipe()
  const [out, outEnd] = pipe()
  const [err, errEnd] = pipe()
  const [logRead, log] = pipe()
  for (const fd of [out, err]) fcntl(fd.number, uapi.F_SETFL, uapi.O_NONBLOCK)
  fcntl(logRead.number, uapi.F_SETFL, uapi.O_NONBLOCK)
  // Room for all that a test writes: nobody reads until the stub has ended.
  for (const fd of [log, outEnd]) fcntl(fd.number, uapi.F_SETPIPE_SZ, 1 << 20)
  t.after(() => {
    for (const fd of [process, alive, out, outEnd, err, errEnd, logRead, log]) fd.close()
  })
  begun(outEnd, errEnd, () => alive.close())
  const started = start(
    t,
    runner,
    (plan) => {
      const [process, out, err, log] = ['process', 'out', 'err', 'log'].map((name) => plan.inherit(name)) as [
        number,
        number,
        number,
        number,
      ]
      plan.supervise({ process, events, out, err, log }, 'wait')
      answer(plan, 1)
    },
    { named: { process, out, err, log: kept ?? log } },
  )
  for (const fd of [process, out, err, log]) fd.close()
  const chunk = Buffer.alloc(1 << 20)
  return {
    out: outEnd,
    err: errEnd,
    end: () => alive.close(),
    ended: started.ended,
    /** The next frame, once it is written. */
    async frame(): Promise<Frame> {
      await firstValueFrom(readable(logRead))
      const all = frames(chunk.subarray(0, readSync(logRead.number, chunk)))
      assert.equal(all.length, 1)
      return all[0] as Frame
    },
    /** All frames that have not been read, after its end. */
    rest(): Frame[] {
      const bytes: Buffer[] = []
      for (let got: number; (got = readSync(logRead.number, chunk)) > 0;)
        bytes.push(Buffer.from(chunk.subarray(0, got)))
      return frames(Buffer.concat(bytes))
    },
  }
}

/** How often a process has read. */
function reads(pid: number): number {
  return Number(/^syscr: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1])
}

/** A file that cannot grow: what would reach beyond is written in part, or not at all. */
function memfdOfSize(bytes: number): Fd {
  const file = new Fd(syscall('memfd_create', 'full', uapi.MFD_CLOEXEC | uapi.MFD_ALLOW_SEALING))
  syscall('ftruncate', file.number, bytes)
  fcntl(file.number, uapi.F_ADD_SEALS, uapi.F_SEAL_GROW)
  return file
}

function segmentsOf(elf: Buffer) {
  const [from, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)]
  return Array.from({ length: count }, (_, n) => {
    const at = from + n * size
    const flags = elf.readUInt32LE(at + 4)
    return {
      type: elf.readUInt32LE(at),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
    }
  })
}

/** The address of a 32-bit 1 that the stub can read and not write: e_version of its own header. */
function readOnlyOne(file: string): number {
  const first = segmentsOf(readFileSync(file)).find(({ type, offset }) => type === 1 && offset === 0)
  assert.equal(first?.writable, false)
  return first.address + 20
}
