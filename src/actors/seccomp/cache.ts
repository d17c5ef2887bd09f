// Compiled filters, kept: in memory, and in the state folder for the processes that come later.
//
//   <root>/seccomp/            0700
//     <hash>.bpf               an entry; the hash is over the profile and all else that the program depends on
//     ~<pid>-<n>               an entry that is being written, and renamed then
//
//   entry: "STATSECC" · u32 version · u32 flags · u32 notifies · u32 program's length · u32 length of what was skipped, as JSON ·
//          32 bytes hash · program · skipped · 32 bytes SHA-256 of all before
//
// The checksum finds what was damaged, not what was forged: a filter from somebody else's hands would be a way out of the container.
// So an entry is believed only if the folder and the file belong to us, nobody else may write to them, and the file has no
// second name. What cannot be stored costs the compile, and nothing else.

import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Seccomp } from '../../oci/config.ts'
import type { Filter } from './filter.ts'

/** What a program depends on besides its profile. */
export interface FilterKey {
  /** Its version: `2.5.4`. */
  readonly libseccomp: string
  /** As `uname -m` spells it. */
  readonly architecture: string
  /** Of our own compiler: raised when it makes another program of the same profile. */
  readonly stator: number
  /** SECCOMP_FILTER_FLAG_* that this kernel has, and its actions, as far as the program depends on them. */
  readonly kernelFlags: number
}

/** At most so many in memory, and on the disk: what a machine uses is a handful. */
const MEMORY_ENTRIES = 64
const DISK_ENTRIES = 256

const magic = Buffer.from('STATSECC')
const VERSION = 1
const HASH_BYTES = 32
const HEADER_BYTES = magic.length + 5 * 4 + HASH_BYTES

/** sizeof(struct sock_filter), and how many of them the kernel takes: BPF_MAXINSNS. */
const INSTRUCTION_BYTES = 8
const MAX_INSTRUCTIONS = 4096

export class FilterCache {
  /** null: nothing is stored. */
  readonly #folder: string | null
  /** By the profile itself, as two containers of one policy have the same: its hash would be most of the time. */
  readonly #byProfile = new WeakMap<Seccomp, Map<string, Filter>>()
  /** By hash; the one used last is last. */
  readonly #byHash = new Map<string, Filter>()
  #temporaries = 0

  /** @param folder made when the first filter is stored; the one above it has to be there */
  constructor(folder: string | null) {
    this.#folder = folder
  }

  /**
   * The filter of a profile, compiled only if nobody has before.
   *
   * @param profile not changed afterwards: the same object is the same profile
   * @throws what `compile` throws, and nothing of its own
   */
  get(profile: Seccomp, key: FilterKey, compile: () => Filter): Filter {
    const keyText = `${key.libseccomp} ${key.architecture} ${key.stator} ${key.kernelFlags}`
    let filters = this.#byProfile.get(profile)
    if (filters === undefined) this.#byProfile.set(profile, (filters = new Map()))
    let filter = filters.get(keyText)
    if (filter === undefined) filters.set(keyText, (filter = this.#byContent(profile, keyText, compile)))
    return filter
  }

  #byContent(profile: Seccomp, keyText: string, compile: () => Filter): Filter {
    const hash = createHash('sha256')
      .update(`${keyText}\n${content(profile)}`)
      .digest()
    const name = hash.toString('hex')
    let filter = this.#byHash.get(name)
    if (filter === undefined && (filter = this.#read(hash)) === undefined) {
      filter = compile()
      this.#write(hash, filter)
    }
    this.#byHash.delete(name)
    this.#byHash.set(name, filter)
    if (this.#byHash.size > MEMORY_ENTRIES) this.#byHash.delete(this.#byHash.keys().next().value!)
    return filter
  }

  #read(hash: Buffer): Filter | undefined {
    return this.#inFolder(false, (folder) => {
      const path = join(folder, entryName(hash))
      let bytes: Buffer | undefined
      try {
        bytes = readOwn(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        // A link, a folder, what cannot be read: none of it is ours.
      }
      const filter = bytes && decode(bytes, hash)
      if (filter === undefined) unlinkSync(path)
      return filter
    })
  }

  #write(hash: Buffer, filter: Filter): void {
    this.#inFolder(true, (folder) => {
      const temporary = join(folder, `~${process.pid}-${++this.#temporaries}`)
      prune(folder)
      try {
        writeNew(temporary, encode(filter, hash))
        renameSync(temporary, join(folder, entryName(hash)))
      } catch (error) {
        unlinkSync(temporary)
        throw error
      }
    })
  }

  /**
   * Calls it with a path of the folder that goes on naming the same folder, whatever somebody renames meanwhile.
   *
   * @returns undefined: there is no folder to trust, or something failed
   */
  #inFolder<T>(make: boolean, use: (folder: string) => T): T | undefined {
    if (this.#folder === null) return undefined
    let descriptor: number | undefined
    try {
      if (make && lstatSync(this.#folder, { throwIfNoEntry: false }) === undefined) mkdirSync(this.#folder, 0o700)
      descriptor = openSync(this.#folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
      const { uid, mode } = fstatSync(descriptor)
      if (uid !== process.geteuid!() || (mode & 0o077) !== 0) return undefined
      return use(`/proc/self/fd/${descriptor}`)
    } catch {
      // Full, read-only, or gone: the filter is compiled, which is what this is about.
      return undefined
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }
}

function entryName(hash: Buffer): string {
  return `${hash.toString('hex')}.bpf`
}

/** @returns undefined: somebody else could have written it */
function readOwn(path: string): Buffer | undefined {
  // O_NONBLOCK: a FIFO would be waited for.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile() || stat.uid !== process.geteuid!() || (stat.mode & 0o022) !== 0 || stat.nlink !== 1)
      return undefined
    // The largest program, and names that nobody knows.
    if (stat.size > 1 << 20) return undefined
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function writeNew(path: string, bytes: Buffer): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const descriptor = openSync(path, flags, 0o600)
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(descriptor, bytes, written)
  } finally {
    closeSync(descriptor)
  }
}

/** Makes room: the oldest half goes, with what a killed process left half written. */
function prune(folder: string): void {
  const names = readdirSync(folder)
  if (names.length < DISK_ENTRIES) return
  const files = names.map((name) => {
    const path = join(folder, name)
    return { path, age: lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }
  })
  files.sort((one, other) => one.age - other.age)
  for (const { path } of files.slice(0, DISK_ENTRIES / 2)) {
    try {
      unlinkSync(path)
    } catch {
      // Another process makes room too.
    }
  }
}

function encode({ program, flags, notifies, skipped }: Filter, hash: Buffer): Buffer {
  const names = Buffer.from(JSON.stringify(skipped))
  const numbers = Buffer.alloc(5 * 4)
  ;[VERSION, flags, Number(notifies), program.length, names.length].forEach((number, index) =>
    numbers.writeUInt32LE(number, index * 4),
  )
  const bytes = Buffer.concat([magic, numbers, hash, program, names])
  return Buffer.concat([bytes, checksum(bytes)])
}

/** @returns undefined: it is damaged, of another version, or of another profile */
function decode(bytes: Buffer, hash: Buffer): Filter | undefined {
  if (bytes.length < HEADER_BYTES + HASH_BYTES || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  const [version, flags, notifies, programBytes, skippedBytes] = [0, 1, 2, 3, 4].map((index) =>
    bytes.readUInt32LE(magic.length + index * 4),
  ) as [number, number, number, number, number]
  const end = HEADER_BYTES + programBytes + skippedBytes
  if (version !== VERSION || bytes.length !== end + HASH_BYTES) return undefined
  if (!bytes.subarray(HEADER_BYTES - HASH_BYTES, HEADER_BYTES).equals(hash)) return undefined
  if (!checksum(bytes.subarray(0, end)).equals(bytes.subarray(end))) return undefined
  const instructions = programBytes / INSTRUCTION_BYTES
  if (!Number.isInteger(instructions) || instructions < 1 || instructions > MAX_INSTRUCTIONS) return undefined
  const programEnd = HEADER_BYTES + programBytes
  return {
    program: Uint8Array.from(bytes.subarray(HEADER_BYTES, programEnd)),
    flags,
    notifies: notifies !== 0,
    skipped: JSON.parse(bytes.toString('utf8', programEnd, end)) as Filter['skipped'],
  }
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** What of a profile the program depends on, as text. Lists keep their order, as libseccomp goes by it. */
function content(profile: Seccomp): string {
  // Who listens is nothing to the program.
  const { defaultAction, defaultErrnoRet, architectures, flags, syscalls, ...others } = profile
  const { listenerPath: _, listenerMetadata: __, ...rest } = others
  const rules = syscalls?.map(({ names, action, errnoRet, args }) => [
    names,
    action,
    errnoRet,
    args?.map(({ index, value, valueTwo, op }) => [index, String(value), String(valueTwo), op]),
  ])
  return JSON.stringify([defaultAction, defaultErrnoRet, architectures, flags, rules, rest])
}
