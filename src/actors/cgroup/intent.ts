// Which groups a container gets, before any is made. Looks at the machine and changes nothing.

import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'

import { type ErrorPlace, StatorError } from '../../errors.ts'
import type { Linux, Spec } from '../../oci/config.ts'
import { demandsOf } from './demands.ts'
import type { Hierarchy, Layout } from './layout.ts'
import { folderOf, placeOf } from './paths.ts'
import { pidsBelow } from './pids.ts'
import type { CgroupReceipt, Group } from './receipt.ts'

/** What the cgroup actor reads of a creation. */
export interface CgroupInput {
  readonly id: string
  readonly config: Pick<Spec, 'linux'>
  /** Of the runtime; as a rule, and where it is not given, /run/stator. */
  readonly root?: string
}

/**
 * Every container is counted and limited in these where they are to be had, and others cost time for nothing.
 * `devices` and `freezer` are part of every version 2 group.
 */
const always = ['pids', 'freezer', 'devices', 'memory'] as const
const inEveryUnifiedGroup: readonly string[] = ['devices', 'freezer']
const nothing: Linux = {}

export interface IntendOptions {
  /** What root would intend where there are cgroups, whoever asks and whoever is in them: for a plan that is only printed. */
  readonly dryRun?: boolean
}

/**
 * The groups of a container on this layout.
 *
 * Where cgroups cannot be written and the config asks for nothing of them, there are none. Otherwise:
 *
 * @throws {StatorError} ERR_STATOR_PLATFORM: the config needs a controller that is not there, or not writable, and `pointer`
 *   says what for; ERR_STATOR_CONFIG: a value without meaning; ERR_STATOR_STAGE with EBUSY: the group has processes
 */
export function intendGroups(
  layout: Layout,
  { id, config, root }: CgroupInput,
  { dryRun = false }: IntendOptions = {},
): CgroupReceipt {
  const linux: Linux = config.linux ?? nothing
  const place = placeOf(id, linux.cgroupsPath, root)
  const demands = demandsOf(linux)

  /** Controllers the container must not run without, and why. */
  const needed = new Map<string, string>(demands.limits.map(({ controller, pointer }) => [controller, pointer]))
  // Without root's rights there are no devices to protect: nobody made by us can open what we cannot.
  if (linux.resources?.devices?.length && (dryRun || isRootOfMachine()))
    needed.set('devices', 'linux.resources.devices')
  const wanted = [...new Set<string>([...always, ...needed.keys()])]

  const legacy = layout.legacy
    .map((hierarchy) => ({ hierarchy, controllers: hierarchy.controllers.filter((name) => wanted.includes(name)) }))
    .filter(({ controllers }) => controllers.length > 0)
  const bound = new Set(legacy.flatMap(({ controllers }) => controllers))
  const { unified } = layout
  const available = wanted.filter((name) => unified?.controllers.includes(name) || inEveryUnifiedGroup.includes(name))
  const candidates = [
    ...(unified === null ? [] : [{ hierarchy: unified, controllers: available.filter((name) => !bound.has(name)) }]),
    ...legacy,
  ]
  for (const [name, pointer] of needed) {
    if (!dryRun && !candidates.some(({ controllers }) => controllers.includes(name))) {
      throw new StatorError('ERR_STATOR_PLATFORM', `${pointer}: this machine has no cgroup controller "${name}"`, {
        pointer,
      })
    }
  }
  if (bound.has('devices')) void demands.lines // throws for what version 1 cannot say

  const groups: Group[] = []
  for (const { hierarchy, controllers } of candidates) {
    const { group, obstacle } = groupIn(hierarchy, controllers, folderOf(layout.kind, hierarchy, place))
    if (obstacle === null || dryRun) {
      groups.push(group)
      continue
    }
    const why =
      controllers.flatMap((name) => needed.get(name) ?? [])[0] ?? (linux.cgroupsPath ? 'linux.cgroupsPath' : null)
    if (why !== null) throw notWritable(why, group.folder, obstacle)
  }
  if (!dryRun && candidates.length === 0 && linux.cgroupsPath) {
    throw new StatorError('ERR_STATOR_PLATFORM', 'linux.cgroupsPath: no cgroup controllers are mounted here', {
      pointer: 'linux.cgroupsPath',
    })
  }
  for (const { folder, existed } of groups) if (existed && !dryRun) assertEmpty(folder, id, linux.cgroupsPath)
  return { kind: layout.kind, mark: randomUUID(), groups }
}

/** @returns obstacle: EACCES, EROFS, …; null: the group is there, or can be made */
function groupIn(
  { version, mount }: Hierarchy,
  controllers: string[],
  folder: string,
): { group: Group; obstacle: string | null } {
  const existed = existsSync(folder)
  /** The closest folder that is there already. */
  let nearest = existed ? folder : mount
  const parents: string[] = []
  for (let parent = dirname(folder); parent !== mount && parent !== '/'; parent = dirname(parent)) {
    const missing = nearest === mount && !existsSync(parent)
    if (nearest === mount && !missing) nearest = parent
    if (missing) parents.push(parent)
  }
  return { group: { version, controllers, mount, folder, existed, parents }, obstacle: unwritable(nearest) }
}

/** A group with processes is somebody's. Below it there may be more, so all are looked at. */
function assertEmpty(folder: string, id: string, cgroupsPath: string | undefined): void {
  const found = pidsBelow(folder)
  const [first] = found
  if (first === undefined) return
  const place: ErrorPlace = { stage: 'cloning', errno: 'EBUSY', path: folder }
  const others = found.length === 1 ? '' : ` and ${found.length - 1} more`
  const who = `${describe(first)}${others} ${found.length === 1 ? 'is' : 'are'} in it`
  const way = cgroupsPath
    ? 'give another linux.cgroupsPath'
    : `left by a container "${id}"? End it, or give another id or linux.cgroupsPath`
  const message = `use ${folder} as the container's group: EBUSY (${who}: ${way})`
  throw new StatorError('ERR_STATOR_STAGE', message, cgroupsPath ? { ...place, pointer: 'linux.cgroupsPath' } : place)
}

/** `process 4242 "sleep"` */
function describe(pid: number): string {
  try {
    return `process ${pid} ${JSON.stringify(readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd())}`
  } catch {
    return `process ${pid}` // it has ended, or is in a pid namespace beside ours
  }
}

function unwritable(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK)
    return null
  } catch (error) {
    return (error as { code?: string }).code ?? 'EACCES'
  }
}

function notWritable(pointer: string, folder: string, errno: string): StatorError {
  return new StatorError(
    'ERR_STATOR_PLATFORM',
    `${pointer}: cgroups are not writable here: mkdir ${folder}: ${errno}`,
    {
      pointer,
      errno,
      path: folder,
    },
  )
}

/** Whether this process is root, and in the first user namespace, where root's rights are over the machine itself. */
export function isRootOfMachine(): boolean {
  if (process.geteuid?.() !== 0) return false
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    return true // no procfs, or no user namespaces
  }
}
