// A plan as text: like an strace of the future. One line a step: its number, the call and what becomes of its result, what it
// is for, and the part of config.json it comes from.

import type { Plan } from './builder.ts'
import { Address, Register, type Errnos, type Operand, type Role, type Step } from './step.ts'

export interface PrintOptions {
  /** Only these roles; all when absent. */
  readonly roles?: readonly Role[]
}

/** The whole plan, ended by a newline. */
export function printPlan(plan: Plan, { roles }: PrintOptions = {}): string {
  const lines: string[] = []
  let role: Role | undefined
  let pointer = ''
  plan.steps.forEach((step, index) => {
    if (roles !== undefined && !roles.includes(step.role)) return
    if (step.role !== role) lines.push(`${lines.length === 0 ? '' : '\n'}${step.role}:`)
    if (step.pointer !== pointer || step.role !== role) {
      if (step.pointer !== '') lines.push(`      # ${step.pointer}`)
      pointer = step.pointer
    }
    role = step.role
    lines.push(`${String(index).padStart(5)} ${printStep(step)}`)
  })
  return `${lines.join('\n')}\n`
}

/** One step, without its number. */
export function printStep(step: Step): string {
  return `${call(step).padEnd(72)} ${step.label}`.trimEnd()
}

function call(step: Step): string {
  switch (step.op) {
    case 'sys':
      return `${result(step.result)}${step.name}(${step.args.map(operand).join(', ')})${after(step)}`
    case 'load':
      return `${result(step.result)}u${step.width * 8} [${operand(step.args[0])}]`
    case 'store':
      return `u${step.width * 8} [${operand(step.args[0])}] = ${operand(step.args[1])}`
    case 'set':
      return step.result === 'report'
        ? `report to ${operand(step.args[0])}`
        : `${result(step.result)}${operand(step.args[0])}`
    case 'if': {
      const [a, b, mask] = step.args
      return `if ${operand(a)}${mask === -1 ? '' : ` & ${hex(mask)}`} ${step.how} ${operand(b)} go to ${step.to.step}`
    }
    case 'goto':
      return `go to ${step.to.step}`
    case 'fail':
      return `fail ${step.errno}`
    case 'supervise':
      return `supervise(${step.args.map(operand).join(', ')})`
  }
}

function result(register: Register): string {
  return register.last === -1 && register.index === -1 ? '' : `${register.name} = `
}

function after({ options: { tolerate, jump, retry, expect } }: Step & { op: 'sys' }): string {
  const parts: string[] = []
  if (expect !== undefined) parts.push(`= ${expect}`)
  if (retry !== undefined) parts.push(`again on ${retry.on.join(', ')}`)
  if (tolerate !== undefined) parts.push(`${list(tolerate)} is fine`)
  if (jump !== undefined) parts.push(`${list(jump.on)} goes to ${jump.to.step}`)
  return parts.length === 0 ? '' : `  [${parts.join('; ')}]`
}

function list(errnos: Errnos): string {
  return errnos === 'any' ? 'any errno' : errnos.join(', ')
}

function operand(value: Operand): string {
  if (value === null) return 'NULL'
  if (value instanceof Register) return value.name
  if (value instanceof Address) return value.text
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && value === -100) return 'AT_FDCWD'
  return typeof value === 'number' && value > 4096 ? hex(value) : String(value)
}

function hex(value: Operand): string {
  return typeof value === 'number' ? `0x${value.toString(16)}` : operand(value)
}
