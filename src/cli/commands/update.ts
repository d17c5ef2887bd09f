// stator update: other limits for a container that runs.

import { notYet } from '../not-yet.ts'

const limits = [
  ['--blkio-weight <n>', 'share of block I/O, 10 to 1000'],
  ['--cpu-period <us>', 'length of a period of the quota, in microseconds'],
  ['--cpu-quota <us>', 'processor time in a period, in microseconds'],
  ['--cpu-burst <us>', 'unused quota that may be used later, in microseconds'],
  ['--cpu-share <n>', 'share of processor time'],
  ['--cpu-rt-period <us>', 'length of a period for realtime tasks, in microseconds'],
  ['--cpu-rt-runtime <us>', 'processor time of realtime tasks in a period, in microseconds'],
  ['--cpu-idle <0|1>', 'whether it runs only when nobody else would'],
  ['--cpuset-cpus <list>', 'processors: 0-2,7'],
  ['--cpuset-mems <list>', 'memory nodes'],
  ['--memory <bytes>', 'limit of memory'],
  ['--memory-reservation <bytes>', 'what it is pushed back to when memory is short'],
  ['--memory-swap <bytes>', 'limit of memory and swap together; -1 for none'],
  ['--pids-limit <n>', 'limit of processes'],
  ['--l3-cache-schema <schema>', 'Intel RDT: part of the cache'],
  ['--mem-bw-schema <schema>', 'Intel RDT: part of the bandwidth of memory'],
] as const

export const update = notYet('update', (command) => {
  command
    .argument('<id>', 'the container')
    .option('-r, --resources <file>', 'all of them from a file, as "linux.resources" of config.json; - for stdin')
  for (const [flags, what] of limits) command.option(flags, what)
})
