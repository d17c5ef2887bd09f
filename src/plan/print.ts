// A plan as text: like an strace of the future. A line a step: its number, the call and what becomes of its result, what it is for.
// Roles are sections; the parts of config.json that steps come from are their headings. arguments.ts writes the calls.
//
//      88: r88 = openat2(r73, "proc", {O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT}) [EAGAIN: again]          open /proc
//
// A colon after the number: some step before may jump here. Steps that differ in one argument only are written as one.

import { descriptor, Memory, printArguments, printComparison, printMask, printOperand, type Call } from './arguments.ts'
import type { Plan } from './builder.ts'
import { REPORT_WAITS } from './layout.ts'
import { type Errnos, type Operand, type Register, type Role, type Step, type SysOptions } from './step.ts'

export interface PrintOptions {
  /** Only these roles; all when absent. */
  readonly roles?: readonly Role[]
  /** Only what comes from this part of config.json: `mounts[3]`, `process`; all when absent or empty. */
  readonly pointer?: string
}

/** Columns: a line is no longer, unless one word is. */
const WIDTH = 120
/** Where labels begin, after calls that are short enough. */
const LABEL = 80
/** Of the number and what is around it. */
const MARGIN = 7
/** Of the further lines of a call. */
const INDENT = '    '

/** The whole plan, ended by a newline. Pure. */
export function printPlan(plan: Plan, { roles, pointer: part = '' }: PrintOptions = {}): string {
  const printer = new Printer(plan.steps, callOf(plan))
  const lines: string[] = []
  let role: Role | undefined
  let pointer = ''
  for (let index = 0; index < plan.steps.length;) {
    const step = plan.steps[index] as Step
    const steps = printer.alike(index)
    if ((roles === undefined || roles.includes(step.role)) && comesFrom(step, part)) {
      if (step.role !== role) {
        if (lines.length > 0) lines.push('')
        lines.push(`${step.role}:`)
        pointer = ''
      }
      if (step.pointer !== pointer) {
        lines.push('')
        if (step.pointer !== '') lines.push(`${' '.repeat(MARGIN)}# ${visible(step.pointer)}`)
      }
      ;({ role, pointer } = step)
      lines.push(...printer.lines(index, steps))
    }
    index += steps
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** One line: how many steps, and of which roles. `731 steps: keeper 43, init 688` */
export function printSummary(plan: Plan): string {
  const counts = new Map<Role, number>()
  for (const { role } of plan.steps) counts.set(role, (counts.get(role) ?? 0) + 1)
  return `${plan.steps.length} steps: ${[...counts].map(([role, count]) => `${role} ${count}`).join(', ')}`
}

/** `mounts` is where all mounts come from, and `mounts[1]` not where `mounts[10]` does. */
export function comesFrom({ pointer }: Step, part: string): boolean {
  if (part === '' || pointer === part) return true
  return pointer.startsWith(part) && /^[.[]/.test(pointer.slice(part.length))
}

/** A line a heading, in the order of the plan, and how many steps are below it; those of a list are one. */
export function printHeadings(plan: Plan, { roles, pointer = '' }: PrintOptions = {}): string {
  const counts = new Map<string, { steps: number; readonly entries: Set<string> }>()
  for (const step of plan.steps) {
    if (!(roles === undefined || roles.includes(step.role)) || !comesFrom(step, pointer)) continue
    const [list = ''] = step.pointer.split('[', 1)
    const count = counts.get(list) ?? { steps: 0, entries: new Set() }
    count.steps++
    if (list !== step.pointer) count.entries.add(/^[^\]]*\]/.exec(step.pointer)?.[0] ?? step.pointer)
    counts.set(list, count)
  }
  const lines = [...counts].map(([list, { steps, entries }]) => {
    const heading = list === '' ? 'what every container needs' : `# ${visible(list)}`
    const of = entries.size < 2 ? '' : `, ${entries.size} of them`
    return `${String(steps).padStart(MARGIN - 2)}  ${heading}${of}\n`
  })
  return lines.join('')
}

/** One step in one line, without its number and label; of a plan, with what its descriptors and structures are. */
export function printStep(step: Step, plan?: Plan): string {
  return new Printer([], callOf(plan)).line(step)
}

/** What calls are printed with. */
function callOf(plan: Plan | undefined): Omit<Call, 'args'> {
  if (plan === undefined) return { architecture: 'x86_64', memory: undefined, descriptors: new Map() }
  const { architecture, inherited } = plan
  return {
    architecture,
    memory: new Memory(plan),
    descriptors: new Map([...inherited].map(([name, number]) => [number, name])),
  }
}

/** Fewer than these are written one by one. */
const FEWEST_ALIKE = 3

class Printer {
  readonly #steps: readonly Step[]
  readonly #call: Omit<Call, 'args'>
  readonly #targets = new Set<number>()

  constructor(steps: readonly Step[], call: Omit<Call, 'args'>) {
    this.#steps = steps
    this.#call = call
    for (const step of steps) {
      if (step.op === 'if' || step.op === 'goto') this.#targets.add(step.to.step)
      else if (step.op === 'sys' && step.options.jump !== undefined) this.#targets.add(step.options.jump.to.step)
    }
  }

  /** How many steps from here are the same call with the same policy, but for one argument. */
  alike(index: number): number {
    const first = this.#steps[index]
    if (first === undefined || !isForgotten(first)) return 1
    let differing = -1
    let count = 1
    for (; ; count++) {
      const step = this.#steps[index + count]
      if (step === undefined || !isForgotten(step) || this.#targets.has(index + count)) break
      if (step.name !== first.name || step.role !== first.role || step.pointer !== first.pointer) break
      if (policy(step.options) !== policy(first.options)) break
      const different = step.args.flatMap((arg, n) => (arg === first.args[n] ? [] : [n]))
      if (different.length !== 1 || step.args.length !== first.args.length) break
      if (differing !== -1 && different[0] !== differing) break
      differing = different[0] ?? -1
    }
    return count < FEWEST_ALIKE ? 1 : count
  }

  /** The lines of `count` steps that are alike. */
  lines(index: number, count: number): string[] {
    const steps = this.#steps.slice(index, index + count)
    const [step] = steps
    if (step === undefined) return []
    const call = count === 1 ? this.#text(step) : this.#together(steps as Sys[])
    const label = count === 1 ? step.label : `${commonLabel(steps)} (${count} steps)`
    const number = `${String(index).padStart(MARGIN - 2)}${this.#targets.has(index) ? ':' : ' '} `
    return columns(number, visible(call), step.op === 'sys' ? policy(step.options) : '', visible(label))
  }

  line(step: Step): string {
    const call = this.#text(step)
    const after = step.op === 'sys' ? policy(step.options) : ''
    return visible(after === '' ? call : `${call} ${after}`)
  }

  #text(step: Step): string {
    switch (step.op) {
      case 'sys':
        return `${result(step.result)}${step.name}(${this.#arguments(step).join(', ')})`
      case 'load':
        return `${result(step.result)}u${step.width * 8} [${printOperand(step.args[0])}]`
      case 'store':
        return `u${step.width * 8} [${printOperand(step.args[0])}] = ${printOperand(step.args[1])}`
      case 'set':
        return step.result === 'report'
          ? this.#report(Number(step.args[0]))
          : `${result(step.result)}${this.#descriptor(step.args[0])}`
      case 'if': {
        const [value, other, mask] = step.args
        const left = mask === -1 ? printOperand(value) : `${printOperand(value)} & ${printMask(mask)}`
        return `if ${left} ${step.how} ${printComparison(other, mask)} go to ${step.to.step}`
      }
      case 'goto':
        return `go to ${step.to.step}`
      case 'fail':
        return `fail ${step.errno}${step.args[0] === 0 ? '' : `, ${printOperand(step.args[0])}`}`
      case 'supervise': {
        const [process, events, ...streams] = step.args
        const names = streams.map((stream) => this.#descriptor(stream ?? null))
        return `supervise(${[this.#descriptor(process ?? null), pollEvents(events), ...names].join(', ')})`
      }
    }
  }

  #report(to: number): string {
    return to < REPORT_WAITS
      ? `report to ${this.#descriptor(to)}`
      : `report to ${this.#descriptor(to - REPORT_WAITS)}, then wait for children`
  }

  #together(steps: readonly Sys[]): string {
    const [first] = steps as [Sys, ...Sys[]]
    const texts = steps.map((step) => this.#arguments(step))
    const length = Math.max(...texts.map((args) => args.length))
    const args = Array.from({ length }, (_, n) => {
      const all = texts.map((args) => args[n] ?? '0')
      return all.every((text) => text === all[0]) ? all[0] : `{${all.join(', ')}}`
    })
    return `${first.name}(${args.join(', ')})`
  }

  #arguments({ name, args }: Sys): string[] {
    return printArguments(name, { ...this.#call, args })
  }

  #descriptor(value: Operand): string {
    return descriptor(value, { ...this.#call, args: [] }) ?? ''
  }
}

/** What config.json says is printed to terminals: characters that do things there become visible. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
}

type Sys = Step & { readonly op: 'sys' }

/** A call of which nobody reads the result. */
function isForgotten(step: Step): step is Sys {
  return step.op === 'sys' && step.result.last === -1
}

function result(register: Register): string {
  return register.last === -1 ? '' : `${register.name} = `
}

/** What is done about a result; without any of it, every errno fails the plan. */
function policy({ tolerate, jump, retry, expect }: SysOptions): string {
  if (tolerate === undefined && jump === undefined && retry === undefined && expect === undefined) return ''
  const parts: string[] = []
  if (expect !== undefined) parts.push(`must be ${expect}`)
  if (jump !== undefined) parts.push(`${list(jump.on)}: go to ${jump.to.step}`)
  if (tolerate !== undefined) parts.push(`${list(tolerate)}: fine`)
  if (retry !== undefined) parts.push(`${list(retry.on)}: again`)
  return `[${parts.join('; ')}]`
}

function list(errnos: Errnos): string {
  return errnos === 'any' ? 'any errno' : errnos.join(', ')
}

function pollEvents(events: Operand | undefined): string {
  return events === 1 ? 'POLLIN' : events === 0 ? '0' : printOperand(events ?? null)
}

/** The words that all labels begin and end with, and an ellipsis between them. */
function commonLabel(steps: readonly Step[]): string {
  const [first = [], ...others] = steps.map(({ label }) => label.split(' '))
  const same = (at: (words: readonly string[]) => string | undefined) =>
    others.every((words) => at(words) === at(first))
  let before = 0
  while (before < first.length && same((words) => words[before])) before++
  if (before === first.length && others.every((words) => words.length === first.length)) return first.join(' ')
  let after = 0
  while (after < first.length - before && same((words) => words[words.length - 1 - after])) after++
  return [...first.slice(0, before), '…', ...first.slice(first.length - after)].join(' ')
}

/** A step in two columns: the call and its policy, broken where they are long, and the label beside the end of them. */
function columns(number: string, call: string, policy: string, label: string): string[] {
  const whole = policy === '' ? call : `${call} ${policy}`
  // In one line if at all possible, even if the label then begins further right.
  if (MARGIN + Math.max(whole.length + 2, LABEL - MARGIN) + label.length <= WIDTH)
    return [`${number}${whole.padEnd(LABEL - MARGIN - 2)}  ${label}`]
  const lines = MARGIN + whole.length + 2 <= LABEL ? [whole] : breakCall(call, WIDTH - MARGIN)
  if (policy !== '' && lines[0] !== whole) lines.push(`${INDENT}${policy}`)
  const labels = wrap(label, WIDTH - LABEL)
  const last = lines.at(-1) ?? ''
  const beside = MARGIN + last.length + 2 <= LABEL ? lines.length - 1 : lines.length
  const count = Math.max(lines.length, beside + labels.length)
  return Array.from({ length: count }, (_, n) => {
    const left = `${n === 0 ? number : ' '.repeat(MARGIN)}${lines[n] ?? ''}`
    const right = labels[n - beside]
    return right === undefined ? left : `${left.padEnd(LABEL)}${right}`
  })
}

/** After a comma or a bar, but never within quotes. */
function breakCall(call: string, width: number): string[] {
  if (call.length <= width) return [call]
  const lines: string[] = []
  const cut = (at: number) => {
    lines.push(`${lines.length === 0 ? '' : INDENT}${call.slice(from, at).trimEnd()}`)
    from = at
  }
  let [from, last, quoted] = [0, 0, false]
  for (let at = 0; at <= call.length; at++) {
    const room = lines.length === 0 ? width : width - INDENT.length
    if (at - from > room && last > from) cut(last)
    const character = call[at]
    if (character === '\\' && quoted) at++
    else if (character === '"') quoted = !quoted
    else if (!quoted && (character === '|' || (character === ' ' && call[at - 1] === ','))) last = at + 1
  }
  cut(call.length)
  return lines
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
