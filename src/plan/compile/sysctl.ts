// linux.sysctl, written through a procfs of the plan's own: it is procfs for certain, and nothing can be mounted over it.

import { FSCONFIG_CMD_CREATE, FSMOUNT_CLOEXEC, FSOPEN_CLOEXEC, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, O_CLOEXEC, O_WRONLY, RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } from '../../native/uapi.ts' // prettier-ignore
import type { Compilation } from './compilation.ts'
import { sysctlPath } from '../../oci/sysctl.ts'
import { openHow } from './paths.ts'

/** Before the pivot, while a procfs may be made in a user namespace too. */
export function writeSysctls({ plan, config }: Compilation): void {
  const entries = Object.entries(config.linux?.sysctl ?? {})
  if (entries.length === 0) return
  plan.at('linux.sysctl', () => {
    const context = plan.sys('fsopen', ['proc', FSOPEN_CLOEXEC], 'open a new procfs')
    plan.sys('fsconfig', [context, FSCONFIG_CMD_CREATE, 0, 0, 0], 'create it', { explain: true })
    const proc = plan.sys(
      'fsmount',
      [context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC],
      'make it a mount',
    )
    plan.close(context)
    for (const [name, value] of entries) {
      const how = openHow(plan, O_WRONLY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)
      plan.at(`linux.sysctl["${name}"]`, () => {
        const file = plan.sys('openat2', [proc, `sys/${sysctlPath(name)}`, how, 24], `open sysctl ${name}`)
        const size = Buffer.byteLength(value)
        plan.sys('write', [file, value, size], `sysctl ${name} = ${value}`, { expect: size })
        plan.close(file)
      })
    }
    plan.close(proc)
  })
}
