// Limits of the config as values of control files. Pure.

import { StatorError } from '../../errors.ts'
import type { Resources } from '../../oci/config.ts'

/** One limit, as each version of cgroups is told of it. */
export interface Limit {
  readonly controller: 'memory' | 'pids' | 'cpu'
  /** Into config.json. */
  readonly pointer: string
  readonly file: { readonly 1: string; readonly 2: string }
  readonly value: { readonly 1: string; readonly 2: string }
}

/**
 * The limits that are set. A 0 is no setting, but for pids, where it is a limit; -1 is no limit.
 *
 * @throws {StatorError} ERR_STATOR_CONFIG: a value the kernel has no meaning for
 * @see config-linux.md, "Control groups"; what 0 and -1 mean is as in runc
 */
export function limits(resources: Resources = {}): Limit[] {
  const found: Limit[] = []

  const memory = resources.memory?.limit ?? 0n
  if (memory < -1n) throw meaningless('linux.resources.memory.limit', memory)
  if (memory !== 0n) {
    found.push({
      controller: 'memory',
      pointer: 'linux.resources.memory.limit',
      file: { 1: 'memory.limit_in_bytes', 2: 'memory.max' },
      value: { 1: `${memory}`, 2: memory === -1n ? 'max' : `${memory}` },
    })
  }

  const swap = resources.memory?.swap ?? 0n
  if (swap < -1n || (swap > 0n && swap < memory)) throw meaningless('linux.resources.memory.swap', swap)
  if (swap !== 0n) {
    // Version 2 counts swap alone, and so has to be told of memory too, as with runc.
    if (swap > 0n && memory <= 0n) throw meaningless('linux.resources.memory.swap', swap, 'without a limit of memory')
    found.push({
      controller: 'memory',
      pointer: 'linux.resources.memory.swap',
      // After the limit of memory: the kernel takes none of both that is lower.
      file: { 1: 'memory.memsw.limit_in_bytes', 2: 'memory.swap.max' },
      value: { 1: `${swap}`, 2: swap === -1n ? 'max' : `${swap - memory}` },
    })
  }

  const pids = resources.pids?.limit
  if (pids !== undefined) {
    // 1 for 0: a group that a first process can be put into, as runc does for systemd's sake.
    const value = pids < 0n ? 'max' : pids === 0n ? '1' : `${pids}`
    found.push({
      controller: 'pids',
      pointer: 'linux.resources.pids.limit',
      file: { 1: 'pids.max', 2: 'pids.max' },
      value: { 1: value, 2: value },
    })
  }

  const shares = resources.cpu?.shares ?? 0n
  if (shares < 0n) throw meaningless('linux.resources.cpu.shares', shares)
  if (shares !== 0n) {
    found.push({
      controller: 'cpu',
      pointer: 'linux.resources.cpu.shares',
      file: { 1: 'cpu.shares', 2: 'cpu.weight' },
      // Version 1 takes what it can: the kernel moves values beyond the ends of its range there.
      value: { 1: `${shares}`, 2: `${weightOfShares(shares)}` },
    })
  }
  return found
}

/**
 * `cpu.weight` (1 to 10000) for `cpu.shares` (2 to 262144): a curve through both ends and through the defaults, 1024 to
 * 100. Linear, as it was before runc 1.3.2, the default becomes 39, and a container gets less than every group without one.
 *
 * @param shares not 0
 * @see opencontainers/cgroups#20, runc#4772; crun has the same
 */
export function weightOfShares(shares: bigint): number {
  if (shares <= 2n) return 1
  if (shares >= 262144n) return 10000
  const l = Math.log2(Number(shares))
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34))
}

function meaningless(pointer: string, value: bigint, why = ''): StatorError {
  const message = `${pointer}: ${value} is not a limit${why === '' ? '' : ` ${why}`}`
  return new StatorError('ERR_STATOR_CONFIG', message, { pointer })
}
