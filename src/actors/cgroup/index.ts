// The container's own control groups: made and limited before any process of it exists, emptied and removed at its end.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path/posix'

import { StatorError } from '../../errors.ts'
import { makeFolders } from '../../native/folder.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { failure, isErrno, writeControl } from './control-file.ts'
import { demandsOf } from './demands.ts'
import { limitDevices } from './device-control.ts'
import { type CgroupInput, intendGroups, isRootOfMachine } from './intent.ts'
import { killAll } from './kill.ts'
import { layout } from './layout.ts'
import { readMark, setMark } from './mark.ts'
import { type CgroupReceipt, type Group, groupWith } from './receipt.ts'
import { removeGroup, removeTree } from './remove.ts'
import { enableControllers } from './subtree-control.ts'

export { cgroupFacts } from './facts.ts'
export { freeze, interruptCalls, thaw, thawKilled } from './freeze.ts'
export { openJoin } from './join.ts'
export { killAll } from './kill.ts'
export { oomKills, oomKills$ } from './memory-events.ts'
export { pids } from './pids.ts'
export { signalAll } from './signal-all.ts'
export type { CgroupReceipt } from './receipt.ts'
export { readStats } from './statistics/index.ts'

/**
 * The container's groups, with its limits in force.
 *
 * `undo` kills who is still inside, and removes the groups with all that the container made below them, and then the
 * folders above that were made for it and are empty.
 */
export const cgroup: Stage<Pick<Creation, 'id' | 'config'> & Partial<Pick<Creation, 'root'>>, CgroupReceipt, null> = {
  name: 'cloning',
  subject: 'cgroup',
  intend: (input) => intendGroups(layout(), input),
  async run(receipt, input, signal) {
    signal.throwIfAborted()
    await makeGroups(receipt)
    applyLimits(receipt, input)
    return null
  },
  undo,
}

/**
 * Makes the folders. The first is the claim on all of them: who makes it, or marks it when it is there, has the others too.
 *
 * @throws {StatorError} ERR_STATOR_STAGE, EEXIST: someone else was faster
 */
export async function makeGroups({ groups, mark }: CgroupReceipt): Promise<void> {
  // What an engine has prepared is used as it is. What a Stator has left behind still has its limits.
  let leftBehind = false
  for (const [index, group] of groups.entries()) {
    const { folder, existed } = group
    const isClaim = index === 0
    if (!makeFolder(group)) {
      if (isClaim && !existed) {
        throw failure({ code: 'EEXIST', syscall: 'mkdir' }, `mkdir ${folder}, made by someone else just now`, folder)
      }
      if (isClaim) leftBehind = readMark(folder) !== null
      if (leftBehind || !existed) {
        if (!(await removeTree(folder, 0)))
          throw failure({ code: 'EBUSY', syscall: 'rmdir' }, `make ${folder} anew`, folder)
        makeFolder(group)
      }
    }
    if (isClaim) setMark(folder, mark)
  }
}

/** Writes the limits and device rules into groups that are there. */
export function applyLimits(receipt: CgroupReceipt, { config }: CgroupInput): void {
  const demands = demandsOf(config.linux)
  for (const group of receipt.groups) if (group.version === 2) enableControllers(group, demands.limits)
  for (const { controller, file, value, pointer } of demands.limits) {
    const group = groupWith(receipt, controller)
    if (group !== undefined) writeControl(group.folder, file[group.version], value[group.version], { pointer })
  }
  try {
    limitDevices(receipt, demands)
  } catch (error) {
    // Without root's rights the kernel takes no device rules, and none are needed: intent.ts.
    if (!isErrno(error, 'EPERM', 'EACCES') || isRootOfMachine()) throw error
  }
}

/** @returns false: it is there already */
function makeFolder({ folder }: Group): boolean {
  const parent = dirname(folder)
  // Another container's undo may remove an empty parent just before the group is made in it.
  for (let tries = 0; ; tries++) {
    try {
      makeFolders(parent)
      mkdirSync(folder)
      return true
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false
      if (!isErrno(error, 'ENOENT') || tries === 100) throw failure(error, `mkdir ${folder}`, folder)
    }
  }
}

/** How long a group may stay busy after its last process was killed. */
const BUSY_MS = 5_000

async function undo(receipt: CgroupReceipt, output: null | undefined): Promise<void> {
  const [claim] = receipt.groups
  if (claim === undefined) return
  const found = readMark(claim.folder)
  // Another container's by now: ours was removed long ago, or was never made.
  if (typeof found === 'string' && found !== receipt.mark) return
  const ours = found === receipt.mark || output !== undefined
  if (!ours) {
    // `run` ended before its first mkdir, or between that and the mark: at most one folder is there, with nobody in it.
    if (!claim.existed) removed(claim.folder)
    removeParents(receipt)
    return
  }

  const left: string[] = []
  const causes: unknown[] = []
  // The claim last: as long as it is there, an undo that was interrupted is taken up again.
  const folders = receipt.groups.map(({ folder }) => folder).reverse()
  const busy = folders.slice(0, -1).filter((folder) => !removed(folder))
  if (busy.length > 0 || !removed(claim.folder)) {
    let patienceMs = BUSY_MS
    await killAll(receipt).catch((error: unknown) => {
      causes.push(error)
      patienceMs = 0 // it has waited already
    })
    for (const folder of [...busy, claim.folder]) {
      try {
        if (!(await removeTree(folder, patienceMs))) left.push(folder)
      } catch (error) {
        left.push(folder)
        causes.push(error)
      }
    }
  }
  removeParents(receipt)

  if (left.length > 0) {
    const [cause] = causes
    const why = cause === undefined ? 'EBUSY' : cause instanceof Error ? cause.message : 'unknown'
    throw new StatorError(
      'ERR_STATOR_STAGE',
      `remove ${left.join(', ')}: ${why}`,
      { stage: 'cloning', left },
      { cause },
    )
  }
}

/** Those that are empty; the others are still somebody's. */
function removeParents({ groups }: CgroupReceipt): void {
  for (const parent of groups.flatMap(({ parents }) => parents)) removed(parent)
}

/** rmdir where it works. Where it does not, others use the folder, or removeTree says what is the matter. */
function removed(folder: string): boolean {
  try {
    return removeGroup(folder)
  } catch {
    return false
  }
}
