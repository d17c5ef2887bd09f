// Commands whose flags are known already, so that who calls them is told what is missing and not that a flag is unknown.

import type { Command } from 'commander'
import { StatorError } from '../errors.ts'
import type { Verb } from './verb.ts'

export function notYet(name: string, define: (command: Command) => void): Verb {
  return {
    define(command) {
      define(command)
      command.addHelpText('after', '\nNot available yet: it ends with an error.')
    },
    run({ args, about }) {
      about(String(args[0] ?? ''))
      return Promise.reject(new StatorError('ERR_STATOR_UNSUPPORTED', `${name} is not available yet`))
    },
  }
}
