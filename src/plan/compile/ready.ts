// The last sync point before the program: everything that can fail has been done. With it goes the container's /etc/passwd,
// when the environment has no HOME, and the answer brings HOME.

import * as uapi from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import { RECORD_MAGIC, record, recordKind } from '../layout.ts'
import type { Address, Register } from '../step.ts'
import { openInRoot, statx } from './paths.ts'
import { awaitGoOn, reach, syncPoint } from './sync.ts'

/** The container's /etc/passwd may be this long; what is beyond is not read (kernel rule 7). */
export const PASSWD_BYTES = 65536
/** `HOME=` and a path. */
export const HOME_BYTES = 4352

export interface Passwd {
  readonly record: Address
  readonly length: Register
}

/** The container's own file, read where only this process can be held up by it: regular, at most 64 KiB, never blocking. */
export function readPasswd(plan: PlanBuilder, root: Register, room: Address): Passwd {
  const message = Buffer.alloc(record.size)
  message.writeUInt32LE(RECORD_MAGIC, record.magic)
  message.writeUInt32LE(recordKind.reached, record.kind)
  message.writeUInt32LE(syncPoint.ready, record.step)
  const buffer = plan.scratch(record.size + PASSWD_BYTES, 'passwd')
  for (let at = 0; at < record.size; at += 8)
    plan.store(buffer.plus(at), 8, message.readBigUInt64LE(at), 'the head of the message')
  const length = plan.set(0, 'nothing read yet')
  const next = plan.label('next')
  const open = plan.label('open')
  plan.at('process.env', () => {
    const file = openInRoot(plan, root, '/etc/passwd', 'look for HOME in /etc/passwd', {
      flags: uapi.O_RDONLY | uapi.O_NONBLOCK,
      // Whatever the image has put there (a socket is ENXIO): without it HOME is /.
      jump: { on: 'any', to: next },
    })
    plan.sys('statx', [file, '', uapi.AT_EMPTY_PATH, uapi.STATX_BASIC_STATS, room], 'look what it is')
    plan.if(plan.load(room.plus(statx.mode), 2, 'its mode'), '!=', uapi.S_IFREG, open, 'a regular file', uapi.S_IFMT)
    const got = plan.sys('read', [file, buffer.plus(record.size), PASSWD_BYTES], 'read it')
    plan.set(got, 'its length', length)
    plan.place(open)
    plan.close(file)
    plan.place(next)
  })
  return { record: buffer, length }
}

/**
 * All that can fail has been done. With a passwd as payload; the answer holds `HOME=…`, ended by NUL.
 *
 * @param master of the terminal, for the runtime to take
 */
export function ready(
  plan: PlanBuilder,
  control: number,
  passwd: Passwd | undefined,
  master: Register | undefined,
): Address | undefined {
  const reply = plan.scratch(record.size + HOME_BYTES, 'reply')
  if (passwd === undefined) {
    reach(plan, control, 'ready', master)
    awaitGoOn(plan, control, 'ready', reply)
    return undefined
  }
  if (master !== undefined) plan.store(passwd.record.plus(record.value), 8, master, 'with the master of the terminal')
  // An iovec for the head and as many bytes as were read.
  const vector = plan.words([passwd.record, record.size, passwd.record.plus(record.size), 0], 'head and passwd')
  plan.store(vector.plus(24), 8, passwd.length, 'as much as was read')
  plan.sys('writev', [control, vector, 2], 'tell the runtime: ready, with the passwd')
  awaitGoOn(plan, control, 'ready', reply, HOME_BYTES)
  return reply.plus(record.size)
}
