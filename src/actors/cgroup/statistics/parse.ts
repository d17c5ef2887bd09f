// The forms in which the kernel writes what it counts. Pure: text in, numbers out, with every digit.

import type { IoCount, Pressure, PressureStall } from '../../stats.ts'

/** `123`; null for what is no number, as `max`. */
export function parseNumber(text: string | null): bigint | null {
  const digits = text?.trim() ?? ''
  return /^-?\d+$/.test(digits) ? BigInt(digits) : null
}

/** Lines of `name 123`. */
export function parseKeyed(text: string): Record<string, bigint> {
  const found: Record<string, bigint> = {}
  for (const [, name = '', value = ''] of text.matchAll(/^(\S+) (\d+)$/gm)) found[name] = BigInt(value)
  return found
}

/** `0-3,8`; an empty file is an empty list. @see cpuset(7), List format */
export function parseList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and a line for `full`. @see psi.rst */
export function parsePressure(text: string): Pressure | null {
  const stalls = new Map<string, PressureStall>()
  for (const line of text.split('\n')) {
    const [who = '', ...fields] = line.split(' ')
    const of = new Map(fields.map((field) => field.split('=') as [string, string]))
    const total = parseNumber(of.get('total') ?? null)
    if (total === null) continue
    const average = (name: string) => Number(of.get(name) ?? 0)
    stalls.set(who, { avg10: average('avg10'), avg60: average('avg60'), avg300: average('avg300'), totalUs: total })
  }
  const [some, full] = [stalls.get('some'), stalls.get('full')]
  return some === undefined ? null : { some, ...(full === undefined ? {} : { full }) }
}

/** Version 1: `8:0 Read 4096` or `8:0 4096`, and a line with the total of all devices, which is left out. */
export function parseBlkio(text: string): IoCount[] {
  return [...text.matchAll(/^(\d+):(\d+)(?: ([A-Za-z]+))? (\d+)$/gm)].map(([, major, minor, op, value = '']) => ({
    major: Number(major),
    minor: Number(minor),
    ...(op === undefined ? {} : { op }),
    value: BigInt(value),
  }))
}

/** What version 2 calls them, and version 1. */
const operations: Readonly<Record<string, readonly ['serviceBytes' | 'serviced', string]>> = {
  rbytes: ['serviceBytes', 'Read'],
  wbytes: ['serviceBytes', 'Write'],
  dbytes: ['serviceBytes', 'Discard'],
  rios: ['serviced', 'Read'],
  wios: ['serviced', 'Write'],
  dios: ['serviced', 'Discard'],
}

/**
 * Version 2: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6`. Some kernels put a device of which there is nothing to say
 * in front of the next one, on its line.
 */
export function parseIoStat(text: string): { serviceBytes: IoCount[]; serviced: IoCount[] } {
  const found = { serviceBytes: [] as IoCount[], serviced: [] as IoCount[] }
  let [major, minor] = [0, 0]
  for (const word of text.split(/\s+/)) {
    const device = /^(\d+):(\d+)$/.exec(word)
    if (device !== null) [major, minor] = [Number(device[1]), Number(device[2])]
    const [, name = '', value = ''] = /^(\w+)=(\d+)$/.exec(word) ?? []
    const [table, op] = operations[name] ?? []
    if (table !== undefined && op !== undefined) found[table].push({ major, minor, op, value: BigInt(value) })
  }
  return found
}
