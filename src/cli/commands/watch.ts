// stator watch: what happens on a root, as it happens, from any process.

import { type Command, Option } from 'commander'
import type { RuntimeEvent } from '../../bus/event.ts'
import { wholeNumber } from '../launch-options.ts'
import { oneLine } from '../report.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly since?: number
  readonly follow: boolean
  readonly format: 'text' | 'json'
}

export const watch: Verb = {
  define(command: Command) {
    command
      .argument('[ids...]', 'only of these containers')
      .addOption(new Option('--since <seq>', 'first those after this number; 0 for all').argParser(wholeNumber))
      .option('--no-follow', 'end when those that there are have been printed')
      .addOption(new Option('--format <format>', 'lines for people, or JSON').choices(['text', 'json']).default('text'))
      .addHelpText(
        'after',
        '\nOne event a line, in the order of their numbers, none twice and none missing. Ends with SIGINT.',
      )
  },
  async run({ args: [ids], options, globals: { root }, print, about }) {
    about((ids as readonly string[]).join(' '))
    const { since, follow, format } = options as unknown as Options
    const wanted = new Set(ids as readonly string[])
    const { openRuntime } = await import('../../runtime/open.ts')
    const over = new AbortController()
    const end = () => over.abort()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
    // Stays, and so sees to the ends of all containers.
    await using runtime = await openRuntime(root === undefined ? {} : { root })
    try {
      for await (const event of runtime.events({ since, follow, signal: over.signal })) {
        if (wanted.size > 0 && !(event.container !== null && wanted.has(event.container))) continue
        print(format === 'json' ? `${JSON.stringify(event)}\n` : `${asLine(event)}\n`)
      }
    } catch (error) {
      if (!over.signal.aborted) throw error
    }
    return 0
  },
}

/** `14:03:22.117 #12 web lifecycle.running created → running (start)` */
function asLine(event: RuntimeEvent): string {
  const { seq, time, type, container } = event
  const words = [time.slice(11, 23), `#${seq}`, container ?? '-', type, ...details(event)]
  return oneLine(words.join(' '))
}

function details(event: RuntimeEvent): string[] {
  const words: string[] = []
  if ('transition' in event) {
    const { from, to, cause } = event.transition
    words.push(`${from} → ${to} (${cause})`)
  }
  if ('stage' in event) words.push(`${event.stage}/${event.subject}`)
  if ('kind' in event) words.push(`${event.kind} ${event.path}`)
  if ('exec' in event) words.push(event.exec)
  if ('exit' in event && event.exit !== null && 'exitCode' in event.exit) {
    const { signal, exitCode, oomKilled } = event.exit
    words.push(signal === null ? `exit ${exitCode ?? 'unknown'}` : signal, ...(oomKilled ? ['out of memory'] : []))
  }
  if (event.type === 'seccomp.notify') words.push(event.syscall, ...(pathsOf(event.decoded) ?? event.args))
  if (event.type === 'seccomp.answered') {
    const { answer, by } = event
    const shown = answer === null ? 'nobody waits' : typeof answer === 'string' ? answer : Object.values(answer).join()
    words.push(event.syscall, shown, ...(by === null ? [] : [`(${by})`]))
  }
  if (event.type === 'seccomp.skipped') words.push(event.name, `(${event.pointer})`)
  if (event.type === 'seccomp.untold')
    words.push(...Object.entries(event.counts).map(([name, count]) => `${name}: ${count}`))
  if ('error' in event) words.push(event.error.message)
  return words
}

/** What a call is about; null: it has no strings, or they are not known. */
function pathsOf(decoded: Readonly<Record<string, unknown>> | null): string[] | null {
  const texts = Object.values(decoded ?? {}).filter((value) => typeof value === 'string')
  return texts.length === 0 ? null : texts.map((text) => JSON.stringify(text))
}
