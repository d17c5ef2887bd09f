// What kind of file system something is on.

import { numberOf, type Descriptor } from './fd.ts'
import { syscall } from './libc.ts'

export interface FileSystem {
  /** *_MAGIC. */
  readonly type: number
  readonly blockBytes: number
  readonly blocks: bigint
  readonly blocksFree: bigint
  /** Free for users without privilege. */
  readonly blocksAvailable: bigint
  /** ST_* bits of the mount. */
  readonly flags: number
}

/** sizeof(struct statfs), the same on both architectures. */
const STATFS_BYTES = 120

/**
 * @throws {SyscallError} EBADF
 * @see fstatfs(2)
 */
export function fstatfs(fd: Descriptor): FileSystem {
  const bytes = Buffer.alloc(STATFS_BYTES)
  syscall('fstatfs', numberOf(fd), bytes)
  return decode(bytes)
}

/**
 * @throws {SyscallError} ENOENT, EACCES
 * @see statfs(2)
 */
export function statfs(path: string): FileSystem {
  const bytes = Buffer.alloc(STATFS_BYTES)
  syscall('statfs', path, bytes)
  return decode(bytes)
}

// struct statfs: type 0, bsize 8, blocks 16, bfree 24, bavail 32, files 40, ffree 48, fsid 56, namelen 64, frsize 72, flags 80.
function decode(bytes: Buffer): FileSystem {
  return {
    type: Number(bytes.readBigInt64LE(0)),
    blockBytes: Number(bytes.readBigInt64LE(8)),
    blocks: bytes.readBigUInt64LE(16),
    blocksFree: bytes.readBigUInt64LE(24),
    blocksAvailable: bytes.readBigUInt64LE(32),
    flags: Number(bytes.readBigInt64LE(80)),
  }
}
