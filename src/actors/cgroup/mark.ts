// Whose a group is. Two runtimes with roots of their own may be asked for the same group, and the one that comes second
// must not, in undoing its failure, kill the container of the first. So a group bears the mark of the receipt it was made for.

import { SyscallError } from '../../native/errno.ts'
import { syscall } from '../../native/libc.ts'

/** `trusted` only root of the machine can read and write, so no container; without those rights `user` has to do. */
const names = ['trusted.stator', 'user.stator'] as const

/**
 * Marks a group's folder.
 *
 * @returns false where this cgroup file system keeps no marks
 * @see setxattr(2); for `user` on cgroups, Linux 5.7
 */
export function setMark(folder: string, mark: string): boolean {
  const value = Buffer.from(mark)
  for (const name of names) {
    try {
      syscall('setxattr', folder, name, value, value.length, 0)
      return true
    } catch (error) {
      if (!(error instanceof SyscallError) || !['EPERM', 'EACCES', 'EOPNOTSUPP'].includes(error.code)) throw error
    }
  }
  return false
}

/** A folder's mark; null: it has none; undefined: there is no such folder. */
export function readMark(folder: string): string | null | undefined {
  const value = Buffer.alloc(256)
  for (const name of names) {
    try {
      return value.toString('utf8', 0, syscall('getxattr', folder, name, value, value.length))
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      if (!['ENODATA', 'EPERM', 'EACCES', 'EOPNOTSUPP'].includes(error.code)) throw error
    }
  }
  return null
}
