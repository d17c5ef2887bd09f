// Builds a plan: steps with registers, labels and pointers into config.json, then the bytes that the stub runs.

import { errnoNumber } from '../native/errno.ts'
import { syscalls, type Architecture } from '../native/syscalls.ts'
import * as layout from './layout.ts'
import { Address, Label, Register, type Errnos, type Operand, type Role, type Step, type SysOptions } from './step.ts'

/** A plan that can be run, printed, and asked what a step was for. */
export interface Plan {
  readonly architecture: Architecture
  readonly bytes: Buffer
  readonly steps: readonly Step[]
  /** The number under which the stub inherits each named descriptor. */
  readonly inherited: ReadonlyMap<string, number>
  /** Room for texts that are known later, by name: where in the bytes, and for how many. */
  readonly slots: ReadonlyMap<string, { readonly offset: number; readonly bytes: number }>
}

/** The same plan with texts in its slots, each ended by NUL. The plan itself stays as it is, and can be filled again. */
export function fillSlots(plan: Plan, texts: Readonly<Record<string, string>>): Plan {
  const bytes = Buffer.from(plan.bytes)
  for (const [name, text] of Object.entries(texts)) {
    const slot = plan.slots.get(name)
    if (slot === undefined) continue
    if (Buffer.byteLength(text) >= slot.bytes) throw new RangeError(`${name}: more than ${slot.bytes - 1} bytes`)
    bytes.write(`${text}\0`, slot.offset)
  }
  return { ...plan, bytes }
}

export class PlanBuilder {
  readonly architecture: Architecture
  readonly #numbers: Readonly<Record<string, number>>
  readonly #steps: AnyStep[] = []
  readonly #strings = new Map<string, Address>()
  readonly #inherited = new Map<string, number>()
  readonly #slots = new Map<string, { readonly offset: number; readonly bytes: number }>()
  /** Places in the data section that hold an address. */
  readonly #addresses: [number, Address][] = []
  #data = Buffer.alloc(8192)
  #dataBytes = 0
  #scratchBytes = 0
  #pointer = ''
  #role: Role = 'keeper'

  constructor(architecture: Architecture) {
    this.architecture = architecture
    this.#numbers = syscalls[architecture]
  }

  /** What follows is run by this role. */
  role(role: Role): void {
    this.#role = role
  }

  /** What `write` adds comes from this part of config.json; pointers join: `mounts[3]` within `linux`. */
  at(pointer: string, write: () => void): void {
    const outer = this.#pointer
    this.#pointer = pointer
    write()
    this.#pointer = outer
  }

  /** A descriptor that the runtime passes on; its number is the same in every role. */
  inherit(name: string): number {
    let number = this.#inherited.get(name)
    if (number === undefined) this.#inherited.set(name, (number = layout.PLAN_DESCRIPTOR + 1 + this.#inherited.size))
    return number
  }

  /** The first number above all that are inherited so far. */
  get aboveInherited(): number {
    return layout.PLAN_DESCRIPTOR + 1 + this.#inherited.size
  }

  /** A system call. On an errno that `options` does not name, the plan fails at this step. */
  sys(name: string, args: readonly Operand[], label: string, options: SysOptions = noOptions): Register {
    if (this.#numbers[name] === undefined) throw new RangeError(`${name} is not a system call of ${this.architecture}`)
    const step = this.#add('sys', args, label)
    step.name = name
    step.options = options
    return (step.result = this.#fresh())
  }

  load(address: Operand, width: 1 | 2 | 4 | 8, label: string): Register {
    const step = this.#add('load', [address], label)
    step.width = width
    return (step.result = this.#fresh())
  }

  store(address: Operand, width: 1 | 2 | 4 | 8, what: Operand, label: string): void {
    this.#add('store', [address, what], label).width = width
  }

  /** A new register with a value; `into` writes one that exists. */
  set(what: Operand, label: string, into?: Register): Register {
    const step = this.#add('set', [what], label)
    if (into === undefined) return (step.result = this.#fresh())
    into.last = this.#steps.length - 1
    return (step.result = into)
  }

  /**
   * From here on a failing step is told to this descriptor; -1: to nobody.
   *
   * @param options.waits who fails then waits until all its children have ended, so that no orphan is left for others to reap
   */
  report(descriptor: number, label: string, { waits = false } = {}): void {
    this.#add('set', [descriptor + (waits ? layout.REPORT_WAITS : 0)], label).result = 'report'
  }

  label(name: string): Label {
    return new Label(name)
  }

  /** The next step is where `label` goes. */
  place(label: Label): void {
    if (label.step !== -1) throw new RangeError(`label "${label.name}" is placed twice`)
    label.step = this.#steps.length
  }

  /** Goes to `to` if `(a & mask) how b`, unsigned. */
  if(a: Operand, how: '==' | '!=' | '<', b: Operand, to: Label, label: string, mask: Operand = -1): void {
    const step = this.#add('if', [a, b, mask], label)
    step.how = how
    step.to = to
  }

  goto(to: Label, label: string): void {
    this.#add('goto', [], label).to = to
  }

  fail(errno: string, label: string, value: Operand = 0): void {
    this.#add('fail', [value], label).errno = errno
  }

  supervise(args: { process: Operand; events: number; out: Operand; err: Operand; log: Operand }, label: string): void {
    this.#add('supervise', [args.process, args.events, args.out, args.err, args.log], label)
  }

  /** Closes a descriptor that this plan opened. */
  close(...descriptors: Register[]): void {
    for (const descriptor of descriptors) this.sys('close', [descriptor], 'close it')
  }

  /** A NUL-ended string in the data section; equal ones share a place. */
  string(text: string): Address {
    let address = this.#strings.get(text)
    if (address === undefined) {
      const size = Buffer.byteLength(text) + 1
      const offset = this.#reserveData(size, 1)
      this.#data.write(text, offset)
      this.#strings.set(text, (address = new Address('data', offset, text, true)))
    }
    return address
  }

  /** Room for a text that differs from container to container: what is compiled once serves them all. */
  slot(name: string, bytes: number): Address {
    const known = this.#slots.get(name)
    if (known !== undefined) return new Address('data', known.offset, `<${name}>`)
    const offset = this.#reserveData(bytes, 1)
    this.#slots.set(name, { offset, bytes })
    return new Address('data', offset, `<${name}>`)
  }

  /** Constant bytes. */
  bytes(bytes: Uint8Array, text: string): Address {
    const offset = this.#reserveData(bytes.length, 8)
    this.#data.set(bytes, offset)
    return new Address('data', offset, text)
  }

  /** 64-bit words; addresses among them are filled in when the plan is built. */
  words(words: readonly (number | bigint | Address | null)[], text: string): Address {
    const offset = this.#reserveData(words.length * 8, 8)
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? 0
      const place = offset + index * 8
      if (word instanceof Address) this.#addresses.push([place, word])
      else if (typeof word === 'bigint') this.#data.writeBigUInt64LE(BigInt.asUintN(64, word), place)
      else if (word !== 0) {
        this.#data.writeInt32LE(word | 0, place)
        this.#data.writeInt32LE(Math.floor(word / 0x1_0000_0000) | 0, place + 4)
      }
    }
    return new Address('data', offset, text)
  }

  /** The array of strings that execve(2) takes. */
  vector(strings: readonly (string | Address)[], text: string): Address {
    return this.words([...strings.map((s) => (typeof s === 'string' ? this.string(s) : s)), null], text)
  }

  /** Zeroed memory to write results and replies into. */
  scratch(bytes: number, text: string): Address {
    const offset = this.#scratchBytes
    this.#scratchBytes += (bytes + 15) & ~15
    return new Address('scratch', offset, text)
  }

  build(): Plan {
    const steps = this.#steps
    const dataOffset = layout.header.size + steps.length * layout.step.size
    const size = Math.ceil((dataOffset + this.#dataBytes) / 4) * 4
    const bytes = Buffer.from(new ArrayBuffer(size))
    this.#data.copy(bytes, dataOffset, 0, this.#dataBytes)
    const base = { data: layout.PLAN_BASE + dataOffset, scratch: layout.SCRATCH_BASE }
    for (const [offset, address] of this.#addresses)
      bytes.writeUIntLE(base[address.area] + address.offset, dataOffset + offset, 6)

    bytes.writeUInt32LE(layout.PLAN_MAGIC, layout.header.magic)
    bytes.writeUInt32LE(layout.PLAN_VERSION, layout.header.version)
    bytes.writeUInt32LE(steps.length, layout.header.count)
    bytes.writeUInt32LE(bytes.length, layout.header.bytes)
    bytes.writeUInt32LE(dataOffset, layout.header.data)
    bytes.writeUInt32LE(this.#scratchBytes, layout.header.scratch)

    assignRegisters(steps)
    const words = new Int32Array(bytes.buffer)
    for (let index = 0; index < steps.length; index++)
      this.#write(bytes, words, layout.header.size + index * layout.step.size, steps[index] as AnyStep, index, base)
    const slots = new Map(
      [...this.#slots].map(([name, { offset, bytes }]) => [name, { offset: dataOffset + offset, bytes }]),
    )
    return {
      architecture: this.architecture,
      bytes,
      steps: steps as readonly Step[],
      inherited: this.#inherited,
      slots,
    }
  }

  #fresh(): Register {
    const position = this.#steps.length - 1
    const register = new Register(`r${position}`)
    register.first = position
    return register
  }

  #add(op: Step['op'], args: readonly Operand[], label: string): AnyStep {
    const position = this.#steps.length
    const step = new AnyStep(op, args, label, this.#pointer, this.#role)
    this.#steps.push(step)
    for (let n = 0; n < args.length; n++) {
      const arg = args[n]
      if (arg instanceof Register) arg.last = position
      else if (typeof arg === 'string') (args as Operand[])[n] = this.string(arg)
    }
    return step
  }

  #reserveData(bytes: number, alignment: number): number {
    const offset = Math.ceil(this.#dataBytes / alignment) * alignment
    this.#dataBytes = offset + bytes
    if (this.#dataBytes > this.#data.length) {
      const larger = Buffer.alloc(Math.max(this.#data.length * 2, this.#dataBytes))
      this.#data.copy(larger)
      this.#data = larger
    }
    return offset
  }

  #write(
    bytes: Buffer,
    words: Int32Array,
    at: number,
    step: AnyStep,
    index: number,
    base: Record<Address['area'], number>,
  ): void {
    const { step: field, flag } = layout
    const { result, args, options } = step
    bytes[at + field.op] = layout.op[step.op]
    bytes[at + field.result] =
      result === undefined
        ? layout.NO_REGISTER
        : result === 'report'
          ? layout.REPORT_REGISTER
          : result.index < 0
            ? layout.NO_REGISTER
            : result.index
    let registers = 0
    let place = (at + field.arguments) >> 2
    if (step.op === 'fail') {
      words[place] = errnoOf(step.errno)
      place += 2
    }
    for (let n = 0; n < args.length; n++, place += 2) {
      const arg = args[n] as Operand
      if (arg === null) continue
      if (arg instanceof Register) {
        registers |= 1 << n
        words[place] = arg.index
        continue
      }
      if (typeof arg === 'bigint') {
        words[place] = Number(BigInt.asIntN(32, arg))
        words[place + 1] = Number(BigInt.asIntN(32, arg >> 32n))
        continue
      }
      const value = typeof arg === 'number' ? arg : base[(arg as Address).area] + (arg as Address).offset
      // A safe integer as 64 bits, two's complement.
      words[place] = value | 0
      words[place + 1] = Math.floor(value / 0x1_0000_0000) | 0
    }
    if (step.op === 'fail') registers <<= 1
    bytes[at + field.registers] = registers
    bytes[at + field.width] = step.op === 'if' ? comparisons[step.how] : step.width
    if (step.to !== undefined) words[(at + field.target) >> 2] = target(step.to, index)
    if (step.op !== 'sys') return

    words[(at + field.number) >> 2] = this.#numbers[step.name] ?? 0
    if (options === noOptions) return
    const { tolerate, jump, retry, expect, explain } = options
    let flags = 0
    if (tolerate !== undefined) {
      flags |= flag.tolerate
      writeErrnos(bytes, at + field.errnos, tolerate)
    }
    if (jump !== undefined) {
      if (tolerate !== undefined) throw new RangeError(`${step.label}: either tolerates errnos or jumps on them`)
      flags |= flag.jump
      writeErrnos(bytes, at + field.errnos, jump.on)
      words[(at + field.target) >> 2] = target(jump.to, index)
    }
    if (retry !== undefined) {
      writeErrnos(bytes, at + field.retry, retry.on)
      bytes.writeUInt16LE(retry.times, at + field.tries)
    }
    if (expect !== undefined) {
      flags |= flag.expect
      bytes.writeBigInt64LE(BigInt(expect), at + field.expect)
    }
    if (explain) flags |= flag.explain
    bytes[at + field.flags] = flags
  }
}

const noOptions: SysOptions = {}
const comparisons = {
  '==': layout.comparison.equal,
  '!=': layout.comparison.notEqual,
  '<': layout.comparison.below,
} as const

/** A step of any kind, in one shape: a plan has hundreds, and they are built for every container. What a kind lacks is not read. */
class AnyStep {
  readonly op: Step['op']
  readonly args: readonly Operand[]
  readonly label: string
  readonly pointer: string
  readonly role: Role
  name = ''
  options: SysOptions = noOptions
  result: Register | 'report' | undefined = undefined
  width: 0 | 1 | 2 | 4 | 8 = 0
  how: '==' | '!=' | '<' = '=='
  to: Label | undefined = undefined
  errno = ''

  constructor(op: Step['op'], args: readonly Operand[], label: string, pointer: string, role: Role) {
    this.op = op
    this.args = args
    this.label = label
    this.pointer = pointer
    this.role = role
  }
}

/** Linear scan: jumps go forward only, so a register lives from its first to its last step, whatever the way. */
function assignRegisters(steps: readonly AnyStep[]): void {
  const free: number[] = []
  for (let index = layout.REGISTERS - 1; index > layout.REPORT_REGISTER; index--)
    if (index !== layout.NO_REGISTER) free.push(index)
  const ending: (Register[] | undefined)[] = new Array<Register[] | undefined>(steps.length)
  for (let position = 0; position < steps.length; position++) {
    const ended = ending[position]
    if (ended !== undefined) for (const register of ended) free.push(register.index)
    const register = (steps[position] as AnyStep).result
    // Never read: the result is dropped, unless it is kept to be written again.
    if (register === undefined || register === 'report' || register.index !== -1 || register.last === -1) continue
    const index = free.pop()
    if (index === undefined)
      throw new RangeError(`the plan needs more than ${layout.REGISTERS} registers at step ${position}`)
    register.index = index
    // Free again for the step after the last that reads it.
    const end = register.last + 1
    if (end < steps.length) (ending[end] ??= []).push(register)
  }
}

function target(label: Label, from: number): number {
  if (label.step <= from) throw new RangeError(`label "${label.name}" does not lie ahead of step ${from}`)
  return label.step
}

function writeErrnos(bytes: Buffer, at: number, errnos: Errnos): void {
  if (errnos === 'any') {
    bytes.writeUInt16LE(layout.ANY_ERRNO, at)
    return
  }
  if (errnos.length > 4) throw new RangeError('a step names at most four errnos')
  errnos.forEach((name, n) => bytes.writeUInt16LE(errnoOf(name), at + n * 2))
}

function errnoOf(name: string): number {
  const number = errnoNumber(name)
  if (number === undefined) throw new RangeError(`${name} is not an errno`)
  return number
}
