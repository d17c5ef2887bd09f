// What the hooks actor tells, as events of the bus.

import type { HookEvent } from '../actors/hook.ts'
import type { EventDraft } from '../bus/event.ts'

export function hookDraft(container: string, event: HookEvent): EventDraft {
  const { kind, index, path } = event
  const hook = { container, kind, index, path }
  if (event.type === 'hook.started') return { type: event.type, ...hook }
  const { durationMs, code, signal, stdout, stderr } = event
  const exit = code === null && signal === null ? null : { code, signal }
  const ended = { ...hook, durationMs, exit, stdout, stderr }
  return event.type === 'hook.finished'
    ? { type: event.type, ...ended }
    : { type: event.type, ...ended, error: event.error.toJSON() }
}
