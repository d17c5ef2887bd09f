// A plan as bytes: the one description of what TypeScript writes and the stub reads. The C header beside the stub,
// src/native/init/plan.h, is generated from this file by header.ts.
//
//   header | steps, STEP_SIZE bytes each | data
//
// The stub maps the bytes at PLAN_BASE and a zeroed scratch area at SCRATCH_BASE, so that a pointer is known when the plan
// is compiled. Little-endian: both architectures are. All offsets and sizes are in bytes.

/** 'STPL'. */
export const PLAN_MAGIC = 0x4c505453
export const PLAN_VERSION = 1

/** Below 2^39, so that it fits the smallest address space of aarch64; far from where a static program or its stack lives. */
export const PLAN_BASE = 0x10_0000_0000
export const SCRATCH_BASE = 0x18_0000_0000

/** The plan's own descriptor, and the first of those a plan inherits: 3, 4, … belong to the user's program. */
export const PLAN_DESCRIPTOR = 1000

export const REGISTERS = 256
/** The register that holds the descriptor to which a failing step is reported; negative for none. */
export const REPORT_REGISTER = 0
/** Added to that descriptor: who fails waits for its children before it ends. */
export const REPORT_WAITS = 0x1_0000_0000
/** `result` of a step that keeps none. */
export const NO_REGISTER = 0xff

export const header = {
  size: 32,
  magic: 0, // u32
  version: 4, // u32
  count: 8, // u32: number of steps
  bytes: 12, // u32: of the whole plan
  data: 16, // u32: offset of the data section
  scratch: 20, // u32: size of the scratch area
} as const

export const step = {
  size: 88,
  op: 0, // u8
  flags: 1, // u8
  width: 2, // u8: of a load or store; for `if` the comparison
  result: 3, // u8: register
  registers: 4, // u16: bit n: argument n names a register
  tries: 6, // u16: how often `retry` errnos are tried again
  number: 8, // u32: of the system call
  target: 12, // u32: step to go to
  errnos: 16, // u16[4]: to tolerate, or to jump on; 0 ends the list, ANY_ERRNO stands for all
  retry: 24, // u16[4]
  expect: 32, // i64
  arguments: 40, // u64[6]
} as const

export const op = {
  sys: 1,
  load: 2, // result = the `width` bytes at address argument 0
  store: 3, // the `width` bytes at address argument 0 = argument 1
  set: 4, // result = argument 0
  if: 5, // (argument 0 & argument 2) compared with argument 1: go to target
  goto: 6,
  fail: 7, // report errno argument 0
  supervise: 8, // wait for events argument 1 on descriptor 0, copy streams 2 and 3 to log 4 meanwhile
} as const

export const flag = {
  tolerate: 1, // an errno of the list is a result like any other (negative)
  jump: 2, // an errno of the list goes to target
  expect: 4, // any other result than `expect` is a failure
  explain: 8, // on failure, what can be read from descriptor argument 0 goes into the report (fsopen(2), "message retrieval")
} as const

export const comparison = { equal: 0, notEqual: 1, below: 2 } as const

export const ANY_ERRNO = 0xffff

/** What the stub writes to the runtime: a failed step, or (from a plan's own data) a sync point reached. */
export const record = {
  size: 32,
  magic: 0, // u32
  kind: 4, // u32
  step: 8, // u32: the failed step's number; the number of a sync point
  errno: 12, // i32
  value: 16, // i64: the unexpected result; a pid; a descriptor of init
  length: 24, // u32: of the text or payload that follows
  text: 256, // at most, for a failure
} as const

/** 'STRC'. */
export const RECORD_MAGIC = 0x43525453
export const recordKind = { failed: 1, reached: 2, cloned: 3, ended: 4, goOn: 5, staged: 6 } as const

/** A frame of the log that `supervise` writes: seconds u64, nanoseconds u64 (CLOCK_REALTIME), stream u32, length u32. */
export const logFrame = { size: 24, seconds: 0, nanoseconds: 8, stream: 16, length: 20, longest: 32768 } as const
