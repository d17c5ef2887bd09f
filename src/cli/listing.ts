// A container as `state` and `list` show it: the OCI state, and what runc adds to it.

import { readFileSync, statSync } from 'node:fs'
import type { OciState } from '../oci/state.ts'
import type { Glance } from '../runtime/glance.ts'

export interface Listing extends OciState {
  readonly pid: number
  /** Absolute. */
  readonly rootfs: string
  /** ISO 8601. */
  readonly created: string
  /** The user whose folder it is: a name, or a number that has none here. */
  readonly owner: string
}

export function listing({
  state,
  created,
  rootfs,
  folder,
}: Pick<Glance, 'state' | 'created' | 'rootfs' | 'folder'>): Listing {
  return { ...state, pid: state.pid ?? 0, rootfs, created, owner: ownerOf(folder) }
}

function ownerOf(folder: string): string {
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid ?? process.getuid?.() ?? 0
  return nameOf(uid) ?? `#${uid}`
}

let names: Map<number, string> | undefined

function nameOf(uid: number): string | undefined {
  if (names === undefined) {
    names = new Map()
    try {
      for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
        const [name, , number] = line.split(':')
        if (name && number && !names.has(Number(number))) names.set(Number(number), name)
      }
    } catch {
      // Then users are numbers.
    }
  }
  return names.get(uid)
}
