// process.terminal: a pseudoterminal of the container's own devpts. Init makes it, so that its name is one of the container; the
// runtime takes the master from init (pidfd_getfd(2)) when all is ready, and nobody else in the container ever has it.

import * as uapi from '../../native/uapi.ts'
import type { Process } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import type { Compilation, Rootfs } from './compilation.ts'
import { openInRoot, openOrMake, statx } from './paths.ts'
import { moveMount } from './root.ts'

export interface Terminal {
  readonly master: Register
  readonly slave: Register
}

/**
 * Opens both ends.
 *
 * @param room for one struct statx
 * @see pty(7); ioctl_tty(2), TIOCGPTPEER (Linux 4.13): the slave without a path that the image could have put something at
 */
export function makeTerminal(plan: PlanBuilder, process: Process, root: Register, room: Address): Terminal {
  let master!: Register
  let slave!: Register
  plan.at('process.terminal', () => {
    master = openInRoot(plan, root, '/dev/pts/ptmx', 'open /dev/pts/ptmx of the container', {
      flags: uapi.O_RDWR | uapi.O_NOCTTY,
      noSymlinks: true,
    })
    const wrong = plan.label('wrong')
    const right = plan.label('right')
    const filesystem = plan.scratch(128, 'statfs')
    plan.sys('fstatfs', [master, filesystem], 'look what file system it is of')
    plan.if(plan.load(filesystem, 8, 'its type'), '!=', uapi.DEVPTS_SUPER_MAGIC, wrong, 'it must be a devpts')
    plan.sys('statx', [master, '', uapi.AT_EMPTY_PATH, uapi.STATX_BASIC_STATS, room], 'look what it is')
    plan.if(plan.load(room.plus(statx.rdevMajor), 4, 'its major number'), '!=', 5, wrong, 'it must be 5:2')
    plan.if(plan.load(room.plus(statx.rdevMinor), 4, 'its minor number'), '==', 2, right, 'it must be 5:2')
    plan.place(wrong)
    plan.fail('ENODEV', '/dev/pts/ptmx of the container is no ptmx of a devpts (mount one at /dev/pts)')
    plan.place(right)
    plan.sys('ioctl', [master, uapi.TIOCSPTLCK, plan.bytes(Buffer.alloc(4), '{0}')], 'unlock the slave')
    slave = plan.sys(
      'ioctl',
      [master, uapi.TIOCGPTPEER, uapi.O_RDWR | uapi.O_NOCTTY | uapi.O_CLOEXEC],
      'open the slave',
    )
    const { height = 0n, width = 0n } = process.consoleSize ?? {}
    if (height > 0n && width > 0n)
      plan.at('process.consoleSize', () => resize(plan, master, Number(height), Number(width)))
  })
  return { master, slave }
}

/** struct winsize: rows, columns, and two that nobody uses. */
function resize(plan: PlanBuilder, master: Register, rows: number, columns: number): void {
  const size = plan.bytes(Buffer.from(new Uint16Array([rows, columns, 0, 0]).buffer), `{${rows}, ${columns}}`)
  plan.sys('ioctl', [master, uapi.TIOCSWINSZ, size], `a window of ${columns} columns and ${rows} rows`)
}

/** The specification's /dev/console (config.md, "process.terminal"): the slave, bound on a file. */
export function bindConsole({ plan }: Compilation, { root }: Rootfs, { slave }: Terminal): void {
  plan.at('process.terminal', () => {
    const flags = uapi.OPEN_TREE_CLONE | uapi.OPEN_TREE_CLOEXEC | uapi.AT_EMPTY_PATH
    const console = plan.sys('open_tree', [slave, '', flags], 'a mount of the slave')
    const isFile = plan.set(uapi.S_IFCHR, 'a device is bound on a file')
    const target = openOrMake(plan, root, '/dev/console', { mode: isFile }, 'open /dev/console', { noSymlinks: true })
    moveMount(plan, console, target, 'terminal at /dev/console')
    plan.close(console, target)
  })
}

/** The session that this process leads gets it as its controlling terminal, and the program as its standard streams. */
export function becomeItsSession(plan: PlanBuilder, { slave }: Terminal): void {
  plan.at('process.terminal', () => {
    plan.sys('ioctl', [slave, uapi.TIOCSCTTY, 0], 'the controlling terminal of the session')
    for (const stream of [0, 1, 2]) plan.sys('dup3', [slave, stream, 0], `stream ${stream} is the terminal`)
    plan.close(slave)
  })
}
