// What init tells of a hook that has run inside the container: the payload of a record.

/** Offsets in bytes; little-endian. */
export const hookEnd = {
  size: 16,
  /** CLD_EXITED, CLD_KILLED or CLD_DUMPED. */
  code: 0, // u32
  /** What it returned, or the signal. */
  status: 4, // i32
  /** All hooks of one kind print into one file: how long it is now. */
  printed: 8, // u64
} as const

export interface HookEnd {
  readonly code: number
  readonly status: number
  readonly printedBytes: number
}

export function decodeHookEnd(payload: Buffer): HookEnd {
  return {
    code: payload.readUInt32LE(hookEnd.code),
    status: payload.readInt32LE(hookEnd.status),
    printedBytes: Number(payload.readBigUInt64LE(hookEnd.printed)),
  }
}
