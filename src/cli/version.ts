// The version of this package.

import { existsSync, readFileSync } from 'node:fs'

export function packageVersion(): string {
  // Beside dist/ in a package, above src/ in a checkout.
  const file = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url))
  const { version } = JSON.parse(file === undefined ? '{}' : readFileSync(file, 'utf8')) as { version?: string }
  return version ?? 'unknown'
}
