// A unix socket that listens, and what comes to it: Node's own give no descriptors out.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Fd } from '../../src/native/fd.ts'
import { syscall } from '../../src/native/libc.ts'
import { receive } from '../../src/native/socket.ts'
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../../src/native/uapi.ts'

/** Bound by a relative name, so that the folder may be as deep as it likes. */
export function listen(t: TestContext, place: string, name: string, type = SOCK_STREAM, backlog = 8): Fd {
  const socket = new Fd(syscall('socket', AF_UNIX, type | SOCK_CLOEXEC, 0))
  t.after(() => socket.close())
  const address = Buffer.alloc(110)
  address.writeUInt16LE(AF_UNIX, 0)
  const before = process.cwd()
  process.chdir(place)
  try {
    assert(Buffer.byteLength(name) <= 108)
    address.write(name, 2)
    syscall('bind', socket.number, address, address.length)
  } finally {
    process.chdir(before)
  }
  syscall('listen', socket.number, backlog)
  return socket
}

export function accept(socket: Fd): Fd {
  return new Fd(syscall('accept4', socket.number, null, null, SOCK_CLOEXEC))
}

/** What `sendDescriptor` has sent: one message that is there by now. */
export function accepted(socket: Fd): { readonly text: string; readonly descriptor: Fd } {
  using connection = accept(socket)
  const got = receive(connection, 4096)
  const [descriptor] = got?.descriptors ?? []
  assert.ok(got !== null && descriptor !== undefined)
  return { text: got.bytes.toString(), descriptor }
}
