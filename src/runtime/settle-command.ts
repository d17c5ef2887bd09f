// What a keeper becomes when its container has ended and nobody is attached, as a command. What that does is settle.ts.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The launcher, from the sources or from the bundle. Without one an end that nobody sees is settled by the next open. */
export function settleCommand(): readonly string[] {
  const launcher = ['../../bin/stator', '../bin/stator']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  return launcher === undefined ? [] : [process.execPath, launcher]
}

/**
 * The same for one root.
 *
 * @param root absolute
 */
export function settleCommandOf(root: string, command: readonly string[] = settleCommand()): readonly string[] {
  return command.length === 0 ? [] : [...command, '--root', root, 'settle']
}
