// Names of sysctls: where they are below /proc/sys, and which namespace they belong to.

import type { NamespaceType } from './config.ts'

/**
 * The file of a sysctl, relative to /proc/sys; null for what is no name of one.
 *
 * As sysctl(8) reads it: the first separator, dot or slash, is the one that separates; the other is then part of a
 * name. `net.ipv4.conf.eno2/100.rp_filter` and `net/ipv4/conf/eno2.100/rp_filter` are the same file.
 */
export function sysctlPath(key: string): string | null {
  const path = /[./]/.exec(key)?.[0] === '.' ? key.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.')) : key
  const parts = path.split('/')
  if (parts.length < 2 || parts.some((part) => part === '' || part === '.' || part === '..')) return null
  return path
}

/** In the kernel's own words the set of an IPC namespace; namespaces(7). */
const ipc: ReadonlySet<string> = new Set([
  'kernel/msgmax',
  'kernel/msgmnb',
  'kernel/msgmni',
  'kernel/sem',
  'kernel/shmall',
  'kernel/shmmax',
  'kernel/shmmni',
  'kernel/shm_rmid_forced',
])

/**
 * The namespace whose value a sysctl is, or null for one that the whole machine shares.
 *
 * @param path as sysctlPath gives it
 */
export function sysctlNamespace(path: string): NamespaceType | null {
  if (ipc.has(path) || path.startsWith('fs/mqueue/')) return 'ipc'
  if (path.startsWith('net/')) return 'network'
  if (path === 'kernel/hostname' || path === 'kernel/domainname') return 'uts'
  if (path.startsWith('user/')) return 'user'
  return null
}
