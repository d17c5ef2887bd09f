// The command line as it is defined, with the arguments and flags of its commands: for those who describe it and run nothing.

import type { Command } from 'commander'
import { commandLine } from './main.ts'
import { verbs } from './verb.ts'

/**
 * @param name only this command is loaded; the others have no arguments and no flags then
 */
export async function definitions(name?: string): Promise<Command> {
  const nobody = { write: () => {} }
  const { program } = commandLine({ stdout: nobody, stderr: nobody }, { onVerb() {}, run: () => Promise.resolve() })
  for (const command of program.commands) {
    if (name !== undefined && command.name() !== name) continue
    const entry = verbs.find((each) => each.name === command.name())
    const verb = await entry?.load()
    verb?.define(command)
  }
  return program
}
