// Commands whose flags are known already, so that who calls them is told what is missing and not that a flag is unknown.

import type { Command } from 'commander'
import { StatorError } from '../errors.ts'
import type { Verb } from './verb.ts'

const missing = new WeakSet<Command>()

/** Of a command that has been defined: whether it only ends with an error. */
export function isNotYet(command: Command): boolean {
  return missing.has(command)
}

export function notYet(name: string, define: (command: Command) => void): Verb {
  return {
    define(command) {
      define(command)
      missing.add(command)
      command.addHelpText('after', '\nNot available yet: it ends with an error.')
    },
    run({ args, about }) {
      about(args[0] as string)
      return Promise.reject(new StatorError('ERR_STATOR_UNSUPPORTED', `${name} is not available yet`))
    },
  }
}
