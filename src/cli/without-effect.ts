// Flags that are taken because callers give them, and that change nothing. Each says so in the help, and `stator features`
// lists them.

import type { Option } from 'commander'

const without = new WeakSet<Option>()

/**
 * @param why after a comma: `as containers cannot be paused yet`
 * @returns the option, whose help says so
 */
export function withoutEffect(option: Option, why: string): Option {
  without.add(option)
  option.description = `${option.description}; has no effect, ${why}`
  return option
}

export function isWithoutEffect(option: Option): boolean {
  return without.has(option)
}
