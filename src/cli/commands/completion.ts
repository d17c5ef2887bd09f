// stator completion: a script that completes command lines in a shell.

import { Argument, type Command } from 'commander'
import { completionScripts, shells } from '../completion-scripts.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = {
  define(command: Command) {
    command.addArgument(new Argument('<shell>', 'whose').choices(shells)).addHelpText(
      'after',
      `
For this shell only:

  bash    source <(stator completion bash)
  zsh     source <(stator completion zsh)         after compinit
  fish    stator completion fish | source

For every shell that is started, as a file:

  bash    stator completion bash > /usr/share/bash-completion/completions/stator
  zsh     stator completion zsh > /usr/local/share/zsh/site-functions/_stator
  fish    stator completion fish > /etc/fish/completions/stator.fish

The script asks "stator" itself for what may stand where the cursor is, so it need not be printed again for a newer one.
Containers are those of the root that is typed before (--root), and in a status that fits the command.`,
    )
  },
  run({ args, print }) {
    print(completionScripts[args[0] as keyof typeof completionScripts])
    return Promise.resolve(0)
  },
}
