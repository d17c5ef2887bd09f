// stator checkpoint: a running container as files, by CRIU.

import { criuOptions } from '../criu-options.ts'
import { wholeNumber } from '../launch-options.ts'
import { notYet } from '../not-yet.ts'

export const checkpoint = notYet('checkpoint', (command) => {
  criuOptions(command.argument('<id>', 'the container'))
    .option('--parent-path <dir>', 'the image of a --pre-dump, relative to --image-path')
    .option('--leave-running', 'the container goes on')
    .option('--tcp-skip-in-flight', 'without TCP connections that are being made')
    .option('--link-remap', 'with files that have been unlinked')
    .option('--pre-dump', 'memory only; the container goes on')
    .option('--status-fd <fd>', 'a descriptor that gets a NUL when lazy pages are ready', wholeNumber)
    .option('--page-server <address:port>', 'where memory is sent')
})
