// This checkout as it is installed: the command line bundled, once for all tests of a file. From the sources it takes seconds.

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

let tree: string | undefined

/** The path of bin/stator. */
export function builtLauncher(): string {
  if (tree === undefined) {
    const repository = fileURLToPath(new URL('../', import.meta.url))
    const folder = mkdtempSync(join(tmpdir(), 'built-'))
    // Other users call it, too.
    chmodSync(folder, 0o755)
    // No hook of a test: the one that comes first would take it away from the others.
    process.once('exit', () => rmSync(folder, { recursive: true }))
    for (const name of ['bin', 'policies', 'package.json'])
      cpSync(join(repository, name), join(folder, name), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
    const build = [join(repository, 'scripts/build.mjs'), '--without-types', '--out', join(folder, 'dist')]
    execFileSync(process.execPath, build, { stdio: ['ignore', 'ignore', 'inherit'] })
    tree = folder
  }
  return join(tree, 'bin/stator')
}
