// The service whose process this is, as a service manager sees it: by its control group. What the manager stops, it stops with
// all that is in that group, keepers too (docs/decisions/0018-keepers-and-service-managers.md).

import { execFileSync } from 'node:child_process'

export interface ServiceUnit {
  readonly name: string
  /** Of a user's own service manager. */
  readonly ofUser: boolean
}

/**
 * @param cgroup a /proc/PID/cgroup
 * @returns null for what no service has started: a session, a container, the machine's first process
 */
export function serviceUnit(cgroup: string): ServiceUnit | null {
  // On a hybrid machine systemd keeps both; on version 1 the one with its name.
  const path = /^0::(\/.+)$/m.exec(cgroup)?.[1] ?? /^\d+:name=systemd:(.*)$/m.exec(cgroup)?.[1] ?? ''
  const parts = path.split('/')
  const name = parts.findLast((part) => /\.(service|scope|slice)$/.test(part))
  if (!name?.endsWith('.service')) return null
  return { name, ofUser: parts.some((part) => part !== name && part.startsWith('user@')) }
}

/**
 * How its manager ends it.
 *
 * @returns null when the manager does not say
 * @see systemd.kill(5)
 */
export function killMode({ name, ofUser }: ServiceUnit): string | null {
  try {
    const args = [...(ofUser ? ['--user'] : []), 'show', '--property=KillMode', '--value', '--', name]
    return execFileSync('systemctl', args, {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

/** Whether keepers live on when the service is stopped, and what to say of it. */
export function judgeService(
  unit: ServiceUnit | null,
  mode: string | null,
): { readonly isFine: boolean; readonly found: string } {
  if (unit === null)
    return { isFine: true, found: 'this process is of no service; one that embeds Stator needs KillMode=process' }
  return { isFine: mode === 'process' || mode === 'none', found: `${unit.name}, KillMode=${mode ?? 'unknown'}` }
}
