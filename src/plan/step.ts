// One step of a plan as the compiler writes it and the printer reads it; layout.ts says how it becomes bytes.

/** The process that runs a step. */
export type Role = 'keeper' | 'stage' | 'init'

/** A place for a result. As many as wanted: which of the stub's registers it becomes is settled when the plan is built. */
export class Register {
  /** First and last step that names it. */
  first = -1
  last = -1
  index = -1
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A place in the data section (constants) or in the scratch area (zeroed, written to). */
export class Address {
  readonly area: 'data' | 'scratch'
  readonly offset: number
  readonly #text: string
  readonly #isString: boolean
  /** @param isString the text is what stands there, and not what it is called */
  constructor(area: 'data' | 'scratch', offset: number, text: string, isString = false) {
    this.area = area
    this.offset = offset
    this.#text = text
    this.#isString = isString
  }
  /** What a reader of the plan is shown. */
  get text(): string {
    return this.#isString ? JSON.stringify(this.#text) : this.#text
  }
  /** An address `bytes` further on. */
  plus(bytes: number): Address {
    return new Address(this.area, this.offset + bytes, `${this.text}+${bytes}`)
  }
}

/** Where a jump goes: a step further on. */
export class Label {
  /** The number of the step, once placed. */
  step = -1
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A string is put into the data section, ended by NUL, and its address is the operand. null is 0. */
export type Operand = number | bigint | string | Register | Address | null

export type Errnos = readonly string[] | 'any'

/** What a step does about an errno; without any of them, it fails the plan. */
export interface SysOptions {
  /** These errnos are a result like any other, as a negative number. */
  readonly tolerate?: Errnos
  /** These errnos go to a label. */
  readonly jump?: { readonly on: Errnos; readonly to: Label }
  /** Tried again, at most `times`. */
  readonly retry?: { readonly on: readonly string[]; readonly times: number }
  /** The only good result. */
  readonly expect?: number
  /** On failure the kernel's own words are read from the descriptor that is argument 0 (fsopen(2)). */
  readonly explain?: boolean
}

interface StepPlace {
  /** What it is for, as a sentence without its end. */
  readonly label: string
  /** The part of config.json it comes from: `mounts[3]`; empty for what every container needs. */
  readonly pointer: string
  readonly role: Role
}

export type Step = StepPlace &
  (
    | {
        readonly op: 'sys'
        readonly name: string
        readonly args: readonly Operand[]
        readonly result: Register
        readonly options: SysOptions
      }
    | {
        readonly op: 'load'
        readonly width: 1 | 2 | 4 | 8
        readonly args: readonly [Operand]
        readonly result: Register
      }
    | { readonly op: 'store'; readonly width: 1 | 2 | 4 | 8; readonly args: readonly [Operand, Operand] }
    | { readonly op: 'set'; readonly args: readonly [Operand]; readonly result: Register | 'report' }
    | {
        readonly op: 'if'
        readonly how: '==' | '!=' | '<'
        /** What, with what, under which mask. */
        readonly args: readonly [Operand, Operand, Operand]
        readonly to: Label
      }
    | { readonly op: 'goto'; readonly args: readonly []; readonly to: Label }
    | { readonly op: 'fail'; readonly errno: string; readonly args: readonly [Operand] }
    | { readonly op: 'supervise'; readonly args: readonly Operand[] }
  )
