// Configurations for the tests: the least one, and a way to change a copy of it.

import type { StatorError } from '../../src/errors.ts'
import { normalizeConfig, type ParseNotes } from '../../src/oci/parse.ts'

type Json = Record<string, unknown>

/** The least configuration, with a namespace of each kind that rules ask for; the rest of `changes` replaces fields. */
export function example(changes: { process?: Json; linux?: Json } & Json = {}): Json {
  const { process = {}, linux = {}, ...others } = changes
  return {
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: { args: ['true'], cwd: '/', ...process },
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
      ...linux,
    },
    ...others,
  }
}

/** The code and message with which a configuration is refused; null if it is accepted. */
export function refusal(config: unknown, notes?: ParseNotes): string | null {
  return thrownBy(() => normalizeConfig(config, notes))
}

/** `ERR_STATOR_CONFIG process.cwd: …`; whatever else is thrown comes through. */
export function thrownBy(action: () => unknown): string | null {
  try {
    action()
    return null
  } catch (error) {
    const { name, code, message, pointer } = error as StatorError
    if (name !== 'StatorError') throw error
    if (pointer !== undefined && !message.startsWith(`${pointer}: `)) throw error
    return `${code} ${message}`
  }
}
