// The command line as it is defined, with the arguments and flags of its commands: for those who describe it and run nothing.

import type { Command } from 'commander'
import { commandLine } from './main.ts'
import { verbs, type VerbEntry, type VerbGroup } from './verb.ts'

/**
 * @param name only this command is loaded; the others have no arguments and no flags then
 */
export async function definitions(name?: string): Promise<Command> {
  const nobody = { write: () => {} }
  const { program } = commandLine({ stdout: nobody, stderr: nobody }, { onVerb() {}, run: () => Promise.resolve() })
  for (const command of program.commands) {
    if (name !== undefined && command.name() !== name) continue
    await define(command, verbs)
  }
  return program
}

async function define(command: Command, list: readonly (VerbEntry | VerbGroup)[]): Promise<void> {
  const entry = list.find((each) => each.name === command.name())
  if (entry === undefined) return
  if (!('verbs' in entry)) return (await entry.load()).define(command)
  for (const each of command.commands) await define(each, entry.verbs)
}
