// The way into the groups, for the process that is about to become a container's init or an exec session.

import { constants, openSync } from 'node:fs'
import { join } from 'node:path'

import { StatorError } from '../../errors.ts'
import { Fd } from '../../native/fd.ts'
import { failure } from './control-file.ts'
import { type CgroupReceipt, type Group, unifiedGroup } from './receipt.ts'

export interface Join {
  /** The `tasks` files of version 1: the process writes "0" into each while it has one thread. None on version 2. */
  readonly tasks: Fd[]
  /** The folder of the version 2 group, for clone3 with CLONE_INTO_CGROUP; on the hybrid too. */
  readonly into: Fd | null
}

/**
 * Opens the container's groups for joining. The caller closes all of them.
 *
 * Both ways need no lock on all of the machine's threads, which a pid written to `cgroup.procs` does: that waits for a grace
 * period, 6 to 30 ms when nobody did the same just before. So the version 2 group of the hybrid is cloned into as well,
 * where its `tasks` (6 us each) cannot be had.
 *
 * With `tasks`, a cgroup namespace must be unshared after they are written: one made by clone3 has the groups of the clone
 * as its roots, and those are the caller's but in the version 2 tree.
 *
 * @param below groups below the container's own, by controller; of the key empty: in every hierarchy that no other key is of
 * @throws {StatorError} ERR_STATOR_STAGE: a group is gone; ERR_STATOR_CONFIG: `below` leads out of the container's own
 * @see clone(2), CLONE_INTO_CGROUP, Linux 5.7; cgroup_procs_write_start in kernel/cgroup/cgroup.c
 */
export function openJoin(receipt: CgroupReceipt, below: Readonly<Record<string, string>> = {}): Join {
  const opened: Fd[] = []
  checkBelow(receipt, below)
  try {
    const unified = unifiedGroup(receipt)
    const into =
      unified === undefined ? null : open(folderOf(unified, below), constants.O_RDONLY | constants.O_DIRECTORY)
    if (into !== null) opened.push(into)
    const tasks = receipt.groups
      .filter(({ version }) => version === 1)
      .map((group) => {
        const file = open(`${folderOf(group, below)}/tasks`, constants.O_WRONLY)
        opened.push(file)
        return file
      })
    return { tasks, into }
  } catch (error) {
    for (const descriptor of opened) descriptor.close()
    throw error
  }
}

function folderOf({ folder, controllers }: Group, below: Readonly<Record<string, string>>): string {
  const own = controllers.find((controller) => below[controller] !== undefined)
  return join(folder, below[own ?? ''] ?? '')
}

function checkBelow({ groups }: CgroupReceipt, below: Readonly<Record<string, string>>): void {
  for (const [controller, path] of Object.entries(below)) {
    const asked = `${controller === '' ? '' : `${controller}:`}${path}`
    if (path.split('/').includes('..')) {
      throw new StatorError('ERR_STATOR_CONFIG', `cgroup "${asked}": leads out of the container's own group`, { path })
    }
    if (
      controller === '' ||
      groups.some(({ version, controllers }) => version === 1 && controllers.includes(controller))
    )
      continue
    const has = groups.flatMap(({ version, controllers }) => (version === 1 ? controllers : []))
    const way = has.length === 0 ? 'give a path only' : `it has one for ${has.join(', ')}`
    throw new StatorError(
      'ERR_STATOR_CONFIG',
      `cgroup "${asked}": the container has no group for ${controller} (${way})`,
    )
  }
}

function open(path: string, flags: number): Fd {
  try {
    return new Fd(openSync(path, flags)) // close-on-exec, as all that Node opens
  } catch (error) {
    throw failure(error, `open ${path}`, path)
  }
}
