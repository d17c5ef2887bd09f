// Version 2: a group has a controller if every group above it passes it on to its children.

import { dirname } from 'node:path/posix'

import { type ErrorPlace, StatorError } from '../../errors.ts'
import { failure, readControl, writeControl } from './control-file.ts'
import type { Limit } from './limits.ts'
import type { Group } from './receipt.ts'

/** What every version 2 group has, and no file knows as a controller. */
const builtIn: readonly string[] = ['devices', 'freezer']

/**
 * Has the group's controllers passed on to it.
 *
 * @param set the limits that need one
 * @throws {StatorError} for a controller that a limit needs; without one of the others the container is just not counted
 * @see cgroup-v2.rst, "Enabling and Disabling", "No Internal Process Constraint"
 */
export function enableControllers({ mount, folder, controllers }: Group, set: readonly Limit[]): void {
  const wanted = controllers.filter((name) => !builtIn.includes(name))
  if (wanted.length === 0) return
  const present = words(readControl(folder, 'cgroup.controllers'))
  let missing = wanted.filter((name) => !present.includes(name))
  if (missing.length === 0) return

  const above: string[] = []
  for (let parent = dirname(folder); parent.length >= mount.length; parent = dirname(parent)) above.unshift(parent)
  for (const parent of above) {
    const enabled = words(readControl(parent, 'cgroup.subtree_control'))
    const disabled = missing.filter((name) => !enabled.includes(name))
    if (disabled.length === 0) continue
    const refused = enable(parent, disabled)
    for (const [name, error] of refused) {
      const limit = set.find(({ controller }) => controller === name)
      if (limit !== undefined) throw cannotEnable(error, name, parent, limit.pointer)
    }
    missing = missing.filter((name) => !refused.has(name))
  }
}

/** @returns those that could not be enabled, and why */
function enable(parent: string, names: readonly string[]): Map<string, StatorError> {
  const path = `${parent}/cgroup.subtree_control`
  // Of a group with processes the kernel would enable `pids` and `cpu` alone, and from then on no process can enter the groups
  // below it as they are: they would be threaded. The root, which alone has no type, may have both.
  if (readControl(parent, 'cgroup.type')?.trim() === 'domain' && readControl(parent, 'cgroup.procs') !== '') {
    const busy = failure({ code: 'EBUSY' }, `write to ${path}`, path)
    return new Map(names.map((name) => [name, busy]))
  }
  try {
    writeControl(parent, 'cgroup.subtree_control', names.map((name) => `+${name}`).join(' '))
    return new Map()
  } catch (error) {
    // One that is not to be had keeps the others from being enabled.
    if (names.length === 1 && error instanceof StatorError) return new Map([[names[0] as string, error]])
    return new Map(names.flatMap((name) => [...enable(parent, [name])]))
  }
}

const obstacles: Readonly<Record<string, string>> = {
  EBUSY:
    'processes are in that group, and a group has either processes or controllers for its children; name another in linux.cgroupsPath',
  ENOENT: 'the groups above do not pass that controller on',
  EOPNOTSUPP: 'that group is threaded',
}

function cannotEnable(error: StatorError, controller: string, parent: string, pointer: string): StatorError {
  const { errno = 'EIO', syscall, path } = error
  const reason = obstacles[errno] === undefined ? '' : ` (${obstacles[errno]})`
  const message = `enable the controller "${controller}" below ${parent}: ${errno}${reason}`
  const known = { ...(syscall === undefined ? {} : { syscall }), ...(path === undefined ? {} : { path }) }
  const place: ErrorPlace = { stage: 'cloning', pointer, errno, ...known }
  return new StatorError('ERR_STATOR_STAGE', message, place, { cause: error })
}

function words(text: string | null): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean)
}
