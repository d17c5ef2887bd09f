// stator complete: what may stand where the cursor is, for the scripts of `stator completion`. Its first line says what kind
// of thing that is (words, files, folders), then comes a word a line, with a description after a tab.

import { homedir } from 'node:os'
import type { Command } from 'commander'
import { complete as completionOf, type Completion } from '../completing.ts'
import { definitions } from '../definitions.ts'
import { defaultRoot } from '../../runtime/default-root.ts'
import { outline } from '../../runtime/outline.ts'
import { shells } from '../completion-scripts.ts'
import type { Verb } from '../verb.ts'
import { Argument } from 'commander'

export const complete: Verb = {
  define(command: Command) {
    command
      .addArgument(new Argument('<shell>', 'who asks').choices(shells))
      .argument('[words...]', 'what is typed after the name of the program, up to the cursor')
      .passThroughOptions()
  },
  async run({ args, print }) {
    const [shell, given] = args as [string, readonly string[]]
    const typed = given[0] === '--' ? given.slice(1) : given
    // Bash hands words over as they are typed.
    const words = shell === 'bash' ? typed.map(unquoted) : typed
    const program = await definitions('')
    const found = await completionOf(program, words, {
      define: async (name) => (await definitions(name)).commands.find((command) => command.name() === name)!,
      containers: (root) => outline(root === undefined ? defaultRoot() : root.replace(/^~(?=\/|$)/, homedir())),
    })
    print(asLines(found))
    return 0
  },
}

function asLines(found: Completion): string {
  const words = found.kind === 'words' ? found.words : []
  const lines = words.map(({ value, description = '' }) => `${value}\t${description.replace(/\s+/g, ' ')}`)
  return [found.kind, ...lines].map((line) => `${line}\n`).join('')
}

/** `"my dir"`, `'my dir'`, `my\ dir`, each perhaps without its end yet. Variables and the like stay as they are. */
function unquoted(word: string): string {
  const parts = word.matchAll(/'([^']*)'?|"((?:\\.|[^"\\])*)"?|\\(.?)|([^'"\\]+)/gs)
  return [...parts]
    .map(([, single, double, escaped, plain]) => {
      return single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? escaped ?? plain ?? ''
    })
    .join('')
}
