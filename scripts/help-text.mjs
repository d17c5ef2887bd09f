// The command line's own definitions as text, for the pages that are made of them: scripts/generate-cli-reference.mjs and
// scripts/generate-man.mjs.

import { definitions } from '../src/cli/definitions.ts'

/** The program, and the commands that are for people, in the order in which help lists them; those of a group in its place. */
export async function commandLine() {
  const program = await definitions()
  const visible = program.createHelp().visibleCommands(program)
  return {
    program,
    commands: visible.flatMap((command) => (command.commands.length > 0 ? command.commands : [command])),
  }
}

/** `seccomp explain`: with the group it is in. */
export function nameOf(command) {
  const group = command.parent
  return group?.parent ? `${group.name()} ${command.name()}` : command.name()
}

/** What it means, what it may be, what it is unless told. */
export function described({ description, argChoices, defaultValue }, note, code = (text) => text) {
  const notes = [
    ...(note === undefined ? [] : [note]),
    ...(argChoices === undefined ? [] : [argChoices.map(code).join(', ')]),
    ...(defaultValue === undefined ? [] : [`default ${code(String(defaultValue))}`]),
  ]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}

/** What help says below the lists: paragraphs of one line, and what is indented as it is. */
export function blocksAfter(command) {
  let text = ''
  command.emit('afterHelp', { error: false, command, write: (part) => (text += part) })
  return text
    .replace(/^\n+|\s+$/g, '')
    .split(/\n{2,}/)
    .filter((block) => block !== '')
    .map((block) =>
      block.startsWith('  ')
        ? { literal: true, text: block.replace(/^ {2}/gm, '') }
        : { literal: false, text: block.trim().replace(/\s*\n\s*/g, ' ') },
    )
}

export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** What a command ends with, besides 0 for what is done and 1 for what failed. */
export const exitCodes = [
  { of: ['doctor'], code: '1', meaning: 'containers cannot run here' },
  { of: ['run', 'exec'], code: 'any', meaning: "without --detach, the program's own" },
  {
    of: ['run', 'exec'],
    code: '128 and more',
    meaning: 'the program was ended by the signal with the number above 128',
  },
]
