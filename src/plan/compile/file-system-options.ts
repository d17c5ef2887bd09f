// Options of a file system, as fsconfig(2) takes them: one by one, and none longer than 255 bytes. mount(2) took a page of them,
// so layers of an overlay, which engines have many of, are given one by one too.

import * as uapi from '../../native/uapi.ts'
import { longestSetting } from '../../oci/mount-options.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Register } from '../step.ts'

/** An option of config.json (`mode=755`, `ro`) for the file system that `context` is going to be. */
export function setOption(plan: PlanBuilder, context: Register, type: string, option: string): void {
  const equals = option.indexOf('=')
  if (equals < 0) return setFlag(plan, context, type, option)
  const [key, value] = [option.slice(0, equals), option.slice(equals + 1)]
  if (type !== 'overlay' || fits(value)) return setString(plan, context, type, key, value)
  // KERNEL(6.7): lowerdir+ and datadir+. Before it the kernel says that it does not know them.
  if (key === 'lowerdir') for (const layer of overlayLayers(value)) setLayer(plan, context, layer.key, layer.path)
  // Of these the kernel takes escapes away.
  else setLayer(plan, context, key, key.endsWith('+') ? value : unescaped(value))
}

export function setFlag(plan: PlanBuilder, context: Register, type: string, key: string): void {
  plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_FLAG, key, null, 0], `${type} option ${key}`, { explain: true })
}

export function setString(plan: PlanBuilder, context: Register, type: string, key: string, value: string): void {
  plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_STRING, key, value, 0], `${type} option ${key}=${value}`, {
    explain: true,
  })
}

function setLayer(plan: PlanBuilder, context: Register, key: string, path: string): void {
  if (fits(path)) return setString(plan, context, 'overlay', key, path)
  // KERNEL(6.13): a layer by its descriptor.
  const { O_DIRECTORY } = uapi.openFlags(plan.architecture)
  const flags = uapi.O_PATH | uapi.O_CLOEXEC | O_DIRECTORY
  const layer = plan.sys('openat', [uapi.AT_FDCWD, path, flags], `open the layer ${path}`)
  const label = `overlay option ${key}, by its descriptor (Linux 6.13): ${path}`
  plan.sys('fsconfig', [context, uapi.FSCONFIG_SET_FD, key, null, layer], label, { explain: true })
  plan.close(layer)
}

function fits(value: string): boolean {
  return Buffer.byteLength(value) <= longestSetting
}

/**
 * The folders of `lowerdir`, the uppermost first, and after a `::` those that only hold data. A backslash is for a colon, a
 * comma or a backslash in a name; `lowerdir+` wants names as they are.
 *
 * @see overlayfs.rst, "Multiple lower layers", "Data-only lower layers"
 */
export function overlayLayers(lowerdir: string): { readonly key: 'lowerdir+' | 'datadir+'; readonly path: string }[] {
  const [layers = '', ...data] = lowerdir.split(/(?<=(?:^|[^\\])(?:\\\\)*)::/)
  return [
    ...layers.split(/(?<=(?:^|[^\\])(?:\\\\)*):/).map((path) => ({ key: 'lowerdir+', path: unescaped(path) }) as const),
    ...data.map((path) => ({ key: 'datadir+', path: unescaped(path) }) as const),
  ]
}

function unescaped(path: string): string {
  return path.replace(/\\(.)/gs, '$1')
}
