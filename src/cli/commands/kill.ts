// stator kill: a signal to a container.

import { type Command, Option } from 'commander'
import { StatorError } from '../../errors.ts'
import { glanceAt, withContainer } from '../open.ts'
import type { Invocation, Verb } from '../verb.ts'

export const kill: Verb = {
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .argument('[signal]', 'SIGTERM, TERM or 15', 'SIGTERM')
      .addOption(new Option('-a, --all', 'to every process of the container, and not to the first alone'))
  },
  async run(invocation) {
    const [id, signal] = invocation.args as [string, string]
    const { all = false } = invocation.options as { readonly all?: boolean }
    const sent = /^\d+$/.test(signal) ? Number(signal) : signal
    if (!all && (await sendAtOnce(invocation, id, sent))) return 0
    await withContainer(invocation, id, (container) => container.kill(sent, { all }))
    return 0
  },
}

/** @returns false: not sent. A runtime puts right what is to be, or says why not */
async function sendAtOnce(invocation: Invocation, id: string, signal: string | number): Promise<boolean> {
  const seen = await glanceAt(invocation, id)
  if (seen === null || seen.processes === null) return false
  const { signalContainer } = await import('../../runtime/signal.ts')
  try {
    signalContainer(seen.processes, signal, new Map(Object.entries(seen.receipts)))
    return true
  } catch (error) {
    if (error instanceof StatorError) return false
    throw error
  }
}
