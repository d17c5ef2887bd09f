// argv to command, and the only end of the process: the launcher ends with what `main` returns.

import { Command, CommanderError, Option } from 'commander'
import { StatorError } from '../errors.ts'
import { ignoring } from '../native/errno.ts'
import { ociVersion } from '../oci/state.ts'
import { globalFlags, type GlobalFlags } from './flags.ts'
import { Log } from './log.ts'
import { errorFields, errorLine, errorStack } from './report.ts'
import { verbs, type Verb, type VerbEntry, type VerbGroup } from './verb.ts'
import { packageVersion } from './version.ts'
import { withoutEffect } from './without-effect.ts'

export { verbs }

/** Where the text goes. */
export interface Output {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/**
 * One call of the command line.
 *
 * @param argv without the interpreter and the program
 * @returns the exit code: 0, 1 for what failed (255 for `exec`, 2 for `seccomp diff`), a program's own from `run` and `exec`
 */
export async function main(argv: readonly string[], output?: Output): Promise<number> {
  return output === undefined ? await run(argv, ownOutput(), takeWarnings) : await run(argv, output, () => {})
}

async function run(argv: readonly string[], output: Output, begin: (log: Log) => void): Promise<number> {
  const print = (text: string) => void output.stdout.write(text)
  const stderr = (text: string) => void output.stderr.write(text)
  let code = 0
  let failureCode = 1
  let asked = ''
  const { program, flags } = commandLine(output, {
    onVerb: (name) => void (asked = name),
    onDefined: ({ usageCode = 1 }) => void (failureCode = usageCode),
    async run(verb, command) {
      failureCode = verb.failureCode ?? 1
      const name = nameOf(command)
      const about = (subject: string) => void (asked = `${name} ${subject}`.trimEnd())
      const globals = flags()
      const log = new Log(globals, stderr)
      log.open()
      begin(log)
      code = await verb.run({
        argv,
        args: command.processedArgs,
        options: command.opts(),
        globals,
        log,
        print,
        printError: stderr,
        about,
      })
    },
  })
  try {
    await program.parseAsync(helpFlag(argv), { from: 'user' })
  } catch (thrown) {
    // Help and the version are ends too, and their text is out.
    if (thrown instanceof CommanderError && !isUsageError(thrown)) return thrown.exitCode
    report(thrown instanceof CommanderError ? usageError(thrown) : thrown, asked, flags(), stderr)
    return failureCode
  }
  return code
}

let watched = false

/** Node makes a stream of a descriptor when it is asked for: many a command prints nothing. */
function ownOutput(): Output {
  const stdout = (text: string) => {
    // Who closes stdout early (`stator plan | head`) has seen what they wanted.
    if (!watched) process.stdout.on('error', ignoring('EPIPE'))
    watched = true
    return process.stdout.write(text)
  }
  return { stdout: { write: stdout }, stderr: { write: (text) => process.stderr.write(text) } }
}

/**
 * What Node.js would print in its own words: what could be done and not be stored, as a disk is full, is a warning like others. The
 * rest is about this program, and of no use to who calls it.
 */
function takeWarnings(log: Log): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    if (name === 'StatorWarning') log.warn(message)
    else log.debug(`${name}: ${message}`)
  })
}

/** What becomes of a command line. */
export interface Reader {
  /** A verb was asked for, `plan` or `seccomp explain`; it is about to be loaded, and may ask for help only. */
  onVerb(name: string): void
  /** It has been loaded; whether it can be run is not known yet. */
  onDefined?(verb: Verb): void
  /** It is to be run, with its command as commander has parsed it. */
  run(verb: Verb, command: Command): Promise<void>
}

/** The whole command line, as commander knows it. A verb's arguments and options are added when it is asked for. */
export function commandLine(
  { stdout, stderr }: Output,
  reader: Reader,
): { program: Command; flags: () => GlobalFlags } {
  const program = new Command('stator')
    .description('a container runtime: every container is a state machine, every state change an event')
    .version(version(), '-v, --version', 'print the versions')
    // What follows the command belongs to it, and what follows the container's id to the container.
    .enablePositionalOptions()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // report() says it.
      outputError: () => {},
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .showSuggestionAfterError()
    .usage('[flags] <command>')
  for (const { flags, description, choices, default: usual, hidden = false, withoutEffect: why } of globalFlags) {
    const option = new Option(flags, description).default(usual).hideHelp(hidden)
    if (why !== undefined) withoutEffect(option, why)
    program.addOption(choices === undefined ? option : option.choices([...choices]))
  }
  const loaded = new Map<Command, Verb>()
  const add = (parent: Command, list: readonly (VerbEntry | VerbGroup)[]) => {
    const entries = new Map<Command, VerbEntry>()
    for (const entry of list) {
      const command = parent.command(entry.name, { hidden: entry.hidden ?? false }).description(entry.summary)
      if ('verbs' in entry) {
        add(command.helpCommand(false).usage('<command>'), entry.verbs)
        continue
      }
      command.action(async () => reader.run(loaded.get(command)!, command))
      entries.set(command, entry)
    }
    parent.hook('preSubcommand', async (_parent, command) => {
      const entry = entries.get(command)
      if (entry === undefined || loaded.has(command)) return
      reader.onVerb(nameOf(command))
      const verb = await entry.load()
      verb.define(command)
      loaded.set(command, verb)
      reader.onDefined?.(verb)
    })
  }
  add(program, verbs)
  program.addHelpText('after', '\nstator <command> --help says more about one of them.')
  return { program, flags: () => program.opts<GlobalFlags>() }
}

/** With the group it is in: `seccomp explain`. */
function nameOf(command: Command): string {
  const group = command.parent
  return group?.parent ? `${group.name()} ${command.name()}` : command.name()
}

/** `help plan` is `plan --help`. */
function helpFlag(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv]
}

function isUsageError({ code }: CommanderError): boolean {
  return !['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(code)
}

/** Commander's `error: unknown option '--jsn'\n(Did you mean --json?)` */
function usageError({ message }: CommanderError): StatorError {
  const words = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/\s*\n\s*/g, ' ')
  return new StatorError('ERR_STATOR_CONFIG', words)
}

function report(thrown: unknown, asked: string, flags: GlobalFlags, stderr: (text: string) => void): void {
  const line = asked === '' && thrown instanceof StatorError ? thrown.message : errorLine(thrown, asked || 'stator')
  try {
    new Log(flags, stderr).error(line, errorFields(thrown))
  } catch (error) {
    // The log itself cannot be written; what failed first is what counts.
    const ofLog = error instanceof Error ? error.message : String(error)
    stderr(`stator: ${line}\n${line.endsWith(ofLog) ? '' : `stator: ${ofLog}\n`}`)
  }
  if (flags.debug === true) stderr(`${errorStack(thrown)}\n`)
}

/** The first line as other runtimes print it: engines look for `version` and `spec`. */
function version(): string {
  return `stator version ${packageVersion()}\nspec: ${ociVersion}\nnode: ${process.version}`
}
