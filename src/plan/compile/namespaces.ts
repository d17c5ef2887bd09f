// linux.namespaces: which are new, which are joined, and who makes them. New ones are flags of the clone that makes init;
// joined ones (and time, which is never a flag of clone3) need a stage, a process that changes its own namespaces, clones
// init as a child of the keeper (CLONE_PARENT), and ends.

import * as uapi from '../../native/uapi.ts'
import type { Namespace, NamespaceType, Spec } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import { openHow } from './paths.ts'

export const namespaceFlags: Readonly<Record<NamespaceType, number>> = {
  mount: uapi.CLONE_NEWNS,
  cgroup: uapi.CLONE_NEWCGROUP,
  uts: uapi.CLONE_NEWUTS,
  ipc: uapi.CLONE_NEWIPC,
  user: uapi.CLONE_NEWUSER,
  pid: uapi.CLONE_NEWPID,
  network: uapi.CLONE_NEWNET,
  time: uapi.CLONE_NEWTIME,
}

/** The name under which a joined namespace's descriptor is inherited. */
export function namespaceDescriptor(type: NamespaceType): string {
  return `namespace ${type}`
}

export interface NamespaceSets {
  /** Flags of the clone that makes init. */
  readonly cloneFlags: number
  readonly joined: readonly (Namespace & { readonly path: string })[]
  readonly newTime: boolean
  /** `unshare` by init itself, once it is in its groups: on v1 and the hybrid CLONE_NEWCGROUP is right only then (kernel rule 14). */
  readonly newCgroupLater: boolean
}

export function namespaceSets(config: Spec, layout: 'unified' | 'hybrid' | 'legacy' | 'none'): NamespaceSets {
  const namespaces = config.linux?.namespaces ?? []
  const fresh = namespaces.filter((namespace) => !namespace.path)
  const newCgroupLater = layout !== 'unified' && fresh.some(({ type }) => type === 'cgroup')
  const cloneFlags = fresh
    .filter(({ type }) => type !== 'time' && !(type === 'cgroup' && newCgroupLater))
    .reduce((flags, { type }) => flags | namespaceFlags[type], 0)
  return {
    cloneFlags,
    joined: namespaces.filter((namespace): namespace is Namespace & { path: string } => Boolean(namespace.path)),
    newTime: fresh.some(({ type }) => type === 'time'),
    newCgroupLater,
  }
}

/**
 * Joins by descriptors: all but user first, while the caller's rights still count, then user. A joined pid namespace is that
 * of the children.
 */
export function joinNamespaces(plan: PlanBuilder, config: Spec, joined: NamespaceSets['joined']): void {
  const last = (type: NamespaceType) => (type === 'user' ? 1 : 0)
  for (const { type, path } of [...joined].sort((a, b) => last(a.type) - last(b.type))) {
    const index = config.linux?.namespaces?.findIndex((namespace) => namespace.type === type) ?? 0
    plan.at(`linux.namespaces[${index}]`, () =>
      plan.sys(
        'setns',
        [plan.inherit(namespaceDescriptor(type)), namespaceFlags[type]],
        `join the ${type} namespace ${path}`,
      ),
    )
  }
}

/** A new time namespace, of the children: its offsets freeze with the first process in it (time_namespaces(7)). */
export function newTimeNamespace(plan: PlanBuilder, config: Spec): void {
  plan.at('linux.namespaces', () => plan.sys('unshare', [uapi.CLONE_NEWTIME], 'a new time namespace for the children'))
  const offsets = Object.entries(config.linux?.timeOffsets ?? {})
  if (offsets.length === 0) return
  const lines = offsets.map(([clock, { secs = 0n, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`).join('')
  plan.at('linux.timeOffsets', () => {
    const file = openProcess(plan, 'timens_offsets', uapi.O_WRONLY)
    plan.sys('write', [file, lines, Buffer.byteLength(lines)], `offsets ${lines.trim().replace('\n', ', ')}`, {
      expect: Buffer.byteLength(lines),
    })
    plan.close(file)
  })
}

/** A file of this process in the host's procfs, which must be procfs and nothing mounted over it. */
export function openProcess(plan: PlanBuilder, file: string, flags: number): ReturnType<PlanBuilder['sys']> {
  const proc = plan.sys('openat', [uapi.AT_FDCWD, '/proc', uapi.O_PATH | uapi.O_CLOEXEC], 'open /proc')
  const room = plan.scratch(128, 'statfs')
  const good = plan.label('good')
  plan.sys('fstatfs', [proc, room], 'look whether it is procfs')
  plan.if(plan.load(room, 8, 'its type'), '==', uapi.PROC_SUPER_MAGIC, good, 'it must be')
  plan.fail('ENODEV', '/proc of the host is no procfs')
  plan.place(good)
  const how = openHow(plan, flags | uapi.O_CLOEXEC, uapi.RESOLVE_BENEATH | uapi.RESOLVE_NO_XDEV)
  const opened = plan.sys('openat2', [proc, `self/${file}`, how, 24], `open /proc/self/${file}`, {
    retry: { on: ['EAGAIN'], times: 128 },
  })
  plan.close(proc)
  return opened
}
