// stator restore: a container from the files of a checkpoint.

import { criuOptions } from '../criu-options.ts'
import { notYet } from '../not-yet.ts'

export const restore = notYet('restore', (command) => {
  criuOptions(command.argument('<id>', 'a name for the container, of A-Z, a-z, 0-9 and _+.-'))
    .option('-b, --bundle <dir>', 'a folder with config.json and the root file system', '.')
    .option('--console-socket <path>', 'a unix socket that is sent the master of the terminal')
    .option('-d, --detach', 'end when the program runs, and leave it')
    .option('--pid-file <file>', 'write the pid of the process, as the host numbers it, to a file')
    .option('--no-subreaper', 'leave orphans of the container to others; else this command reaps them')
    .option('--no-pivot', 'move the root over / instead of pivot_root(2)')
    .option('--lsm-profile <type:name>', 'another profile of the security module')
    .option('--lsm-mount-context <context>', 'another SELinux context of mounts')
})
