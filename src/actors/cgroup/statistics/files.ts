// The files in which a container's own groups count. What is not among them is not the container's: on version 1 it shares the
// runtime's group in every hierarchy that it has not joined.

import { readdirSync } from 'node:fs'

import { failure, isErrno, readControl } from '../control-file.ts'
import type { CgroupReceipt } from '../receipt.ts'
import { parseKeyed, parseNumber } from './parse.ts'

/** The files of one version. Controllers that are mounted together have theirs in one folder. */
export class GroupFiles {
  readonly #folders = new Map<string, string>()

  constructor({ groups }: CgroupReceipt, version: 1 | 2) {
    for (const group of groups) {
      if (group.version !== version) continue
      for (const name of namesIn(group.folder)) if (!this.#folders.has(name)) this.#folders.set(name, group.folder)
    }
  }

  /** All groups are gone, or there are none. */
  get isEmpty(): boolean {
    return this.#folders.size === 0
  }

  has(file: string): boolean {
    return this.#folders.has(file)
  }

  /** What a pattern's group has found in the files' names. */
  matching(pattern: RegExp): string[] {
    return [...this.#folders.keys()].flatMap((name) => pattern.exec(name)?.[1] ?? [])
  }

  /** null where there is no such file, or the kernel has turned off what it would tell. */
  text(file: string): string | null {
    const folder = this.#folders.get(file)
    if (folder === undefined) return null
    try {
      return readControl(folder, file)
    } catch (error) {
      if (isErrno(error, 'EOPNOTSUPP')) return null // pressure, with psi=0 on the kernel's command line
      throw error
    }
  }

  number(file: string): bigint | null {
    return parseNumber(this.text(file))
  }

  keyed(file: string): Record<string, bigint> | null {
    const text = this.text(file)
    return text === null ? null : parseKeyed(text)
  }
}

/** The files of the container's groups, of both versions. */
export interface OwnFiles {
  readonly v1: GroupFiles
  readonly v2: GroupFiles
}

export function ownFiles(receipt: CgroupReceipt): OwnFiles {
  return { v1: new GroupFiles(receipt, 1), v2: new GroupFiles(receipt, 2) }
}

/** Of what may be null, what is not: a property that is absent is not undefined. */
export function known<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], null | undefined>
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return []
    throw failure(error, `read ${folder}`, folder)
  }
}
