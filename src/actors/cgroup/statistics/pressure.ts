// Pressure stall information: in every version 2 group, whatever its controllers. Linux 4.20

import type { Pressure } from '../../stats.ts'
import type { GroupFiles } from './files.ts'
import { parsePressure } from './parse.ts'

export function pressure(files: GroupFiles, file: string): Pressure | null {
  const text = files.text(file)
  return text === null ? null : parsePressure(text)
}
