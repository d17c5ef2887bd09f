// Where the stub's binary is: in a checkout build/, in an installed package beside the bundle.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type StubArchitecture = 'x86_64' | 'aarch64'

/** The file that build.ts writes, in this checkout. */
export function stubFile(architecture: StubArchitecture): string {
  return fileURLToPath(new URL(`../../../build/stator-init-${architecture}`, import.meta.url))
}

/** The stub to run: beside the bundled library when there is one, else the checkout's. */
export function installedStub(architecture: StubArchitecture): string {
  const packaged = fileURLToPath(new URL(`./stator-init-${architecture}`, import.meta.url))
  return existsSync(packaged) ? packaged : stubFile(architecture)
}
