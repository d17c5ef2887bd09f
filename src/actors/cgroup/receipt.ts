// What the state folder keeps of a container's groups: enough for another process to find, use and remove them.

import type { LayoutKind } from './layout.ts'

/** The container's group in one hierarchy. */
export type Group = {
  readonly version: 1 | 2
  /** Those it is used for; on version 2 they are enabled on the way to it. */
  readonly controllers: readonly string[]
  /** The root of its hierarchy here. */
  readonly mount: string
  readonly folder: string
  /** The folder was there before, empty. It is used, and removed like one of our own. */
  readonly existed: boolean
  /** Folders above it that `run` makes; `undo` removes those that are empty. Innermost first. */
  readonly parents: readonly string[]
}

export type CgroupReceipt = {
  readonly kind: LayoutKind
  /** Written onto the first group's folder, so that `undo` never takes away what another runtime has made there. */
  readonly mark: string
  /** None: the container runs in this process's own groups. The version 2 group, where there is one, is the first. */
  readonly groups: readonly Group[]
}

/** The group that a controller is used through. */
export function groupWith({ groups }: CgroupReceipt, controller: string): Group | undefined {
  return groups.find(({ controllers }) => controllers.includes(controller))
}

export function unifiedGroup({ groups }: CgroupReceipt): Group | undefined {
  return groups.find(({ version }) => version === 2)
}
