// A program of nothing but system calls, as they are asked for: what a libc would do about a refusal would only be in the way. It is
// written here as machine code, because the machines that tests run on have no compiler.

/** One call, by the entry that it goes through: a 64-bit process may make the calls of i386, too. */
export interface RawCall {
  readonly abi?: 'x86_64' | 'i386'
  readonly number: number
  /** A text is passed as the address of its bytes and a NUL. */
  readonly args?: readonly (number | bigint | string)[]
}

const BASE = 0x400000n
const HEADERS = 64 + 56

/** mov REGISTER, imm64: rax and the arguments in their order. */
const registers64 = ['48b8', '48bf', '48be', '48ba', '49ba', '49b8', '49b9']
/** mov REGISTER, imm32: eax and the arguments in their order. */
const registers32 = ['b8', 'bb', 'b9', 'ba', 'be', 'bf', 'bd']

/**
 * An ELF executable that makes the calls one after the other, writes what each returned to its standard output, 8 bytes each, and
 * ends with 0.
 */
export function rawCalls(calls: readonly RawCall[]): Buffer {
  const write: RawCall = { number: 1, args: [1, 0, calls.length * 8] }
  const exit: RawCall = { number: 231, args: [0] }
  const all = [...calls, write, exit]
  // The length of the code does not depend on addresses: once to measure, once for good.
  const assemble = (results: bigint, texts: ReadonlyMap<string, bigint>) =>
    Buffer.concat(
      all.flatMap((call, index) => {
        const args = call === write ? [1, results, calls.length * 8] : (call.args ?? [])
        return codeOf({ ...call, args }, results + BigInt(index) * 8n, texts)
      }),
    )
  const strings = [...new Set(calls.flatMap(({ args = [] }) => args.filter((arg) => typeof arg === 'string')))]
  const { length } = assemble(0n, new Map(strings.map((text) => [text, 0n])))
  let at = BASE + BigInt(HEADERS + length)
  const texts = new Map<string, bigint>()
  for (const text of strings) {
    texts.set(text, at)
    at += BigInt(Buffer.byteLength(text) + 1)
  }
  const code = assemble(at, texts)
  const data = Buffer.from(strings.map((text) => `${text}\0`).join(''))
  return Buffer.concat([headers(HEADERS + code.length + data.length, all.length * 8), code, data])
}

/** What `rawCalls` has written. */
export function results(written: Buffer): number[] {
  return Array.from({ length: written.length / 8 }, (_, index) => Number(written.readBigInt64LE(index * 8)))
}

function codeOf({ abi, number, args = [] }: RawCall, result: bigint, texts: ReadonlyMap<string, bigint>): Buffer[] {
  const values = [number, ...args].map((arg) => (typeof arg === 'string' ? (texts.get(arg) ?? 0n) : BigInt(arg)))
  const store = [Buffer.from('48a3', 'hex'), bytesOf(result, 8)]
  if (abi === 'i386') {
    const loads = values.flatMap((value, index) => [Buffer.from(registers32[index]!, 'hex'), bytesOf(value, 4)])
    // int 0x80; movsxd rax, eax
    return [...loads, Buffer.from('cd80', 'hex'), Buffer.from('4863c0', 'hex'), ...store]
  }
  const loads = values.flatMap((value, index) => [Buffer.from(registers64[index]!, 'hex'), bytesOf(value, 8)])
  return [...loads, Buffer.from('0f05', 'hex'), ...store]
}

function bytesOf(value: bigint, length: 4 | 8): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  return bytes.subarray(0, length)
}

/** One segment that can be read, written and executed, with room for the results behind what is in the file. */
function headers(fileBytes: number, roomBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADERS)
  Buffer.from('7f454c46020101', 'hex').copy(bytes)
  bytes.writeUInt16LE(2, 16) // ET_EXEC
  bytes.writeUInt16LE(62, 18) // EM_X86_64
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(BASE + BigInt(HEADERS), 24)
  bytes.writeBigUInt64LE(64n, 32)
  for (const [offset, value] of [[52, 64], [54, 56], [56, 1]] as const) bytes.writeUInt16LE(value, offset) // prettier-ignore
  bytes.writeUInt32LE(1, 64) // PT_LOAD
  bytes.writeUInt32LE(7, 68)
  for (const [offset, value] of [[80, BASE], [88, BASE], [96, BigInt(fileBytes)], [104, BigInt(fileBytes + roomBytes)], [112, 0x1000n]] as const) bytes.writeBigUInt64LE(value, offset) // prettier-ignore
  return bytes
}
