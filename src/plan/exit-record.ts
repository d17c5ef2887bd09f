// The exit record that a keeper leaves in the state folder: fixed-size binary, because a plan cannot format numbers.

/** Offsets in bytes; little-endian. */
export const exitRecord = {
  size: 48,
  /** 'STEX' */
  magicValue: 0x58455453,
  magic: 0, // u32
  /** CLD_EXITED, CLD_KILLED or CLD_DUMPED; `asWait`; 0: init ended, and how cannot be known. */
  code: 4, // u32
  /** A code: the status is as wait(2) gives it. */
  asWait: 0x100,
  /** What it returned, or the signal. */
  status: 8, // i32
  pid: 12, // i32
  /** struct timespec: seconds and nanoseconds, 64 bits each. */
  realtime: 16,
  boottime: 32,
} as const

export interface ExitRecord {
  readonly code: number
  readonly status: number
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

/** @returns null when the bytes are no exit record */
export function decodeExitRecord(bytes: Buffer): ExitRecord | null {
  if (bytes.length !== exitRecord.size || bytes.readUInt32LE(exitRecord.magic) !== exitRecord.magicValue) return null
  const seconds = Number(bytes.readBigInt64LE(exitRecord.realtime))
  const nanoseconds = Number(bytes.readBigInt64LE(exitRecord.realtime + 8))
  return {
    code: bytes.readUInt32LE(exitRecord.code),
    status: bytes.readInt32LE(exitRecord.status),
    pid: bytes.readInt32LE(exitRecord.pid),
    atMs: seconds * 1000 + Math.floor(nanoseconds / 1e6),
  }
}
