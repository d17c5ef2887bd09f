// The strategies that make nothing on the host: what the container has is decided by its namespace alone.

import type { Spec } from '../../oci/config.ts'
import type { NetworkStrategy } from './strategy.ts'

const nothing = { intend: () => null, create: () => Promise.resolve(), destroy: () => Promise.resolve() }

/** A namespace of its own with `lo` up: init brings it up itself, as a step of the plan. */
export const loopback: NetworkStrategy<null> = { name: 'loopback', ...nothing }

/** A namespace of its own, or one that is joined, left as it is. */
export const none: NetworkStrategy<null> = { name: 'none', ...nothing }

/** The host's network: no namespace. */
export const host: NetworkStrategy<null> = { name: 'host', ...nothing }

/** What config.json alone means: a new network namespace has `lo` up (config-linux.md). */
export function strategyOf(config: Spec): NetworkStrategy<null> {
  const namespace = config.linux?.namespaces?.find(({ type }) => type === 'network')
  if (namespace === undefined) return host
  return namespace.path ? none : loopback
}
