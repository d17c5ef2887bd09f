// stator exec: a further process in a container that runs.

import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { StatorError } from '../../errors.ts'
import type { ProcessInput, User } from '../../oci/config.ts'
import { parseProcess } from '../../oci/parse.ts'
import type { Container } from '../../runtime/container.ts'
import type { ExecOptions } from '../../runtime/exec-session.ts'
import { exitCodeOf } from '../exit-code.ts'
import { checkConsole, collected, launchOf, type LaunchOptions, launchOptions, wholeNumber } from '../launch-options.ts'
import { listenEnv } from '../listen-fds.ts'
import type { Log } from '../log.ts'
import { open, refuseUser, settleRest } from '../open.ts'
import { writePidFile } from '../pid-file.ts'
import { Signals } from '../signals.ts'
import { becomeSubreaper } from '../subreaper.ts'
import type { Verb } from '../verb.ts'
import { withoutEffect } from '../without-effect.ts'

interface Options extends LaunchOptions {
  readonly process?: string
  readonly tty?: boolean
  readonly detach?: boolean
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly user?: Pick<User, 'uid' | 'gid'>
  readonly additionalGids?: readonly number[]
  readonly cap?: readonly string[]
  readonly newPrivs?: boolean
  readonly noNewPrivs?: boolean
  readonly apparmor?: string
  readonly processLabel?: string
  readonly cgroup?: readonly string[]
  readonly ignorePaused?: boolean
  readonly subreaper: boolean
}

export const exec: Verb = {
  // As runc has it: a program's own 1 is told from it.
  failureCode: 255,
  define(command: Command) {
    command
      .argument('<id>', 'the container')
      .argument('[args...]', 'the program and its arguments; not with --process')
      .option('-p, --process <file>', 'a process.json: the whole process, as "process" of config.json')
      .option('-t, --tty', 'a terminal of its own')
      .option('-d, --detach', 'end when the program runs, and leave it')
      .option('--cwd <dir>', 'its working folder')
      .option('-e, --env <NAME=value>', 'added to its environment; may be given again', collected)
      .addOption(new Option('-u, --user <uid[:gid]>', 'who it is').argParser(userOf))
      .addOption(
        new Option('-g, --additional-gids <gid>', 'a further group; may be given again').argParser(
          (text, previous: readonly number[] | undefined) => [...(previous ?? []), ...text.split(',').map(wholeNumber)],
        ),
      )
      .option('-c, --cap <capability>', 'a capability that it has besides; may be given again', collected)
      .addOption(new Option('--no-new-privs', 'it gets no privileges by what it executes'))
      .option('--apparmor <profile>', 'the AppArmor profile')
      .option('--process-label <label>', 'the SELinux label')
      .option('--cgroup <[controller,…:]path>', "a group below the container's own; may be given again", collected)
      .addOption(
        withoutEffect(
          new Option('--ignore-paused', 'also in a container that is paused'),
          'as containers cannot be paused yet',
        ),
      )
    launchOptions(command)
      .option('--no-subreaper', 'leave orphans to others; else this command reaps them')
      .passThroughOptions()
      .addHelpText(
        'after',
        `
Without --detach the exit code is the program's, 128 and the signal's number if a signal has ended it, or 255 if it could not be
started. The process is that of config.json with what the flags change.`,
      )
  },
  async run(invocation) {
    const { log, about } = invocation
    const options = invocation.options as unknown as Options
    const [id, words] = invocation.args as [string, readonly string[]]
    about(id)
    refuseUser()
    const args = words[0] === '--' ? words.slice(1) : words
    if (args.length === 0 && options.process === undefined)
      throw new StatorError('ERR_STATOR_CONFIG', 'process args cannot be empty (give a program, or --process FILE)')
    const detach = options.detach === true
    using reaping = !detach && options.subreaper ? becomeSubreaper() : null
    const runtime = await open(invocation, { attach: !detach })
    try {
      using signals = new Signals()
      try {
        const container = await runtime.get(id)
        const asked = execOptions(container, options, args, log)
        const terminal = options.tty ?? asked.process.terminal ?? false
        checkConsole(terminal, detach, options.consoleSocket)
        // It may look at once: the size that is set when somebody sits there comes later.
        const sit = terminal && !detach ? await import('../sit.ts') : null
        const size = sit?.demandTerminal() ?? null
        const { beforeStart: signal } = signals
        const session = await container.exec({
          ...asked,
          ...(terminal ? {} : { stdio: 'inherit' }),
          ...(size === null
            ? {}
            : { process: { ...asked.process, consoleSize: { height: size.rows, width: size.columns } } }),
          signal,
        })
        try {
          if (options.pidFile !== undefined) writePidFile(options.pidFile, session.pid ?? 0)
        } catch (error) {
          await session[Symbol.asyncDispose]()
          throw error
        }
        if (detach) return 0
        reaping?.spare(session.pid)
        signals.passTo(session)
        // In the same turn as the process was launched in: it may end at once, and its terminal with it.
        using sitting = sit?.sitAt(session) ?? null
        const exit = await session.wait()
        sitting?.finish()
        await sitting?.ended
        return exitCodeOf(exit)
      } catch (error) {
        if (signals.exitCode === null) throw error
        return signals.exitCode
      }
    } finally {
      await runtime.close()
      if (!detach) await settleRest(runtime.root, log)
    }
  },
}

/** What the flags mean for the library. */
function execOptions(
  container: Container,
  options: Options,
  args: readonly string[],
  log: Log,
): ExecOptions & { readonly process: ProcessInput } {
  const { cwd, env = [], cap, tty, newPrivs, apparmor, processLabel, cgroup } = options
  const base: ProcessInput = options.process === undefined ? ofContainer(container) : read(options.process, log)
  const process: ProcessInput = {
    ...base,
    user: userWith(base.user ?? {}, options),
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(processLabel === undefined ? {} : { selinuxLabel: processLabel }),
  }
  return {
    process,
    ...(args.length === 0 ? {} : { args }),
    env: [...env, ...listenEnv(globalThis.process.env, globalThis.process.pid)],
    ...(cwd === undefined ? {} : { cwd }),
    ...(cap === undefined ? {} : { capabilities: cap }),
    ...(newPrivs === false ? { noNewPrivileges: true } : {}),
    ...(tty === undefined ? {} : { tty }),
    ...(cgroup === undefined ? {} : { cgroup: groupsOf(cgroup) }),
    launch: launchOf(options, options.detach === true ? 'caller' : 'keeper'),
  }
}

function ofContainer({ config: { process } }: Container): ProcessInput {
  const { terminal, consoleSize, ...own } = process
  return own
}

function read(path: string, log: Log): ProcessInput {
  try {
    return parseProcess(readFileSync(path, 'utf8'), log.notes)
  } catch (error) {
    if (error instanceof StatorError) throw error
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    throw new StatorError('ERR_STATOR_CONFIG', `read "${path}": ${code}`, { path, errno: code }, { cause: error })
  }
}

/** As runc: a uid alone leaves the group, and further groups come to those that there are. */
function userWith(user: User, { user: asked, additionalGids }: Options): User {
  return {
    ...user,
    ...asked,
    ...(additionalGids === undefined ? {} : { additionalGids: [...(user.additionalGids ?? []), ...additionalGids] }),
  }
}

function userOf(text: string): Pick<User, 'uid' | 'gid'> {
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? []
  if (uid === undefined) throw new InvalidArgumentError('must be UID or UID:GID, in numbers.')
  return { uid: Number(uid), ...(gid === undefined ? {} : { gid: Number(gid) }) }
}

/** `cpu,memory:web` is for two controllers, `web` for all. */
function groupsOf(asked: readonly string[]): Record<string, string> {
  const groups: Record<string, string> = {}
  for (const text of asked) {
    const [, controllers = '', path = text] = /^([^:/]*):(.*)$/.exec(text) ?? []
    for (const controller of controllers.split(',')) {
      if (groups[controller] !== undefined)
        throw new StatorError('ERR_STATOR_CONFIG', `--cgroup ${text}: ${controller || 'a path for all'} is given twice`)
      groups[controller] = path
    }
  }
  return groups
}
