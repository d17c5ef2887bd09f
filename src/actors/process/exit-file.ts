// How init has ended: as its keeper left it in the container's folder, as wait(2) says it, as procfs shows it.

import { readFileSync } from 'node:fs'
import { ignoring } from '../../native/errno.ts'
import { signalName } from '../../native/kill.ts'
import { zombieStatus } from '../../native/process-stat.ts'
import { CLD_EXITED } from '../../native/uapi.ts'
import { decodeExitRecord, exitRecord } from '../../plan/exit-record.ts'
import type { ProcessId } from '../creation.ts'
import type { Exit } from '../exit.ts'

/** What the keeper left in the folder; null when it has left nothing (yet). */
export function readExit(folder: string): Exit | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(`${folder}/exit`)
  } catch (error) {
    ignoring('ENOENT')(error)
    return null
  }
  const record = decodeExitRecord(bytes)
  if (record === null) return null
  return record.code === exitRecord.asWait
    ? endOf(record.status, record.pid, record.atMs)
    : exitOf(
        record.code === CLD_EXITED ? record.status : null,
        record.code === CLD_EXITED ? null : record.status,
        record.pid,
        record.atMs,
      )
}

/** How a process has ended that nobody has reaped yet; null: it is none, or may not be asked. */
export function zombieEnd(process: ProcessId): Exit | null {
  const status = zombieStatus(process)
  return status === null ? null : endOf(status, process.pid)
}

export function exitOf(code: number | null, signal: number | null, pid: number, atMs: number): Exit {
  const exitCode = code ?? (signal === null ? null : 128 + signal)
  return {
    code,
    signal: signal === null ? null : signalName(signal),
    exitCode,
    oomKilled: false,
    at: new Date(atMs).toISOString(),
    pid,
  }
}

/** @param status as wait(2) gives it */
export function endOf(status: number, pid: number, atMs = Date.now()): Exit {
  const signal = status & 0x7f
  return signal === 0 ? exitOf((status >> 8) & 0xff, null, pid, atMs) : exitOf(null, signal, pid, atMs)
}
