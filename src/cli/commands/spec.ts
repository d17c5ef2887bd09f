// stator spec: a config.json to begin with, or a whole bundle of this machine's own userland.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { StatorError } from '../../errors.ts'
import { defineConfig } from '../../oci/default-config.ts'
import { defineRootlessConfig } from '../../oci/rootless-config.ts'
import { stringifyConfig } from '../../oci/stringify.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly bundle: string
  readonly host?: boolean
  readonly rootless?: boolean
}

export const spec: Verb = {
  define(command: Command) {
    command
      .argument('[args...]', 'the program and its arguments; sh unless told')
      .option('-b, --bundle <dir>', 'where to write; the folder is made if it is not there', '.')
      .option('--host', "a bundle of this machine's own userland, bound read-only")
      .addOption(new Option('--rootless', 'for a user without rights: one who is root in it alone').conflicts('host'))
      .passThroughOptions()
      .addHelpText(
        'after',
        `
A config.json that is there already stays as it is, and is an error. Without --host the root file system is yours to put
beside it, as "rootfs".

With --rootless there is a user namespace in which root is who calls this and others do not exist, the network is the
host's, and nothing is limited. Containers of others than root are not available yet; root can run it.`,
      )
  },
  async run({ args: [given], options, about }) {
    const { bundle, host, rootless } = options as unknown as Options
    about(bundle)
    const folder = resolve(bundle)
    const words = given as readonly string[]
    const args = words.length === 0 ? ['sh'] : words
    if (host === true) {
      const { hostBundle } = await import('../../runtime/host-bundle.ts')
      await hostBundle({ args, folder })
      return 0
    }
    const caller = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
    const config = rootless === true ? defineRootlessConfig({ args }, caller) : defineConfig({ args })
    writeConfig(join(folder, 'config.json'), stringifyConfig(config, 2))
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
