// What a plan depends on beside config.json, read from this machine once per process.

import { existsSync, readFileSync } from 'node:fs'
import type { CgroupReceipt } from '../actors/cgroup/receipt.ts'
import { cgroupFacts } from '../actors/cgroup/facts.ts'
import { prlimit } from '../native/prlimit.ts'
import { architecture } from '../native/syscalls.ts'
import { RLIM_INFINITY, RLIMIT_NOFILE } from '../native/uapi.ts'
import type { HostFacts } from '../plan/compile/host.ts'

let known: Omit<HostFacts, 'cgroup'> | undefined

/** The facts, for a container with these groups. */
export function hostFacts(cgroup: CgroupReceipt): HostFacts {
  known ??= {
    architecture: architecture(),
    lastCapability: Number(readOr('/proc/sys/kernel/cap_last_cap', '40')),
    hasKcore: existsSync('/proc/kcore'),
    openFiles: openFilesBeforeNode(),
  }
  return { ...known, cgroup: cgroupFacts(cgroup) }
}

/**
 * Node.js raises the soft limit of open files to the hard one when it starts, and does not say what it was. The parent's
 * is what this process was given, unless somebody changed it in between; without it, what login gives (1024).
 */
function openFilesBeforeNode(): HostFacts['openFiles'] {
  const hard = openFilesOf('self')?.hard ?? prlimit(0, RLIMIT_NOFILE).hard
  const before = openFilesOf(process.ppid)?.soft ?? 1024n
  return { soft: before < hard ? before : hard, hard }
}

/**
 * Of a process, by its file and not by prlimit(2): `stator plan` calls nothing of C, and need not load what can.
 *
 * @see proc_pid_limits(5)
 */
function openFilesOf(pid: number | 'self'): { readonly soft: bigint; readonly hard: bigint } | undefined {
  const [, soft, hard] = /^Max open files +(\w+) +(\w+)/m.exec(readOr(`/proc/${pid}/limits`, '')) ?? []
  if (soft === undefined || hard === undefined) return undefined
  const limit = (text: string) => (text === 'unlimited' ? RLIM_INFINITY : BigInt(text))
  return { soft: limit(soft), hard: limit(hard) }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
