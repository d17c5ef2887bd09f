// The words of mount options as the bits of struct mount_attr (mount_setattr(2)).

import * as uapi from '../../native/uapi.ts'
import type { AttributeChanges, MountAttribute } from '../../oci/mount-options.ts'

const bits: Readonly<Record<MountAttribute, number>> = {
  ro: uapi.MOUNT_ATTR_RDONLY,
  nosuid: uapi.MOUNT_ATTR_NOSUID,
  nodev: uapi.MOUNT_ATTR_NODEV,
  noexec: uapi.MOUNT_ATTR_NOEXEC,
  nodiratime: uapi.MOUNT_ATTR_NODIRATIME,
  nosymfollow: uapi.MOUNT_ATTR_NOSYMFOLLOW,
}

const accessTimes = {
  relatime: uapi.MOUNT_ATTR_RELATIME,
  noatime: uapi.MOUNT_ATTR_NOATIME,
  strictatime: uapi.MOUNT_ATTR_STRICTATIME,
} as const

export interface AttributeBits {
  readonly set: number
  readonly clear: number
}

/** Changes to a mount that is there: the kind of access time is one value, cleared as a whole before one is set. */
export function attributeBits({ set, clear, accessTime }: AttributeChanges): AttributeBits {
  return {
    set: sum(set) | (accessTime === null ? 0 : accessTimes[accessTime]),
    clear: sum(clear) | (accessTime === null ? 0 : uapi.MOUNT_ATTR__ATIME),
  }
}

/** The attributes of a new mount, as fsmount(2) takes them. */
export function newMountBits({ set, accessTime }: AttributeChanges): number {
  return sum(set) | (accessTime === null ? 0 : accessTimes[accessTime])
}

/** As words again, for the label of a step. */
export function attributeWords({ set, clear, accessTime }: AttributeChanges): string {
  return [...set, ...clear.map((name) => `no ${name}`), ...(accessTime === null ? [] : [accessTime])].join(', ')
}

function sum(names: readonly MountAttribute[]): number {
  return names.reduce((all, name) => all | bits[name], 0)
}
