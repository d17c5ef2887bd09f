// A profile learned from a run: which calls were made, and of three of them with what. Everything is allowed meanwhile, and
// notified of.

import { resolveNumber } from '../../native/libseccomp.ts'
import { architecture } from '../../native/syscalls.ts'
import type { Seccomp, SeccompArchitecture, SeccompArgument, SeccompRule } from '../../oci/config.ts'
import { architectureOf, X32_SYSCALL_BIT } from './architectures.ts'
import { compileFilter, type Filter } from './filter.ts'
import type { SeccompNotification } from './notification.ts'

/** Calls that are many in one, by the argument that says which: its index, and how much of it the kernel reads. */
const told: Readonly<Record<string, { readonly index: number; readonly bits: 32 | 64 }>> = {
  clone: { index: 0, bits: 64 },
  ioctl: { index: 1, bits: 32 },
  socket: { index: 0, bits: 32 },
}

/**
 * What a run needs without being seen to: write(2) cannot be notified of before somebody listens, restart_syscall(2) is made by
 * the kernel after a stop, rt_sigreturn(2) at the end of a handler that a recorded run may not have come to.
 */
const always = ['write', 'restart_syscall', 'rt_sigreturn', 'exit_group']

/** As notifications call them. */
const ofMachine: Readonly<Record<string, SeccompArchitecture>> = {
  x86_64: 'SCMP_ARCH_X86_64',
  i386: 'SCMP_ARCH_X86',
  aarch64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
}

/** What else the processes of this machine may be. */
const others: Readonly<Record<string, readonly SeccompArchitecture[]>> = {
  x86_64: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  aarch64: ['SCMP_ARCH_ARM'],
}

/**
 * Notifies of everything but writing to these descriptors, by which init says that there is a listener.
 *
 * @param unheard numbers of init's control socket
 */
export function recordingFilter(unheard: readonly number[]): Filter {
  const syscalls = unheard.map((number): SeccompRule => {
    return {
      names: ['write'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: BigInt(number), op: 'SCMP_CMP_EQ' }],
    }
  })
  const profile: Seccomp = {
    defaultAction: 'SCMP_ACT_NOTIFY',
    architectures: others[architecture()] ?? [],
    syscalls,
  }
  return compileFilter(profile, { recording: true })!
}

/** A call, as a notification has it. */
export type RecordedCall = Pick<SeccompNotification, 'architecture' | 'number' | 'args'>

export class Recording {
  /** By name: the values of the argument that says which; empty where there is none. */
  readonly #calls = new Map<string, Set<bigint>>()
  readonly #architectures = new Set<SeccompArchitecture>()
  readonly #nameless = new Set<number>()

  /** How many different calls have been seen. */
  get size(): number {
    return this.#calls.size
  }

  /** Numbers that this machine's libseccomp has no name for: no profile can name them. */
  get nameless(): readonly number[] {
    return [...this.#nameless]
  }

  note({ architecture: machine, number, args }: RecordedCall): void {
    const isX32 = machine === 'x86_64' && (number & X32_SYSCALL_BIT) !== 0
    const architecture = isX32 ? 'SCMP_ARCH_X32' : ofMachine[machine]
    if (architecture === undefined) return
    this.#architectures.add(architecture)
    const name = resolveNumber(architectureOf(architecture).token, number)
    if (name === null) {
      this.#nameless.add(number)
      return
    }
    let values = this.#calls.get(name)
    if (values === undefined) this.#calls.set(name, (values = new Set()))
    const which = told[name]
    if (which !== undefined) values.add(BigInt.asUintN(which.bits, args[which.index] ?? 0n))
  }

  /** Allows what was seen, and refuses all else with EPERM. */
  profile(): Seccomp {
    const names = [
      ...new Set([...always, ...[...this.#calls.keys()].filter((name) => told[name] === undefined)]),
    ].sort()
    const rules: SeccompRule[] = [{ names, action: 'SCMP_ACT_ALLOW' }]
    for (const name of Object.keys(told)) {
      const values = [...(this.#calls.get(name) ?? [])].sort((a, b) => (a < b ? -1 : 1))
      for (const value of values)
        rules.push({ names: [name], action: 'SCMP_ACT_ALLOW', args: [condition(told[name]!, value)] })
    }
    return {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: [...this.#architectures].sort(),
      syscalls: rules,
    }
  }
}

function condition(
  { index, bits }: { readonly index: number; readonly bits: 32 | 64 },
  value: bigint,
): SeccompArgument {
  if (bits === 64) return { index, value, op: 'SCMP_CMP_EQ' }
  return { index, value: 0xffff_ffffn, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }
}
