// A mount of a file system, detached, and the place in the container where one is put.

import * as uapi from '../../native/uapi.ts'
import type { MountOptions } from '../../oci/mount-options.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import type { Rootfs } from './compilation.ts'
import { setFlag, setOption, setString } from './file-system-options.ts'
import { attributeBits, attributeWords, newMountBits } from './mount-attributes.ts'
import { components, openOrMake } from './paths.ts'
import { setMountAttributes } from './root.ts'

/** Superblock flags that fsconfig(2) knows; `silent` and `iversion` were flags of mount(2) alone. */
export const knownFlags: ReadonlySet<string> = new Set(['ro', 'sync', 'dirsync', 'lazytime', 'mand'])

/** Where a mount point must be a real folder: a symbolic link there is an image's try to be mounted elsewhere. */
const ordinary = new Set(['proc', 'sys', 'dev'])

/** A detached mount of a file system. */
export function newMount(plan: PlanBuilder, type: string, source: string | undefined, options: MountOptions): Register {
  const context = plan.sys('fsopen', [type, uapi.FSOPEN_CLOEXEC], `open a new ${type}`)
  if (source) setString(plan, context, type, 'source', source)
  for (const flag of options.superblock.set) if (knownFlags.has(flag)) setFlag(plan, context, type, flag)
  for (const option of options.data) setOption(plan, context, type, option)
  plan.sys('fsconfig', [context, uapi.FSCONFIG_CMD_CREATE, null, null, 0], 'create it', { explain: true })
  const mount = plan.sys(
    'fsmount',
    [context, uapi.FSMOUNT_CLOEXEC, newMountBits(options.attributes)],
    'make it a mount',
  )
  plan.close(context)
  setRecursively(plan, mount, options)
  return mount
}

/** Attributes that are asked for by their recursive names; of a new mount there is nothing below. */
export function setRecursively(plan: PlanBuilder, mount: Register, options: MountOptions): void {
  const below = attributeBits(options.recursiveAttributes)
  if (below.set !== 0 || below.clear !== 0)
    setMountAttributes(
      plan,
      mount,
      '',
      { ...below, recursive: true },
      `set ${attributeWords(options.recursiveAttributes)}, recursively`,
    )
}

/** A mount that is made read-only once what is in it has been made. */
export function withoutReadonly(options: MountOptions): MountOptions & { readonly readonly: boolean } {
  const { attributes, recursiveAttributes, superblock } = options
  const without = <T extends { readonly set: readonly string[] }>(changes: T): T => ({
    ...changes,
    set: changes.set.filter((name) => name !== 'ro'),
  })
  return {
    ...options,
    readonly: attributes.set.includes('ro') || recursiveAttributes.set.includes('ro'),
    attributes: without(attributes),
    recursiveAttributes: without(recursiveAttributes),
    superblock: without(superblock),
  }
}

/** The mount point, made where it is missing: a folder, or what `mode` says. */
export function openTarget(
  plan: PlanBuilder,
  { root, statfs, linked }: Rootfs,
  destination: string,
  mode?: Register,
): Register {
  const parts = components(destination)
  const noSymlinks = parts.length === 1 && ordinary.has(parts[0] ?? '')
  const kind = mode === undefined ? 'directory' : { mode }
  const target = openOrMake(plan, root, destination, kind, `open ${destination}`, {
    noSymlinks,
    leadsTo: linked.get(destination),
  })
  if (parts[0] !== 'proc') refuseProc(plan, target, statfs, destination)
  return target
}

/**
 * What may be mounted on procfs is decided by the destination's name (validate.ts). A symbolic link in the image that leads
 * there from elsewhere would get around that, and cover /proc/self/attr or the like (CVE-2019-16884, CVE-2023-27561).
 */
function refuseProc(plan: PlanBuilder, target: Register, room: Address, destination: string): void {
  const good = plan.label('good')
  plan.sys('fstatfs', [target, room], 'look where that is')
  plan.if(plan.load(room, 8, 'its file system'), '!=', uapi.PROC_SUPER_MAGIC, good, 'it must not lead into procfs')
  plan.fail('EXDEV', `${destination} leads into procfs by a symbolic link`)
  plan.place(good)
}
