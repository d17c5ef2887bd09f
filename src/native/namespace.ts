// Namespaces by path, checked to be what they are said to be.

import { errnos, SyscallError, Word } from './errno.ts'
import { numberOf, type Descriptor, type Fd } from './fd.ts'
import { syscallResult } from './libc.ts'
import { openat } from './mount.ts'
import { fstatfs } from './statfs.ts'
import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  NS_GET_NSTYPE,
  NSFS_MAGIC,
  O_PATH,
  O_RDONLY,
} from './uapi.ts'

/** The kind of a namespace to its name in the OCI's `linux.namespaces[].type`. */
const kinds: ReadonlyMap<number, string> = new Map([
  [CLONE_NEWCGROUP, 'cgroup'],
  [CLONE_NEWIPC, 'ipc'],
  [CLONE_NEWNET, 'network'],
  [CLONE_NEWNS, 'mount'],
  [CLONE_NEWPID, 'pid'],
  [CLONE_NEWTIME, 'time'],
  [CLONE_NEWUSER, 'user'],
  [CLONE_NEWUTS, 'uts'],
])

/**
 * Opens a namespace, and nothing else: what the path leads to is looked at before it is opened, as opening a device or a FIFO may
 * already do something, or wait for ever.
 *
 * @param path /proc/PID/ns/TYPE, or where one is mounted
 * @param expectedType the CLONE_NEW* flag
 * @throws {SyscallError} ENOENT; EINVAL: not a namespace, or one of another type, which is named; EACCES: no right to trace that process
 * @see namespaces(7); NS_GET_NSTYPE in ioctl_ns(2), Linux 4.11
 */
export function openNamespace(path: string, expectedType: number): Fd {
  const wanted = kinds.get(expectedType) ?? `0x${expectedType.toString(16)}`
  using entry = openat(path, O_PATH)
  if (fstatfs(entry).type !== NSFS_MAGIC) {
    throw new SyscallError(
      'openat',
      errnos.EINVAL,
      [AT_FDCWD, path],
      `not a namespace, and should be a ${wanted} namespace`,
    )
  }
  // The same file by its descriptor, not by the path: that may lead elsewhere by now.
  const namespace = openat(`/proc/self/fd/${entry.number}`, O_RDONLY)
  try {
    const type = namespaceType(namespace)
    if (type === expectedType) return namespace
    const detail = `a ${kinds.get(type) ?? 'new kind of'} namespace, and should be a ${wanted} namespace`
    throw new SyscallError('ioctl', errnos.EINVAL, [path, new Word('NS_GET_NSTYPE')], detail)
  } catch (error) {
    namespace.close()
    throw error
  }
}

/**
 * @returns its CLONE_NEW* flag
 * @throws {SyscallError} ENOTTY: not a namespace
 * @see ioctl_ns(2)
 */
export function namespaceType(namespace: Descriptor): number {
  const result = syscallResult('ioctl', numberOf(namespace), NS_GET_NSTYPE, 0)
  if (result < 0) throw new SyscallError('ioctl', -result, [numberOf(namespace), new Word('NS_GET_NSTYPE')])
  return result
}
