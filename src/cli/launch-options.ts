// The flags of commands that launch a process: create, run, exec.

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Launch } from '../actors/creation.ts'
import { StatorError } from '../errors.ts'
import { listenFds } from './listen-fds.ts'

export interface LaunchOptions {
  readonly consoleSocket?: string
  readonly pidfdSocket?: string
  readonly pidFile?: string
  readonly preserveFds: number
}

export interface CreateOptions extends LaunchOptions {
  readonly bundle: string
  readonly stdio: 'inherit' | 'log' | 'ignore'
  /** As commander has `--no-pivot`. */
  readonly pivot: boolean
  readonly newKeyring: boolean
  readonly policy?: string
  readonly policyAnnotations?: boolean
}

/** Of all three. */
export function launchOptions(command: Command): Command {
  return command
    .option('--console-socket <path>', 'a unix socket that is sent the master of the terminal')
    .option('--pidfd-socket <path>', 'a unix socket that is sent a pidfd of the process')
    .option('--pid-file <file>', 'write the pid of the process, as the host numbers it, to a file')
    .addOption(
      new Option('--preserve-fds <n>', 'descriptors from 3 on that the program gets, besides those of $LISTEN_FDS')
        .argParser(wholeNumber)
        .default(0),
    )
}

/** Of those that make a container. */
export function createOptions(command: Command): Command {
  command.option('-b, --bundle <dir>', 'a folder with config.json and the root file system', '.')
  return launchOptions(command)
    .addOption(
      new Option('--stdio <where>', "the program's streams: this process's own, kept for `stator logs`, or none")
        .choices(['inherit', 'log', 'ignore'])
        .default('inherit'),
    )
    .option(
      '--no-pivot',
      'move the root over / instead of pivot_root(2), for a root file system on a ramdisk: the root of the host stays below it, and a program with CAP_SYS_ADMIN can come there',
    )
    .option('--no-new-keyring', "leave the caller's session keyring to the program")
    .addOption(policyOption())
    .addOption(policyAnnotationsOption())
}

/** Also of plan. */
export function policyAnnotationsOption(): Option {
  const words = 'let annotations of config.json loosen the seccomp policy, and not only tighten it'
  return new Option('--policy-annotations', words)
}

/** Also of plan. */
export function policyOption(): Option {
  return new Option(
    '--policy <name>',
    'a seccomp policy in place of linux.seccomp: default, strict, build or audit, or the path of a file, with a / in it',
  ).argParser((text) => {
    if (text === '') throw new InvalidArgumentError('must be the name of a policy, or the path of a file.')
    return text
  })
}

/** What the flags mean for the runtime. */
export function launchOf(options: LaunchOptions & Partial<CreateOptions>, parent: Launch['parent']): Launch {
  const { consoleSocket, pidfdSocket, preserveFds, pivot, newKeyring, policyAnnotations } = options
  const preserved = preserveFds + listenFds(process.env, process.pid)
  return {
    parent,
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
    ...(pidfdSocket === undefined ? {} : { pidfdSocket }),
    ...(preserved === 0 ? {} : { preserveFds: preserved }),
    ...(pivot === false ? { pivotRoot: false } : {}),
    ...(newKeyring === false ? { newKeyring: false } : {}),
    ...(policyAnnotations === true ? { policyAnnotations } : {}),
  }
}

/**
 * Who detaches leaves nobody to sit at a terminal, and who does not sits at it himself.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG, in the words of runc
 */
export function checkConsole(terminal: boolean | undefined, detach: boolean, consoleSocket: string | undefined): void {
  if (terminal && detach && consoleSocket === undefined)
    throw new StatorError('ERR_STATOR_CONFIG', 'cannot allocate tty if detached without setting --console-socket')
  if ((!terminal || !detach) && consoleSocket !== undefined)
    throw new StatorError('ERR_STATOR_CONFIG', 'cannot use --console-socket if not detached or without a terminal')
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 0.')
  return Number(text)
}

/** `-e A=1 -e B=2` */
export function collected(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text]
}
