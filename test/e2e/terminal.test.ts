// Terminals are not there yet: whoever asks for one is told so, by the field.

import { test } from 'node:test'
import { missing, place, refused, refusedCreate, running } from './support.ts'

const skip = missing

test('process.terminal is refused by its name', { skip }, async (t) => {
  const at = await place(t)
  const expected = { code: 'ERR_STATOR_UNSUPPORTED', pointer: 'process.terminal' } as const
  await refusedCreate(at, ({ process }) => (process.terminal = true), expected)
})

test('a size without a terminal has no effect', { skip }, async (t) => {
  const at = await place(t)
  await running(t, at, ({ process }) => (process.consoleSize = { height: 25n, width: 80n }))
})

test('exec with a terminal, and a change of its size, are refused', { skip }, async (t) => {
  const at = await place(t)
  const container = await running(t, at)
  await refused(container.exec({ args: ['true'], tty: true }), { code: 'ERR_STATOR_UNSUPPORTED', message: /tty/ })
  const session = await container.exec({ args: ['sleep', '1000'], stdio: 'ignore' })
  await refused(session.resize({ columns: 80, rows: 25 }), { code: 'ERR_STATOR_UNSUPPORTED', message: /resize/ })
})
