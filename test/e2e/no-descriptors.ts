// A process in which one call that gives a descriptor fails, as if the limit of open files were reached just there.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import fs from 'node:fs'
import { errnos } from '../../src/native/errno.ts'
import { architecture, syscalls } from '../../src/native/syscalls.ts'
import { F_DUPFD_CLOEXEC } from '../../src/native/uapi.ts'

/** Of node:fs those that open, or open and close again. */
const opening = ['openSync', 'readFileSync', 'writeFileSync', 'readdirSync'] as const

/** Of the kernel. A call of posix_spawn needs none here, but may fail for the same reason. */
const giving = [
  'memfd_create',
  'pipe2',
  'socketpair',
  'pidfd_open',
  'pidfd_getfd',
  'epoll_create1',
  'inotify_init1',
  'open_tree',
  'openat',
  'openat2',
  'eventfd2',
]

type Koffi = typeof import('koffi')
type Call = (...args: unknown[]) => number

let left = Infinity
let count = 0
const called: string[] = []

/** Lets the `n`th call from now on fail, once; Infinity: none. */
export function failCall(n: number): void {
  left = n
  count = 0
  called.length = 0
}

/** The calls since then. */
export function callsSince(): readonly string[] {
  return called
}

function fails(name: string): boolean {
  called.push(name)
  return ++count === left
}

/** From now on, in this process. Must come before the first system call. */
export function interpose(): void {
  for (const name of opening) {
    const original = fs[name] as (...args: unknown[]) => unknown
    const replaced = (...args: unknown[]) => {
      if (typeof args[0] === 'string' && fails(`${name} ${args[0]}`)) {
        const message = `EMFILE: too many open files, open '${args[0]}'`
        throw Object.assign(new Error(message), {
          code: 'EMFILE',
          errno: -errnos.EMFILE,
          syscall: 'open',
          path: args[0],
        })
      }
      return original(...args)
    }
    Object.assign(fs, { [name]: replaced })
  }
  syncBuiltinESMExports()

  const koffi = createRequire(import.meta.url)('koffi') as { -readonly [K in keyof Koffi]: Koffi[K] }
  const numbers = new Map(Object.entries(syscalls[architecture()]).map(([name, number]) => [number, name]))
  const { load, errno } = koffi
  let injected: number | null = null
  koffi.errno = () => injected ?? errno()
  koffi.load = (...args) => {
    const library = load(...args)
    const { func } = library
    const declare = (declaration: string): Call => {
      const original = (func as (declaration: string) => unknown).call(library, declaration) as Call
      if (!declaration.startsWith('long syscall(')) return original
      return (number, ...rest) => {
        injected = null
        const name = numbers.get(number as number) ?? ''
        const gives = giving.includes(name) || (name === 'fcntl' && rest[1] === F_DUPFD_CLOEXEC)
        if (!gives || !fails(name)) return original(number, ...rest)
        injected = errnos.EMFILE
        return -1
      }
    }
    return { ...library, func: declare } as unknown as typeof library
  }
}
