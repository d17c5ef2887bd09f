// What a config asks of control groups, worked out once for each: many containers are made from one.

import type { Linux } from '../../oci/config.ts'
import { type DeviceLine, deviceLines, deviceRules, type Rule } from './devices.ts'
import { type Limit, limits } from './limits.ts'

export interface Demands {
  readonly limits: readonly Limit[]
  readonly rules: readonly Rule[]
  /**
   * The rules as version 1 takes them.
   *
   * @throws {StatorError} ERR_STATOR_CONFIG: they cannot be said in it
   */
  readonly lines: readonly DeviceLine[]
}

const known = new WeakMap<Linux, Demands>()
const nothing: Linux = {}

/** @throws {StatorError} ERR_STATOR_CONFIG: a value without meaning */
export function demandsOf(linux: Linux = nothing): Demands {
  let demands = known.get(linux)
  if (demands === undefined) {
    const rules = deviceRules(linux)
    let lines: readonly DeviceLine[] | undefined
    demands = {
      limits: limits(linux.resources),
      rules,
      get lines() {
        return (lines ??= deviceLines(rules))
      },
    }
    known.set(linux, demands)
  }
  return demands
}
