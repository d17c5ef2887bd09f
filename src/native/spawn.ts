// A new process from Node: the C library's posix_spawn, the one way that neither forks this process's threads nor copies its memory.

import { SyscallError } from './errno.ts'
import { Fd, numberOf, type Descriptor } from './fd.ts'
import { fcntl, libcFunction } from './libc.ts'
import { F_DUPFD_CLOEXEC } from './uapi.ts'

export interface SpawnOptions {
  /** The executable; `/proc/self/fd/N` is looked up in the child before close-on-exec, so N is a number of this process. */
  readonly path: string
  readonly argv: readonly string[]
  /** `NAME=value`, all of it: nothing is inherited. */
  readonly env: readonly string[]
  /** Number in the child to descriptor here. 0, 1 and 2 stay what they are here unless named. */
  readonly descriptors?: ReadonlyMap<number, Descriptor>
}

/** sizeof(posix_spawn_file_actions_t) is 80 and sizeof(posix_spawnattr_t) 336, in glibc and in musl, on both architectures. */
const FILE_ACTIONS_BYTES = 128
const ATTRIBUTES_BYTES = 512
/** sizeof(sigset_t) of the C libraries. */
const SIGSET_BYTES = 128

// spawn.h
const POSIX_SPAWN_SETSIGDEF = 0x04
const POSIX_SPAWN_SETSIGMASK = 0x08

interface Functions {
  readonly spawn: (
    pid: Buffer,
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: readonly (string | null)[],
    env: readonly (string | null)[],
  ) => number
  readonly initActions: (actions: Buffer) => number
  readonly addDup2: (actions: Buffer, fd: number, newFd: number) => number
  readonly destroyActions: (actions: Buffer) => number
  /** The same for every process, so made once: all signals to their default, none blocked. */
  readonly attributes: Buffer
}

let functions: Functions | undefined

/** Those that nobody has been told the end of. */
const spawned = new Set<number>()

/** Whether a child is one that was started here, and whose end is awaited by who did. */
export function isSpawned(pid: number): boolean {
  return spawned.has(pid)
}

/** Its status has been taken: the number may become another's. */
export function forgetSpawned(pid: number): void {
  spawned.delete(pid)
}

/**
 * Starts a program and returns when it has been exec'ed (about 0.1 ms; this thread waits). The child has every signal at its
 * default and none blocked (Node ignores SIGPIPE, and a container must not inherit that), descriptors 0 to 2 and those of
 * `descriptors`. What is close-on-exec here is closed a moment after this returns; what is not, the child has to close: Node makes all
 * it opens close-on-exec, and of what it inherited all up to the first gap. Limits, scheduling, umask, folder and credentials are
 * inherited.
 *
 * The child is this process's to reap, by waitPidfd; Node reaps only its own.
 *
 * @returns its pid
 * @throws {SyscallError} of `posix_spawn`: what execve or a dup2 in the child said, ENOENT, EACCES, ETXTBSY, EBADF (a target
 *   above the soft RLIMIT_NOFILE too), or EAGAIN: the limit of processes is reached
 * @see posix_spawn(3)
 */
export function spawn({ path, argv, env, descriptors = new Map() }: SpawnOptions): number {
  for (const text of [path, ...argv, ...env]) {
    if (text.includes('\0')) throw new TypeError(`posix_spawn: ${JSON.stringify(text)} contains a NUL`)
  }
  functions ??= open()
  const { spawn, initActions, addDup2, destroyActions, attributes } = functions
  const { pairs, moved } = plan(descriptors)
  const actions = Buffer.alloc(FILE_ACTIONS_BYTES)
  check('posix_spawn_file_actions_init', initActions(actions), [])
  try {
    // A dup2 to the same number only takes its close-on-exec away: posix_spawn_file_actions_adddup2(3p).
    for (const [target, source] of pairs) {
      check('posix_spawn_file_actions_adddup2', addDup2(actions, source, target), [source, target])
    }
    const pid = Buffer.alloc(4)
    check('posix_spawn', spawn(pid, path, actions, attributes, [...argv, null], [...env, null]), [path])
    const number = pid.readInt32LE(0)
    spawned.add(number)
    return number
  } finally {
    destroyActions(actions)
    for (const fd of moved) fd.close()
  }
}

/**
 * Which number each target is made from. The child makes them one after the other, so a source whose number is also another's
 * target would be gone before its turn: such a source is duplicated out of the way first.
 */
function plan(descriptors: ReadonlyMap<number, Descriptor>): { pairs: [number, number][]; moved: Fd[] } {
  const wanted = new Map<number, Descriptor>([[0, 0], [1, 1], [2, 2], ...descriptors])
  const above = Math.max(...wanted.keys()) + 1
  const pairs: [number, number][] = []
  const moved: Fd[] = []
  try {
    for (const [target, descriptor] of wanted) {
      const source = numberOf(descriptor)
      if (source !== target && wanted.has(source)) {
        const copy = new Fd(fcntl(source, F_DUPFD_CLOEXEC, above))
        moved.push(copy)
        pairs.push([target, copy.number])
      } else {
        pairs.push([target, source])
      }
    }
  } catch (error) {
    for (const fd of moved) fd.close()
    throw error
  }
  return { pairs, moved }
}

function open(): Functions {
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES)
  const everySignal = Buffer.alloc(SIGSET_BYTES, 0xff)
  const noSignal = Buffer.alloc(SIGSET_BYTES)
  type OnAttributes<A extends unknown[]> = (attributes: Buffer, ...args: A) => number
  const init: OnAttributes<[]> = libcFunction('int posix_spawnattr_init(void *attributes)')
  const setDefault: OnAttributes<[Buffer]> = libcFunction(
    'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
  )
  const setMask: OnAttributes<[Buffer]> = libcFunction(
    'int posix_spawnattr_setsigmask(void *attributes, const void *signals)',
  )
  const setFlags: OnAttributes<[number]> = libcFunction('int posix_spawnattr_setflags(void *attributes, short flags)')
  check('posix_spawnattr_init', init(attributes))
  check('posix_spawnattr_setsigdefault', setDefault(attributes, everySignal))
  check('posix_spawnattr_setsigmask', setMask(attributes, noSignal))
  check('posix_spawnattr_setflags', setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
  return {
    attributes,
    spawn: libcFunction(
      'int posix_spawn(void *pid, str path, const void *actions, const void *attributes, const str *argv, const str *env)',
    ),
    initActions: libcFunction('int posix_spawn_file_actions_init(void *actions)'),
    addDup2: libcFunction('int posix_spawn_file_actions_adddup2(void *actions, int fd, int newFd)'),
    destroyActions: libcFunction('int posix_spawn_file_actions_destroy(void *actions)'),
  }
}

/** These functions return the errno instead of setting it. */
function check(name: string, errno: number, args: readonly (number | string)[] = []): void {
  if (errno !== 0) throw new SyscallError(name, errno, args)
}
