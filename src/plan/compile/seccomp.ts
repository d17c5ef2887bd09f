// linux.seccomp: filters, as programs that are compiled already, are loaded; and where one of them notifies, its listener is handed
// over. What a filter says is the business of src/actors/seccomp.
//
// From the load on every call of init is judged by the filter, too. So there are two points, as in runc (facts.md A.1): without
// no_new_privs loading is a privileged operation, and comes before the rights are dropped; with it, it comes last.

import { SECCOMP_SET_MODE_FILTER } from '../../native/uapi.ts'
import type { Process } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import { record } from '../layout.ts'
import { awaitGoOn, reach } from './sync.ts'

/** A program for seccomp(2). */
export interface LoadableFilter {
  /** struct sock_filter, 8 bytes each. */
  readonly program: Uint8Array
  /** SECCOMP_FILTER_FLAG_* */
  readonly flags: number
  /** It has a listener: SECCOMP_FILTER_FLAG_NEW_LISTENER is among the flags. At most one filter of a process can. */
  readonly notifies: boolean
}

const INSTRUCTION_BYTES = 8

/** Whether loading is the last that init does, as it may be done without rights. */
export function isFilteredLast({ noNewPrivileges }: Process): boolean {
  return noNewPrivileges === true
}

/** @param control the socket to the runtime */
export function loadFilters(plan: PlanBuilder, filters: readonly LoadableFilter[], control: number): void {
  plan.at('linux.seccomp', () => {
    for (const { program, flags, notifies } of filters) {
      const count = program.length / INSTRUCTION_BYTES
      // struct sock_fprog: the number of instructions, and where they are.
      const fprog = plan.words([count, plan.bytes(program, 'program')], `{${count} instructions}`)
      const listener = plan.sys('seccomp', [SECCOMP_SET_MODE_FILTER, flags, fprog], 'load the filter')
      if (!notifies) continue
      // Nobody answers before the runtime has the listener: the only call until then is one that cannot notify.
      reach(plan, control, 'filtered', listener)
      awaitGoOn(plan, control, 'filtered', plan.scratch(record.size, 'go-on'))
      plan.sys('close', [listener], 'the runtime and the keeper have it')
    }
  })
}
