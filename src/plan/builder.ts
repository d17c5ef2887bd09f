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
}

export class PlanBuilder {
  readonly architecture: Architecture
  readonly #numbers: Readonly<Record<string, number>>
  readonly #steps: Step[] = []
  readonly #strings = new Map<string, Address>()
  readonly #inherited = new Map<string, number>()
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

  /** A system call. On an errno that `options` does not name, the plan fails at this step. */
  sys(name: string, args: readonly Operand[], label: string, options: SysOptions = {}): Register {
    if (this.#numbers[name] === undefined) throw new RangeError(`${name} is not a system call of ${this.architecture}`)
    const result = new Register(`r${this.#steps.length}`)
    this.#add({ op: 'sys', name, args, result, options, ...this.#place(label) }, args, result)
    return result
  }

  load(address: Operand, width: 1 | 2 | 4 | 8, label: string): Register {
    const result = new Register(`r${this.#steps.length}`)
    this.#add({ op: 'load', width, args: [address], result, ...this.#place(label) }, [address], result)
    return result
  }

  store(address: Operand, width: 1 | 2 | 4 | 8, what: Operand, label: string): void {
    this.#add({ op: 'store', width, args: [address, what], ...this.#place(label) }, [address, what])
  }

  /** A new register with a value; `into` writes one that exists. */
  set(what: Operand, label: string, into: Register = new Register(`r${this.#steps.length}`)): Register {
    this.#add({ op: 'set', args: [what], result: into, ...this.#place(label) }, [what], into)
    return into
  }

  /** From here on a failing step is told to this descriptor; -1: to nobody. */
  report(descriptor: Operand, label: string): void {
    this.#add({ op: 'set', args: [descriptor], result: 'report', ...this.#place(label) }, [descriptor])
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
    this.#add({ op: 'if', how, args: [a, b, mask], to, ...this.#place(label) }, [a, b, mask])
  }

  goto(to: Label, label: string): void {
    this.#add({ op: 'goto', args: [], to, ...this.#place(label) }, [])
  }

  fail(errno: string, label: string, value: Operand = 0): void {
    this.#add({ op: 'fail', errno, args: [value], ...this.#place(label) }, [value])
  }

  supervise(args: { process: Operand; events: number; out: Operand; err: Operand; log: Operand }, label: string): void {
    const operands = [args.process, args.events, args.out, args.err, args.log]
    this.#add({ op: 'supervise', args: operands, ...this.#place(label) }, operands)
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
      this.#strings.set(text, (address = new Address('data', offset, JSON.stringify(text))))
    }
    return address
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
    words.forEach((word, index) => {
      if (word instanceof Address) this.#addresses.push([offset + index * 8, word])
      else this.#data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(word ?? 0)), offset + index * 8)
    })
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
    const stepBytes = steps.length * layout.step.size
    const dataOffset = layout.header.size + stepBytes
    const bytes = Buffer.alloc(dataOffset + this.#dataBytes)
    this.#data.copy(bytes, dataOffset, 0, this.#dataBytes)
    const absolute = (address: Address) =>
      address.area === 'data' ? layout.PLAN_BASE + dataOffset + address.offset : layout.SCRATCH_BASE + address.offset
    for (const [offset, address] of this.#addresses) writeWord(bytes, dataOffset + offset, absolute(address))

    bytes.writeUInt32LE(layout.PLAN_MAGIC, layout.header.magic)
    bytes.writeUInt32LE(layout.PLAN_VERSION, layout.header.version)
    bytes.writeUInt32LE(steps.length, layout.header.count)
    bytes.writeUInt32LE(bytes.length, layout.header.bytes)
    bytes.writeUInt32LE(dataOffset, layout.header.data)
    bytes.writeUInt32LE(this.#scratchBytes, layout.header.scratch)

    assignRegisters(steps)
    steps.forEach((step, index) =>
      this.#write(bytes, layout.header.size + index * layout.step.size, step, index, absolute),
    )
    return { architecture: this.architecture, bytes, steps, inherited: this.#inherited }
  }

  #place(label: string) {
    return { label, pointer: this.#pointer, role: this.#role }
  }

  #add(step: Step, args: readonly Operand[], result?: Register): void {
    const position = this.#steps.length
    this.#steps.push(step)
    for (const arg of args) {
      if (arg instanceof Register) arg.last = position
      // Put into the data section now: the section's size is known before the first byte is written.
      else if (typeof arg === 'string') this.string(arg)
    }
    if (result !== undefined) {
      if (result.first === -1) result.first = position
      else result.last = position
    }
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

  #write(bytes: Buffer, at: number, step: Step, index: number, absolute: (address: Address) => number): void {
    const { step: field, flag } = layout
    bytes[at + field.op] = layout.op[step.op]
    bytes[at + field.result] =
      'result' in step
        ? step.result === 'report'
          ? layout.REPORT_REGISTER
          : step.result.index < 0
            ? layout.NO_REGISTER
            : step.result.index
        : layout.NO_REGISTER
    const args: readonly Operand[] = step.op === 'fail' ? [errnoOf(step.errno), ...step.args] : step.args
    let registers = 0
    args.forEach((arg, n) => {
      const place = at + field.arguments + n * 8
      if (arg instanceof Register) {
        registers |= 1 << n
        bytes[place] = arg.index
      } else if (arg instanceof Address) writeWord(bytes, place, absolute(arg))
      else if (typeof arg === 'string') writeWord(bytes, place, absolute(this.string(arg)))
      else if (typeof arg === 'bigint') bytes.writeBigUInt64LE(BigInt.asUintN(64, arg), place)
      else if (arg !== null) writeWord(bytes, place, arg)
    })
    bytes.writeUInt16LE(registers, at + field.registers)

    if (step.op === 'load' || step.op === 'store') bytes[at + field.width] = step.width
    if (step.op === 'if')
      bytes[at + field.width] =
        step.how === '=='
          ? layout.comparison.equal
          : step.how === '!='
            ? layout.comparison.notEqual
            : layout.comparison.below
    if (step.op === 'if' || step.op === 'goto') bytes.writeUInt32LE(target(step.to, index), at + field.target)
    if (step.op !== 'sys') return

    const { tolerate, jump, retry, expect, explain } = step.options
    bytes.writeUInt32LE(this.#numbers[step.name] ?? 0, at + field.number)
    let flags = 0
    if (tolerate !== undefined) {
      flags |= flag.tolerate
      writeErrnos(bytes, at + field.errnos, tolerate)
    }
    if (jump !== undefined) {
      flags |= flag.jump
      writeErrnos(bytes, at + field.errnos, jump.on)
      bytes.writeUInt32LE(target(jump.to, index), at + field.target)
    }
    if (retry !== undefined) {
      writeErrnos(bytes, at + field.retry, retry.on)
      bytes.writeUInt16LE(retry.times, at + field.tries)
    }
    if (expect !== undefined) {
      flags |= flag.expect
      writeWord(bytes, at + field.expect, expect)
    }
    if (explain) flags |= flag.explain
    bytes[at + field.flags] = flags
  }
}

/** Linear scan: jumps go forward only, so a register lives from its first to its last step, whatever the way. */
function assignRegisters(steps: readonly Step[]): void {
  const free: number[] = []
  for (let index = layout.REGISTERS - 1; index > layout.REPORT_REGISTER; index--)
    if (index !== layout.NO_REGISTER) free.push(index)
  const ending: (Register[] | undefined)[] = new Array<Register[] | undefined>(steps.length)
  steps.forEach((step, position) => {
    for (const register of ending[position] ?? []) free.push(register.index)
    if (!('result' in step) || step.result === 'report') return
    const register = step.result
    // Never read: the result is dropped, unless it is kept to be written again.
    if (register.index !== -1 || register.last === -1) return
    const index = free.pop()
    if (index === undefined)
      throw new RangeError(`the plan needs more than ${layout.REGISTERS} registers at step ${position}`)
    register.index = index
    // Free again for the step after the last that reads it.
    const end = register.last + 1
    if (end < steps.length) (ending[end] ??= []).push(register)
  })
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

/** A safe integer as 64 bits, two's complement. */
function writeWord(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32LE(value | 0, at)
  bytes.writeInt32LE(Math.floor(value / 0x1_0000_0000) | 0, at + 4)
}
