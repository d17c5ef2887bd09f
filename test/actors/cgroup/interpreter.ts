// The part of eBPF that device programs use, as an oracle for the assembler: interprets instructions, knows nothing of rules.
// Source: Documentation/bpf/standardization/instruction-set.rst.

export interface Request {
  /** 1 block, 2 character. */
  readonly type: number
  /** 1 mknod, 2 read, 4 write. */
  readonly access: number
  readonly major: number
  readonly minor: number
}

/** Runs a program on a struct bpf_cgroup_dev_ctx. Throws for what the verifier would refuse too. */
export function interpret(program: Buffer, { type, access, major, minor }: Request): bigint {
  const context = Buffer.alloc(12)
  context.writeUInt32LE(((access << 16) | type) >>> 0, 0)
  context.writeUInt32LE(major, 4)
  context.writeUInt32LE(minor, 8)

  const registers: (bigint | 'context' | undefined)[] = [undefined, 'context']
  const value = (index: number): bigint => {
    const found = registers[index]
    if (typeof found !== 'bigint') throw new Error(`register ${index} is not a number`)
    return found
  }
  for (let pc = 0, steps = 0; ; pc++, steps++) {
    if (pc < 0 || pc * 8 >= program.length) throw new Error(`jump out of the program, to ${pc}`)
    if (steps > 10_000) throw new Error('a loop')
    const code = program.readUInt8(pc * 8)
    const destination = program.readUInt8(pc * 8 + 1) & 15
    const source = program.readUInt8(pc * 8 + 1) >> 4
    const offset = program.readInt16LE(pc * 8 + 2)
    const immediate = program.readInt32LE(pc * 8 + 4)
    const wide = BigInt.asUintN(64, BigInt(immediate)) // sign-extended
    switch (code) {
      case 0x61: // LDX W
        if (registers[source] !== 'context') throw new Error('a load from elsewhere')
        registers[destination] = BigInt(context.readUInt32LE(offset))
        break
      case 0x69: // LDX H
        if (registers[source] !== 'context') throw new Error('a load from elsewhere')
        registers[destination] = BigInt(context.readUInt16LE(offset))
        break
      case 0xb7: // MOV64 K
        registers[destination] = wide
        break
      case 0x57: // AND64 K
        registers[destination] = value(destination) & wide
        break
      case 0x05: // JA
        pc += offset
        break
      case 0x55: // JNE K
        if (value(destination) !== wide) pc += offset
        break
      case 0x56: // JNE32 K
        if (BigInt.asUintN(32, value(destination)) !== BigInt.asUintN(32, wide)) pc += offset
        break
      case 0x45: // JSET K
        if ((value(destination) & wide) !== 0n) pc += offset
        break
      case 0x95: // EXIT
        return value(0)
      default:
        throw new Error(`instruction ${pc}: unknown code 0x${code.toString(16)}`)
    }
  }
}
