// What a plan depends on beside config.json, read from this machine once per process.

import { readFileSync } from 'node:fs'
import type { CgroupReceipt } from '../actors/cgroup/receipt.ts'
import { cgroupFacts } from '../actors/cgroup/facts.ts'
import { prlimit } from '../native/prlimit.ts'
import { architecture } from '../native/syscalls.ts'
import { RLIMIT_NOFILE } from '../native/uapi.ts'
import type { HostFacts } from '../plan/compile/host.ts'

let known: Omit<HostFacts, 'cgroup'> | undefined

/** The facts, for a container with these groups. */
export function hostFacts(cgroup: CgroupReceipt): HostFacts {
  known ??= {
    architecture: architecture(),
    lastCapability: Number(readOr('/proc/sys/kernel/cap_last_cap', '40')),
    openFiles: openFilesBeforeNode(),
  }
  return { ...known, cgroup: cgroupFacts(cgroup) }
}

/**
 * Node.js raises the soft limit of open files to the hard one when it starts, and does not say what it was. The parent's
 * is what this process was given, unless somebody changed it in between; without it, what login gives (1024).
 */
function openFilesBeforeNode(): HostFacts['openFiles'] {
  const { hard } = prlimit(0, RLIMIT_NOFILE)
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readOr(`/proc/${process.ppid}/limits`, '')) ?? []
  const before = soft === undefined ? 1024n : BigInt(soft)
  return { soft: before < hard ? before : hard, hard }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
