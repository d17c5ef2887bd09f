// What the words in `mounts[].options` ask for. Pure, and by name: which call applies them is for the mounts of the
// plan to know.

/** Attributes of one mount, named by the option that sets them. @see mount_setattr(2), MOUNT_ATTR_* */
export type MountAttribute = 'ro' | 'nosuid' | 'nodev' | 'noexec' | 'nodiratime' | 'nosymfollow'

/**
 * When reading updates the time of access. The three exclude each other, so they are one value and not attributes:
 * whoever changes it clears all of MOUNT_ATTR__ATIME and sets one, for a partial clear is EINVAL (runc#5095).
 */
export type AccessTime = 'relatime' | 'noatime' | 'strictatime'

/**
 * Flags of the file system itself, shared by all its mounts. fsconfig(2) knows `ro`, `sync`, `dirsync`, `lazytime` and
 * `mand` (by FSCONFIG_SET_FLAG), and their opposites. `silent` and `iversion` were flags of mount(2) alone: the one
 * keeps the kernel's log quiet, the other is set by the file systems that need it; neither changes what a container
 * sees.
 */
export type SuperblockFlag = 'ro' | 'sync' | 'dirsync' | 'lazytime' | 'mand' | 'silent' | 'iversion'

export type PropagationType = 'shared' | 'slave' | 'private' | 'unbindable'

export interface Propagation {
  readonly type: PropagationType
  /** Of the mounts below it too. */
  readonly recursive: boolean
}

/** Changes to flags: what no option named is in neither list, and stays as it is. */
export interface Changes<Flag extends string> {
  readonly set: readonly Flag[]
  readonly clear: readonly Flag[]
}

export interface AttributeChanges extends Changes<MountAttribute> {
  /** null: no option named it. A new mount has relatime then, a bind mount what its source has. */
  readonly accessTime: AccessTime | null
}

export interface MountOptions {
  /** From `bind`, `rbind`, or the type `bind`. */
  readonly bind: boolean
  /** From `rbind`: with the mounts below the source. */
  readonly recursiveBind: boolean
  readonly remount: boolean
  /** Of the mount itself. */
  readonly attributes: AttributeChanges
  /** Of the mount and all below it; applied after `attributes`, so `rro` wins over `rw`. */
  readonly recursiveAttributes: AttributeChanges
  /** Meaningless for a bind mount: the file system is there already. */
  readonly superblock: Changes<SuperblockFlag>
  /** Applied in this order. */
  readonly propagation: readonly Propagation[]
  /** All else: for the file system, in this order. `mode=755`, `newinstance`. The kernel ignores it for bind mounts. */
  readonly data: readonly string[]
  /** The mount maps ids: by its own mappings, else by those of the container's user namespace. */
  readonly idMapping: 'idmap' | 'ridmap' | null
  /** A tmpfs begins with what is at its destination in the rootfs. An extension of runc. */
  readonly copyUp: boolean
}

/**
 * The options of a mount. Of two that contradict each other the later counts.
 *
 * @param type the mount's `type`: `bind` is a bind mount whatever its options say
 * @see config.md, "Linux mount options"; mount(8)
 */
export function parseMountOptions(options: readonly string[] = [], type?: string): MountOptions {
  const bind = isBindMount({ type, options })
  let recursiveBind = false
  let remount = false
  let copyUp = false
  let idMapping: MountOptions['idMapping'] = null
  const attributes = new Attributes()
  const recursiveAttributes = new Attributes()
  const superblock = new Flags<SuperblockFlag>()
  const propagation: Propagation[] = []
  const data: string[] = []

  for (const option of options) {
    const meaning = meanings.get(option)
    switch (meaning?.kind) {
      case undefined:
        data.push(option)
        break
      case 'nothing':
        break
      case 'bind':
        recursiveBind ||= meaning.recursive
        break
      case 'remount':
        remount = true
        break
      case 'attribute':
        ;(meaning.recursive ? recursiveAttributes : attributes).change(meaning.name, meaning.on)
        // mount(2) gives MS_RDONLY to both, and so must a new mount made by fsopen(2).
        if (meaning.name === 'ro' && !meaning.recursive) superblock.change('ro', meaning.on)
        break
      case 'accessTime':
        ;(meaning.recursive ? recursiveAttributes : attributes).changeAccessTime(meaning.name, meaning.on)
        break
      case 'superblock':
        superblock.change(meaning.name, meaning.on)
        break
      case 'propagation':
        propagation.push({ type: meaning.type, recursive: meaning.recursive })
        break
      case 'idMapping':
        idMapping = meaning.name
        break
      case 'copyUp':
        copyUp = true
        break
    }
  }
  return {
    bind,
    recursiveBind,
    remount,
    attributes: attributes.changes,
    recursiveAttributes: recursiveAttributes.changes,
    superblock: superblock.changes,
    propagation,
    data,
    idMapping,
    copyUp,
  }
}

/** Bytes of the name or the value of an option, or of a source, at most: fsconfig(2) takes no more. */
export const longestSetting = 255

/** Whether it shows what is there already, in place of a file system of its own. */
export function isBindMount({
  type,
  options = [],
}: {
  type?: string | undefined
  options?: readonly string[]
}): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind')
}

/** Every option that is not left to the file system, sorted: for `features`. */
export function knownMountOptions(): string[] {
  return [...meanings.keys()].sort()
}

type Meaning =
  | { kind: 'nothing' | 'remount' | 'copyUp' }
  | { kind: 'bind'; recursive: boolean }
  | { kind: 'attribute'; name: MountAttribute; on: boolean; recursive: boolean }
  | { kind: 'accessTime'; name: AccessTime; on: boolean; recursive: boolean }
  | { kind: 'superblock'; name: SuperblockFlag; on: boolean }
  | { kind: 'propagation'; type: PropagationType; recursive: boolean }
  | { kind: 'idMapping'; name: 'idmap' | 'ridmap' }

/** The option that sets, and the one that clears. Each exists with an `r` in front too: for all mounts below. */
const attributePairs: readonly (readonly [MountAttribute, string])[] = [
  ['ro', 'rw'],
  ['nosuid', 'suid'],
  ['nodev', 'dev'],
  ['noexec', 'exec'],
  ['nodiratime', 'diratime'],
  ['nosymfollow', 'symfollow'],
]

const accessTimePairs: readonly (readonly [AccessTime, string])[] = [
  ['relatime', 'norelatime'],
  ['noatime', 'atime'],
  ['strictatime', 'nostrictatime'],
]

/** `dirsync` has no opposite. */
const superblockPairs: readonly (readonly [SuperblockFlag, string | null])[] = [
  ['sync', 'async'],
  ['dirsync', null],
  ['lazytime', 'nolazytime'],
  ['mand', 'nomand'],
  ['silent', 'loud'],
  ['iversion', 'noiversion'],
]

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['defaults', { kind: 'nothing' }],
  ['bind', { kind: 'bind', recursive: false }],
  ['rbind', { kind: 'bind', recursive: true }],
  ['remount', { kind: 'remount' }],
  ['idmap', { kind: 'idMapping', name: 'idmap' }],
  ['ridmap', { kind: 'idMapping', name: 'ridmap' }],
  ['tmpcopyup', { kind: 'copyUp' }],
  ...[false, true].flatMap((recursive): [string, Meaning][] => {
    const prefix = recursive ? 'r' : ''
    return [
      ...attributePairs.flatMap(([name, opposite]): [string, Meaning][] => [
        [`${prefix}${name}`, { kind: 'attribute', name, on: true, recursive }],
        [`${prefix}${opposite}`, { kind: 'attribute', name, on: false, recursive }],
      ]),
      ...accessTimePairs.flatMap(([name, opposite]): [string, Meaning][] => [
        [`${prefix}${name}`, { kind: 'accessTime', name, on: true, recursive }],
        [`${prefix}${opposite}`, { kind: 'accessTime', name, on: false, recursive }],
      ]),
      ...(['shared', 'slave', 'private', 'unbindable'] as const).map((type): [string, Meaning] => [
        `${prefix}${type}`,
        { kind: 'propagation', type, recursive },
      ]),
    ]
  }),
  ...superblockPairs.flatMap(([name, opposite]): [string, Meaning][] => [
    [name, { kind: 'superblock', name, on: true }],
    ...(opposite === null ? [] : [[opposite, { kind: 'superblock', name, on: false }] as [string, Meaning]]),
  ]),
] as [string, Meaning][])

class Flags<Flag extends string> {
  readonly #on = new Map<Flag, boolean>()

  change(flag: Flag, on: boolean): void {
    this.#on.delete(flag) // so that the lists are in the order of what counts
    this.#on.set(flag, on)
  }

  get changes(): Changes<Flag> {
    const flags = (wanted: boolean) => [...this.#on].filter(([, on]) => on === wanted).map(([flag]) => flag)
    return { set: flags(true), clear: flags(false) }
  }
}

class Attributes {
  readonly #flags = new Flags<MountAttribute>()
  #accessTime: AccessTime | null = null

  change(flag: MountAttribute, on: boolean): void {
    this.#flags.change(flag, on)
  }

  /**
   * Switching one of the three off says something only about that one. `atime` and `nostrictatime` are "the kernel's
   * default" in mount(8), which is relatime; without relatime, what is left is strictatime.
   */
  changeAccessTime(name: AccessTime, on: boolean): void {
    if (on) this.#accessTime = name
    else if (this.#accessTime === null || this.#accessTime === name) {
      this.#accessTime = name === 'relatime' ? 'strictatime' : 'relatime'
    }
  }

  get changes(): AttributeChanges {
    return { ...this.#flags.changes, accessTime: this.#accessTime }
  }
}
