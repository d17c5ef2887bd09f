// What may stand where the cursor is, from the definitions of the commands: a command, a flag, a value of one, an id. What
// of it begins with what is typed is for the shell to say, which may know better what its user takes for equal.

import { constants } from 'node:os'
import type { Argument, Command, Option } from 'commander'
import { capabilities } from '../native/uapi.ts'
import type { OciStatus } from '../oci/state.ts'
import type { Outline } from '../runtime/outline.ts'

export interface Candidate {
  readonly value: string
  /** Of one line. */
  readonly description?: string
}

export type Completion =
  { readonly kind: 'words'; readonly words: readonly Candidate[] } | { readonly kind: 'files' | 'folders' }

export interface Sources {
  /** A command, with its arguments and flags. */
  define(name: string): Promise<Command>
  /** The containers of a root; of the usual one if it is not given. */
  containers(root: string | undefined): readonly Outline[]
}

/**
 * @param program with its own flags; its commands may be without theirs
 * @param words all that is typed after the program's name, up to the cursor; the last one is being typed, and may be empty
 */
export async function complete(program: Command, words: readonly string[], sources: Sources): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const place = placeOf(program, before)
  const [name, ...rest] = place.operands
  if (name === undefined || place.option !== null) {
    if (place.option !== null || current.startsWith('-')) return ofFlags(program, place, current, place.option)
    const commands = program.createHelp().visibleCommands(program)
    return wordsOf(commands.map((command) => ({ value: command.name(), description: command.description() })))
  }
  if (!program.commands.some((command) => command.name() === name)) return nothing

  const found = inGroup(await sources.define(name), [...rest, ...place.unknown])
  if (found === null) return nothing
  const { command, words: own } = found
  if (command.commands.length > 0 && !current.startsWith('-')) {
    return wordsOf(command.commands.map((each) => ({ value: each.name(), description: each.description() })))
  }
  const at = placeOf(command, own)
  if (at.option !== null || (at.takesFlags && current.startsWith('-')))
    return ofFlags(command, at, current, at.option, name)
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument = registeredArguments[at.operands.length] ?? (last?.variadic === true ? last : undefined)
  if (argument === undefined) return at.takesFlags ? flagsOf(command, at) : nothing
  if (['id', 'ids'].includes(argument.name())) {
    const { root } = program.opts<{ root?: string }>()
    return idsOf(sources.containers(root), name, at)
  }
  return valuesOf(argument, argument.name())
}

/** The command itself where the first words are a group and one of its commands; null where there is no such command. */
function inGroup(command: Command, words: readonly string[]): { command: Command; words: readonly string[] } | null {
  if (command.commands.length === 0 || words.length === 0) return { command, words }
  const [name, ...rest] = words
  const found = command.commands.find((each) => each.name() === name)
  return found === undefined ? null : inGroup(found, rest)
}

const nothing: Completion = { kind: 'words', words: [] }

function wordsOf(words: readonly Candidate[]): Completion {
  return { kind: 'words', words }
}

/** Where in a command line the next word would stand. */
interface Place {
  readonly operands: readonly string[]
  /** What belongs to a subcommand, or to nobody. */
  readonly unknown: readonly string[]
  /** Whether a word that begins with a dash would be a flag. */
  readonly takesFlags: boolean
  /** The flag whose value it would be. */
  readonly option: Option | null
  /** By the names that commander gives them. */
  readonly given: ReadonlySet<string>
}

/** Neither anybody's flag nor anybody's value. */
const probe = '-\0'

/** Asks commander itself, which knows where flags end: a word is put where the cursor is, and found again. */
function placeOf(command: Command, before: readonly string[]): Place {
  // What is typed need not be right yet.
  for (const option of command.options) delete option.parseArg
  const usual = new Map(command.options.map((option) => [option.attributeName(), option.defaultValue]))
  const { operands, unknown } = command.parseOptions([...before, probe])
  const values = command.opts<Record<string, unknown>>()
  const option = command.options.find((each) => each.required && values[each.attributeName()] === probe) ?? null
  if (option !== null) command.setOptionValue(option.attributeName(), usual.get(option.attributeName()))
  const others = (list: readonly string[]) => list.filter((word) => word !== probe)
  return {
    operands: others(operands),
    unknown: others(unknown),
    takesFlags: unknown.at(-1) === probe,
    option,
    given: new Set(Object.keys(values).filter((name) => command.getOptionValueSource(name) === 'cli')),
  }
}

/** The value of a flag: the next word, or in the same one after `=`; or else the flag itself. */
function ofFlags(command: Command, place: Place, current: string, option: Option | null, verb?: string): Completion {
  const [, long] = /^(--[^=]+)=/.exec(current) ?? []
  const whose = option ?? command.options.find((each) => each.long === long)
  if (whose === undefined) return long === undefined ? flagsOf(command, place) : nothing
  const [, name = ''] = /[<[](.*)[>\]]$/.exec(whose.flags) ?? []
  const isInside = insideTheContainer.has(`${verb} ${whose.long}`)
  return isInside ? nothing : valuesOf(whose, name)
}

/** Paths that this machine does not have. */
const insideTheContainer: ReadonlySet<string> = new Set(['exec --cwd'])

/** The long ones, but for those that stand there already and cannot be given again. */
function flagsOf(command: Command, { given }: Place): Completion {
  const once = (option: Option) => !option.required && !option.optional && given.has(option.attributeName())
  const options = command.createHelp().visibleOptions(command)
  return wordsOf(
    options
      .filter((option) => !once(option))
      .map(({ long, short, description }) => ({ value: long ?? short ?? '', description })),
  )
}

/** By its choices, or by what the definition calls it: `--pid-file <file>`. */
function valuesOf({ argChoices }: Option | Argument, name: string): Completion {
  if (argChoices !== undefined) return wordsOf(argChoices.map((value) => ({ value })))
  switch (name.replace(/\.{3}$/, '')) {
    case 'dir':
      return { kind: 'folders' }
    case 'file':
    case 'path':
      return { kind: 'files' }
    case 'signal':
      return wordsOf(Object.entries(constants.signals).map(([value, number]) => ({ value, description: `${number}` })))
    case 'capability':
      return wordsOf(capabilities.map((value) => ({ value })))
    default:
      return nothing
  }
}

const alive: readonly OciStatus[] = ['created', 'running', 'paused']

/** What a container must be for a command; for those that are not here it may be anything. */
export const fitting: Readonly<Record<string, readonly OciStatus[]>> = {
  // These give a name.
  create: [],
  run: [],
  restore: [],
  start: ['created'],
  exec: ['created', 'running'],
  kill: alive,
  stop: alive,
  pause: ['running'],
  resume: ['paused'],
  update: alive,
  checkpoint: ['running'],
  ps: alive,
  events: alive,
  delete: ['created', 'stopped'],
}

function idsOf(containers: readonly Outline[], verb: string, { operands, given }: Place): Completion {
  const statuses = given.has('force') ? undefined : fitting[verb]
  const isFitting = ({ status }: Outline) => statuses === undefined || status === null || statuses.includes(status)
  return wordsOf(
    statuses?.length === 0
      ? []
      : containers
          .filter((container) => isFitting(container) && !operands.includes(container.id))
          .map(({ id, status }) => ({ value: id, ...(status === null ? {} : { description: status }) })),
  )
}
