import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { errnos } from '../../src/native/errno.ts'
import { syscalls, type Architecture } from '../../src/native/syscalls.ts'
import { AT_FDCWD, RLIM_INFINITY } from '../../src/native/uapi.ts'
import { fillSlots, PlanBuilder } from '../../src/plan/builder.ts'
import { planHeader } from '../../src/plan/header.ts'
import * as layout from '../../src/plan/layout.ts'
import { Address, type Label, type Register } from '../../src/plan/step.ts'
import { decode, numberOf, type DecodedStep } from './decode.ts'

test('the header of the stub is the one that is generated from the layout', () => {
  assert.equal(readFileSync(new URL('../../src/native/init/plan.h', import.meta.url), 'utf8'), planHeader())
})

test('the header of a plan says what is where', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('chdir', ['/a/folder'], 'go there')
  plan.scratch(5, 'room')
  plan.scratch(1, 'room')
  const { header, steps } = decode(plan.build())
  assert.deepEqual(header, {
    magic: layout.PLAN_MAGIC,
    version: layout.PLAN_VERSION,
    count: 1,
    bytes: layout.header.size + layout.step.size + 12,
    data: layout.header.size + layout.step.size,
    scratch: 32,
  })
  assert.equal(steps.length, 1)
})

test('a system call has the number of its architecture', () => {
  for (const architecture of ['x86_64', 'aarch64'] as const) {
    const plan = new PlanBuilder(architecture)
    plan.sys('setsid', [], 'a session of its own')
    const [step] = decode(plan.build()).steps
    assert.equal(step?.number, syscalls[architecture]['setsid'])
  }
})

test('a system call that the architecture lacks is refused', () => {
  const make = (architecture: Architecture, name: string) => () => new PlanBuilder(architecture).sys(name, [], 'try')
  assert.doesNotThrow(make('x86_64', 'mkdir'))
  assert.throws(make('aarch64', 'mkdir'), /^RangeError: mkdir is not a system call of aarch64$/)
  for (const name of ['mkdirr', '']) assert.throws(make('x86_64', name), /is not a system call of x86_64/, name)
})

test('arguments are 64 bits: numbers, negative ones, bigints, null, addresses and registers', () => {
  const plan = new PlanBuilder('x86_64')
  const register = plan.set(7, 'a register')
  plan.sys('mmap', [AT_FDCWD, 0xffffffff, 2 ** 52 + 1, RLIM_INFINITY, null, register], 'all kinds')
  plan.sys('mmap', [-(2 ** 40), -1n, 'text', plan.scratch(8, 'room'), plan.bytes(Buffer.from('xyz'), 'bytes')], 'more')
  const { steps, string, at } = decode(plan.build())
  const [, first, second] = steps as [DecodedStep, DecodedStep, DecodedStep]
  assert.deepEqual(first.arguments.slice(0, 5), [2n ** 64n - 100n, 0xffffffffn, 2n ** 52n + 1n, 2n ** 64n - 1n, 0n])
  assert.deepEqual(first.registers, [false, false, false, false, false, true])
  assert.equal(first.arguments[5], BigInt(register.index))
  const [forty = 0n, minus = 0n, text = 0n, scratch = 0n, bytes = 0n] = second.arguments
  assert.deepEqual([forty, minus], [2n ** 64n - 2n ** 40n, 2n ** 64n - 1n])
  assert.equal(string(text), 'text')
  assert.equal(scratch, BigInt(layout.SCRATCH_BASE))
  assert.equal(at(bytes, 3).toString(), 'xyz')
  assert.deepEqual(second.registers, [false, false, false, false, false, false])
})

test('a policy becomes flags, errnos, tries, a target and the expected result', () => {
  const plan = new PlanBuilder('x86_64')
  const to = plan.label('further on')
  plan.sys('read', [0, null, 0], 'plain')
  plan.sys('read', [0, null, 0], 'fine', { tolerate: ['EPERM', 'ENOENT', 'EACCES', 'ENOSYS'] })
  plan.sys('read', [0, null, 0], 'elsewhere', { jump: { on: 'any', to }, retry: { on: ['EAGAIN'], times: 128 } })
  plan.sys('read', [0, null, 0], 'just so', { expect: -5, explain: true })
  plan.place(to)
  plan.sys('exit_group', [0], 'end')
  const [plain, fine, elsewhere, exact] = decode(plan.build()).steps
  const { tolerate, jump, expect, explain } = layout.flag
  assert.deepEqual([plain?.flags, plain?.errnos, plain?.retry, plain?.tries], [0, [], [], 0])
  assert.equal(fine?.flags, tolerate)
  assert.deepEqual(fine?.errnos, [errnos.EPERM, errnos.ENOENT, errnos.EACCES, errnos.ENOSYS])
  assert.equal(elsewhere?.flags, jump)
  assert.deepEqual(elsewhere?.errnos, [layout.ANY_ERRNO])
  assert.deepEqual([elsewhere?.retry, elsewhere?.tries, elsewhere?.target], [[errnos.EAGAIN], 128, 4])
  assert.deepEqual([exact?.flags, exact?.expect], [expect | explain, -5n])
})

test('what a step has no room for is refused', () => {
  const five = ['EPERM', 'ENOENT', 'EACCES', 'ENOSYS', 'EINVAL']
  const building = (write: (plan: PlanBuilder, to: Label) => void) => () => {
    const plan = new PlanBuilder('x86_64')
    const to = plan.label('end')
    write(plan, to)
    plan.place(to)
    plan.sys('exit_group', [0], 'end')
    plan.build()
  }
  const four = /a step names at most four errnos/
  assert.throws(
    building((plan) => plan.sys('read', [], '', { tolerate: five })),
    four,
  )
  assert.throws(
    building((plan, to) => plan.sys('read', [], '', { jump: { on: five, to } })),
    four,
  )
  assert.throws(
    building((plan) => plan.sys('read', [], '', { retry: { on: five, times: 1 } })),
    four,
  )
  assert.throws(
    building((plan) => plan.sys('read', [], '', { tolerate: ['EPERN'] })),
    /EPERN is not an errno/,
  )
  assert.throws(
    building((plan) => plan.fail('EPERN', 'no')),
    /EPERN is not an errno/,
  )
  assert.throws(
    building((plan) => plan.sys('read', [], '', { retry: { on: ['EINTR'], times: 65536 } })),
    RangeError,
  )
  // One list of errnos serves both.
  assert.throws(
    building((plan, to) => plan.sys('read', [], '', { tolerate: ['EPERM'], jump: { on: ['ENOENT'], to } })),
    /either tolerates errnos or jumps on them/,
  )
})

test('a jump goes forward, to a label that is placed once', () => {
  const jumps: [string, (plan: PlanBuilder, to: Label) => void][] = [
    ['goto', (plan, to) => plan.goto(to, 'jump')],
    ['if', (plan, to) => plan.if(1, '==', 1, to, 'jump')],
    ['sys', (plan, to) => plan.sys('setsid', [], 'jump', { jump: { on: 'any', to } })],
  ]
  for (const [name, jump] of jumps) {
    const backward = new PlanBuilder('x86_64')
    const before = backward.label('before')
    backward.place(before)
    backward.sys('setsid', [], 'a step')
    jump(backward, before)
    assert.throws(() => backward.build(), /^RangeError: label "before" does not lie ahead of step 1$/, name)

    const onItself = new PlanBuilder('x86_64')
    const here = onItself.label('here')
    onItself.place(here)
    jump(onItself, here)
    assert.throws(() => onItself.build(), /label "here" does not lie ahead of step 0/, name)

    const nowhere = new PlanBuilder('x86_64')
    jump(nowhere, nowhere.label('nowhere'))
    assert.throws(() => nowhere.build(), /label "nowhere" does not lie ahead of step 0/, name)

    const forward = new PlanBuilder('x86_64')
    const ahead = forward.label('ahead')
    jump(forward, ahead)
    forward.sys('setsid', [], 'a step')
    forward.place(ahead)
    assert.throws(() => forward.place(ahead), /label "ahead" is placed twice/)
    forward.sys('exit_group', [0], 'end')
    assert.equal(decode(forward.build()).steps[0]?.target, 2, name)
  }
})

test('steps know the role and the part of config.json they come from', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('setsid', [], 'of nothing')
  plan.at('mounts[3]', () => {
    plan.sys('setsid', [], 'of a mount')
    plan.at('mounts[3].options', () => plan.sys('setsid', [], 'of its options'))
    plan.role('init')
    plan.sys('setsid', [], 'of the mount again')
  })
  plan.sys('setsid', [], 'of nothing again')
  const steps = plan.build().steps.map(({ role, pointer }) => `${role} ${pointer}`)
  assert.deepEqual(steps, ['keeper ', 'keeper mounts[3]', 'keeper mounts[3].options', 'init mounts[3]', 'init '])
})

test('equal strings share a place, whoever asks for them; bytes and words do not', () => {
  const plan = new PlanBuilder('x86_64')
  const a = plan.string('a folder')
  plan.sys('chdir', ['a folder'], 'go there')
  const vector = plan.vector(['a folder', 'b', 'a folder'], '')
  assert.equal(plan.string('a folder'), a)
  assert.notEqual(plan.string('a folder'.toUpperCase()), a)
  assert.notEqual(plan.bytes(Buffer.from('x'), '').offset, plan.bytes(Buffer.from('x'), '').offset)
  const built = plan.build()
  const { steps, at, string } = decode(built)
  const place = BigInt(layout.PLAN_BASE + layout.header.size + layout.step.size)
  assert.equal(steps[0]?.arguments[0], place + BigInt(a.offset))
  const words = at(place + BigInt(vector.offset), 32)
  assert.equal(words.readBigUInt64LE(0), words.readBigUInt64LE(16))
  assert.equal(string(words.readBigUInt64LE(0)), 'a folder')
  assert.equal(string(words.readBigUInt64LE(8)), 'b')
  assert.equal(words.readBigUInt64LE(24), 0n)
  assert.equal(built.bytes.toString('latin1').split('a folder').length - 1, 1)
})

test('words hold numbers, bigints, and addresses of data and scratch memory, filled in at the end', () => {
  const plan = new PlanBuilder('x86_64')
  const text = plan.string('text')
  const room = plan.scratch(64, 'room')
  const words = plan.words([-1, RLIM_INFINITY, 2 ** 33, text, text.plus(2), room.plus(8), null], 'words')
  plan.sys('chdir', [words], 'whatever')
  const { steps, at, string } = decode(plan.build())
  const found = at(steps[0]?.arguments[0] ?? 0n, 56)
  const word = (index: number) => found.readBigUInt64LE(index * 8)
  assert.deepEqual([word(0), word(1), word(2)], [2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 33n])
  assert.deepEqual([string(word(3)), string(word(4))], ['text', 'xt'])
  assert.deepEqual([word(5), word(6)], [BigInt(layout.SCRATCH_BASE + 8), 0n])
  assert.equal((steps[0]?.arguments[0] ?? 0n) % 8n, 0n)
})

test('data of any size keeps its place', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ maxLength: 200 }), fc.uint8Array({ maxLength: 9000 })), { maxLength: 20 }),
      (parts) => {
        const plan = new PlanBuilder('x86_64')
        const clean = parts.map((part) => (typeof part === 'string' ? part.replaceAll('\0', '') : part))
        const addresses = clean.map((part) => (typeof part === 'string' ? plan.string(part) : plan.bytes(part, '')))
        for (const address of addresses) plan.sys('chdir', [address], '')
        const { steps, at, string } = decode(plan.build())
        clean.forEach((part, index) => {
          const address = steps[index]?.arguments[0] ?? 0n
          if (typeof part === 'string') assert.equal(string(address), Buffer.from(part).toString())
          else assert.deepEqual(at(address, part.length), Buffer.from(part))
        })
      },
    ),
    { numRuns: 50 },
  )
})

test('a descriptor that is inherited has one number, and the number has its name', () => {
  const plan = new PlanBuilder('x86_64')
  const numbers = ['one', 'two', 'one', 'three', 'two'].map((name) => plan.inherit(name))
  const first = layout.PLAN_DESCRIPTOR + 1
  assert.deepEqual(numbers, [first, first + 1, first, first + 2, first + 1])
  plan.sys('exit_group', [0], 'end')
  assert.deepEqual([...plan.build().inherited], [['one', first], ['two', first + 1], ['three', first + 2]]) // prettier-ignore
})

test('a slot is filled in a copy, within its room', () => {
  const plan = new PlanBuilder('x86_64')
  plan.sys('chdir', [plan.slot('folder', 8)], 'go there')
  const template = plan.build()
  const before = Buffer.from(template.bytes)
  const filled = fillSlots(template, { folder: '/a/fö', other: 'ignored' })
  const { steps, string } = decode(filled)
  assert.equal(string(steps[0]?.arguments[0] ?? 0n), '/a/fö')
  assert.deepEqual(template.bytes, before)
  assert.equal(filled.steps, template.steps)
  assert.doesNotThrow(() => fillSlots(template, { folder: '/a/fold' }))
  assert.throws(() => fillSlots(template, { folder: '/a/földr' }), /^RangeError: folder: more than 7 bytes$/)
})

/** What a register program does: each line is one step. */
type Line =
  | { readonly do: 'set'; readonly value: number }
  | { readonly do: 'again' | 'read' | 'close'; readonly which: number }
  | { readonly do: 'skip'; readonly steps: number; readonly taken: boolean }

const line: fc.Arbitrary<Line> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), value: fc.nat(1e6) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('again' as const, 'read' as const, 'close' as const), which: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip' as const), steps: fc.integer({ min: 1, max: 8 }), taken: fc.boolean() }) },
) // prettier-ignore

test('two registers that are in use at once never share an index, whatever the way through the plan', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 120 }), (lines) => {
      const plan = new PlanBuilder('x86_64')
      const registers: Register[] = []
      const room = plan.scratch(8, 'room')
      // The first step that a label may be placed at, and those that wait for it.
      const waiting: [number, Label][] = []
      /** What each step should read or write, as an unlimited machine would: the register itself. */
      const meant: ({ reads?: Register; writes?: Register; value?: number; taken?: boolean } | undefined)[] = []
      lines.forEach((at, step) => {
        for (const [, label] of waiting.filter(([when]) => when === step)) plan.place(label)
        const known = 'which' in at ? registers[at.which % Math.max(1, registers.length)] : undefined
        if (at.do === 'set' || (at.do === 'again' && known === undefined)) {
          const value = at.do === 'set' ? at.value : 1
          const register = plan.set(value, 'set')
          registers.push(register)
          meant.push({ writes: register, value })
        } else if (at.do === 'again') {
          plan.set(step, 'set again', known)
          meant.push({ writes: known as Register, value: step })
        } else if (at.do === 'skip') {
          const label = plan.label('ahead')
          waiting.push([step + at.steps, label])
          plan.if(1, at.taken ? '==' : '!=', 1, label, 'skip')
          meant.push({ taken: at.taken })
        } else if (known === undefined) {
          plan.store(room, 8, 0, 'nothing to read')
          meant.push(undefined)
        } else {
          if (at.do === 'read') plan.store(room, 8, known, 'read')
          else plan.close(known)
          meant.push({ reads: known })
        }
      })
      for (const [, label] of waiting.filter(([when]) => when >= lines.length)) plan.place(label)
      plan.sys('exit_group', [0], 'end')

      const { steps } = decode(plan.build())
      const indexes = new Map<bigint, number>()
      const values = new Map<Register, number>()
      for (let pc = 0; pc < lines.length;) {
        const step = steps[pc] as DecodedStep
        const what = meant[pc]
        if (what?.reads !== undefined && values.has(what.reads)) {
          const argument = step.op === 'store' ? 1 : 0
          assert.equal(step.registers[argument], true)
          assert.equal(indexes.get(step.arguments[argument] ?? -1n), values.get(what.reads), `step ${pc}`)
        }
        if (what?.writes !== undefined && what.value !== undefined) {
          values.set(what.writes, what.value)
          // A result that nobody reads is dropped.
          if (step.result !== layout.NO_REGISTER) indexes.set(BigInt(step.result), what.value)
          assert.notEqual(step.result, layout.REPORT_REGISTER)
        }
        pc = what?.taken === true ? step.target : pc + 1
      }
    }),
    { numRuns: 300 },
  )
})

test('a result that nobody reads takes no register', () => {
  const plan = new PlanBuilder('x86_64')
  for (let n = 0; n < 1000; n++) plan.sys('setsid', [], 'forget it')
  assert.ok(decode(plan.build()).steps.every(({ result }) => result === layout.NO_REGISTER))
})

test('more results in use at once than there are registers are refused, as many as there are not', () => {
  // Without the one for reports, and the one that stands for none.
  const room = layout.REGISTERS - 2
  const using = (count: number) => () => {
    const plan = new PlanBuilder('x86_64')
    const registers = Array.from({ length: count }, () => plan.sys('getpid', [], 'hold it'))
    for (const register of registers) plan.close(register)
    return plan.build()
  }
  assert.doesNotThrow(using(room))
  assert.throws(using(room + 1), new RegExp(`the plan needs more than ${layout.REGISTERS} registers at step ${room}`))
})

test('a register is free again for the step after its last reader', () => {
  const plan = new PlanBuilder('x86_64')
  for (let n = 0; n < 5000; n++) plan.close(plan.sys('dup', [0], 'a copy'))
  const { steps } = decode(plan.build())
  assert.equal(steps[0]?.number, numberOf('dup'))
  assert.equal(new Set(steps.map(({ result }) => result)).size, 2)
})

test('an address further on says so', () => {
  const place = new Address('scratch', 16, 'room')
  const { area, offset, text } = place.plus(8)
  assert.deepEqual([area, offset, text], ['scratch', 24, 'room+8'])
})
