// Faults on purpose: a plan in which one step fails, and a plan that writes down which of its steps are executed.

import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { errnos } from '../../src/native/errno.ts'
import { Fd } from '../../src/native/fd.ts'
import { PlanBuilder, type Plan } from '../../src/plan/builder.ts'
import * as layout from '../../src/plan/layout.ts'

/** The same plan, whose step `index` reports `errno` instead of doing what it is for. */
export function failAt(plan: Plan, index: number, errno: keyof typeof errnos = 'EIO'): Plan {
  const bytes = Buffer.from(plan.bytes)
  const at = layout.header.size + index * layout.step.size
  bytes.fill(0, at, at + layout.step.size)
  bytes[at + layout.step.op] = layout.op.fail
  bytes[at + layout.step.result] = layout.NO_REGISTER
  bytes.writeUInt32LE(errnos[errno], at + layout.step.arguments)
  return { ...plan, bytes }
}

/** Which steps of a plan are executed, by whatever role: a file with a byte for each. */
export class Trace {
  /** The name under which a traced plan inherits the file. */
  static readonly descriptor = 'trace'
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    const file = openSync(path, 'w')
    ftruncateSync(file, 1 << 16)
    closeSync(file)
  }

  /** For the keeper to inherit. */
  open(): Fd {
    return new Fd(openSync(this.#path, 'r+'))
  }

  /** The numbers of the steps, as they are in the plan that is not traced. */
  executed(): number[] {
    return [...readFileSync(this.#path).entries()].filter(([, mark]) => mark !== 0).map(([index]) => index)
  }
}

/** Those that add one step; the builder's other methods call these. */
const adding = ['sys', 'load', 'store', 'set', 'report', 'if', 'goto', 'fail', 'supervise'] as const

/** What `compile` compiles before it returns marks each step in a Trace, just before it is taken. */
export function traced<T>(compile: () => T): T {
  const { prototype } = PlanBuilder
  const originals = new Map(adding.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const))
  const counts = new WeakMap<PlanBuilder, number>()
  for (const [name, { value: add }] of originals) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: PlanBuilder, ...args: unknown[]): unknown {
        const index = counts.get(this) ?? 0
        counts.set(this, index + 1)
        const mark = originals.get('sys')!.value as PlanBuilder['sys']
        mark.call(this, 'pwrite64', [this.inherit(Trace.descriptor), 'x', 1, index], 'mark', { tolerate: 'any' })
        const more = add as (...args: unknown[]) => unknown
        const around = name === 'sys' ? aroundTrace(args, this.inherit(Trace.descriptor)) : null
        if (around === null) return more.apply(this, args)
        more.apply(this, around[0])
        return more.apply(this, around[1])
      },
    })
  }
  try {
    return compile()
  } finally {
    for (const [name, original] of originals) Object.defineProperty(prototype, name, original)
  }
}

/** A close_range(2) that would close the trace, as two that do not. */
function aroundTrace([call, operands, ...rest]: unknown[], trace: number): [unknown[], unknown[]] | null {
  if (call !== 'close_range') return null
  const [first = 0, last = 0, flags] = operands as number[]
  if (flags !== 0 || trace < first || trace > last) return null
  return [
    [call, [first, trace - 1, 0], ...rest],
    [call, [trace + 1, last, 0], ...rest],
  ]
}
