// stator spec: a config.json to begin with, or a whole bundle of this machine's own userland.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { StatorError } from '../../errors.ts'
import { defineConfig } from '../../oci/default-config.ts'
import { stringifyConfig } from '../../oci/stringify.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly bundle: string
  readonly host?: boolean
}

export const spec: Verb = {
  define(command: Command) {
    command
      .argument('[args...]', 'the program and its arguments; sh unless told')
      .option('-b, --bundle <dir>', 'where to write; the folder is made if it is not there', '.')
      .option('--host', "a bundle of this machine's own userland, bound read-only")
      .passThroughOptions()
      .addHelpText(
        'after',
        `
A config.json that is there already stays as it is, and is an error. Without --host the root file system is yours to put
beside it, as "rootfs".`,
      )
  },
  async run({ args: [given], options, about }) {
    const { bundle, host } = options as unknown as Options
    about(bundle)
    const folder = resolve(bundle)
    const words = given as readonly string[]
    const args = words.length === 0 ? ['sh'] : words
    if (host === true) {
      const { hostBundle } = await import('../../runtime/host-bundle.ts')
      await hostBundle({ args, folder })
    } else writeConfig(join(folder, 'config.json'), stringifyConfig(defineConfig({ args }), 2))
    return 0
  },
}

function writeConfig(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${text}\n`, { flag: 'wx' })
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    const hint = code === 'EEXIST' ? ' (remove it first, or write elsewhere with --bundle)' : ''
    const place = { path, errno: code }
    throw new StatorError('ERR_STATOR_CONFIG', `write "${path}": ${code}${hint}`, place, { cause: error })
  }
}
