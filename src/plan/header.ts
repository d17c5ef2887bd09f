// The C header of the stub, from the one description of the layout.
//
//   node --import tsx src/plan/header.ts > src/native/init/plan.h     (a test compares the two)

import { fileURLToPath } from 'node:url'
import * as layout from './layout.ts'

/** The C header of layout.ts. */
export function planHeader(): string {
  const lines = ['/* Generated from src/plan/layout.ts by src/plan/header.ts: do not edit. */', '#pragma once']
  const define = (name: string, value: number) =>
    lines.push(`#define ${name} ${value > 0x7fffffff ? `0x${value.toString(16)}UL` : value}`)
  define('PLAN_MAGIC', layout.PLAN_MAGIC)
  define('PLAN_VERSION', layout.PLAN_VERSION)
  define('PLAN_BASE', layout.PLAN_BASE)
  define('SCRATCH_BASE', layout.SCRATCH_BASE)
  define('PLAN_DESCRIPTOR', layout.PLAN_DESCRIPTOR)
  define('REGISTERS', layout.REGISTERS)
  define('REPORT_REGISTER', layout.REPORT_REGISTER)
  define('REPORT_WAITS', layout.REPORT_WAITS)
  define('NO_REGISTER', layout.NO_REGISTER)
  define('ANY_ERRNO', layout.ANY_ERRNO)
  define('RECORD_MAGIC', layout.RECORD_MAGIC)
  define('RECORD_FAILED', layout.recordKind.failed)
  define('RECORD_TEXT', layout.record.text)
  define('LOG_LONGEST', layout.logFrame.longest)
  for (const [name, value] of Object.entries(layout.op)) define(`OP_${name.toUpperCase()}`, value)
  for (const [name, value] of Object.entries(layout.flag)) define(`FLAG_${name.toUpperCase()}`, value)
  for (const [name, value] of Object.entries(layout.comparison))
    define(`COMPARE_${name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`, value)
  lines.push(
    'struct header { unsigned magic, version, count, bytes, data, scratch, reserved[2]; };',
    'struct step {',
    '        unsigned char op, flags, width, result;',
    '        unsigned short registers, tries;',
    '        unsigned number, target;',
    '        unsigned short errnos[4], retry[4];',
    '        long expect;',
    '        unsigned long arguments[6];',
    '};',
    'struct record { unsigned magic, kind, step; int error; long value; unsigned length, reserved; char text[RECORD_TEXT]; };',
    'struct frame { unsigned long seconds, nanoseconds; unsigned stream, length; };',
    `_Static_assert(sizeof(struct header) == ${layout.header.size}, "header");`,
    `_Static_assert(sizeof(struct step) == ${layout.step.size}, "step");`,
    `_Static_assert(sizeof(struct record) == ${layout.record.size} + RECORD_TEXT, "record");`,
    `_Static_assert(sizeof(struct frame) == ${layout.logFrame.size}, "frame");`,
    '',
  )
  return lines.join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(planHeader())
