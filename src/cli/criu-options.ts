// The flags that checkpoint and restore share.

import { type Command, Option } from 'commander'
import { collected } from './launch-options.ts'

export function criuOptions(command: Command): Command {
  return command
    .option('--image-path <dir>', 'the folder of the image files', 'checkpoint')
    .option('--work-path <dir>', "the folder of CRIU's own files and logs")
    .option('--tcp-established', 'with open TCP connections')
    .option('--ext-unix-sk', 'with unix sockets whose other end is outside')
    .option('--shell-job', 'with a terminal that is not its own')
    .option('--file-locks', 'with file locks')
    .option('--lazy-pages', 'memory is brought when it is used (userfaultfd)')
    .option('--auto-dedup', 'memory images without what a later one has')
    .option('--empty-ns <type>', 'a namespace that is made and left empty; may be given again', collected)
    .addOption(
      new Option('--manage-cgroups-mode <mode>', 'how groups are restored').choices([
        'soft',
        'full',
        'strict',
        'ignore',
      ]),
    )
}
