// Fields of runtime-spec 1.3 that are valid and that Stator does not implement yet. Each is refused by its name, as a
// container that silently lacks what its configuration asks for is worse than none. What asks for nothing (false, an
// empty string, list or object) is not refused, as engines write it.

import type { Process, Resources, Spec } from './config.ts'
import { below, unsupported } from './pointer.ts'

const ofPlatforms = ['windows', 'solaris', 'freebsd', 'vm', 'zos']

/** Of `linux`. */
export const unsupportedOfLinux: readonly string[] = ['netDevices', 'intelRdt', 'memoryPolicy', 'mountLabel']

/** Of `process`. */
export const unsupportedOfProcess: readonly string[] = ['apparmorProfile', 'selinuxLabel', 'execCPUAffinity']

/** Of `mounts[]`. */
export const unsupportedOfMounts: readonly string[] = ['uidMappings', 'gidMappings']

export const unsupportedMountOptions: readonly string[] = ['idmap', 'ridmap']

/** The fields that are applied, by controller; a controller that is not here is refused as a whole. */
export const appliedResources: Readonly<Record<string, readonly string[]>> = {
  memory: ['limit', 'swap'],
  cpu: ['shares'],
  pids: ['limit'],
  blockIO: [],
  network: [],
}

/** @throws {StatorError} ERR_STATOR_UNSUPPORTED with the pointer of the first such field */
export function refuseUnsupported(config: Spec): void {
  for (const [field, value] of Object.entries(config)) {
    if (ofPlatforms.includes(field) && Object.keys(value as object).length > 0) throw unsupported(field)
  }
  refuseUnsupportedProcess(config.process, 'process')
  refuse(config.linux ?? {}, unsupportedOfLinux, 'linux')
  refuseUnsupportedResources(config.linux?.resources ?? {}, 'linux.resources')
  const joinsUserNamespace =
    config.linux?.namespaces?.some(({ type, path }) => type === 'user' && Boolean(path)) ?? false
  for (const [index, mount] of (config.mounts ?? []).entries()) {
    const at = `mounts[${index}]`
    refuse(mount, unsupportedOfMounts, at)
    for (const [place, option] of (mount.options ?? []).entries()) {
      if (unsupportedMountOptions.includes(option)) {
        throw unsupported(`${at}.options[${place}]`, `"${option}" is not supported yet`)
      }
      // Filled on the host, by ids that only who made the namespace knows.
      if (option === 'tmpcopyup' && joinsUserNamespace) {
        throw unsupported(`${at}.options[${place}]`, `"${option}" is not supported in a user namespace that is joined`)
      }
    }
  }
}

/** The process of a configuration, or of an exec. */
export function refuseUnsupportedProcess(process: Process, at: string): void {
  refuse(process, unsupportedOfProcess, at)
}

/** The limits of a configuration, or of an update. */
export function refuseUnsupportedResources(resources: Resources, at: string): void {
  for (const [controller, value] of Object.entries(resources)) {
    const fields = appliedResources[controller]
    if (fields === undefined) refuse(resources, controller === 'devices' ? [] : [controller], at)
    else {
      const others = Object.keys(value as object).filter((field) => !fields.includes(field))
      refuse(value as object, others, below(at, controller))
    }
  }
}

function refuse(object: object, fields: readonly string[], at: string): void {
  for (const field of fields) {
    const value = (object as Record<string, unknown>)[field]
    if (asksForSomething(field, value)) throw unsupported(below(at, field))
  }
}

function asksForSomething(field: string, value: unknown): boolean {
  if (value === undefined || value === false || value === '') return false
  // A limit of 0 is not set, as runc has it; a swappiness of 0 is a wish.
  if (value === 0n || value === 0) return field === 'swappiness'
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).some(([name, member]) => asksForSomething(name, member))
}
